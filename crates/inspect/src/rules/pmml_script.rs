//! PMML with programs in it, or with classes of Java as functions.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, pmml};
use crate::text;

/// PMML with programs in it, or with classes of Java as functions.
pub static RULE: Rule = Rule {
    id: "pmml-script",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A PMML model carries a script, or applies a class of its reader's program as a function",
    why: "PMML describes arithmetic. Some readers run scripts that stand in extensions, and look functions with a dot in their \
          name up among the Java classes they can reach.",
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
        Example {
            name: "class",
            files: || {
                let apply = "<Apply function=\"com.example.Demo\"><FieldRef field=\"x\"/></Apply>";
                one("model.pmml", pmml::model(apply))
            },
            fires: &["pmml-script"],
        },
        Example {
            name: "class-twin",
            files: || {
                one("model.pmml", pmml::model("<Apply function=\"exp\"><FieldRef field=\"x\"/></Apply>"))
            },
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
    for (place, operator) in facts.operators() {
        if operator.dialect == "pmml" && !operator.defined && !operator.domain.is_empty() {
            let message = format!("the function `{}.{}` is a class", operator.domain, operator.name);
            findings.add(place, message);
        }
    }
}
