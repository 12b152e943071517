//! Attributes: small values beside groups and datasets. Keras keeps the model in them.

use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::datatype::{Class, Datatype, dataspace, datatype};
use super::fields::{Fields, padding};
use super::header::{self, ATTRIBUTE, ATTRIBUTE_INFO, DATASPACE, DATATYPE, Message};
use super::source::{Flaw, Read, Source};
use super::{fractal, heap, tree};
use crate::detect::{self, Probe};
use crate::formats::layout::name;
use crate::formats::pickle;
use crate::input::Input;
use crate::text;

/// Bytes kept of a value.
const KEPT: usize = 16 << 10;

/// Items of a value that are written out.
const MOST_ITEMS: usize = 64;

/// Values that are handed on as parts of their own.
const MOST_PARTS: u64 = 1000;

/// Reads the attributes that these messages hold or lead to.
pub(super) fn attributes(source: &mut Source<'_, '_>, messages: &[Message], path: &str) -> Read<()> {
    for message in messages {
        let mut fields = message.fields(source);
        match message.kind {
            ATTRIBUTE => {
                let read = attribute(source, &mut fields, path);
                settle(source, read, path)?;
            }
            ATTRIBUTE_INFO => {
                let read = dense(source, &mut fields, path);
                settle(source, read, path)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is wrong with one attribute is no reason to pass over the next.
fn settle(source: &mut Source<'_, '_>, read: Read<()>, path: &str) -> Read<()> {
    match read {
        Ok(()) => Ok(()),
        Err(flaw) => Ok(source.note(flaw, path)?),
    }
}

fn dense(source: &mut Source<'_, '_>, fields: &mut Fields<'_>, path: &str) -> Read<()> {
    fields.skip(1)?;
    if fields.u8()? & 1 != 0 {
        fields.skip(2)?;
    }
    let (Some(heap), Some(index)) = (fields.offset()?, fields.offset()?) else { return Ok(()) };
    let heap = fractal::heap(source, heap)?;
    tree::second(source, index, &mut |source, kind, record| {
        if kind != 8 {
            return Err(Flaw::unread("its attributes are listed in a way that is not read"));
        }
        let at = record.at();
        let id = record.take(heap.id_length())?;
        if record.u8()? & 2 != 0 {
            return Err(Flaw::unread("it uses a table of shared messages"));
        }
        let (address, bytes) = heap.object(source, id, at)?;
        let read = attribute(source, &mut source.fields(&bytes, address), path);
        settle(source, read, path)
    })
}

fn attribute(source: &mut Source<'_, '_>, fields: &mut Fields<'_>, path: &str) -> Read<()> {
    let version = fields.u8()?;
    if !(1..=3).contains(&version) {
        return Err(Flaw::unread(format!("version {version} of attributes")));
    }
    let flags = fields.u8()?;
    let (name, kind, space) = (fields.u16()?, fields.u16()?, fields.u16()?);
    if version == 3 {
        fields.skip(1)?;
    }
    let pad = |length: u16| if version == 1 { padding(length.into()) } else { 0 };
    let mut part = |length: u16| -> Read<(u64, Vec<u8>)> {
        let at = fields.at();
        let bytes = fields.take(length.into())?.to_vec();
        fields.skip(pad(length))?;
        Ok((at, bytes))
    };
    let (at, name) = part(name)?;
    let name = text::escaped(name.split(|byte| *byte == 0).next().unwrap_or_default());
    let (kind_at, kind) = part(kind)?;
    let (space_at, space) = part(space)?;
    let shared = version > 1;
    let kind = typed(source, &kind, kind_at, shared && flags & 1 != 0)?;
    let mut space = Fields::new(&space, space_at, source.sizes);
    let shape = if shared && flags & 2 != 0 {
        let message = header::shared(source, &mut space, DATASPACE)?;
        dataspace(&mut message.fields(source))?
    } else {
        dataspace(&mut space)?
    };
    let value = Value { path, name: &name, at, kind: &kind, shape };
    value.read(source, fields)
}

fn typed(source: &mut Source<'_, '_>, bytes: &[u8], at: u64, shared: bool) -> Read<Datatype> {
    let mut fields = Fields::new(bytes, at, source.sizes);
    if shared {
        let message = header::shared(source, &mut fields, DATATYPE)?;
        return datatype(&mut message.fields(source));
    }
    datatype(&mut fields)
}

/// An attribute whose value is read.
struct Value<'a> {
    path: &'a str,
    name: &'a str,
    at: u64,
    kind: &'a Datatype,
    shape: Option<Vec<u64>>,
}

impl Value<'_> {
    fn key(&self) -> String {
        match self.path {
            "/" => self.name.to_owned(),
            path => format!("{}@{}", path.trim_start_matches('/'), self.name),
        }
    }

    fn read(&self, source: &mut Source<'_, '_>, fields: &mut Fields<'_>) -> Read<()> {
        let Some(shape) = &self.shape else { return Ok(()) };
        let count = shape.iter().try_fold(1_u64, |count, dimension| count.checked_mul(*dimension));
        let length = count.and_then(|count| count.checked_mul(self.kind.size));
        let Some((count, _)) = count.zip(length.filter(|length| *length <= fields.rest().len() as u64))
        else {
            let detail = format!("the attribute `{}` is larger than what it stands in", name(self.name));
            return Err(Flaw::bad(self.at, Kind::OutOfBounds, detail));
        };
        let mut items = Vec::new();
        if self.kind.is_byte() && count > 1 {
            let bytes = fields.take(count)?;
            hand_on(source, self.at, bytes)?;
        } else {
            for _ in 0..count {
                let mut element = Fields::new(fields.take(self.kind.size)?, fields.at(), source.sizes);
                let Some(item) = self.item(source, &mut element)? else { return Ok(()) };
                items.push(item);
                if items.len() > MOST_ITEMS && !self.kind.is_bytes() {
                    break;
                }
            }
        }
        let value = if shape.is_empty() && items.len() == 1 {
            items.pop().unwrap_or_default()
        } else if count <= MOST_ITEMS as u64 && items.len() as u64 == count {
            items.join(", ")
        } else {
            format!("an array of {count} × {}", self.kind.describe())
        };
        let value = text::kept(value.as_bytes(), KEPT);
        Ok(source.notes.metadata(source.visit, self.at, &self.key(), &value)?)
    }

    /// An element as text; nothing when it is of a kind that is not written out.
    fn item(&self, source: &mut Source<'_, '_>, element: &mut Fields<'_>) -> Read<Option<String>> {
        let bytes = match &self.kind.class {
            Class::Text | Class::Opaque(_) => trimmed(element.rest()).to_vec(),
            Class::Sequence { base, text } if *text || base.is_byte() => {
                let count = u64::from(element.u32()?);
                let mut bytes = heap::value(source, element)?;
                bytes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                trimmed(&bytes).to_vec()
            }
            Class::Sequence { .. } => return Ok(None),
            _ => return Ok(number(self.kind, element.rest())),
        };
        hand_on(source, self.at, &bytes)?;
        self.model(source, &bytes)?;
        Ok(Some(text::escaped(bytes.get(..KEPT).unwrap_or(&bytes))))
    }

    /// Hands on the text of a Keras model.
    fn model(&self, source: &mut Source<'_, '_>, bytes: &[u8]) -> Read<()> {
        let named = matches!(self.name, "model_config" | "training_config");
        let begins = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        if begins && (named || contains(bytes, b"\"class_name\"")) {
            part(source, &format!("{}.json", self.plain_name()), bytes)?;
        }
        Ok(())
    }

    fn plain_name(&self) -> &str {
        let plain =
            |name: &&str| name.len() < 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        Some(self.name).filter(plain).unwrap_or("attribute")
    }
}

/// Text without the zeros or spaces that fill its room.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    bytes.get(..length).unwrap_or_default()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A number as people write it.
fn number(kind: &Datatype, bytes: &[u8]) -> Option<String> {
    let ordered = |big: bool| {
        let mut bytes = bytes.to_vec();
        if big {
            bytes.reverse();
        }
        super::fields::little(&bytes)
    };
    let bits = u32::try_from(kind.size.saturating_mul(8)).ok().filter(|bits| (8..=64).contains(bits))?;
    let unused = 64_u32.saturating_sub(bits);
    Some(match &kind.class {
        Class::Integer { signed: true, big } => {
            let shifted = ordered(*big).wrapping_shl(unused).cast_signed();
            shifted.wrapping_shr(unused).to_string()
        }
        Class::Integer { signed: false, big } => ordered(*big).to_string(),
        Class::Float { big, .. } if bits == 64 => f64::from_bits(ordered(*big)).to_string(),
        Class::Float { big, .. } if bits == 32 => {
            f32::from_bits(u32::try_from(ordered(*big)).unwrap_or_default()).to_string()
        }
        Class::Enumeration { base, .. } => return number(base, bytes),
        _ => return None,
    })
}

/// Hands on bytes that are a program or an archive.
pub(super) fn hand_on(source: &mut Source<'_, '_>, at: u64, bytes: &[u8]) -> Read<()> {
    if bytes.len() < 4 {
        return Ok(());
    }
    let input = Input::bytes(bytes.to_vec());
    let probe = Probe::new(&input, "")?;
    let known = if probe.is_text() {
        (pickle::FORMAT.recognise)(&probe) == detect::Recognition::Certain
    } else {
        !detect::recognise(&probe).is_empty()
    };
    if known {
        part(source, &format!("value-at-{at}"), bytes)?;
    }
    Ok(())
}

fn part(source: &mut Source<'_, '_>, name: &str, bytes: &[u8]) -> Read<()> {
    source.embedded = source.embedded.saturating_add(1);
    if source.embedded > MOST_PARTS {
        return Err(Flaw::unread("more of its values are files of their own than are inspected"));
    }
    source.notes.remember(source.visit, bytes.len() as u64)?;
    Ok(source.visit.embed(name, Input::bytes(bytes.to_vec()))?)
}

/// Notes a file outside this one.
pub(super) fn reference(
    source: &mut Source<'_, '_>,
    at: u64,
    role: &'static str,
    target: &str,
    range: Option<(u64, u64)>,
) -> Read<()> {
    source.notes.remember(source.visit, (target.len() as u64).min(1024).saturating_add(256))?;
    let target = name(target);
    let reference = weighbridge_domain::facts::Reference { role, target, range };
    source.visit.fact(at, What::Reference(reference));
    Ok(())
}
