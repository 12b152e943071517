//! Tensors that do not begin where the format wants them to.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, tensor};

/// Tensors that do not begin where the format wants them to.
pub static RULE: Rule = Rule {
    id: "tensor-misaligned",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Tensors do not begin at a multiple of what they must",
    why: "Readers that map the file into memory expect aligned tensors; the reference reader of GGUF refuses others. Early versions of the safetensors and numpy libraries wrote such files and their readers take them, so there it is only worth knowing.",
    advice: "Save the file again with the present version of the format's own library.",
    references: &["CWE-1284"],
    examples: &[
        Example {
            name: "gguf",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .tensor_at("b", &[4], 0, 16)
                        .data(&[1; 16])
                        .build(),
                )
            },
            fires: &["tensor-misaligned"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .data(&[0; 16])
                        .tensor_at("b", &[4], 0, 32)
                        .data(&[1; 16])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-data",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        53,
                        br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
                        &[1],
                    ),
                )
            },
            fires: &["tensor-misaligned"],
        },
        Example {
            name: "safetensors-data-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   "#,
                        &[1],
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-tensor",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}}"#,
                        7,
                    ),
                )
            },
            fires: &["tensor-misaligned"],
        },
        Example {
            name: "safetensors-tensor-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                        7,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "npy",
            files: || {
                one(
                    "array.npy",
                    b"\x93NUMPY\x01\0\x3b\0{'descr': '|u1', 'fortran_order': False, 'shape': (1,), } \n\x01"
                        .to_vec(),
                )
            },
            fires: &["tensor-misaligned"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("'|u1'", "(1,)", &[1])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Misaligned).filter(|(place, _)| place.is_of_tensors()) {
        let finding = findings.add(place, &problem.detail);
        if place.format() != "gguf" {
            finding.severity = Severity::Info;
        }
    }
}
