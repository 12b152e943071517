//! Tensors listed in another order than they lie in.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::tensorflow;
use crate::samples::{one, tensor};

/// Tensors listed in another order than they lie in.
pub static RULE: Rule = Rule {
    id: "tensor-order",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Tensors are listed in another order than they lie in",
    why: "The reference reader of GGUF expects each tensor where the one before it ends and refuses others; readers that compute offsets from the order would load the wrong weights.",
    advice: "Convert the model again with a present version of the converter.",
    references: &["CWE-1284"],
    examples: &[
        Example {
            name: "gguf",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor_at("b", &[8], 0, 32)
                        .tensor_at("a", &[8], 0, 0)
                        .data(&[1; 64])
                        .build(),
                )
            },
            fires: &["tensor-order"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor_at("a", &[8], 0, 0)
                        .tensor_at("b", &[8], 0, 32)
                        .data(&[1; 64])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::keys(&["b", "a"]),
            fires: &["tensor-order"],
        },
        Example { name: "tensorflow-checkpoint-twin", files: || tensorflow::keys(&["a", "b"]), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Order).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
