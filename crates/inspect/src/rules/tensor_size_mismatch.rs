//! Type, shape and size of a tensor that contradict each other.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::cntk;
use crate::samples::flat::ort;
use crate::samples::flat::tflite::TfLite;
use crate::samples::flax;
use crate::samples::graph;
use crate::samples::hdf5::Hdf5;
use crate::samples::paddle;
use crate::samples::{one, tensor};

/// Type, shape and size of a tensor that contradict each other.
pub static RULE: Rule = Rule {
    id: "tensor-size-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Type and shape of a tensor do not give its size",
    why: "A reader that computes the size from one and allocates by the other writes or reads out of bounds. Products that overflow are a known way to get there.",
    advice: "Do not load the file. Ask for one that the format's own library wrote.",
    references: &["CWE-131", "CWE-190", "AML.T0011"],
    examples: &[
        Example {
            name: "safetensors",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "safetensors-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-overflow",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
                        0,
                    ),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "safetensors-overflow-times-zero",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#,
                        0,
                    ),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "safetensors-overflow-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[4,0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-half-bytes",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "safetensors-half-bytes-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}"#, 2),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-blocks",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[48, 2], 8, 64)
                        .build(),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "gguf-blocks-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[32, 2], 8, 68)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-overflow",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor_at("a", &[1 << 40, 1 << 40], 0, 0)
                        .build(),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx",
            files: || graph::weighing(&graph::tensor("w", &[3], 1, &[1; 8])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-twin",
            files: || graph::weighing(&graph::tensor("w", &[2], 1, &[1; 8])),
            fires: &[],
        },
        Example {
            name: "onnx-half-bytes",
            files: || graph::weighing(&graph::tensor("w", &[3], 22, &[1; 3])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-half-bytes-twin",
            files: || graph::weighing(&graph::tensor("w", &[3], 22, &[1; 2])),
            fires: &[],
        },
        Example {
            name: "onnx-overflow",
            files: || graph::weighing(&graph::tensor("w", &[1 << 40, 1 << 40], 1, &[])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-nothing",
            files: || graph::weighing(&graph::described("w", &[2], 1)),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-nothing-twin",
            files: || graph::weighing(&graph::described("w", &[0], 1)),
            fires: &[],
        },
        Example {
            name: "onnx-items",
            files: || graph::weighing(&graph::described("w", &[3], 7).packed(7, &[1, 300])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-items-twin",
            files: || graph::weighing(&graph::described("w", &[2], 7).packed(7, &[1, 300])),
            fires: &[],
        },
        Example {
            name: "onnx-outside",
            files: || graph::beside(3, &[("location", "weights.bin"), ("length", "8")], vec![1; 8]),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "onnx-outside-twin",
            files: || graph::beside(2, &[("location", "weights.bin"), ("length", "8")], vec![1; 8]),
            fires: &[],
        },
        Example {
            name: "hdf5",
            files: || one("model.weights.h5", Hdf5::new().dataset("a", &[3], &[1; 8]).build()),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "hdf5-too-many",
            files: || one("model.weights.h5", Hdf5::new().dataset("a", &[1 << 40, 1 << 40], &[1; 8]).build()),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "hdf5-twin",
            files: || one("model.weights.h5", Hdf5::new().dataset("a", &[2], &[1; 8]).build()),
            fires: &[],
        },
        Example {
            name: "tflite",
            files: || one("model.tflite", TfLite::new().weight(&[1; 12]).build()),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "tflite-twin",
            files: || one("model.tflite", TfLite::new().weight(&[1; 16]).build()),
            fires: &[],
        },
        Example {
            name: "ort",
            files: || one("model.ort", ort::model("", "Add", &[2, 3], 16)),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "paddle-weights-overflow",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[1 << 62, 4], &[1; 8])].concat(),
                )
            },
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "paddle-weights-overflow-twin",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[1, 2], &[1; 8])].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "cntk",
            files: || one("model.cntk", cntk::model_with(&[cntk::primitive(2)], &[1; 12])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "cntk-twin",
            files: || one("model.cntk", cntk::model_with(&[cntk::primitive(2)], &[1; 8])),
            fires: &[],
        },
        Example {
            name: "flax",
            files: || flax::with(flax::array("float32", &[3], &[1; 8])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "flax-twin",
            files: || flax::with(flax::array("float32", &[2], &[1; 8])),
            fires: &[],
        },
        Example {
            name: "flax-overflow",
            files: || flax::with(flax::array("int8", &[127; 10], &[])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "flax-pieces",
            files: || flax::with(flax::chunked(&[7], ["0", "1"])),
            fires: &["tensor-size-mismatch"],
        },
        Example {
            name: "flax-pieces-twin",
            files: || flax::with(flax::chunked(&[6], ["0", "1"])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::SizeMismatch).filter(|(place, _)| place.is_of_tensors()) {
        let finding = findings.add(place, &problem.detail);
        if place.format() == "tflite" {
            finding.severity = Severity::Low;
        }
    }
}
