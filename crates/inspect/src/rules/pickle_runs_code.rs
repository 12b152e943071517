//! A pickle that runs code when it is loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that runs code when it is loaded.
pub static RULE: Rule = Rule {
    id: "pickle-runs-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle runs code that it carries or names",
    why: "Python's loader calls what a pickle tells it to. `eval`, `exec` and their many relatives in the standard library and in other packages run the text they are given, with the rights of whoever loads the file. A file that only imports one has no ordinary reason to.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only. If it was loaded already, treat the machine as one on which a stranger ran a program.",
    references: &[
        "CWE-502",
        "CWE-94",
        "AML.T0010",
        "AML.T0011",
        "AML.T0018",
        "GHSA-7wx9-6375-f5wh",
        "GHSA-v7x6-rv5q-mhwc",
        "GHSA-6ggj-6f2q-f7mx",
        "GHSA-9xph-j2h6-g47v",
        "CVE-2025-10157",
    ],
    examples: &[
        Example {
            name: "eval",
            files: || file(Program::new(2).call("builtins", "eval", INERT).stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "python-2-name",
            files: || file(Program::bare().global("__builtin__", "eval").raw(b"(S'1'\ntR.").broken()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(4).stack_global("builtins", "exec").stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "in-a-list",
            files: || file(Program::new(2).list().global("builtins", "exec").append().stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "timeit",
            files: || file(Program::new(2).call("timeit", "timeit", INERT).stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "profile",
            files: || file(Program::new(2).call("profile", "run", INERT).stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "run-path",
            files: || file(Program::new(2).call("runpy", "run_path", INERT).stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "sub-module",
            files: || {
                file(Program::new(4).call("lib2to3.pgen2.pgen", "ParserGenerator.make_label", INERT).stop())
            },
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "interpreter",
            files: || file(Program::new(2).call("_interpreters", "run_string", INERT).stop()),
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "partial",
            files: || {
                file(
                    Program::new(2)
                        .global("functools", "partial")
                        .global("builtins", "eval")
                        .text(INERT)
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "map",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "map")
                        .global("builtins", "eval")
                        .list()
                        .text(INERT)
                        .append()
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "reduce",
            files: || {
                file(
                    Program::new(2)
                        .global("functools", "reduce")
                        .global("builtins", "eval")
                        .list()
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "rebuilt-from-type",
            files: || {
                file(
                    Program::new(2)
                        .global("torch._tensor", "_rebuild_from_type_v2")
                        .global("builtins", "exec")
                        .global("torch", "Tensor")
                        .text(INERT)
                        .tuple(3)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-runs-code"],
        },
        Example {
            name: "partial-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("functools", "partial")
                        .global("numpy", "mean")
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "rebuilt-from-type-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("torch._tensor", "_rebuild_from_type_v2")
                        .global("torch._utils", "_rebuild_tensor_v2")
                        .global("torch", "Tensor")
                        .text(INERT)
                        .tuple(3)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "word-twin",
            files: || file(Program::new(4).text("builtins").memoize().text("eval").memoize().tuple(2).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::RunsCode);
}
