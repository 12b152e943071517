//! A pickle that declares its protocol in an odd way.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};

/// A pickle that declares its protocol in an odd way.
pub static RULE: Rule = Rule {
    id: "pickle-odd-protocol",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The pickle declares its protocol twice, late, or one that does not exist",
    why: "Libraries write the protocol once, in front. Declaring it elsewhere, or one that no reader knows, changes how names are looked up or makes some readers stop, and is a way to be read differently by a scanner and by a loader.",
    advice: "Do not load it. Ask for a file that a library wrote.",
    references: &["CWE-436", "AML.T0015"],
    examples: &[
        Example {
            name: "twice",
            files: || file(Program::new(2).raw([0x80, 4]).list().stop()),
            fires: &["pickle-odd-protocol"],
        },
        Example {
            name: "late",
            files: || file(Program::new(2).list().memoize().raw([0x80, 2]).stop()),
            fires: &["pickle-odd-protocol"],
        },
        Example {
            name: "late-without-first",
            files: || file(Program::bare().list().memoize().raw([0x80, 2]).stop()),
            fires: &["pickle-odd-protocol"],
        },
        Example { name: "twin", files: || file(Program::new(2).list().memoize().stop()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Version).filter(|(place, _)| place.is_of_pickles()) {
        findings.add(place, &problem.detail);
    }
}
