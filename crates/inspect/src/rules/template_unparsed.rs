//! Templates that are not Jinja.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;

/// Templates that are not Jinja.
pub static RULE: Rule = Rule {
    id: "template-unparsed",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A part of a chat template cannot be parsed",
    why: "Jinja would refuse the template, so it is of no use to a loader that uses Jinja; others have dialects of their own, \
          and what they would read there was not followed. The rest of the template was read all the same.",
    advice: "Compare with the template of the original model. Do not take the absence of other findings for a clearance.",
    references: &["CWE-1286"],
    examples: &[
        Example { name: "character", files: || template("{{ messages ? }}"), fires: &["template-unparsed"] },
        Example { name: "character-twin", files: || template("{{ messages }} ?"), fires: &[] },
        Example { name: "statement", files: || template("{% demonstrate %}"), fires: &["template-unparsed"] },
        Example {
            name: "statement-twin",
            files: || template("{% generation %}{% endgeneration %}"),
            fires: &[],
        },
        Example {
            name: "open-block",
            files: || template("{% if messages %}"),
            fires: &["template-unparsed"],
        },
        Example { name: "open-block-twin", files: || template("{% if messages %}{% endif %}"), fires: &[] },
        Example {
            name: "deep",
            files: || template(&format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000))),
            fires: &["template-unparsed"],
        },
        Example {
            name: "deep-twin",
            files: || template(&format!("{{{{ {}1{} }}}}", "(".repeat(50), ")".repeat(50))),
            fires: &[],
        },
        Example {
            name: "long-twin",
            files: || template(&format!("{{{{ {}1{} }}}}", "not ".repeat(5000), " + 1".repeat(5000))),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Unparsable) {
        if place.format() == "chat-template" {
            findings.add(place, &problem.detail);
        }
    }
}
