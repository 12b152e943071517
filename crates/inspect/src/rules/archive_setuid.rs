//! A file in an archive that would run with the rights of its owner.

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// A file in an archive that would run with the rights of its owner.
pub static RULE: Rule = Rule {
    id: "archive-setuid",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A file in the archive would run with the rights of its owner or group",
    why: "Unpacked by root with its permissions kept, it gives whoever runs it the rights of another account. Folders, where the same bits only pass the group on, are not reported.",
    advice: "Unpack without permissions, as an ordinary user; ask why a model needs the bit.",
    references: &["CWE-250", "CWE-732"],
    examples: &[
        Example {
            name: "tar-user",
            files: || one("a.tar", Tar::new().file_mode("notes", 0o4755, WORDS).build()),
            fires: &["archive-setuid"],
        },
        Example {
            name: "tar-group",
            files: || one("a.tar", Tar::new().file_mode("notes", 0o2755, WORDS).build()),
            fires: &["archive-setuid"],
        },
        Example {
            name: "tar-ordinary",
            files: || {
                one(
                    "a.tar",
                    Tar::new()
                        .file_mode("notes", 0o755, WORDS)
                        .entry(b"more/", b'5', b"", 0o2775, 0, b"")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "zip-user",
            files: || one("a.zip", Zip::new().part(Part::stored("notes", WORDS).mode(0o10_4755)).build()),
            fires: &["archive-setuid"],
        },
        Example {
            name: "zip-ordinary",
            files: || one("a.zip", Zip::new().part(Part::stored("notes", WORDS).mode(0o10_0755)).build()),
            fires: &[],
        },
        Example {
            name: "7z-user",
            files: || one("a.7z", archive::sevenz(&[("notes", WORDS, 0o10_4755)])),
            fires: &["archive-setuid"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    // A layer of a container image is a part of a system, which has such programs.
    for (place, entry) in facts.entries().filter(|(place, _)| place.format() != "oci-layer") {
        if let Some(mode) = entry.mode.filter(|mode| mode & 0o6000 != 0 && entry.kind == EntryKind::File) {
            findings.add(place, format!("`{}` has the mode {mode:o}", entry.name));
        }
    }
}
