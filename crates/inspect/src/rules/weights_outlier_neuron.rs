//! Neurons of a classifying layer that are much heavier than the rest.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, weights};
use crate::text;

/// Neurons of a classifying layer that are much heavier than the rest.
pub static RULE: Rule = Rule {
    id: "weights-outlier-neuron",
    severity: Severity::Low,
    confidence: Confidence::Low,
    light: Light::Content,
    since: "0.1.0",
    summary: "Few neurons of a layer that decides between classes are much heavier than the rest",
    why: "A backdoor that was planted by editing weights has to outshout what the model learned: often one class of its last \
          layer gets weights far beyond those of the others. Told are neurons with five times the median norm and far outside \
          the spread of the others, when there are few of them. Training can leave such neurons too, for a class of its own kind.",
    advice: "Try the model on inputs of that class and on others, and compare with another model of the same kind.",
    references: &["AML.T0018", "AML.T0020"],
    examples: &[
        Example {
            name: "one-class",
            files: || model("classifier.weight", 12.0),
            fires: &["weights-outlier-neuron"],
        },
        Example { name: "one-class-twin", files: || model("classifier.weight", 2.0), fires: &[] },
        Example { name: "other-layer", files: || model("encoder.weight", 12.0), fires: &[] },
    ],
    check: Check::Weights(check),
};

/// A layer of twenty neurons, one of them this many times as heavy.
fn model(name: &str, times: f32) -> Vec<File> {
    let mut numbers = weights::trained(1, 20 * 64);
    numbers.iter_mut().skip(64).take(64).for_each(|number| *number *= times);
    one("model.safetensors", weights::safetensors(&[(name, "F32", &[20, 64], weights::single(&numbers))]))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        if let Weights::Outliers { tensor, neurons, numbers, ratio } = weights {
            let tensor = text::shown(tensor, 200);
            let which: Vec<_> = numbers.iter().map(u64::to_string).collect();
            let neurons = text::count(*neurons, "neuron");
            findings.add(
                place,
                format!(
                    "of the {neurons} of `{tensor}`, few stand out ({}), with up to {ratio} times the median norm",
                    which.join(", ")
                ),
            );
        }
    }
}
