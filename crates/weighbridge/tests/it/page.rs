//! What a reviewer reads: the answer in one sentence, what it is about, and what was set aside or not looked at.

use std::path::Path;

use serde_json::Value;
use weighbridge_inspect::samples::pickle::{INERT, Program};
use weighbridge_inspect::samples::program;

use crate::run::{folder, run};

fn page(folder: &Path, arguments: &[&str]) -> String {
    run(folder, &[&["scan", "--format", "html"], arguments].concat()).stdout
}

fn people(folder: &Path, arguments: &[&str]) -> String {
    run(folder, &[&["scan"], arguments].concat()).stdout
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} in {text}")).0
}

fn call() -> Vec<u8> {
    Program::new(4).call("os", "system", INERT).stop()
}

#[test]
fn the_page_says_what_was_scanned_and_on_what_terms() {
    let folder = folder(&[("a<b>/m.pkl", &call()), ("notes.txt", b"words\n")]);
    let page = page(folder.path(), &["a<b>", "notes.txt", "--threshold", "high"]);
    assert!(page.contains("<title>Stop: a&lt;b&gt; and 1 more (Weighbridge)</title>"), "{page}");
    assert!(
        page.contains("<dt>Scanned</dt><dd><code>a&lt;b&gt;</code>, <code>notes.txt</code></dd>"),
        "{page}"
    );
    assert!(page.contains("<dd>high: a finding at high or above does not pass</dd>"), "{page}");
    assert!(page.contains("<dd>does not pass (exit code 1: findings at high or above)</dd>"), "{page}");
    assert!(page.contains("it could run a program on your computer when it is opened."), "{page}");
    let many: Vec<String> = (0..9).map(|number| format!("{number}.txt")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let files: Vec<(&str, &[u8])> = many.iter().map(|name| (*name, name.as_bytes())).collect();
    let scanned = self::page(crate::run::folder(&files).path(), &many);
    assert!(scanned.contains("<code>4.txt</code>, 4 more</dd>"), "{scanned}");
    let demo = self::page(folder.path(), &["--demo", "--exclude", "rules", "--exclude", "formats"]);
    assert!(demo.contains("<code>the harmless samples of --demo</code>"), "{demo}");
}

#[test]
fn the_first_sentence_tells_what_was_set_aside() {
    let folder = folder(&[("model/m.pkl", &call()), ("model/notes.txt", b"words\n")]);
    let report: Value =
        serde_json::from_str(&run(folder.path(), &["scan", "model", "--format", "json"]).stdout).unwrap();
    let digest = report["files"][0]["sha256"].as_str().unwrap();
    let entry = format!(
        "[[ignore]]\nrule = \"pickle-starts-process\"\ndigest = \"sha256:{digest}\"\nreason = \"our \\u001b own\"\nexpires = 2999-01-31\n"
    );
    std::fs::write(folder.path().join("ignore.toml"), entry).unwrap();
    let arguments = ["model", "--ignore", "ignore.toml"];
    let apart = ", apart from 1 finding set aside (1 critical).";
    let page = page(folder.path(), &arguments);
    assert!(between(&page, "<p class=\"lead\">", "</p>").ends_with(apart), "{page}");
    let row = between(&page, "id=\"aside\"", "</table>");
    assert!(row.contains("<code>pickle-starts-process</code>") && row.contains(">critical<"), "{row}");
    let file = between(&page, "<code>m.pkl</code></td>", "</tr>");
    assert!(file.contains("none<br><a href=\"#aside\">1 set aside</a>, critical"), "{file}");

    let told = people(folder.path(), &arguments);
    let head = told.split("\n\n").next().unwrap().replace('\n', " ");
    assert!(head.ends_with(apart), "{told}");
    let aside = "  critical  pickle-starts-process, ignored: our \\u{1b} own (until 2999-01-31)\n";
    assert!(told.contains(aside), "{told}");
}

#[test]
fn many_set_aside_are_counted_behind_the_first() {
    let names: Vec<String> = (0..12).map(|number| format!("model/{number:02}.pkl")).collect();
    let bytes = call();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), bytes.as_slice())).collect();
    let folder = folder(&files);
    run(folder.path(), &["scan", "model", "--output", "before.json", "--quiet"]);
    let told = people(folder.path(), &["model", "--baseline", "before.json"]);
    assert_eq!(told.matches("pickle-starts-process, baseline: in the earlier report\n").count(), 8, "{told}");
    assert!(told.contains("            and 4 more; --verbose shows all\n"), "{told}");
    assert!(told.contains("apart from 12 findings set aside (12 critical)"), "{told}");
}

