//! Workflows whose token may do everything.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::workflow;
use crate::text;

/// Workflows whose token may do everything.
pub static RULE: Rule = Rule {
    id: "workflow-broad-permissions",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The token of a workflow may write everything, or a called workflow gets every secret",
    why: "Whatever runs in the workflow, also an action that was changed, can push code, publish releases and read all secrets. \
          Only worth knowing where every secret is handed to a called workflow.",
    advice: "Begin with `permissions: contents: read`, and give single jobs what they need.",
    references: &["CWE-250", "CWE-732"],
    examples: &[
        Example {
            name: "all",
            files: || workflow("on: push\npermissions: write-all\njobs:\n  demo:\n    steps: []\n"),
            fires: ID,
        },
        Example {
            name: "all-twin",
            files: || workflow("on: push\npermissions: read-all\njobs:\n  demo:\n    steps: []\n"),
            fires: &[],
        },
        Example {
            name: "job",
            files: || workflow("on: push\njobs:\n  demo:\n    permissions: write-all\n    steps: []\n"),
            fires: ID,
        },
        Example {
            name: "secrets",
            files: || {
                workflow(
                    "on: push\njobs:\n  demo:\n    uses: ./.github/workflows/other.yml\n    secrets: inherit\n",
                )
            },
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["workflow-broad-permissions"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.directives().filter(|(place, ..)| place.format() == "workflow") {
        if key.ends_with("permissions") && value == "write-all" {
            findings.add(place, format!("`{}` is `write-all`", text::shown(key, 120)));
        }
        if key.ends_with(".secrets") && value == "inherit" {
            findings.add(place, "a called workflow gets every secret").severity = Severity::Info;
        }
    }
}
