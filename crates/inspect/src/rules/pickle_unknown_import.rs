//! A pickle that needs names nobody vouches for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::{Facts, Place};
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file, instance};

/// Names listed in one message.
const NAMED: usize = 8;

/// A pickle that needs names nobody vouches for.
pub static RULE: Rule = Rule {
    id: "pickle-unknown-import",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The pickle needs classes or functions that are not known",
    why: "What is not in the list of names that ordinary model files contain may be the publisher's own harmless class, or something nobody has looked at yet. Medium, one finding for each package; high for parts of Python that serialisers do not use and for functions that are given paths, addresses or code; low for packages that are known, though not class by class, as long as no text could tell their classes what to open.",
    advice: "Look at each name: where does the package come from, and what do its constructor and `__setstate__` do? Ask for a file that holds data only.",
    references: &["CWE-502", "CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "own-class",
            files: || file(instance(Program::new(4), "weighbridge_demo.net", "Net", Program::dict).stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "script",
            files: || file(Program::new(4).stack_global("__main__", "Settings").stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "private",
            files: || file(Program::new(4).stack_global("_demo", "thing").stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "function-with-address",
            files: || file(Program::new(2).call("weighbridge_demo", "get", "http://demo.invalid/").stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "known-class-with-operand",
            files: || file(Program::new(2).call("torch.nn.modules.linear", "Linear", INERT).stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "known-class-through-map",
            files: || {
                let program = Program::new(2).global("builtins", "map");
                let program = program.global("torch.nn.modules.linear", "Linear").list().text(INERT).append();
                file(program.tuple(2).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "known-class-through-helper",
            files: || {
                let program = Program::new(2).global("copyreg", "__newobj__");
                let program = program.global("torch.nn.modules.linear", "Linear").text(INERT);
                file(program.tuple(2).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "helper-twin",
            files: || {
                let program = Program::new(2).global("copyreg", "__newobj__");
                file(program.global("torch.nn.modules.linear", "Linear").tuple(1).reduce().stop())
            },
            fires: &[],
        },
        Example {
            name: "known-class-through-starmap",
            files: || {
                let program = Program::new(2).global("itertools", "starmap");
                let program = program.global("torch.nn.modules.linear", "Linear").list().text(INERT);
                file(program.tuple(1).append().tuple(2).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "starmap-twin",
            files: || {
                let program = Program::new(2).global("itertools", "starmap");
                let program = program.global("collections", "Counter").list().text(INERT);
                file(program.tuple(1).append().tuple(2).reduce().stop())
            },
            fires: &[],
        },
        Example {
            name: "known-class-as-base",
            files: || {
                let program = Program::new(2).global("copyreg", "_reconstructor");
                let program = program.global("torch.nn.modules.linear", "Linear").memoize();
                file(program.get(0).text(INERT).tuple(3).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "known-class-through-partial",
            files: || file(partial("torch.nn.modules.linear", "Linear").text(INERT).tuple(1).reduce().stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "partial-twin",
            files: || file(partial("collections", "Counter").text(INERT).tuple(1).reduce().stop()),
            fires: &[],
        },
        Example {
            name: "method-through-partial",
            files: || file(method(Program::new(2).global("functools", "partial"), "read_file")),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "method-through-map",
            files: || file(method(Program::new(2).global("builtins", "map"), "read_file")),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "method-through-starmap",
            files: || file(method(Program::new(2).global("itertools", "starmap"), "read_file")),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "method-through-dictionary",
            files: || file(method(Program::new(2).global("collections", "defaultdict"), "read_file")),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "constant-twin",
            files: || file(method(Program::new(2).global("collections", "defaultdict"), "FULL_SHARD")),
            fires: &[],
        },
        Example {
            name: "method-in-a-list",
            files: || {
                let program = Program::new(2).global("collections", "deque").list();
                file(attribute(program, "read_file").append().tuple(1).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "method-that-a-state-calls",
            files: || {
                let program = attribute(partial("collections", "Counter").mark(), "read_file").text(INERT);
                file(program.tuple(1).dict().none().tuple_to_mark().build().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "method-in-a-state-of-a-helper",
            files: || {
                let program = Program::new(2).global("copyreg", "__newobj__").global("functools", "partial");
                let program = program.global("collections", "Counter").tuple(2).reduce().mark();
                let program = attribute(program, "read_file").text(INERT).tuple(1).dict().none();
                file(program.tuple_to_mark().build().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "state-twin",
            files: || {
                let program = partial("collections", "Counter").mark().global("collections", "Counter");
                file(program.text(INERT).tuple(1).dict().none().tuple_to_mark().build().stop())
            },
            fires: &[],
        },
        Example {
            name: "method-makes-generator",
            files: || {
                let program = Program::new(2).global("numpy.random._pickle", "__generator_ctor").text(INERT);
                file(attribute(program, "read_file").tuple(2).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "class-makes-generator",
            files: || {
                let program = Program::new(2).global("numpy.random._pickle", "__generator_ctor").text(INERT);
                file(program.global("torch.nn.modules.linear", "Linear").tuple(2).reduce().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "generator-twin",
            files: || {
                let program =
                    Program::new(2).global("numpy.random._pickle", "__generator_ctor").text("PCG64");
                let program = program.global("numpy.random._pickle", "__bit_generator_ctor");
                file(program.tuple(2).reduce().stop())
            },
            fires: &[],
        },
        Example {
            name: "other-method-of-the-same-form",
            files: || {
                let called = |program: Program, name: &str| {
                    let program = program.global("builtins", "getattr").global("zoneinfo", "ZoneInfo");
                    program.text(name).tuple(2).reduce().text("Europe/Vienna").tuple(1).reduce().pop()
                };
                file(called(called(Program::new(2), "_unpickle"), "demo").none().stop())
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "value-called",
            files: || file(Program::new(2).call("numpy", "mean", INERT).stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "other-encoding",
            files: || {
                file(
                    Program::new(2)
                        .global("_codecs", "encode")
                        .text("qrzb")
                        .text("rot13")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "attribute-of-known-class",
            files: || file(Program::new(4).stack_global("collections", "OrderedDict.demo").stop()),
            fires: &["pickle-unknown-import"],
        },
        Example {
            name: "own-class-twin",
            files: || {
                file(instance(Program::new(4), "torch.nn.modules.linear", "Linear", Program::dict).stop())
            },
            fires: &[],
        },
        Example {
            name: "old-instance-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("copy_reg", "_reconstructor")
                        .global("torch.nn.modules.linear", "Linear")
                        .global("__builtin__", "object")
                        .none()
                        .tuple(3)
                        .reduce()
                        .dict()
                        .build()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "encoding-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("_codecs", "encode")
                        .text("demo")
                        .text("latin1")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut packages: BTreeMap<&str, Vec<(Place<'_>, &reach::Reach)>> = BTreeMap::new();
    // Code of TorchScript makes its own classes, and the pickles beside it name them.
    let scripted = facts.parts().filter(|part| part.format() == "torchscript").map(archive);
    let scripted: BTreeSet<_> = scripted.collect();
    for (place, reach) in facts.reached(&[Capability::Unknown, Capability::UnknownPrivate]) {
        let package = reach.name.module.split('.').next().unwrap_or_default();
        if package == "__torch__" && scripted.contains(&archive(place)) {
            continue;
        }
        packages.entry(package).or_default().push((place, reach));
    }
    for (package, reaches) in packages {
        let Some(&(place, first)) =
            reaches.iter().max_by_key(|(place, reach)| (reach.severity, Reverse(place.at)))
        else {
            continue;
        };
        let names: BTreeSet<String> = reaches.iter().map(|(_, reach)| format!("`{}`", reach.name)).collect();
        let more = names.len().saturating_sub(NAMED);
        let mut listed = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        if more > 0 {
            listed.push_str(&format!(" and {more} more"));
        }
        let note = first.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        let finding = findings.add(place, format!("needs {listed} of `{package}`, which is not known{note}"));
        finding.severity = first.severity;
        finding.confidence = Confidence::Medium;
        reach::show(finding, facts.call(first));
    }
}

/// The archive that a part lies in.
fn archive(place: Place<'_>) -> Option<&str> {
    place.reading.member.rsplit_once('!').map(|(archive, _)| archive)
}

/// `partial` of a class.
fn partial(module: &str, name: &str) -> Program {
    Program::new(2).global("functools", "partial").global(module, name).tuple(1).reduce()
}

/// A method of a class that is known, looked up by name.
fn attribute(program: Program, name: &str) -> Program {
    program.global("builtins", "getattr").global("optparse", "Values").text(name).tuple(2).reduce()
}

/// A call of something with such a method.
fn method(program: Program, name: &str) -> Vec<u8> {
    let program = attribute(program, name).list().text(INERT).tuple(1).append();
    program.tuple(2).reduce().stop()
}
