//! Orbax checkpoints: a folder with documents in JSON, and arrays in folders of zarr or in a database of TensorStore.

mod database;
mod piece;
pub(crate) mod store;
mod zarr;

use serde_json::Value;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Name, Object, What};

use super::graph::References;
use super::json::document;
use super::layout::{Notes, name};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::orbax;
use crate::walk::Visit;
pub use database::FORMAT as DATABASE;
pub use piece::FORMAT as PIECE;
pub use zarr::FORMAT as ZARR;

/// Documents of Orbax.
pub static FORMAT: Format = Format {
    id: "orbax",
    title: "Orbax checkpoint",
    extensions: &[],
    support: Support::Recognised,
    carries_code: false,
    refines: &["json"],
    docs: "`_METADATA`, `_CHECKPOINT_METADATA`, `_sharding`, the documents in `array_metadatas`, and specs of TensorStore: names \
           of arrays that lead out of the folder, stores elsewhere that a spec names, handlers, and what anybody put into the \
           metadata. Types and shapes stand with the arrays themselves.",
    recognise,
    read,
    samples: orbax::checkpoint,
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let object = probe.first_character() == Some(b'{');
    let has = |key: &[u8]| probe.head.windows(key.len()).any(|window| window == key);
    let named = matches!(&*probe.name, "_metadata" | "_checkpoint_metadata" | "_sharding" | "_strings.json");
    let arrays = probe.name.starts_with("process_") && has(br#""array_metadatas""#);
    let spec = || probe.ends_with(&["json"]) && has(br#""kvstore""#) && has(br#""driver""#);
    Recognition::certain_if(object && (named || arrays || spec()))
}

/// Every value of a document with the path to it, outer ones first.
fn each<'v>(
    root: &'v Value,
    mut told: impl FnMut(&str, &'v Value) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let mut waiting = vec![(String::new(), root)];
    while let Some((path, value)) = waiting.pop() {
        if !told(&path, value)? {
            continue;
        }
        let inside = |key: &str| {
            let path = name(&path);
            if path.is_empty() { name(key) } else { format!("{path}/{}", name(key)) }
        };
        match value {
            Value::Object(map) => waiting.extend(map.iter().rev().map(|(key, value)| (inside(key), value))),
            Value::Array(items) => {
                waiting.extend(
                    items.iter().enumerate().rev().map(|(place, item)| (inside(&place.to_string()), item)),
                );
            }
            _ => {}
        }
    }
    Ok(())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut references = References::default();
    let root = document(visit, &mut notes)?;
    each(&root, |path, value| {
        visit.budget.tick()?;
        if let Some(target) = value.get("kvstore").and_then(store::target) {
            references.add(visit, &mut notes, 0, store::ARRAYS, &target)?;
        }
        match path {
            "tree_metadata" => {
                tree(visit, &mut notes, &mut references, value)?;
                return Ok(false);
            }
            "array_metadatas" => {
                for item in value.as_array().into_iter().flatten() {
                    let array = item.get("array_metadata").and_then(|array| array.get("param_name"));
                    if let Some(array) = array.and_then(Value::as_str) {
                        folder(visit, &mut notes, &mut references, array)?;
                    }
                }
                return Ok(false);
            }
            _ => {}
        }
        let Some(text) = value.as_str() else { return Ok(true) };
        if path == "item_handlers" || path.starts_with("item_handlers/") {
            let (module, class) = text.rsplit_once('.').unwrap_or(("", text));
            let called = Name { module: name(module), name: name(class) };
            visit.fact(
                0,
                What::Object(Object { dialect: "orbax", name: called, path: path.to_owned(), count: 1 }),
            );
        } else {
            notes.metadata(visit, 0, path, text)?;
        }
        Ok(true)
    })
}

/// What stands in the tree, by the keys that lead to each value.
fn tree(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    references: &mut References,
    tree: &Value,
) -> Result<(), Fault> {
    for (written, entry) in tree.as_object().into_iter().flatten() {
        visit.budget.tick()?;
        let keys = entry.get("key_metadata").and_then(Value::as_array);
        let keys: Option<Vec<String>> = keys.map(|keys| {
            let key = |key: &Value| match key.get("key") {
                Some(Value::String(key)) => key.clone(),
                Some(key) => key.to_string(),
                None => String::new(),
            };
            keys.iter().map(key).collect()
        });
        let Some(keys) = keys else {
            let detail = format!("`{}` has no keys", name(written));
            notes.problem(visit, 0, Kind::BadValue, detail);
            continue;
        };
        // Python writes these as they are.
        let plain = |key: &&String| {
            key.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\'))
        };
        if let Some(key) = keys.iter().filter(plain).find(|key| !written.contains(key.as_str())) {
            let detail = format!("`{}` is described with the key `{}`", name(written), name(key));
            notes.problem(visit, 0, Kind::BadValue, detail);
        }
        folder(visit, notes, references, &keys.join("."))?;
    }
    Ok(())
}

/// An array, which stands in a folder of this name.
fn folder(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    references: &mut References,
    array: &str,
) -> Result<(), Fault> {
    if array.contains(['/', '\\', '\0']) {
        return references.add(visit, notes, 0, store::ARRAYS, array);
    }
    Ok(())
}
