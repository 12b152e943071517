//! Several members of an archive with one name.

use std::collections::HashMap;

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::path;
use crate::samples::archive::{self, Tar, Zip};
use crate::samples::one;

/// Several members of an archive with one name.
pub static RULE: Rule = Rule {
    id: "archive-duplicate-name",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Several members of the archive have the same name",
    why: "Loaders differ in whether the first or the last one counts: what was checked may not be what is loaded. All of them are inspected here. Medium in a tar, whose tools append newer versions, and for names that only some file systems take for one: other case, other forms of accents, invisible characters.",
    advice: "Do not use it. If the archive was updated in place, ask for one made afresh.",
    references: &["CWE-694", "CWE-436", "CWE-178", "AML.T0010"],
    examples: &[
        Example {
            name: "twice",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).stored("notes.txt", b"Other words.\n").build(),
                )
            },
            fires: &["archive-duplicate-name"],
        },
        Example {
            name: "twice-by-another-way",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .stored("a/notes.txt", WORDS)
                        .stored("a//./notes.txt", b"Other words.\n")
                        .build(),
                )
            },
            fires: &["archive-duplicate-name"],
        },
        Example {
            name: "once",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("a/notes.txt", WORDS).stored("b/notes.txt", b"Other words.\n").build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "case",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("notes.txt", WORDS).stored("Notes.txt", b"Other words.\n").build(),
                )
            },
            fires: &["archive-duplicate-name"],
        },
        Example {
            name: "accents",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .stored("caf\u{e9}.txt", WORDS)
                        .stored("cafe\u{301}.txt", b"Other words.\n")
                        .build(),
                )
            },
            fires: &["archive-duplicate-name"],
        },
        Example {
            name: "other-letters",
            files: || {
                one(
                    "a.zip",
                    Zip::new().stored("caf\u{e9}.txt", WORDS).stored("cafe.txt", b"Other words.\n").build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tar-twice",
            files: || {
                one("a.tar", Tar::new().file("notes.txt", WORDS).file("notes.txt", b"Other words.\n").build())
            },
            fires: &["archive-duplicate-name"],
        },
        Example {
            name: "tar-folder-twice",
            files: || {
                one("a.tar", Tar::new().folder("notes/").file("notes/a.txt", WORDS).folder("notes/").build())
            },
            fires: &[],
        },
        Example {
            name: "7z-twice",
            files: || {
                one(
                    "a.7z",
                    archive::sevenz(&[("a.txt", WORDS, 0o10_0644), ("a.txt", b"Other words.\n", 0o10_0644)]),
                )
            },
            fires: &["archive-duplicate-name"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for members in facts.archives() {
        let mut normal: HashMap<String, &str> = HashMap::new();
        let mut folded: HashMap<String, &str> = HashMap::new();
        for (place, entry) in members.iter().filter(|(_, entry)| entry.kind != EntryKind::Folder) {
            let name = entry.name.as_str();
            let same = normal.insert(path::normal(name), name);
            let alike = folded.insert(path::folded(name), name);
            if let Some(other) = same {
                let found = findings.add(*place, format!("`{name}` stands here again, after `{other}`"));
                if place.format() == "tar" {
                    found.severity = Severity::Medium;
                }
            } else if let Some(other) = alike {
                let message = format!("`{name}` is the same as `{other}` on some file systems");
                findings.add(*place, message).severity = Severity::Medium;
            }
        }
    }
}
