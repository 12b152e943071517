//! Matrices of zeros.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, weights};
use crate::text;

/// Matrices of zeros.
pub static RULE: Rule = Rule {
    id: "weights-zero-tensor",
    severity: Severity::Info,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Matrices hold nothing but zeros",
    why: "A matrix of zeros lets nothing through: a layer that was cut out, never trained, or lost while it was copied. Some \
          begin so on purpose. The second matrix of an adapter does before it is trained, and is told as well: then the adapter \
          does nothing.",
    advice: "Nothing has to be done. If the model does not do what it should, fetch the file again.",
    references: &["AML.T0018"],
    examples: &[
        Example { name: "zeros", files: || model(0.0), fires: &["weights-zero-tensor"] },
        Example { name: "zeros-twin", files: || model(0.1), fires: &[] },
    ],
    check: Check::Weights(check),
};

/// A matrix of zeros, but for its last number.
fn model(last: f32) -> Vec<File> {
    let mut numbers = vec![0.0; 1024];
    numbers[1023] = last;
    one("model.safetensors", weights::safetensors(&[("w", "F32", &[32, 32], weights::single(&numbers))]))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        if let Weights::Zero { tensor, elements } = weights {
            findings.add(place, format!("all {elements} numbers of `{}` are zero", text::shown(tensor, 300)));
        }
    }
}
