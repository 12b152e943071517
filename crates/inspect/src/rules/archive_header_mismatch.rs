//! Two descriptions of one member that contradict each other.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{Part, Tar, Zip};
use crate::samples::one;

/// Two descriptions of one member that contradict each other.
pub static RULE: Rule = Rule {
    id: "archive-header-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Two descriptions of the same member contradict each other",
    why: "One loader believes the directory at the end of the archive, another the header in front of the member, a third an extended header: each sees other names or other content, and a scanner that stops at the contradiction sees nothing. Both readings are inspected here.",
    advice: "Do not use it. Unpacking and packing it again with one tool shows which content that tool saw.",
    references: &["CWE-436", "CVE-2025-1944", "CVE-2025-1945", "CVE-2025-62518", "AML.T0010"],
    examples: &[
        Example {
            name: "zip-name",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(
                            Part::stored("notes.txt", WORDS).local(|said| said.name = b"other.txt".to_vec()),
                        )
                        .build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-method",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::deflated("notes.txt", WORDS).local(|said| said.method = 0)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-packed-size",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::stored("notes.txt", WORDS).local(|said| said.packed = 8)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-size",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::deflated("notes.txt", WORDS).central(|said| said.size = 3)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-no-size",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::deflated("notes.txt", WORDS).both(|said| said.size = 0)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-too-short",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::deflated("notes.txt", WORDS).both(|said| said.packed = 4)).build(),
                )
            },
            fires: &["archive-header-mismatch", "archive-hole"],
        },
        Example {
            name: "zip-checksum",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::stored("notes.txt", WORDS).local(|said| said.crc = 1)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-marked-as-encrypted",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::stored("notes.txt", WORDS).both(|said| said.flags |= 1)).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-half-marked",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(Part::deflated("notes.txt", WORDS).central(|said| said.flags |= 1))
                        .build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "zip-agrees",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .stored("notes.txt", WORDS)
                        .deflated("more.txt", WORDS)
                        .streamed("last.txt", WORDS)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "zip-two-ends",
            files: || one("a.zip", two_ends()),
            fires: &["archive-header-mismatch", "archive-trailing-data"],
        },
        Example {
            name: "zip-two-directories",
            files: || one("a.zip", two_directories()),
            fires: &["archive-header-mismatch", "archive-hole"],
        },
        Example {
            name: "tar-size",
            files: || one("a.tar", Tar::new().pax(&[("size", "8")], "notes.txt", WORDS).build()),
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "tar-same-size",
            files: || one("a.tar", Tar::new().pax(&[("size", "16")], "notes.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "tar-name",
            files: || one("a.tar", Tar::new().pax(&[("path", "other.txt")], "notes.txt", WORDS).build()),
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "tar-long-name",
            files: || {
                one(
                    "a.tar",
                    Tar::new().pax(&[("path", "a/long/way/to/notes.txt")], "notes.txt", WORDS).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tar-name-twice",
            files: || {
                one(
                    "a.tar",
                    Tar::new()
                        .pax(&[("path", "a-notes.txt"), ("path", "b-notes.txt")], "notes.txt", WORDS)
                        .build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "tar-name-for-all",
            files: || {
                one(
                    "a.tar",
                    Tar::new().records(b'g', &[("path", "notes.txt")]).file("notes.txt", WORDS).build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
        Example {
            name: "tar-remark-for-all",
            files: || {
                one(
                    "a.tar",
                    Tar::new()
                        .records(b'g', &[("comment", "made with care")])
                        .file("notes.txt", WORDS)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tar-link-with-content",
            files: || {
                one(
                    "a.tar",
                    Tar::new()
                        .file("notes.txt", WORDS)
                        .entry(b"more.txt", b'1', b"notes.txt", 0o644, 512, b"")
                        .file("hidden.txt", b"")
                        .build(),
                )
            },
            fires: &["archive-header-mismatch"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::Disagreement) {
        findings.add(place, &problem.detail);
    }
}

/// A zip in the comment of another, with a byte behind it: most readers take the last end record, strict ones that whose
/// comment reaches the end.
fn two_ends() -> Vec<u8> {
    let mut comment = Zip::new().stored("another.txt", WORDS).build();
    comment.push(b'!');
    Zip::new().stored("notes.txt", WORDS).comment(comment).build()
}

/// One zip behind another of the same form: offsets counted from the beginning lead to the first directory, those counted
/// from the end to the second.
fn two_directories() -> Vec<u8> {
    let first = Zip::new().stored("other.txt", WORDS).build();
    Zip::new().prefix(&first).stored("notes.txt", WORDS).build()
}
