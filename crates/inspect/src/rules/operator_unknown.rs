//! An operator that is not a part of its format.

use weighbridge_domain::{Confidence, Severity};

use super::operator::{named, used};
use crate::facts::Facts;
use crate::known::operators::{Doing, classify};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::graph::Onnx;
use crate::samples::one;

/// An operator that is not a part of its format.
pub static RULE: Rule = Rule {
    id: "operator-unknown",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that its format does not have",
    why: "What it does is decided by native code that has to be loaded beside the model, which was not inspected. An operator \
          that a well-known library brings along is only worth knowing, and one that the file itself defines by standard \
          operators is not told.",
    advice: "Find out which library it needs, and load that only from its own publisher. Nothing in the model file can replace \
             it.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "onnx-set",
            files: || {
                one("model.onnx", Onnx::new().import("com.example", 1).node("com.example", "Fast").build())
            },
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-set-twin",
            files: || {
                let model = Onnx::new().import("com.example", 1).node("com.example", "Fast");
                one("model.onnx", model.function("com.example", "Fast", "", "Relu").build())
            },
            fires: &[],
        },
        Example {
            name: "onnx-name",
            files: || one("model.onnx", Onnx::new().node("", "Relu7").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-library",
            files: || {
                let model = Onnx::new().import("ai.onnx.contrib", 1);
                one("model.onnx", model.node("ai.onnx.contrib", "GPT2Tokenizer").build())
            },
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-sets-twin",
            files: || {
                let model = Onnx::new().import("ai.onnx.ml", 3).node("ai.onnx.ml", "TreeEnsembleClassifier");
                let model = model.import("ai.onnx.training", 1).node("ai.onnx.training", "Adam");
                let model = model.import("com.microsoft", 1).node("com.microsoft", "SkipLayerNormalization");
                one("model.onnx", model.node("ai.onnx", "Softmax").build())
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, operator) in facts.operators() {
        let known = classify(operator);
        let (operator, used) = (named(operator), used(operator));
        match known.doing {
            Doing::Unknown => {
                findings
                    .add(place, format!("{operator} needs the code of a library that is not named{used}"));
            }
            Doing::Library => {
                let library = known.note.unwrap_or("a well-known library");
                findings.add(place, format!("{operator} needs {library}{used}")).severity = Severity::Info;
            }
            Doing::Computes | Doing::Reaches(_) => {}
        }
    }
}
