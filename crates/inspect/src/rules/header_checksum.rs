//! A checksum that does not match what it guards.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::hdf5::Hdf5;
use crate::samples::one;
use crate::samples::orbax;

/// A checksum that does not match what it guards.
pub static RULE: Rule = Rule {
    id: "header-checksum",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A checksum in the file does not match the structure that it guards",
    why: "The file was damaged, or changed by something that is not its library. Readers that look refuse it, and others do not, so what is loaded depends on the reader.",
    advice: "Download the file again. If it stays as it is, ask for one that the format's own library wrote.",
    references: &["CWE-354", "CWE-345"],
    examples: &[
        Example { name: "hdf5", files: || damaged(b"kernel", b"kernal"), fires: &["header-checksum"] },
        Example { name: "hdf5-twin", files: || damaged(b"kernel", b"kernel"), fires: &[] },
        Example {
            name: "hdf5-front",
            files: || damaged(&[8, 8, 0], &[8, 8, 4]),
            fires: &["header-checksum"],
        },
        Example {
            name: "ocdbt",
            files: || {
                one("manifest.ocdbt", {
                    let mut file = orbax::manifest("../d/demo");
                    file.truncate(file.len() - 1);
                    file.push(0);
                    file
                })
            },
            fires: &["header-checksum", "reference-escape"],
        },
    ],
    check: Check::File(check),
};

/// A file in which one word stands for another, though the checksum is that of the first.
fn damaged(from: &[u8], to: &[u8]) -> Vec<crate::samples::File> {
    let mut bytes = Hdf5::new().dataset("kernel", &[2], &[1; 8]).build();
    if let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes.splice(at..at + from.len(), to.iter().copied());
    }
    one("model.weights.h5", bytes)
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Checksum).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
