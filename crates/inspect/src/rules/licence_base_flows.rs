//! Base models whose terms are stricter than those declared.

use std::collections::BTreeSet;

use weighbridge_domain::facts::LicenceSource;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::Facts;
use crate::licence::are_compatible;
use crate::samples::licence::{beside, card};
use crate::samples::{adapter, config, one, tensor};
use crate::text::shown;

/// Base models whose terms are stricter than those declared.
pub static RULE: Rule = Rule {
    id: "licence-base-flows",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model names a base model whose terms ask for more than the terms that it declares itself",
    why: "Who makes a model from another cannot grant more than he was granted: thresholds, barred uses, names and the ban on \
          commercial use of the base stay. Base models are known by their names only (the card's `base_model`, the settings of \
          the model or adapter, GGUF metadata), which are compared with a table of well-known ones; a name is no proof.",
    advice: "Follow the terms of the base model, too, or ask the publisher why they should not hold.",
    references: &[],
    examples: &[
        Example {
            name: "card",
            files: || {
                one(
                    "README.md",
                    card("license: apache-2.0\ndatasets: example/rows\nbase_model: meta-llama/Llama-3.1-8B"),
                )
            },
            fires: &["licence-base-flows", "licence-restricts-use"],
        },
        Example {
            name: "card-twin",
            files: || {
                one(
                    "README.md",
                    card(
                        "license: apache-2.0\ndatasets: example/rows\nbase_model: mistralai/Mistral-7B-v0.1",
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "adapter",
            files: || {
                let mut files = adapter::lora(&[]);
                if let Some((_, settings)) = files.first_mut() {
                    *settings = config::ADAPTER.replace("example/llama-8b", "google/gemma-2-2b").into_bytes();
                }
                files.extend(one("README.md", card("license: mit\ndatasets: example/rows")));
                files
            },
            fires: &["licence-base-flows", "licence-restricts-use"],
        },
        Example {
            name: "gguf",
            files: || {
                let file = tensor::Gguf::new()
                    .text("general.architecture", "llama")
                    .text("general.license", "mit")
                    .text("general.base_model.0.repo_url", "https://huggingface.co/meta-llama/Llama-2-7b");
                one("model.gguf", file.tensor("a", &[4], 0, 16).build())
            },
            fires: &["licence-base-flows", "licence-restricts-use"],
        },
        Example {
            name: "same-terms",
            files: || beside("license: gemma\nbase_model: google/gemma-2-2b", Vec::new()),
            fires: &["licence-restricts-use"],
        },
        Example {
            name: "unknown-terms-twin",
            files: || beside("license: other\nlicense_name: ours\nbase_model: example/base", Vec::new()),
            fires: &[],
        },
    ],
    check: Check::Folder(check),
};

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let declared = terms::said(files, &terms::DECLARED);
    let rows: Vec<_> = declared.iter().filter_map(terms::Said::row).collect();
    // Nothing can be said beside names that nobody knows, or that stand for any.
    let open = |id: Option<&str>| id.is_none_or(|id| matches!(id, "other" | "unknown"));
    if declared.is_empty() || declared.iter().any(|said| open(said.id())) {
        return;
    }
    let own: BTreeSet<&str> = rows.iter().flat_map(|row| terms::restrictions(row)).collect();
    let names = || {
        let ids: BTreeSet<&str> = declared.iter().filter_map(terms::Said::id).collect();
        ids.into_iter().take(3).map(|id| format!("`{}`", shown(id, 60))).collect::<Vec<_>>().join(" and ")
    };
    let mut told = BTreeSet::new();
    for said in terms::said(files, &[LicenceSource::BaseModel]) {
        let Some(row) = said.row() else { continue };
        let same = declared.iter().filter_map(terms::Said::id).any(|id| are_compatible(id, &row.id));
        let more: Vec<&str> = terms::restrictions(row).difference(&own).copied().collect();
        if !same && !more.is_empty() && told.insert(row.id.as_str()) {
            let message = format!(
                "the base model `{}` comes under `{}`, with {}; declared is {}",
                shown(&said.licence.stated, 100),
                row.id,
                more.join(", "),
                names()
            );
            findings.add_in(said.path.to_owned(), said.place, message);
        }
    }
}
