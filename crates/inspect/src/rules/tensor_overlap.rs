//! Two tensors that share bytes.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::hdf5::{Hdf5, contiguous, float, space};
use crate::samples::tensorflow;
use crate::samples::{one, tensor};

/// Two tensors that share bytes.
pub static RULE: Rule = Rule {
    id: "tensor-overlap",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Two tensors share bytes of the file",
    why: "No library writes such files, and the reference readers of safetensors and GGUF refuse them. Readers that do not check load weights that nobody meant, and what is seen in a review need not be what is loaded.",
    advice: "Do not load the file. Ask for one that the format's own library wrote.",
    references: &["CWE-345", "CWE-1284", "AML.T0018"],
    examples: &[
        Example {
            name: "safetensors-part",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
                        12,
                    ),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "safetensors-part-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-same",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                        8,
                    ),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "safetensors-empty-inside",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
                        8,
                    ),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "safetensors-empty-inside-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}"#,
                        8,
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
                        .tensor("a", &[16], 0, 64)
                        .tensor_at("b", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[16], 0, 64)
                        .tensor_at("b", &[8], 0, 64)
                        .data(&[1; 32])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "hdf5",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .dataset("a", &[2], &[1; 8])
                        .object("b", &[(1, space(&[2])), (3, float()), (8, contiguous(52, 8))])
                        .build(),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "hdf5-twin",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new().dataset("a", &[2], &[1; 8]).raw(&[1; 8]).dataset("b", &[2], &[1; 8]).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "hdf5-structure",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .object("b", &[(1, space(&[2])), (3, float()), (8, contiguous(16, 8))])
                        .build(),
                )
            },
            fires: &["tensor-overlap"],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::checkpoint_sharing(4),
            fires: &["tensor-overlap"],
        },
        Example {
            name: "tensorflow-checkpoint-twin",
            files: || tensorflow::checkpoint_sharing(8),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Overlap).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
