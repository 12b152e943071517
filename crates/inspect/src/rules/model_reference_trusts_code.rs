//! Models whose own code is allowed to run.

use weighbridge_domain::{Confidence, Severity};

use super::model_reference_floating::is_fixed;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{REVISION, pod, script};
use crate::text;

/// Models whose own code is allowed to run.
pub static RULE: Rule = Rule {
    id: "model-reference-trusts-code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model is asked for together with leave to run the code that comes with it",
    why: "Whoever publishes the model, or takes over its name, runs code where it is loaded. Medium in manifests and Compose \
          files; low in scripts, and where the revision is fixed, so that the code can be read once.",
    advice: "Take a model that needs no code of its own, or read that code and fix the revision.",
    references: &["CWE-829", "CWE-94", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "manifest",
            files: || pod("    args: [--model, example/model, --trust-remote-code]"),
            fires: &["model-reference-floating", "model-reference-trusts-code"],
        },
        Example {
            name: "manifest-folder",
            files: || pod("    args: [--model, /models/demo, --trust-remote-code]"),
            fires: ID,
        },
        Example { name: "manifest-twin", files: || pod("    args: [--model, /models/demo]"), fires: &[] },
        Example {
            name: "fixed",
            files: || script(&format!("vllm serve example/model --trust-remote-code --revision {REVISION}")),
            fires: ID,
        },
        Example { name: "script", files: || script("python train.py --trust_remote_code True"), fires: ID },
        Example {
            name: "script-twin",
            files: || script("python train.py --trust_remote_code False"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["model-reference-trusts-code"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, reference) in facts.model_references().filter(|(_, reference)| reference.trusts_remote_code) {
        let name = text::shown(&reference.name, 120);
        let message = match name.as_str() {
            "" => format!(
                "`{}` may run the code of whichever model it loads",
                text::shown(&reference.asked_by, 80)
            ),
            name => format!("the code of the model `{name}` may run"),
        };
        let finding = findings.add(place, message);
        if is_fixed(reference) || matches!(place.format(), "dockerfile" | "makefile" | "shell" | "workflow") {
            finding.severity = Severity::Low;
        }
    }
}
