//! An operator that talks to other hosts.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::graph::Onnx;
use crate::samples::one;

/// An operator that talks to other hosts.
pub static RULE: Rule = Rule {
    id: "operator-opens-network",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that talks to other hosts",
    why: "What the model is asked leaves the machine, to an address that the file gives, and what comes back was not inspected.",
    advice: "Do not use it where its inputs matter. Ask for a model that computes by itself.",
    references: &["CWE-918", "AML.T0011", "AML.T0024"],
    examples: &[
        Example {
            name: "onnx-asks-a-server",
            files: || {
                let model = Onnx::new().import("com.microsoft.extensions", 1);
                one("model.onnx", model.node("com.microsoft.extensions", "AzureTextToText").build())
            },
            fires: &["operator-opens-network"],
        },
        Example {
            name: "onnx-asks-a-server-twin",
            files: || one("model.onnx", Onnx::new().node("", "StringConcat").build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        if capability == Capability::Network {
            findings.add(place, message);
        }
    }
}
