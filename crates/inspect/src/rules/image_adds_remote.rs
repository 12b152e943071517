//! Images that take in files from the network without a digest.

use weighbridge_domain::{Confidence, Severity};

use super::command::is_plain;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{DIGEST, dockerfile};
use crate::text;

/// Images that take in files from the network without a digest.
pub static RULE: Rule = Rule {
    id: "image-adds-remote",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "`ADD` takes a file or repository from the network into an image, without its digest",
    why: "What is behind the address can change, and nobody notices. Medium over a connection that anybody on the way can \
          change, otherwise low.",
    advice: "Add `--checksum=sha256:…`, or copy a file that lies beside the Dockerfile.",
    references: &["CWE-494", "AML.T0010"],
    examples: &[
        Example {
            name: "address",
            files: || dockerfile("ADD https://example.org/demo.tar /demo/"),
            fires: ID,
        },
        Example {
            name: "address-plain",
            files: || dockerfile("ADD http://example.org/demo.tar /demo/"),
            fires: ID,
        },
        Example {
            name: "address-words",
            files: || dockerfile("ADD [\"https://example.org/a b.tar\", \"/demo/\"]"),
            fires: ID,
        },
        Example {
            name: "address-twin",
            files: || dockerfile(&format!("ADD --checksum={DIGEST} https://example.org/demo.tar /demo/")),
            fires: &[],
        },
        Example {
            name: "repository",
            files: || dockerfile("ADD git@example.org:demo/demo.git /demo"),
            fires: ID,
        },
        Example { name: "file-twin", files: || dockerfile("ADD demo.tar /demo/"), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-adds-remote"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.directives().filter(|(place, ..)| place.format() == "dockerfile") {
        if key == "ADD.unchecked" {
            let message = format!("`{}` gets into the image unchecked", text::shown(value, 160));
            findings.add(place, message).severity =
                if is_plain(value) { Severity::Medium } else { Severity::Low };
        }
    }
}
