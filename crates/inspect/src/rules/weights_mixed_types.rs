//! Matrices of several floating-point types in one file.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, weights};
use crate::text;

/// Matrices of several floating-point types in one file.
pub static RULE: Rule = Rule {
    id: "weights-mixed-types",
    severity: Severity::Info,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Matrices of one file have several floating-point types",
    why: "A model is ordinarily saved in one precision, with short tensors such as biases and norms in another. Matrices of \
          several types are how some are trained, and also what is left when parts of a model were replaced later: worth \
          knowing, nothing more.",
    advice: "Nothing has to be done. Where parts should be from one training, ask which were changed.",
    references: &["AML.T0018"],
    examples: &[
        Example { name: "two", files: || model("F32"), fires: &["weights-mixed-types"] },
        Example { name: "two-twin", files: || model("BF16"), fires: &[] },
    ],
    check: Check::Weights(check),
};

/// Three matrices, the last of this type.
fn model(dtype: &str) -> Vec<File> {
    let numbers = |seed| weights::trained(seed, 1024);
    let last = if dtype == "F32" { weights::single(&numbers(3)) } else { weights::brain(&numbers(3)) };
    let pieces = [
        ("a", "BF16", &[32, 32][..], weights::brain(&numbers(1))),
        ("b", "BF16", &[32, 32][..], weights::brain(&numbers(2))),
        ("c", dtype, &[32, 32][..], last),
    ];
    one("model.safetensors", weights::safetensors(&pieces))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        let Weights::Read { types, .. } = weights else { continue };
        if types.len() < 2 {
            continue;
        }
        let types: Vec<_> =
            types.iter().map(|(dtype, count)| format!("{count} of `{}`", text::shown(dtype, 40))).collect();
        findings.add(place, format!("of its matrices of floating point there are {}", types.join(", ")));
    }
}
