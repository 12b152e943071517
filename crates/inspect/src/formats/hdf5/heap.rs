//! Heaps for names (local) and for values of variable length (global).

use std::rc::Rc;

use weighbridge_domain::facts::problem::Kind;

use super::fields::{Fields, padding};
use super::source::{Flaw, Objects, Read, Source};

/// The longest value of variable length that is read.
const MOST_VALUE: u64 = 64 << 20;

/// A heap of names.
#[derive(Debug)]
pub(super) struct Names {
    bytes: Vec<u8>,
    at: u64,
}

/// Reads the local heap at an address.
pub(super) fn local(source: &mut Source<'_, '_>, address: u64) -> Read<Names> {
    let size = 8_u64
        .saturating_add((source.sizes.length as u64).saturating_mul(2))
        .saturating_add(source.sizes.offset as u64);
    let bytes = source.block(address, size, "heap of names")?;
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"HEAP")?;
    fields.skip(4)?;
    let length = fields.length()?;
    fields.length()?;
    let data = fields.offset()?.ok_or_else(|| nowhere(&fields))?;
    let bytes = source.block(data, length, "names of a heap")?;
    Ok(Names { at: source.position(data), bytes })
}

fn nowhere(fields: &Fields<'_>) -> Flaw {
    Flaw::bad(fields.at(), Kind::BadValue, "a heap that is nowhere")
}

impl Names {
    /// The name at an offset.
    pub(super) fn get(&self, offset: u64) -> Read<&[u8]> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.bytes.get(offset..));
        let end = |rest: &&[u8]| rest.iter().position(|byte| *byte == 0);
        let name = rest.and_then(|rest| rest.get(..end(&rest)?));
        name.ok_or_else(|| {
            let detail = format!("a name at {offset} of a heap of {} bytes", self.bytes.len());
            Flaw::bad(self.at, Kind::OutOfBounds, detail)
        })
    }
}

/// The bytes of a value of variable length, which these fields name: a heap and an index in it.
pub(super) fn value(source: &mut Source<'_, '_>, fields: &mut Fields<'_>) -> Read<Vec<u8>> {
    let at = fields.at();
    let address = fields.offset()?;
    let index = u64::from(fields.u32()?);
    let Some(address) = address.filter(|address| *address != 0) else { return Ok(Vec::new()) };
    let objects = global(source, address)?;
    let Some((_, start, length)) = objects.iter().find(|(number, ..)| *number == index).copied() else {
        let detail = format!("value {index} of a heap that does not have it");
        return Err(Flaw::bad(at, Kind::Missing, detail));
    };
    source.look_at(length.min(MOST_VALUE))?;
    if length > MOST_VALUE {
        return Err(Flaw::unread("a value of variable length is too long"));
    }
    Ok(source.visit.input.read(start, length)?)
}

/// The objects of the global heap at an address.
fn global(source: &mut Source<'_, '_>, address: u64) -> Read<Rc<Objects>> {
    if let Some(objects) = source.heaps.get(&address) {
        return Ok(Rc::clone(objects));
    }
    let prefix = 8_u64.saturating_add(source.sizes.length as u64);
    let head = source.peek(address, prefix, "heap of values")?;
    let mut fields = source.fields(&head, address);
    fields.signature(*b"GCOL")?;
    fields.skip(4)?;
    let size = fields.length()?;
    let bytes = source.block(address, size, "heap of values")?;
    let mut fields = source.fields(&bytes, address);
    fields.skip(prefix.min(size))?;
    let mut objects: Objects = Vec::new();
    while fields.rest().len() as u64 >= prefix {
        let index = u64::from(fields.u16()?);
        fields.skip(6)?;
        let length = fields.length()?;
        if index == 0 {
            break;
        }
        source.notes.remember(source.visit, 24)?;
        objects.push((index, fields.at(), length));
        fields.skip(length)?;
        fields.skip(padding(length).min(fields.rest().len() as u64))?;
    }
    let objects = Rc::new(objects);
    source.heaps.insert(address, Rc::clone(&objects));
    Ok(objects)
}
