//! Bytes of an archive that belong to no member.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Zip};
use crate::samples::one;

/// Bytes of an archive that belong to no member.
pub static RULE: Rule = Rule {
    id: "archive-hole",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Format,
    since: "0.1.0",
    summary: "The archive has bytes that belong to no member",
    why: "Ordinary tools leave none. They may be what is left of a member that was taken out of the directory, or something that another program finds by its offset. Zeros, with which some tools align members, are not reported.",
    advice: "Look at the bytes, or pack the archive afresh.",
    references: &["CWE-506", "CWE-436"],
    examples: &[
        Example {
            name: "zip-between",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .stored("notes.txt", WORDS)
                        .raw(b"some bytes")
                        .stored("more.txt", WORDS)
                        .build(),
                )
            },
            fires: &["archive-hole"],
        },
        Example {
            name: "zip-zeros",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).raw(&[0; 16]).stored("more.txt", WORDS).build(),
                )
            },
            fires: &[],
        },
        Example { name: "zip-in-a-member", files: || one("a.zip", with_rest()), fires: &["archive-hole"] },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::Hole) {
        findings.add(place, &problem.detail);
    }
}

/// A deflated member with bytes behind the end of what is packed.
fn with_rest() -> Vec<u8> {
    let packed = [archive::deflate(WORDS), b"some bytes".to_vec()].concat();
    Zip::new().packed("notes.txt", 8, WORDS, packed).build()
}
