//! A checksum that does not fit the content.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Part, Zip};
use crate::samples::one;
use crate::samples::tensorflow;

/// A checksum that does not fit the content.
pub static RULE: Rule = Rule {
    id: "archive-checksum",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A checksum does not fit the content",
    why: "The file was damaged on its way or changed by hand. Some loaders do not look at checksums and load it all the same, so the content is inspected as it is.",
    advice: "Download it again and compare digests with the publisher.",
    references: &["CWE-354", "CVE-2025-10156"],
    examples: &[
        Example {
            name: "zip-stored",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::stored("notes.txt", WORDS).both(|said| said.crc ^= 1)).build(),
                )
            },
            fires: &["archive-checksum"],
        },
        Example {
            name: "zip-deflated",
            files: || {
                one(
                    "a.zip",
                    Zip::new().part(Part::deflated("notes.txt", WORDS).both(|said| said.crc ^= 1)).build(),
                )
            },
            fires: &["archive-checksum"],
        },
        Example {
            name: "zip-right",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).deflated("more.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "zip-in-gzip",
            files: || {
                one(
                    "a.zip.gz",
                    archive::gzip(
                        None,
                        &Zip::new().part(Part::stored("notes.txt", WORDS).both(|said| said.crc ^= 1)).build(),
                    ),
                )
            },
            fires: &["archive-checksum"],
        },
        Example {
            name: "gzip",
            files: || one("notes.txt.gz", with_changed_end(archive::gzip(None, WORDS), 8)),
            fires: &["archive-checksum"],
        },
        Example { name: "gzip-right", files: || one("notes.txt.gz", archive::gzip(None, WORDS)), fires: &[] },
        Example {
            name: "7z",
            files: || one("a.7z", with_changed_end(archive::sevenz(&[("notes.txt", WORDS, 0o10_0644)]), 30)),
            fires: &["archive-checksum"],
        },
        Example {
            name: "7z-right",
            files: || one("a.7z", archive::sevenz(&[("notes.txt", WORDS, 0o10_0644)])),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::table(|table| table.wrong = 1),
            fires: &["header-checksum"],
        },
        Example { name: "tensorflow-checkpoint-right", files: || tensorflow::table(|_| {}), fires: &[] },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

/// The byte that stands so far before the end is changed.
fn with_changed_end(mut bytes: Vec<u8>, before_end: usize) -> Vec<u8> {
    let at = bytes.len() - before_end;
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
    bytes
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let late = facts.problems(Kind::Checksum).filter(|(place, _)| !place.is_of_tensors());
    for (place, problem) in facts.archive_problems(Kind::Checksum).chain(late) {
        findings.add(place, &problem.detail);
    }
}
