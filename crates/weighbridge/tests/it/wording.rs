//! What people read around the findings claims no more than these do.

use weighbridge_domain::wording::claims;

use crate::pages::read;
use crate::run::{folder, run};

fn check(wrong: &mut String, place: &str, text: &str) {
    for line in text.lines() {
        for claim in claims(line) {
            wrong.push_str(&format!("{place}: `{}` in {line:?}; say {}\n", claim.word, claim.instead));
        }
    }
}

/// A text without its fenced blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

#[test]
fn documentation_claims_nothing() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let pages = std::fs::read_dir(format!("{root}/docs")).unwrap().map(|page| page.unwrap().path());
    let others = ["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    let others = others.map(|name| format!("{root}/{name}").into());
    let mut wrong = String::new();
    for page in pages.chain(others).filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
        let text = read(&page);
        check(&mut wrong, &page.file_name().unwrap().to_string_lossy(), &prose(&text));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn reports_claim_nothing() {
    let empty = folder(&[]);
    let names = ["report.txt", "report.html", "report.sarif", "report.xml"];
    let outputs = names.iter().flat_map(|name| ["--output", name]);
    run(empty.path(), &["scan", "--demo"].into_iter().chain(outputs).collect::<Vec<_>>());
    let mut wrong = String::new();
    for name in names {
        let shown = read(&empty.path().join(name));
        assert!(shown.len() > 1000, "{name}: {shown}");
        // What is quoted from files stands between backquotes in texts, and in elements of its own on pages.
        let shown = shown.replace("<code>", "`").replace("</code>", "`");
        check(&mut wrong, name, &shown);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
