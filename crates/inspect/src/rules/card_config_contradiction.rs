//! Cards, settings, vocabularies and tensors that do not speak of the same model.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::{Card, What};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::{Facts, Place, Sort};
use crate::samples::licence::card;
use crate::samples::{File, adapter, one};
use crate::text::{grouped, shown};

/// Cards, settings, vocabularies and tensors that do not speak of the same model.
pub static RULE: Rule = Rule {
    id: "card-config-contradiction",
    severity: Severity::Medium,
    confidence: Confidence::Low,
    light: Light::Content,
    since: "0.1.0",
    summary: "What the card or the settings say about a model is not what its files hold",
    why: "Compared are the numbers of parameters that the card states or that stand in its name with those of the tensors, kinds \
          of models among the card's tags with `model_type`, the type of numbers in `config.json` with that of the tensors, the \
          words of the tokenizer with `vocab_size`, and lengths of context with `max_position_embeddings`. One statement of \
          several that fits is enough. A copy under another name shows here; mostly a card was taken over and not changed, so \
          only parameters that are four times off are more than low.",
    advice: "Compare with the original: is the card of another model, or are the files?",
    references: &["CWE-345", "AML.T0010"],
    examples: &[
        Example {
            name: "parameters",
            files: || model("# Demo-7B", ""),
            fires: &["card-config-contradiction"],
        },
        Example { name: "parameters-twin", files: || model("# Demo", ""), fires: &[] },
        Example {
            name: "stated",
            files: || model("# Demo\n\nIt has 2M parameters.", ""),
            fires: &["card-config-contradiction"],
        },
        Example {
            name: "stated-twin",
            files: || model("# Demo\n\nIt has 0.01M parameters.", ""),
            fires: &[],
        },
        Example {
            name: "kind",
            files: || model("# Demo", r#","model_type":"gpt2""#),
            fires: &["card-config-contradiction"],
        },
        Example { name: "kind-twin", files: || model("# Demo", r#","model_type":"llama""#), fires: &[] },
        Example {
            name: "numbers",
            files: || model("# Demo", r#","torch_dtype":"bfloat16""#),
            fires: &["card-config-contradiction"],
        },
        Example {
            name: "numbers-twin",
            files: || model("# Demo", r#","torch_dtype":"float32""#),
            fires: &[],
        },
        Example { name: "words", files: || vocabulary(2), fires: &["card-config-contradiction"] },
        Example { name: "words-twin", files: || vocabulary(3), fires: &[] },
        Example {
            name: "context",
            files: || model("# Demo\n\nIt has a 128K context window.", r#","max_position_embeddings":2048"#),
            fires: &["card-config-contradiction"],
        },
        Example {
            name: "context-twin",
            files: || {
                model("# Demo\n\nIt has a 128K context window.", r#","max_position_embeddings":131072"#)
            },
            fires: &[],
        },
    ],
    check: Check::Folder(check),
};

/// A model of ten thousand numbers with these settings and this beginning of its card, which is tagged `llama`.
fn model(title: &str, settings: &str) -> Vec<File> {
    let text = card("license: mit\ndatasets: example/rows\ntags: [llama, demo]").replace("# A model", title);
    let mut files = one("README.md", text);
    files.extend(one("config.json", format!(r#"{{"use_cache":true{settings}}}"#)));
    files.extend(one("model.safetensors", adapter::tensors(&[("a", &[100, 100][..])])));
    files
}

/// A tokenizer of three words beside settings that speak of so many.
fn vocabulary(words: u64) -> Vec<File> {
    let mut files = one("config.json", format!(r#"{{"vocab_size":{words}}}"#));
    let tokenizer = r#"{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2},"merges":[]}}"#;
    files.extend(one("tokenizer.json", tokenizer));
    files
}

/// Tags that name kinds of models as `model_type` does.
#[rustfmt::skip]
const KINDS: &[&str] = &[
    "albert", "bart", "bert", "bloom", "clip", "codegen", "deberta-v2", "deepseek_v2", "deepseek_v3", "distilbert",
    "electra", "falcon", "gemma", "gemma2", "gemma3", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "llama",
    "longformer", "mamba", "mbart", "mistral", "mixtral", "mpt", "opt", "phi", "phi3", "qwen2", "qwen2_moe", "qwen3",
    "roberta", "starcoder2", "t5", "vit", "whisper",
];

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let config = files.iter().find(|(path, _)| terms::base(path) == "config.json");
    let settings: BTreeMap<&str, &str> = config
        .map(|(_, config)| config.settings().map(|(_, key, value)| (key, value)).collect())
        .unwrap_or_default();
    let number = |key: &str| settings.get(key).and_then(|value| value.parse::<u64>().ok());
    let is_adapter = files.iter().any(|(path, _)| terms::base(path) == "adapter_config.json");
    if let Some(size) = number("vocab_size") {
        words(files, size, findings);
    }
    let weights = Weights::of(files);
    if let Some((path, place, dtype)) = &weights.first
        && let Some(said) = settings.get("torch_dtype").or_else(|| settings.get("dtype"))
        && !settings.keys().any(|key| key.ends_with("quant_method"))
        && !is_adapter
        && let Some(short) = short_type(said)
        && !weights.types.contains(short)
    {
        let message = format!(
            "`config.json` says that the numbers are {}, and those of `{}` are {dtype}",
            shown(said, 40),
            shown(terms::base(path), 80)
        );
        findings.add_in((*path).to_owned(), *place, message).severity = Severity::Low;
    }
    let cards = files.iter().filter(|(path, _)| terms::is_card(path));
    for (path, place, card) in
        cards.filter_map(|(path, facts)| facts.cards().next().map(|(p, c)| (*path, p, c)))
    {
        let mut tell = |message: String, severity: Severity| {
            findings.add_in(path.to_owned(), place, message).severity = severity;
        };
        if let Some((message, severity)) = (!is_adapter).then(|| parameters(card, &weights)).flatten() {
            tell(message, severity);
        }
        if let Some(message) = settings.get("model_type").and_then(|kind| kinds(card, kind)) {
            tell(message, Severity::Low);
        }
        let factor = settings.get("rope_scaling.factor").and_then(|factor| factor.parse::<f64>().ok());
        if let Some(message) = number("max_position_embeddings").and_then(|most| context(card, most, factor))
        {
            tell(message, Severity::Low);
        }
    }
}

fn words(files: &[(&str, &Facts)], size: u64, findings: &mut Findings<'_>) {
    for (path, facts) in files.iter().filter(|(path, _)| terms::base(path) == "tokenizer.json") {
        let counted = facts.of(Sort::Vocabulary).find_map(|(place, what)| match what {
            What::Vocabulary { words } => Some((place, *words)),
            _ => None,
        });
        if let Some((place, words)) = counted.filter(|(_, words)| *words > size) {
            let message = format!(
                "the tokenizer has {} words without those added to it, and `vocab_size` of `config.json` is {}",
                grouped(words),
                grouped(size)
            );
            findings.add_in((*path).to_owned(), place, message).severity = Severity::Low;
        }
    }
}

/// The tensors of a folder, those of one name once.
struct Weights<'a> {
    /// Numbers in them; nothing when some are packed or not there.
    count: Option<u64>,
    types: BTreeSet<&'a str>,
    /// The first file with plain numbers, and their type.
    first: Option<(&'a str, Place<'a>, &'a str)>,
}

impl<'a> Weights<'a> {
    fn of(files: &[(&'a str, &'a Facts)]) -> Self {
        let mut seen = BTreeSet::new();
        let mut weights = Self { count: Some(0), types: BTreeSet::new(), first: None };
        let names: BTreeSet<&str> = files.iter().map(|(path, _)| terms::base(path)).collect();
        for (path, facts) in files {
            let name = terms::base(path);
            let missing =
                |what: &What| matches!(what, What::Shard { file, .. } if !names.contains(file.as_str()));
            if facts.iter().any(|(_, what)| missing(what)) {
                weights.count = None;
            }
            let counts = |place: Place<'_>| {
                place.format() == "gguf"
                    || place.format() == "safetensors" && !name.starts_with("consolidated")
            };
            for (place, tensor) in facts.tensors().filter(|(place, _)| counts(*place)) {
                let plain = matches!(tensor.dtype.as_str(), "BF16" | "F16" | "F32" | "F64");
                if place.format() == "safetensors" && plain {
                    weights.types.insert(tensor.dtype.as_str());
                    weights.first.get_or_insert((*path, place, tensor.dtype.as_str()));
                }
                if !seen.insert(tensor.name.as_str()) {
                    continue;
                }
                // Other types hold several numbers in one.
                let packed = place.format() == "safetensors" && !plain && tensor.length > 4096;
                let elements = tensor.shape.iter().try_fold(1_u64, |all, one| all.checked_mul(*one));
                weights.count = weights
                    .count
                    .filter(|_| !packed)
                    .zip(elements)
                    .and_then(|(sum, elements)| sum.checked_add(elements));
            }
        }
        weights
    }
}

/// How many times more one is than the other, in tenths.
fn ratio(one: u64, other: u64) -> u64 {
    let (least, most) = (one.min(other), one.max(other));
    most.saturating_mul(10).checked_div(least).unwrap_or(u64::MAX)
}

fn parameters(card: &Card, weights: &Weights<'_>) -> Option<(String, Severity)> {
    let count = weights.count.filter(|count| *count > 0)?;
    let (stated, claimed) = card.parameters.iter().min_by_key(|(_, claimed)| ratio(*claimed, count))?;
    let off = ratio(*claimed, count);
    let message =
        format!("the card says `{}`, and the tensors have {} numbers", shown(stated, 80), grouped(count));
    (off > 16).then_some((message, if off >= 40 { Severity::Medium } else { Severity::Low }))
}

fn kinds(card: &Card, kind: &str) -> Option<String> {
    let tags = || card.tags.iter().map(String::as_str).filter(|tag| KINDS.contains(tag));
    let first = tags().next()?;
    let known = KINDS.contains(&kind) && !tags().any(|tag| tag == kind || kind.starts_with(tag));
    known.then(|| {
        format!("the card is tagged `{first}`, and `model_type` of `config.json` is `{}`", shown(kind, 40))
    })
}

fn context(card: &Card, most: u64, factor: Option<f64>) -> Option<String> {
    let (stated, claimed) = card.context.iter().min_by_key(|(_, claimed)| *claimed)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a factor, rounded up")]
    let factor = factor.filter(|factor| factor.is_finite()).map_or(1, |factor| factor.ceil() as u64).max(1);
    let reach = most.saturating_mul(factor);
    (claimed.checked_div(reach).unwrap_or_default() > 4).then(|| {
        format!(
            "the card says `{}`, and `max_position_embeddings` of `config.json` is {}",
            shown(stated, 80),
            grouped(most)
        )
    })
}

/// A type of numbers as tensors name it.
fn short_type(said: &str) -> Option<&'static str> {
    Some(match said.trim_start_matches("torch.") {
        "bfloat16" => "BF16",
        "float16" | "half" => "F16",
        "float32" | "float" => "F32",
        _ => return None,
    })
}
