//! Sorted tables of keys and values, as `LevelDB` and TensorFlow write them: blocks of entries, an index of the blocks, and a
//! footer that says where the index is. Each block ends with its kind and a CRC-32C.

pub(crate) mod crc32c;

use weighbridge_domain::facts::problem::Kind;

use super::layout::{self, Notes};
use crate::detect::Probe;
use crate::input::Input;
use crate::limits::Fault;
use crate::walk::Visit;
use crc32c::{crc32c, masked};

/// What the footer ends with.
pub(crate) const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

/// Two handles of at most 20 bytes, padded, and the magic.
const FOOTER: u64 = 48;

/// Kind and CRC behind a block.
const TRAILER: u64 = 5;

/// Blocks of a table; each has a key at least.
const MOST_BLOCKS: usize = 1 << 20;

/// Whether the end is that of a table.
pub(super) fn is_table(probe: &Probe<'_>) -> bool {
    probe.input.len() >= FOOTER
        && probe.input.read(probe.input.len().saturating_sub(8), 8).is_ok_and(|end| end == MAGIC)
}

/// Where a block is, without its trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Handle {
    offset: u64,
    size: u64,
}

/// One entry of a table.
pub(super) struct Entry<'a> {
    /// Offset of the value in the input.
    pub(super) at: u64,
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
}

/// Tells every entry to `tell`, in the order of the table.
pub(super) fn read(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    mut tell: impl FnMut(&mut Visit<'_>, &mut Notes, &Entry<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let end = visit.input.len().saturating_sub(FOOTER);
    let footer = visit.input.read(end, FOOTER)?;
    let mut rest = footer.as_slice();
    let (Some(meta), Some(index)) = (handle(&mut rest), handle(&mut rest)) else {
        return Err(Fault::Unparsable("the footer has no handles".to_owned()));
    };
    let padding = rest.strip_suffix(&MAGIC).unwrap_or(rest);
    if padding.iter().any(|byte| *byte != 0) {
        notes.problem(visit, end, Kind::BadValue, "the padding of the footer is not zero");
    }
    let mut blocks = vec![meta, index];
    let mut data = Vec::new();
    entries(visit, notes, meta, &mut |_, _, _| Ok(()))?;
    entries(visit, notes, index, &mut |visit, notes, entry| {
        notes.remember(visit, 64_u64.saturating_add(entry.key.len() as u64))?;
        let mut value = entry.value;
        match handle(&mut value) {
            Some(block) if data.len() < MOST_BLOCKS => data.push((entry.key.to_vec(), block)),
            Some(_) => return Err(Fault::Unsupported(format!("a table of more than {MOST_BLOCKS} blocks"))),
            None => {
                let detail = "an entry of the index is no handle of a block";
                notes.problem(visit, entry.at, Kind::BadValue, detail);
            }
        }
        Ok(())
    })?;
    let mut last: Option<Vec<u8>> = None;
    for (upper, block) in data {
        blocks.push(block);
        entries(visit, notes, block, &mut |visit, notes, entry| {
            if last.as_deref().is_some_and(|last| last == entry.key) {
                let detail = format!("the key `{}` stands twice", shown(entry.key));
                notes.problem(visit, entry.at, Kind::Duplicate, detail);
            } else if last.as_deref().is_some_and(|last| last > entry.key) || entry.key > upper.as_slice() {
                let detail =
                    format!("the key `{}` is out of order: readers that search miss it", shown(entry.key));
                notes.problem(visit, entry.at, Kind::Order, detail);
            }
            last = Some(entry.key.to_vec());
            tell(visit, notes, entry)
        })?;
    }
    lie(visit, notes, blocks, end)
}

/// A key for people.
fn shown(key: &[u8]) -> String {
    layout::name(&String::from_utf8_lossy(key))
}

/// How the blocks lie: each byte in front of the footer belongs to one.
fn lie(visit: &mut Visit<'_>, notes: &mut Notes, mut blocks: Vec<Handle>, end: u64) -> Result<(), Fault> {
    // Those that lie outside were told before.
    let stop = |block: &Handle| block.offset.checked_add(block.size).and_then(|at| at.checked_add(TRAILER));
    blocks.retain(|block| stop(block).is_some_and(|stop| stop <= end));
    blocks.sort_unstable();
    let mut at = 0;
    for block in blocks.into_iter().map(Some).chain([None]) {
        let start = block.map_or(end, |block| block.offset);
        if let Some(length) = start.checked_sub(at).filter(|length| *length > 0) {
            notes.problem(
                visit,
                at,
                Kind::Hole,
                format!("{} between blocks, part of none", crate::text::count(length, "byte")),
            );
            let bytes = visit.input.slice(at, length);
            visit.embed(&layout::hole(at), bytes)?;
        } else if start < at {
            notes.problem(visit, start, Kind::Overlap, "two blocks of the table share bytes");
        }
        let Some(block) = block else { break };
        at = at.max(block.offset.saturating_add(block.size).saturating_add(TRAILER));
    }
    Ok(())
}

/// Reads one block.
fn entries(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    block: Handle,
    tell: &mut dyn FnMut(&mut Visit<'_>, &mut Notes, &Entry<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    visit.budget.tick()?;
    let Handle { offset, size } = block;
    let whole = size.checked_add(TRAILER);
    let stop = whole.and_then(|whole| offset.checked_add(whole)).filter(|stop| *stop <= visit.input.len());
    let (Some(whole), Some(_)) = (whole, stop) else {
        let detail = format!("a block of {size} bytes at {offset} lies outside the file");
        notes.problem(visit, offset.min(visit.input.len()), Kind::OutOfBounds, detail);
        visit.incomplete("a block of the table lies outside the file");
        return Ok(());
    };
    notes.remember(visit, whole)?;
    let bytes = visit.input.read(offset, whole)?;
    let split = usize::try_from(size).unwrap_or(usize::MAX);
    let (contents, trailer) = bytes.split_at_checked(split).ok_or(Fault::Truncated { at: offset })?;
    let (kind, crc) = match trailer.split_first() {
        Some((kind, crc)) => (*kind, crc.first_chunk().copied().map(u32::from_le_bytes)),
        None => return Err(Fault::Truncated { at: offset }),
    };
    let found = masked(crc32c(bytes.get(..split.saturating_add(1)).unwrap_or_default()));
    if crc != Some(found) {
        let recorded = crc.unwrap_or_default();
        let detail = format!("a block has CRC-32C {found:08x} (masked), but {recorded:08x} is recorded");
        notes.problem(visit, offset, Kind::Checksum, detail);
    }
    if kind != 0 {
        let kind = if kind == 1 { "Snappy".to_owned() } else { format!("method {kind}") };
        visit.incomplete(format!("a block of the table is compressed by {kind}, which is not supported"));
    } else if let Some(detail) = walk(visit, notes, contents, offset, tell)? {
        notes.problem(visit, offset, Kind::BadValue, detail);
        visit.incomplete("a block of the table could not be read to its end");
    }
    notes.forget(whole);
    Ok(())
}

/// Reads the entries of a block; what is wrong when they cannot be read to their end.
fn walk(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    contents: &[u8],
    offset: u64,
    tell: &mut dyn FnMut(&mut Visit<'_>, &mut Notes, &Entry<'_>) -> Result<(), Fault>,
) -> Result<Option<&'static str>, Fault> {
    let Some((rest, count)) =
        contents.split_last_chunk().map(|(rest, count)| (rest, u32::from_le_bytes(*count)))
    else {
        return Ok(Some("a block has no count of restarts"));
    };
    let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(4));
    let restarts = length.and_then(|length| rest.len().checked_sub(length));
    let Some((body, restarts)) = restarts.and_then(|at| rest.split_at_checked(at)) else {
        return Ok(Some("a block counts more restarts than fit into it"));
    };
    // Readers that search begin at a restart: one that is not where an entry begins shows them other entries.
    let (restarts, _) = restarts.as_chunks::<4>();
    let mut restarts = restarts.iter().map(|at| u32::from_le_bytes(*at)).peekable();
    let mut rest = body;
    let mut key = Vec::new();
    while !rest.is_empty() {
        visit.budget.tick()?;
        let begin = body.len().saturating_sub(rest.len());
        let Some((shared, own, value)) = entry(&mut rest) else {
            return Ok(Some("an entry is longer than its block"));
        };
        if restarts.next_if(|at| usize::try_from(*at) == Ok(begin)).is_some() && shared != 0 {
            return Ok(Some("a restart is not where a whole key stands"));
        }
        if shared > key.len() {
            return Ok(Some("a key shares more with the one before it than that has"));
        }
        key.truncate(shared);
        key.extend(own);
        let at = body.len().saturating_sub(rest.len()).saturating_sub(value.len());
        tell(visit, notes, &Entry { at: offset.saturating_add(at as u64), key: &key, value })?;
    }
    // An empty block has one restart, at its beginning.
    let empty = body.is_empty() && restarts.next_if_eq(&0).is_some();
    if restarts.next().is_some() || (count == 0 && !empty) {
        return Ok(Some("a restart is not where an entry begins"));
    }
    Ok(None)
}

