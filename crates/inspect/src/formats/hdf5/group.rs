//! What a group links to: in a symbol table, in its header, or in a heap with an index.

use weighbridge_domain::facts::problem::Kind;

use super::fields::Fields;
use super::header::{LINK, LINK_INFO, Message, SYMBOL_TABLE};
use super::source::{Flaw, Read, Source};
use super::{fractal, heap, tree};
use crate::text;

/// A link of a group.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: String,
    /// Position of its description.
    pub(super) at: u64,
    pub(super) to: Target,
}

#[derive(Debug)]
pub(super) enum Target {
    /// The object at this address.
    Object(u64),
    /// A path in this file.
    Path(String),
    /// A path in another file.
    External { file: String },
    /// Whatever a program has registered for this number.
    Other(u8),
}

/// Reads the links that these messages of a group hold or lead to.
pub(super) fn links(source: &mut Source<'_, '_>, messages: &[Message]) -> Read<Vec<Link>> {
    let mut links = Vec::new();
    for message in messages {
        let mut fields = message.fields(source);
        match message.kind {
            LINK => links.push(link(source, &mut fields)?),
            LINK_INFO => dense(source, &mut fields, &mut links)?,
            SYMBOL_TABLE => symbols(source, &mut fields, &mut links)?,
            _ => {}
        }
    }
    Ok(links)
}

fn symbols(source: &mut Source<'_, '_>, fields: &mut Fields<'_>, links: &mut Vec<Link>) -> Read<()> {
    let at = fields.at();
    let (Some(root), Some(names)) = (fields.offset()?, fields.offset()?) else {
        return Err(Flaw::bad(at, Kind::BadValue, "a table of symbols that is nowhere"));
    };
    let names = heap::local(source, names)?;
    let key = source.sizes.length as u64;
    tree::first(source, root, 0, key, &mut |source, _, address| {
        let head = source.peek(address, 8, "table of symbols")?;
        let mut fields = source.fields(&head, address);
        fields.signature(*b"SNOD")?;
        fields.skip(2)?;
        let count = u64::from(fields.u16()?);
        let entry = 24_u64.saturating_add((source.sizes.offset as u64).saturating_mul(2));
        let size = 8_u64.saturating_add(count.saturating_mul(entry));
        let bytes = source.block(address, size, "table of symbols")?;
        let mut fields = source.fields(&bytes, address);
        fields.skip(8)?;
        for _ in 0..count {
            let at = fields.at();
            let width = source.sizes.offset;
            let name = names.get(fields.number(width)?)?;
            let object = fields.offset()?;
            let cached = fields.u32()?;
            fields.skip(4)?;
            let mut scratch = Fields::new(fields.take(16)?, at, source.sizes);
            let to = match (cached, object) {
                (2, _) => Target::Path(text::escaped(names.get(u64::from(scratch.u32()?))?)),
                (_, Some(object)) => Target::Object(object),
                _ => return Err(Flaw::bad(at, Kind::BadValue, "a symbol that leads to nowhere")),
            };
            push(source, links, Link { name: text::escaped(name), at, to })?;
        }
        Ok(())
    })
}

fn push(source: &mut Source<'_, '_>, links: &mut Vec<Link>, link: Link) -> Read<()> {
    source.notes.remember(source.visit, (link.name.len() as u64).saturating_add(128))?;
    links.push(link);
    Ok(())
}

fn dense(source: &mut Source<'_, '_>, fields: &mut Fields<'_>, links: &mut Vec<Link>) -> Read<()> {
    fields.skip(1)?;
    if fields.u8()? & 1 != 0 {
        fields.skip(8)?;
    }
    let (Some(heap), Some(index)) = (fields.offset()?, fields.offset()?) else { return Ok(()) };
    let heap = fractal::heap(source, heap)?;
    tree::second(source, index, &mut |source, kind, record| {
        if kind != 5 {
            return Err(Flaw::unread("its links are listed in a way that is not read"));
        }
        record.skip(4)?;
        let at = record.at();
        let id = record.take(heap.id_length())?;
        let (address, bytes) = heap.object(source, id, at)?;
        let link = link(source, &mut source.fields(&bytes, address))?;
        push(source, links, link)
    })
}

/// Reads a link.
fn link(source: &mut Source<'_, '_>, fields: &mut Fields<'_>) -> Read<Link> {
    let at = fields.at();
    let version = fields.u8()?;
    if version != 1 {
        return Err(Flaw::unread(format!("version {version} of links")));
    }
    let flags = fields.u8()?;
    let kind = if flags & 8 != 0 { fields.u8()? } else { 0 };
    if flags & 4 != 0 {
        fields.skip(8)?;
    }
    if flags & 0x10 != 0 {
        fields.skip(1)?;
    }
    let length = fields.number(1 << (flags & 3))?;
    let name = text::escaped(fields.take(length)?);
    let to = match kind {
        0 => {
            let nowhere = || Flaw::bad(at, Kind::BadValue, "a link that leads to nowhere");
            Target::Object(fields.offset()?.ok_or_else(nowhere)?)
        }
        1 => {
            let length = fields.u16()?;
            Target::Path(text::escaped(fields.take(length.into())?))
        }
        64 => {
            let length = fields.u16()?;
            let value = fields.take(length.into())?;
            let file = value.get(1..).unwrap_or_default().split(|byte| *byte == 0).next();
            Target::External { file: text::escaped(file.unwrap_or_default()) }
        }
        other => Target::Other(other),
    };
    source.notes.remember(source.visit, (name.len() as u64).saturating_add(128))?;
    Ok(Link { name, at, to })
}
