//! What a file is taken for when its first 64 KiB say little or something else, and what counts as inspected.

use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::samples::boosting::LightGbm;
use weighbridge_inspect::samples::graph::{self, Onnx};
use weighbridge_inspect::samples::tensorflow;
use weighbridge_inspect::{Limits, input::Input, inspect};

/// Formats of a file itself, the rules that fire, and why parts are not inspected.
fn outcome(name: &str, bytes: &[u8]) -> (Vec<&'static str>, Vec<String>, Vec<String>) {
    let (facts, findings) = inspect(&Input::bytes(bytes.to_vec()), name, &Limits::default());
    let outer = facts.readings.iter().filter(|reading| reading.member.is_empty());
    let formats = outer.filter_map(|reading| reading.format).collect();
    let mut rules: Vec<_> = findings.into_iter().map(|finding| finding.rule).collect();
    rules.sort();
    rules.dedup();
    let missed = facts.readings.iter().filter_map(|reading| match &reading.coverage {
        Coverage::NotInspected { why } => Some(why.clone()),
        _ => None,
    });
    (formats, rules, missed.collect())
}

const LONG: usize = 70_000;

/// Fields of a message that no schema has, in letters only.
fn letters() -> Vec<u8> {
    let field = [b"z~".as_slice(), &[b'a'; 126]].concat();
    field.repeat(520)
}

fn behind(front: &[u8], rest: &[u8]) -> Vec<u8> {
    [front, rest].concat()
}

#[test]
fn messages_behind_64_kib_of_letters_are_read() {
    let reads = tensorflow::Graph::new().node(tensorflow::Node::new("a", "ReadFile"));
    let weight = graph::external("w", &[4], 1, &[("location", "../../../../demo")]);
    let onnx = Onnx::new().node("", "Add").initializer(&weight).build();
    for (name, format, rule, message) in [
        ("saved_model.pb", "tensorflow-saved-model", "operator-reaches-files", reads.saved_model()),
        ("frozen.pb", "tensorflow-graph", "operator-reaches-files", reads.graph()),
        ("model.onnx", "onnx", "reference-escape", onnx.clone()),
        ("model.onnx.part", "onnx", "reference-escape", onnx),
    ] {
        let plain = outcome(name, &message);
        assert!(plain.1.contains(&rule.to_owned()), "{name}: {plain:?}");
        let found = outcome(name, &behind(&letters(), &message));
        assert_eq!(found.0, [format], "{name}: {found:?}");
        assert!(found.1.contains(&rule.to_owned()), "{name}: {found:?}");
    }
}

#[test]
fn messages_that_are_known_by_name_only_are_read_behind_letters_too() {
    for name in ["net.mlmodel", "net.onnx"] {
        let front = letters();
        let found = outcome(name, &behind(&front, &[0x08, 0x01, 0x12, 0x02, 0x10, 0x00]));
        assert!(!found.0.contains(&"text"), "{name}: {found:?}");
    }
}

#[test]
fn text_is_text_to_its_end() {
    let words = "Ordinary words.\n".repeat(20_000);
    let deep = 300_000;
    let changed = |byte: u8| {
        let mut bytes = words.clone().into_bytes();
        bytes[deep] = byte;
        bytes
    };
    let why = format!("it is text up to byte {deep}, and no format recognised what follows");
    for byte in [0, 8, 0x1c, 0x7f, 0x80, 0xff] {
        assert_eq!(outcome("notes.txt", &changed(byte)).2, [why.as_str()], "{byte}");
    }
    for byte in [b'\t', 0x0c, 0x1b, b'~'] {
        assert!(outcome("notes.txt", &changed(byte)).2.is_empty(), "{byte}");
    }
    // Characters of several bytes lie across the blocks in which the text is read.
    for shift in 0..4 {
        let wide = " ".repeat(shift) + &"\u{1f600}".repeat(200_000);
        assert_eq!(outcome("notes.txt", wide.as_bytes()), (vec!["text"], vec![], vec![]), "{shift}");
        let cut = &wide.as_bytes()[..wide.len() - 1];
        assert_eq!(outcome("notes.txt", cut).2.len(), 1, "{shift}");
    }
}

