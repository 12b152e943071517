//! An index that names files outside its folder.

use std::collections::BTreeSet;

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::{Facts, Sort};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, tensor};

/// An index that names files outside its folder.
pub static RULE: Rule = Rule {
    id: "shard-path-escape",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "An index names a file outside its own folder",
    why: "A loader that follows the name reads, or after a conversion overwrites, a file that nobody chose. Indexes name plain files that lie beside them; a file in a folder below is medium.",
    advice: "Do not load the model. Ask for an index that the library wrote.",
    references: &["CWE-22", "CWE-73", "AML.T0010"],
    examples: &[
        Example {
            name: "up",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"../model.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "absolute",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"/tmp/model.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "drive",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"C:model.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "backslash",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"..\\model.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "url",
            files: || {
                one(
                    "model.safetensors.index.json",
                    r#"{"weight_map":{"a":"https://example.org/model.safetensors"}}"#,
                )
            },
            fires: &["shard-path-escape"],
        },
        Example {
            name: "encoded",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"..%2fmodel.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "nul",
            files: || {
                one("model.safetensors.index.json", r#"{"weight_map":{"a":"model.safetensors\u0000.json"}}"#)
            },
            fires: &["shard-path-escape"],
        },
        Example {
            name: "folder",
            files: || one("model.safetensors.index.json", r#"{"weight_map":{"a":"sub/model.safetensors"}}"#),
            fires: &["shard-path-escape"],
        },
        Example {
            name: "behind-another-key",
            files: || {
                one(
                    "model.safetensors.index.json",
                    r#"{"note":"","weight_map":{"a":"../model.safetensors"}}"#,
                )
            },
            fires: &["header-bad-value", "shard-path-escape"],
        },
        Example {
            name: "twin",
            files: || {
                vec![
                    (
                        "model.safetensors.index.json".to_owned(),
                        br#"{"weight_map":{"a":"model.safetensors"}}"#.to_vec(),
                    ),
                    (
                        "model.safetensors".to_owned(),
                        tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1),
                    ),
                ]
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for (place, what) in facts.of(Sort::Shard) {
        let What::Shard { file, .. } = what else { continue };
        if is_plain(file) || !seen.insert(file) {
            continue;
        }
        let finding = findings.add(place, format!("it names `{file}`"));
        if is_below(file) {
            finding.severity = Severity::Medium;
        }
    }
}

/// A file name and nothing more.
pub(super) fn is_plain(file: &str) -> bool {
    let encoded = file.to_ascii_lowercase();
    let encoded = ["%2e", "%2f", "%5c", "%00"].iter().any(|code| encoded.contains(code));
    !file.is_empty() && file != "." && file != ".." && !file.contains(['/', '\\', ':', '\0']) && !encoded
}

/// A path that stays below the folder.
fn is_below(file: &str) -> bool {
    file.split('/').all(is_plain)
}
