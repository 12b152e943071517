//! Settings that name files outside their folder.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that name files outside their folder.
pub static RULE: Rule = Rule {
    id: "config-path-escape",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name a file outside their own folder",
    why: "A loader that follows the name reads a file that nobody chose, or imports code from one. Low where the name of the model itself is a relative path, as scripts write it that were started beside it.",
    advice: "Do not load the model before it is clear which file is meant.",
    references: &["CWE-22", "CWE-73", "AML.T0010"],
    examples: &[
        Example {
            name: "file",
            files: || one("tokenizer_config.json", r#"{"vocab_file":"../../vocab.txt"}"#),
            fires: &["config-path-escape"],
        },
        Example {
            name: "file-backslash",
            files: || one("tokenizer_config.json", r#"{"vocab_file":"..\\vocab.txt"}"#),
            fires: &["config-path-escape"],
        },
        Example {
            name: "file-twin",
            files: || one("tokenizer_config.json", r#"{"vocab_file":"sub/vocab..txt"}"#),
            fires: &[],
        },
        Example {
            name: "modules",
            files: || {
                one(
                    "modules.json",
                    r#"[{"path":"../1_Pooling","type":"sentence_transformers.models.Pooling"}]"#,
                )
            },
            fires: &["config-path-escape"],
        },
        Example {
            name: "modules-absolute",
            files: || {
                one(
                    "modules.json",
                    r#"[{"path":"/tmp/1_Pooling","type":"sentence_transformers.models.Pooling"}]"#,
                )
            },
            fires: &["config-path-escape"],
        },
        Example {
            name: "modules-twin",
            files: || {
                one("modules.json", r#"[{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]"#)
            },
            fires: &[],
        },
        Example {
            name: "class",
            files: || one("config.json", r#"{"auto_map":{"AutoModel":"../modeling_demo.DemoModel"}}"#),
            fires: &["config-path-escape", "config-remote-code"],
        },
        Example {
            name: "name",
            files: || one("config.json", r#"{"_name_or_path":"../model"}"#),
            fires: &["config-path-escape"],
        },
        Example {
            name: "name-twin",
            files: || one("config.json", r#"{"_name_or_path":"./model"}"#),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoints",
            files: || one("checkpoint", "model_checkpoint_path: \"../model.ckpt-1\""),
            fires: &["config-path-escape"],
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
        let up = value.split(['/', '\\']).any(|part| part == "..");
        let absolute = place.format() == "modules-index" && config_key::is_absolute(value);
        if !up && !absolute {
            continue;
        }
        let finding = findings.add(place, format!("`{key}` is `{value}`"));
        if config_key::last(key).ends_with("name_or_path") || place.format() == "json" {
            finding.severity = Severity::Low;
        }
    }
}
