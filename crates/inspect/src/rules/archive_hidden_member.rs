//! A member that only some readers of the archive see.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// A member that only some readers of the archive see.
pub static RULE: Rule = Rule {
    id: "archive-hidden-member",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The archive has members that only some readers see",
    why: "What one tool lists and checks is not what another loads. The hidden members are inspected here as well.",
    advice: "Do not use it, unless whoever made it explains how it was made.",
    references: &["CWE-436", "CWE-506", "AML.T0010"],
    examples: &[
        Example {
            name: "zip-unlisted",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .stored("notes.txt", WORDS)
                        .part(Part::stored("other.txt", WORDS).unlisted())
                        .build(),
                )
            },
            fires: &["archive-hidden-member"],
        },
        Example {
            name: "zip-listed",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).part(Part::stored("other.txt", WORDS)).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "zip-uncounted",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).stored("other.txt", WORDS).build_counting(1),
                )
            },
            fires: &["archive-hidden-member"],
        },
        Example {
            name: "zip-in-front",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .prefix(&Zip::new().stored("another.txt", WORDS).build())
                        .stored("notes.txt", WORDS)
                        .build(),
                )
            },
            fires: &["archive-hidden-member", "archive-leading-bytes"],
        },
        Example {
            name: "tar-behind-the-end",
            files: || {
                one("a.tar", Tar::new().file("notes.txt", WORDS).end().file("other.txt", WORDS).build())
            },
            fires: &["archive-hidden-member"],
        },
        Example {
            name: "tar-before-the-end",
            files: || {
                one("a.tar", Tar::new().file("notes.txt", WORDS).file("other.txt", WORDS).end().build())
            },
            fires: &[],
        },
        Example {
            name: "zstd-skipped",
            files: || {
                one(
                    "notes.txt.zst",
                    [archive::zstd(WORDS), archive::skippable(&archive::gzip(None, WORDS))].concat(),
                )
            },
            fires: &["archive-hidden-member"],
        },
        Example {
            name: "zstd-index",
            files: || one("notes.txt.zst", [archive::zstd(WORDS), archive::skippable(&[0; 9])].concat()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::Hidden) {
        findings.add(place, &problem.detail);
    }
}
