//! A member of an archive that would be unpacked outside the folder it is unpacked in.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::path;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// A member of an archive that would be unpacked outside the folder it is unpacked in.
pub static RULE: Rule = Rule {
    id: "archive-path-escape",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A member would be unpacked outside the folder",
    why: "Whoever unpacks the archive with a tool that believes names lets it write anywhere the user may: start-up files, keys, libraries. `..` that stays inside, as in `a/../b`, is not reported.",
    advice: "Do not unpack it. An archive made by an ordinary tool has no such names.",
    references: &["CWE-22", "CWE-23", "CWE-36", "AML.T0010"],
    examples: &[
        Example {
            name: "zip-climbs",
            files: || one("a.zip", Zip::new().stored("../notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-climbs-deeper",
            files: || one("a.zip", Zip::new().stored("a/b/../../../notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-stays",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).stored("..a/b.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "zip-letters-of-another-table",
            files: || {
                let part = Part::stored("", WORDS).both(|said| said.name = b"\x8erger\xe1.txt".to_vec());
                one("a.zip", Zip::new().part(part).build())
            },
            fires: &[],
        },
        Example {
            name: "zip-root",
            files: || one("a.zip", Zip::new().stored("/notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-drive",
            files: || one("a.zip", Zip::new().stored("C:/notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-backslashes",
            files: || one("a.zip", Zip::new().stored("a\\..\\..\\notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-machine",
            files: || one("a.zip", Zip::new().stored("\\\\host\\share\\notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "zip-own-header",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(
                            Part::stored("notes.txt", WORDS)
                                .local(|said| said.name = b"../notes.txt".to_vec()),
                        )
                        .build(),
                )
            },
            fires: &["archive-header-mismatch", "archive-path-escape"],
        },
        Example {
            name: "tar-climbs",
            files: || one("a.tar", Tar::new().file("../notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "tar-letters-of-another-table",
            files: || {
                let name = b"\xc4rger.txt";
                one("a.tar", Tar::new().entry(name, b'0', b"", 0o644, WORDS.len(), WORDS).build())
            },
            fires: &[],
        },
        Example {
            name: "tar-root",
            files: || one("a.tar", Tar::new().file("/notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "tar-long-name",
            files: || one("a.tar", Tar::gnu().gnu_long("../notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "tar-extended-name",
            files: || one("a.tar", Tar::new().pax(&[("path", "../notes.txt")], "notes.txt", WORDS).build()),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "tar-stays",
            files: || one("a.tar", Tar::new().file("./a/notes.txt", WORDS).file("a/../b.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "7z-climbs",
            files: || one("a.7z", archive::sevenz(&[("../notes.txt", WORDS, 0o10_0644)])),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "7z-stays",
            files: || one("a.7z", archive::sevenz(&[("notes.txt", WORDS, 0o10_0644)])),
            fires: &[],
        },
        Example {
            name: "gzip-name",
            files: || one("notes.txt.gz", archive::gzip(Some("../notes.txt"), WORDS)),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "gzip-ordinary-name",
            files: || one("notes.txt.gz", archive::gzip(Some("notes.txt"), WORDS)),
            fires: &[],
        },
        Example {
            name: "rar",
            files: || one("a.rar", crate::samples::rar::new("../notes.txt")),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "rar-old",
            files: || one("a.rar", crate::samples::rar::old("../notes.txt")),
            fires: &["archive-path-escape"],
        },
        Example {
            name: "rar-twin",
            files: || one("a.rar", crate::samples::rar::new("notes.txt")),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, entry) in facts.entries() {
        if let Some(how) = path::escape(&entry.name) {
            findings.add(place, format!("`{}` {how}", entry.name));
        }
    }
}
