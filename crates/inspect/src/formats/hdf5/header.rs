//! Headers of objects: a list of messages, in one block or several.

use weighbridge_domain::facts::problem::Kind;

use super::fields::Fields;
use super::source::{Flaw, Read, Source};

pub(super) const DATASPACE: u16 = 0x01;
pub(super) const LINK_INFO: u16 = 0x02;
pub(super) const DATATYPE: u16 = 0x03;
pub(super) const LINK: u16 = 0x06;
pub(super) const EXTERNAL_FILES: u16 = 0x07;
pub(super) const LAYOUT: u16 = 0x08;
pub(super) const FILTERS: u16 = 0x0b;
pub(super) const ATTRIBUTE: u16 = 0x0c;
const CONTINUATION: u16 = 0x10;
pub(super) const SYMBOL_TABLE: u16 = 0x11;
pub(super) const DRIVER: u16 = 0x14;
pub(super) const ATTRIBUTE_INFO: u16 = 0x15;
pub(super) const CACHE_IMAGE: u16 = 0x18;

/// Blocks of one header that are read.
const MOST_BLOCKS: usize = 10_000;

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) kind: u16,
    flags: u8,
    /// Address of its content.
    pub(super) address: u64,
    pub(super) data: Vec<u8>,
}

impl Message {
    /// Its content stands elsewhere.
    fn is_shared(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Its fields.
    pub(super) fn fields<'a>(&'a self, source: &Source<'_, '_>) -> Fields<'a> {
        source.fields(&self.data, self.address)
    }
}

/// How the blocks of one header are written.
#[derive(Debug, Clone, Copy)]
struct Form {
    newer: bool,
    /// Messages are numbered.
    ordered: bool,
}

/// The messages of the header at an address, which is read as the only owner of its bytes.
pub(super) fn messages(source: &mut Source<'_, '_>, address: u64) -> Read<Vec<Message>> {
    read(source, address, true)
}

fn read(source: &mut Source<'_, '_>, address: u64, owned: bool) -> Read<Vec<Message>> {
    let head = source.peek(address, 4, "header of an object")?;
    let form;
    let mut blocks;
    if head == b"OHDR" {
        let (ordered, start, length) = newer_prefix(source, address)?;
        form = Form { newer: true, ordered };
        let whole = start.saturating_sub(address).saturating_add(length).saturating_add(4);
        let bytes = take(source, address, whole, owned)?;
        if owned {
            source.checksum(address, &bytes, "header of an object");
        }
        let skipped = usize::try_from(start.saturating_sub(address)).unwrap_or(usize::MAX);
        let content = bytes.get(skipped..bytes.len().saturating_sub(4)).unwrap_or_default();
        blocks = vec![(start, content.to_vec())];
    } else if head.first() == Some(&1) {
        form = Form { newer: false, ordered: false };
        let prefix = source.peek(address, 16, "header of an object")?;
        let length = u64::from(source.fields(prefix.get(8..).unwrap_or_default(), address).u32()?);
        let bytes = take(source, address, length.saturating_add(16), owned)?;
        let content = bytes.get(16..).unwrap_or_default().to_vec();
        blocks = vec![(address.saturating_add(16), content)];
    } else {
        let at = source.position(address);
        return Err(Flaw::bad(at, Kind::BadValue, format!("no header of an object at {at}")));
    }
    let mut messages = Vec::new();
    let mut index = 0;
    while let Some((start, bytes)) = blocks.get(index).cloned() {
        index = index.saturating_add(1);
        let from = messages.len();
        block(source, form, start, &bytes, &mut messages)?;
        let further: Vec<_> =
            messages.iter().skip(from).filter(|message| message.kind == CONTINUATION).cloned().collect();
        for message in further {
            if blocks.len() >= MOST_BLOCKS {
                return Err(Flaw::unread("its header is in too many pieces"));
            }
            blocks.push(continuation(source, form, &message, owned)?);
        }
    }
    messages.retain(|message| message.kind != 0 && message.kind != CONTINUATION);
    Ok(messages)
}

