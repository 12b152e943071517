//! A tensor whose type the format does not have.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flax;
use crate::samples::graph;
use crate::samples::mxnet;
use crate::samples::paddle;
use crate::samples::tensorflow;
use crate::samples::{one, tensor};

/// A tensor whose type the format does not have.
pub static RULE: Rule = Rule {
    id: "tensor-unknown-type",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A tensor is of a type that the format does not have, or no longer has",
    why: "Its size cannot be checked, and readers refuse it or take it for something else. Types are added and removed over the years, so a new or an old file may be the reason.",
    advice: "See which version of the format's library wrote the file, and whether the one that will read it knows the type.",
    references: &["CWE-1284"],
    examples: &[
        Example {
            name: "safetensors",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}"#, 16),
                )
            },
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "safetensors-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,16]}}"#, 16),
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
                        .tensor("a", &[8], 200, 32)
                        .build(),
                )
            },
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-removed",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[32], 31, 18)
                        .build(),
                )
            },
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "gguf-removed-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[32], 2, 18)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "npy",
            files: || one("array.npy", tensor::npy("'<f4,<i4'", "(1,)", &[1; 8])),
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("[('f0', '<f4'), ('f1', '<i4')]", "(1,)", &[1; 8])),
            fires: &[],
        },
        Example {
            name: "onnx",
            files: || graph::weighing(&graph::tensor("w", &[1], 99, &[1])),
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "onnx-twin",
            files: || graph::weighing(&graph::tensor("w", &[1], 2, &[1])),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::checkpoint("a", &[("t", 77, &[2], 8)]),
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "tensorflow-checkpoint-twin",
            files: || tensorflow::checkpoint("a", &[("t", 2, &[1], 8)]),
            fires: &[],
        },
        Example {
            name: "paddle-weights",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(99, &[2], &[1; 8])].concat(),
                )
            },
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "paddle-weights-twin",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(21, &[8], &[1; 8])].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "flax",
            files: || flax::with(flax::array("float7", &[2], &[1; 2])),
            fires: &["tensor-unknown-type"],
        },
        Example {
            name: "flax-twin",
            files: || flax::with(flax::array("float8_e4m3fn", &[2], &[1; 2])),
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || mxnet::weighing(mxnet::array(77, &[2], &[1; 2])),
            fires: &["tensor-unknown-type"],
        },
        Example { name: "mxnet-twin", files: || mxnet::weighing(mxnet::array(5, &[2], &[1; 2])), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::UnknownType).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
