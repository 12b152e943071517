//! Container images whose parts are not those that they name.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{File, oci, one};

/// Container images whose parts are not those that they name.
pub static RULE: Rule = Rule {
    id: "image-blob-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A part of a container image is not the one that its digest names",
    why: "Parts of an image are named by their SHA-256. A tool that does not compare them runs other bytes than those that were \
          signed or approved. A part that is named and not there is medium.",
    advice: "Fetch the image again from its registry, by digest.",
    references: &["CWE-354", "AML.T0010"],
    examples: &[
        Example {
            name: "tar",
            files: || one("image.tar", oci::packed(changed()).build()),
            fires: &["image-blob-mismatch"],
        },
        Example { name: "tar-twin", files: || one("image.tar", oci::image(oci::LAYER).build()), fires: &[] },
        Example { name: "folder", files: changed, fires: &["image-blob-mismatch"] },
        Example { name: "folder-twin", files: oci::folder, fires: &[] },
        Example {
            name: "missing",
            files: || {
                let mut parts = oci::folder();
                parts.retain(|(_, bytes)| !bytes.starts_with(&[0x1f, 0x8b]));
                one("image.tar", oci::packed(parts).build())
            },
            fires: &["image-blob-mismatch"],
        },
    ],
    check: Check::File(check),
};

/// An image whose layer was changed: the time in its gzip header.
fn changed() -> Vec<File> {
    let mut parts = oci::folder();
    for (_, bytes) in &mut parts {
        if bytes.starts_with(&[0x1f, 0x8b])
            && let Some(time) = bytes.get_mut(4)
        {
            *time = 1;
        }
    }
    parts
}

/// What a file is noted with whose name promises another digest than its bytes have.
pub(crate) const DIGEST: &str = "digest of its content";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        if key == DIGEST {
            findings.add(place, format!("it has the digest {value}, not the one that its name promises"));
        }
    }
    for (kind, severity) in [(Kind::Disagreement, Severity::High), (Kind::Missing, Severity::Medium)] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.format() == "oci-image") {
            findings.add(place, &problem.detail).severity = severity;
        }
    }
}
