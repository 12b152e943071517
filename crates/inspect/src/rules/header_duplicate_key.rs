//! A key of a header that stands twice.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flax;
use crate::samples::graph::{self, Onnx};
use crate::samples::hdf5::Hdf5;
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::tensorflow;
use crate::samples::{boosting, one, tensor};

/// A key of a header that stands twice.
pub static RULE: Rule = Rule {
    id: "header-duplicate-key",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A key or the name of a tensor stands twice in a header",
    why: "Some readers take the first, some the last, some refuse: what one program shows is not what another loads. Both reference readers of GGUF refuse, so there it is medium.",
    advice: "Do not load the file before it is clear which of the two is meant and who wrote it twice.",
    references: &["CWE-436", "CWE-694", "AML.T0018"],
    examples: &[
        Example {
            name: "safetensors-tensor",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "safetensors-tensor-twin",
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
            name: "safetensors-escaped",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "safetensors-field",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#,
                        8,
                    ),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "safetensors-metadata",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                        8,
                    ),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "safetensors-metadata-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"__metadata__":{"k":"1","l":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                        8,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "index",
            files: || {
                one(
                    "model.safetensors.index.json",
                    r#"{"weight_map":{"a":"model-1.safetensors","a":"model-2.safetensors"}}"#,
                )
            },
            fires: &["header-duplicate-key", "shard-missing"],
        },
        Example {
            name: "gguf-key",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .text("general.name", "a")
                        .text("general.name", "b")
                        .build(),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "gguf-key-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .text("general.name", "a")
                        .text("general.basename", "b")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-tensor",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor("a", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "npy",
            files: || {
                one(
                    "array.npy",
                    tensor::raw_npy(
                        1,
                        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (2,), }",
                        &[1; 2],
                    ),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("'|u1'", "(2,)", &[1; 2])),
            fires: &[],
        },
        Example {
            name: "onnx",
            files: || {
                Onnx::new()
                    .node("", "Relu")
                    .initializer(&graph::tensor("w", &[1], 2, &[1]))
                    .initializer(&graph::tensor("w", &[1], 2, &[1]))
                    .files()
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "onnx-twin",
            files: || {
                Onnx::new()
                    .node("", "Relu")
                    .initializer(&graph::tensor("v", &[1], 2, &[1]))
                    .initializer(&graph::tensor("w", &[1], 2, &[1]))
                    .files()
            },
            fires: &[],
        },
        Example {
            name: "hdf5",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new().dataset("a", &[2], &[1; 8]).dataset("a", &[2], &[2; 8]).build(),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "hdf5-twin",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new().dataset("a", &[2], &[1; 8]).dataset("b", &[2], &[2; 8]).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "xgboost",
            files: || {
                one(
                    "model.json",
                    String::from_utf8_lossy(&boosting::Xgboost::new().json())
                        .replace(r#""tree_info":[0],"#, r#""tree_info":[0],"tree_info":[0],"#),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::keys(&["a", "a"]),
            fires: &["header-duplicate-key"],
        },
        Example { name: "tensorflow-checkpoint-twin", files: || tensorflow::keys(&["a", "b"]), fires: &[] },
        Example {
            name: "flax",
            files: || flax::with_key("params", flax::array("uint8", &[1], &[1])),
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "flax-twin",
            files: || flax::with_key("Params", flax::array("uint8", &[1], &[1])),
            fires: &[],
        },
        Example {
            name: "zarr",
            files: || orbax::array("\"shape\":[2]", "\"shape\":[2],\"shape\":[3]"),
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "orbax",
            files: || orbax::about("orbax.demo.Handler", r#"{"a": 1, "a": 2}"#),
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "orbax-twin",
            files: || orbax::about("orbax.demo.Handler", r#"{"a": 1, "b": 2}"#),
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || mxnet::with("Activation", "\"act_type\": \"relu\", \"act_type\": \"tanh\""),
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "mxnet-array",
            files: || {
                one(
                    "a.params",
                    mxnet::params(&[("a", mxnet::array(3, &[1], &[1])), ("a", mxnet::array(3, &[1], &[2]))]),
                )
            },
            fires: &["header-duplicate-key"],
        },
        Example {
            name: "mxnet-array-twin",
            files: || {
                one(
                    "a.params",
                    mxnet::params(&[("a", mxnet::array(3, &[1], &[1])), ("b", mxnet::array(3, &[1], &[2]))]),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Duplicate).filter(|(place, _)| place.is_of_tensors()) {
        let finding = findings.add(place, &problem.detail);
        match place.format() {
            "gguf" => finding.severity = Severity::Medium,
            "onnx" => finding.severity = Severity::Low,
            _ => {}
        }
    }
}
