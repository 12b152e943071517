//! A layer that reads a file when it is built.

use weighbridge_domain::{Confidence, Severity};

use super::reference_escape::way_out;
use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::keras::{layer, with};

/// A layer that reads a file when it is built.
pub static RULE: Rule = Rule {
    id: "layer-reads-files",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A layer of the model reads a file or an address that the model names",
    why: "`StringLookup`, `IntegerLookup` and `TextVectorization` take a list of words or the path of one, and read whatever the path leads to: a file of the user, which then is a part of the model and leaves with it, or an address (CVE-2025-12058; Keras from 3.12 on refuses). `TFSMLayer` loads a whole program of TensorFlow. High; medium for words in a file beside the model.",
    advice: "Do not load the model. Ask for one whose words stand in it.",
    references: &["CWE-22", "CWE-73", "CWE-918", "CVE-2025-12058", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "file", files: || words("StringLookup", r#""/etc/hostname""#), fires: ESCAPES },
        Example {
            name: "address",
            files: || words("StringLookup", r#""https://example.org/words""#),
            fires: ESCAPES,
        },
        Example { name: "up", files: || words("TextVectorization", r#""../words.txt""#), fires: ESCAPES },
        Example { name: "integers", files: || words("IntegerLookup", r#""/etc/hostname""#), fires: ESCAPES },
        Example {
            name: "beside",
            files: || words("StringLookup", r#""words.txt""#),
            fires: &["layer-reads-files"],
        },
        Example {
            name: "twin",
            files: || words("StringLookup", r#"{"class_name": "__tuple__", "items": ["a", "b"]}"#),
            fires: &[],
        },
        Example { name: "none-twin", files: || words("TextVectorization", "null"), fires: &[] },
        Example {
            name: "list-twin",
            files: || words("StringLookup", r#"["/etc/hostname", "b"]"#),
            fires: &[],
        },
        Example {
            name: "program",
            files: || {
                with(&layer("keras.layers", "TFSMLayer", r#"{"name": "program", "filepath": "program"}"#))
            },
            fires: &["layer-reads-files"],
        },
        Example {
            name: "program-twin",
            files: || {
                with(&layer("keras.layers", "Identity", r#"{"name": "program", "filepath": "program"}"#))
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ESCAPES: &[&str] = &["layer-reads-files", "reference-escape"];

fn words(class: &str, vocabulary: &str) -> Vec<File> {
    let config = format!(r#"{{"name": "words", "vocabulary": {vocabulary}}}"#);
    let mut files = with(&layer("keras.layers", class, &config));
    files.push(("words.txt".to_owned(), b"a\nb\n".to_vec()));
    files
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, reference) in facts.references().filter(|(place, _)| place.is_of_settings()) {
        let words = match reference.role {
            "vocabulary" => "takes its words from",
            "SavedModel" => "loads the program in",
            _ => continue,
        };
        let finding = findings.add(place, format!("a layer {words} `{}`", reference.target));
        if reference.role == "vocabulary" && way_out(&reference.target).is_none() {
            finding.severity = Severity::Medium;
        }
    }
}
