//! Datasets: their type, shape, and where their elements are.

use std::io::Read as _;
use std::rc::Rc;

use weighbridge_domain::facts::Tensor;
use weighbridge_domain::facts::problem::Kind;

use super::attribute::{hand_on, reference};
use super::chunks;
use super::datatype::{Class, Datatype, dataspace, datatype};
use super::fields::Fields;
use super::header::{self, DATASPACE, DATATYPE, EXTERNAL_FILES, FILTERS, LAYOUT, Message};
use super::heap;
use super::source::{By, Flaw, Read, Source};
use crate::formats::layout::{BEGINNING, may_be_file, name};
use crate::formats::safetensors::Shape;
use crate::input::Input;
use crate::text;

/// Bytes of elements that may be programs, read of one dataset.
const MOST_OBJECTS: u64 = 16 << 20;

/// Datasets that need this much more memory than they take in the file, and much of it, are worth a word.
const MOST_RATIO: u64 = 1032;
const FREE_SIZE: u64 = 1 << 30;

/// Bytes that are unpacked of a dataset of bytes that begins like a file.
const MOST_UNPACKED: u64 = 1 << 20;

/// The filters of the library itself.
const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const CHECKSUM: u16 = 3;

/// Where elements are.
#[derive(Debug)]
pub(super) enum Place {
    /// Nowhere: all have the same value.
    Nowhere,
    /// In one piece: address and length.
    One(u64, u64),
    /// In chunks: address and length of each.
    Chunks(Vec<(u64, u64)>),
    /// In other files or datasets.
    Elsewhere,
}

/// Everything about a dataset but its elements.
pub(super) struct Dataset<'a> {
    pub(super) path: Rc<str>,
    pub(super) kind: Datatype,
    pub(super) shape: Vec<u64>,
    /// Bytes of all elements.
    pub(super) size: u64,
    pub(super) filters: Vec<u16>,
    messages: &'a [Message],
}

/// Reads the dataset that these messages describe; true where its bytes do not lie together as they are in memory.
pub(super) fn dataset(source: &mut Source<'_, '_>, messages: &[Message], path: &str) -> Read<(Tensor, bool)> {
    let find = |kind| messages.iter().find(|message| message.kind == kind);
    let (Some(layout), Some(kind), Some(space)) = (find(LAYOUT), find(DATATYPE), find(DATASPACE)) else {
        return Err(Flaw::unread("a dataset without type, shape or layout"));
    };
    let at = source.position(layout.address);
    let kind = datatype(&mut header::resolved(source, kind)?.fields(source))?;
    let shape = dataspace(&mut header::resolved(source, space)?.fields(source))?;
    let filters = match find(FILTERS) {
        Some(filters) => {
            let filters = header::resolved(source, filters)?;
            pipeline(&mut filters.fields(source))?
        }
        None => Vec::new(),
    };
    let empty = shape.is_none();
    let shape = shape.unwrap_or_default();
    let size = if empty {
        Some(0)
    } else {
        shape.iter().try_fold(kind.size, |size, dimension| size.checked_mul(*dimension))
    };
    let Some(size) = size else {
        let detail = format!("`{}` is of shape {}, more than can be counted", name(path), Shape(&shape));
        return Err(Flaw::bad(at, Kind::SizeMismatch, detail));
    };
    let dataset = Dataset { path: Rc::from(name(path)), kind, shape, size, filters, messages };
    let place = dataset.place(source, layout)?;
    dataset.claim(source, at, &place)?;
    dataset.objects(source, &place)?;
    let scattered = match &place {
        Place::One(..) => false,
        Place::Chunks(chunks) => {
            size > 0
                && !(dataset.filters.is_empty() && matches!(chunks.as_slice(), [(_, one)] if *one == size))
        }
        Place::Nowhere | Place::Elsewhere => size > 0,
    };
    Ok((dataset.tensor(source, &place), scattered))
}