/// How much of the last key is shared, the rest of the key, the value.
fn entry<'a>(rest: &mut &'a [u8]) -> Option<(usize, &'a [u8], &'a [u8])> {
    let shared = usize::try_from(varint(rest)?).ok()?;
    let own = usize::try_from(varint(rest)?).ok()?;
    let value = usize::try_from(varint(rest)?).ok()?;
    let (key, behind) = rest.split_at_checked(own)?;
    let (value, behind) = behind.split_at_checked(value)?;
    *rest = behind;
    Some((shared, key, value))
}

fn handle(bytes: &mut &[u8]) -> Option<Handle> {
    Some(Handle { offset: varint(bytes)?, size: varint(bytes)? })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    let mut shift = 0_u32;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift = shift.saturating_add(7);
    }
}

/// The first value of a table, without notes about it: what tells one kind of table from another.
pub(super) fn first_value(input: &Input) -> Option<(Vec<u8>, Vec<u8>)> {
    let footer = input.read(input.len().checked_sub(FOOTER)?, FOOTER).ok()?;
    let mut rest = footer.as_slice();
    handle(&mut rest)?;
    let index = first_entry(input, handle(&mut rest)?)?;
    let first = handle(&mut index.1.as_slice())?;
    first_entry(input, first)
}

/// Bytes of a block looked at for its first entry.
const LOOK: u64 = 64 << 10;

fn first_entry(input: &Input, block: Handle) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = input.read(block.offset, block.size.min(LOOK)).ok()?;
    let (shared, key, value) = entry(&mut bytes.as_slice())?;
    (shared == 0).then(|| (key.to_vec(), value.to_vec()))
}
