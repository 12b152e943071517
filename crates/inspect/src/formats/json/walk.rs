//! JSON read for what a reader of it would not say: keys that stand twice, nesting, values of the wrong type.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use weighbridge_domain::facts::problem::Kind;

use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// How deeply a text may be nested.
#[derive(Debug, Clone, Copy)]
pub(in crate::formats) struct Nesting {
    /// What the text is, for people.
    pub(in crate::formats) of: &'static str,
    /// What ordinary ones stay below.
    pub(in crate::formats) ordinary: usize,
    /// Where reading ends; below the reader's own limit of 128.
    pub(in crate::formats) most: usize,
}

/// The nesting of headers.
pub(in crate::formats) const HEADER: Nesting = Nesting { of: "the header", ordinary: 8, most: 64 };

/// What is known while a header is read.
pub(in crate::formats) struct Walk<'w, 'v> {
    pub(in crate::formats) visit: &'w mut Visit<'v>,
    pub(in crate::formats) notes: &'w mut Notes,
    /// Address of the text in memory, and its offset in the file.
    address: usize,
    offset: u64,
    nesting: Nesting,
    depth: usize,
    values: u64,
    /// Why reading ended before the text did.
    fault: Option<Fault>,
}

impl<'w, 'v> Walk<'w, 'v> {
    /// Reads `text`, which stands at `offset` of the input.
    pub(in crate::formats) fn read<'de, H: Handle<'de>>(
        visit: &'w mut Visit<'v>,
        notes: &'w mut Notes,
        text: &'de str,
        offset: u64,
        nesting: Nesting,
        handle: H,
    ) -> Result<H::Out, Fault> {
        let address = text.as_ptr().addr();
        let mut walk = Self { visit, notes, address, offset, nesting, depth: 0, values: 0, fault: None };
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Reader { walk: &mut walk, handle }.deserialize(&mut json);
        let read = read.and_then(|out| json.end().map(|()| out));
        match (walk.fault, read) {
            (Some(fault), _) => Err(fault),
            (None, Err(error)) => Err(Fault::Unparsable(error.to_string())),
            (None, Ok(out)) => Ok(out),
        }
    }

    /// Notes a problem at a piece of the text.
    pub(in crate::formats) fn problem(&mut self, at: &str, kind: Kind, detail: impl Into<String>) {
        let at = self.position(at);
        self.notes.problem(self.visit, at, kind, detail);
    }

    /// Where a piece of the text stands in the input; the beginning of the text when it was unescaped.
    pub(in crate::formats) fn position(&self, piece: &str) -> u64 {
        let distance = piece.as_ptr().addr().wrapping_sub(self.address) as u64;
        let inside = self.offset.checked_add(distance).filter(|at| *at < self.visit.input.len());
        inside.unwrap_or(self.offset)
    }

    /// Ends reading when `result` is a fault.
    pub(in crate::formats) fn check<E: Error>(&mut self, result: Result<(), Fault>) -> Result<(), E> {
        result.map_err(|fault| {
            self.fault = Some(fault);
            E::custom("not read further")
        })
    }

    fn enter<E: Error>(&mut self) -> Result<(), E> {
        self.depth = self.depth.saturating_add(1);
        let Nesting { of, ordinary, most } = self.nesting;
        if self.depth == ordinary.saturating_add(1) {
            let detail = format!("{of} is nested more than {ordinary} levels deep");
            self.notes.problem(self.visit, self.offset, Kind::TooDeep, detail);
        }
        if self.depth > most {
            self.fault = Some(Fault::Unsupported(format!("nested more than {most} levels deep")));
            return Err(E::custom("nested too deeply"));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn count<E: Error>(&mut self) -> Result<(), E> {
        self.values = self.values.saturating_add(1);
        if self.values.is_multiple_of(4096) {
            let tick = self.visit.budget.tick();
            return self.check(tick);
        }
        Ok(())
    }
}

/// A value, read no further than its kind when it is not text, a natural number, true or false.
pub(in crate::formats) enum Value<'de> {
    Text(Cow<'de, str>),
    Number(u64),
    Truth(bool),
    Other(&'static str),
}

impl Value<'_> {
    /// What it is, for people.
    pub(in crate::formats) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Truth(_) => "true or false",
            Self::Other(kind) => kind,
        }
    }
}

