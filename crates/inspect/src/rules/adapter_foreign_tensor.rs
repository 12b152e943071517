//! Tensors that do not belong to the adapter they come with.

use std::collections::BTreeSet;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::samples::adapter::{lora, of};
use crate::text;

/// Tensors that do not belong to the adapter they come with.
pub static RULE: Rule = Rule {
    id: "adapter-foreign-tensor",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "An adapter has tensors that its settings do not account for",
    why: "An adapter is a small addition to a base model, and is reviewed as one. A tensor that is no part of the kind of adapter \
          that the settings name, that changes another module, or that is of another rank, replaces weights of the base model \
          without anybody having been told.",
    advice: "Compare the tensors with the settings, and ask the publisher what the others are for.",
    references: &["AML.T0018", "AML.T0010"],
    examples: &[
        Example {
            name: "base-weight",
            files: || lora(&[("base_model.model.model.layers.0.mlp.up_proj.weight", &[4, 4])]),
            fires: &["adapter-foreign-tensor"],
        },
        Example { name: "lora", files: || lora(&[]), fires: &[] },
        Example {
            name: "lora-rank",
            files: || lora(&[("base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight", &[64, 4])]),
            fires: &["adapter-foreign-tensor"],
        },
        Example {
            name: "lora-target",
            files: || lora(&[("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight", &[8, 4])]),
            fires: &["adapter-foreign-tensor"],
        },
        Example {
            name: "lora-modules-to-save",
            files: || {
                of(
                    r#""peft_type":"LORA","r":2,"target_modules":["q"],"modules_to_save":["classifier"],"bias":"none""#,
                    &[
                        ("base_model.model.q.lora_A.weight", &[2, 4]),
                        ("base_model.model.classifier.weight", &[2, 4]),
                    ],
                )
            },
            fires: &[],
        },
        Example {
            name: "lora-patterns",
            files: || {
                of(
                    r#""peft_type":"LORA","r":2,"rank_pattern":{"k":4},"target_modules":"all-linear","bias":"all""#,
                    &[
                        ("base_model.model.q.lora_A.weight", &[2, 4]),
                        ("base_model.model.k.lora_B.weight", &[3, 4]),
                        ("base_model.model.k.bias", &[4]),
                        ("base_model.model.model.embed_tokens.weight", &[4, 2]),
                        ("base_model.model.q.lora_magnitude_vector.weight", &[4]),
                    ],
                )
            },
            fires: &[],
        },
        Example {
            name: "adalora",
            files: || {
                of(
                    r#""peft_type":"ADALORA","target_modules":["q"]"#,
                    &[("base_model.model.q.lora_E", &[2, 1]), ("base_model.model.q.lora_A", &[2, 4])],
                )
            },
            fires: &[],
        },
        Example { name: "ia3", files: || kind("IA3", "base_model.model.q.ia3_l"), fires: &[] },
        Example { name: "loha", files: || kind("LOHA", "base_model.model.q.hada_w1_a"), fires: &[] },
        Example { name: "lokr", files: || kind("LOKR", "base_model.model.q.lokr_w1"), fires: &[] },
        Example { name: "oft", files: || kind("OFT", "base_model.model.q.oft_R.weight"), fires: &[] },
        Example { name: "boft", files: || kind("BOFT", "base_model.model.q.boft_R"), fires: &[] },
        Example { name: "vera", files: || kind("VERA", "base_model.model.q.vera_lambda_b"), fires: &[] },
        Example {
            name: "fourierft",
            files: || kind("FOURIERFT", "base_model.model.q.fourierft_spectrum"),
            fires: &[],
        },
        Example { name: "hra", files: || kind("HRA", "base_model.model.q.hra_u"), fires: &[] },
        Example {
            name: "vblora",
            files: || kind("VBLORA", "base_model.vblora_vector_bank.default"),
            fires: &[],
        },
        Example { name: "poly", files: || kind("POLY", "base_model.model.q.poly_lora_A"), fires: &[] },
        Example { name: "prompt-tuning", files: || kind("PROMPT_TUNING", "prompt_embeddings"), fires: &[] },
        Example { name: "prefix-tuning", files: || kind("PREFIX_TUNING", "prompt_embeddings"), fires: &[] },
        Example { name: "p-tuning", files: || kind("P_TUNING", "prompt_embeddings"), fires: &[] },
        Example {
            name: "adaption-prompt",
            files: || kind("ADAPTION_PROMPT", "base_model.model.q.adaption_gate"),
            fires: &[],
        },
        Example { name: "unknown-kind", files: || kind("DEMO", "base_model.model.q.demo"), fires: &[] },
        Example {
            name: "other-kind",
            files: || kind("PROMPT_TUNING", "base_model.model.q.weight"),
            fires: &["adapter-foreign-tensor"],
        },
    ],
    check: Check::Folder(check),
};

fn kind(kind: &str, name: &str) -> Vec<crate::samples::File> {
    of(&format!("\"peft_type\":\"{kind}\",\"target_modules\":[\"q\"]"), &[(name, &[4])])
}

