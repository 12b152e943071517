//! An archive or compressed stream that cannot be read to its end.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// An archive or compressed stream that cannot be read to its end.
pub static RULE: Rule = Rule {
    id: "archive-broken",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The archive or compressed stream is cut off or broken",
    why: "Mostly a download that stopped. But some loaders read what is left all the same, while scanners give up: what could be read is inspected here, and the rest is reported as not inspected.",
    advice: "Download it again and compare digests with the publisher.",
    references: &["CWE-130", "CWE-354"],
    examples: &[
        Example {
            name: "zip-cut",
            files: || one("a.zip", cut(Zip::new().stored("notes.txt", WORDS).build(), 30)),
            fires: &["archive-broken"],
        },
        Example {
            name: "zip-whole",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "zip-points-outside",
            files: || one("a.zip", points_outside()),
            fires: &["archive-broken", "archive-hidden-member"],
        },
        Example {
            name: "tar-cut",
            files: || one("a.tar", cut(Tar::new().file("notes.txt", &WORDS.repeat(100)).unended(), 1000)),
            fires: &["archive-broken"],
        },
        Example {
            name: "tar-without-end-mark",
            files: || one("a.tar", Tar::new().file("notes.txt", WORDS).unended()),
            fires: &[],
        },
        Example {
            name: "tar-broken-header",
            files: || {
                one(
                    "a.tar",
                    Tar::new().file("notes.txt", WORDS).raw(&[b'x'; 512]).file("more.txt", WORDS).build(),
                )
            },
            fires: &["archive-broken"],
        },
        Example {
            name: "7z-cut",
            files: || one("a.7z", cut(archive::sevenz(&[("notes.txt", WORDS, 0o10_0644)]), 10)),
            fires: &["archive-broken"],
        },
        Example {
            name: "gzip-cut",
            files: || one("notes.txt.gz", cut(archive::gzip(None, WORDS), 10)),
            fires: &["archive-broken"],
        },
        Example {
            name: "bzip2-cut",
            files: || one("notes.txt.bz2", cut(archive::bzip2(WORDS), 6)),
            fires: &["archive-broken"],
        },
        Example {
            name: "xz-cut",
            files: || one("notes.txt.xz", cut(archive::xz(WORDS), 20)),
            fires: &["archive-broken"],
        },
        Example {
            name: "zstd-cut",
            files: || one("notes.txt.zst", cut(archive::zstd(WORDS), 4)),
            fires: &["archive-broken"],
        },
        Example {
            name: "lz4-cut",
            files: || one("notes.txt.lz4", cut(archive::lz4(WORDS), 4)),
            fires: &["archive-broken"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

/// Without the last so many bytes.
fn cut(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - count);
    bytes
}

/// The directory names a member where there is none.
fn points_outside() -> Vec<u8> {
    let hidden = Part::stored("other.txt", WORDS).unlisted();
    Zip::new().part(hidden).list(&Part::stored("notes.txt", WORDS), 4).build()
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Truncated, Kind::Unparsable, Kind::OutOfBounds, Kind::Missing, Kind::TooDeep] {
        for (place, problem) in facts.archive_problems(kind) {
            findings.add(place, &problem.detail);
        }
    }
}