/// What to do with a value.
pub(in crate::formats) trait Handle<'de>: Sized {
    /// What comes of it.
    type Out;

    /// It is neither an array nor an object, or is one that was passed over.
    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) -> Self::Out;

    /// It is an object.
    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<Self::Out, A::Error> {
        while object.key(walk)?.is_some() {
            object.value(walk, Skip)?;
        }
        Ok(self.value(walk, Value::Other("an object")))
    }

    /// It is an array.
    fn array<A: SeqAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        array: &mut Array<A>,
    ) -> Result<Self::Out, A::Error> {
        while array.item(walk, Skip)?.is_some() {}
        Ok(self.value(walk, Value::Other("an array")))
    }
}

/// Passes over a value.
pub(in crate::formats) struct Skip;

impl<'de> Handle<'de> for Skip {
    type Out = ();

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) {}
}

/// Takes a value that is neither an array nor an object.
pub(in crate::formats) struct Leaf;

impl<'de> Handle<'de> for Leaf {
    type Out = Value<'de>;

    fn value(self, _: &mut Walk<'_, '_>, value: Value<'de>) -> Value<'de> {
        value
    }
}

/// An object that is being read.
pub(in crate::formats) struct Object<'de, A> {
    access: A,
    seen: HashSet<Cow<'de, str>>,
    /// Bytes of memory that the keys take.
    memory: u64,
}

impl<'de, A: MapAccess<'de>> Object<'de, A> {
    /// The next key; one that stood before is noted.
    pub(in crate::formats) fn key(
        &mut self,
        walk: &mut Walk<'_, '_>,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(Value::Text(key)) = self.access.next_key_seed(Reader { walk, handle: Leaf })? else {
            return Ok(None);
        };
        let owned = if matches!(key, Cow::Owned(_)) { key.len() } else { 0 };
        let room = 96_u64.saturating_add(owned as u64);
        self.memory = self.memory.saturating_add(room);
        let room = walk.notes.remember(walk.visit, room);
        walk.check(room)?;
        if !self.seen.insert(key.clone()) {
            walk.problem(&key, Kind::Duplicate, format!("the key `{}` stands twice", name(&key)));
        }
        Ok(Some(key))
    }

    /// The value of the key that was read last.
    pub(in crate::formats) fn value<H: Handle<'de>>(
        &mut self,
        walk: &mut Walk<'_, '_>,
        handle: H,
    ) -> Result<H::Out, A::Error> {
        self.access.next_value_seed(Reader { walk, handle })
    }
}

/// An array that is being read.
pub(in crate::formats) struct Array<A>(A);

impl<'de, A: SeqAccess<'de>> Array<A> {
    /// The next item.
    pub(in crate::formats) fn item<H: Handle<'de>>(
        &mut self,
        walk: &mut Walk<'_, '_>,
        handle: H,
    ) -> Result<Option<H::Out>, A::Error> {
        self.0.next_element_seed(Reader { walk, handle })
    }
}

struct Reader<'a, 'w, 'v, H> {
    walk: &'a mut Walk<'w, 'v>,
    handle: H,
}

impl<'de, H: Handle<'de>> DeserializeSeed<'de> for Reader<'_, '_, '_, H> {
    type Value = H::Out;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<H::Out, D::Error> {
        self.walk.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de, H: Handle<'de>> Visitor<'de> for Reader<'_, '_, '_, H> {
    type Value = H::Out;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Truth(truth)))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Other("a negative number")))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Number(number)))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Other("a number with a fraction or too large")))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<H::Out, E> {
        let room = self.walk.notes.remember(self.walk.visit, text.len() as u64);
        self.walk.check(room)?;
        Ok(self.handle.value(self.walk, Value::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E: Error>(self) -> Result<H::Out, E> {
        Ok(self.handle.value(self.walk, Value::Other("null")))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<H::Out, A::Error> {
        self.walk.enter()?;
        let mut object = Object { access, seen: HashSet::new(), memory: 0 };
        let out = self.handle.object(self.walk, &mut object)?;
        self.walk.notes.forget(object.memory);
        self.walk.leave();
        Ok(out)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<H::Out, A::Error> {
        self.walk.enter()?;
        let out = self.handle.array(self.walk, &mut Array(access))?;
        self.walk.leave();
        Ok(out)
    }
}
