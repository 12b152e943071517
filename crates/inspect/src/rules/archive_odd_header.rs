//! A header with a value that no ordinary tool writes.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{Tar, Zip};
use crate::samples::one;

/// A header with a value that no ordinary tool writes.
pub static RULE: Rule = Rule {
    id: "archive-odd-header",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header of the archive has a value that ordinary tools do not write",
    why: "Readers do different things with it. Where it keeps content from being read, the report says so.",
    advice: "Pack the content afresh with an ordinary tool.",
    references: &["CWE-20"],
    examples: &[
        Example {
            name: "zip-method",
            files: || one("a.zip", Zip::new().packed("notes.txt", 97, WORDS, WORDS.to_vec()).build()),
            fires: &["archive-odd-header"],
        },
        Example {
            name: "zip-folder-with-content",
            files: || one("a.zip", Zip::new().stored("notes/", WORDS).build()),
            fires: &["archive-odd-header"],
        },
        Example {
            name: "zip-folder-packed",
            files: || one("a.zip", Zip::new().deflated("notes/", b"").build()),
            fires: &[],
        },
        Example {
            name: "zip-folder",
            files: || one("a.zip", Zip::new().folder("notes/").build()),
            fires: &[],
        },
        Example {
            name: "zip-too-few",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).build_counting(2)),
            fires: &["archive-odd-header"],
        },
        Example {
            name: "tar-type",
            files: || {
                one("a.tar", Tar::new().entry(b"notes.txt", b'Z', b"", 0o644, WORDS.len(), WORDS).build())
            },
            fires: &["archive-odd-header"],
        },
        Example {
            name: "tar-contiguous",
            files: || {
                one("a.tar", Tar::new().entry(b"notes.txt", b'7', b"", 0o644, WORDS.len(), WORDS).build())
            },
            fires: &[],
        },
        Example {
            name: "tar-records",
            files: || {
                one(
                    "a.tar",
                    Tar::new().entry(b"pax", b'x', b"", 0o644, 5, b"12345").file("notes.txt", WORDS).build(),
                )
            },
            fires: &["archive-odd-header"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::BadValue, Kind::UnknownType, Kind::BadCount] {
        for (place, problem) in facts.archive_problems(kind) {
            findings.add(place, &problem.detail);
        }
    }
}
