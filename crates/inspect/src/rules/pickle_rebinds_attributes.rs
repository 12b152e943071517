//! A pickle that changes the attributes of something it imported.

use weighbridge_domain::facts::{Call, CallKind, Name, Term};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::{Capability, classify};
use crate::samples::pickle::{Program, file};
use crate::text;

/// A pickle that changes the attributes of something it imported.
pub static RULE: Rule = Rule {
    id: "pickle-rebinds-attributes",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle changes attributes of an imported class, function or module",
    why: "`BUILD` sets attributes of what it is given. Given an imported object instead of one that the file made, it puts other functions under the names that the rest of the program will call, without calling anything itself.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-915", "AML.T0011", "AML.T0018", "GHSA-mhc9-48gj-9gp3"],
    examples: &[
        Example {
            name: "class",
            files: || {
                file(
                    Program::new(4)
                        .stack_global("collections", "OrderedDict")
                        .dict()
                        .text("keys")
                        .global("collections", "Counter")
                        .setitem()
                        .build()
                        .stop(),
                )
            },
            fires: &["pickle-rebinds-attributes"],
        },
        Example {
            name: "slots",
            files: || {
                file(
                    Program::new(2)
                        .global("collections", "OrderedDict")
                        .none()
                        .dict()
                        .text("demo")
                        .int(1)
                        .setitem()
                        .tuple(2)
                        .build()
                        .stop(),
                )
            },
            fires: &["pickle-rebinds-attributes"],
        },
        Example {
            name: "looked-up",
            files: || file(Program::new(2).call("importlib", "import_module", "json").dict().build().stop()),
            fires: &["pickle-rebinds-attributes", "pickle-resolves-names"],
        },
        Example {
            name: "logger",
            files: || {
                let program = Program::new(2).call("logging", "getLogger", "root").dict();
                file(program.text("handlers").list().setitem().build().stop())
            },
            fires: &["pickle-rebinds-attributes"],
        },
        Example {
            name: "logger-twin",
            files: || file(Program::new(2).call("logging", "getLogger", "root").stop()),
            fires: &[],
        },
        Example {
            name: "taken-from-list",
            files: || {
                let program = Program::new(2).global("operator", "getitem").list();
                let program = program.global("collections", "OrderedDict").append().int(0);
                file(program.tuple(2).reduce().dict().text("keys").int(1).setitem().build().stop())
            },
            fires: &["pickle-rebinds-attributes"],
        },
        Example {
            name: "taken-from-scalar",
            files: || {
                let program = Program::new(2).global("numpy.core.multiarray", "scalar");
                let program = program.call("numpy", "dtype", "O8").global("collections", "OrderedDict");
                file(program.tuple(2).reduce().dict().text("keys").int(1).setitem().build().stop())
            },
            fires: &["pickle-rebinds-attributes"],
        },
        Example {
            name: "taken-from-list-twin",
            files: || {
                let program = Program::new(2).global("operator", "getitem").list();
                let program = program.global("collections", "OrderedDict").append().int(0);
                file(program.tuple(2).reduce().stop())
            },
            fires: &[],
        },
        Example {
            name: "twin",
            files: || {
                file(
                    Program::new(4)
                        .stack_global("collections", "OrderedDict")
                        .tuple(0)
                        .reduce()
                        .dict()
                        .text("keys")
                        .int(1)
                        .setitem()
                        .build()
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, call) in facts.calls().filter(|(_, call)| call.kind == CallKind::SetState) {
        let target = match call.callee.as_ref() {
            Term::Global(name) => name.to_string(),
            Term::Call(looked_up) if hands_out(looked_up) => looked_up.to_string(),
            _ => continue,
        };
        let finding = findings.add(place, format!("sets attributes of `{}`", text::shown(&target, 160)));
        reach::show(finding, Some(call));
    }
}

/// The call gives out an object that was there before, or may.
pub(super) fn hands_out(call: &Call) -> bool {
    match call.callee.as_ref() {
        Term::Global(name) => match classify(&name.module, &name.name).capability {
            Capability::ResolvesNames => true,
            // Of what is in a container or behind an iterator, nothing is known.
            Capability::Wraps => matches!(name.name.as_str(), "getitem" | "next"),
            Capability::Rebuild => shares(name) || reach::passes_on(name),
            _ => false,
        },
        // What comes out of a partial function or a method may be anything, and serialisers call no other results.
        Term::Call(_) => true,
        _ => false,
    }
}

/// Functions that give out the same object again to whoever names it.
fn shares(name: &Name) -> bool {
    matches!(
        (name.module.as_str(), name.name.as_str()),
        ("logging", "getLogger")
            | ("torch.serialization", "_get_layout")
            | ("pytz", "_UTC" | "_p")
            | ("re", "_compile" | "compile")
            | ("sre", "_compile")
    )
}
