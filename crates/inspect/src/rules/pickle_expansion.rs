//! A small pickle that becomes enormous.

mod iterators;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};
use crate::text;

/// A small pickle that becomes enormous.
pub static RULE: Rule = Rule {
    id: "pickle-expansion",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A small pickle grows beyond all bounds when it is loaded or walked through",
    why: "Containers that hold each other many times, from the memo, multiply at every level: a few hundred bytes become more values than any memory holds as soon as somebody copies, compares or prints them. Very deep nesting ends readers that recurse; a huge memo number makes the loader itself reserve memory; and a list, a set or a sum of an iterator that has no end, or nearly none, is made while the file loads.",
    advice: "Do not load it.",
    references: &["CWE-400", "CWE-674", "CWE-776", "AML.T0029"],
    examples: &[
        Example { name: "shared", files: || file(shared(12, 10)), fires: &["pickle-expansion"] },
        Example { name: "filled-later", files: || file(filled_later(12, 10)), fires: &["pickle-expansion"] },
        Example {
            name: "deep",
            files: || file([&[0x80, 4][..], &[b']'; 10_001], &[b'a'; 10_000], b"."].concat()),
            fires: &["pickle-expansion"],
        },
        Example {
            name: "memo-number",
            files: || file(Program::new(2).list().raw(b"r\0\0\0\x7f").stop()),
            fires: &["pickle-expansion"],
        },
        Example { name: "endless-list", files: || file(drawn("builtins", "list", counted())), fires: BOMB },
        Example {
            name: "repeated-list",
            files: || file(drawn("builtins", "list", repeated(None))),
            fires: BOMB,
        },
        Example {
            name: "repeated-list-twin",
            files: || file(drawn("builtins", "list", repeated(Some(3)))),
            fires: &[],
        },
        Example {
            name: "endless-queue",
            files: || {
                let cycle = Program::bare().global("itertools", "cycle").int(1).tuple(1).tuple(1).reduce();
                file(drawn("collections", "deque", cycle))
            },
            fires: BOMB,
        },
        Example {
            name: "endless-sum-of-parts",
            files: || {
                let chain = given(Program::bare(), "itertools", "chain", counted());
                file(drawn("builtins", "tuple", chain))
            },
            fires: BOMB,
        },
        Example {
            name: "long-range",
            files: || file(drawn("builtins", "list", ranged(i32::MAX))),
            fires: BOMB,
        },
        Example {
            name: "long-range-twin",
            files: || file(drawn("builtins", "list", ranged(10))),
            fires: &[],
        },
        Example {
            name: "long-range-behind-a-short-one",
            files: || {
                let short = given(Program::new(2), "builtins", "list", ranged(10)).pop();
                file(given(short, "builtins", "list", ranged(i32::MAX)).stop())
            },
            fires: BOMB,
        },
        Example {
            name: "many-bytes",
            files: || {
                file(Program::new(2).global("builtins", "bytearray").int(i32::MAX).tuple(1).reduce().stop())
            },
            fires: BOMB,
        },
        Example {
            name: "many-bytes-twin",
            files: || file(Program::new(2).global("builtins", "bytearray").int(16).tuple(1).reduce().stop()),
            fires: &[],
        },
        Example {
            name: "endless-alone-twin",
            files: || file(Program::new(2).raw(counted().broken()).stop()),
            fires: &[],
        },
        Example { name: "shared-twin", files: || file(shared(3, 10)), fires: &[] },
        Example {
            name: "deep-twin",
            files: || file([&[0x80, 4][..], &[b']'; 90], &[b'a'; 89], b"."].concat()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Expansion, Kind::TooDeep] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_pickles()) {
            findings.add(place, &problem.detail);
        }
    }
    for (place, call) in facts.calls().filter(|(place, _)| place.is_of_pickles()) {
        if let Some(how) = iterators::too_many(call) {
            let shown = text::shown(&call.to_string(), 160);
            let finding = findings.add(place, format!("`{shown}` {how}"));
            reach::show(finding, Some(call));
        }
    }
}

const BOMB: &[&str] = &["pickle-expansion"];

/// A call of a class with one operand, which a program makes.
fn drawn(module: &str, name: &str, operand: Program) -> Vec<u8> {
    given(Program::new(2), module, name, operand).stop()
}

fn given(before: Program, module: &str, name: &str, operand: Program) -> Program {
    before.global(module, name).raw(operand.broken()).tuple(1).reduce()
}

/// Something again and again; or as often as the number says.
fn repeated(times: Option<i32>) -> Program {
    let program = Program::bare().global("itertools", "repeat").none();
    match times {
        Some(times) => program.int(times).tuple(2).reduce(),
        None => program.tuple(1).reduce(),
    }
}

fn ranged(stop: i32) -> Program {
    Program::bare().global("builtins", "range").int(stop).tuple(1).reduce()
}

fn counted() -> Program {
    Program::bare().global("itertools", "count").tuple(0).reduce()
}

/// Tuples that hold the one before them several times.
fn shared(levels: u8, times: usize) -> Vec<u8> {
    let mut program = Program::new(4).none().memoize();
    for level in 0..levels {
        program = (0..times).fold(program.mark(), |program, _| program.get(level)).tuple_to_mark().memoize();
    }
    program.stop()
}

/// Lists that are empty when they are put into others.
fn filled_later(levels: u8, times: usize) -> Vec<u8> {
    let mut program = (0..levels).fold(Program::new(4).mark(), |program, _| program.list().memoize());
    for level in 1..levels {
        let filled = (0..times).fold(program.get(level - 1).mark(), |program, _| program.get(level));
        program = filled.raw(b"e").pop();
    }
    program.tuple_to_mark().stop()
}
