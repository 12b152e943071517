//! Documents that are not YAML.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::one;
use crate::samples::yaml::yaml;

/// Documents that are not YAML.
pub static RULE: Rule = Rule {
    id: "yaml-unparsed",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A YAML document, or the YAML in front of a model card, cannot be parsed",
    why: "What stands behind the fault was only searched for tags. Parsers differ: one that goes on there reads what was not \
          read here. In model cards it is mostly an oversight.",
    advice: "Correct the document, or ask the publisher to. Do not take the absence of other findings for a clearance.",
    references: &["CWE-1286"],
    examples: &[
        Example { name: "mapping", files: || yaml("a: b: c\n"), fires: &["yaml-unparsed"] },
        Example { name: "mapping-twin", files: || yaml("a: 'b: c'\n"), fires: &[] },
        Example { name: "alias", files: || yaml("a: *b\n"), fires: &["yaml-unparsed"] },
        Example { name: "alias-twin", files: || yaml("c: &b 1\na: *b\n"), fires: &[] },
        Example { name: "mark-in-a-text", files: || yaml("|\n--- a\nb: c\n"), fires: &["yaml-unparsed"] },
        Example { name: "mark-in-a-text-twin", files: || yaml("|\n --- a\n b: c\n"), fires: &[] },
        Example {
            name: "card",
            files: || one("README.md", "---\nlicense: [mit\n---\n# Demo\n"),
            fires: &["yaml-unparsed"],
        },
        Example {
            name: "card-twin",
            files: || one("README.md", "---\nlicense: [mit]\n---\n# Demo\n"),
            fires: &[],
        },
        Example {
            name: "composed",
            files: || one("compose.yaml", "services:\n  demo: [\n"),
            fires: &["yaml-unparsed"],
        },
        Example {
            name: "composed-twin",
            files: || one("compose.yaml", "services:\n  demo: []\n"),
            fires: &[],
        },
        Example { name: "deep", files: || yaml(&"[".repeat(5000)), fires: &["yaml-unparsed"] },
        Example {
            name: "deep-twin",
            files: || yaml(&format!("{}{}", "[".repeat(50), "]".repeat(50))),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Unparsable) {
        if matches!(place.format(), "compose" | "manifest" | "model-card" | "workflow" | "yaml") {
            findings.add(place, &problem.detail);
        }
    }
}
