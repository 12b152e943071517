//! A tensor that does not lie inside its file.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::flat::executorch::Program;
use crate::samples::flat::tflite::TfLite;
use crate::samples::hdf5::{Hdf5, contiguous, float, space};
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::paddle;
use crate::samples::{one, tensor};

/// A tensor that does not lie inside its file.
pub static RULE: Rule = Rule {
    id: "tensor-out-of-bounds",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A tensor lies, wholly or in part, behind the end of the file or runs backwards",
    why: "A reader that trusts the header reads memory that is not the file's: it crashes, or shows what it should not. A download that broke off looks the same.",
    advice: "Download the file again and compare its digest with the publisher's. If it stays as it is, do not load it.",
    references: &["CWE-125", "CWE-1284", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "safetensors-end",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 8),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "safetensors-end-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 16),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-backwards",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#,
                        8,
                    ),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "safetensors-backwards-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
                        12,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-wraps",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551614,18446744073709551615]}}"#,
                        8,
                    ),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "gguf-end",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[64], 0, 192)
                        .build(),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "gguf-end-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[64], 0, 256)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-offset",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[8], 0, 1 << 40)
                        .build(),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "gguf-offset-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[8], 0, 32)
                        .data(&[1; 32])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-wraps",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[8], 0, u64::MAX - 31)
                        .build(),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "npy",
            files: || one("array.npy", tensor::npy("'<f4'", "(4,)", &[1; 12])),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("'<f4'", "(4,)", &[1; 16])),
            fires: &[],
        },
        Example {
            name: "npy-wraps",
            files: || one("array.npy", tensor::npy("'<f8'", "(4611686018427387904, 4)", &[1; 16])),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "hdf5",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .object("a", &[(1, space(&[2])), (3, float()), (8, contiguous(1 << 40, 8))])
                        .build(),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "hdf5-link",
            files: || one("model.weights.h5", Hdf5::new().link("a", 0, &(1_u64 << 40).to_le_bytes()).build()),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "hdf5-twin",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .raw(&[1; 8])
                        .object("a", &[(1, space(&[2])), (3, float()), (8, contiguous(48, 8))])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tflite-buffer",
            files: || one("model.tflite", TfLite::new().buffer(7).build()),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "tflite-buffer-twin",
            files: || one("model.tflite", TfLite::new().build()),
            fires: &[],
        },
        Example {
            name: "tflite-beyond",
            files: || one("model.tflite", TfLite::new().beyond(600, 1 << 40).build()),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "tflite-root",
            files: || one("model.tflite", b"\xff\xff\0\0TFL3\0\0\0\0"),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "executorch-segment",
            files: || one("model.pte", Program::new().longer(64).build()),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "executorch-segment-twin",
            files: || one("model.pte", Program::new().build()),
            fires: &[],
        },
        Example {
            name: "executorch-constant",
            files: || one("model.pte", Program::new().sizes(&[2, 64]).build()),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "coreml-weights",
            files: || {
                let mut bytes = coreml::weights(&[&[1; 64], &[1; 64]]);
                bytes.truncate(300);
                one("weight.bin", bytes)
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "coreml-weights-twin",
            files: || one("weight.bin", coreml::weights(&[&[1; 64], &[1; 64]])),
            fires: &[],
        },
        Example {
            name: "paddle-weights",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[4], &[1; 8])].concat(),
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "paddle-weights-twin",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[4], &[1; 16])].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "ocdbt",
            files: || {
                orbax::database_of(
                    "d/00000000000000000000000000000000",
                    b"ordinary",
                    (8000, 0),
                    orbax::ZARRAY,
                )
            },
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "ocdbt-twin",
            files: || {
                orbax::database_of("d/00000000000000000000000000000000", b"ordinary", (4, 4), orbax::ZARRAY)
            },
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || mxnet::weighing(mxnet::array(0, &[2000], &[1; 8])),
            fires: &["tensor-out-of-bounds"],
        },
        Example {
            name: "mxnet-overflow",
            files: || mxnet::weighing(mxnet::array(0, &[1 << 40, 1 << 40], &[1; 8])),
            fires: &["tensor-out-of-bounds"],
        },
        Example { name: "mxnet-twin", files: || mxnet::weighing(mxnet::array(0, &[2], &[1; 8])), fires: &[] },
        Example { name: "mnn", files: || one("model.mnn", vec![1; 5]), fires: &["tensor-out-of-bounds"] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::OutOfBounds).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
