//! An operator that runs a program which was compiled for a device and lies in the file.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::graph::{Onnx, Proto, number_attribute, text_attribute};
use crate::samples::one;
use crate::samples::paddle;
use crate::samples::tensorflow;
use crate::samples::torchscript;

/// An operator that runs a program which was compiled for a device and lies in the file.
pub static RULE: Rule = Rule {
    id: "operator-carries-program",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A part of the graph is a program that was compiled for a device",
    why: "What it does cannot be read: only the vendor's driver knows the format, and it runs it, often with more rights than \
          the program that loads the model.",
    advice: "Use it only when you trust who compiled it as you would trust a program of theirs, or compile it yourself from a \
             graph that can be read.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "onnx-context",
            files: || {
                let context = [number_attribute("embed_mode", 1), text_attribute("ep_cache_context", "demo")];
                let model = Onnx::new().import("com.microsoft", 1);
                one("model.onnx", model.node_with("com.microsoft", "EPContext", &context).build())
            },
            fires: &["operator-carries-program"],
        },
        Example {
            name: "onnx-context-twin",
            files: || {
                let model = Onnx::new().import("com.microsoft", 1);
                one("model.onnx", model.node("com.microsoft", "Attention").build())
            },
            fires: &[],
        },
        Example {
            name: "coreml-serialised",
            files: || {
                one("model.mlmodel", coreml::model(3000, &Proto::new().text(1, "demo").bytes(2, &[1; 100])))
            },
            fires: &["operator-carries-program"],
        },
        Example {
            name: "coreml-serialised-twin",
            files: || {
                one("model.mlmodel", coreml::model(2000, &Proto::new().number(1, 1).bytes(100, &[1; 100])))
            },
            fires: &[],
        },
        Example {
            name: "torchscript-engine",
            files: || torchscript::with("_10 = ops.tensorrt.execute_engine(input, input)"),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "torchscript-twin",
            files: || torchscript::with("_10 = ops.quantized.linear(input, input)"),
            fires: &[],
        },
        Example {
            name: "tensorflow-trtengine-op",
            files: || tensorflow::with_operator("TRTEngineOp"),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "tensorflow-mlir-passthrough-op",
            files: || tensorflow::with_operator("MlirPassthroughOp"),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "tensorflow-kernel",
            files: || tensorflow::with_program(&["custom_call_v1", "triton_kernel_call"]),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "tensorflow-kernel-twin",
            files: || tensorflow::with_program(&["custom_call_v1", "Sharding"]),
            fires: &[],
        },
        Example {
            name: "paddle-engine",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("tensorrt_engine", &[])])),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "paddle-json-engine",
            files: || one("inference.json", paddle::pir("1.tensorrt_engine", "axis", "1")),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "paddle-json-kernel",
            files: || one("inference.json", paddle::pir("cinn_runtime.jit_kernel", "axis", "1")),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "paddle-twin",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("conv2d", &[])])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        if capability == Capability::CarriesCode {
            findings.add(place, message);
        }
    }
}
