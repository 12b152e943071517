//! Bytes behind the end of a pickle.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};

/// Bytes behind the end of a pickle.
pub static RULE: Rule = Rule {
    id: "pickle-trailing-data",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Bytes behind the end of the pickle belong to no program",
    why: "A loader stops at the end of the program and ignores the rest; another reader may not: a zip, for instance, is found from its end. What is there is inspected as a part of its own. Zeros are low: they carry nothing.",
    advice: "Find out what wrote the file. Loading it and saving it again drops the rest, but load it only after looking at it.",
    references: &["CWE-1284", "AML.T0010", "AML.T0015"],
    examples: &[
        Example {
            name: "text",
            files: || file([Program::new(2).int(1).stop(), b"ordinary words behind it".to_vec()].concat()),
            fires: &["pickle-trailing-data"],
        },
        Example {
            name: "picture",
            files: || file([Program::new(2).int(1).stop(), crate::samples::picture()].concat()),
            fires: &["pickle-trailing-data"],
        },
        Example {
            name: "zeros",
            files: || file([Program::new(2).int(1).stop(), vec![0; 40]].concat()),
            fires: &["pickle-trailing-data"],
        },
        Example {
            name: "twin",
            files: || file([Program::new(2).int(1).stop(), Program::new(2).int(1).stop()].concat()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (kind, severity) in [(Kind::TrailingBytes, Severity::Medium), (Kind::TrailingZeros, Severity::Low)] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_pickles()) {
            findings.add(place, &problem.detail).severity = severity;
        }
    }
}
