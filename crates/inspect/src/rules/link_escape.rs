//! A link on disk that leads out of the folder.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Sort};
use crate::samples;

/// A link on disk that leads out of the folder.
pub static RULE: Rule = Rule {
    id: "link-escape",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Format,
    since: "0.1.0",
    summary: "A link leads out of the folder that was scanned",
    why: "Whoever copies, uploads or serves the folder takes along a file that was never part of the model, or writes to one. \
          The layout of the hub's cache, where snapshots link to blobs of the same repository, is not reported.",
    advice: "Replace the link by the file it should be, or remove it.",
    references: &["CWE-59", "CWE-61"],
    examples: &[
        Example {
            name: "leads-out",
            files: || samples::one("passwd", samples::link_to("/etc/hostname")),
            fires: &["link-escape"],
        },
        Example {
            name: "stays-inside",
            files: || {
                let mut files = samples::one("words.txt", "words");
                files.push(("again.txt".to_owned(), samples::link_to("words.txt")));
                files
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, what) in facts.of(Sort::Link) {
        if let What::Link { target, escapes: true } = what {
            findings.add(place, format!("a link to `{target}`"));
        }
    }
}
