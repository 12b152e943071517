//! A pickle whose frames do not fit its opcodes.

use std::collections::HashMap;

use weighbridge_domain::facts::Reading;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle whose frames do not fit its opcodes.
pub static RULE: Rule = Rule {
    id: "pickle-frame-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The frames of the pickle do not fit its opcodes, so that readers read it differently",
    why: "One of Python's two loaders stops where an opcode crosses the end of its frame, the other goes on. A scanner built on one does not see what the other would call. High when names are looked up behind that point, medium otherwise.",
    advice: "Do not load it. No library writes such files.",
    references: &["CWE-502", "CWE-436", "AML.T0015"],
    examples: &[
        Example {
            name: "straddling",
            files: || file(Program::new(4).frame(4).text(INERT).stop()),
            fires: &["pickle-frame-mismatch"],
        },
        Example {
            name: "name-behind",
            files: || {
                file(Program::new(4).frame(4).text(INERT).pop().global("collections", "OrderedDict").stop())
            },
            fires: &["pickle-frame-mismatch"],
        },
        Example {
            name: "inside-another",
            files: || file(Program::new(4).frame(40).none().frame(2).pop().none().text(INERT).pop().stop()),
            fires: &["pickle-frame-mismatch"],
        },
        Example {
            name: "too-long",
            files: || file(Program::new(4).frame(400).text(INERT).stop()),
            fires: &["pickle-frame-mismatch"],
        },
        Example { name: "twin", files: || file(Program::new(4).frame(27).text(INERT).stop()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    // The last import of each pickle.
    let mut imports: HashMap<*const Reading, Option<u64>> = HashMap::new();
    for (place, _) in facts.imports() {
        let last = imports.entry(std::ptr::from_ref(place.reading)).or_default();
        *last = (*last).max(place.at);
    }
    for (place, problem) in facts.problems(Kind::Framing).filter(|(place, _)| place.is_of_pickles()) {
        let goes_on = imports.get(&std::ptr::from_ref(place.reading)).is_some_and(|last| *last > place.at);
        findings.add(place, &problem.detail).severity =
            if goes_on { Severity::High } else { Severity::Medium };
    }
}
