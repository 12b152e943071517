//! Addresses and paths among the constants of `TorchScript`.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::torchscript;
use crate::text;

/// Addresses and paths among the constants of `TorchScript`.
pub static RULE: Rule = Rule {
    id: "torchscript-constant-address",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The code in a PyTorch file has an address or a path as a constant",
    why: "Weights and arithmetic need no address. Often it stands in a message; an operator that reads or writes files would \
          take it from there.",
    advice: "Look at what the code does with it.",
    references: &["AML.T0010"],
    examples: &[
        Example {
            name: "address",
            files: || torchscript::with("_10 = torch.append(y, \"https://demo.example/x\")"),
            fires: &["torchscript-constant-address"],
        },
        Example {
            name: "path",
            files: || torchscript::with("_10 = torch.append(y, \"/etc/passwd\")"),
            fires: &["torchscript-constant-address"],
        },
        Example {
            name: "escaped-address",
            files: || torchscript::with("_10 = torch.append(y, \"\\150ttp\\x73://demo.example\")"),
            fires: &["torchscript-constant-address"],
        },
        Example {
            name: "twin",
            files: || torchscript::with("_10 = torch.append(y, \"n/a: a / b\")"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, _, value) in facts.metadata().filter(|(place, ..)| place.format() == "torchscript") {
        findings.add(place, format!("the code has the constant `{}`", text::shown(value, 120)));
    }
}
