//! Sources whose names are made to be unreadable.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::javascript::OBSCURED;
use crate::samples::script::{obscured, script};

/// Sources whose names are made to be unreadable.
pub static RULE: Rule = Rule {
    id: "source-obscured-names",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Names in a source are made to be unreadable",
    why: "Tools that make scripts small give names of one letter; names like `_0x3a1f` come from tools that keep people from \
          reading what a script does. Texts in such scripts are mostly encoded as well, so that other rules see little of it.",
    advice: "Ask for the source that it was made from. Do not open or run it.",
    references: &["CWE-506", "AML.T0010"],
    examples: &[
        Example { name: "names", files: || script(&obscured(40)), fires: &["source-obscured-names"] },
        Example { name: "few-twin", files: || script(&obscured(4)), fires: &[] },
        Example { name: "short-twin", files: || script(&obscured(40).replace("_0x3a", "n")), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        if key == OBSCURED && place.is_of_javascript() {
            findings.add(place, format!("{value} names in it are like `_0x3a1f`"));
        }
    }
}
