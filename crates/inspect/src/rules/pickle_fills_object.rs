//! A pickle that puts items into something it imported.

use weighbridge_domain::facts::{CallKind, Term};
use weighbridge_domain::{Confidence, Severity};

use super::pickle_rebinds_attributes::hands_out;
use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::classify;
use crate::samples::pickle::{Program, file};
use crate::text;

/// A pickle that puts items into something it imported.
pub static RULE: Rule = Rule {
    id: "pickle-fills-object",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle puts items into an imported object",
    why: "`SETITEM` and `APPEND` call methods of what they are given. Given an imported object, such as `sys.modules` or the registry of a library, they plant something in the running program that others will find there. Critical when the object is dangerous by itself.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-915", "AML.T0011", "AML.T0018"],
    examples: &[
        Example {
            name: "modules",
            files: || file(Program::new(2).global("sys", "modules").text("json").int(1).setitem().stop()),
            fires: &["pickle-fills-object", "pickle-resolves-names"],
        },
        Example {
            name: "registry",
            files: || {
                file(
                    Program::new(2)
                        .global("weighbridge_demo", "REGISTRY")
                        .text("json")
                        .int(1)
                        .setitem()
                        .stop(),
                )
            },
            fires: &["pickle-fills-object", "pickle-unknown-import"],
        },
        Example {
            name: "list",
            files: || file(Program::new(2).global("weighbridge_demo", "HOOKS").int(1).append().stop()),
            fires: &["pickle-fills-object", "pickle-unknown-import"],
        },
        Example {
            name: "attribute",
            files: || {
                let program = Program::new(2).global("builtins", "getattr").global("optparse", "Values");
                file(program.text("registry").tuple(2).reduce().text("json").int(1).setitem().stop())
            },
            fires: &["pickle-fills-object"],
        },
        Example {
            name: "twin",
            files: || {
                file(
                    Program::new(2)
                        .global("collections", "OrderedDict")
                        .tuple(0)
                        .reduce()
                        .text("json")
                        .int(1)
                        .setitem()
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, call) in facts.calls().filter(|(_, call)| call.kind == CallKind::Fill) {
        let (target, dangerous) = match call.callee.as_ref() {
            Term::Global(name) => {
                (name.to_string(), classify(&name.module, &name.name).capability.is_dangerous())
            }
            Term::Call(looked_up) if hands_out(looked_up) => (looked_up.to_string(), false),
            _ => continue,
        };
        let finding = findings.add(place, format!("puts items into `{}`", text::shown(&target, 160)));
        if !dangerous {
            finding.severity = Severity::High;
        }
        reach::show(finding, Some(call));
    }
}
