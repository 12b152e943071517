//! What we read of ordinary files against what the libraries' own readers say of them: `tests/prepare` makes both in
//! `target/reference/files`.

mod archives;
mod boosting;
mod checkpoints;
mod commands;
mod flat;
mod frameworks;
mod graphs;
mod hdf5;
mod keras;
mod licences;
mod packages;
mod pickles;
mod served;
mod templates;
mod tensorflow;
mod tensors;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use weighbridge_domain::{Finding, Severity};
use weighbridge_inspect::input::Input;
use weighbridge_inspect::{Facts, Limits, Options, Progress, inspect, scan};

/// A file and what its reader says of it.
struct Reference {
    /// Below `target/reference/files`.
    path: String,
    file: PathBuf,
    expected: Value,
}

impl Reference {
    /// What we say of it.
    fn inspect(&self) -> (Facts, Vec<Finding>) {
        let input = Input::file(File::open(&self.file).unwrap()).unwrap();
        inspect(&input, &self.path, &Limits::default())
    }
}

/// The files of a format; none, and a word about it, when they were not made.
#[expect(clippy::print_stderr, reason = "a test that tests nothing says so")]
fn files(format: &str) -> Vec<Reference> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference/files");
    let Ok(mut file) = File::open(folder.join("expected.json")) else {
        assert!(std::env::var_os("CI").is_none(), "{} was not made; run tests/prepare", folder.display());
        eprintln!("NOT TESTED against the reference readers of {format}: run tests/prepare first");
        return Vec::new();
    };
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let files: Vec<_> = expected["files"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, expected)| expected["format"] == format)
        .map(|(path, expected)| Reference {
            path: path.clone(),
            file: folder.join(path),
            expected: expected.clone(),
        })
        .collect();
    assert!(!files.is_empty(), "no file of the format {format}");
    files
}

/// Ordinary files are at most worth a word.
fn assert_ordinary(path: &str, findings: &[Finding], allowed: &[&str]) {
    for finding in findings {
        assert!(
            allowed.contains(&finding.rule.as_str()) && finding.severity <= Severity::Low,
            "{path}: {} {}: {}",
            finding.severity,
            finding.rule,
            finding.message
        );
    }
}

/// What is in the folder that we do not read, and say so.
const NOT_READ: [&str; 3] = [
    "5 files are packed by PPMd, which is not supported",
    "tables for texts and embeddings are not read",
    "Python source is recognised, but not inspected by this version",
];

/// What is in the folder for its own test: settings with names that no library has, templates that show the whole
/// language, lists that show every option of pip, and a package with sources.
fn is_meant(finding: &Finding) -> bool {
    let path = &finding.location.path;
    finding.rule == "config-instantiates" && path.starts_with("settings/")
        || finding.rule.starts_with("template-") && path.starts_with("templates/")
        || finding.rule.starts_with("package-")
            && path.starts_with("packages/")
            && !path.starts_with("packages/locks/")
        || finding.rule == "package-carries-source" && path == "torch/library/package-with-source.pt"
}

#[test]
fn ordinary_files_are_inspected_and_nothing_above_low_is_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference/files");
    // Says aloud when there is nothing to test.
    if files("pickle").is_empty() {
        return;
    }
    let report = scan(&[folder], &Options::default(), &Progress::default());
    let loud =
        report.findings.iter().filter(|finding| finding.severity > Severity::Low && !is_meant(finding));
    let loud: Vec<_> = loud.map(|f| format!("{} {}: {}", f.rule, f.location, f.message)).collect();
    assert!(loud.is_empty(), "{} findings:\n{}", loud.len(), loud.join("\n"));
    let missed = report.not_inspected.iter().filter(|part| !NOT_READ.contains(&part.why.as_str()));
    let missed: Vec<_> = missed.map(|part| format!("{}!{}: {}", part.path, part.member, part.why)).collect();
    assert!(missed.is_empty(), "{} parts:\n{}", missed.len(), missed.join("\n"));
    assert!(report.totals.files > 1200, "{} files", report.totals.files);
}

#[test]
fn numbers_of_ordinary_files_are_at_most_worth_knowing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference/files");
    if files("pickle").is_empty() {
        return;
    }
    let options = Options { weights: true, ..Options::default() };
    let report = scan(&[folder], &options, &Progress::default());
    let told = report.findings.iter().filter(|finding| finding.rule.starts_with("weights-"));
    let loud: Vec<_> = told
        .filter(|finding| finding.severity > Severity::Info)
        .map(|f| format!("{} {}: {}", f.rule, f.location, f.message))
        .collect();
    assert!(loud.is_empty(), "{} findings:\n{}", loud.len(), loud.join("\n"));
    assert!(report.notes.iter().any(|note| note.starts_with("the numbers of ")), "{:?}", report.notes);
}
