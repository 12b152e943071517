//! A Keras archive with members that Keras does not write.

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::{Confidence, Severity};

use crate::detect::has_extension;
use crate::facts::Facts;
use crate::formats::keras;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::keras::{dense, model, zip};
use crate::samples::one;

/// A Keras archive with members that Keras does not write.
pub static RULE: Rule = Rule {
    id: "keras-extra-member",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Format,
    since: "0.1.0",
    summary: "A Keras archive has members that Keras does not write",
    why: "Keras writes its configuration, weights, and what layers keep in `assets/`. It unpacks the archive to a folder to load it, so anything else in it lands there too. Medium; high for programs, sources and pickles.",
    advice: "Ask what the member is for. Do not unpack the archive where other programs look for files.",
    references: &["CWE-434", "AML.T0010"],
    examples: &[
        Example {
            name: "notes",
            files: || archive("notes.txt", b"ordinary words"),
            fires: &["keras-extra-member"],
        },
        Example { name: "notes-twin", files: || archive("assets/notes.txt", b"ordinary words"), fires: &[] },
        Example {
            name: "source",
            files: || archive("layers.py", b"import math\n"),
            fires: &["keras-extra-member"],
        },
        Example {
            name: "shard-twin",
            files: || archive("model.weights.json", b"{\"weight_map\": {}}"),
            fires: &[],
        },
        Example {
            name: "case",
            files: || archive("Assets/notes.txt", b"ordinary words"),
            fires: &["keras-extra-member"],
        },
    ],
    check: Check::File(check),
};

/// Endings of what runs, or is loaded as what runs.
const PROGRAMS: [&str; 14] =
    ["bat", "com", "dll", "dylib", "exe", "joblib", "js", "pickle", "pkl", "ps1", "py", "pyc", "sh", "so"];

fn archive(name: &str, content: &[u8]) -> Vec<File> {
    one("model.keras", zip(&model(&[dense()])).stored(name, content).build())
}

fn is_written(name: &str) -> bool {
    let plain = !name.contains(['/', '\\']);
    let weights =
        [".weights.h5", ".weights.json", ".weights.npz"].iter().any(|ending| name.ends_with(ending));
    matches!(name, "config.json" | "metadata.json") || plain && weights || name.starts_with("assets/")
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, entry) in facts.entries().filter(|(place, _)| place.format() == keras::FORMAT.id) {
        if entry.kind != EntryKind::File || is_written(&entry.name) {
            continue;
        }
        let finding = findings.add(place, format!("`{}` is no part of a Keras model", entry.name));
        let name = entry.name.to_lowercase();
        if !PROGRAMS.iter().any(|ending| has_extension(&name, ending)) {
            finding.severity = Severity::Medium;
        }
    }
}
