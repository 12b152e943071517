//! A pickle that writes files when it is loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that writes files when it is loaded.
pub static RULE: Rule = Rule {
    id: "pickle-writes-files",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle writes, moves or removes files",
    why: "A file written where the interpreter, a shell or a scheduler looks for one is a program that runs later. Critical when it is called, high when it is only imported.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &[
        "CWE-502",
        "CWE-73",
        "AML.T0011",
        "GHSA-m7j5-r2p5-c39r",
        "CVE-2026-56304",
        "GHSA-9726-w42j-3qjr",
    ],
    examples: &[
        Example {
            name: "operation",
            files: || {
                let program = Program::new(2).global("functools", "partial");
                let program = program.global("tensorflow.raw_ops", "WriteFile").tuple(1).reduce();
                file(program.tuple(0).reduce().stop())
            },
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "open",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "open")
                        .text("demo.txt")
                        .text("w")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "private",
            files: || file(Program::new(2).call("_io", "FileIO", "demo.txt").stop()),
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "log",
            files: || file(Program::new(2).call("logging", "FileHandler", "demo.txt").stop()),
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "method",
            files: || {
                file(
                    Program::new(4)
                        .stack_global("pathlib", "Path.write_text")
                        .text("demo.txt")
                        .text("")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "method-of-known-class",
            files: || {
                file(
                    Program::new(4)
                        .global("builtins", "getattr")
                        .global("pandas.core.frame", "DataFrame")
                        .text("to_csv")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("shutil", "rmtree").stop()),
            fires: &["pickle-writes-files"],
        },
        Example {
            name: "path-twin",
            files: || file(Program::new(2).call("pathlib", "PosixPath", "demo.txt").stop()),
            fires: &[],
        },
        Example {
            name: "word-twin",
            files: || file(Program::new(2).text("open").text(INERT).tuple(2).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::WritesFiles);
}
