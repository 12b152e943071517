//! A device, pipe or socket in an archive.

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// A device, pipe or socket in an archive.
pub static RULE: Rule = Rule {
    id: "archive-special-member",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The archive would make a device, pipe or socket",
    why: "A pipe stops whoever reads it, a device gives access to the disk or memory of the machine. Models have neither.",
    advice: "Do not unpack it, least of all as root.",
    references: &["CWE-66", "CWE-59", "AML.T0010"],
    examples: &[
        Example {
            name: "tar-pipe",
            files: || one("a.tar", Tar::new().special("notes", b'6').build()),
            fires: &["archive-special-member"],
        },
        Example {
            name: "tar-block-device",
            files: || one("a.tar", Tar::new().special("notes", b'4').build()),
            fires: &["archive-special-member"],
        },
        Example {
            name: "tar-character-device",
            files: || one("a.tar", Tar::new().special("notes", b'3').build()),
            fires: &["archive-special-member"],
        },
        Example {
            name: "tar-file",
            files: || one("a.tar", Tar::new().file("notes", WORDS).folder("more/").build()),
            fires: &[],
        },
        Example {
            name: "zip-device",
            files: || one("a.zip", Zip::new().part(Part::stored("notes", b"").mode(0o02_0644)).build()),
            fires: &["archive-special-member"],
        },
        Example {
            name: "zip-file",
            files: || one("a.zip", Zip::new().part(Part::stored("notes", b"").mode(0o10_0644)).build()),
            fires: &[],
        },
        Example {
            name: "7z-pipe",
            files: || one("a.7z", archive::sevenz(&[("notes", b"", 0o01_0644), ("a", WORDS, 0o10_0644)])),
            fires: &["archive-special-member"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, entry) in facts.entries().filter(|(_, entry)| entry.kind == EntryKind::Special) {
        // Removed files in layers of container images are devices to some tools.
        if place.format() == "oci-layer" {
            continue;
        }
        findings.add(place, format!("`{}` is a device, pipe or socket", entry.name));
    }
}
