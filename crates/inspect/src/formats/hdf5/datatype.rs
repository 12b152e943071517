//! Types of elements, and shapes.

use std::fmt::Write as _;

use weighbridge_domain::facts::problem::Kind;

use super::fields::Fields;
use super::source::{Flaw, Read};
use crate::formats::layout::name;
use crate::text;

/// How deeply types may be nested.
const MOST_DEPTH: usize = 32;

/// Bytes of a description.
const DESCRIPTION: usize = 1024;

/// The most dimensions that the library takes.
const MOST_DIMENSIONS: u8 = 32;

/// The type of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Datatype {
    /// Bytes that an element takes where it stands.
    pub(super) size: u64,
    pub(super) class: Class,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    Integer { signed: bool, big: bool },
    Float { big: bool, exponent: u8, mantissa: u8 },
    Time,
    Text,
    Bitfield,
    Opaque(String),
    Compound(Vec<(String, Datatype)>),
    Reference,
    Enumeration { base: Box<Datatype>, names: Vec<String> },
    Sequence { base: Box<Datatype>, text: bool },
    Array { shape: Vec<u64>, base: Box<Datatype> },
    Complex(Box<Datatype>),
}

/// Reads a type.
pub(super) fn datatype(fields: &mut Fields<'_>) -> Read<Datatype> {
    nested(fields, 0)
}

fn nested(fields: &mut Fields<'_>, depth: usize) -> Read<Datatype> {
    let at = fields.at();
    if depth > MOST_DEPTH {
        return Err(Flaw::bad(at, Kind::TooDeep, "its type is nested too deeply"));
    }
    let deeper = depth.saturating_add(1);
    let head = fields.u8()?;
    let (class, version) = (head & 0xf, head >> 4);
    let bits = fields.number(3)?;
    let size = u64::from(fields.u32()?);
    let big = bits & 1 != 0;
    let class = match class {
        0 => {
            fields.skip(4)?;
            Class::Integer { signed: bits & 8 != 0, big }
        }
        1 => {
            fields.skip(5)?;
            let exponent = fields.u8()?;
            fields.skip(1)?;
            let mantissa = fields.u8()?;
            fields.skip(4)?;
            Class::Float { big, exponent, mantissa }
        }
        2 => {
            fields.skip(2)?;
            Class::Time
        }
        3 => Class::Text,
        4 => {
            fields.skip(4)?;
            Class::Bitfield
        }
        5 => {
            let tag = fields.take(bits & 0xff)?;
            let tag = tag.split(|byte| *byte == 0).next().unwrap_or_default();
            Class::Opaque(text::escaped(tag))
        }
        6 => Class::Compound(members(fields, version, bits & 0xffff, size, deeper)?),
        7 => Class::Reference,
        8 => {
            let base = nested(fields, deeper)?;
            let mut names = Vec::new();
            for _ in 0..bits & 0xffff {
                let word = if version >= 3 { fields.word()? } else { fields.padded_word()? };
                names.push(text::escaped(word));
            }
            fields.skip((bits & 0xffff).saturating_mul(base.size))?;
            Class::Enumeration { base: Box::new(base), names }
        }
        9 => Class::Sequence { base: Box::new(nested(fields, deeper)?), text: bits & 0xf == 1 },
        10 => {
            let count = fields.u8()?;
            if version < 3 {
                fields.skip(3)?;
            }
            let mut shape = Vec::new();
            for _ in 0..count {
                shape.push(u64::from(fields.u32()?));
            }
            if version < 3 {
                fields.skip(u64::from(count).saturating_mul(4))?;
            }
            Class::Array { shape, base: Box::new(nested(fields, deeper)?) }
        }
        11 => Class::Complex(Box::new(nested(fields, deeper)?)),
        other => {
            return Err(Flaw::bad(at, Kind::UnknownType, format!("elements of the class number {other}")));
        }
    };
    Ok(Datatype { size, class })
}

