//! A pickle that changes the running process.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that changes the running process.
pub static RULE: Rule = Rule {
    id: "pickle-touches-process",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle changes the interpreter or process that loads it",
    why: "Hooks, signal handlers, the environment and the settings of the interpreter outlive the loading of the file. Critical when it reaches for a scanner of files like this one, which nothing but an attempt to switch it off explains.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "AML.T0011", "AML.T0015", "GHSA-mhc9-48gj-9gp3"],
    examples: &[
        Example {
            name: "environment",
            files: || file(Program::new(2).global("os", "environ").stop()),
            fires: &["pickle-touches-process"],
        },
        Example {
            name: "attribute",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "setattr")
                        .global("collections", "OrderedDict")
                        .text("demo")
                        .int(1)
                        .tuple(3)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-touches-process"],
        },
        Example {
            name: "scanner",
            files: || file(Program::new(2).global("picklescan.scanner", "scan_file_path").stop()),
            fires: &["pickle-touches-process"],
        },
        Example {
            name: "twin",
            files: || file(Program::new(2).text("picklescan").text(INERT).tuple(2).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::ProcessState);
}
