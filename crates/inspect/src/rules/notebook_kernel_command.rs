//! Notebooks that say how their kernel is started.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::notebook::{code, of, with};
use crate::text;

/// Notebooks that say how their kernel is started.
pub static RULE: Rule = Rule {
    id: "notebook-kernel-command",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A notebook has a command line for its kernel",
    why: "How a kernel is started stands in the settings of a machine, not in a notebook; a tool that installs kernels from \
          notebooks would run the command.",
    advice: "Remove `argv` from `metadata.kernelspec`.",
    references: &["CWE-78"],
    examples: &[
        Example {
            name: "command",
            files: || {
                let kernel = serde_json::json!({"kernelspec": {"name": "python3", "argv": ["echo", "weighbridge-demo"]}});
                with(&[code("1")], &kernel)
            },
            fires: &["notebook-kernel-command"],
        },
        Example { name: "command-twin", files: || of(&[code("1")]), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        if place.format() == "notebook" && key == "kernelspec.argv" {
            findings.add(place, format!("the notebook's kernel is started by `{}`", text::shown(value, 120)));
        }
    }
}