fn members(
    fields: &mut Fields<'_>,
    version: u8,
    count: u64,
    size: u64,
    depth: usize,
) -> Read<Vec<(String, Datatype)>> {
    let mut members = Vec::new();
    for _ in 0..count {
        let word = if version >= 3 { fields.word()? } else { fields.padded_word()? };
        let word = text::escaped(word);
        let at = fields.at();
        let offset = fields.number(if version >= 3 { super::fields::width_of(size) } else { 4 })?;
        let mut shape = Vec::new();
        if version == 1 {
            let dimensions = usize::from(fields.u8()?);
            fields.skip(11)?;
            for index in 0..4_usize {
                let dimension = u64::from(fields.u32()?);
                if index < dimensions {
                    shape.push(dimension);
                }
            }
        }
        let mut base = nested(fields, depth)?;
        if !shape.is_empty() {
            let size = shape.iter().fold(base.size, |size, dimension| size.saturating_mul(*dimension));
            base = Datatype { size, class: Class::Array { shape, base: Box::new(base) } };
        }
        if offset.checked_add(base.size).is_none_or(|end| end > size) {
            let detail = format!("the field `{}` lies outside its element", name(&word));
            return Err(Flaw::bad(at, Kind::OutOfBounds, detail));
        }
        members.push((word, base));
    }
    Ok(members)
}

impl Datatype {
    /// The type in a few words: numpy's where numpy has one.
    pub(super) fn describe(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        if out.len() > DESCRIPTION {
            return;
        }
        let order = |big: bool| {
            if self.size < 2 {
                '|'
            } else if big {
                '>'
            } else {
                '<'
            }
        };
        let size = self.size;
        // Writing to a text cannot fail.
        let _ = match &self.class {
            Class::Integer { signed, big } => {
                write!(out, "{}{}{size}", order(*big), if *signed { 'i' } else { 'u' })
            }
            Class::Float { big, exponent, mantissa } => match (size, exponent, mantissa) {
                (2, 5, 10) | (4, 8, 23) | (8, 11, 52) => write!(out, "{}f{size}", order(*big)),
                (2, 8, 7) => write!(out, "{}bfloat16", order(*big)),
                _ => write!(out, "{}f{size} of {exponent} and {mantissa} bits", order(*big)),
            },
            Class::Time => write!(out, "time{size}"),
            Class::Text => write!(out, "|S{size}"),
            Class::Bitfield => write!(out, "bits{size}"),
            Class::Opaque(tag) if tag.is_empty() => write!(out, "|V{size}"),
            Class::Opaque(tag) => write!(out, "|V{size} {}", name(tag)),
            Class::Compound(members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if out.len() > DESCRIPTION {
                        break;
                    }
                    let _ = write!(out, "{}{name}: ", if index > 0 { ", " } else { "" });
                    member.write(out);
                }
                out.push('}');
                Ok(())
            }
            Class::Reference => write!(out, "reference"),
            Class::Enumeration { base, names } if base.size == 1 && *names == ["FALSE", "TRUE"] => {
                write!(out, "|b1")
            }
            Class::Enumeration { base, .. } => {
                out.push_str("enum ");
                base.write(out);
                Ok(())
            }
            Class::Sequence { text: true, .. } => write!(out, "text"),
            Class::Sequence { base, .. } => {
                out.push_str("list of ");
                base.write(out);
                Ok(())
            }
            Class::Array { shape, base } => {
                let _ = write!(out, "{} of ", crate::formats::safetensors::Shape(shape));
                base.write(out);
                Ok(())
            }
            Class::Complex(base) => {
                out.push_str("complex ");
                base.write(out);
                Ok(())
            }
        };
    }

    /// An element is text, bytes or a list of bytes.
    pub(super) fn is_bytes(&self) -> bool {
        match &self.class {
            Class::Text | Class::Opaque(_) => true,
            Class::Sequence { base, text } => *text || base.is_byte(),
            _ => false,
        }
    }

    /// An element is one byte.
    pub(super) fn is_byte(&self) -> bool {
        self.size == 1 && matches!(self.class, Class::Integer { .. } | Class::Opaque(_) | Class::Bitfield)
    }
}

/// The shape of a dataset or attribute; nothing where there are no elements at all.
pub(super) fn dataspace(fields: &mut Fields<'_>) -> Read<Option<Vec<u64>>> {
    let at = fields.at();
    let (version, dimensions, flags) = (fields.u8()?, fields.u8()?, fields.u8()?);
    let null = match version {
        1 => {
            fields.skip(5)?;
            false
        }
        2 => fields.u8()? == 2,
        _ => return Err(Flaw::unread(format!("version {version} of shapes"))),
    };
    if dimensions > MOST_DIMENSIONS {
        let detail = format!("{dimensions} dimensions; readers take at most {MOST_DIMENSIONS}");
        return Err(Flaw::bad(at, Kind::BadValue, detail));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(fields.length()?);
    }
    if flags & 1 != 0 {
        for dimension in &shape {
            let at = fields.at();
            if fields.length()? < *dimension {
                return Err(Flaw::bad(at, Kind::BadValue, "it is longer than its own limit"));
            }
        }
    }
    Ok((!null).then_some(shape))
}