/// Numbers of the filters that elements pass through.
fn pipeline(fields: &mut Fields<'_>) -> Read<Vec<u16>> {
    let (version, count) = (fields.u8()?, fields.u8()?);
    if version == 1 {
        fields.skip(6)?;
    }
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = fields.u16()?;
        let named = version == 1 || id >= 256;
        let length = if named { fields.u16()? } else { 0 };
        fields.skip(2)?;
        let values = u64::from(fields.u16()?);
        let length = u64::from(length);
        fields.skip(if version == 1 { length.next_multiple_of(8) } else { length })?;
        fields.skip(values.saturating_mul(4))?;
        if version == 1 && !values.is_multiple_of(2) {
            fields.skip(4)?;
        }
        filters.push(id);
    }
    Ok(filters)
}

impl Dataset<'_> {
    fn place(&self, source: &mut Source<'_, '_>, layout: &Message) -> Read<Place> {
        let mut fields = layout.fields(source);
        let at = fields.at();
        let version = fields.u8()?;
        let older = version < 3;
        let dimensions = if older { usize::from(fields.u8()?) } else { 0 };
        let class = fields.u8()?;
        if !(1..=5).contains(&version) {
            return Err(Flaw::unread(format!("version {version} of layouts")));
        }
        if older {
            fields.skip(5)?;
        }
        match class {
            0 => {
                if older {
                    fields.skip((dimensions as u64).saturating_mul(4))?;
                }
                let length = if older { u64::from(fields.u32()?) } else { u64::from(fields.u16()?) };
                let start = fields.at().saturating_sub(source.base);
                fields.skip(length)?;
                Ok(Place::One(start, length))
            }
            1 => {
                let address = fields.offset()?;
                if let Some(files) = self.messages.iter().find(|message| message.kind == EXTERNAL_FILES) {
                    external(source, &mut files.fields(source))?;
                    return Ok(Place::Elsewhere);
                }
                let length = if older { self.size } else { fields.length()? };
                Ok(address.map_or(Place::Nowhere, |address| Place::One(address, length)))
            }
            2 => {
                let chunks = if older {
                    let root = fields.offset()?;
                    let shape = chunks::shape(&mut fields, dimensions, 4)?;
                    chunks::by_tree(source, self, root, &shape)?
                } else if version == 3 {
                    let dimensions = usize::from(fields.u8()?);
                    let root = fields.offset()?;
                    let shape = chunks::shape(&mut fields, dimensions, 4)?;
                    chunks::by_tree(source, self, root, &shape)?
                } else {
                    chunks::newer(source, self, &mut fields)?
                };
                Ok(Place::Chunks(chunks))
            }
            3 => {
                virtual_sources(source, &mut fields)?;
                Ok(Place::Elsewhere)
            }
            other => Err(Flaw::bad(at, Kind::BadValue, format!("a layout of the class number {other}"))),
        }
    }

    /// Notes which bytes it takes, and where they contradict type and shape.
    fn claim(&self, source: &mut Source<'_, '_>, at: u64, place: &Place) -> Read<()> {
        let Self { path, kind, shape, size, .. } = self;
        let stored = match place {
            Place::One(address, length) => {
                if length != size {
                    let (kind, shape) = (kind.describe(), Shape(shape));
                    let detail = format!(
                        "`{path}` is of type {kind} and shape {shape}, {size} bytes, but has {length}"
                    );
                    source.problem(at, Kind::SizeMismatch, detail);
                }
                source.within(*address, *length, "its elements")?;
                // A compact one lies in its header.
                if !self.is_inside_header(*address) {
                    source.claim(*address, *length, By::Data(Rc::clone(path)))?;
                }
                *length
            }
            Place::Chunks(chunks) => {
                let mut stored = 0_u64;
                for (address, length) in chunks {
                    source.within(*address, *length, "a chunk of its elements")?;
                    source.claim(*address, *length, By::Data(Rc::clone(path)))?;
                    stored = stored.saturating_add(*length);
                }
                stored
            }
            Place::Nowhere => 0,
            Place::Elsewhere => return Ok(()),
        };
        if *size > FREE_SIZE.max(stored.saturating_mul(MOST_RATIO)) {
            let (size, stored) = (text::bytes(*size), text::bytes(stored));
            let detail = format!("`{path}` takes {size} in memory, but {stored} in the file");
            source.problem(at, Kind::BadCount, detail);
        }
        Ok(())
    }

    fn is_inside_header(&self, address: u64) -> bool {
        self.messages.iter().any(|message| {
            let end = message.address.saturating_add(message.data.len() as u64);
            message.kind == LAYOUT && (message.address..end).contains(&address)
        })
    }

    fn tensor(&self, source: &Source<'_, '_>, place: &Place) -> Tensor {
        let (start, length) = match place {
            Place::One(address, length) => (source.position(*address), *length),
            Place::Chunks(chunks) => {
                let first = chunks.iter().map(|(address, _)| *address).min();
                let length = chunks.iter().fold(0, |sum: u64, (_, length)| sum.saturating_add(*length));
                (first.map_or(0, |first| source.position(first)), length)
            }
            Place::Nowhere | Place::Elsewhere => (0, 0),
        };
        let dtype = self.kind.describe();
        Tensor { name: self.path.to_string(), dtype, shape: self.shape.clone(), start, length }
    }

    /// Looks into elements that may be programs: opaque ones, and lists of bytes.
    fn objects(&self, source: &mut Source<'_, '_>, place: &Place) -> Read<()> {
        let listed = matches!(&self.kind.class, Class::Sequence { base, text: false } if base.is_byte());
        let opaque = matches!(self.kind.class, Class::Opaque(_));
        if !listed && !opaque && self.is_packed_bytes() {
            return self.packed(source, place);
        }
        if !listed && !opaque || self.kind.size == 0 {
            return Ok(());
        }
        let one;
        let pieces = match place {
            Place::One(address, length) => {
                one = [(*address, *length)];
                &one[..]
            }
            Place::Chunks(chunks) => chunks,
            Place::Nowhere | Place::Elsewhere => return Ok(()),
        };
        if !self.filters.is_empty() && !pieces.is_empty() {
            return Err(Flaw::unread("its values may be programs, and are packed"));
        }
        let mut left = MOST_OBJECTS;
        for (address, length) in pieces {
            let length = (*length).min(self.size.max(self.kind.size));
            if length > left {
                return Err(Flaw::unread("more of its values may be programs than are looked at"));
            }
            left = left.saturating_sub(length);
            let bytes = source.visit.input.read(source.position(*address), length)?;
            source.look_at(length)?;
            let mut fields = source.fields(&bytes, *address);
            while fields.rest().len() as u64 >= self.kind.size {
                let at = fields.at();
                let element = fields.take(self.kind.size)?;
                if listed {
                    let mut element = Fields::new(element, at, source.sizes);
                    let count = u64::from(element.u32()?);
                    let mut value = heap::value(source, &mut element)?;
                    value.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                    hand_on(source, at, &value)?;
                } else {
                    source.look_at(0)?;
                    hand_on(source, at, element)?;
                }
            }
        }
        Ok(())
    }
}

