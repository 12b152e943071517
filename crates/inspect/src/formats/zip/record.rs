//! The records of a zip, field by field.

use crate::input::Input;
use crate::text;

/// An unsigned little-endian number of `length` bytes; 0 where there are none.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let field = bytes.get(at..at.saturating_add(length)).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A number of two bytes.
pub(super) fn short(bytes: &[u8], at: usize) -> u16 {
    u16::try_from(number(bytes, at, 2)).unwrap_or_default()
}

/// A number of four bytes.
pub(super) fn long(bytes: &[u8], at: usize) -> u32 {
    u32::try_from(number(bytes, at, 4)).unwrap_or_default()
}

pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// What both headers of a member say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    /// Another name that an extra field gives.
    pub(super) other_name: Option<Vec<u8>>,
    pub(super) needed: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

/// Marked as encrypted.
pub(super) const ENCRYPTED: u16 = 1;
/// Where it is packed by LZMA, a mark ends it.
pub(super) const MARKED_END: u16 = 2;
/// Sizes and checksum stand behind the content.
pub(super) const STREAMED: u16 = 8;
/// The method that stands for encryption by AES.
pub(super) const AES: u16 = 99;

impl Header {
    /// Reads the fields that both kinds of headers have in the same order, from the flags on.
    pub(super) fn new(fields: &[u8], name: &[u8], extra: &[u8], offset: Option<&mut u64>) -> Self {
        let mut header = Self {
            name: name.to_vec(),
            other_name: None,
            needed: short(fields, 0),
            flags: short(fields, 2),
            method: short(fields, 4),
            crc: long(fields, 10),
            packed: u64::from(long(fields, 14)),
            size: u64::from(long(fields, 18)),
        };
        header.read_extra(extra, offset);
        header
    }

    fn read_extra(&mut self, mut extra: &[u8], mut offset: Option<&mut u64>) {
        while let Some((head, rest)) = extra.split_first_chunk::<4>() {
            let (id, length) = (short(head, 0), usize::from(short(head, 2)));
            let field = rest.get(..length).unwrap_or(rest);
            match id {
                1 => {
                    let mut at = 0_usize;
                    let mut take = |value: &mut u64| {
                        if *value == 0xffff_ffff && at.saturating_add(8) <= field.len() {
                            *value = number(field, at, 8);
                            at = at.saturating_add(8);
                        }
                    };
                    take(&mut self.size);
                    take(&mut self.packed);
                    if let Some(offset) = offset.as_deref_mut() {
                        take(offset);
                    }
                }
                0x7075 if field.first() == Some(&1) => {
                    let name = field.get(5..).unwrap_or_default();
                    if long(field, 1) == crc32fast::hash(&self.name) && name != self.name {
                        self.other_name = Some(name.to_vec());
                    }
                }
                _ => {}
            }
            extra = rest.get(length..).unwrap_or_default();
        }
    }
}

/// A local header: what it says, and where the content begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) header: Header,
    pub(super) data: u64,
}

/// The local header at `at`, when there is one.
pub(super) fn local(input: &Input, at: u64) -> std::io::Result<Option<Local>> {
    let mut bytes = input.read(at, 512)?;
    if !bytes.starts_with(&LOCAL) || bytes.len() < 30 {
        return Ok(None);
    }
    let name_length = usize::from(short(&bytes, 26));
    let behind_name = name_length.saturating_add(30);
    let length = usize::from(short(&bytes, 28)).saturating_add(behind_name);
    if length > bytes.len() {
        bytes = input.read(at, length as u64)?;
    }
    let name = bytes.get(30..behind_name.min(bytes.len())).unwrap_or_default();
    let extra = bytes.get(behind_name..length.min(bytes.len())).unwrap_or_default();
    let header = Header::new(bytes.get(4..).unwrap_or_default(), name, extra, None);
    Ok(Some(Local { header, data: at.saturating_add(length as u64) }))
}

/// A name as text: what is not UTF-8 is written as `%NN`.
pub(super) fn name(bytes: &[u8]) -> String {
    text::escaped(bytes)
}

/// The beginning of a name, for messages.
pub(super) fn shown(bytes: &[u8]) -> String {
    text::escaped(bytes.get(..200).unwrap_or(bytes))
}
