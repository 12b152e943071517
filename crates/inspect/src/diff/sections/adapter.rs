//! Adapters: which modules of the base they touch, and tensors that belong to none of those they name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use weighbridge_domain::facts::Tensor;

use super::{Check, Section};
use crate::diff::Whole;
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::version::Version;
use crate::text;

/// Adapters.
pub static SECTION: Section = Section {
    id: "adapter",
    title: "Adapter",
    docs: "An adapter is held against its own `adapter_config.json`: tensors that belong to no target module, and ranks that are not \
           the one it names. `diff BASE ADAPTER` also says which modules of the base it touches, which of them the base does \
           not have, and shapes that do not fit. Tensors that would replace one of the base are red, the rest amber. Against another \
           adapter, what was so before is not told again; base, rank and target modules are settings.",
    check: Check::Whole(check),
};

/// What an adapter says of itself.
struct Settings<'a> {
    rank: Option<u64>,
    /// Ranks of modules whose names match, where the pattern is a name.
    ranks: HashMap<&'a str, u64>,
    alone: bool,
    targets: Vec<&'a str>,
    saved: Vec<&'a str>,
}

impl<'a> Settings<'a> {
    fn of(value: &'a Value) -> Self {
        let list = |key: &str| -> Vec<&'a str> {
            let items = value.get(key).and_then(Value::as_array);
            items.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let ranks = value.get("rank_pattern").and_then(Value::as_object);
        Self {
            rank: value.get("r").and_then(Value::as_u64),
            ranks: ranks.into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), v.as_u64()?))).collect(),
            // A pattern, or all linear layers: which modules are meant only the base's code knows.
            alone: value.get("target_modules").is_some_and(Value::is_string),
            targets: list("target_modules"),
            saved: list("modules_to_save"),
        }
    }

    fn names(list: &[&str], module: &str) -> bool {
        let last = |name: &&str| {
            module.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        list.iter().any(last)
    }

    fn rank_of(&self, module: &str) -> Option<u64> {
        let own =
            self.ranks.iter().find(|(name, _)| module == **name || module.ends_with(&format!(".{name}")));
        own.map(|(_, rank)| *rank).or(self.rank)
    }
}

/// The module of the base that a tensor belongs to, and its part in the adapter; nothing when it is no adapter's.
fn module_of(name: &str) -> (&str, Option<&str>) {
    const PARTS: [&str; 6] =
        ["lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector", "lora_bias"];
    let name = name.strip_prefix("base_model.model.").unwrap_or(name);
    for part in PARTS {
        if let Some((module, rest)) = name.rsplit_once(&format!(".{part}"))
            && (rest.is_empty() || rest.starts_with('.'))
        {
            return (module, Some(part));
        }
    }
    (name.strip_suffix(".weight").or_else(|| name.strip_suffix(".bias")).unwrap_or(name), None)
}

/// What is odd about an adapter: a kind, a tensor, and what is so and should be so.
type Odd = BTreeMap<&'static str, BTreeMap<String, (String, String)>>;

const STRAY: &str = "belongs to no module that the adapter names";
const REPLACES: &str = "would replace a tensor of the base and is not among the modules to save";
const RANK: &str = "has another rank than the adapter names";
const ABSENT: &str = "belongs to a module that the base does not have";
const SHAPE: &str = "does not fit the shape of the base";

fn odd(adapter: &Version, tensors: &[&Tensor], base: Option<&HashMap<&str, &Tensor>>) -> Odd {
    let mut odd = Odd::new();
    let Some(settings) = adapter.adapter.as_ref().map(Settings::of) else { return odd };
    let mut note = |what, tensor: &Tensor, is: String, should: String| {
        odd.entry(what).or_default().insert(tensor.name.clone(), (is, should));
    };
    for tensor in tensors {
        let (module, part) = module_of(&tensor.name);
        let weight = base.and_then(|base| base.get(format!("{module}.weight").as_str()).copied());
        let shape = format!("{:?}", tensor.shape);
        let Some(part) = part else {
            let plain = tensor.name.strip_prefix("base_model.model.").unwrap_or(&tensor.name);
            if !Settings::names(&settings.saved, module) {
                let replaces = base.is_some_and(|base| base.contains_key(plain));
                note(if replaces { REPLACES } else { STRAY }, tensor, shape, String::new());
            }
            continue;
        };
        if !settings.alone && !Settings::names(&settings.targets, module) {
            note(STRAY, tensor, shape.clone(), String::new());
        }
        let has = match part {
            "lora_A" | "lora_embedding_A" => tensor.shape.first().copied(),
            "lora_B" | "lora_embedding_B" => tensor.shape.get(1).copied(),
            _ => None,
        };
        if let (Some(has), Some(named)) = (has, settings.rank_of(module))
            && has != named
        {
            note(RANK, tensor, format!("rank {has}"), format!("rank {named}"));
        }
        if base.is_some() && weight.is_none() {
            note(ABSENT, tensor, shape, String::new());
        } else if let Some(weight) = weight {
            let fits = match part {
                "lora_A" => tensor.shape.get(1) == weight.shape.get(1),
                "lora_B" => tensor.shape.first() == weight.shape.first(),
                _ => true,
            };
            if !fits && weight.shape.len() == 2 && tensor.shape.len() == 2 {
                note(SHAPE, tensor, shape, format!("{:?}", weight.shape));
            }
        }
    }
    odd
}

