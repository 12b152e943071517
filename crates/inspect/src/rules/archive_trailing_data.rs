//! Bytes behind the end of an archive or compressed stream.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Tar, Zip};
use crate::samples::one;

/// Bytes behind the end of an archive or compressed stream.
pub static RULE: Rule = Rule {
    id: "archive-trailing-data",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "There are bytes behind the end of the archive or compressed stream",
    why: "Readers stop before them and so do people who list the members, but whoever made the file put them there. They are inspected here. Zeros, with which tapes and downloads are filled up, are not reported.",
    advice: "Find out what the bytes are, or pack the content afresh.",
    references: &["CWE-506", "CWE-436"],
    examples: &[
        Example {
            name: "zip-more",
            files: || one("a.zip", [Zip::new().stored("notes.txt", WORDS).build(), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "tar-more",
            files: || one("a.tar", [Tar::new().file("notes.txt", WORDS).build(), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "7z-more",
            files: || {
                one("a.7z", [archive::sevenz(&[("notes.txt", WORDS, 0o10_0644)]), MORE.to_vec()].concat())
            },
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "gzip-more",
            files: || one("notes.txt.gz", [archive::gzip(None, WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "bzip2-more",
            files: || one("notes.txt.bz2", [archive::bzip2(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "xz-more",
            files: || one("notes.txt.xz", [archive::xz(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "lzma-more",
            files: || one("notes.txt.lzma", [archive::lzma(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "zstd-more",
            files: || one("notes.txt.zst", [archive::zstd(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "lz4-more",
            files: || one("notes.txt.lz4", [archive::lz4(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "zlib-more",
            files: || one("notes.txt.zlib", [archive::zlib(WORDS), MORE.to_vec()].concat()),
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "zip-zeros",
            files: || one("a.zip", [Zip::new().stored("notes.txt", WORDS).build(), vec![0; 32]].concat()),
            fires: &[],
        },
        Example {
            name: "tar-zeros",
            files: || one("a.tar", [Tar::new().file("notes.txt", WORDS).build(), vec![0; 32]].concat()),
            fires: &[],
        },
        Example {
            name: "gzip-zeros",
            files: || one("notes.txt.gz", [archive::gzip(None, WORDS), vec![0; 32]].concat()),
            fires: &[],
        },
        Example {
            name: "xz-zeros",
            files: || one("notes.txt.xz", [archive::xz(WORDS), vec![0; 32]].concat()),
            fires: &[],
        },
        Example {
            name: "zip-comment",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).comment(archive::gzip(None, WORDS)).build(),
                )
            },
            fires: &["archive-trailing-data"],
        },
        Example {
            name: "zip-words-as-comment",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).comment("made with care").build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

const MORE: &[u8] = b"More words behind it.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::TrailingBytes) {
        findings.add(place, &problem.detail);
    }
}
