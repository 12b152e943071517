//! Tensors that are stored twice.

use std::collections::BTreeMap;

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, archive, one, weights};
use crate::text;

/// Tensors that are stored twice.
pub static RULE: Rule = Rule {
    id: "weights-duplicate-tensor",
    severity: Severity::Info,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Tensors in different places hold the same numbers",
    why: "Layers that were trained on their own do not end with the same numbers. Repeated layers are how models are made \
          larger without training (merges that stack layers), and how averages and target networks begin: worth knowing, \
          nothing more. An embedding and the layer that turns back into words are ordinarily the same, and not told.",
    advice: "Nothing has to be done. Ask the publisher when the model is said to have been trained from the beginning.",
    references: &["AML.T0018"],
    examples: &[
        Example {
            name: "layers",
            files: || model("layers.0.weight", "layers.1.weight", 1),
            fires: &["weights-duplicate-tensor"],
        },
        Example { name: "layers-twin", files: || model("layers.0.weight", "layers.1.weight", 2), fires: &[] },
        Example {
            name: "two-models-in-an-archive",
            files: || {
                let model: Vec<u8> = model("a", "b", 2).into_iter().flat_map(|(_, bytes)| bytes).collect();
                let zip = archive::Zip::new().stored("1.safetensors", &model).stored("2.safetensors", &model);
                one("models.zip", zip.build())
            },
            fires: &[],
        },
        Example {
            name: "embedding",
            files: || model("embed_tokens.weight", "lm_head.weight", 1),
            fires: &[],
        },
    ],
    check: Check::Weights(check),
};

/// Two tensors, the second of them with the numbers of this seed.
fn model(first: &str, second: &str, seed: u64) -> Vec<File> {
    let numbers = |seed| weights::single(&weights::trained(seed, 2048));
    let pieces = [(first, "F32", &[32, 64][..], numbers(1)), (second, "F32", &[32, 64][..], numbers(seed))];
    one("model.safetensors", weights::safetensors(&pieces))
}

/// Words in the names of tensors that are tied to each other.
const TIED: [&str; 9] =
    ["embed", "embd", "lm_head", "output.weight", "shared", "tok", "wte", "predictions", "proj_out"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let is_tied = |name: &str| {
        let name = name.to_lowercase();
        TIED.iter().any(|word| name.contains(word))
    };
    let mut alike: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (place, weights) in facts.weights() {
        let Weights::Same { first, second, .. } = weights else { continue };
        if is_tied(first) && is_tied(second) {
            continue;
        }
        let count = alike.entry((&place.reading.member, first)).or_default();
        *count += 1;
        if *count == 1 {
            findings.add(place, format!("`{}` holds the same numbers as `{}`", name(second), name(first)));
        }
    }
}

/// A name that leaves room for another.
fn name(name: &str) -> String {
    text::shown(name, 120)
}
