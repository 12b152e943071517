//! A pickle that breaks before its end.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};

/// A pickle that breaks before its end.
pub static RULE: Rule = Rule {
    id: "pickle-broken",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The pickle breaks: no loader gets to its end",
    why: "A loader follows a program until the point where it breaks, and everything it calls before that is called. A file that was cut short is broken by accident; one that breaks behind a call may be so on purpose, because some scanners say nothing about files they cannot read to the end. What stands behind the break is not inspected.",
    advice: "Compare its digest with the publisher's, or fetch it again. Do not load it to see whether it works.",
    references: &["CWE-502", "CWE-754", "AML.T0015"],
    examples: &[
        Example {
            name: "cut",
            files: || file(Program::new(4).dict().memoize().text("weights").memoize().list().broken()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "unknown-opcode",
            files: || file(Program::new(4).list().memoize().int(1).append().raw([0xfe]).stop()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "empty-stack",
            files: || file(Program::new(4).list().memoize().pop().none().append().stop()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "no-mark",
            files: || file(Program::new(4).list().memoize().int(1).raw(b"e").stop()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "never-stored",
            files: || file(Program::new(4).list().memoize().get(9).append().stop()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "short-text",
            files: || file(Program::new(4).list().memoize().mark().raw(b"X\xff\0\0\0demo").broken()),
            fires: &["pickle-broken"],
        },
        Example {
            name: "twin",
            files: || file(Program::new(4).list().memoize().int(1).append().stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut broken = None;
    for kind in [Kind::Truncated, Kind::UnknownCode, Kind::Fault, Kind::BadValue, Kind::Unparsable] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_pickles()) {
            // One is enough for a part: what follows a fault is a guess.
            if broken != Some(std::ptr::from_ref(place.reading)) {
                broken = Some(std::ptr::from_ref(place.reading));
                findings.add(place, &problem.detail);
            }
        }
    }
}
