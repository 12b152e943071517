//! OCDBT, the database of TensorStore that Orbax keeps arrays in: `manifest.ocdbt`, and nodes of a tree with values beside
//! them in `d/`. Reference: the page of the `ocdbt` driver in the documentation of TensorStore.

use weighbridge_domain::facts::problem::Kind;

use super::store;
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::codec::Decoder;
use crate::formats::graph::{References, TENSOR_DATA};
use crate::formats::layout::{Notes, name};
use crate::formats::sstable::crc32c::crc32c;
use crate::formats::{Format, Support, streams};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::orbax;
use crate::walk::Visit;

/// OCDBT.
pub static FORMAT: Format = Format {
    id: "ocdbt",
    title: "OCDBT database",
    extensions: &["ocdbt"],
    support: Support::Recognised,
    carries_code: false,
    refines: &["bzip2", "gzip", "lz4", "xz", "zlib", "zstd"],
    docs: "The manifest, and the nodes of the tree that stand at the beginning or the end of a file in `d/`: checksums, the \
           files that they name, the keys, and the documents of zarr among the values. The pieces of arrays are compressed \
           and are not looked at, but for programs and pickles where a node says that one begins.",
    recognise,
    read,
    samples: || orbax::database("d/00000000000000000000000000000000", orbax::ZARRAY),
};

const MANIFEST: [u8; 4] = [0x0c, 0xdb, 0x3a, 0x2a];
const NODE: [u8; 4] = [0x0c, 0xdb, 0x20, 0xde];
const VERSIONS: [u8; 4] = [0x0c, 0xdb, 0x12, 0x34];

/// Bytes at the end of a file where nodes behind values are looked for.
const END: u64 = 1 << 20;

/// As long as a path may be.
const MOST_PATH: u64 = 65535;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if let Some(length) = length(&probe.head) {
        return Recognition::certain_if(length <= probe.input.len());
    }
    let hexadecimal = probe.name.len() == 32 && probe.name.bytes().all(|byte| byte.is_ascii_hexdigit());
    Recognition::certain_if(hexadecimal && last_nodes(probe.tail()).is_some())
}

/// The length that a block says it has, when one begins here.
fn length(bytes: &[u8]) -> Option<u64> {
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let length = u64::from_le_bytes(*rest.first_chunk()?);
    matches!(*magic, MANIFEST | NODE | VERSIONS).then_some(length).filter(|length| *length >= 18)
}

/// Where the nodes begin that reach to the end of these bytes.
fn last_nodes(bytes: &[u8]) -> Option<usize> {
    let begins = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(&NODE));
    (0..bytes.len()).filter(begins).take(1000).find(|start| {
        let mut rest = bytes.get(*start..).unwrap_or_default();
        while let Some(length) = length(rest) {
            let Some(next) = usize::try_from(length).ok().and_then(|length| rest.get(length..)) else {
                return false;
            };
            rest = next;
        }
        rest.is_empty()
    })
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut reader = Reader { notes: Notes::default(), references: References::default(), own: Vec::new() };
    let size = visit.input.len();
    let mut at = 0;
    let head = visit.input.read(0, 12)?;
    if length(&head).is_none() {
        let start = size.saturating_sub(END);
        let tail = visit.input.read(start, END)?;
        let found = last_nodes(&tail)
            .ok_or_else(|| Fault::Unparsable("no node ends where the file ends".to_owned()))?;
        at = start.saturating_add(found as u64);
    }
    while at < size {
        visit.budget.tick()?;
        let Some(length) = length(&visit.input.read(at, 12)?) else { break };
        if length > size.saturating_sub(at) {
            let detail =
                format!("a block of {length} bytes, with {} left in the file", size.saturating_sub(at));
            reader.notes.problem(visit, at, Kind::BadCount, detail);
            break;
        }
        reader.block(visit, at, length)?;
        at = at.saturating_add(length);
    }
    let Reader { mut notes, own, .. } = reader;
    notes.disguised(visit, own)?;
    notes.behind(visit, at..size, 1)
}

struct Reader {
    notes: Notes,
    references: References,
    /// Values in this file that a node in it names.
    own: Vec<(u64, u64)>,
}

impl Reader {
    fn block(&mut self, visit: &mut Visit<'_>, at: u64, length: u64) -> Result<(), Fault> {
        let mut cursor = Cursor::at(&visit.input.slice(0, at.saturating_add(length)), at);
        let magic = cursor.array::<4>()?;
        cursor.skip(8)?;
        let (version, compressed) = (varint(&mut cursor)?, varint(&mut cursor)?);
        let start = cursor.position();
        let end = at.saturating_add(length).saturating_sub(4);
        let payload = visit.input.slice(start, end.saturating_sub(start));
        visit.budget.memory(length)?;
        let bytes = visit.input.read(at, length)?;
        if let Some((bytes, stored)) = bytes.split_last_chunk::<4>() {
            let (stored, found) = (u32::from_le_bytes(*stored), crc32c(bytes));
            if stored != found {
                let detail = format!("a block has the checksum {found:08x}, but {stored:08x} is recorded");
                self.notes.problem(visit, at, Kind::Checksum, detail);
            }
        }
        let content = match (version, compressed) {
            (0, 0) => payload,
            (0, 1) => {
                let memory = visit.budget.limits().memory;
                let (content, error) = visit.expand(Decoder::zstd(streams::source(&payload, 0), memory))?;
                if let Some(error) = error {
                    return Err(Fault::Unparsable(format!("a block could not be expanded: {error}")));
                }
                content
            }
            _ => return Err(Fault::Unsupported("a block of a version that is not known".to_owned())),
        };
        let mut cursor = Cursor::new(&content);
        match magic {
            MANIFEST => {
                cursor.skip(16)?;
                let kind = varint(&mut cursor)?;
                varint(&mut cursor)?;
                varint(&mut cursor)?;
                cursor.skip(1)?;
                if varint(&mut cursor)? == 1 {
                    cursor.skip(4)?;
                }
                if kind == 0 {
                    self.files(visit, at, &mut cursor, TENSOR_DATA)?;
                }
            }
            VERSIONS => {
                cursor.skip(2)?;
                self.files(visit, at, &mut cursor, store::ARRAYS)?;
            }
            _ => {
                let height = cursor.u8()?;
                let files = self.files(visit, at, &mut cursor, store::ARRAYS)?;
                if height == 0 {
                    self.entries(visit, at, &mut cursor, &files)?;
                }
            }
        }
        Ok(())
    }