impl Dataset<'_> {
    /// Its elements are bytes or texts, as files could be, and are packed.
    fn is_packed_bytes(&self) -> bool {
        let bytes = self.kind.is_byte() || matches!(self.kind.class, Class::Text);
        bytes && self.kind.size > 0 && !self.filters.is_empty()
    }

    /// Looks at the first bytes that come out of a packed dataset of bytes; when they begin like a file, at all.
    fn packed(&self, source: &mut Source<'_, '_>, place: &Place) -> Read<()> {
        let Place::Chunks(chunks) = place else { return Ok(()) };
        let Some((first, _)) = chunks.first() else { return Ok(()) };
        // The order of bytes inside elements does not matter to elements of one byte.
        let is_read = |filter: &u16| match *filter {
            DEFLATE | CHECKSUM => true,
            SHUFFLE => self.kind.size == 1,
            _ => false,
        };
        if !self.filters.iter().all(is_read) {
            return Err(Flaw::unread("its bytes may be a file of their own, and are packed"));
        }
        let beginning = self.unpacked(source, chunks.get(..1).unwrap_or_default(), BEGINNING)?;
        if !may_be_file(&beginning.read(0, BEGINNING)?) {
            return Ok(());
        }
        let at = source.position(*first);
        // Rows of a wider dataset are scattered over its chunks.
        let pieces = if self.shape.len() == 1 { chunks } else { chunks.get(..1).unwrap_or_default() };
        let whole = self.unpacked(source, pieces, MOST_UNPACKED)?;
        Ok(source.notes.disguised_bytes(source.visit, at, whole)?)
    }

    /// The first bytes that come out of some chunks.
    fn unpacked(&self, source: &mut Source<'_, '_>, chunks: &[(u64, u64)], most: u64) -> Read<Input> {
        let mut bytes = Vec::new();
        for (address, length) in chunks {
            let left = most.saturating_sub(bytes.len() as u64);
            if left == 0 {
                break;
            }
            let packed = source.visit.input.slice(source.position(*address), *length);
            source.look_at(left.min(*length))?;
            if self.filters.contains(&DEFLATE) {
                let decoder = flate2::read::ZlibDecoder::new(packed.reader());
                let (piece, _) = source.visit.expand(decoder.take(left))?;
                bytes.extend(piece.read(0, left)?);
            } else {
                let checked = if self.filters.contains(&CHECKSUM) { 4 } else { 0 };
                bytes.extend(packed.read(0, left.min(length.saturating_sub(checked)))?);
            }
        }
        bytes.truncate(usize::try_from(self.size).unwrap_or(usize::MAX));
        Ok(Input::bytes(bytes))
    }
}

