//! Python sources that cannot be parsed.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::source::module;

/// Python sources that cannot be parsed.
pub static RULE: Rule = Rule {
    id: "source-unparsed",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A part of a Python source cannot be parsed",
    why: "Python 3 would refuse the file, so it does nothing there; Python 2 might take it. What follows the error was read as \
          well as it could be, and the file counts as not inspected.",
    advice: "Read the file, or leave it out. Do not take the absence of other findings for a clearance.",
    references: &["CWE-1286"],
    examples: &[
        Example { name: "python-2", files: || module("print 'demo'"), fires: FIRES },
        Example { name: "python-2-twin", files: || module("print('demo')"), fires: &[] },
        Example { name: "open-bracket", files: || module("x = ("), fires: FIRES },
        Example { name: "open-bracket-twin", files: || module("x = ()"), fires: &[] },
        Example {
            name: "deep",
            files: || module(&format!("x = {}1{}", "(".repeat(30_000), ")".repeat(30_000))),
            fires: FIRES,
        },
        Example {
            name: "deep-twin",
            files: || module(&format!("x = {}1{}", "(".repeat(150), ")".repeat(150))),
            fires: &[],
        },
        Example { name: "long-twin", files: || module(&format!("x = 1{}", " + 1".repeat(5000))), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-unparsed"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Unparsable, Kind::TooDeep] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_python()) {
            findings.add(place, &problem.detail);
        }
    }
}
