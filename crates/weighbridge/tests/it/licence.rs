//! `weighbridge licence`: what it answers and how it ends.

use serde_json::Value;

use weighbridge_inspect::samples::licence::text;
use weighbridge_inspect::samples::tensor;

use crate::run::{folder, run};

/// A card with this front matter, and the text of this licence beside it.
fn model(card: &str, licence: Option<&str>) -> tempfile::TempDir {
    let card = format!("---\n{card}\n---\n# Demo\n");
    let text = licence.map(text);
    let mut files = vec![("README.md", card.as_bytes())];
    files.extend(text.as_ref().map(|text| ("LICENSE", text.as_bytes())));
    folder(&files)
}

#[test]
fn an_id_a_tag_and_a_base_model_are_answered() {
    let here = folder(&[]);
    for (arguments, code, first) in [
        (&["licence", "apache-2.0", "--commercial"][..], 0, "allow  commercial use"),
        (&["licence", "CC-BY-NC-4.0", "--commercial"], 1, "refuse  commercial use"),
        (&["licence", "CC-BY-NC-4.0"], 0, "allow  for own use that earns nothing"),
        (&["licence", "other"], 3, "needs counsel  "),
        (
            &["licence", "meta-llama/Llama-3.1-8B", "--monthly-users", "800000000"],
            1,
            "refuse  with 800 000 000 monthly users",
        ),
        (
            &["licence", "llama4", "--hosted", "--country", "fr"],
            3,
            "needs counsel  running it for others, in FR",
        ),
    ] {
        let run = run(here.path(), arguments);
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stdout);
        assert!(run.stdout.starts_with(first), "{arguments:?}: {}", run.stdout);
        assert!(run.stdout.contains("not legal advice"));
    }
}

