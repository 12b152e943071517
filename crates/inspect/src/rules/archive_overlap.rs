//! Members of an archive that share bytes.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{Part, Zip};
use crate::samples::one;

/// Members of an archive that share bytes.
pub static RULE: Rule = Rule {
    id: "archive-overlap",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Members of the archive share the same bytes",
    why: "No tool packs like this. It makes a small archive unpack to a huge one, or gives the same bytes two meanings.",
    advice: "Do not unpack it.",
    references: &["CWE-409", "CWE-436", "AML.T0010"],
    examples: &[
        Example { name: "zip-inside", files: || one("a.zip", overlapping()), fires: &["archive-overlap"] },
        Example {
            name: "zip-side-by-side",
            files: || one("a.zip", Zip::new().stored("notes.txt", WORDS).stored("more.txt", WORDS).build()),
            fires: &[],
        },
        Example {
            name: "zip-into-the-directory",
            files: || {
                one(
                    "a.zip",
                    Zip::new()
                        .part(
                            Part::stored("notes.txt", WORDS).both(|said| (said.packed, said.size) = (20, 20)),
                        )
                        .build(),
                )
            },
            fires: &["archive-checksum", "archive-overlap"],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.archive_problems(Kind::Overlap) {
        findings.add(place, &problem.detail);
    }
}

/// A stored member whose content is another member with its header.
fn overlapping() -> Vec<u8> {
    let inner = Part::stored("more.txt", WORDS);
    let content =
        [&[1, 2, 3, 4], Zip::new().part(inner.clone().unlisted()).build().get(..54).unwrap_or_default()]
            .concat();
    let outer = Part::stored("notes", &content);
    let zip = Zip::new().part(outer);
    let inside = zip.position() - content.len() + 4;
    zip.list(&inner, inside).build()
}
