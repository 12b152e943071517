//! An operator that talks to other hosts.

use weighbridge_domain::{Confidence, Severity};

use super::operator::reaching;
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::graph::Onnx;
use crate::samples::one;
use crate::samples::paddle;
use crate::samples::tensorflow;
use crate::samples::torchscript;

/// An operator that talks to other hosts.
pub static RULE: Rule = Rule {
    id: "operator-opens-network",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A graph uses an operator that talks to other hosts",
    why: "What the model is asked leaves the machine, to an address that the file gives, and what comes back was not inspected.",
    advice: "Do not use it where its inputs matter. Ask for a model that computes by itself.",
    references: &["CWE-918", "AML.T0011", "AML.T0024"],
    examples: &[
        Example {
            name: "onnx-asks-a-server",
            files: || {
                let model = Onnx::new().import("com.microsoft.extensions", 1);
                one("model.onnx", model.node("com.microsoft.extensions", "AzureTextToText").build())
            },
            fires: &["operator-opens-network"],
        },
        Example {
            name: "onnx-asks-a-server-twin",
            files: || one("model.onnx", Onnx::new().node("", "StringConcat").build()),
            fires: &[],
        },
        Example {
            name: "torchscript-rpc",
            files: || torchscript::with("_10 = ops.prim.rpc_sync(\"demo\", input)"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "torchscript-twin",
            files: || torchscript::with("_10 = ops.prim.min(input, input)"),
            fires: &[],
        },
        Example {
            name: "tensorflow-remote-call",
            files: || tensorflow::with_operator("RemoteCall"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-rpc-client",
            files: || tensorflow::with_operator("RpcClient"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-rpc-server",
            files: || tensorflow::with_operator("RpcServer"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-rpc",
            files: || tensorflow::with_operator("Rpc"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-collective-reduce-v2",
            files: || tensorflow::with_operator("CollectiveReduceV2"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-data-service-dataset-v4",
            files: || tensorflow::with_operator("DataServiceDatasetV4"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-register-dataset-v2",
            files: || tensorflow::with_operator("RegisterDatasetV2"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-tpuexecute",
            files: || tensorflow::with_operator("TPUExecute"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-send-tpuembedding-gradients",
            files: || tensorflow::with_operator("SendTPUEmbeddingGradients"),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "tensorflow-twin",
            files: || tensorflow::with_operator("TPUReplicatedInput"),
            fires: &[],
        },
        Example {
            name: "paddle-send",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("send", &[])])),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "paddle-serves",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("listen_and_serv", &[])])),
            fires: &["operator-opens-network"],
        },
        Example {
            name: "paddle-twin",
            files: || one("inference.pdmodel", paddle::program(&[paddle::operator("shape", &[])])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, capability, message) in reaching(facts) {
        if capability == Capability::Network {
            findings.add(place, message);
        }
    }
}
