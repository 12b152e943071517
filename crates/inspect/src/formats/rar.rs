//! RAR: its members are listed and not inspected. No open implementation of its decompression exists that we could use.
//! Specification: the technical notes of `UnRAR`, versions 4 and 5.

use weighbridge_domain::facts::{Entry, EntryKind, What};

use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, rar};
use crate::text;
use crate::walk::Visit;

/// RAR.
pub static FORMAT: Format = Format {
    id: "rar",
    title: "RAR",
    extensions: &["rar"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by its signature (versions 1.5 to 5). The names, sizes and kinds of its members are listed, unless its \
           headers are encrypted; their content is not inspected.",
    recognise: |probe: &Probe<'_>| Recognition::certain_if(probe.starts(OLD) || probe.starts(NEW)),
    read,
    samples: || {
        let mut files = samples::one("notes.rar", rar::new("notes.txt"));
        files.extend(samples::one("old.rar", rar::old("notes.txt")));
        files
    },
};

const OLD: &[u8] = b"Rar!\x1a\x07\0";
const NEW: &[u8] = b"Rar!\x1a\x07\x01\0";

/// Bytes kept of a name.
const NAME_KEPT: u64 = 4096;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    if visit.input.read(0, 8)?.starts_with(NEW) {
        cursor.skip(8)?;
        return read_new(visit, &mut cursor);
    }
    cursor.skip(7)?;
    read_old(visit, &mut cursor)
}

fn entry(visit: &mut Visit<'_>, at: u64, entry: Entry) -> Result<(), Fault> {
    visit.budget.entry()?;
    visit.fact(at, What::Entry(entry));
    Ok(())
}

/// A number in groups of seven bits.
fn number(cursor: &mut Cursor) -> Result<u64, Fault> {
    let mut number = 0_u64;
    for shift in (0..70_u32).step_by(7) {
        let byte = cursor.u8()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Fault::Unparsable("a number is too long".to_owned()))
}

fn name(cursor: &mut Cursor, length: u64) -> Result<String, Fault> {
    let bytes = cursor.take(usize::try_from(length.min(NAME_KEPT)).unwrap_or_default())?;
    Ok(text::escaped(bytes.split(|byte| *byte == 0).next().unwrap_or_default()))
}

/// Blocks of version 5.
fn read_new(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
    while cursor.remaining() > 0 {
        visit.budget.tick()?;
        let at = cursor.position();
        cursor.skip(4)?;
        let size = number(cursor)?;
        let end = cursor.position().saturating_add(size);
        let kind = number(cursor)?;
        let flags = number(cursor)?;
        if flags & 1 != 0 {
            number(cursor)?;
        }
        let packed = if flags & 2 != 0 { number(cursor)? } else { 0 };
        match kind {
            2 => {
                let file = number(cursor)?;
                let size = number(cursor)?;
                let attributes = number(cursor)?;
                cursor.skip(if file & 2 != 0 { 4 } else { 0 })?;
                cursor.skip(if file & 4 != 0 { 4 } else { 0 })?;
                number(cursor)?;
                let unix = number(cursor)? == 1;
                let length = number(cursor)?;
                let name = name(cursor, length)?;
                let mode = u32::try_from(attributes & 0o17_7777).ok().filter(|_| unix);
                let kind = if file & 1 != 0 { EntryKind::Folder } else { EntryKind::File };
                let mode = mode.map(|mode| mode & 0o7777);
                entry(visit, at, Entry { name, kind, size, packed, mode, encrypted: false })?;
            }
            4 => {
                visit.incomplete("its headers are encrypted");
                return Ok(());
            }
            5 => return Ok(()),
            _ => {}
        }
        cursor.seek(end.saturating_add(packed));
        if cursor.position() <= at {
            return Err(Fault::Unparsable("a block ends before it begins".to_owned()));
        }
    }
    Ok(())
}

/// Blocks of versions 1.5 to 4.
fn read_old(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
    while cursor.remaining() >= 7 {
        visit.budget.tick()?;
        let at = cursor.position();
        cursor.skip(2)?;
        let kind = cursor.u8()?;
        let flags = cursor.u16()?;
        let size = u64::from(cursor.u16()?).max(7);
        let mut packed = if flags & 0x8000 != 0 || kind == 0x74 { u64::from(cursor.u32()?) } else { 0 };
        match kind {
            0x73 if flags & 0x80 != 0 => {
                visit.incomplete("its headers are encrypted");
                return Ok(());
            }
            0x74 => {
                let mut length = u64::from(cursor.u32()?);
                let unix = cursor.u8()? == 3;
                cursor.skip(10)?;
                let name_length = u64::from(cursor.u16()?);
                let attributes = cursor.u32()?;
                if flags & 0x100 != 0 {
                    packed |= u64::from(cursor.u32()?) << 32;
                    length |= u64::from(cursor.u32()?) << 32;
                }
                let name = name(cursor, name_length)?;
                let is_folder = flags & 0xe0 == 0xe0;
                let kind = match attributes & 0o17_0000 {
                    0o12_0000 if unix => EntryKind::Symlink { target: String::new() },
                    _ if is_folder => EntryKind::Folder,
                    _ => EntryKind::File,
                };
                let mode = unix.then_some(attributes & 0o7777);
                let encrypted = flags & 4 != 0;
                entry(visit, at, Entry { name, kind, size: length, packed, mode, encrypted })?;
            }
            0x7b => return Ok(()),
            0x72..=0x7a => {}
            _ => return Err(Fault::Unparsable(format!("a block at byte {at} is of the type {kind}"))),
        }
        cursor.seek(at.saturating_add(size).saturating_add(packed));
    }
    Ok(())
}
