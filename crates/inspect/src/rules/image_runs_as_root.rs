//! Containers whose program has the rights of an administrator.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{DIGEST, pod, service};
use crate::samples::{File, one};
use crate::text;

/// Containers whose program has the rights of an administrator.
pub static RULE: Rule = Rule {
    id: "image-runs-as-root",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The program of a container runs as root",
    why: "Whoever takes the program over, for instance by a model that runs code, has all rights in the container, and fewer steps \
          to the machine below it. Only worth knowing where the Dockerfile names no user: the image it is built on may.",
    advice: "End the Dockerfile with `USER` and a user of its own.",
    references: &["CWE-250"],
    examples: &[
        Example { name: "root", files: || user("USER root"), fires: ID },
        Example { name: "root-by-number", files: || user("USER 0:0"), fires: ID },
        Example { name: "unsaid", files: || user(""), fires: ID },
        Example { name: "twin", files: || user("USER root\nRUN true\nUSER demo"), fires: &[] },
        Example {
            name: "of-the-stage-before-twin",
            files: || {
                one("Dockerfile", format!("FROM example/base@{DIGEST} AS base\nUSER demo\nFROM base\n"))
            },
            fires: &[],
        },
        Example { name: "composed", files: || service("    user: root"), fires: ID },
        Example { name: "composed-twin", files: || service("    user: '1000'"), fires: &[] },
        Example { name: "pod", files: || pod("    securityContext:\n      runAsUser: 0"), fires: ID },
        Example {
            name: "pod-twin",
            files: || pod("    securityContext:\n      runAsUser: 1000"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-runs-as-root"];

fn user(line: &str) -> Vec<File> {
    one("Dockerfile", format!("FROM example/base@{DIGEST}\n{line}\n"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.directives() {
        let last = key.rsplit('.').next().unwrap_or_default();
        let user = value.split(':').next().unwrap_or_default();
        let root = matches!(user, "root" | "0");
        match (place.format(), last) {
            ("dockerfile", "USER") if value.is_empty() => {
                findings.add(place, "no user is named: the program may run as root").severity =
                    Severity::Info;
            }
            ("dockerfile", "USER") | ("compose", "user") | ("manifest", "runAsUser") if root => {
                findings.add(place, format!("the program runs as `{}`", text::shown(value, 40)));
            }
            _ => {}
        }
    }
}
