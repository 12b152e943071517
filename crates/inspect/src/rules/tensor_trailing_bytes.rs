//! Bytes behind the last tensor.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::tensor_hole::{armed, is_armed};
use crate::facts::Facts;
use crate::formats::layout;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::flax;
use crate::samples::hdf5::Hdf5;
use crate::samples::mxnet;
use crate::samples::paddle;
use crate::samples::{boosting, one, program, tensor};

/// Bytes behind the last tensor.
pub static RULE: Rule = Rule {
    id: "tensor-trailing-bytes",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Bytes behind the last tensor belong to no tensor",
    why: "Readers of the tensors do not see what stands behind them, other programs may: a zip, for instance, is found from its end. What is there is inspected as a file of its own: high when that file is an archive or can carry code. Zeros are low: they carry nothing.",
    advice: "Find out what wrote the file. Saving it again with the format's own library drops the rest.",
    references: &["CWE-1284", "AML.T0010"],
    examples: &[
        Example {
            name: "safetensors-program",
            files: || one("model.safetensors", [tensor::safetensors("{}", 0), program::elf()].concat()),
            fires: &["embedded-program", "tensor-trailing-bytes"],
        },
        Example {
            name: "safetensors",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 11),
                )
            },
            fires: &["tensor-trailing-bytes"],
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
            name: "safetensors-zeros",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   "#,
                        &[1, 0, 0],
                    ),
                )
            },
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "gguf",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .data(&[1; 33])
                        .build(),
                )
            },
            fires: &["tensor-trailing-bytes"],
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
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-zeros",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .data(&[0; 33])
                        .build(),
                )
            },
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "npy",
            files: || one("array.npy", tensor::npy("'<f4'", "(2,)", &[1; 9])),
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "npy-two-arrays-twin",
            files: || {
                one(
                    "array.npy",
                    [tensor::npy("'|u1'", "(2,)", &[1; 2]), tensor::npy("'|u1'", "(2,)", &[1; 2])].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "hdf5",
            files: || {
                one(
                    "model.weights.h5",
                    [Hdf5::new().dataset("a", &[2], &[1; 8]).build(), vec![1; 8]].concat(),
                )
            },
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "hdf5-twin",
            files: || one("model.weights.h5", Hdf5::new().dataset("a", &[2], &[1; 8]).build()),
            fires: &[],
        },
        Example {
            name: "xgboost-ubjson",
            files: || one("model.ubj", [boosting::Xgboost::new().ubjson(), b"rest".to_vec()].concat()),
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "catboost",
            files: || one("model.cbm", [boosting::catboost(&[1], 2), b"rest".to_vec()].concat()),
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "catboost-twin",
            files: || one("model.cbm", boosting::catboost(&[1], 2)),
            fires: &[],
        },
        Example {
            name: "coreml-weights",
            files: || one("weight.bin", [coreml::weights(&[&[1; 64]]), vec![7; 8]].concat()),
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "coreml-weights-twin",
            files: || one("weight.bin", coreml::weights(&[&[1; 64]])),
            fires: &[],
        },
        Example {
            name: "paddle-weights",
            files: || one("inference.pdiparams", [paddle::tensor(5, &[2], &[1; 8]), vec![7; 40]].concat()),
            fires: &["tensor-trailing-bytes"],
        },
        Example {
            name: "paddle-weights-twin",
            files: || one("inference.pdiparams", paddle::tensor(5, &[2], &[1; 8])),
            fires: &[],
        },
        Example { name: "flax", files: || flax::with(vec![0xc0, 7]), fires: &["tensor-trailing-bytes"] },
        Example { name: "flax-twin", files: || flax::with(vec![0xc0]), fires: &[] },
        Example {
            name: "flax-program",
            files: || flax::with([&[0xc0][..], &program::elf()].concat()),
            fires: &["embedded-program", "tensor-trailing-bytes"],
        },
        Example {
            name: "mxnet",
            files: || one("a.params", [mxnet::params(&[]), vec![7; 5]].concat()),
            fires: &["tensor-trailing-bytes"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let armed = armed(facts);
    for kind in [Kind::TrailingBytes, Kind::TrailingZeros] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_tensors()) {
            findings.add(place, &problem.detail).severity = match kind {
                Kind::TrailingZeros => Severity::Low,
                _ if is_armed(&armed, place, layout::TRAILING) => Severity::High,
                _ => Severity::Medium,
            };
        }
    }
}
