//! A small pickle that becomes enormous.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};

/// A small pickle that becomes enormous.
pub static RULE: Rule = Rule {
    id: "pickle-expansion",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A small pickle grows beyond all bounds when it is loaded or walked through",
    why: "Containers that hold each other many times, from the memo, multiply at every level: a few hundred bytes become more values than any memory holds as soon as somebody copies, compares or prints them. Very deep nesting ends readers that recurse; a huge memo number makes the loader itself reserve memory.",
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
