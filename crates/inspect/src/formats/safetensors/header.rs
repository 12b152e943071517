//! The JSON header of safetensors: tensors by name, and metadata.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};
use weighbridge_domain::facts::problem::Kind;

use crate::formats::json::walk::{Array, HEADER, Handle, Leaf, Object, Skip, Value, Walk};
use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Dimensions that a tensor may have; arrays of the libraries that read the format have at most 64.
const MOST_DIMENSIONS: usize = 255;

/// A tensor as the header describes it.
pub(super) struct Entry<'de> {
    /// Where its name stands.
    pub(super) at: u64,
    pub(super) name: Cow<'de, str>,
    pub(super) dtype: Cow<'de, str>,
    pub(super) shape: Vec<u64>,
    pub(super) offsets: [u64; 2],
}

/// Reads the header that stands at `offset`.
pub(super) fn read<'de>(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    header: &'de str,
    offset: u64,
) -> Result<Vec<Entry<'de>>, Fault> {
    let entries = Walk::read(visit, notes, header, offset, HEADER, Header)?;
    entries.ok_or_else(|| Fault::Unparsable("the header is not an object".to_owned()))
}

struct Header;

impl<'de> Handle<'de> for Header {
    type Out = Option<Vec<Entry<'de>>>;

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) -> Self::Out {
        None
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<Self::Out, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = object.key(walk)? {
            if key == "__metadata__" {
                object.value(walk, Metadata)?;
            } else if let Some(entry) = object.value(walk, Description(&key))? {
                let room = size_of::<Entry<'_>>().saturating_add(entry.shape.len().saturating_mul(8));
                let room = walk.notes.remember(walk.visit, room as u64);
                walk.check(room)?;
                entries.push(Entry { at: walk.position(&key), name: key, ..entry });
            }
        }
        Ok(Some(entries))
    }
}

/// The metadata: text by text.
struct Metadata;

impl<'de> Handle<'de> for Metadata {
    type Out = ();

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) {
        let detail = format!("`__metadata__` is {}, not an object", value.kind());
        walk.problem("", Kind::BadValue, detail);
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            match object.value(walk, Leaf)? {
                Value::Text(value) => {
                    let at = walk.position(&key);
                    let noted = walk.notes.metadata(walk.visit, at, &key, &value);
                    walk.check(noted)?;
                }
                other => {
                    let detail = format!("the metadata `{}` is {}, not text", name(&key), other.kind());
                    walk.problem(&key, Kind::BadValue, detail);
                }
            }
        }
        Ok(())
    }
}

/// The description of the tensor with this name.
struct Description<'a>(&'a str);

impl<'de> Handle<'de> for Description<'_> {
    type Out = Option<Entry<'de>>;

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) -> Self::Out {
        let detail = format!("`{}` is {}, not the description of a tensor", name(self.0), value.kind());
        walk.problem(self.0, Kind::BadValue, detail);
        None
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<Self::Out, A::Error> {
        let (mut dtype, mut shape, mut offsets) = (None, None, None);
        let mut complete = true;
        while let Some(key) = object.key(walk)? {
            match &*key {
                "dtype" => match object.value(walk, Leaf)? {
                    Value::Text(text) => dtype = Some(text),
                    other => {
                        let detail =
                            format!("the `dtype` of `{}` is {}, not text", name(self.0), other.kind());
                        walk.problem(&key, Kind::BadValue, detail);
                        complete = false;
                    }
                },
                "shape" | "data_offsets" => {
                    let numbers = object.value(walk, Numbers)?;
                    let fits = |numbers: &Vec<u64>| key == "shape" || numbers.len() == 2;
                    if let Some(numbers) = numbers.filter(fits) {
                        if key == "shape" {
                            shape = Some(numbers);
                        } else {
                            offsets = numbers.first_chunk().copied();
                        }
                    } else {
                        let what = if key == "shape" { "natural numbers" } else { "two natural numbers" };
                        let detail = format!("the `{key}` of `{}` are not {what}", name(self.0));
                        walk.problem(&key, Kind::BadValue, detail);
                        complete = false;
                    }
                }
                other => {
                    let detail = format!("`{}` has the unknown field `{}`", name(self.0), name(other));
                    walk.problem(&key, Kind::BadValue, detail);
                    object.value(walk, Skip)?;
                }
            }
        }
        for (field, missing) in
            [("dtype", dtype.is_none()), ("shape", shape.is_none()), ("data_offsets", offsets.is_none())]
        {
            if missing && complete {
                let detail = format!("`{}` has no `{field}`", name(self.0));
                walk.problem(self.0, Kind::BadValue, detail);
            }
        }
        let (Some(dtype), Some(shape), Some(offsets)) = (dtype, shape, offsets) else { return Ok(None) };
        Ok(Some(Entry { at: 0, name: Cow::Borrowed(""), dtype, shape, offsets }))
    }
}

/// A list of natural numbers, or nothing when it is something else.
struct Numbers;

impl<'de> Handle<'de> for Numbers {
    type Out = Option<Vec<u64>>;

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) -> Self::Out {
        None
    }

    fn array<A: SeqAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        array: &mut Array<A>,
    ) -> Result<Self::Out, A::Error> {
        let mut numbers = Some(Vec::new());
        while let Some(value) = array.item(walk, Leaf)? {
            numbers = match (numbers, value) {
                (Some(mut numbers), Value::Number(number)) if numbers.len() < MOST_DIMENSIONS => {
                    numbers.push(number);
                    Some(numbers)
                }
                _ => None,
            };
        }
        Ok(numbers)
    }
}
