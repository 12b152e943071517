//! A pickle that starts a process when it is loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::hdf5::{self, Hdf5, attribute, contiguous, space};
use crate::samples::one;
use crate::samples::paddle;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that starts a process when it is loaded.
pub static RULE: Rule = Rule {
    id: "pickle-starts-process",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle starts a process",
    why: "Python's loader calls what a pickle tells it to. `os.system`, `subprocess` and everything that ends in them run commands with the rights of whoever loads the file, before any check of what was loaded. That the result is thrown away, that the name comes out of the memo or stands in another module, or that the file breaks afterwards changes nothing: the call was made.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only. If it was loaded already, treat the machine as one on which a stranger ran a program.",
    references: &[
        "CWE-502",
        "CWE-78",
        "AML.T0010",
        "AML.T0011",
        "AML.T0018",
        "CVE-2025-1716",
        "CVE-2025-1889",
        "GHSA-9gvj-pp9x-gcfr",
        "GHSA-mxhj-88fx-4pcv",
        "GHSA-5j3x-jp52-966f",
        "GHSA-m6fh-58r7-x697",
        "GHSA-r7v6-mfhq-g3m2",
    ],
    examples: &[
        Example {
            name: "global",
            files: || file(Program::new(2).call("posix", "system", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "text-protocol",
            files: || file(b"cos\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "escaped-name",
            files: || {
                file(
                    Program::new(4)
                        .raw(b"Vo\\u0073\n")
                        .raw(b"V\\u0073ystem\n")
                        .raw([0x93])
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "stack-global",
            files: || file(Program::new(4).stack_global("os", "system").text(INERT).tuple(1).reduce().stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "inst",
            files: || file(Program::new(0).mark().text(INERT).inst("os", "system").stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "obj",
            files: || file(Program::new(2).mark().global("os", "system").text(INERT).obj().stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "newobj",
            files: || {
                file(Program::new(2).global("subprocess", "Popen").text(INERT).tuple(1).newobj().stop())
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "newobj-ex",
            files: || {
                file(
                    Program::new(4)
                        .global("subprocess", "Popen")
                        .text(INERT)
                        .tuple(1)
                        .dict()
                        .newobj_ex()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "result-dropped",
            files: || {
                file(Program::new(2).mark().global("os", "system").text(INERT).obj().pop().none().stop())
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "through-the-memo",
            files: || {
                file(
                    Program::new(4)
                        .text("os")
                        .memoize()
                        .pop()
                        .text("system")
                        .memoize()
                        .pop()
                        .text("json")
                        .text("loads")
                        .pop()
                        .pop()
                        .get(0)
                        .get(1)
                        .raw([0x93])
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "memo-number-skipped",
            files: || {
                file(
                    Program::new(4)
                        .text("math")
                        .put(9)
                        .pop()
                        .text("os")
                        .memoize()
                        .pop()
                        .get(1)
                        .text("system")
                        .raw([0x93])
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "duplicated",
            files: || {
                file(
                    Program::new(2)
                        .global("os", "system")
                        .raw(b"2")
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .tuple(2)
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "dotted",
            files: || {
                file(
                    Program::new(4)
                        .stack_global("torch.serialization", "os.system")
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "private-alias",
            files: || file(Program::new(2).call("_posixsubprocess", "fork_exec", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "sub-module",
            files: || file(Program::new(2).call("multiprocessing.util", "spawnv_passfds", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "pip",
            files: || file(Program::new(2).call("pip", "main", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "pty",
            files: || file(Program::new(2).call("pty", "spawn", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "tensor-library",
            files: || file(Program::new(2).call("torch.utils.collect_env", "run", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "breaks-afterwards",
            files: || file(Program::new(2).call("os", "system", INERT).raw([0xff]).broken()),
            fires: &["pickle-broken", "pickle-starts-process"],
        },
        Example {
            name: "named-as-text",
            files: || {
                crate::samples::one("notes.txt", b"cos\nsystem\n(S'echo weighbridge-demo'\ntR.".to_vec())
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "second-program",
            files: || {
                file(
                    [Program::new(2).int(1).stop(), Program::new(2).call("os", "system", INERT).stop()]
                        .concat(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "as-state",
            files: || {
                file(
                    Program::new(2)
                        .global("collections", "OrderedDict")
                        .tuple(0)
                        .reduce()
                        .global("os", "system")
                        .text(INERT)
                        .tuple(1)
                        .reduce()
                        .build()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "text-twin",
            files: || {
                file(
                    Program::new(4)
                        .text("os")
                        .memoize()
                        .text("system")
                        .memoize()
                        .text(INERT)
                        .memoize()
                        .mark()
                        .tuple_to_mark()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "dotted-twin",
            files: || {
                file(
                    Program::new(4)
                        .stack_global("collections", "OrderedDict")
                        .tuple(0)
                        .reduce()
                        .text("os.system")
                        .text(INERT)
                        .setitem()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "in-hdf5-list",
            files: || {
                crate::samples::one(
                    "frame.h5",
                    Hdf5::new()
                        .list("block0_values", &Program::new(4).call("os", "system", INERT).stop())
                        .build(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "in-hdf5-list-twin",
            files: || {
                crate::samples::one(
                    "frame.h5",
                    Hdf5::new().list("block0_values", &Program::new(4).list().stop()).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "in-hdf5-opaque",
            files: || opaque(&Program::new(4).call("os", "system", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example { name: "in-hdf5-opaque-twin", files: || opaque(&Program::new(4).list().stop()), fires: &[] },
        Example {
            name: "in-hdf5-attribute",
            files: || {
                crate::samples::one(
                    "frame.h5",
                    Hdf5::new()
                        .message(
                            12,
                            attribute("object", &Program::new(0).raw(b"cos\nsystem\n(S'echo'\ntR").stop()),
                        )
                        .build(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "in-hdf5-attribute-twin",
            files: || {
                crate::samples::one(
                    "frame.h5",
                    Hdf5::new().message(12, attribute("object", b"cos system")).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "paddle-weights",
            files: || one("model.pdparams", Program::new(2).call("posix", "system", INERT).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "paddle-weights-twin",
            files: || one("model.pdparams", paddle::parameters()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::StartsProcess);
}

/// An HDF5 file with one opaque value.
fn opaque(value: &[u8]) -> Vec<crate::samples::File> {
    let file = Hdf5::new();
    let layout = contiguous(file.end(), value.len() as u64);
    let messages = [(1, space(&[])), (3, hdf5::opaque(value.len())), (8, layout)];
    crate::samples::one("frame.h5", file.raw(value).object("value", &messages).build())
}