/// What the names of an adapter's tensors have in them, by its kind.
fn marks(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "LORA" => &[
            "lora_A",
            "lora_B",
            "lora_embedding_A",
            "lora_embedding_B",
            "lora_magnitude_vector",
            "lora_ga",
            "lora_variant",
        ],
        "ADALORA" => &["lora_A", "lora_B", "lora_E", "ranknum"],
        "IA3" => &["ia3_"],
        "LOHA" => &["hada_"],
        "LOKR" => &["lokr_"],
        "OFT" => &["oft_"],
        "BOFT" => &["boft_"],
        "VERA" => &["vera_"],
        "FOURIERFT" => &["fourierft_"],
        "HRA" => &["hra_"],
        "VBLORA" => &["vblora_"],
        "RANDLORA" => &["randlora_"],
        "BONE" => &["bone_"],
        "MISS" => &["miss_"],
        "C3A" => &["c3a_"],
        "SHIRA" => &["shira_"],
        "ROAD" => &["road_"],
        "POLY" => &["poly_"],
        "XLORA" => &["xlora", "lora_", "internal_xlora"],
        "ADAPTION_PROMPT" => &["adaption_"],
        "PROMPT_TUNING" | "PREFIX_TUNING" | "P_TUNING" | "MULTITASK_PROMPT_TUNING" | "CPT" => {
            &["prompt_embeddings", "prompt_encoder", "prefix_task_"]
        }
        "TRAINABLE_TOKENS" => &["trainable_tokens"],
        _ => return None,
    })
}

/// What the settings of an adapter say.
#[derive(Debug, Default)]
struct Adapter<'a> {
    kind: &'a str,
    ranks: BTreeSet<u64>,
    targets: Vec<&'a str>,
    /// The targets are a pattern, or no list at all.
    open: bool,
    saved: Vec<&'a str>,
    bias: bool,
}

impl<'a> Adapter<'a> {
    fn read(facts: &'a Facts) -> Option<Self> {
        let mut adapter = Self::default();
        for (_, key, value) in facts.settings().filter(|(place, ..)| place.format() == "adapter-config") {
            let (first, rest) = key.split_once('.').unwrap_or((key, ""));
            match (first, rest) {
                ("peft_type", "") => adapter.kind = value,
                ("r", "") | ("rank_pattern", _) => adapter.ranks.extend(value.parse::<u64>().ok()),
                ("target_modules", "") | ("target_parameters", _) => adapter.open = true,
                ("target_modules", _) => adapter.targets.push(value),
                ("modules_to_save", _) => adapter.saved.push(value),
                ("bias", "") => adapter.bias = value != "none",
                _ => {}
            }
        }
        (!adapter.kind.is_empty()).then_some(adapter)
    }

    /// Why a tensor does not belong.
    fn objection(&self, name: &str, shape: &[u64]) -> Option<String> {
        let marks = marks(self.kind)?;
        let has = |word: &str| name.split('.').any(|own| own == word);
        let saved = self.saved.iter().any(|module| has(module) || name.contains(&format!(".{module}.")));
        // Embeddings are saved with the adapter when the vocabulary has grown.
        let embedding =
            ["embed_tokens", "lm_head", "wte", "word_embeddings", "embed_in", "embed_out", "shared"];
        if saved
            || embedding.iter().any(|word| has(word))
            || (self.bias && name.rsplit('.').next() == Some("bias"))
        {
            return None;
        }
        let is_mark = |own: &str| marks.iter().any(|mark| own.starts_with(mark));
        let Some(mark) = name.split('.').find(|own| is_mark(own)) else {
            return Some(format!("is no part of an adapter of the kind {}", text::shown(self.kind, 40)));
        };
        if self.kind != "LORA" {
            return None;
        }
        let module = name.split_once(&format!(".{mark}")).map_or("", |(module, _)| module);
        let targeted = |target: &&str| module == *target || module.ends_with(&format!(".{target}"));
        if !self.open && !self.targets.is_empty() && !self.targets.iter().any(targeted) {
            return Some("changes a module that is not among the targets".to_owned());
        }
        let rank = match mark {
            "lora_A" | "lora_embedding_A" => shape.first(),
            "lora_B" | "lora_embedding_B" => shape.get(1),
            _ => None,
        };
        let rank = rank.filter(|rank| !self.ranks.is_empty() && !self.ranks.contains(rank))?;
        Some(format!("has the rank {rank}, which the settings do not name"))
    }
}

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let named = |path: &str, names: &[&str]| names.contains(&path.rsplit('/').next().unwrap_or(path));
    let Some(adapter) = files
        .iter()
        .find(|(path, _)| named(path, &["adapter_config.json"]))
        .and_then(|(_, facts)| Adapter::read(facts))
    else {
        return;
    };
    for (path, facts) in files {
        if !named(path, &["adapter_model.safetensors", "adapter_model.bin"]) {
            continue;
        }
        // The first tensor with each objection, and how many there are.
        let mut objections: Vec<(String, Place<'_>, &str, u64)> = Vec::new();
        for (place, tensor) in facts.tensors() {
            let Some(objection) = adapter.objection(&tensor.name, &tensor.shape) else { continue };
            if let Some((.., count)) = objections.iter_mut().find(|(other, ..)| *other == objection) {
                *count += 1;
            } else if objections.len() < 20 {
                objections.push((objection, place, &tensor.name, 1));
            }
        }
        for (objection, place, name, count) in objections {
            let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
            let message = format!("`{}`{more} {objection}", text::shown(name, 160));
            findings.add_in((*path).to_owned(), place, message);
        }
    }
}