    /// A count that is no larger than what is left.
    fn count(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        cursor: &mut Cursor,
        what: &str,
    ) -> Result<usize, Fault> {
        let (count, left) = (varint(cursor)?, cursor.remaining());
        if count > left {
            let detail = format!("{count} {what} in {left} bytes");
            self.notes.problem(visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported(format!("it says that it has {count} {what}")));
        }
        self.notes.remember(visit, count.saturating_mul(48))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The files that a block names. Those of nodes count from where the manifest is.
    fn files(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        cursor: &mut Cursor,
        role: &'static str,
    ) -> Result<Vec<String>, Fault> {
        let count = self.count(visit, at, cursor, "files")?;
        let parts = pieces(cursor, count)?;
        for _ in 0..count {
            varint(cursor)?;
        }
        let mut files = Vec::with_capacity(count);
        for path in self.joined(visit, cursor, &parts)? {
            visit.budget.tick()?;
            let path = String::from_utf8_lossy(&path).into_owned();
            self.references.add(visit, &mut self.notes, at, role, &path)?;
            files.push(path);
        }
        Ok(files)
    }

    /// Texts of which each begins like the one before it.
    fn joined(
        &mut self,
        visit: &Visit<'_>,
        cursor: &mut Cursor,
        parts: &[(u64, u64)],
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for (shared, own) in parts {
            if *shared > MOST_PATH || *own > MOST_PATH {
                return Err(Fault::Unparsable("a key or a path is too long".to_owned()));
            }
            let own = cursor.take(usize::try_from(*own).unwrap_or(usize::MAX))?;
            let shared = usize::try_from(*shared).unwrap_or(usize::MAX);
            let before = texts.last().map_or(Some(&[][..]), |last| last.get(..shared));
            let before =
                before.ok_or_else(|| Fault::Unparsable("a key shares more than there is".to_owned()))?;
            let text = [before, own].concat();
            self.notes.remember(visit, text.len() as u64)?;
            texts.push(text);
        }
        Ok(texts)
    }

    /// What a leaf of the tree holds.
    fn entries(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        cursor: &mut Cursor,
        files: &[String],
    ) -> Result<(), Fault> {
        let count = self.count(visit, at, cursor, "entries")?;
        let parts = pieces(cursor, count)?;
        let keys = self.joined(visit, cursor, &parts)?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push(varint(cursor)?);
        }
        let inline: Vec<bool> = cursor.take(count)?.iter().map(|kind| *kind == 0).collect();
        let outside = inline.iter().filter(|inline| !**inline).count();
        let mut in_files = Vec::with_capacity(outside);
        for _ in 0..outside {
            in_files.push(varint(cursor)?);
        }
        let own = format!("d/{}", visit.file_name);
        let outside = inline.iter().zip(&lengths).filter(|(inline, _)| !**inline).map(|(_, length)| *length);
        for (length, file) in outside.zip(in_files) {
            let offset = varint(cursor)?;
            let file = usize::try_from(file).ok().and_then(|file| files.get(file));
            let Some(file) = file else {
                self.notes.problem(visit, at, Kind::BadValue, "a value is in a file that is not named");
                continue;
            };
            if *file == own {
                self.value_here(visit, offset, length);
            }
        }
        for ((key, length), _) in keys.iter().zip(lengths).zip(inline).filter(|(_, inline)| *inline) {
            let value = cursor.take(usize::try_from(length).unwrap_or(usize::MAX))?.to_vec();
            let key = String::from_utf8_lossy(key);
            if key.ends_with(".zarray") || key.ends_with("zarr.json") {
                visit.embed(&name(&key), Input::bytes(value))?;
            }
        }
        Ok(())
    }

    /// A value that lies in this file.
    fn value_here(&mut self, visit: &mut Visit<'_>, offset: u64, length: u64) {
        if offset.checked_add(length).is_none_or(|end| end > visit.input.len()) {
            let detail = format!(
                "a value of {length} bytes from {offset}, but the file ends at {}",
                visit.input.len()
            );
            self.notes.problem(visit, offset, Kind::OutOfBounds, detail);
        } else {
            self.own.push((offset, length));
        }
    }
}

/// How much of texts is shared with the one before, and how much is their own.
fn pieces(cursor: &mut Cursor, count: usize) -> Result<Vec<(u64, u64)>, Fault> {
    let mut pieces = Vec::with_capacity(count);
    for place in 0..count {
        pieces.push((if place == 0 { 0 } else { varint(cursor)? }, 0));
    }
    for (_, own) in &mut pieces {
        *own = varint(cursor)?;
    }
    Ok(pieces)
}

/// A number in groups of seven bits, the lowest first.
fn varint(cursor: &mut Cursor) -> Result<u64, Fault> {
    let mut number = 0_u64;
    for group in 0..10_u32 {
        let byte = cursor.u8()?;
        number |= u64::from(byte & 0x7f).checked_shl(group.saturating_mul(7)).unwrap_or(0);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Fault::Unparsable("a number does not end".to_owned()))
}
