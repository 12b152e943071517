//! A header that breaks the rules of its format.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::engine;
use crate::samples::flax;
use crate::samples::graph::{self, Onnx};
use crate::samples::hdf5::{Hdf5, link};
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::paddle;
use crate::samples::tensorflow;
use crate::samples::{one, tensor};

/// A header that breaks the rules of its format.
pub static RULE: Rule = Rule {
    id: "header-bad-value",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header has a key, value or text that its format does not allow",
    why: "The format's own library does not write it; readers refuse it, skip it, or each make something else of it. A GGUF file without `general.architecture` is low: it cannot be loaded as a model. In formats before GGUF it is only worth knowing.",
    advice: "Find out what wrote the file, and ask for one that the format's own library wrote.",
    references: &["CWE-1284", "CWE-436"],
    examples: &[
        Example {
            name: "safetensors-not-object",
            files: || one("model.safetensors", tensor::safetensors(r#"{"a":7}"#, 0)),
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-no-dtype",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-no-shape",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-no-offsets",
            files: || one("model.safetensors", tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[0]}}"#, 0)),
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-dtype-number",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":8,"shape":[0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-shape-negative",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-shape-fraction",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[0.5],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-shape-text",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":"0","data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-offsets-three",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-offsets-too-large",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,18446744073709551616]}}"#,
                        0,
                    ),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-unknown-field",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"code":""}}"#,
                        0,
                    ),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-metadata-number",
            files: || one("model.safetensors", tensor::safetensors(r#"{"__metadata__":{"format":1}}"#, 0)),
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-metadata-list",
            files: || one("model.safetensors", tensor::safetensors(r#"{"__metadata__":["pt"]}"#, 0)),
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-invisible-name",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a\u202eb":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-leading-space",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"       {"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-padded-with-tabs",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}		"#, 0),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "safetensors-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
                        0,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-not-utf8",
            files: || one("model.safetensors", tensor::raw_safetensors(8, b"{\"\xff\":0} ", &[])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "index-unknown-key",
            files: || {
                one(
                    "model.safetensors.index.json",
                    r#"{"weight_map":{},"auto_map":{"AutoModel":"code.Model"}}"#,
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "index-twin",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{},"metadata":{"total_size":0}}"#),
            fires: &[],
        },
        Example {
            name: "index-number",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":1}}"#),
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-bool",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").raw(b"a.b", 7, &[2]).build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-bool-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").raw(b"a.b", 7, &[1]).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-type",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .raw(b"a.b", 13, &[0; 8])
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-item-type",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .array("a.b", 77, 1, &[0; 8])
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-text",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .raw(b"a.b", 8, b"\x01\0\0\0\0\0\0\0\xff")
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-text-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .raw(b"a.b", 8, b"\x01\0\0\0\0\0\0\0z")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-key",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").text("a\n.b", "").build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-empty-key",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new().text("general.architecture", "llama").text("", "").build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-alignment-odd",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .number("general.alignment", 33)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-alignment-small",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .number("general.alignment", 4)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-alignment-text",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .text("general.alignment", "32")
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-alignment-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .alignment(64)
                        .tensor("a", &[4], 0, 16)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-template-number",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .number("tokenizer.chat_template", 7)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-template-list",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .texts("tokenizer.chat_template", &["{{ messages }}"])
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-template-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .text("tokenizer.chat_template", "{{ messages }}")
                        .texts("tokenizer.chat_templates", &["tool_use"])
                        .text("tokenizer.chat_template.tool_use", "{{ tools }}")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-no-architecture",
            files: || one("model.gguf", tensor::Gguf::new().text("general.name", "llama").build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-dimensions",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor_at("a", &[1, 1, 1, 1, 1], 0, 0)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-dimensions-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[1, 1, 1, 1], 0, 4)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-dimension-zero",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor_at("a", &[4, 0], 0, 0)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "gguf-tensor-name",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a\u{200b}b", &[4], 0, 16)
                        .build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-extra-key",
            files: || {
                one(
                    "array.npy",
                    tensor::raw_npy(
                        1,
                        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'code': ''}",
                        &[1],
                    ),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-missing-key",
            files: || one("array.npy", tensor::raw_npy(1, "{'descr': '|u1', 'shape': (1,)}", &[1])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-shape-list",
            files: || one("array.npy", tensor::npy("'|u1'", "[1]", &[1])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-shape-negative",
            files: || one("array.npy", tensor::npy("'|u1'", "(-1,)", &[1])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-order",
            files: || {
                one(
                    "array.npy",
                    tensor::raw_npy(1, "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}", &[1]),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "npy-twin",
            files: || {
                one(
                    "array.npy",
                    tensor::raw_npy(3, "{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}", &[1]),
                )
            },
            fires: &[],
        },
        Example {
            name: "npy-not-utf8",
            files: || one("array.npy", [&b"\x93NUMPY\x03\0\x04\0\0\0"[..], b"{'\xff}"].concat()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "ggml-version",
            files: || one("model.ggml", tensor::ggml(*b"ggjt", &[77, 32_000, 4096, 256, 32, 32, 128, 2])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "ggml-twin",
            files: || one("model.ggml", tensor::ggml(*b"ggjt", &[3, 32_000, 4096, 256, 32, 32, 128, 2])),
            fires: &[],
        },
        Example {
            name: "onnx-negative-dimension",
            files: || graph::weighing(&graph::tensor("w", &[u64::MAX], 1, &[])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-dimension-twin",
            files: || graph::weighing(&graph::tensor("w", &[1], 1, &[1; 4])),
            fires: &[],
        },
        Example {
            name: "onnx-external-key",
            files: || graph::beside(1, &[("location", "weights.bin"), ("__class__", "demo")], vec![1; 4]),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-external-key-twin",
            files: || graph::beside(1, &[("location", "weights.bin"), ("checksum", "00")], vec![1; 4]),
            fires: &[],
        },
        Example {
            name: "onnx-external-offset",
            files: || graph::beside(1, &[("location", "weights.bin"), ("offset", "-4")], vec![1; 4]),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-nowhere",
            files: || graph::weighing(&graph::external("w", &[1], 1, &[])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-set-not-imported",
            files: || Onnx::new().node("com.microsoft", "Gelu").files(),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-set-not-imported-twin",
            files: || Onnx::new().import("com.microsoft", 1).node("com.microsoft", "Gelu").files(),
            fires: &[],
        },
        Example {
            name: "onnx-version",
            files: || Onnx::new().import("com.microsoft", u64::MAX).node("", "Relu").files(),
            fires: &["header-bad-value"],
        },
        Example {
            name: "onnx-fields",
            files: || graph::weighing(&graph::described("w", &[1], 1).packed(7, &[1])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "hdf5-soft-circle",
            files: || one("model.weights.h5", Hdf5::new().soft_link("a", "/b").soft_link("b", "/a").build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "hdf5-soft-twin",
            files: || one("model.weights.h5", Hdf5::new().soft_link("a", "/b").soft_link("b", "/c").build()),
            fires: &[],
        },
        Example {
            name: "hdf5-circle",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new().object("a", &[(6, link("b", 0, &48_u64.to_le_bytes()))]).build(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "hdf5-circle-twin",
            files: || {
                one(
                    "model.weights.h5",
                    Hdf5::new()
                        .dataset("w", &[2], &[1; 8])
                        .object("a", &[(6, link("b", 0, &56_u64.to_le_bytes()))])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "hdf5-programmed-link",
            files: || one("model.weights.h5", Hdf5::new().link("a", 187, b"\x04\0demo").build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "hdf5-name",
            files: || one("model.weights.h5", Hdf5::new().dataset("a/b", &[2], &[1; 8]).build()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "tensorflow-checkpoint-restart",
            files: || tensorflow::restarts(&[0, 3]),
            fires: &["header-bad-value"],
        },
        Example {
            name: "tensorflow-checkpoint-restart-twin",
            files: || tensorflow::restarts(&[0]),
            fires: &[],
        },
        Example {
            name: "paddle-weights",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[u64::MAX], &[1; 8])].concat(),
                )
            },
            fires: &["header-bad-value"],
        },
        Example {
            name: "paddle-weights-twin",
            files: || {
                one(
                    "inference.pdiparams",
                    [paddle::tensor(5, &[2], &[1; 8]), paddle::tensor(5, &[2], &[1; 8])].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "flax-extension",
            files: || flax::with(flax::extension(42, &[1; 4])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-extension-twin",
            files: || flax::with(flax::extension(255, &[1; 4])),
            fires: &[],
        },
        Example {
            name: "flax-array",
            files: || flax::with(flax::extension(1, &[0x93, 0x91])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-dimension",
            files: || flax::with(flax::array("uint8", &[0xff], &[1])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-behind-an-array",
            files: || flax::with(flax::extension(1, b"\x93\x90\xa4int8\xc4\x01\x07\x07")),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-behind-an-array-twin",
            files: || flax::with(flax::extension(1, b"\x93\x90\xa4int8\xc4\x01\x07")),
            fires: &[],
        },
        Example {
            name: "flax-complex",
            files: || flax::with(flax::extension(2, b"\x92\xc0\xc0")),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-complex-twin",
            files: || flax::with(flax::extension(2, b"\x92\x01\x02")),
            fires: &[],
        },
        Example {
            name: "flax-pieces-in-disorder",
            files: || flax::with(flax::chunked(&[6], ["1", "0"])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-pieces-twin",
            files: || flax::with(flax::chunked(&[6], ["0", "1"])),
            fires: &[],
        },
        Example {
            name: "flax-no-pieces",
            files: || flax::with(flax::map(&[("__msgpack_chunked_array__", vec![0xc3])])),
            fires: &["header-bad-value"],
        },
        Example {
            name: "flax-text",
            files: || flax::with(b"\xa2\xc3\x28".to_vec()),
            fires: &["header-bad-value"],
        },
        Example { name: "flax-text-twin", files: || flax::with(b"\xa2\xc3\xa9".to_vec()), fires: &[] },
        Example { name: "orbax-key", files: || orbax::tree("kernel", "bias"), fires: &["header-bad-value"] },
        Example { name: "orbax-key-twin", files: || orbax::tree("bias", "bias"), fires: &[] },
        Example {
            name: "zarr-shape",
            files: || orbax::array("\"shape\":[2]", "\"shape\":[-2]"),
            fires: &["header-bad-value"],
        },
        Example {
            name: "zarr-shape-twin",
            files: || orbax::array("\"shape\":[2]", "\"shape\":[0]"),
            fires: &[],
        },
        Example {
            name: "zarr-version",
            files: || orbax::array("\"zarr_format\":2", "\"zarr_format\":9"),
            fires: &["header-bad-value"],
        },
        Example { name: "mxnet-input", files: || mxnet::taking("[[1, 0, 0]]"), fires: &["header-bad-value"] },
        Example { name: "mxnet-input-twin", files: || mxnet::taking("[[0, 0, 0]]"), fires: &[] },
        Example {
            name: "mxnet-storage",
            files: || mxnet::weighing([&mxnet::array(0, &[1], &[1; 4])[..4], &[9; 40]].concat()),
            fires: &["header-bad-value"],
        },
        Example {
            name: "mxnet-names",
            files: || one("a.params", mxnet::unnamed(&mxnet::array(3, &[1], &[1]))),
            fires: &["header-bad-value"],
        },
        Example {
            name: "mxnet-names-twin",
            files: || one("a.params", mxnet::params(&[("a", mxnet::array(3, &[1], &[1]))])),
            fires: &[],
        },
        Example {
            name: "ncnn",
            files: || one("model.param", engine::ncnn("ReLU", 9)),
            fires: &["header-bad-value"],
        },
        Example { name: "ncnn-twin", files: || one("model.param", engine::ncnn("ReLU", 2)), fires: &[] },
        Example {
            name: "rknn",
            files: || one("model.rknn", engine::rknn(6, "demo")),
            fires: &["embedded-program", "header-bad-value"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::BadValue, Kind::BadText, Kind::Missing] {
        for (place, problem) in
            facts.problems(kind).filter(|(place, _)| place.is_of_tensors() && !place.is_of_trees())
        {
            let finding = findings.add(place, &problem.detail);
            if place.format() == "ggml" {
                finding.severity = Severity::Info;
            } else if kind == Kind::Missing {
                finding.severity = Severity::Low;
            }
        }
    }
}
