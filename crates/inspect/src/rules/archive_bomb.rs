//! A file that expands without end.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::{self, Zip};
use crate::samples::{one, yaml};

/// A file that expands without end.
pub static RULE: Rule = Rule {
    id: "archive-bomb",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The file expands to far more than its size",
    why: "It would fill the memory or disk of whoever loads or unpacks it. Reported when more comes out than allowed in all, or more than a tenth of that (1 GiB unless told otherwise) and 200 times the size of the file, or, which is medium, when containers are nested more deeply than allowed. One member of zeros compresses a thousandfold in ordinary files too, so the ratio of a member alone says nothing. What came out before is inspected.",
    advice: "Do not unpack or load it. If it is meant to be so large, scan it with higher limits.",
    references: &["CWE-409", "CWE-400", "AML.T0029"],
    examples: &[
        Example { name: "nested", files: || one("notes.gz", nested(12)), fires: &["archive-bomb"] },
        Example { name: "nested-a-little", files: || one("notes.gz", nested(4)), fires: &[] },
        Example { name: "aliases", files: || yaml::aliases(9), fires: &["archive-bomb"] },
        Example { name: "aliases-a-few", files: || yaml::aliases(3), fires: &[] },
        Example {
            name: "run",
            files: || one("zeros.zst", archive::zstd_run(8400)),
            fires: &["archive-bomb"],
        },
        Example {
            name: "zeros",
            files: || one("zeros.zip", Zip::new().deflated("zeros", &vec![0; 8 << 20]).build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

/// Words packed so often.
fn nested(times: usize) -> Vec<u8> {
    (0..times).fold(WORDS.to_vec(), |bytes, _| archive::gzip(None, &bytes))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Expansion).filter(|(place, _)| !place.is_of_pickles()) {
        findings.add(place, &problem.detail);
    }
    // Ordinary archives are nested once or twice, but a limit may also have been set low.
    for (place, _) in facts.problems(Kind::Nested) {
        let message = "lies in more containers than are opened".to_owned();
        findings.add(place, message).severity = Severity::Medium;
    }
}
