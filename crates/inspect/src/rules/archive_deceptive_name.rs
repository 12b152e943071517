//! A name that is not what it looks like, or becomes another one when unpacked.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::path;
use crate::samples::archive::{self, Tar, Zip};
use crate::samples::one;
use crate::text;

/// A name that is not what it looks like, or becomes another one when unpacked.
pub static RULE: Rule = Rule {
    id: "archive-deceptive-name",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A file, or a member of an archive, has a name that deceives people or tools",
    why: "High: characters that turn the reading direction, so that an ending reads as another, and zero bytes, where some tools end the name. Medium: invisible or control characters. Low: what only Windows takes for something else: `\\` as a separator, `:`, device names such as `aux`, a dot or space at the end.",
    advice: "Look at the escaped name in this report, not at what a file manager shows. Rename or refuse it.",
    references: &["CWE-451", "CWE-158", "CWE-67", "CWE-1007", "AML.T0011"],
    examples: &[
        Example {
            name: "direction",
            files: || one("a.zip", Zip::new().stored("notes\u{202e}txt.cfg", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "direction-of-letters",
            files: || one("a.zip", Zip::new().stored("הערות.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "zero-byte",
            files: || one("a.zip", Zip::new().stored("notes.txt\0.dat", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "invisible",
            files: || one("a.tar", Tar::new().file("no\u{200b}tes.txt", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "joined-letters",
            files: || one("a.tar", Tar::new().file("می\u{200c}خواهم ❤\u{fe0f}.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "control",
            files: || one("a.tar", Tar::new().file("notes\x1b[2K.txt", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "backslash",
            files: || one("a.zip", Zip::new().stored("notes\\a.txt", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "slash",
            files: || one("a.zip", Zip::new().stored("notes/a.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "device",
            files: || one("a.7z", archive::sevenz(&[("a/aux.txt", WORDS, 0o10_0644)])),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "nearly-a-device",
            files: || one("a.7z", archive::sevenz(&[("a/auxiliary.txt", WORDS, 0o10_0644)])),
            fires: &[],
        },
        Example {
            name: "dot-at-the-end",
            files: || one("a.zip", Zip::new().stored("notes.txt.", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "space-at-the-end",
            files: || one("a.zip", Zip::new().stored("notes /a.txt", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "stream",
            files: || one("a.zip", Zip::new().stored("notes.txt:more", WORDS).build()),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "gzip-name",
            files: || one("a.txt.gz", archive::gzip(Some("a\u{202e}txt.exe"), WORDS)),
            fires: &["archive-deceptive-name"],
        },
        Example {
            name: "file",
            files: || one("notes\u{202e}txt.cfg", WORDS),
            fires: &["archive-deceptive-name"],
        },
        Example { name: "file-of-letters", files: || one("הערות.txt", WORDS), fires: &[] },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let name = text::unshown(findings.path().rsplit('/').next().unwrap_or_default());
    let deceives_people = |name: &str| name.contains(is_unseen) || path::invisible(name).is_some();
    if let (Some(place), Some((severity, why))) = (facts.parts().next(), deceives(&name))
        && deceives_people(&name)
    {
        findings.add(place, format!("`{name}` {why}")).severity = severity;
    }
    for (place, entry) in facts.entries() {
        if let Some((severity, why)) = deceives(&entry.name) {
            findings.add(place, format!("`{}` {why}", entry.name)).severity = severity;
        }
    }
}

fn is_unseen(c: char) -> bool {
    c.is_control() || path::is_bidirectional(c)
}

fn deceives(name: &str) -> Option<(Severity, String)> {
    if name.contains('\0') {
        return Some((Severity::High, "has a zero byte, where some tools end it".to_owned()));
    }
    if name.contains(path::is_bidirectional) {
        return Some((Severity::High, "has a character that turns the reading direction".to_owned()));
    }
    if name.contains(char::is_control) {
        return Some((Severity::Medium, "has a control character".to_owned()));
    }
    if path::invisible(name).is_some() {
        return Some((Severity::Medium, "has an invisible character".to_owned()));
    }
    let low = |why: String| Some((Severity::Low, why));
    if let Some(part) = path::reserved(name) {
        return low(format!("has the part `{part}`, which Windows takes for a device"));
    }
    if path::escape(name).is_some() {
        return None;
    }
    if name.contains('\\') {
        return low("has a backslash, which some tools take for a separator".to_owned());
    }
    if name.contains(':') {
        return low("has a colon, behind which Windows writes to another stream of the file".to_owned());
    }
    if path::parts(name).any(|part| part != ".." && part.ends_with(['.', ' '])) {
        return low("has a dot or space at the end, which Windows leaves out".to_owned());
    }
    None
}
