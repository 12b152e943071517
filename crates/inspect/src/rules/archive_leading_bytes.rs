//! Bytes in front of an archive.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::samples::archive::Zip;
use crate::samples::one;

/// Bytes in front of an archive.
pub static RULE: Rule = Rule {
    id: "archive-leading-bytes",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "There are bytes in front of the archive",
    why: "Zip readers look from the end and pass over them, other loaders look at the beginning and see only them: two contents in one file. Programs that carry their data with them are made like this, models are not.",
    advice: "Find out what the bytes are. A model does not need them.",
    references: &["CWE-434", "CWE-436"],
    examples: &[
        Example {
            name: "zip",
            files: || {
                one("a.zip", Zip::new().prefix(b"some words in front\n").stored("notes.txt", WORDS).build())
            },
            fires: &["archive-leading-bytes"],
        },
        Example {
            name: "zip-corrected-offsets",
            files: || {
                one("a.zip", Zip::new().raw(b"some words in front\n").stored("notes.txt", WORDS).build())
            },
            fires: &["archive-leading-bytes"],
        },
        Example {
            name: "zip-nothing",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    // A model of TensorFlow Lite carries its labels in a zip behind it; a llamafile is a program in front of one.
    let alone = |place: &Place<'_>| !matches!(place.format(), "llamafile" | "tflite");
    for (place, problem) in facts.archive_problems(Kind::LeadingBytes).filter(|(place, _)| alone(place)) {
        findings.add(place, &problem.detail);
    }
}
