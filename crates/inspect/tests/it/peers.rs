//! `docs/peers.md` says what shows each of our answers: a rule, a format or a test of that name.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use weighbridge_inspect::{formats, rules};

/// The text of all Rust files below a folder.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            File::open(path).unwrap().read_to_string(into).unwrap();
        }
    }
}

#[test]
fn every_answer_beside_other_scanners_is_shown_by_something() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut tests = String::new();
    sources(&root.join("crates"), &mut tests);
    let mut page = String::new();
    File::open(root.join("docs/peers.md")).unwrap().read_to_string(&mut page).unwrap();
    let mut shown = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [.., answer, by] = cells.as_slice() else { panic!("{row}") };
        let names: Vec<_> =
            by.split(", ").map(|name| name.trim_matches('`')).filter(|name| !name.is_empty()).collect();
        assert!(!answer.starts_with("yes") || !names.is_empty(), "nothing shows: {row}");
        for name in names.into_iter().filter(|name| !matches!(*name, "shown by" | "---")) {
            let known = rules::find(name).is_some()
                || formats::find(name).is_some()
                || tests.contains(&format!("#[test]\nfn {name}("));
            assert!(known, "there is no rule, format or test `{name}`: {row}");
            shown += 1;
        }
    }
    assert!(shown > 40, "{shown} answers");
}
