//! An operator that runs code from outside the graph.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::graph::{Onnx, text_attribute};
use crate::samples::one;

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
