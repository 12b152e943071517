//! A count or length that cannot be true.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::flat::executorch::Program;
use crate::samples::flat::tflite::TfLite;
use crate::samples::flax;
use crate::samples::hdf5::{Hdf5, chunked, float, space};
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::{boosting, one, tensor};

/// A count or length that cannot be true.
pub static RULE: Rule = Rule {
    id: "header-bad-count",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header announces more than the file can hold",
    why: "A reader that allocates by such a number runs out of memory or, when a product overflows, allocates too little and writes behind it.",
    advice: "Do not load the file. Download it again; if it stays as it is, it was made to be so.",
    references: &["CWE-789", "CWE-1284", "AML.T0029"],
    examples: &[
        Example {
            name: "safetensors-length",
            files: || one("model.safetensors", tensor::raw_safetensors(1 << 62, b"{\"\xff\":{}}", &[])),
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-keys",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").counts(0, 1 << 40).build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-tensors",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").counts(1 << 60, 1).build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-text",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .raw(b"a.b", 8, &[0xff; 8])
                        .build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-key",
            files: || {
                one(
                    "model.gguf",
                    [&b"GGUF\x03\0\0\0"[..], &[0; 8], &[1, 0, 0, 0, 0, 0, 0, 0], &[0xff; 8], &[0; 16]]
                        .concat(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-array",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .array("a.b", 10, 1 << 61, &[0; 8])
                        .build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-texts",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .array("a.b", 8, 1 << 61, &[0; 8])
                        .build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-arrays",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .array("a.b", 9, 1 << 61, &[0; 8])
                        .build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "gguf-array-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .array("a.b", 10, 1, &[0; 8])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-dimensions",
            files: || {
                one(
                    "model.gguf",
                    [
                        &b"GGUF\x03\0\0\0"[..],
                        &[1, 0, 0, 0, 0, 0, 0, 0],
                        &[0; 8],
                        &[1, 0, 0, 0, 0, 0, 0, 0],
                        b"a",
                        &[0xff; 4],
                        &[0; 12],
                    ]
                    .concat(),
                )
            },
            fires: &["header-bad-count", "header-bad-value"],
        },
        Example {
            name: "npy",
            files: || one("array.npy", [&b"\x93NUMPY\x02\0"[..], &[0xff; 4], &[b' '; 54]].concat()),
            fires: &["header-bad-count"],
        },
        Example {
            name: "npy-twin",
            files: || {
                one(
                    "array.npy",
                    tensor::raw_npy(2, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", &[1]),
                )
            },
            fires: &[],
        },
        Example {
            name: "hdf5-expands",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .object("a", &[(1, space(&[1 << 40])), (3, float()), (8, chunked(16))])
                        .build(),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "hdf5-twin",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .object("a", &[(1, space(&[1 << 20])), (3, float()), (8, chunked(16))])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "xgboost-ubjson-list",
            files: || one("model.ubj", boosting::oversized(1 << 40)),
            fires: &["header-bad-count"],
        },
        Example {
            name: "xgboost-ubjson-list-twin",
            files: || one("model.ubj", boosting::Xgboost::new().ubjson()),
            fires: &[],
        },
        Example {
            name: "catboost-core",
            files: || one("model.cbm", [&b"CBM1"[..], &[0xff; 4], &[0; 32]].concat()),
            fires: &["header-bad-count"],
        },
        Example {
            name: "catboost-core-twin",
            files: || one("model.cbm", boosting::catboost(&[1, 2], 6)),
            fires: &[],
        },
        Example {
            name: "catboost-table",
            files: || {
                one(
                    "model.cbm",
                    boosting::catboost_with(&[1], 2, &["static_provider_v1"], &[1, 0, 0, 0, 9, 0, 0, 0]),
                )
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "catboost-table-twin",
            files: || {
                one(
                    "model.cbm",
                    boosting::catboost_with(&[1], 2, &["static_provider_v1"], &[1, 0, 0, 0, 1, 0, 0, 0, 7]),
                )
            },
            fires: &[],
        },
        Example {
            name: "tflite-version",
            files: || one("model.tflite", TfLite::new().version(9).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "tflite-kind",
            files: || one("model.tflite", TfLite::new().kind(5).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "tflite-tensor",
            files: || one("model.tflite", TfLite::new().tensors([0, 9, 2]).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "tflite-left-out",
            files: || one("model.tflite", TfLite::new().tensors([0, u32::MAX, 2]).build()),
            fires: &[],
        },
        Example {
            name: "tflite-signature",
            files: || one("model.tflite", TfLite::new().subgraph(4).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "executorch-call",
            files: || one("model.pte", Program::new().called(3).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "coreml-weights",
            files: || {
                one(
                    "weight.bin",
                    [&[0xff; 4][..], coreml::weights(&[&[1; 64]]).get(4..).unwrap_or_default()].concat(),
                )
            },
            fires: &["header-bad-count", "header-unreadable"],
        },
        Example {
            name: "coreml-weights-twin",
            files: || one("weight.bin", coreml::weights(&[&[1; 64]])),
            fires: &[],
        },
        Example {
            name: "flax-list",
            files: || flax::with(b"\xdd\x7f\0\0\0".to_vec()),
            fires: &["header-bad-count"],
        },
        Example { name: "flax-list-twin", files: || flax::with(b"\xdd\0\0\0\0".to_vec()), fires: &[] },
        Example {
            name: "flax-map",
            files: || flax::with(b"\xdf\xff\xff\xff\xff".to_vec()),
            fires: &["header-bad-count"],
        },
        Example {
            name: "flax-bytes",
            files: || flax::with(b"\xc6\x7f\0\0\0".to_vec()),
            fires: &["header-bad-count"],
        },
        Example {
            name: "flax-array",
            files: || flax::with(b"\xc9\x7f\0\0\0\x01".to_vec()),
            fires: &["header-bad-count"],
        },
        Example {
            name: "ocdbt",
            files: || {
                one(
                    "manifest.ocdbt",
                    [orbax::manifest("/tmp"), vec![0x0c, 0xdb, 0x20, 0xde, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
                        .concat(),
                )
            },
            fires: &["header-bad-count", "reference-escape", "tensor-trailing-bytes"],
        },
        Example {
            name: "mxnet",
            files: || one("a.params", [0x112_u64.to_le_bytes(), [0; 8], [0xff; 8]].concat()),
            fires: &["header-bad-count"],
        },
        Example { name: "mxnet-twin", files: || one("a.params", mxnet::params(&[])), fires: &[] },
        Example {
            name: "mxnet-dimensions",
            files: || {
                mxnet::weighing([&mxnet::array(0, &[1], &[1; 4])[..8], &[0, 1, 0, 0], &[0; 40]].concat())
            },
            fires: &["header-bad-count"],
        },
        Example {
            name: "ncnn",
            files: || one("model.param.bin", engine::ncnn_numbers(26, 9000)),
            fires: &["header-bad-count"],
        },
        Example {
            name: "ncnn-twin",
            files: || one("model.param.bin", engine::ncnn_numbers(26, 2)),
            fires: &[],
        },
        Example {
            name: "rknn",
            files: || one("model.rknn", [&engine::rknn(6, "{}")[..16], &[9; 16]].concat()),
            fires: &["embedded-program", "header-bad-count"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::BadCount).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}