#[test]
fn an_incomplete_answer_is_explained_by_what_was_not_inspected() {
    let rule = weighbridge_inspect::rules::find("archive-checksum").unwrap();
    let mild = (rule.examples.iter().find(|example| !example.fires.is_empty()).unwrap().files)();
    let mut files: Vec<_> = mild.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    files.push(("unknown.bin", b"\x01\x02\x03"));
    let folder = folder(&files);
    let page = page(folder.path(), &["."]);
    let told = people(folder.path(), &["."]);
    assert!(told.starts_with("incomplete\n") && told.contains("\n  low  archive-checksum\n"), "{told}");
    let why = between(&told, "\nWhy\n", "\n\n");
    assert!(why.starts_with("  not inspected  ") && !why.contains("  low"), "{told}");
    let why = between(&page, "id=\"why\"", "</section>");
    assert!(
        why.contains("not inspected</span>") && why.contains("<code class=\"first\">unknown.bin"),
        "{why}"
    );
    let missed = between(&page, "id=\"missed\"", "</section>");
    assert!(missed.contains("ask the publisher"), "{missed}");
}

#[test]
fn what_says_the_same_in_many_places_is_one_card() {
    let names: Vec<String> = (0..20).map(|number| format!("{number:02}.pkl")).collect();
    let bytes = call();
    let mut files: Vec<_> = names.iter().map(|name| (name.as_str(), bytes.as_slice())).collect();
    let library = program::elf();
    let hidden = [weighbridge_inspect::samples::picture(), program::elf()].concat();
    files.extend([("a.png", hidden.as_slice()), ("lib.so", &library)]);
    let folder = folder(&files);
    let page = page(folder.path(), &["."]);
    let group = between(&page, "id=\"rule-pickle-starts-process\"", "</section>");
    assert_eq!(group.matches("<article").count(), 1, "{group}");
    assert_eq!(group.matches("<li data-severity=\"critical\" data-file=").count(), 20, "{group}");
    assert!(group.contains("<summary>And 8 more places</summary>"), "{group}");
    assert!(!group.contains("<li data-severity=\"critical\" data-file=\"0\"><span"), "{group}");
    let differing = between(&page, "id=\"rule-embedded-program\"", "</section>");
    let (critical, medium) =
        (differing.find(">critical</span> <code>a.png"), differing.find(">medium</span> <code>lib.so"));
    assert!(critical.is_some() && critical < medium, "{differing}");

    let told = people(folder.path(), &["."]);
    assert!(told.contains("          and 17 more places\n"), "{told}");
    assert!(told.contains("    at    lib.so (medium)\n"), "{told}");
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let folder = folder(&[]);
    let kept = ["--demo", "--demo-dir", "samples", "--exclude", "formats"];
    let page = page(folder.path(), &kept);
    let mut inside = 0;
    for target in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        match target.strip_prefix('#') {
            Some(id) => assert!(page.contains(&format!("id=\"{id}\"")), "{target}"),
            None => {
                let known = ["cwe.mitre.org/", "atlas.mitre.org/", "www.cve.org/", "github.com/advisories/"];
                let page = target.strip_prefix("https://").unwrap_or_else(|| panic!("{target}"));
                assert!(known.iter().any(|known| page.starts_with(known)), "{target}");
            }
        }
        inside += usize::from(target.starts_with('#'));
    }
    assert!(inside > 20);
    assert!(page.contains("more rules below</a>.</p>"), "{page}");
    assert_eq!(page.matches("href=\"https://").count(), page.matches("rel=\"noreferrer\"").count());
}

#[test]
fn a_long_call_keeps_to_the_width() {
    let argument = "echo weighbridge-demo ".repeat(12);
    let long = Program::new(4).call("os", "system", &argument).stop();
    let folder = folder(&[("m.pkl", &long)]);
    let told = people(folder.path(), &["."]);
    let wide: Vec<&str> = told.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    assert!(told.contains("    call  os.system(\"echo "), "{told}");
}
