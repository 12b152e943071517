//! An operator that reads or writes files.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flat::executorch::Program;
use crate::samples::flat::tflite::TfLite;
use crate::samples::graph::Onnx;
use crate::samples::keras;
use crate::samples::mxnet;
use crate::samples::one;
use crate::samples::paddle;
use crate::samples::tensorflow::{self, Node};
use crate::samples::torchscript;

/// An operator that reads or writes files.
pub static RULE: Rule = Rule {
    id: "operator-reaches-files",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that reads or writes files",
    why: "The path is a value in the graph, so that the model can read what it should not see, hand it out as a result, and \
          put files where something else will run them.",
    advice: "Do not load it. Ask for an export whose inputs are data, not paths.",
    references: &["CWE-22", "CWE-73", "AML.T0011", "AML.T0018"],
    examples: &[
        Example {
            name: "onnx-writes",
            files: || one("model.onnx", Onnx::new().import("demo", 1).node("demo", "WriteFile").build()),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "onnx-writes-twin",
            files: || one("model.onnx", Onnx::new().node("", "Identity").build()),
            fires: &[],
        },
        Example {
            name: "onnx-shadowed",
            files: || {
                let model = Onnx::new().import("demo", 1).node("demo", "WriteFile").function(
                    "demo",
                    "WriteFile",
                    "",
                    "Identity",
                );
                one("model.onnx", model.build())
            },
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "keras-operator-layer",
            files: || keras::older(&keras_operator(r#"{"name": "w", "op": "Save"}"#)),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "keras-operator-layer-packed",
            files: || keras::older(&keras_operator("\"\\n\\u0001w\\u0012\\u0009WriteFile\"")),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "keras-operator-layer-twin",
            files: || keras::older(&keras_operator(r#"{"name": "w", "op": "AddV2"}"#)),
            fires: &[],
        },
        Example {
            name: "executorch-from-file",
            files: || one("model.pte", Program::new().operator("aten::from_file").build()),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "executorch-from-file-twin",
            files: || one("model.pte", Program::new().operator("aten::full").build()),
            fires: &[],
        },
        Example {
            name: "tflite-flex-read-file",
            files: || one("model.tflite", TfLite::new().custom("FlexReadFile").build()),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tflite-flex-write-file",
            files: || one("model.tflite", TfLite::new().custom("FlexWriteFile").build()),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tflite-flex-twin",
            files: || one("model.tflite", TfLite::new().custom("FlexMatrixInverse").build()),
            fires: &[],
        },
        Example {
            name: "torchscript-save",
            files: || torchscript::with("torch.save(input, \"demo\")"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "torchscript-from-file",
            files: || torchscript::with("_10 = torch.from_file(\"demo\")"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "torchscript-image",
            files: || torchscript::with("_10 = ops.image.read_file(\"demo\")"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "torchscript-twin",
            files: || torchscript::with("_10 = torch.size(input)"),
            fires: &[],
        },
        Example {
            name: "tensorflow-read-file",
            files: || tensorflow::with_operator("ReadFile"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-write-file",
            files: || tensorflow::with_operator("WriteFile"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-matching-files",
            files: || tensorflow::with_operator("MatchingFiles"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-load-and-remap-matrix",
            files: || tensorflow::with_operator("LoadAndRemapMatrix"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-generate-vocab-remapping",
            files: || tensorflow::with_operator("GenerateVocabRemapping"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-save",
            files: || tensorflow::with_operator("Save"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-save-slices",
            files: || tensorflow::with_operator("SaveSlices"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-save-v2",
            files: || tensorflow::with_operator("SaveV2"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-restore",
            files: || tensorflow::with_operator("Restore"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-restore-slice",
            files: || tensorflow::with_operator("RestoreSlice"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-restore-v2",
            files: || tensorflow::with_operator("RestoreV2"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-merge-v2-checkpoints",
            files: || tensorflow::with_operator("MergeV2Checkpoints"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-dataset-to-tfrecord",
            files: || tensorflow::with_operator("DatasetToTFRecord"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-save-dataset",
            files: || tensorflow::with_operator("SaveDataset"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-file-system-set-configuration",
            files: || tensorflow::with_operator("FileSystemSetConfiguration"),
            fires: &["operator-reaches-files"],
        },
        Example { name: "tensorflow-saver-twin", files: || tensorflow::ordinary().files(), fires: &[] },
        Example {
            name: "tensorflow-saver-computes",
            files: || tensorflow::with_saver(Node::new("save/path", "DecodeBase64")),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-named-saver",
            files: || tensorflow::with_named_saver("y"),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "tensorflow-named-saver-twin",
            files: || tensorflow::with_named_saver("Call"),
            fires: &[],
        },
        Example {
            name: "tensorflow-saver-is-given-twin",
            files: || tensorflow::with_saver(Node::new("save/path", "Placeholder")),
            fires: &[],
        },
        Example {
            name: "paddle-load",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("load_combine", &[])])),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-load-one",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("load", &[])])),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-save",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("save_combine", &[])])),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-save-one",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("save", &[])])),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-read",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("read_file", &[])])),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-twin",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("assign", &[])])),
            fires: &[],
        },
        Example {
            name: "paddle-json-load",
            files: || one("inference.json", paddle::pir("1.load_combine", "axis", "1")),
            fires: &["operator-reaches-files"],
        },
        Example {
            name: "paddle-json-twin",
            files: || one("inference.json", paddle::pir("1.assign", "axis", "1")),
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || mxnet::with("_cvimread", "\"filename\": \"demo.png\""),
            fires: &["operator-reaches-files"],
        },
        Example { name: "mxnet-twin", files: || mxnet::with("_cvimdecode", ""), fires: &[] },
    ],
    check: Check::File(check),
};

/// A layer of Keras 2 that is an operator of TensorFlow.
fn keras_operator(node: &str) -> String {
    format!(
        r#"{{"class_name": "Functional", "config": {{"layers": [{{"class_name": "TensorFlowOpLayer", "config": {{"name": "w", "node_def": {node}, "constants": {{"0": "demo.txt"}}}}}}]}}}}"#
    )
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        if matches!(capability, Capability::ReadsFiles | Capability::WritesFiles) {
            findings.add(place, message);
        }
    }
}
