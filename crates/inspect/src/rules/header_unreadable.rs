//! A header that cannot be read to its end.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flax;
use crate::samples::graph::{self, Onnx};
use crate::samples::hdf5::{Hdf5, float, space};
use crate::samples::mxnet;
use crate::samples::tensorflow;
use crate::samples::{one, tensor};

/// A header that cannot be read to its end.
pub static RULE: Rule = Rule {
    id: "header-unreadable",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header ends early or cannot be parsed",
    why: "The file is damaged, cut off, or not what it looks like. What could not be read was not inspected.",
    advice: "Download the file again and compare its digest with the publisher's.",
    references: &["CWE-1284"],
    examples: &[
        Example {
            name: "safetensors-short",
            files: || one("model.safetensors", tensor::raw_safetensors(500, b"{\"a\":{}}", &[])),
            fires: &["header-unreadable"],
        },
        Example {
            name: "safetensors-nan",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}"#, 8),
                )
            },
            fires: &["header-unreadable"],
        },
        Example {
            name: "safetensors-not-json",
            files: || one("model.safetensors", tensor::safetensors(r#"{"a":}"#, 8)),
            fires: &["header-unreadable"],
        },
        Example {
            name: "safetensors-two-objects",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}{}"#, 8),
                )
            },
            fires: &["header-unreadable"],
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
            name: "index",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"model.safetensors""#),
            fires: &["header-unreadable", "shard-missing"],
        },
        Example {
            name: "gguf-short",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").counts(1, 1).build(),
                )
            },
            fires: &["header-unreadable"],
        },
        Example {
            name: "gguf-twin",
            files: || one("model.gguf", tensor::Gguf::new().text("general.architecture", "llama").build()),
            fires: &[],
        },
        Example {
            name: "npy-short",
            files: || one("array.npy", *b"\x93NUMPY\x01\0"),
            fires: &["header-unreadable"],
        },
        Example {
            name: "npy-not-a-dictionary",
            files: || one("array.npy", tensor::raw_npy(1, "dict(descr=1)", &[])),
            fires: &["header-unreadable"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("'|u1'", "(1,)", &[1])),
            fires: &[],
        },
        Example {
            name: "onnx-cut",
            files: || {
                let mut model =
                    Onnx::new().node("", "Relu").initializer(&graph::tensor("w", &[4], 1, &[1; 16])).build();
                model.truncate(model.len() - 8);
                one("model.onnx", model)
            },
            fires: &["header-unreadable"],
        },
        Example {
            name: "onnx-cut-twin",
            files: || graph::weighing(&graph::tensor("w", &[4], 1, &[1; 16])),
            fires: &[],
        },
        Example {
            name: "hdf5-short",
            files: || one("model.weights.h5", Hdf5::new().build()[..80].to_vec()),
            fires: &["header-unreadable", "tensor-out-of-bounds"],
        },
        Example {
            name: "hdf5-type",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .object("a", &[(1, space(&[2])), (3, float()[..12].to_vec()), (8, vec![3, 1])])
                        .build(),
                )
            },
            fires: &["header-unreadable"],
        },
        Example { name: "hdf5-twin", files: || one("model.weights.h5", Hdf5::new().build()), fires: &[] },
        Example { name: "tensorflow", files: || tensorflow::cut(300), fires: &["header-unreadable"] },
        Example { name: "tensorflow-twin", files: || tensorflow::ordinary().files(), fires: &[] },
        Example { name: "flax", files: || flax::with(vec![0xc1]), fires: &["header-unreadable"] },
        Example { name: "flax-twin", files: || flax::with(vec![0xc0]), fires: &[] },
        Example {
            name: "flax-truncated",
            files: || flax::with(vec![0xcb, 0]),
            fires: &["header-unreadable"],
        },
        Example {
            name: "mxnet",
            files: || one("a.params", mxnet::params(&[("a", mxnet::array(3, &[1], &[1]))])[..40].to_vec()),
            fires: &["header-unreadable"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Truncated, Kind::Unparsable] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_tensors()) {
            findings.add(place, &problem.detail);
        }
    }
}
