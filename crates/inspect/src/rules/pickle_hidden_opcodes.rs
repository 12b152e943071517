//! Array bytes in a pickle that are opcodes as well.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{INERT, Program, file, joblib};

/// Array bytes in a pickle that are opcodes as well.
pub static RULE: Rule = Rule {
    id: "pickle-hidden-opcodes",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The bytes of an array are opcodes as well, and look names up",
    why: "joblib's loader takes the bytes behind an array's description for the array; every other loader of pickles takes them for the next opcodes. Numbers do not look names up by chance: the file is one thing to joblib and another to everyone else. What the opcodes would call is inspected too.",
    advice: "Do not load it, with joblib or without.",
    references: &["CWE-502", "CWE-436", "AML.T0011", "AML.T0015"],
    examples: &[
        Example {
            name: "array",
            files: || file(joblib(&Program::bare().raw(b"0").call("os", "system", INERT).stop(), false)),
            fires: &["pickle-hidden-opcodes", "pickle-starts-process"],
        },
        Example { name: "twin", files: || file(joblib(INERT.as_bytes(), false)), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Overlap).filter(|(place, _)| place.is_of_pickles()) {
        findings.add(place, &problem.detail);
    }
}