#[test]
fn formats_of_text_are_read_behind_remarks_and_white_space() {
    let space = " ".repeat(LONG);
    let lines = "\n".repeat(LONG);
    let remarks = "# c\n".repeat(LONG / 4);
    let long_remark = format!("# {}\n", "c".repeat(LONG));
    let xml_remark = format!("<!-- {} -->", "a".repeat(LONG));
    let pmml = |prologue: &str, inner: &str, root: &str| {
        format!(
            "<?xml version=\"1.0\"?>{prologue}<!DOCTYPE PMML [{inner}<!ENTITY x SYSTEM \"demo\">]><PMML{root} \
             version=\"4.4\"><Header><Extension>&x;</Extension></Header></PMML>"
        )
    };
    let attribute = format!(" a=\"{}\"", "a".repeat(LONG));
    let document = "xml-document-type";
    for text in [
        pmml("", "", ""),
        pmml(&xml_remark, "", ""),
        pmml("", &xml_remark, ""),
        pmml(&lines, "", ""),
        pmml("", "", &attribute),
        space.clone() + &pmml("", "", "")[21..],
    ] {
        let found = outcome("model.pmml", text.as_bytes());
        assert_eq!((found.0, found.1.contains(&document.to_owned())), (vec!["pmml"], true), "{:?}", found.1);
    }
    let net = |front: &str| {
        format!(
            "<?xml version=\"1.0\"?>{front}<net name=\"a\" version=\"11\"><layers><layer id=\"0\" name=\"x\" \
             type=\"Demo\" version=\"extension\"/></layers><edges/></net>"
        )
    };
    assert_eq!(outcome("model.xml", net(&xml_remark).as_bytes()).0, ["openvino"]);

    let reads = "node { name: \"a\" op: \"ReadFile\" input: \"b\" }\n";
    let many = "versions { producer: 1 }\n".repeat(3000);
    for front in [&remarks, &long_remark, &lines, &many] {
        let found = outcome("graph.pbtxt", (front.clone() + reads).as_bytes());
        assert_eq!(found.0, ["tensorflow-text"], "{:?}", &front[..20]);
        assert!(found.1.contains(&"operator-reaches-files".to_owned()), "{:?}", found.1);
    }
    let states = "model_checkpoint_path: \"../../demo\"\n";
    let git = "[core]\n\tfsmonitor = echo weighbridge-demo\n";
    for front in ["", &remarks, &long_remark, &lines] {
        let state = outcome("checkpoint", (front.to_owned() + states).as_bytes());
        assert_eq!(
            (state.0, state.1),
            (vec!["tensorflow-checkpoint-state"], vec!["config-path-escape".to_owned()])
        );
        let found = outcome("config", (front.to_owned() + git).as_bytes());
        assert_eq!((found.0, found.1), (vec!["git-config"], vec!["git-runs-command".to_owned()]));
    }
    for (name, format, text) in [
        ("config.json", "model-config", r#"{"auto_map":{"AutoModel":"demo.Demo"}}"#),
        ("modules.json", "modules-index", r#"[{"idx":0,"name":"0","path":"","type":"demo.Demo"}]"#),
        ("model_index.json", "pipeline-index", r#"{"_class_name":["demo","Demo"]}"#),
        ("model.safetensors.index.json", "safetensors-index", r#"{"weight_map":{"a":"../x.bin"}}"#),
        ("Manifest.json", "coreml-package", r#"{"itemInfoEntries":{}}"#),
        ("model.bst", "xgboost", r#"{"learner":{"gradient_booster":{}},"version":[2,0,0]}"#),
    ] {
        let plain = outcome(name, text.as_bytes());
        assert_eq!(plain.0, [format], "{name}");
        for front in [&space, &lines] {
            let found = outcome(name, (front.clone() + text).as_bytes());
            assert_eq!((&found.0, &found.1), (&plain.0, &plain.1), "{name}");
        }
        if name != "model.bst" {
            assert_eq!(outcome(name, (text.to_owned() + &space).as_bytes()).0, plain.0, "{name}");
        }
    }
    let trees = LightGbm::new().build();
    let trees = std::str::from_utf8(&trees).unwrap().replacen("version=v4\n", "\nnum_class=1\n", 1);
    assert_eq!(outcome("model.txt", trees.as_bytes()).0, ["lightgbm"]);
}

#[test]
fn what_a_name_promises_is_never_inert_text() {
    for name in ["m.t7", "m.th"] {
        let (formats, _, _) = outcome(name, b"8\n1\n12\nreturn 1+111\n3\n2\n0\n");
        assert_eq!(formats, ["torch7"], "{name}");
    }
    let utf7 = b"<?xml version=\"1.0\" encoding=\"UTF-7\"?><PMML version=\"4.4\"/>";
    assert_eq!(outcome("m.pmml", utf7).0, ["pmml"]);
    assert_eq!(outcome("m.pmml", utf7).2.len(), 1);
    for ending in [
        "pkl",
        "pt",
        "pth",
        "bin",
        "ckpt",
        "joblib",
        "dill",
        "onnx",
        "pb",
        "h5",
        "keras",
        "npy",
        "npz",
        "gguf",
        "safetensors",
        "tflite",
        "rds",
        "t7",
        "nemo",
        "mlmodel",
        "gz",
        "zip",
    ] {
        let (_, rules, missed) = outcome(&format!("m.{ending}"), b"just words\n");
        assert_eq!(rules, ["name-content-mismatch"], "{ending}");
        assert!(missed.len() == 1 && missed[0].contains("only text"), "{ending}: {missed:?}");
        let (_, rules, missed) = outcome(&format!("m.{ending}"), b"");
        assert!(rules.is_empty(), "{ending}: {rules:?}");
        assert!(missed.len() == 1 && missed[0].contains("it is empty"), "{ending}: {missed:?}");
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
        let (_, _, missed) = outcome(&format!("m.{ending}"), pointer.as_bytes());
        assert!(missed.len() == 1 && missed[0].contains("git lfs pull"), "{ending}: {missed:?}");
    }
}

#[test]
fn ordinary_text_is_quiet_whatever_its_name() {
    let many = "Ordinary words, mostly.\n".repeat(5000);
    for name in [
        "README.md",
        "vocab.txt",
        "merges.txt",
        "notes",
        "words.csv",
        "train.log",
        ".gitattributes",
        ".gitignore",
        "label_map.pbtxt",
        "config",
        "update.txt",
        "dict.vocab",
    ] {
        assert_eq!(outcome(name, b"just words\n"), (vec!["text"], vec![], vec![]), "{name}");
        let found = outcome(name, many.as_bytes());
        assert_eq!((found.1, found.2), (vec![], vec![]), "{name}");
        let (_, rules, missed) = outcome(name, b"");
        assert!(rules.is_empty() && missed.is_empty(), "{name}: {rules:?} {missed:?}");
    }
    // Under a name that promises terms, words that are none are worth a word.
    assert_eq!(
        outcome("LICENSE", b"just words\n"),
        (vec!["licence-text"], vec!["licence-unclear".to_owned()], vec![])
    );
    // An ending that pieces of words share with other models.
    assert!(outcome("bpe.model", b"just words\n").2.is_empty());
    // Words that were put together wrongly are words.
    assert!(outcome("vocab.txt", "caf\u{c3}\u{a9}\nit\u{92}s\n".as_bytes()).2.is_empty());
}

#[test]
fn programs_and_files_that_steer_builds_are_source() {
    for name in [
        "a.jsx",
        "a.tsx",
        "a.mts",
        "a.cts",
        "a.fish",
        "a.csh",
        "a.wsf",
        "a.vbe",
        "a.psm1",
        "a.psd1",
        "a.reg",
        "a.inf",
        "a.gradle",
        "a.groovy",
        "a.cmake",
        "a.kt",
        "a.swift",
        "a.cs",
        "a.scala",
        "a.tcl",
        "a.m",
        "a.awk",
        "a.applescript",
        "a.plist",
        "CMakeLists.txt",
        "Jenkinsfile",
    ] {
        let (formats, rules, missed) = outcome(name, b"echo weighbridge-demo\n");
        assert_eq!((formats, rules.len(), missed.len()), (vec!["source"], 0, 1), "{name}");
    }
}

#[test]
fn what_runs_commands_is_known_by_its_name() {
    for (name, format) in [
        ("a.sh", "shell"),
        ("a.ksh", "shell"),
        (".bashrc", "shell"),
        (".envrc", "shell"),
        ("post-checkout", "shell"),
        ("Makefile", "makefile"),
        ("GNUmakefile", "makefile"),
        ("rules.mk", "makefile"),
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.gpu", "dockerfile"),
        ("gpu.dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Modelfile", "modelfile"),
        ("a.service", "unit"),
        ("a.desktop", "unit"),
    ] {
        assert_eq!(outcome(name, b"echo weighbridge-demo\n").0, [format], "{name}");
    }
    for (name, text, format) in [
        ("a", "#!/usr/bin/env bash\n", "shell"),
        ("a.txt", "#!/bin/sh -e\n", "shell"),
        ("a", "#!/usr/bin/perl\n", "script"),
        ("compose.yaml", "services:\n  a: {}\n", "compose"),
        ("other.yaml", "services:\n  a: {}\n", "yaml"),
        ("a.yml", "name: a\non: push\njobs: {}\n", "workflow"),
        ("a.yml", "name: a\njobs: {}\n", "yaml"),
        (".gitlab-ci.yml", "a:\n  script: date\n", "workflow"),
        ("a.yaml", "apiVersion: v1\nkind: Pod\n", "manifest"),
        ("values.yaml", "image: a\n", "manifest"),
        ("devcontainer.json", "// a\n{}\n", "devcontainer"),
        ("tasks.json", "{\"tasks\": []}", "editor-tasks"),
        ("tasks.json", "{\"task\": []}", "json"),
        ("settings.json", "{\"mcpServers\": {}}", "mcp-servers"),
    ] {
        assert_eq!(outcome(name, text.as_bytes()).0, [format], "{name}: {text}");
    }
}
