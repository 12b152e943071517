//! Numbers that are none, or infinite.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, weights};
use crate::text;

/// Numbers that are none, or infinite.
pub static RULE: Rule = Rule {
    id: "weights-not-finite",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Tensors hold numbers that are none, or infinite",
    why: "One weight that is no number makes every answer that depends on it none: the file is damaged, its training broke \
          down, or somebody wants the model to fail, on some inputs or on all. Low in matrices of models; infinite numbers, \
          which masks are made of, and arrays of data, where a value may be missing, are only worth knowing.",
    advice: "Fetch the file again and compare its digest with the publisher's. If it stays as it is, try the model before it \
             is relied on.",
    references: &["CWE-1339", "AML.T0018", "AML.T0031"],
    examples: &[
        Example { name: "none", files: || model(f32::NAN), fires: &["weights-not-finite"] },
        Example { name: "infinite", files: || model(f32::NEG_INFINITY), fires: &["weights-not-finite"] },
        Example { name: "none-twin", files: || model(f32::MAX), fires: &[] },
    ],
    check: Check::Weights(check),
};

/// A matrix of trained numbers, one of them this.
fn model(number: f32) -> Vec<File> {
    let mut numbers = weights::trained(1, 4096);
    numbers[77] = number;
    one("model.safetensors", weights::safetensors(&[("w", "F32", &[64, 64], weights::single(&numbers))]))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        let Weights::NotFinite { tensor, elements, nan, infinite } = weights else { continue };
        let tensor = text::shown(tensor, 200);
        let counts: Vec<_> = [(nan, "no number"), (infinite, "infinite")]
            .iter()
            .filter(|(count, _)| **count > 0)
            .map(|(count, what)| format!("{count} are {what}"))
            .collect();
        let of_model = matches!(place.format(), "gguf" | "onnx" | "safetensors" | "tensor-data" | "torch");
        let finding =
            findings.add(place, format!("of the {elements} numbers of `{tensor}`, {}", counts.join(" and ")));
        if *nan == 0 || !of_model || *elements < 64 {
            finding.severity = Severity::Info;
        }
    }
}
