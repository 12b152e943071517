//! Encrypted members of an archive.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{Part, Zip};
use crate::samples::one;

/// Encrypted members of an archive.
pub static RULE: Rule = Rule {
    id: "archive-encrypted",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Members of the archive are encrypted",
    why: "Nobody but who has the password can say what is in them, and no scanner looked. Models have no reason to be encrypted with a password that is published beside them.",
    advice: "Decrypt it and scan what comes out, or ask for an archive without a password.",
    references: &["CWE-656", "AML.T0010"],
    examples: &[
        Example {
            name: "zip",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(Part::new("notes.txt", 0, WORDS, NOISE.to_vec()).both(|said| said.flags |= 1))
                        .build(),
                )
            },
            fires: &["archive-encrypted"],
        },
        Example {
            name: "zip-aes",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(Part::new("notes.txt", 99, WORDS, NOISE.to_vec()).both(|said| said.flags |= 1))
                        .build(),
                )
            },
            fires: &["archive-encrypted"],
        },
        Example {
            name: "zip-plain",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

/// Bytes that no format knows.
const NOISE: &[u8] = b"\x03\xe1\x91\xf7\x02\x99\x1c\xb3\x05\xd8\xfe\x81\x17\xc4\xa6\x1b";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::Encrypted) {
        findings.add(place, &problem.detail);
    }
}
