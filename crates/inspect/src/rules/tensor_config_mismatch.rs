//! Tensors that the settings of their model do not account for.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::Tensor;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::samples::{File, adapter, one, tensor};
use crate::text;

/// Tensors that the settings of their model do not account for.
pub static RULE: Rule = Rule {
    id: "tensor-config-mismatch",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model has layers that its settings do not count, or an embedding of another size than they say",
    why: "Loaders build a model from its settings and leave out, or quietly ignore, tensors that have no place in it. \
          Weights that no review looks at can carry data, or wait for other settings to bring them to life. Compared are \
          `config.json` and the files of tensors beside it, and the number of blocks that a GGUF file says it has.",
    advice: "Compare with the original model: were layers added, or is `config.json` of another revision?",
    references: &["CWE-345", "CWE-912", "AML.T0018"],
    examples: &[
        Example {
            name: "layer",
            files: || model(r#""num_hidden_layers":2"#, &["model.layers.0.a", "model.layers.2.a"]),
            fires: &["tensor-config-mismatch"],
        },
        Example {
            name: "layer-twin",
            files: || model(r#""num_hidden_layers":3"#, &["model.layers.0.a", "model.layers.2.a"]),
            fires: &[],
        },
        Example {
            name: "next-token-layer-twin",
            files: || {
                model(
                    r#""num_hidden_layers":2,"num_nextn_predict_layers":1"#,
                    &["model.layers.2.enorm.weight"],
                )
            },
            fires: &[],
        },
        Example {
            name: "two-stacks-twin",
            files: || model(r#""num_hidden_layers":1"#, &["encoder.layers.1.a", "decoder.layers.0.a"]),
            fires: &[],
        },
        Example {
            name: "shared-stack",
            files: || model(r#""n_layer":1"#, &["vision.layers.4.a", "model.layers.1.a"]),
            fires: &["tensor-config-mismatch"],
        },
        Example {
            name: "embedding",
            files: || model(r#""hidden_size":2,"vocab_size":3"#, &["model.embed_tokens.weight"]),
            fires: &["tensor-config-mismatch"],
        },
        Example {
            name: "embedding-twin",
            files: || model(r#""hidden_size":2,"vocab_size":4"#, &["model.embed_tokens.weight"]),
            fires: &[],
        },
        Example { name: "blocks", files: || gguf(1), fires: &["tensor-config-mismatch"] },
        Example { name: "blocks-twin", files: || gguf(2), fires: &[] },
    ],
    check: Check::Folder(check),
};

/// A model with these settings, and tensors of four times two numbers.
fn model(settings: &str, names: &[&str]) -> Vec<File> {
    let names: Vec<(&str, &[u64])> = names.iter().map(|name| (*name, &[4, 2][..])).collect();
    let mut files = one("config.json", format!(r#"{{"model_type":"llama",{settings}}}"#));
    files.extend(one("model.safetensors", adapter::tensors(&names)));
    files
}

/// A file with two blocks that says it has this many.
fn gguf(blocks: u32) -> Vec<File> {
    let file = tensor::Gguf::new().text("general.architecture", "llama").raw(
        b"llama.block_count",
        4,
        &blocks.to_le_bytes(),
    );
    let file = file.tensor("blk.0.attn_q.weight", &[8], 0, 32).tensor("blk.1.attn_q.weight", &[8], 0, 32);
    one("model.gguf", file.build())
}

/// What settings say about the tensors of their model.
#[derive(Debug, Default)]
struct Settings {
    layers: Option<(&'static str, u64)>,
    /// Layers that guess further words, which come behind the others.
    ahead: u64,
    embedding: [Option<(&'static str, u64)>; 2],
}

impl Settings {
    fn read(facts: &Facts) -> Self {
        let mut settings = Self::default();
        for (_, key, value) in facts.settings().filter(|(place, ..)| place.format() == "model-config") {
            let Ok(value) = value.parse() else { continue };
            let [words, width] = &mut settings.embedding;
            match key {
                "num_hidden_layers" => settings.layers = Some(("num_hidden_layers", value)),
                "n_layer" => settings.layers = Some(("n_layer", value)),
                "mtp_num_hidden_layers"
                | "mtp_num_layers"
                | "num_mtp_layers"
                | "num_nextn_predict_layers" => {
                    settings.ahead = settings.ahead.max(value);
                }
                "vocab_size" => *words = Some(("vocab_size", value)),
                "hidden_size" => *width = Some(("hidden_size", value)),
                "n_embd" => *width = Some(("n_embd", value)),
                _ => {}
            }
        }
        // Embeddings of some models are narrower than their layers.
        let narrow = ["embedding_size", "word_embed_proj_dim"];
        if facts.settings().any(|(_, key, _)| narrow.contains(&key)) {
            settings.embedding = [None, None];
        }
        settings
    }
}

/// A tensor with the file and the place it is in.
type Held<'a> = (&'a str, Place<'a>, &'a Tensor);

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    for (path, facts) in files {
        let said = facts.metadata().find(|(_, key, _)| key.ends_with(".block_count"));
        if let Some((_, key, count)) = said
            && let Ok(count) = count.parse()
        {
            let tensors: Vec<Held<'_>> = of(path, facts).collect();
            surplus(&stacks(&tensors, |stack| stack == "blk"), key, count, 0, findings);
        }
    }
    let Some((_, config)) = files.iter().find(|(path, _)| base(path) == "config.json") else { return };
    let settings = Settings::read(config);
    let adapter = files.iter().any(|(path, _)| base(path) == "adapter_config.json");
    let weights = files.iter().filter(|(path, _)| base(path).ends_with(".safetensors") && !adapter);
    let tensors: Vec<Held<'_>> = weights.flat_map(|(path, facts)| of(path, facts)).collect();
    if let Some((key, count)) = settings.layers {
        let mut found = stacks(&tensors, |stack| {
            let last = stack.rsplit('.').next().unwrap_or_default();
            matches!(last, "block" | "blocks" | "h" | "layer" | "layers")
        });
        // Of several stacks of layers, the settings count those of the language model.
        if found.len() > 1 {
            found.retain(|stack, _| matches!(*stack, "model.layers" | "transformer.h"));
        }
        surplus(&found, key, count, settings.ahead, findings);
    }
    embedding(&settings, &tensors, findings);
}

fn of<'a>(path: &'a str, facts: &'a Facts) -> impl Iterator<Item = Held<'a>> {
    facts.tensors().map(move |(place, tensor)| (path, place, tensor))
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Tensors of numbered layers by what stands before the first number, with that number.
fn stacks<'a>(tensors: &[Held<'a>], is_one: fn(&str) -> bool) -> BTreeMap<&'a str, Vec<(u64, Held<'a>)>> {
    let mut stacks: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for held in tensors {
        let name = held.2.name.as_str();
        let mut parts = name.match_indices('.').map(|(at, _)| at);
        let numbered = parts.find_map(|at| {
            let (stack, rest) = (name.get(..at)?, name.get(at.saturating_add(1)..)?);
            let number = rest.split('.').next()?;
            (is_one(stack) && number.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| Some((stack, number.parse().ok()?)))
                .flatten()
        });
        if let Some((stack, number)) = numbered {
            stacks.entry(stack).or_default().push((number, *held));
        }
    }
    stacks
}

/// Reports each layer beyond the last that is counted once.
fn surplus(
    stacks: &BTreeMap<&str, Vec<(u64, Held<'_>)>>,
    key: &str,
    count: u64,
    ahead: u64,
    findings: &mut Findings<'_>,
) {
    for (stack, tensors) in stacks {
        let mut told = BTreeSet::new();
        for (number, (path, place, tensor)) in tensors {
            if *number >= count.saturating_add(ahead) && told.insert(number) {
                let name = text::shown(&tensor.name, 120);
                let last = count.saturating_add(ahead).saturating_sub(1);
                let message = format!(
                    "`{name}` is of layer {number} of `{}`, but with `{key}` {count} the last is {last}",
                    text::shown(stack, 80)
                );
                findings.add_in((*path).to_owned(), *place, message);
            }
        }
    }
}

/// Reports an embedding that is not of the size that the settings say.
fn embedding(settings: &Settings, tensors: &[Held<'_>], findings: &mut Findings<'_>) {
    let ends = ["embed_in.weight", "embed_tokens.weight", "word_embeddings.weight", "wte.weight"];
    let mut found = tensors.iter().filter(|(_, _, tensor)| ends.iter().any(|end| tensor.name.ends_with(end)));
    let (Some((path, place, tensor)), None) = (found.next(), found.next()) else { return };
    // Other types are packed, several numbers to an element.
    if tensor.shape.len() != 2 || !matches!(tensor.dtype.as_str(), "BF16" | "F16" | "F32") {
        return;
    }
    for (said, has) in settings.embedding.iter().zip(&tensor.shape) {
        if let Some((key, said)) = said
            && said != has
        {
            let message = format!(
                "`{}` has {has} where `{key}` of `config.json` is {said}",
                text::shown(&tensor.name, 120)
            );
            findings.add_in((*path).to_owned(), *place, message);
        }
    }
}
