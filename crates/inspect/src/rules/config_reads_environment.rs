//! Settings that take values from the environment of whoever loads them.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::nemo;
use crate::samples::{one, yaml::yaml};
use crate::text;

/// Settings that take values from the environment of whoever loads them.
pub static RULE: Rule = Rule {
    id: "config-reads-environment",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings take a value from the environment of whoever loads them",
    why: "OmegaConf puts the variable's value in when the settings are read. What is built from it may be sent, logged or saved. \
          Medium when the variable's name is that of a secret, otherwise low.",
    advice: "Look at where the value goes, and load the model without secrets in the environment.",
    references: &["CWE-526", "AML.T0010"],
    examples: &[
        Example {
            name: "secret",
            files: || yaml("logger:\n  note: ${oc.env:DEMO_TOKEN}\n"),
            fires: &["config-reads-environment"],
        },
        Example {
            name: "variable-in-a-model",
            files: || one("model.nemo", nemo::archive("data: ${oc.env:DEMO_DATA,none}\n").build()),
            fires: &["config-reads-environment"],
        },
        Example { name: "twin", files: || yaml("logger:\n  note: ${model.note} oc.env\n"), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        let Some((_, rest)) = value.split_once("${oc.env:") else { continue };
        let variable = rest.split([',', '}']).next().unwrap_or(rest);
        let upper = variable.to_ascii_uppercase();
        let secret = ["KEY", "PASS", "SECRET", "TOKEN", "CREDENTIAL"].iter().any(|word| upper.contains(word));
        let message =
            format!("`{key}` takes the variable `{}` from the environment", text::shown(variable, 80));
        findings.add(place, message).severity = if secret { Severity::Medium } else { Severity::Low };
    }
}
