//! Low bytes that repeat themselves under numbers that do not.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, weights};
use crate::text;

/// Low bytes that repeat themselves under numbers that do not.
pub static RULE: Rule = Rule {
    id: "weights-odd-entropy",
    severity: Severity::Info,
    confidence: Confidence::Low,
    light: Light::Content,
    since: "0.1.0",
    summary: "Varied numbers have low bytes that repeat themselves, as those of trained numbers do not",
    why: "The lowest byte of trained numbers is as good as random. Where it is not, although the numbers themselves are varied, \
          something else may have been written there: program code and text have less entropy. So have numbers that were \
          computed, measured or rounded, which is why this is only worth knowing. Judged are tensors of single and half \
          precision, in samples of 2048 numbers of which at least half differ.",
    advice: "Compare the tensor with the same one of an earlier revision (`weighbridge diff`), and ask the publisher where its \
             numbers come from.",
    references: &["CWE-506", "AML.T0018"],
    examples: &[
        Example { name: "low-bytes", files: || model(0x1f), fires: &["weights-odd-entropy"] },
        Example { name: "low-bytes-twin", files: || model(0xff), fires: &[] },
        Example {
            name: "pruned",
            files: || {
                let data: Vec<f32> = weights::trained(1, 4096)
                    .iter()
                    .map(|number| if number.abs() < 0.01 { 0.0 } else { *number })
                    .collect();
                one(
                    "model.safetensors",
                    weights::safetensors(&[("w", "F32", &[64, 64], weights::single(&data))]),
                )
            },
            fires: &[],
        },
        Example {
            name: "narrower-before",
            files: || {
                let data = weights::trained(1, 4096)
                    .iter()
                    .map(|number| f32::from_bits(number.to_bits() & 0xffff_e000))
                    .collect::<Vec<_>>();
                one(
                    "model.safetensors",
                    weights::safetensors(&[("w", "F32", &[64, 64], weights::single(&data))]),
                )
            },
            fires: &[],
        },
    ],
    check: Check::Weights(check),
};

/// A matrix whose lowest bytes have only these bits.
fn model(mask: u32) -> Vec<File> {
    let numbers: Vec<f32> = weights::trained(1, 4096)
        .iter()
        .map(|number| f32::from_bits(number.to_bits() & (0xffff_ff00 | mask)))
        .collect();
    one("model.safetensors", weights::safetensors(&[("w", "F32", &[64, 64], weights::single(&numbers))]))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        if let Weights::Entropy { tensor, odd, samples, bits } = weights {
            let tensor = text::shown(tensor, 200);
            let samples = text::count(*samples, "sample");
            findings.add(
                place,
                format!("in {odd} of {samples} of `{tensor}`, the lowest byte has an entropy of {bits} bits or a little more"),
            );
        }
    }
}
