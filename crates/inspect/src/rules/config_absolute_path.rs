//! A path on one machine where a name is expected.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// A path on one machine where a name is expected.
pub static RULE: Rule = Rule {
    id: "config-absolute-path",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name a place on one particular machine",
    why: "Mostly it is where the author kept the model: it tells something about that machine, and finds nothing elsewhere, or another file than was meant.",
    advice: "Nothing has to be done before loading from a local folder. Publishers should write the name of the repository instead.",
    references: &["CWE-73", "CWE-200"],
    examples: &[
        Example {
            name: "name",
            files: || one("config.json", r#"{"_name_or_path":"/home/demo/model"}"#),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "name-home",
            files: || one("config.json", r#"{"_name_or_path":"~/model"}"#),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "name-drive",
            files: || one("adapter_config.json", r#"{"base_model_name_or_path":"C:\\demo\\model"}"#),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "name-share",
            files: || one("adapter_config.json", r#"{"base_model_name_or_path":"\\\\demo\\model"}"#),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "name-twin",
            files: || one("config.json", r#"{"_name_or_path":"demo/model"}"#),
            fires: &[],
        },
        Example {
            name: "file",
            files: || one("tokenizer_config.json", r#"{"tokenizer_file":"/opt/demo/tokenizer.json"}"#),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "file-twin",
            files: || one("tokenizer_config.json", r#"{"tokenizer_file":"tokenizer.json"}"#),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoints",
            files: || one("checkpoint", "model_checkpoint_path: \"/tmp/model.ckpt-1\""),
            fires: &["config-absolute-path"],
        },
        Example {
            name: "tensorflow-checkpoints-twin",
            files: || one("checkpoint", "model_checkpoint_path: \"model.ckpt-1\""),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        if place.format() != "modules-index" && config_key::is_absolute(value) {
            findings.add(place, format!("`{key}` is `{value}`"));
        }
    }
}
