//! Models that name a library of native code.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::cntk;
use crate::samples::mxnet;
use crate::samples::one;
use crate::samples::openvino;

/// Models that name a library of native code.
pub static RULE: Rule = Rule {
    id: "reference-native-library",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model names a library of native code, or an address, that its operators need",
    why: "Whoever follows the name loads the library into the process, and it can do everything that the process can.",
    advice: "Do not load the model with that library. If an operator needs it, build it from source you have read.",
    references: &["CWE-114", "CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "openvino",
            files: || {
                openvino::files(
                    "<layer id=\"5\" name=\"c\" type=\"Add\" version=\"opset1\"><data library=\"demo.so\"/></layer>",
                )
            },
            fires: &["reference-missing", "reference-native-library"],
        },
        Example {
            name: "openvino-twin",
            files: || {
                openvino::files(
                    "<layer id=\"5\" name=\"c\" type=\"Add\" version=\"opset1\"><data library=\"demo\"/></layer>",
                )
            },
            fires: &[],
        },
        Example {
            name: "cntk",
            files: || one("model.cntk", cntk::model(&[cntk::user("demo.so", "create", true)])),
            fires: &["operator-runs-code", "reference-missing", "reference-native-library"],
        },
        Example {
            name: "cntk-twin",
            files: || one("model.cntk", cntk::model(&[cntk::primitive(2)])),
            fires: &[],
        },
        Example {
            name: "mxnet-library",
            files: || mxnet::with("Activation", "\"library\": \"demo.so\""),
            fires: &["reference-missing", "reference-native-library"],
        },
        Example {
            name: "mxnet-lib-path",
            files: || mxnet::with("Activation", "\"lib_path\": \"/tmp/demo.so\""),
            fires: &["reference-escape", "reference-native-library"],
        },
        Example {
            name: "mxnet-twin",
            files: || mxnet::with("Activation", "\"act_type\": \"demo.so\""),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, reference) in facts.references().filter(|(_, reference)| reference.role == "library") {
        findings.add(place, format!("the model names the library `{}`", reference.target));
    }
}