/// Notes the files that elements are in.
fn external(source: &mut Source<'_, '_>, fields: &mut Fields<'_>) -> Read<()> {
    let at = fields.at();
    fields.skip(4)?;
    fields.skip(2)?;
    let used = fields.u16()?;
    let address =
        fields.offset()?.ok_or_else(|| Flaw::bad(at, Kind::BadValue, "a list of files that is nowhere"))?;
    let names = heap::local(source, address)?;
    for _ in 0..used {
        let file = text::escaped(names.get(fields.length()?)?);
        let range = (fields.length()?, fields.length()?);
        // The longest length there is stands for the rest of the file.
        let most = u64::MAX.checked_shr(
            64_u32.saturating_sub(u32::try_from(source.sizes.length.saturating_mul(8)).unwrap_or(64)),
        );
        let range = Some(range).filter(|(_, length)| Some(*length) != most);
        reference(source, at, "external storage", &file, range)?;
    }
    Ok(())
}

/// Notes the files that a dataset is put together from.
fn virtual_sources(source: &mut Source<'_, '_>, fields: &mut Fields<'_>) -> Read<()> {
    let at = fields.at();
    let bytes = heap::value(source, fields)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let mut fields = Fields::new(&bytes, at, source.sizes);
    let version = fields.u8()?;
    if version > 0 {
        return Err(Flaw::unread(format!("version {version} of virtual datasets")));
    }
    let count = fields.length()?;
    for _ in 0..count {
        let file = text::escaped(fields.word()?);
        fields.word()?;
        selection(&mut fields)?;
        selection(&mut fields)?;
        if file != "." {
            reference(source, at, "source of a virtual dataset", &file, None)?;
        }
    }
    Ok(())
}

/// Passes over a selection of elements.
fn selection(fields: &mut Fields<'_>) -> Read<()> {
    let at = fields.at();
    let (kind, version) = (fields.u32()?, fields.u32()?);
    match (kind, version) {
        (0 | 3, 1) => fields.skip(8),
        (1 | 2, 1) => {
            fields.skip(4)?;
            let length = fields.u32()?;
            fields.skip(length.into())
        }
        (2, 2) => {
            fields.skip(1)?;
            let length = fields.u32()?;
            fields.skip(length.into())
        }
        (1, 2) => {
            let width = fields.u8()?;
            let rank = u64::from(fields.u32()?);
            let count = fields.number(width.min(8).into())?;
            fields.skip(count.saturating_mul(rank).saturating_mul(width.into()))
        }
        (2, 3) => {
            let flags = fields.u8()?;
            let width = fields.u8()?;
            let rank = u64::from(fields.u32()?);
            let numbers = if flags & 1 != 0 {
                rank.saturating_mul(4)
            } else {
                fields.number(width.min(8).into())?.saturating_mul(rank).saturating_mul(2)
            };
            fields.skip(numbers.saturating_mul(width.into()))
        }
        _ => Err(Flaw::bad(at, Kind::BadValue, format!("a selection of kind {kind}, version {version}"))),
    }
}
