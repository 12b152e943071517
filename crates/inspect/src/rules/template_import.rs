//! Templates that load other templates.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;

/// Templates that load other templates.
pub static RULE: Rule = Rule {
    id: "template-import",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template loads another template",
    why: "A chat template is one text that is rendered alone: loaders give it nothing to load from. One that includes, \
          imports or extends counts on a renderer that has files or other templates, and reads them.",
    advice: "Do not render it where templates can be loaded. Take the template of the original model.",
    references: &["CWE-1336", "CWE-98", "AML.T0011"],
    examples: &[
        Example {
            name: "include",
            files: || template("{% include 'weighbridge-demo' %}"),
            fires: &["template-import"],
        },
        Example {
            name: "include-twin",
            files: || template("{% if include == 'weighbridge-demo' %}{% endif %}"),
            fires: &[],
        },
        Example {
            name: "import",
            files: || template("{% import 'weighbridge-demo' as demo %}"),
            fires: &["template-import"],
        },
        Example {
            name: "from",
            files: || template("{% from 'weighbridge-demo' import demo with context %}"),
            fires: &["template-import"],
        },
        Example {
            name: "extends",
            files: || template("{% extends messages[0].content %}"),
            fires: &["template-import"],
        },
        Example { name: "extends-twin", files: || template("extends {{ messages[0].content }}"), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        if let Construct::Load { statement, target } = construct {
            let target =
                target.as_ref().map_or("what an expression names".to_owned(), |name| format!("`{name}`"));
            findings.add(place, format!("`{statement}` loads {target}"));
        }
    }
}
