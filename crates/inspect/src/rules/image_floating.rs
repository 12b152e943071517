//! Container images that are not fixed.

use std::collections::HashSet;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{DIGEST, script};
use crate::samples::{File, one};
use crate::text;

/// Container images that are not fixed.
pub static RULE: Rule = Rule {
    id: "image-floating",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A container image is named without its digest",
    why: "A tag can be moved to another image, and `latest`, or no tag, is moved all the time: what is built or run tomorrow is \
          not what was looked at today. Low; only worth knowing for what reads a Dockerfile itself. Names with something in them \
          that is not known are not reported.",
    advice: "Add the digest: `name:tag@sha256:…`.",
    references: &["CWE-829", "CWE-1357", "AML.T0010"],
    examples: &[
        Example { name: "tag", files: || from("example/base:1.2"), fires: ID },
        Example { name: "newest", files: || from("example/base:latest"), fires: ID },
        Example { name: "no-tag", files: || from("example/base"), fires: ID },
        Example { name: "digest-twin", files: || from(&format!("example/base:1.2@{DIGEST}")), fires: &[] },
        Example { name: "nothing-twin", files: || from("scratch"), fires: &[] },
        Example {
            name: "default",
            files: || one("Dockerfile", "ARG BASE=example/base:1\nFROM ${BASE}\nUSER demo\n"),
            fires: ID,
        },
        Example {
            name: "unknown-twin",
            files: || one("Dockerfile", "ARG BASE\nFROM ${BASE}\nUSER demo\n"),
            fires: &[],
        },
        Example {
            name: "copied",
            files: || {
                one(
                    "Dockerfile",
                    format!("FROM example/base@{DIGEST}\nCOPY --from=example/other:1 /a /a\nUSER demo\n"),
                )
            },
            fires: ID,
        },
        Example {
            name: "copied-stage-twin",
            files: || {
                one(
                    "Dockerfile",
                    format!(
                        "FROM example/base@{DIGEST} AS other\nFROM other\nCOPY --from=other /a /a\nUSER demo\n"
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "composed",
            files: || one("compose.yaml", "services:\n  demo:\n    image: example/base:1\n"),
            fires: ID,
        },
        Example {
            name: "composed-built-twin",
            files: || one("compose.yaml", "services:\n  demo:\n    image: example/base:1\n    build: .\n"),
            fires: &[],
        },
        Example {
            name: "chart",
            files: || one("values.yaml", "image:\n  repository: example/base\n  tag: 1.2\n"),
            fires: ID,
        },
        Example {
            name: "run",
            files: || script("docker run --rm -it -v /a:/a example/base:1 date"),
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-floating"];

fn from(image: &str) -> Vec<File> {
    one("Dockerfile", format!("FROM {image}\nUSER demo\n"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = HashSet::new();
    for (place, image) in
        facts.images().filter(|(_, image)| image.asked_by != "uses" && image.digest.is_none())
    {
        let tag = image.tag.as_deref();
        let unknown =
            |text: &str| text.is_empty() || text.contains(['$', '{', '%', '<']) || text.contains("xxxx");
        if unknown(&image.name)
            || tag.is_some_and(unknown)
            || image.name == "scratch"
            || !seen.insert((&image.name, tag))
        {
            continue;
        }
        let name = text::shown(&image.name, 160);
        let message = match tag {
            None | Some("latest") => {
                format!("the image `{name}` is the newest of that name, whichever that is")
            }
            Some(tag) => format!("the image `{name}:{}` has no digest", text::shown(tag, 80)),
        };
        let finding = findings.add(place, message);
        if image.asked_by == "# syntax" || place.format() == "shell" {
            finding.severity = Severity::Info;
        }
    }
}
