//! What is set aside: by an ignore file, by a baseline, and never by what is scanned.

use std::path::Path;

use serde_json::Value;
use weighbridge_inspect::samples::program;

use crate::run::{folder, run};

const PASSES: &[&str] = &["--allow-incomplete", "--format", "json"];

fn scanned(folder: &Path, options: &[&str]) -> (Option<i32>, Value) {
    let run = run(folder, &[&["scan", "model"], PASSES, options].concat());
    (run.code, serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr)))
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn set_aside(report: &Value) -> Vec<(&str, &str, &str)> {
    let aside = report["set_aside"].as_array().unwrap();
    aside
        .iter()
        .map(|entry| {
            (
                entry["finding"]["rule"].as_str().unwrap(),
                entry["by"].as_str().unwrap(),
                entry["reason"].as_str().unwrap(),
            )
        })
        .collect()
}

fn notes(report: &Value) -> Vec<&str> {
    report["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect()
}

fn entry(rule: &str, digest: &Value, expires: &str, more: &str) -> String {
    let digest = digest.as_str().unwrap();
    format!(
        "[[ignore]]\nrule = \"{rule}\"\ndigest = \"sha256:{digest}\"\nreason = \"read by two\"\nexpires = {expires}\n{more}\n"
    )
}

#[test]
fn an_ignore_entry_is_about_a_rule_and_these_bytes_until_its_last_day() {
    let folder = folder(&[("model/lib.so", &program::elf())]);
    let (code, report) = scanned(folder.path(), &[]);
    assert_eq!((code, rules(&report)), (Some(1), vec!["embedded-program"]));
    let digest = &report["files"][0]["sha256"];
    let with = |text: String| {
        std::fs::write(folder.path().join("ignore.toml"), text).unwrap();
        scanned(folder.path(), &["--ignore", "ignore.toml"])
    };

    let (code, report) = with(entry("embedded-program", digest, "2999-12-31", ""));
    assert_eq!((code, rules(&report), &report["answer"]), (Some(0), vec![], &Value::from("incomplete")));
    assert_eq!(set_aside(&report), [("embedded-program", "ignored", "read by two (until 2999-12-31)")]);
    assert_eq!(notes(&report), ["`ignore.toml` is used as ignore file"]);

    let (code, report) = with(entry("embedded-program", digest, "2020-02-29", ""));
    assert_eq!((code, rules(&report), set_aside(&report)), (Some(1), vec!["embedded-program"], vec![]));
    let note =
        "`embedded-program` in `lib.so` was ignored until 2020-02-29 (read by two); it is reported again";
    assert_eq!(notes(&report)[1], note);

    let both = entry("embedded-program", digest, "2020-02-29", "")
        + &entry("embedded-program", digest, "2999-12-31", "");
    assert_eq!(with(both).0, Some(0), "the entry that lasts longest counts");
    assert_eq!(with(entry("polyglot-file", digest, "2999-12-31", "")).0, Some(1), "another rule");
    assert_eq!(
        with(entry("embedded-program", &"0".repeat(64).into(), "2999-12-31", "")).0,
        Some(1),
        "other bytes"
    );
    assert_eq!(
        with(entry("embedded-program", digest, "2999-12-31", "member = \"x\"")).0,
        Some(1),
        "another part"
    );
}

#[test]
fn what_is_scanned_does_not_bring_its_own_exceptions() {
    let folder = folder(&[("model/lib.so", &program::elf())]);
    let (_, report) = scanned(folder.path(), &["--output", "before.json"]);
    let text = entry("embedded-program", &report["files"][0]["sha256"], "2999-12-31", "");
    let model = folder.path().join("model");
    std::fs::write(model.join("ignore.toml"), &text).unwrap();
    std::fs::write(model.join(".weighbridge-ignore.toml"), &text).unwrap();
    std::fs::copy(folder.path().join("before.json"), model.join("before.json")).unwrap();
    for (place, path, inside) in [
        (folder.path(), "model", "model/"),
        (&model, ".", ""),
        (&model, "../model", "./"),
        (folder.path(), "./", "model/"),
    ] {
        assert_eq!(run(place, &[&["scan", path], PASSES].concat()).code, Some(1), "no name means nothing");
        for (option, file) in [("--ignore", "ignore.toml"), ("--baseline", "before.json")] {
            let run = run(place, &["scan", path, option, &format!("{inside}{file}")]);
            assert_eq!(run.code, Some(2), "{path}: {}", run.stdout);
            assert!(
                run.stderr.contains("lies inside what is scanned, and would excuse itself"),
                "{}",
                run.stderr
            );
        }
    }
    std::fs::rename(model.join("ignore.toml"), folder.path().join("ignore.toml")).unwrap();
    let (code, report) = scanned(folder.path(), &["--ignore", "ignore.toml"]);
    assert_eq!((code, notes(&report)), (Some(0), vec!["`ignore.toml` is used as ignore file"]));
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let folder = folder(&[("model/lib.so", &program::elf())]);
    let first = run(folder.path(), &["scan", "model", "--baseline", "before.json"]);
    assert_eq!((first.code, first.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        first.stderr,
        "error: there is no baseline `before.json` yet\n\
         hint: look through the findings, then write it once: weighbridge scan --output before.json PATH\n"
    );
    let (code, _) = scanned(folder.path(), &["--output", "before.json"]);
    assert_eq!(code, Some(1));
    let (code, report) = scanned(folder.path(), &["--baseline", "before.json", "--output", "between.json"]);
    assert_eq!((code, rules(&report)), (Some(0), vec![]));
    assert_eq!(set_aside(&report), [("embedded-program", "baseline", "in the earlier report")]);
    assert_eq!(
        scanned(folder.path(), &["--baseline", "between.json"]).0,
        Some(0),
        "what was set aside stays so"
    );

    std::fs::write(folder.path().join("model/second.so"), program::elf()).unwrap();
    let (code, report) = scanned(folder.path(), &["--baseline", "before.json"]);
    assert_eq!((code, rules(&report).len()), (Some(1), 1));
    assert_eq!(report["findings"][0]["location"]["path"], "second.so");

    std::fs::remove_file(folder.path().join("model/second.so")).unwrap();
    std::fs::write(folder.path().join("model/lib.so"), [program::elf(), vec![0]].concat()).unwrap();
    assert_eq!(
        scanned(folder.path(), &["--baseline", "before.json"]).0,
        Some(1),
        "other bytes under the same name"
    );
}

#[test]
fn a_baseline_does_not_make_an_ignore_entry_last() {
    let folder = folder(&[("model/lib.so", &program::elf())]);
    let (_, report) = scanned(folder.path(), &[]);
    let text = entry("embedded-program", &report["files"][0]["sha256"], "2999-12-31", "");
    std::fs::write(folder.path().join("ignore.toml"), text).unwrap();
    assert_eq!(scanned(folder.path(), &["--ignore", "ignore.toml", "--output", "before.json"]).0, Some(0));
    assert_eq!(scanned(folder.path(), &["--baseline", "before.json"]).0, Some(1));
}
