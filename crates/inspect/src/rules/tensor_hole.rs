//! Bytes between tensors that belong to none.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, tensor};

/// Bytes between tensors that belong to none.
pub static RULE: Rule = Rule {
    id: "tensor-hole",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Bytes between tensors belong to no tensor",
    why: "The reference readers refuse holes, because what lies in them is loaded by nobody and seen by nobody: a place to carry something along. What lies in a hole is inspected as a file of its own.",
    advice: "Find out what wrote the file. Saving it again with the format's own library closes the holes.",
    references: &["CWE-1284", "AML.T0010"],
    examples: &[
        Example {
            name: "safetensors-between",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-between-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-first",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-zeros",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}   "#,
                        &[0, 0, 0, 0, 0, 0, 0, 0, 1],
                    ),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-zeros-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}   "#,
                        &[0, 0, 0, 0, 0, 0, 0, 0, 1],
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[8], 0, 96)
                        .data(&[1; 96])
                        .build(),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[24], 0, 32)
                        .data(&[1; 96])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-padding",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .data(&[0, 0, 7])
                        .tensor("b", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "gguf-padding-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .data(&[0, 0, 0])
                        .tensor("b", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Hole).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
