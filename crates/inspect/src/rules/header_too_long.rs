//! A header or name longer than readers take.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::mxnet;
use crate::samples::{one, tensor};

/// A header or name longer than readers take.
pub static RULE: Rule = Rule {
    id: "header-too-long",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header, or a name or value in it, is longer than readers take",
    why: "Readers refuse it or cut it: two long names that are equal up to the cut become one. numpy reads headers above 10,000 bytes only when it is told to trust the file. Arrays with thousands of fields and some image models have such headers for no bad reason.",
    advice: "See that the program that will read the file takes it.",
    references: &["CWE-1284"],
    examples: &[
        Example {
            name: "safetensors-name",
            files: || one("model.safetensors", named(1025)),
            fires: &["header-too-long"],
        },
        Example {
            name: "safetensors-name-twin",
            files: || one("model.safetensors", named(1024)),
            fires: &[],
        },
        Example {
            name: "gguf-name",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor(&"a".repeat(65), &[4], 0, 16)
                        .build(),
                )
            },
            fires: &["header-too-long"],
        },
        Example {
            name: "gguf-name-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor(&"a".repeat(64), &[4], 0, 16)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-key",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .text(&"a".repeat(65_536), "")
                        .build(),
                )
            },
            fires: &["header-too-long"],
        },
        Example {
            name: "npy",
            files: || one("array.npy", tensor::npy("'|u1'", &format!("(1{},)", " ".repeat(10_000)), &[1])),
            fires: &["header-too-long"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("'|u1'", &format!("(1{},)", " ".repeat(9_000)), &[1])),
            fires: &[],
        },
        Example {
            name: "mxnet-operator",
            files: || mxnet::with(&"a".repeat(2000), ""),
            fires: &["header-too-long", "operator-unknown"],
        },
        Example { name: "mxnet-operator-twin", files: || mxnet::with("Activation", ""), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::TooLong).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}

fn named(length: usize) -> Vec<u8> {
    let name = "a".repeat(length);
    tensor::safetensors(&format!(r#"{{"{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}}}"#), 0)
}
