//! An operator that is not a part of its format.

use weighbridge_domain::{Confidence, Severity};

use super::operator::{named, used};
use crate::facts::Facts;
use crate::known::operators::{Doing, classify};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::flat::executorch::Program;
use crate::samples::flat::ort;
use crate::samples::flat::tflite::TfLite;
use crate::samples::graph::Onnx;
use crate::samples::mxnet;
use crate::samples::one;
use crate::samples::openvino;
use crate::samples::orbax;
use crate::samples::paddle;
use crate::samples::pmml;
use crate::samples::tensorflow;
use crate::samples::torchscript;

/// An operator that is not a part of its format.
pub static RULE: Rule = Rule {
    id: "operator-unknown",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that its format does not have",
    why: "What it does is decided by native code that has to be loaded beside the model, which was not inspected. An operator \
          that a well-known library brings along is only worth knowing, and one that the file itself defines by standard \
          operators is not told.",
    advice: "Find out which library it needs, and load that only from its own publisher. Nothing in the model file can replace \
             it.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "onnx-set",
            files: || {
                one("model.onnx", Onnx::new().import("com.example", 1).node("com.example", "Fast").build())
            },
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-set-twin",
            files: || {
                let model = Onnx::new().import("com.example", 1).node("com.example", "Fast");
                one("model.onnx", model.function("com.example", "Fast", "", "Relu").build())
            },
            fires: &[],
        },
        Example {
            name: "onnx-name",
            files: || one("model.onnx", Onnx::new().node("", "Relu7").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-library",
            files: || {
                let model = Onnx::new().import("ai.onnx.contrib", 1);
                one("model.onnx", model.node("ai.onnx.contrib", "GPT2Tokenizer").build())
            },
            fires: &["operator-unknown"],
        },
        Example {
            name: "onnx-sets-twin",
            files: || {
                let model = Onnx::new().import("ai.onnx.ml", 3).node("ai.onnx.ml", "TreeEnsembleClassifier");
                let model = model.import("ai.onnx.training", 1).node("ai.onnx.training", "Adam");
                let model = model.import("com.microsoft", 1).node("com.microsoft", "SkipLayerNormalization");
                one("model.onnx", model.node("ai.onnx", "Softmax").build())
            },
            fires: &[],
        },
        Example {
            name: "tflite-custom",
            files: || one("model.tflite", TfLite::new().custom("DemoOp").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "tflite-custom-twin",
            files: || one("model.tflite", TfLite::new().code(9).build()),
            fires: &[],
        },
        Example {
            name: "tflite-number",
            files: || one("model.tflite", TfLite::new().code(999).build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "executorch-kernel",
            files: || one("model.pte", Program::new().operator("demo::run").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "executorch-kernel-twin",
            files: || one("model.pte", Program::new().operator("aten::mul").build()),
            fires: &[],
        },
        Example {
            name: "executorch-backend",
            files: || one("model.pte", Program::new().backend("DemoBackend").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "ort",
            files: || one("model.ort", ort::model("com.demo", "Run", &[2, 2], 16)),
            fires: &["operator-unknown"],
        },
        Example {
            name: "ort-twin",
            files: || one("model.ort", ort::model("", "Relu", &[2, 2], 16)),
            fires: &[],
        },
        Example {
            name: "coreml-operation",
            files: || coreml::program("custom_demo", "weights/weight.bin"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "coreml-operation-twin",
            files: || coreml::program("conv", "weights/weight.bin"),
            fires: &[],
        },
        Example {
            name: "coreml-compiled",
            files: || one("model.mil", coreml::compiled("custom_demo", "")),
            fires: &["operator-unknown"],
        },
        Example {
            name: "coreml-compiled-twin",
            files: || one("model.mil", coreml::compiled("conv", "")),
            fires: &[],
        },
        Example {
            name: "coreml-layer",
            files: || one("model.mlmodel", coreml::network(&[coreml::layer("dense", 9999, &[1; 16])])),
            fires: &["operator-unknown"],
        },
        Example {
            name: "torchscript-set",
            files: || torchscript::with("_10 = ops.demo.fast(input)"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "torchscript-sets-twin",
            files: || torchscript::with("_10 = ops.prepacked.linear_clamp_run(torch.relu(input), w)"),
            fires: &[],
        },
        Example {
            name: "torchscript-class",
            files: || torchscript::with("_10 = __torch__.torch.classes.demo.Engine(input)"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "torchscript-library",
            files: || torchscript::with("_10 = ops.torchvision.nms(input, input, 0.5)"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "torch-export-set",
            files: || one("model.pt2", torchscript::export("torch.ops.demo.fast.default").build()),
            fires: &["operator-unknown"],
        },
        Example {
            name: "torch-export-twin",
            files: || one("model.pt2", torchscript::export("torch.ops.aten.relu.default").build()),
            fires: &[],
        },
        Example {
            name: "openvino-set",
            files: || openvino::layer("Fast", "demo"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "openvino-name",
            files: || openvino::layer("Fast", "opset1"),
            fires: &["operator-unknown"],
        },
        Example { name: "openvino-twin", files: || openvino::layer("Relu", "opset1"), fires: &[] },
        Example {
            name: "openvino-library",
            files: || openvino::layer("RegexSplit", "extension"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "pmml-function",
            files: || one("model.pmml", pmml::apply("fast")),
            fires: &["operator-unknown"],
        },
        Example { name: "pmml-function-twin", files: || one("model.pmml", pmml::apply("exp")), fires: &[] },
        Example {
            name: "tensorflow",
            files: || tensorflow::with_operator("DemoOp"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "tensorflow-twin",
            files: || tensorflow::with_operator("GeneratorDataset"),
            fires: &[],
        },
        Example {
            name: "tensorflow-library",
            files: || tensorflow::with_operator("SentencepieceTokenizeOp"),
            fires: &["operator-unknown"],
        },
        Example { name: "tensorflow-defined-twin", files: || tensorflow::with_defined("DemoOp"), fires: &[] },
        Example {
            name: "tensorflow-custom-call",
            files: || tensorflow::with_program(&["custom_call_v1", "demo"]),
            fires: &["operator-unknown"],
        },
        Example {
            name: "tensorflow-custom-call-twin",
            files: || tensorflow::with_program(&["custom_call_v1", "SPMDFullToShardShape"]),
            fires: &[],
        },
        Example {
            name: "tensorflow-custom-call-as-text",
            files: || {
                tensorflow::with_attribute(
                    "XlaCallModule",
                    "module",
                    "module { stablehlo.custom_call @demo() }",
                )
            },
            fires: &["operator-unknown"],
        },
        Example {
            name: "paddle",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("demo_op", &[])])),
            fires: &["operator-unknown"],
        },
        Example {
            name: "paddle-twin",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("relu", &[])])),
            fires: &[],
        },
        Example {
            name: "paddle-json",
            files: || one("inference.json", paddle::pir("3.relu", "axis", "1")),
            fires: &["operator-unknown"],
        },
        Example {
            name: "paddle-json-twin",
            files: || one("inference.json", paddle::pir("1.relu", "axis", "1")),
            fires: &[],
        },
        Example {
            name: "paddle-json-type",
            files: || one("inference.json", paddle::pir("1.t_demo", "axis", "1")),
            fires: &["operator-unknown"],
        },
        Example {
            name: "zarr-compressor",
            files: || orbax::array("\"id\":\"zstd\"", "\"id\":\"demo\""),
            fires: &["operator-unknown"],
        },
        Example {
            name: "zarr-compressor-twin",
            files: || orbax::array("\"id\":\"zstd\"", "\"id\":\"blosc\""),
            fires: &[],
        },
        Example {
            name: "zarr-filter",
            files: || orbax::array("\"filters\":null", "\"filters\":[{\"id\":\"demo\"}]"),
            fires: &["operator-unknown"],
        },
        Example {
            name: "zarr-3-codec",
            files: || orbax::array3(r#"{"name": "demo"}"#),
            fires: &["operator-unknown"],
        },
        Example { name: "zarr-3-codec-twin", files: || orbax::array3(r#"{"name": "gzip"}"#), fires: &[] },
        Example { name: "mxnet", files: || mxnet::with("DemoOp", ""), fires: &["operator-unknown"] },
        Example { name: "mxnet-twin", files: || mxnet::with("Convolution", ""), fires: &[] },
        Example {
            name: "tensorrt-plugin",
            files: || engine::compiled("Demo_TRT", b""),
            fires: &["embedded-program", "operator-unknown"],
        },
        Example {
            name: "tensorrt-plugin-twin",
            files: || engine::compiled("NMS_TRT", b""),
            fires: &["embedded-program"],
        },
        Example {
            name: "tensorrt-interface",
            files: || engine::compiled("IPluginV2", b""),
            fires: &["embedded-program", "operator-unknown"],
        },
        Example {
            name: "ncnn",
            files: || one("model.param", engine::ncnn("DemoLayer", 2)),
            fires: &["operator-unknown"],
        },
        Example { name: "ncnn-twin", files: || one("model.param", engine::ncnn("Swish", 2)), fires: &[] },
        Example {
            name: "ncnn-numbers",
            files: || one("model.param.bin", engine::ncnn_numbers(256, 2)),
            fires: &["operator-unknown"],
        },
        Example {
            name: "ncnn-numbers-twin",
            files: || one("model.param.bin", engine::ncnn_numbers(26, 2)),
            fires: &[],
        },
        Example {
            name: "mnn-plugin",
            files: || engine::mnn_file(256, "demo", ""),
            fires: &["operator-unknown"],
        },
        Example {
            name: "mnn-engine",
            files: || engine::mnn_file(512, "demo", ""),
            fires: &["operator-unknown"],
        },
        Example { name: "mnn-twin", files: || engine::mnn_file(70, "demo", ""), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, operator) in facts.operators() {
        let known = classify(operator);
        let (operator, used) = (named(operator), used(operator));
        match known.doing {
            Doing::Unknown => {
                findings
                    .add(place, format!("{operator} needs the code of a library that is not named{used}"));
            }
            Doing::Library => {
                let library = known.note.unwrap_or("a well-known library");
                findings.add(place, format!("{operator} needs {library}{used}")).severity = Severity::Info;
            }
            Doing::Computes | Doing::Reaches(_) => {}
        }
    }
}
