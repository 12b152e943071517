//! A pickle that looks up names it makes up while it loads.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that looks up names it makes up while it loads.
pub static RULE: Rule = Rule {
    id: "pickle-computed-import",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The pickle looks up a name that cannot be known without running it",
    why: "`STACK_GLOBAL` takes module and name from the stack. When they come out of a call, or are no text at all, the only purpose is that nobody can read what is imported.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-470", "AML.T0011", "AML.T0015"],
    examples: &[
        Example {
            name: "computed",
            files: || {
                file(
                    Program::new(4)
                        .text("o")
                        .global("operator", "add")
                        .text("o")
                        .text("s")
                        .tuple(2)
                        .reduce()
                        .text("system")
                        .raw([0x93])
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .tuple(2)
                        .stop(),
                )
            },
            fires: &["pickle-computed-import", "pickle-unknown-import"],
        },
        Example {
            name: "no-text",
            files: || file(Program::new(4).int(1).text("system").raw([0x93]).stop()),
            fires: &["pickle-broken", "pickle-computed-import"],
        },
        Example {
            name: "never-stored",
            files: || file(Program::new(4).get(7).text("system").raw([0x93]).stop()),
            fires: &["pickle-broken", "pickle-computed-import"],
        },
        Example {
            name: "twin",
            files: || {
                file(
                    Program::new(4)
                        .text("collections")
                        .memoize()
                        .text("OrderedDict")
                        .memoize()
                        .pop()
                        .pop()
                        .get(0)
                        .get(1)
                        .raw([0x93])
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, import) in
        facts.imports().filter(|(_, import)| import.name.is_none() && import.extension.is_none())
    {
        findings.add(place, format!("`{}` looks up a name that is not written in the file", import.opcode));
    }
}
