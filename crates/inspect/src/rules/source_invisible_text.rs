//! Python sources that show something else than what runs.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::source::module;

/// Python sources that show something else than what runs.
pub static RULE: Rule = Rule {
    id: "source-invisible-text",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Python source has characters that hide or reorder what it says",
    why: "Characters that turn the direction of text let a line look like another one (Trojan Source): high. So does an \
          encoding in which a remark may hold the end of its line. Characters that do not show may stand in names and texts, \
          and are usual in tables of characters: low.",
    advice: "Look at the line in an editor that shows every character.",
    references: &["CWE-1007", "CVE-2021-42574"],
    examples: &[
        Example {
            name: "direction",
            files: || module("x = 'a\u{202e}\u{2066}# demo\u{2069}\u{2066}'"),
            fires: FIRES,
        },
        Example { name: "direction-twin", files: || module("x = 'a\\u202e\\u2066# demo'"), fires: &[] },
        Example { name: "arabic-twin", files: || module("x = 'مرحبا'"), fires: &[] },
        Example { name: "not-shown", files: || module("x = 'a\u{200b}b'"), fires: FIRES },
        Example {
            name: "joined-letters-twin",
            files: || module("x = 'क्\u{200d}ष 👩\u{200d}💻'"),
            fires: &[],
        },
        Example {
            name: "encoding",
            files: || module("# coding: unicode_escape\n# \\u000aimport math"),
            fires: FIRES,
        },
        Example { name: "encoding-twin", files: || module("# coding: utf-8\nimport math"), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-invisible-text"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::BadText).filter(|(place, _)| place.is_of_python()) {
        let mild = problem.detail.contains("does not show");
        findings.add(place, &problem.detail).severity = if mild { Severity::Low } else { Severity::High };
    }
}