fn check(whole: &Whole<'_>, out: &mut Vec<Change>) {
    let of = |new: bool| -> Vec<&Version> {
        whole
            .pairs
            .iter()
            .filter_map(|pair| if new { pair.new.as_ref() } else { pair.old.as_ref() })
            .collect()
    };
    let (old, new) = (of(false), of(true));
    let base: Option<HashMap<&str, &Tensor>> = whole.is_adapter().then(|| {
        old.iter()
            .flat_map(|version| &version.tensors)
            .map(|held| (held.tensor.name.as_str(), &held.tensor))
            .collect()
    });
    for adapter in new.iter().filter(|version| version.adapter.is_some()) {
        let tensors = beside(&adapter.path, &new);
        let odd_now = odd(adapter, &tensors, base.as_ref());
        let before = old.iter().find(|version| version.path == adapter.path && base.is_none());
        let odd_before =
            before.map_or_else(Odd::new, |before| odd(before, &beside(&before.path, &old), None));
        if let Some(base) = &base {
            touched(adapter, &tensors, base, out);
        }
        for (what, tensors) in odd_now {
            let known = odd_before.get(what);
            let details: Vec<Detail> = tensors
                .into_iter()
                .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(name)))
                .map(|(name, (is, should))| {
                    Detail::new(&name, Some(&*should).filter(|should| !should.is_empty()), Some(&is))
                })
                .collect();
            if details.is_empty() {
                continue;
            }
            let risk = if what == REPLACES { Risk::Red } else { Risk::Amber };
            let count = details.len() as u64;
            let each = if count == 1 { "" } else { ": each" };
            let message = format!("{} of the adapter{each} {what}", text::count(count, "tensor"));
            out.push(
                Change::new("adapter", risk, Kind::Added, (&adapter.path, ""), message).details(details),
            );
        }
    }
}

/// The tensors in the same folder.
fn beside<'a>(path: &str, versions: &[&'a Version]) -> Vec<&'a Tensor> {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let here = folder(path);
    let files = versions.iter().filter(|version| folder(&version.path) == here);
    files.flat_map(|version| version.tensors.iter().map(|held| &held.tensor)).collect()
}

/// Which modules of the base an adapter touches.
fn touched(adapter: &Version, tensors: &[&Tensor], base: &HashMap<&str, &Tensor>, out: &mut Vec<Change>) {
    let modules: BTreeSet<&str> = tensors.iter().map(|tensor| module_of(&tensor.name).0).collect();
    let there = |module: &&&str| base.contains_key(format!("{module}.weight").as_str());
    let count = modules.iter().filter(there).count();
    let rank = adapter.adapter.as_ref().and_then(|value| value.get("r")).and_then(Value::as_u64);
    let rank = rank.map_or_else(String::new, |rank| format!(", with rank {rank}"));
    let message = format!(
        "the adapter touches {count} of {} of the base{rank}",
        text::count(base.len() as u64, "tensor")
    );
    let details = modules.iter().filter(there).map(|module| {
        let weight = base.get(format!("{module}.weight").as_str());
        let weight = weight.map(|weight| format!("{} {:?}", weight.dtype, weight.shape));
        Detail::new(module, weight.as_deref(), None)
    });
    let change = Change::new("adapter", Risk::Amber, Kind::Changed, (&adapter.path, ""), message);
    out.push(change.details(details.collect()));
}
