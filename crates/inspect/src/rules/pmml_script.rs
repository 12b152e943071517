//! PMML with programs in it.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, pmml};
use crate::text;

/// PMML with programs in it.
pub static RULE: Rule = Rule {
    id: "pmml-script",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A PMML model carries a script",
    why: "PMML describes arithmetic. Some readers run scripts that stand in elements of their own.",
    advice: "Do not load it. Ask for a model that uses only the functions of the PMML specification.",
    references: &["CWE-94", "CWE-470", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "script",
            files: || one("model.pmml", pmml::model("<Script language=\"demo\">0</Script>")),
            fires: &["pmml-script"],
        },
        Example {
            name: "extension",
            files: || one("model.pmml", pmml::model("<Extension name=\"groovy\" value=\"0\"/>")),
            fires: &["pmml-script"],
        },
        Example {
            name: "script-twin",
            files: || one("model.pmml", pmml::model("<Extension name=\"description\" value=\"script\"/>")),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        if place.format() == "pmml" && key == "script" {
            findings.add(place, format!("`{}` carries a script", text::shown(value, 80)));
        }
    }
}
