//! Settings that tell a loader to trust code in repositories.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that tell a loader to trust code in repositories.
pub static RULE: Rule = Rule {
    id: "config-trusts-remote-code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings say that code in a repository is to be trusted",
    why: "Whether to run code out of a repository is for the person who loads it to say. Frameworks that pass their settings on to a loader give that consent in the publisher's name.",
    advice: "Set `trust_remote_code` to false, or read the code that it would run first.",
    references: &["CWE-829", "CWE-1188", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "model",
            files: || one("config.json", r#"{"model_type":"demo","trust_remote_code":true}"#),
            fires: &["config-trusts-remote-code"],
        },
        Example {
            name: "nested",
            files: || one("train.json", r#"{"model":{"args":[{"trust_remote_code":"True"}]}}"#),
            fires: &["config-trusts-remote-code"],
        },
        Example {
            name: "twin",
            files: || one("config.json", r#"{"model_type":"demo","trust_remote_code":false}"#),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        if config_key::last(key) == "trust_remote_code" && value.eq_ignore_ascii_case("true") {
            findings.add(place, format!("`{key}` is true"));
        }
    }
}
