//! The forms of a comparison.

use super::{Files, compared, revisions};
use crate::pages::is_up_to_date;
use crate::run::run;

const OLD: Files<'_> = &[
    ("config.json", br#"{"hidden_size": 8}"#),
    ("modeling.py", b"class X:\n    pass\n"),
    ("notes.txt", b"words\n"),
];
const NEW: Files<'_> = &[
    ("config.json", br#"{"hidden_size": 16}"#),
    ("modeling.py", b"import os\n\n\nclass X:\n    pass\n"),
    ("notes.txt", b"words\n"),
];

#[test]
fn people_see_the_riskiest_first() {
    let folder = revisions(OLD, NEW);
    let run = run(folder.path(), &["diff", "old", "new"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let ruleset = weighbridge_inspect::report::ruleset();
    insta::assert_snapshot!("diff__human", run.stdout.replace(&ruleset, "RULESET"));
}

#[test]
fn reports_are_written_to_files_and_the_new_revision_is_scanned_by_the_way() {
    let folder = revisions(OLD, NEW);
    let arguments = [
        "diff",
        "old",
        "new",
        "-q",
        "-o",
        "d.json",
        "-o",
        "d.html",
        "-o",
        "d.txt",
        "--scan-output",
        "s.json",
    ];
    let written = run(folder.path(), &arguments);
    assert_eq!((written.code, written.stdout.as_str(), written.stderr.as_str()), (Some(1), "", ""));
    let read =
        |name: &str| std::io::read_to_string(std::fs::File::open(folder.path().join(name)).unwrap()).unwrap();
    let scanned = run(folder.path(), &["scan", "new", "--format", "json"]).stdout;
    assert_eq!(read("s.json"), scanned, "the same report as by `scan`");
    assert_eq!(read("d.json"), run(folder.path(), &["diff", "old", "new", "--format", "json"]).stdout);
    assert!(read("d.txt").starts_with("1 red, 1 amber, 1 unchanged\n"));
    let page = read("d.html");
    assert!(
        page.starts_with("<!doctype html>")
            && page.contains("<h1 class=\"summary\">1 red, 1 amber, 1 unchanged</h1>")
    );
    assert!(page.contains("<span class=\"plus\">+import os</span>"));
    for foreign in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let refused = run(folder.path(), &["diff", "old", "new", "-o", "d.sarif"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("name it something.json, .html or .txt"), "{}", refused.stderr);
    let twice = run(folder.path(), &["diff", "old", "new", "-o", "d.json", "--scan-output", "d.json"]);
    assert!(twice.stderr.contains("is named twice"), "{}", twice.stderr);
}

#[test]
fn the_same_revisions_give_the_same_report_with_any_number_of_threads() {
    let folder = revisions(OLD, NEW);
    let with = |jobs: &str| compared(&folder, &["old", "new", "--jobs", jobs]).0;
    assert_eq!(with("1"), with("2"));
    assert_eq!(with("1"), with("0"));
}

#[test]
fn the_page_about_comparisons_says_what_every_section_says_of_itself() {
    const HEAD: &str = "| id | what is compared, and how much it matters |\n| --- | --- |\n";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows: String = weighbridge_inspect::diff::sections::SECTIONS
        .iter()
        .map(|section| format!("| `{}` | {}: {} |\n", section.id, section.title, words(section.docs)))
        .collect();
    let page = include_str!("../../../../../docs/diff.md");
    let (before, table) = page.split_once(HEAD).unwrap();
    let (_, after) = table.split_once("\n\n").unwrap();
    is_up_to_date("diff.md", &format!("{before}{HEAD}{rows}\n{after}"));
}
