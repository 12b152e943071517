//! What findings look like in every format.

use std::path::Path;

use serde_json::Value;
use weighbridge_inspect::samples::{self, program};

use crate::run::{folder, run};

/// A folder with findings at several severities, in a file and in a part of one, and something not inspected.
fn model() -> tempfile::TempDir {
    let hidden = [samples::picture(), program::elf()].concat();
    folder(&[
        ("figure.png", &hidden),
        ("sub folder/tune.png", &program::wasm()),
        ("unknown.bin", b"\x01\x02\x03"),
    ])
}

fn printed(folder: &Path, format: &str, more: &[&str]) -> String {
    let run = run(folder, &[&["scan", ".", "--format", format], more].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    run.stdout.replace(&weighbridge_inspect::report::ruleset(), "RULESET")
}

#[test]
fn people_read_the_answer_first_and_then_why() {
    insta::assert_snapshot!("human", printed(model().path(), "human", &[]));
}

#[test]
fn the_threshold_decides_the_exit_code_and_nothing_else() {
    let folder = model();
    let code = |threshold| run(folder.path(), &["scan", ".", "--threshold", threshold]).code;
    assert_eq!([code("info"), code("high"), code("critical")], [Some(1); 3]);
    std::fs::remove_file(folder.path().join("figure.png")).unwrap();
    assert_eq!([code("info"), code("high"), code("critical")], [Some(1), Some(1), Some(2)]);
}

#[test]
fn sarif_has_what_code_scanning_services_need() {
    let folder = model();
    let log: Value = serde_json::from_str(&printed(folder.path(), "sarif", &[])).unwrap();
    let report: Value = serde_json::from_str(&printed(folder.path(), "json", &[])).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report["findings"].as_array().unwrap().len());
    for (result, finding) in results.iter().zip(report["findings"].as_array().unwrap()) {
        assert_eq!(result["ruleId"], finding["rule"]);
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], finding["rule"]);
        assert_eq!(result["partialFingerprints"]["weighbridge/v1"], finding["fingerprint"]);
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let index = usize::try_from(location["index"].as_u64().unwrap()).unwrap();
        assert_eq!(run["artifacts"][index]["location"]["uri"], location["uri"]);
        assert_eq!(run["artifacts"][index]["hashes"]["sha-256"], report["files"][index]["sha256"]);
    }
    let hidden =
        results.iter().find(|result| result["level"] == "error" && result["ruleId"] == "embedded-program");
    let logical = &hidden.unwrap()["locations"][0]["logicalLocations"][0];
    assert_eq!(logical["fullyQualifiedName"], "figure.png!trailing-data");
    assert!(run["artifacts"][1]["location"]["uri"] == "sub%20folder/tune.png", "{run}");
    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&1.into(), &false.into()));
    let missed = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(missed.len(), report["not_inspected"].as_array().unwrap().len());
}

#[test]
fn in_a_text_a_place_is_a_line_and_a_character() {
    let text = "{\n  \"name\": \"\u{f6}\", \"trust_remote_code\": true\n}\n".as_bytes();
    let folder = folder(&[("config.json", text)]);
    let shown = run(folder.path(), &["scan", ".", "--threshold", "low"]).stdout;
    assert!(shown.contains("at    config.json:2:17\n"), "{shown}");
    let report: Value =
        serde_json::from_str(&printed(folder.path(), "json", &["--threshold", "low"])).unwrap();
    let place = serde_json::json!({"path": "config.json", "offset": 19, "line": 2, "column": 17});
    assert_eq!(report["findings"][0]["location"], place);
    let log = printed(folder.path(), "sarif", &["--threshold", "low"]);
    let log: Value = serde_json::from_str(&log).unwrap();
    let region = serde_json::json!({"byteOffset": 19, "byteLength": 1, "startLine": 2, "startColumn": 17});
    assert_eq!(log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"], region);
}

#[test]
fn a_fingerprint_stays_with_its_finding_wherever_it_is_scanned() {
    let fingerprints = |name: &str| {
        let folder = folder(&[(name, &[samples::picture(), program::elf()].concat())]);
        let report: Value = serde_json::from_str(&printed(folder.path(), "json", &[])).unwrap();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fingerprints("a.png"), fingerprints("a.png"));
    assert_ne!(fingerprints("a.png"), fingerprints("b.png"));
}

#[test]
fn the_page_asks_nobody_for_anything_and_allows_only_its_own_script() {
    let page = printed(model().path(), "html", &[]);
    let policy =
        page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let page = page.replace("<a href=\"https://", "<a href=\"");
    for outward in
        [" src=", "http://", "https://", "url(", "@import", "style=\"", "onclick", "<link", "<iframe"]
    {
        assert!(!page.contains(outward), "{outward}");
    }
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("<article class=\"finding").count(), 3);
    assert_eq!(page.matches("<tr data-kind=\"file\"").count(), 3);
}

#[test]
fn build_servers_see_a_case_for_every_file() {
    let xml = printed(model().path(), "junit", &[]);
    assert!(
        xml.contains(
            "<testsuites name=\"weighbridge\" tests=\"3\" failures=\"2\" errors=\"1\" skipped=\"0\">"
        ),
        "{xml}"
    );
    let allowed = printed(model().path(), "junit", &["--allow-incomplete", "--threshold", "critical"]);
    assert!(allowed.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"2\">"), "{allowed}");
}

#[test]
fn explain_says_what_a_rule_finds_and_names_similar_rules() {
    let here = Path::new(".");
    let known = run(here, &["scan", "--explain", "embedded-program"]);
    assert_eq!(known.code, Some(0));
    for part in ["embedded-program\n", "Why it matters. ", "What to do. ", "CWE-506"] {
        assert!(known.stdout.contains(part), "{}", known.stdout);
    }
    assert!(known.stdout.lines().all(|line| line.chars().count() <= 80), "{}", known.stdout);
    let unknown = run(here, &["scan", "--explain", "embeded-programm"]);
    assert_eq!(
        unknown.stderr,
        "error: no rule is called `embeded-programm`; similar: `embedded-program`\nhint: weighbridge rules\n"
    );
}
