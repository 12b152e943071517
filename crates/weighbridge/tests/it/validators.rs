//! What others say of our reports: the schema of SARIF, Microsoft's validator, and Python's reading of our own schema.
//! `tests/prepare` makes them in `target/reference`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{ended, folder, run};

/// A validator below `target/reference`; none, and a word about it, when it was not made.
#[expect(clippy::print_stderr, reason = "a test that tests nothing says so")]
pub(crate) fn made(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference").join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} was not made; run tests/prepare", path.display());
    eprintln!("NOT TESTED with {}: run tests/prepare first", path.display());
    None
}

/// The demo's reports: findings of every rule, files of every format.
fn reports() -> tempfile::TempDir {
    let folder = folder(&[]);
    let run = run(
        folder.path(),
        &["scan", "--demo", "--quiet", "--facts", "-o", "demo.json", "-o", "demo.sarif", "-o", "demo.xml"],
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(1), "", ""));
    folder
}

const VALIDATE: &str = "
import json, sys, xml.dom.minidom
from jsonschema.validators import validator_for
for schema, report in (sys.argv[1:3], sys.argv[3:5]):
    schema = json.load(open(schema))
    validator_for(schema).check_schema(schema)
    for error in validator_for(schema)(schema).iter_errors(json.load(open(report))):
        print(report, error.json_path, error.message[:300])
xml.dom.minidom.parse(sys.argv[5])
";

#[test]
fn others_find_our_reports_well_formed() {
    let reports = reports();
    if let (Some(python), Some(sarif)) = (made("venv/bin/python"), made("sarif/sarif-schema-2.1.0.json")) {
        fit_their_schemas(reports.path(), &python, &sarif);
    }
    if let Some(multitool) = made("npm/node_modules/.bin/sarif-multitool") {
        pass_the_validator(reports.path(), &multitool);
    }
}

fn fit_their_schemas(reports: &Path, python: &Path, sarif: &Path) {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.schema.json");
    let mut command = Command::new(python);
    command.args(["-c", VALIDATE]).args([sarif, &reports.join("demo.sarif")]);
    command.args([ours, reports.join("demo.json"), reports.join("demo.xml")]);
    let said = ended(command.output().unwrap());
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
}

fn pass_the_validator(reports: &Path, multitool: &Path) {
    let validate = |name: &str| {
        ended(Command::new(multitool).arg("validate").arg(reports.join(name)).output().unwrap()).stdout
    };
    let said = validate("demo.sarif");
    assert!(said.contains("1 files scanned"), "{said}");
    let complaints = said.lines().filter(|line| line.contains(": warning ") || line.contains(": error "));
    // There is no address yet where people could read about the tool.
    let complaints: Vec<_> = complaints.filter(|line| !line.contains("warning SARIF2005")).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));

    // The validator does find what is wrong.
    let mut text = String::new();
    std::fs::File::open(reports.join("demo.sarif")).unwrap().read_to_string(&mut text).unwrap();
    std::fs::write(reports.join("wrong.sarif"), text.replace("\"ruleIndex\": ", "\"ruleIndex\": 9")).unwrap();
    let said = validate("wrong.sarif");
    assert!(said.contains(": error "), "{said}");
}
