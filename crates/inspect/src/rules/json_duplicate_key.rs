//! A key that stands twice in one object.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::samples::one;
use crate::text;
use weighbridge_domain::facts::problem::Kind;

/// A key that stands twice in one object.
pub static RULE: Rule = Rule {
    id: "json-duplicate-key",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A key stands twice in one object",
    why: "Some readers take the first value, most the last: what one program shows is not what another loads. Medium when the key names code or files, otherwise low.",
    advice: "Ask which of the two is meant. Remove the other.",
    references: &["CWE-436", "CWE-694"],
    examples: &[
        Example {
            name: "setting",
            files: || {
                one(
                    "config.json",
                    r#"{"trust_remote_code":false,"model_type":"demo","trust_remote_code":false}"#,
                )
            },
            fires: &["json-duplicate-key"],
        },
        Example {
            name: "setting-escaped",
            files: || one("config.json", r#"{"_name_or_path":"demo/a","\u005fname_or_path":"demo/b"}"#),
            fires: &["json-duplicate-key"],
        },
        Example {
            name: "setting-twin",
            files: || one("config.json", r#"{"trust_remote_code":false,"model_type":"demo"}"#),
            fires: &[],
        },
        Example {
            name: "number",
            files: || one("config.json", r#"{"hidden_size":1,"hidden_size":2}"#),
            fires: &["json-duplicate-key"],
        },
        Example {
            name: "number-twin",
            files: || one("config.json", r#"{"hidden_size":1,"text_config":{"hidden_size":2}}"#),
            fires: &[],
        },
        Example {
            name: "word",
            files: || one("vocab.json", r#"{"a":0,"b":1,"a":2}"#),
            fires: &["json-duplicate-key"],
        },
        Example { name: "word-twin", files: || one("vocab.json", r#"{"a":0,"b":1,"A":2}"#), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut plain = BTreeMap::new();
    let settings: BTreeSet<_> =
        facts.settings().map(|(place, _, _)| (std::ptr::from_ref(place.reading), place.at)).collect();
    for (place, problem) in facts.problems(Kind::Duplicate).filter(|(place, _)| place.is_of_settings()) {
        let reading = std::ptr::from_ref(place.reading);
        if settings.contains(&(reading, place.at)) {
            findings.add(place, &problem.detail);
        } else {
            plain.entry(reading).or_insert((place, problem, 0_u64)).2 += 1;
        }
    }
    for (place, problem, count) in plain.into_values() {
        let more = if count > 1 {
            format!(", and {} like it", text::count(count - 1, "more key"))
        } else {
            String::new()
        };
        findings.add(place, format!("{}{more}", problem.detail)).severity = Severity::Low;
    }
}