fn take(source: &mut Source<'_, '_>, address: u64, length: u64, owned: bool) -> Read<Vec<u8>> {
    const WHAT: &str = "header of an object";
    if owned { source.block(address, length, WHAT) } else { source.peek(address, length, WHAT) }
}

/// Of a header of version 2: whether its messages are numbered, where they begin, and how many bytes they have.
fn newer_prefix(source: &mut Source<'_, '_>, address: u64) -> Read<(bool, u64, u64)> {
    let room = source.visit.input.len().saturating_sub(source.position(address)).min(34);
    let bytes = source.peek(address, room, "header of an object")?;
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"OHDR")?;
    let version = fields.u8()?;
    if version != 2 {
        return Err(Flaw::unread(format!("version {version} of headers of objects")));
    }
    let flags = fields.u8()?;
    if flags & 0x20 != 0 {
        fields.skip(16)?;
    }
    if flags & 0x10 != 0 {
        fields.skip(4)?;
    }
    let length = fields.number(1 << (flags & 3))?;
    Ok((flags & 4 != 0, fields.at().saturating_sub(source.base), length))
}

fn continuation(
    source: &mut Source<'_, '_>,
    form: Form,
    message: &Message,
    owned: bool,
) -> Read<(u64, Vec<u8>)> {
    let mut fields = message.fields(source);
    let (Some(address), length) = (fields.offset()?, fields.length()?) else {
        return Err(Flaw::bad(fields.at(), Kind::BadValue, "its header goes on nowhere"));
    };
    let mut bytes = take(source, address, length, owned)?;
    if !form.newer {
        return Ok((address, bytes));
    }
    source.fields(&bytes, address).signature(*b"OCHK")?;
    if owned {
        source.checksum(address, &bytes, "header of an object");
    }
    bytes.truncate(bytes.len().saturating_sub(4));
    Ok((address.saturating_add(4), bytes.split_off(4.min(bytes.len()))))
}

/// The messages of one block.
fn block(
    source: &mut Source<'_, '_>,
    form: Form,
    start: u64,
    bytes: &[u8],
    messages: &mut Vec<Message>,
) -> Read<()> {
    let prefix = if !form.newer {
        8
    } else if form.ordered {
        6
    } else {
        4
    };
    let mut fields = source.fields(bytes, start);
    while fields.rest().len() >= prefix {
        let (kind, length, flags);
        if form.newer {
            kind = u16::from(fields.u8()?);
            length = fields.u16()?;
            flags = fields.u8()?;
            if form.ordered {
                fields.skip(2)?;
            }
        } else {
            kind = fields.u16()?;
            length = fields.u16()?;
            flags = fields.u8()?;
            fields.skip(3)?;
        }
        let address = fields.at().saturating_sub(source.base);
        let data = fields.take(u64::from(length))?.to_vec();
        source.notes.remember(source.visit, 16)?;
        if kind > CACHE_IMAGE {
            source.visit.incomplete(format!("a message of the unknown type {kind}"));
        }
        messages.push(Message { kind, flags, address, data });
    }
    Ok(())
}

/// A message, or the one that it stands for.
pub(super) fn resolved(source: &mut Source<'_, '_>, message: &Message) -> Read<Message> {
    if !message.is_shared() {
        return Ok(message.clone());
    }
    shared(source, &mut message.fields(source), message.kind)
}

/// The message of some kind that these fields say is shared.
pub(super) fn shared(source: &mut Source<'_, '_>, fields: &mut Fields<'_>, kind: u16) -> Read<Message> {
    let at = fields.at();
    let (version, sort) = (fields.u8()?, fields.u8()?);
    if version == 1 {
        fields.skip(6)?;
    }
    if version == 3 && sort == 1 {
        return Err(Flaw::unread("it uses a table of shared messages"));
    }
    let address = fields.offset()?.ok_or_else(|| Flaw::bad(at, Kind::BadValue, "a type that is nowhere"))?;
    let found = read(source, address, false)?.into_iter().find(|found| found.kind == kind);
    match found {
        Some(found) if !found.is_shared() => Ok(found),
        _ => Err(Flaw::bad(at, Kind::Missing, "a shared type that is not where it should be")),
    }
}
