//! An address on the network where a name is expected.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::one;

/// An address on the network where a name is expected.
pub static RULE: Rule = Rule {
    id: "config-url",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings give an address on the network where a name is expected",
    why: "Files of a model are named relative to it, or by the name of a repository. Loaders that take addresses fetch from them: what is loaded is then not what was scanned, and the host learns who loads it.",
    advice: "Download what is meant, scan it, and name it as a local file.",
    references: &["CWE-829", "CWE-918", "AML.T0010"],
    examples: &[
        Example {
            name: "name",
            files: || one("config.json", r#"{"_name_or_path":"https://example.org/model"}"#),
            fires: &["config-url"],
        },
        Example {
            name: "name-twin",
            files: || one("config.json", r#"{"_name_or_path":"example/model"}"#),
            fires: &[],
        },
        Example {
            name: "adapter",
            files: || {
                one(
                    "adapter_config.json",
                    r#"{"base_model_name_or_path":"http://example.org/base","peft_type":"LORA"}"#,
                )
            },
            fires: &["config-url"],
        },
        Example {
            name: "adapter-twin",
            files: || {
                one("adapter_config.json", r#"{"base_model_name_or_path":"example/base","peft_type":"LORA"}"#)
            },
            fires: &[],
        },
        Example {
            name: "file",
            files: || one("tokenizer_config.json", r#"{"vocab_file":"HTTPS://example.org/vocab.txt"}"#),
            fires: &["config-url"],
        },
        Example {
            name: "file-storage",
            files: || one("tokenizer_config.json", r#"{"tokenizer_file":"s3://example/tokenizer.json"}"#),
            fires: &["config-url"],
        },
        Example {
            name: "file-twin",
            files: || {
                one(
                    "tokenizer_config.json",
                    r#"{"tokenizer_file":"tokenizer.json","vocab_file":"vocab.txt"}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "class",
            files: || one("tokenizer_config.json", r#"{"tokenizer_class":"https://example.org/demo"}"#),
            fires: &["config-url"],
        },
        Example {
            name: "class-twin",
            files: || one("tokenizer_config.json", r#"{"tokenizer_class":"LlamaTokenizer"}"#),
            fires: &[],
        },
        Example {
            name: "notes",
            files: || {
                one("config.json", r#"{"pretrained_cfg":{"origin_url":"https://example.org","url":""}}"#)
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        let scheme = value.split_once("://").map(|(scheme, _)| scheme);
        let plain =
            |scheme: &str| scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
        if scheme.is_some_and(plain) {
            findings.add(place, format!("`{key}` is `{value}`"));
        }
    }
}
