//! Rules of YARA that match.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::yara::{archived, words};

/// Rules of YARA that match.
pub static RULE: Rule = Rule {
    id: "yara-match",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A rule of YARA that was brought along matches",
    why: "Whoever scans gave rules of their own with `--yara`, and one of them matches the bytes of this file or of a part of it. \
          What it means, its author knows. As bad as the rule's `severity` says (`critical`, `high`, `medium`, `low`, `info`), \
          medium when it says nothing.",
    advice: "Look at the rule and at the bytes where it matches.",
    references: &["AML.T0010"],
    examples: &[
        Example { name: "words", files: || words("weighbridge-demo of YARA"), fires: FIRES },
        Example { name: "words-twin", files: || words("weighbridge-demo"), fires: &[] },
        Example { name: "in-archive", files: || archived("weighbridge-demo of YARA"), fires: FIRES },
        Example { name: "in-archive-twin", files: || archived("weighbridge-demo"), fires: &[] },
    ],
    check: Check::Yara(check),
};

const FIRES: &[&str] = &["yara-match"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, what) in facts.iter() {
        let What::RuleMatch(found) = what else { continue };
        let mut message = format!("the rule `{}` of `{}` matches", found.rule, found.namespace);
        if !found.tags.is_empty() {
            message.push_str(&format!(" (`{}`)", found.tags.join("`, `")));
        }
        if let Some(description) = &found.description {
            message.push_str(&format!(": {}", description.chars().take(200).collect::<String>()));
        }
        findings.add(place, message).severity = found.severity.unwrap_or(Severity::Medium);
    }
}
