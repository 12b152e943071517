//! The index of a model in several files: a JSON object that says in which file each tensor is.

use serde::de::MapAccess;
use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::json::walk::{HEADER, Handle, Leaf, Object, Skip, Value, Walk};
use super::layout::{Notes, name};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, tensor};
use crate::walk::Visit;

/// The index of a model in several files.
pub static FORMAT: Format = Format {
    id: "safetensors-index",
    title: "Index of a sharded model",
    extensions: &["safetensors.index.json", "bin.index.json"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`model.safetensors.index.json`, `pytorch_model.bin.index.json` and their like: which tensor is in which file. \
           Every name is read; rules over the folder compare them with the files that are there.",
    recognise,
    read,
    samples: || {
        let mut files = samples::one(
            "model.safetensors.index.json",
            r#"{"metadata":{"total_size":12},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"#,
        );
        for (path, name, bytes) in [("1", "a", 8), ("2", "b", 4)] {
            let header =
                format!(r#"{{"{name}":{{"dtype":"U8","shape":[{bytes}],"data_offsets":[0,{bytes}]}}}}"#);
            let path = format!("model-0000{path}-of-00002.safetensors");
            files.push((path, tensor::safetensors(&header, bytes)));
        }
        files
    },
};

/// The longest index that is read.
const LIMIT: u64 = 100_000_000;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = |key: &[u8]| {
        let mut head = probe.body().iter().filter(|byte| !byte.is_ascii_whitespace());
        key.iter().all(|byte| head.next() == Some(byte))
    };
    let first = named(br#"{"weight_map":"#) || named(br#"{"metadata":"#);
    let key = br#""weight_map""#;
    let content = first && probe.body().windows(key.len()).any(|window| window == key);
    // Loaders find an index by its name and do not mind what stands first in it.
    let name = probe.ends_with(FORMAT.extensions) && probe.first_character() == Some(b'{');
    Recognition::certain_if(content || name)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let size = visit.input.len();
    if size > LIMIT {
        notes.problem(visit, 0, Kind::TooLong, format!("an index of {size} bytes"));
        return Err(Fault::Unsupported(format!("an index of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size)?;
    let bytes = visit.input.read(0, size)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the index is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    Walk::read(visit, &mut notes, text, 0, HEADER, Index)
}

struct Index;

impl<'de> Handle<'de> for Index {
    type Out = ();

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) {}

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            match &*key {
                "weight_map" => object.value(walk, WeightMap)?,
                "metadata" => object.value(walk, Metadata)?,
                other => {
                    let detail = format!("an index has no key `{}`", name(other));
                    walk.problem(other, Kind::BadValue, detail);
                    object.value(walk, Skip)?;
                }
            }
        }
        Ok(())
    }
}

struct WeightMap;

impl<'de> Handle<'de> for WeightMap {
    type Out = ();

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) {
        walk.problem("", Kind::BadValue, format!("`weight_map` is {}, not an object", value.kind()));
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            match object.value(walk, Leaf)? {
                Value::Text(file) => {
                    let at = walk.position(&key);
                    let (tensor, file) = (name(&key), name(&file));
                    let room = tensor.len().saturating_add(file.len()).saturating_add(128);
                    let room = walk.notes.remember(walk.visit, room as u64);
                    walk.check(room)?;
                    walk.visit.fact(at, What::Shard { tensor, file });
                }
                other => {
                    let detail = format!("the file of `{}` is {}, not text", name(&key), other.kind());
                    walk.problem(&key, Kind::BadValue, detail);
                }
            }
        }
        Ok(())
    }
}

struct Metadata;

impl<'de> Handle<'de> for Metadata {
    type Out = ();

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) {
        walk.problem("", Kind::BadValue, format!("`metadata` is {}, not an object", value.kind()));
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            let value = match object.value(walk, Leaf)? {
                Value::Text(text) => text.into_owned(),
                Value::Number(number) => number.to_string(),
                Value::Truth(_) | Value::Other(_) => continue,
            };
            let at = walk.position(&key);
            let noted = walk.notes.metadata(walk.visit, at, &key, &value);
            walk.check(noted)?;
        }
        Ok(())
    }
}
