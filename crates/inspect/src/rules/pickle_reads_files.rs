//! A pickle that reads files when it is loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that reads files when it is loaded.
pub static RULE: Rule = Rule {
    id: "pickle-reads-files",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle reads files of the machine it is loaded on",
    why: "What is read becomes a part of the model, or of a request that leaves the machine. Readers with a path are not how data gets into a pickle.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-73", "AML.T0011", "GHSA-r48f-3986-4f9c"],
    examples: &[
        Example {
            name: "line",
            files: || {
                file(
                    Program::new(2)
                        .global("linecache", "getline")
                        .text("demo.txt")
                        .int(1)
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-reads-files"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("fileinput", "input").stop()),
            fires: &["pickle-reads-files"],
        },
        Example {
            name: "twin",
            files: || file(Program::new(2).call("pathlib", "PurePosixPath", INERT).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::ReadsFiles);
}
