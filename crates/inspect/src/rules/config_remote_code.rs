//! Settings that name classes in files of a repository.

use std::collections::BTreeMap;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{config, one};

/// Settings that name classes in files of a repository.
pub static RULE: Rule = Rule {
    id: "config-remote-code",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name classes in Python files of a repository",
    why: "A loader that was told to trust remote code imports those files, and their code runs. Medium while the files lie \
          beside the settings, where they can be read first (`reference-missing` says when they do not); high when they are \
          in another repository, which can change after anyone has looked.",
    advice: "Load without `trust_remote_code`, or read the named files first and pin the revision of the repository they \
             come from.",
    references: &["CWE-829", "CWE-494", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "model",
            files: || {
                one(
                    "config.json",
                    r#"{"auto_map":{"AutoConfig":"configuration_demo.DemoConfig"},"model_type":"demo"}"#,
                )
            },
            fires: MISSING,
        },
        Example {
            name: "model-and-file",
            files: || {
                let map = r#"{"auto_map":{"AutoConfig":"configuration_demo.DemoConfig"}}"#;
                let mut files = one("a/config.json", map);
                files.extend(one("a/configuration_demo.py", "import math\n"));
                files
            },
            fires: &["config-remote-code"],
        },
        Example {
            name: "other-repository",
            files: || {
                one("config.json", r#"{"auto_map":{"AutoModel":"other/demo--modeling_demo.DemoModel"}}"#)
            },
            fires: &["config-remote-code"],
        },
        Example {
            name: "tokenizer",
            files: || {
                one(
                    "tokenizer_config.json",
                    r#"{"auto_map":{"AutoTokenizer":["tokenization_demo.DemoTokenizer",null]}}"#,
                )
            },
            fires: &["config-remote-code"],
        },
        Example {
            name: "below-another-key",
            files: || one("notes.json", r#"{"a":[{"auto_map":{"AutoModel":"modeling_demo.DemoModel"}}]}"#),
            fires: &["config-remote-code"],
        },
        Example {
            name: "escaped-key",
            files: || one("config.json", r#"{"\u0061uto_map":{"AutoModel":"modeling_demo.DemoModel"}}"#),
            fires: MISSING,
        },
        Example {
            name: "behind-what-only-python-reads",
            files: || {
                one(
                    "config.json",
                    r#"{"a":[NaN,-Infinity,1e999,"\ud800"],"auto_map":{"AutoModel":"m.DemoModel"}}"#,
                )
            },
            fires: MISSING,
        },
        Example { name: "no-map", files: || one("config.json", config::MODEL), fires: &[] },
        Example {
            name: "empty-map",
            files: || one("config.json", r#"{"auto_map":{},"model_type":"demo"}"#),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const MISSING: &[&str] = &["config-remote-code", "reference-missing"];

/// The file of a class that settings name by `auto_map` among the files beside them.
pub(super) fn file_of<'v>(key: &str, value: &'v str) -> Option<&'v str> {
    let (module, class) = value.split_once('.')?;
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    (key.split('.').any(|part| part == "auto_map") && is_name(module) && is_name(class)).then_some(module)
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut beside = BTreeMap::new();
    for (place, key, value) in facts.settings() {
        if !key.split('.').any(|part| part == "auto_map") || value.is_empty() {
            continue;
        }
        if let Some((repository, class)) = value.split_once("--") {
            findings.add(place, format!("`{class}` is imported from the other repository `{repository}`"));
        } else {
            let (_, classes) =
                beside.entry(std::ptr::from_ref(place.reading)).or_insert_with(|| (place, Vec::new()));
            classes.push(format!("`{value}`"));
        }
    }
    for (place, mut classes) in beside.into_values() {
        let more = classes.len().saturating_sub(5);
        classes.truncate(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("has {}{more} imported from files of the repository", classes.join(", "));
        findings.add(place, message).severity = Severity::Medium;
    }
}