#[test]
fn names_are_known_as_people_write_them_and_a_slip_is_answered() {
    let here = folder(&[]);
    for (name, id) in [
        ("MIT License", "mit: MIT License"),
        ("Apache License, Version 2.0", "apache-2.0: "),
        ("bsd 3-clause licence", "bsd-3-clause: "),
        ("Llama 3.1 Community License Agreement", "llama3.1: "),
    ] {
        let run = run(here.path(), &["licence", name]);
        assert!(run.stdout.lines().any(|line| line.starts_with(id)), "{name}: {}{}", run.stdout, run.stderr);
    }
    for (name, near) in [("apache-2.1", "apache-2.0"), ("Llama Community", "llama2")] {
        let run = run(here.path(), &["licence", name]);
        let hint = format!("hint: weighbridge licence {near}\n");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(
            run.stderr.contains(&format!("similar: `{near}`")) && run.stderr.ends_with(&hint),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn the_strictest_statement_of_a_model_counts() {
    let same = model("license: apache-2.0", Some("Apache-2.0"));
    assert_eq!(run(same.path(), &["licence", ".", "--commercial", "--hosted"]).code, Some(0));
    let stricter = model("license: apache-2.0\nbase_model: black-forest-labs/FLUX.1-dev", None);
    let refused = run(stricter.path(), &["licence", ".", "--commercial"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stdout.contains("README.md, a base model: black-forest-labs/FLUX.1-dev"),
        "{}",
        refused.stdout
    );
    let nothing = model("language: en", None);
    let open = run(nothing.path(), &["licence", "."]);
    assert_eq!(open.code, Some(3));
    assert!(open.stdout.contains("? nothing says under which terms the model comes"), "{}", open.stdout);
}

#[test]
fn an_unclear_text_is_shown_with_the_lines_that_differ() {
    let more = format!("{}\nThe Software may be used for research only.\n", text("MIT"));
    let folder = folder(&[("LICENSE", more.as_bytes())]);
    let run = run(folder.path(), &["licence", "."]);
    assert_eq!(run.code, Some(3));
    assert!(run.stdout.contains("nearest to mit ("), "{}", run.stdout);
    assert!(run.stdout.contains("+ The Software may be used for research only."), "{}", run.stdout);
}

#[test]
fn what_manifests_say_is_shown_and_does_not_count() {
    let folder = folder(&[
        ("README.md", b"---\nlicense: apache-2.0\n---\n# Demo\n"),
        ("pyproject.toml", b"[project]\nname = \"demo\"\nlicense = \"AGPL-3.0-only\"\n"),
        ("run.py", b"# SPDX-License-Identifier: MIT\n"),
    ]);
    let run = run(folder.path(), &["licence", ".", "--json"]);
    assert_eq!(run.code, Some(0));
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let statements = json["statements"].as_array().unwrap();
    let shown: Vec<(&str, &str, bool)> = statements
        .iter()
        .map(|one| {
            (one["source"].as_str().unwrap(), one["id"].as_str().unwrap(), one["counts"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(
        shown,
        [("card", "apache-2.0", true), ("manifest", "agpl-3.0", false), ("manifest", "mit", false)]
    );
    assert_eq!(json["schema"], "weighbridge.licence/1.0");
    assert_eq!((&json["answer"], &json["not_legal_advice"]), (&"allow".into(), &true.into()));
    assert_eq!(statements[0]["listed"]["osi_approved"], true);
}

#[test]
fn what_is_not_known_is_said_with_what_is_near() {
    let here = folder(&[]);
    let failed = run(here.path(), &["licence", "lama3.1"]);
    assert_eq!(failed.code, Some(2));
    assert!(failed.stderr.contains("similar: `llama3.1`"), "{}", failed.stderr);
    for country in ["Germany", "XX", "zz", "D", ""] {
        let failed = run(here.path(), &["licence", "mit", "--country", country]);
        assert_eq!((failed.code, failed.stdout.as_str()), (Some(2), ""), "{country}");
        assert!(failed.stderr.contains("it is no country"), "{country}: {}", failed.stderr);
    }
    for country in ["de", "GB", "UK", "eu"] {
        assert_eq!(run(here.path(), &["licence", "mit", "--country", country]).code, Some(0), "{country}");
    }
}

#[test]
fn statements_that_contradict_each_other_need_counsel_as_the_scan_says() {
    for (text, code, why) in [
        (text("Apache-2.0"), 0, None),
        (text("MIT"), 3, Some("`README.md` says `apache-2.0`, and `LICENSE` says `mit`")),
        (
            "Copyright Example. All rights reserved. You may not use this model without written permission."
                .into(),
            3,
            Some(
                "`README.md` says `apache-2.0`, and `LICENSE` keeps the rights back: You may not use this model",
            ),
        ),
    ] {
        let card = b"---\nlicense: apache-2.0\n---\n# Demo\n";
        let folder = folder(&[("README.md", card), ("LICENSE", text.as_bytes())]);
        let answer = run(folder.path(), &["licence", ".", "--json"]);
        assert_eq!(answer.code, Some(code), "{}", answer.stdout);
        let json: Value = serde_json::from_str(&answer.stdout).unwrap();
        let open: Vec<&str> = json["open"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let scan = run(folder.path(), &["scan", ".", "--format", "json"]);
        let scan: Value = serde_json::from_str(&scan.stdout).unwrap();
        let mut told = scan["findings"].as_array().unwrap().iter();
        let told = told.find(|finding| finding["rule"] == "licence-conflict");
        match why {
            Some(why) => {
                let [open] = open[..] else { panic!("{open:?}") };
                assert!(
                    open.starts_with("what is stated contradicts itself: ") && open.contains(why),
                    "{open}"
                );
                assert!(told.unwrap()["message"].as_str().unwrap().contains(why));
            }
            None => assert!(open.is_empty() && told.is_none(), "{open:?} {told:?}"),
        }
    }
    let card = b"---\nlicense: apache-2.0\n---\n# Demo\n";
    let weights =
        tensor::Gguf::new().text("general.architecture", "llama").text("general.license", "mit").build();
    let folder = folder(&[("README.md", card), ("model.gguf", &weights)]);
    let answer = run(folder.path(), &["licence", "."]);
    assert_eq!(answer.code, Some(3), "{}", answer.stdout);
    assert!(answer.stdout.contains("? what is stated contradicts itself: "), "{}", answer.stdout);
}
