//! An operator that reads or writes files.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::graph::Onnx;
use crate::samples::one;

/// An operator that reads or writes files.
pub static RULE: Rule = Rule {
    id: "operator-reaches-files",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that reads or writes files",
    why: "The path is a value in the graph, so that the model can read what it should not see, hand it out as a result, and \
          put files where something else will run them.",
    advice: "Do not load it. Ask for an export whose inputs are data, not paths.",
    references: &["CWE-22", "CWE-73", "AML.T0011", "AML.T0018"],
    examples: &[
        Example {
            name: "onnx-writes",
            files: || one("model.onnx", Onnx::new().import("demo", 1).node("demo", "WriteFile").build()),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "onnx-writes-twin",
            files: || one("model.onnx", Onnx::new().node("", "Identity").build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        if matches!(capability, Capability::ReadsFiles | Capability::WritesFiles) {
            findings.add(place, message);
        }
    }
}
