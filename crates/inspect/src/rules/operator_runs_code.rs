//! An operator that runs code from outside the graph.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::cntk;
use crate::samples::coreml;
use crate::samples::flat::ort;
use crate::samples::flat::tflite::TfLite;
use crate::samples::graph::{Onnx, Proto, text_attribute};
use crate::samples::mxnet;
use crate::samples::one;
use crate::samples::openvino;
use crate::samples::paddle;
use crate::samples::pmml;
use crate::samples::tensorflow::{self, Node};
use crate::samples::torchscript;

/// An operator that runs code from outside the graph.
pub static RULE: Rule = Rule {
    id: "operator-runs-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that runs code, starts a process or loads a library",
    why: "A graph computes with numbers. These operators call Python, a shell or a library by a name that the file gives: \
          what runs when the model is used is then not what was inspected. High where only functions are called that the \
          program which loads the model has offered by name.",
    advice: "Do not load it. Ask for an export that has only standard operators.",
    references: &["CWE-94", "CWE-829", "AML.T0011", "AML.T0018"],
    examples: &[
        Example {
            name: "onnx-python",
            files: || {
                let called =
                    [text_attribute("module", "weighbridge_demo"), text_attribute("class_name", "A")];
                one("model.onnx", Onnx::new().import("demo", 1).node_with("demo", "PyOp", &called).build())
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "onnx-python-twin",
            files: || one("model.onnx", Onnx::new().node("", "Relu").build()),
            fires: &[],
        },
        Example {
            name: "tflite-flex-py-func",
            files: || one("model.tflite", TfLite::new().custom("FlexPyFunc").build()),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tflite-flex-py-func-twin",
            files: || one("model.tflite", TfLite::new().custom("FlexMul").build()),
            fires: &[],
        },
        Example {
            name: "onnx-python-in-a-branch",
            files: || {
                let branch = Onnx::new().node("demo", "PyOp").into_graph();
                one("model.onnx", Onnx::new().import("demo", 1).node_around("If", &branch).build())
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "onnx-python-in-a-branch-twin",
            files: || {
                let branch = Onnx::new().node("", "Relu").into_graph();
                one("model.onnx", Onnx::new().node_around("If", &branch).build())
            },
            fires: &[],
        },
        Example {
            name: "onnx-python-in-a-function",
            files: || {
                let model = Onnx::new().import("local", 1).import("demo", 1).node("local", "Act");
                one("model.onnx", model.function("local", "Act", "demo", "PyOp").build())
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "onnx-python-in-a-function-twin",
            files: || {
                let model = Onnx::new().import("local", 1).node("local", "Act");
                one("model.onnx", model.function("local", "Act", "", "Relu").build())
            },
            fires: &[],
        },
        Example {
            name: "onnx-python-in-training",
            files: || {
                let training = Onnx::new().node("demo", "PyOp").into_graph();
                one("model.onnx", Onnx::new().import("demo", 1).node("", "Relu").training(&training).build())
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "onnx-registered-function",
            files: || {
                one(
                    "model.onnx",
                    Onnx::new().import("com.microsoft", 1).node("com.microsoft", "PythonOp").build(),
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "onnx-registered-function-twin",
            files: || {
                one(
                    "model.onnx",
                    Onnx::new().import("com.microsoft", 1).node("com.microsoft", "FusedMatMul").build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "onnx-under-another-name",
            files: || one("graph.pb", Onnx::new().import("demo", 1).node("demo", "PyOp").build()),
            fires: &["name-content-mismatch", "operator-runs-code"],
        },
        Example {
            name: "ort-python",
            files: || one("model.ort", ort::model("ai.onnx.contrib", "PyOp", &[2, 2], 16)),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "coreml-custom-layer",
            files: || one("model.mlmodel", coreml::network(&[coreml::custom_layer("WeighbridgeDemo")])),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "coreml-custom-layer-twin",
            files: || one("model.mlmodel", coreml::network(&[coreml::layer("dense", 140, &[1; 16])])),
            fires: &[],
        },
        Example {
            name: "coreml-custom-model",
            files: || one("model.mlmodel", coreml::model(555, &Proto::new().text(10, "WeighbridgeDemo"))),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "coreml-custom-model-twin",
            files: || one("model.mlmodel", coreml::model(900, &Proto::new())),
            fires: &[],
        },
        Example {
            name: "coreml-in-a-pipeline",
            files: || {
                one(
                    "model.mlmodel",
                    coreml::model(
                        202,
                        &Proto::new().bytes(1, &coreml::network(&[coreml::custom_layer("WeighbridgeDemo")])),
                    ),
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "coreml-in-a-pipeline-twin",
            files: || {
                one(
                    "model.mlmodel",
                    coreml::model(
                        202,
                        &Proto::new().bytes(1, &coreml::network(&[coreml::layer("dense", 140, &[1; 16])])),
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "coreml-in-a-branch",
            files: || {
                one(
                    "model.mlmodel",
                    coreml::network(&[coreml::branch(&coreml::custom_layer("WeighbridgeDemo"))]),
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "coreml-in-a-branch-twin",
            files: || {
                one(
                    "model.mlmodel",
                    coreml::network(&[coreml::branch(&coreml::layer("dense", 140, &[1; 16]))]),
                )
            },
            fires: &[],
        },
        Example {
            name: "torchscript-python",
            files: || torchscript::with("ops.prim.PythonOp(input)"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "openvino-custom",
            files: || openvino::layer("Custom", "opset1"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "openvino-python",
            files: || openvino::layer("PythonLayer", "extension"),
            fires: &["operator-runs-code"],
        },
        Example { name: "openvino-twin", files: || openvino::layer("Add", "opset1"), fires: &[] },
        Example {
            name: "pmml-class",
            files: || one("model.pmml", pmml::apply("com.example.Demo")),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "pmml-class-twin",
            files: || one("model.pmml", pmml::apply("demo.twice")),
            fires: &[],
        },
        Example {
            name: "tensorflow-py-func",
            files: || tensorflow::with_operator("PyFunc"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-py-func-stateless",
            files: || tensorflow::with_operator("PyFuncStateless"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-eager-py-func",
            files: || tensorflow::with_operator("EagerPyFunc"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-py-call",
            files: || tensorflow::with_operator("PyCall"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-shell-execute",
            files: || tensorflow::with_operator("ShellExecute"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-execute-op",
            files: || tensorflow::with_operator("ExecuteOp"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-system-config",
            files: || tensorflow::with_operator("SystemConfig"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-load-library",
            files: || tensorflow::with_operator("LoadLibrary"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-load-library-v2",
            files: || tensorflow::with_operator("LoadLibraryV2"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-tf-custom-call",
            files: || tensorflow::with_operator("TF_CustomCall"),
            fires: &["operator-runs-code"],
        },
        Example { name: "tensorflow-twin", files: || tensorflow::with_operator("MatMul"), fires: &[] },
        Example {
            name: "tensorflow-in-a-function",
            files: || tensorflow::ordinary().function("f", &[], &[Node::new("n", "PyFunc")]).files(),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-in-a-function-twin",
            files: || tensorflow::ordinary().function("f", &[], &[Node::new("n", "Add")]).files(),
            fires: &[],
        },
        Example {
            name: "tensorflow-defined",
            files: || tensorflow::with_defined("PyFunc"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-graph",
            files: || one("graph.pb", tensorflow::ordinary().node(Node::new("n", "PyFunc")).graph()),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-meta-graph",
            files: || one("a.meta", tensorflow::ordinary().node(Node::new("n", "PyFunc")).meta_graph()),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-other-name",
            files: || one("model", tensorflow::ordinary().node(Node::new("n", "PyFunc")).saved_model()),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-text",
            files: || {
                one(
                    "saved_model.pbtxt",
                    r#"meta_graphs: { graph_def { node { name: "n" op: "Py" "\x46unc" } } }"#,
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-text-twin",
            files: || {
                one("saved_model.pbtxt", r#"meta_graphs: { graph_def { node { name: "n" op: "Add" } } }"#)
            },
            fires: &[],
        },
        Example {
            name: "tensorflow-second-graph",
            files: || tensorflow::two_graphs("PyFunc"),
            fires: &["operator-runs-code"],
        },
        Example { name: "tensorflow-second-graph-twin", files: || tensorflow::two_graphs("Add"), fires: &[] },
        Example {
            name: "tensorflow-callback",
            files: || tensorflow::with_program(&["custom_call_v1", "main", "xla_python_cpu_callback"]),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-callback-twin",
            files: || tensorflow::with_program(&["add_v1", "main"]),
            fires: &[],
        },
        Example {
            name: "tensorflow-callback-as-text",
            files: || {
                tensorflow::with_attribute(
                    "XlaCallModule",
                    "module",
                    "module { stablehlo.custom_call @xla_python_cpu_callback() }",
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-callback-by-name",
            files: || tensorflow::with_attribute("XlaCustomCall", "target_name", "xla_python_cpu_callback"),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-graph-in-a-graph",
            files: || {
                tensorflow::with_text(
                    &tensorflow::Graph::new()
                        .node(Node::new("a", "Const"))
                        .node(Node::new("n", "PyFunc"))
                        .graph(),
                )
            },
            fires: &["operator-runs-code"],
        },
        Example {
            name: "tensorflow-graph-in-a-graph-twin",
            files: || {
                tensorflow::with_text(
                    &tensorflow::Graph::new()
                        .node(Node::new("a", "Const"))
                        .node(Node::new("n", "Add"))
                        .graph(),
                )
            },
            fires: &[],
        },
        Example {
            name: "paddle-python",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("py_func", &[])])),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "paddle-python-twin",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("relu", &[])])),
            fires: &[],
        },
        Example {
            name: "paddle-program",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("run_program", &[])])),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "paddle-json-python",
            files: || one("inference.json", paddle::pir("1.py_func", "axis", "1")),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "paddle-json-python-set",
            files: || one("inference.json", paddle::pir("py_func.demo", "axis", "1")),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "paddle-json-twin",
            files: || one("inference.json", paddle::pir("1.softmax", "axis", "1")),
            fires: &[],
        },
        Example {
            name: "cntk-python",
            files: || one("model.cntk", cntk::model(&[cntk::user("demo", "Demo", false)])),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "cntk-twin",
            files: || one("model.cntk", cntk::model(&[cntk::primitive(2)])),
            fires: &[],
        },
        Example {
            name: "mxnet-custom",
            files: || mxnet::with("Custom", "\"op_type\": \"demo\""),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "mxnet-native",
            files: || mxnet::with("_Native", "\"info\": \"0\""),
            fires: &["operator-runs-code"],
        },
        Example {
            name: "mxnet-array",
            files: || mxnet::with("_NDArray", "\"info\": \"0\""),
            fires: &["operator-runs-code"],
        },
        Example { name: "mxnet-inside", files: || mxnet::around("Custom"), fires: &["operator-runs-code"] },
        Example {
            name: "mxnet-twin",
            files: || mxnet::with("Activation", "\"act_type\": \"relu\""),
            fires: &[],
        },
        Example { name: "mxnet-inside-twin", files: || mxnet::around("Activation"), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        match capability {
            Capability::RunsCode
            | Capability::StartsProcess
            | Capability::Loads
            | Capability::Native
            | Capability::ProcessState => {
                findings.add(place, message);
            }
            Capability::ResolvesNames => findings.add(place, message).severity = Severity::High,
            _ => {}
        }
    }
}
