//! Adapters against their base: which modules they touch, and what in them does not fit it.

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
    docs: "`diff BASE ADAPTER` says which modules of the base an adapter touches, which of its modules the base does not have, and \
           which shapes do not fit. Tensors that would replace one of the base, and are not among the modules to save, are red; \
           the rest is amber. Whether an adapter holds to its own `adapter_config.json` is a finding; between two adapters, base, \
           rank and target modules are settings.",
    check: Check::Whole(check),
};

/// The tensors of the base by their names.
type Base<'a> = HashMap<&'a str, &'a Tensor>;

fn check(whole: &Whole<'_>, out: &mut Vec<Change>) {
    if !whole.is_adapter() {
        return;
    }
    let old = whole.pairs.iter().filter_map(|pair| pair.old.as_ref());
    let base: Base<'_> = old
        .flat_map(|version| &version.tensors)
        .map(|held| (held.tensor.name.as_str(), &held.tensor))
        .collect();
    let new: Vec<&Version> = whole.pairs.iter().filter_map(|pair| pair.new.as_ref()).collect();
    for version in &new {
        if let Some(config) = &version.adapter {
            let tensors = beside(&version.path, &new);
            touched(&version.path, config, &tensors, &base, out);
            misfits(&version.path, config, &tensors, &base, out);
        }
    }
}

/// The tensors in the same folder.
fn beside<'a>(path: &str, versions: &[&'a Version]) -> Vec<&'a Tensor> {
    fn folder(path: &str) -> Option<&str> {
        path.rsplit_once('/').map(|(folder, _)| folder)
    }
    let files = versions.iter().filter(|version| folder(&version.path) == folder(path));
    files.flat_map(|version| version.tensors.iter().map(|held| &held.tensor)).collect()
}

/// The module of the base that a tensor belongs to, and its part in the adapter; nothing when it is no adapter's.
fn module_of(name: &str) -> (&str, Option<&str>) {
    const PARTS: [&str; 6] =
        ["lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector", "lora_bias"];
    let name = of_base(name);
    for part in PARTS {
        if let Some((module, rest)) = name.rsplit_once(&format!(".{part}"))
            && (rest.is_empty() || rest.starts_with('.'))
        {
            return (module, Some(part));
        }
    }
    (name.strip_suffix(".weight").or_else(|| name.strip_suffix(".bias")).unwrap_or(name), None)
}

/// What the base calls it.
fn of_base(name: &str) -> &str {
    name.strip_prefix("base_model.model.").unwrap_or(name)
}

/// Which modules of the base an adapter touches.
fn touched(path: &str, config: &Value, tensors: &[&Tensor], base: &Base<'_>, out: &mut Vec<Change>) {
    let modules: BTreeSet<&str> = tensors.iter().map(|tensor| module_of(&tensor.name).0).collect();
    let weights = modules
        .into_iter()
        .filter_map(|module| Some((module, base.get(format!("{module}.weight").as_str())?)));
    let details: Vec<Detail> = weights
        .map(|(module, weight)| {
            Detail::new(module, Some(&format!("{} {:?}", weight.dtype, weight.shape)), None)
        })
        .collect();
    let rank = config.get("r").and_then(Value::as_u64);
    let rank = rank.map_or_else(String::new, |rank| format!(", with rank {rank}"));
    let all = text::count(base.len() as u64, "tensor");
    let message = format!("the adapter touches {} of {all} of the base{rank}", details.len());
    out.push(Change::new("adapter", Risk::Amber, Kind::Changed, (path, ""), message).details(details));
}

const REPLACES: &str = "would replace a tensor of the base and is not among the modules to save";
const ABSENT: &str = "belongs to a module that the base does not have";
const SHAPE: &str = "does not fit the shape of the base";

/// What in an adapter does not fit its base.
fn misfits(path: &str, config: &Value, tensors: &[&Tensor], base: &Base<'_>, out: &mut Vec<Change>) {
    let saved = config.get("modules_to_save").and_then(Value::as_array);
    let saved: Vec<&str> = saved.into_iter().flatten().filter_map(Value::as_str).collect();
    let mut found: BTreeMap<&str, Vec<Detail>> = BTreeMap::new();
    for tensor in tensors {
        let shape = format!("{:?}", tensor.shape);
        let (module, part) = module_of(&tensor.name);
        let weight = base.get(format!("{module}.weight").as_str()).copied();
        let (what, before) = match (part, weight) {
            (None, _) if base.contains_key(of_base(&tensor.name)) && !is_named(&saved, module) => {
                (REPLACES, None)
            }
            (Some(_), None) => (ABSENT, None),
            (Some(part), Some(weight)) if !fits(part, tensor, weight) => {
                (SHAPE, Some(format!("{:?}", weight.shape)))
            }
            _ => continue,
        };
        let detail = Detail::new(&tensor.name, before.as_deref(), Some(&shape));
        found.entry(what).or_default().push(detail);
    }
    for (what, details) in found {
        let risk = if what == REPLACES { Risk::Red } else { Risk::Amber };
        let each = if details.len() == 1 { "" } else { ": each" };
        let message = format!("{} of the adapter{each} {what}", text::count(details.len() as u64, "tensor"));
        out.push(Change::new("adapter", risk, Kind::Added, (path, ""), message).details(details));
    }
}

/// One of these names is the end of the module's.
fn is_named(names: &[&str], module: &str) -> bool {
    let ends =
        |name: &&str| module.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    names.iter().any(ends)
}

/// The side of a low-rank part that meets a linear layer is as long as the layer's.
fn fits(part: &str, tensor: &Tensor, weight: &Tensor) -> bool {
    let ([rows, columns], [outputs, inputs]) = (tensor.shape.as_slice(), weight.shape.as_slice()) else {
        return true;
    };
    match part {
        "lora_A" => columns == inputs,
        "lora_B" => rows == outputs,
        _ => true,
    }
}
