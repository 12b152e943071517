//! A node of a skops archive names one object, and its loader builds another.

use serde_json::json;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, skops};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skops-loader-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A node of a skops archive is shown as one object and loaded as another",
    why: "skops asks its user to trust the names that the nodes state. Versions before 0.12 built something else from an `OperatorFuncNode` outside `operator` or from a `MethodNode` whose object is of another class: what was trusted is not what runs. No version writes such nodes.",
    advice: "Do not load the file. Should it come from people you know, ask them for one that skops wrote, and load it with skops 0.12 or newer.",
    references: &["CVE-2025-54412", "CVE-2025-54413", "CWE-351", "CWE-502", "AML.T0011"],
    examples: &[
        Example {
            name: "operator",
            files: || {
                let mut node = skops::node("sklearn.linear_model._sgd_fast", "call", "OperatorFuncNode");
                if let Some(node) = node.as_object_mut() {
                    node.insert("attrs".to_owned(), json!([]));
                }
                one("model.skops", skops::build(&node))
            },
            fires: &["object-outside-library", "skops-loader-mismatch"],
        },
        Example {
            name: "operator-twin",
            files: || one("model.skops", skops::build(&skops::node("operator", "add", "OperatorFuncNode"))),
            fires: &[],
        },
        Example {
            name: "method",
            files: || {
                let module = "sklearn.preprocessing._data";
                one(
                    "model.skops",
                    skops::build(&skops::method(module, "MinMaxScaler", "StandardScaler", "transform")),
                )
            },
            fires: &["skops-loader-mismatch"],
        },
        Example {
            name: "method-twin",
            files: || {
                let module = "sklearn.preprocessing._data";
                one(
                    "model.skops",
                    skops::build(&skops::method(module, "StandardScaler", "StandardScaler", "transform")),
                )
            },
            fires: &[],
        },
        Example {
            name: "other-class",
            files: || one("model.skops", skops::build(&skops::node("sklearn.base", "clone", "PartialNode"))),
            fires: &["header-bad-value", "object-outside-library"],
        },
        Example {
            name: "other-class-twin",
            files: || one("model.skops", skops::build(&skops::node("functools", "partial", "PartialNode"))),
            fires: &[],
        },
        Example {
            name: "member-missing",
            files: || one("model.skops", skops::build(&skops::array("2.npy"))),
            fires: &["header-bad-value"],
        },
        Example {
            name: "member-missing-twin",
            files: || one("model.skops", skops::build(&skops::array("1.npy"))),
            fires: &[],
        },
        Example {
            name: "member-elsewhere",
            files: || one("model.skops", skops::build(&skops::array("../2.npy"))),
            fires: &["reference-escape"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Disagreement).filter(|(place, _)| place.format() == "skops")
    {
        findings.add(place, &problem.detail);
    }
}
