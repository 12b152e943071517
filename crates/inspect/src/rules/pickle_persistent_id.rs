//! A pickle that asks its loader for objects.

use weighbridge_domain::facts::{CallKind, Term};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};
use crate::text;

/// A pickle that asks its loader for objects.
pub static RULE: Rule = Rule {
    id: "pickle-persistent-id",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The pickle asks its loader for objects in a way that no known library does",
    why: "A persistent id is handed to the program that loads the file, which gives back whatever it likes. `torch` uses it for the storages of tensors, and only for those; what another program would do with another id cannot be known from the file.",
    advice: "Find out which program reads these ids, and what it does with them.",
    references: &["CWE-502", "AML.T0011"],
    examples: &[
        Example {
            name: "text",
            files: || file(Program::new(0).raw(b"Pdemo\n").stop()),
            fires: &["pickle-persistent-id"],
        },
        Example {
            name: "tuple",
            files: || file(Program::new(2).text("storage").text("demo").tuple(2).persistent().stop()),
            fires: &["pickle-persistent-id"],
        },
        Example {
            name: "callable",
            files: || {
                file(
                    Program::new(2)
                        .mark()
                        .text("storage")
                        .global("collections", "OrderedDict")
                        .text("0")
                        .text("cpu")
                        .none()
                        .tuple_to_mark()
                        .persistent()
                        .stop(),
                )
            },
            fires: &["pickle-persistent-id"],
        },
        Example {
            name: "twin",
            files: || {
                file(
                    Program::new(2)
                        .mark()
                        .text("storage")
                        .global("torch", "FloatStorage")
                        .text("0")
                        .text("cpu")
                        .int(4)
                        .tuple_to_mark()
                        .persistent()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "package-twin",
            files: || {
                file(
                    Program::new(2)
                        .mark()
                        .text("storage")
                        .global("torch", "FloatStorage")
                        .int(0)
                        .text("cpu")
                        .int(4)
                        .tuple_to_mark()
                        .persistent()
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, call) in facts.calls().filter(|(_, call)| call.kind == CallKind::Persistent) {
        // The first releases of PyTorch asked for tensors by number.
        let by_number = |id: &Term| matches!(id, Term::Text { text, .. } if text.parse::<u64>().is_ok());
        let is_tensor = |id: &Term| is_storage(id) || (place.format() == "torch-tar" && by_number(id));
        if !call.arguments.first().is_some_and(is_tensor) {
            let finding = findings.add(place, format!("asks for `{}`", text::shown(&call.to_string(), 160)));
            reach::show(finding, Some(call));
        }
    }
}

/// `("storage", class, key, location, elements)`, with a view behind it in old files, or `("module", class, file, source)`.
fn is_storage(id: &Term) -> bool {
    let Term::Items { items, .. } = id else { return false };
    match items.as_slice() {
        [Term::Text { text, .. }, class, key, Term::Text { .. }, Term::Literal { text: count }, ..] => {
            let is_count = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
            // A text, or in a package a number.
            let key = match key {
                Term::Text { .. } => true,
                Term::Literal { text } => is_count(text),
                _ => false,
            };
            let storage = matches!(class, Term::Global(name) if name.module.starts_with("torch"));
            text == "storage" && storage && key && is_count(count)
        }
        [Term::Text { text, .. }, Term::Global(_), Term::Text { .. }, Term::Text { .. }] => text == "module",
        _ => false,
    }
}
