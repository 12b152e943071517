//! Programs of `PaddlePaddle` since version 3: the same operators, written as JSON.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use weighbridge_domain::facts::problem::Kind;

use crate::detect::{Probe, Recognition};
use crate::formats::graph::{Operators, References};
use crate::formats::json::walk::{Array, Handle, Leaf, Nesting, Object, Value, Walk};
use crate::formats::layout::Notes;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, paddle};
use crate::walk::Visit;

/// `PaddlePaddle` programs as JSON.
pub static FORMAT: Format = Format {
    id: "paddle-pir",
    title: "PaddlePaddle program as JSON",
    extensions: &[],
    support: Support::Recognised,
    carries_code: true,
    refines: &["json"],
    docs: "Recognised by its magic, `pir`. Every operator of every region and block is told, with the paths that operators \
           which load and save are given. The weights are in a file of their own.",
    recognise,
    read,
    samples: || one("net.json", paddle::pir("1.conv2d", "data_format", "NCHW")),
};

/// The longest program that is read.
const LIMIT: u64 = 256 << 20;

const NESTING: Nesting = Nesting { of: "the program", ordinary: 60, most: 120 };

fn recognise(probe: &Probe<'_>) -> Recognition {
    let magic = br#""magic":"pir""#;
    let head = probe.head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(256);
    let head: Vec<u8> = head.collect();
    let found = head.first() == Some(&b'{') && head.windows(magic.len()).any(|window| window == magic);
    Recognition::certain_if(found)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("a program of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size)?;
    let bytes = visit.input.read(0, size)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the program is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut found = Found::default();
    let part = Part { found: &mut found, role: Role::Other };
    let result = Walk::read(visit, &mut notes, text, 0, NESTING, part);
    found.operators.tell(visit, "paddle", |_, _| false);
    result
}

#[derive(Default)]
struct Found {
    operators: Operators,
    references: References,
}

/// A part of a program, and what it is for.
struct Part<'a> {
    found: &'a mut Found,
    role: Role,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// An operator: what it is stands under `#`.
    Operator,
    /// An attribute of an operator: its name stands under `N` and its value under `AT`.
    Attribute,
    /// Anything else.
    Other,
}

impl Role {
    fn of(self, key: &str) -> Self {
        match (self, key) {
            (_, "ops") => Self::Operator,
            (Self::Operator, "A") => Self::Attribute,
            _ => Self::Other,
        }
    }
}

impl<'de> Handle<'de> for Part<'_> {
    type Out = ();

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) {}

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        let (mut attribute, mut path) = (None, None);
        while let Some(key) = object.key(walk)? {
            match (self.role, &*key) {
                (Role::Operator, "#") => {
                    let Value::Text(kind) = object.value(walk, Leaf)? else { continue };
                    if let Some((dialect, name)) = operator(&kind) {
                        let at = walk.position(&key);
                        let set = [dialect, name];
                        let added = self.found.operators.add(walk.visit, walk.notes, at, set, String::new);
                        walk.check(added)?;
                    }
                }
                (Role::Attribute, "N") => {
                    if let Value::Text(name) = object.value(walk, Leaf)? {
                        attribute = Some(name);
                    }
                }
                (Role::Attribute, "AT") => {
                    path = object.value(walk, Datum)?.map(|text| (walk.position(&key), text));
                }
                (role, key) => {
                    object.value(walk, Part { found: &mut *self.found, role: role.of(key) })?;
                }
            }
        }
        if let (Some(super::PATH), Some((at, path))) = (attribute.as_deref(), path) {
            let noted = self.found.references.add(walk.visit, walk.notes, at, super::SAVED, &path);
            walk.check(noted)?;
        }
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, walk: &mut Walk<'_, '_>, array: &mut Array<A>) -> Result<(), A::Error> {
        while array.item(walk, Part { found: &mut *self.found, role: self.role })?.is_some() {}
        Ok(())
    }
}

/// The text that an attribute has under `D`.
struct Datum;

impl<'de> Handle<'de> for Datum {
    type Out = Option<Cow<'de, str>>;

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) -> Self::Out {
        None
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<Self::Out, A::Error> {
        let mut text = None;
        while let Some(key) = object.key(walk)? {
            let value = object.value(walk, Leaf)?;
            if let ("D", Value::Text(datum)) = (&*key, value) {
                text = Some(datum);
            }
        }
        Ok(text)
    }
}

/// The set and the name of an operator. Sets of the library go by a number, and are one. An operator that changes its input
/// in place ends in `_`. Parameters are `p` alone, and compute nothing.
fn operator(kind: &str) -> Option<(&str, &str)> {
    let (dialect, name) = kind.split_once('.')?;
    let dialect = match dialect {
        "0" | "1" | "2" | "4" | "builtin" | "pd_op" | "cf" | "dist_op" | "onednn_op" => "",
        "3" => "custom_op",
        other => other,
    };
    Some((dialect, name.strip_suffix('_').unwrap_or(name)))
}
