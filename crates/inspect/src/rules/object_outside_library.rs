//! Objects that a loader builds because the file names them.

use weighbridge_domain::facts::Object;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::known::{self, Capability};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, skops};

/// Objects that a loader builds because the file names them.
pub static RULE: Rule = Rule {
    id: "object-outside-library",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The file has a Python object built that is no part of such models",
    why: "The loader imports the module that the file names, takes the class or function from it, and calls it. A name that can \
          run code, start processes or reach files is code execution; a name that nobody knows is medium, since a person has to \
          look. Classes of well-known libraries that hold data are not reported.",
    advice: "Do not load the file. Ask its publisher what the name is for, and trust it only by name where the loader asks.",
    references: &["CWE-470", "CWE-502", "CVE-2025-54412", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "skops",
            files: || one("model.skops", skops::build(&skops::node("os", "system", "FunctionNode"))),
            fires: &["object-outside-library"],
        },
        Example {
            name: "skops-unknown",
            files: || {
                one("model.skops", skops::build(&skops::node("demo.models", "DemoModel", "ObjectNode")))
            },
            fires: &["object-outside-library"],
        },
        Example {
            name: "skops-twin",
            files: || {
                let node = skops::node("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode");
                one("model.skops", skops::build(&node))
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, object) in facts.objects() {
        let capability = known::classify(&object.name.module, &object.name.name).capability;
        if is_harmless(capability) || is_method(object) && !capability.is_dangerous() {
            continue;
        }
        let at = if object.path.is_empty() { "the root" } else { &object.path };
        let message = format!("`{at}` has `{}` built, which {}", object.name, capability.words());
        let finding = findings.add(place, message);
        if !capability.is_dangerous() {
            finding.severity = Severity::Medium;
        }
    }
}

const fn is_harmless(capability: Capability) -> bool {
    matches!(capability, Capability::Data | Capability::Value | Capability::Rebuild | Capability::Wraps)
}

/// The public method of a class that holds data.
fn is_method(object: &Object) -> bool {
    object.name.name.split_once('.').is_some_and(|(class, method)| {
        let plain = !method.contains('.') && !method.starts_with('_');
        plain && is_harmless(known::classify(&object.name.module, class).capability)
    })
}
