//! Settings that name native code in another repository.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that name native code in another repository.
pub static RULE: Rule = Rule {
    id: "config-hub-kernel",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name a repository of native code to fetch and run",
    why: "`owner/repository` in place of a built-in implementation makes the loader fetch compiled code from there and call it, without `trust_remote_code` in some releases. Nothing of it is in the files that were scanned.",
    advice: "Choose a built-in implementation (`eager`, `sdpa`, `flash_attention_2`) when loading, or inspect and pin that repository.",
    references: &["CWE-829", "CWE-494", "CWE-114", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "attention",
            files: || one("config.json", r#"{"_attn_implementation":"other/demo-attn","model_type":"demo"}"#),
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "attention-function",
            files: || one("config.json", r#"{"attn_implementation":"other/demo-attn@main:flash"}"#),
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "attention-paged",
            files: || one("config.json", r#"{"attn_implementation":"paged|other/demo-attn"}"#),
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "attention-by-part",
            files: || {
                one(
                    "config.json",
                    r#"{"attn_implementation":{"text_config":"sdpa","vision_config":"other/demo-attn"}}"#,
                )
            },
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "attention-twin",
            files: || {
                one("config.json", r#"{"_attn_implementation":"flash_attention_2","model_type":"demo"}"#)
            },
            fires: &[],
        },
        Example {
            name: "attention-paged-twin",
            files: || one("config.json", r#"{"attn_implementation":"paged|sdpa"}"#),
            fires: &[],
        },
        Example {
            name: "experts",
            files: || one("config.json", r#"{"experts_implementation":"other/demo-moe"}"#),
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "experts-twin",
            files: || one("config.json", r#"{"experts_implementation":"grouped_mm"}"#),
            fires: &[],
        },
        Example {
            name: "kernels",
            files: || {
                one(
                    "config.json",
                    r#"{"kernel_config":{"kernel_mapping":{"RMSNorm":{"cuda":"other/demo-norm:DemoNorm"}}}}"#,
                )
            },
            fires: &["config-hub-kernel"],
        },
        Example {
            name: "kernels-twin",
            files: || one("config.json", r#"{"kernel_config":{"kernel_mapping":{}}}"#),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const KEYS: &[&str] = &[
    "_attn_implementation",
    "_attn_implementation_internal",
    "_experts_implementation",
    "attn_implementation",
    "experts_implementation",
    "kernel_mapping",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        let repository = value.rsplit_once('|').map_or(value, |(_, repository)| repository);
        if config_key::has(key, KEYS) && repository.contains('/') {
            findings.add(place, format!("`{key}` is `{value}`"));
        }
    }
}
