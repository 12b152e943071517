//! What others say of our reports: the schema of SARIF, Microsoft's validator, and Python's reading of our own schema.
//! `tests/prepare` makes them in `target/reference`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{ended, folder, run};

/// A validator below `target/reference`; none, and a word about it, when it was not made.
#[expect(clippy::print_stderr, reason = "a test that tests nothing says so")]
fn made(path: &str) -> Option<PathBuf> {
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
fn reports_fit_their_schemas() {
    let (Some(python), Some(sarif)) = (made("venv/bin/python"), made("sarif/sarif-schema-2.1.0.json")) else {
        return;
    };
    let reports = reports();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.schema.json");
    let mut command = Command::new(python);
    command.args(["-c", VALIDATE]).args([sarif, reports.path().join("demo.sarif")]);
    command.args([ours, reports.path().join("demo.json"), reports.path().join("demo.xml")]);
    let said = ended(command.output().unwrap());
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
}

#[test]
fn the_validator_of_sarif_finds_no_error() {
    let Some(multitool) = made("npm/node_modules/.bin/sarif-multitool") else { return };
    let reports = reports();
    let validate =
        |report: &Path| ended(Command::new(&multitool).arg("validate").arg(report).output().unwrap()).stdout;
    let said = validate(&reports.path().join("demo.sarif"));
    assert!(said.contains("1 files scanned"), "{said}");
    let warnings: Vec<_> =
        said.lines().filter(|line| line.contains(": warning ") || line.contains(": error ")).collect();
    // There is no address yet where people could read about the tool.
    let expected = |line: &&str| line.contains("warning SARIF2005");
    assert!(warnings.iter().all(expected), "{}", warnings.join("\n"));

    // The validator does find what is wrong.
    let wrong = reports.path().join("wrong.sarif");
    let mut text = String::new();
    std::fs::File::open(reports.path().join("demo.sarif")).unwrap().read_to_string(&mut text).unwrap();
    let text = text.replace("\"ruleIndex\": ", "\"ruleIndex\": 9");
    std::fs::write(&wrong, text).unwrap();
    assert!(validate(&wrong).contains(": error "), "{}", validate(&wrong));
}
