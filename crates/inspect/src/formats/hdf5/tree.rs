//! B-trees: version 1 for names and chunks of older files, version 2 for everything in newer ones.

use weighbridge_domain::facts::problem::Kind;

use super::fields::{Fields, width_of};
use super::source::{Flaw, Read, Source};

/// How many levels a tree may have; with any branching at all, fewer hold more than a file can.
const MOST_LEVELS: u64 = 32;

const WHAT: &str = "node of a tree";

/// Walks a tree of version 1. `leaf` gets the key (`key` bytes long) in front of each child of the lowest nodes, and the
/// address of that child.
pub(super) fn first<'v>(
    source: &mut Source<'_, 'v>,
    root: u64,
    kind: u8,
    key: u64,
    leaf: &mut dyn FnMut(&mut Source<'_, 'v>, &mut Fields<'_>, u64) -> Read<()>,
) -> Read<()> {
    let mut nodes = vec![(root, None::<u64>)];
    while let Some((address, wanted)) = nodes.pop() {
        let offset = source.sizes.offset as u64;
        let prefix = 8_u64.saturating_add(offset.saturating_mul(2));
        let head = source.peek(address, prefix, WHAT)?;
        let mut fields = source.fields(&head, address);
        fields.signature(*b"TREE")?;
        let at = fields.at();
        let (found, level) = (fields.u8()?, u64::from(fields.u8()?));
        if found != kind || level > MOST_LEVELS || wanted.is_some_and(|wanted| wanted != level) {
            let detail = format!("a node of a tree is of kind {found} and level {level}");
            return Err(Flaw::bad(at, Kind::BadValue, detail));
        }
        let count = u64::from(fields.u16()?);
        let size = count.saturating_mul(key.saturating_add(offset)).saturating_add(key);
        let bytes = source.block(address, prefix.saturating_add(size), WHAT)?;
        let mut fields = source.fields(&bytes, address);
        fields.skip(prefix)?;
        let from = nodes.len();
        for _ in 0..count {
            let at = fields.at();
            let bytes = fields.take(key)?;
            let child = fields.offset()?;
            let child = child.ok_or_else(|| Flaw::bad(at, Kind::BadValue, "a tree leads to nowhere"))?;
            if level == 0 {
                leaf(source, &mut Fields::new(bytes, at, source.sizes), child)?;
            } else {
                source.notes.remember(source.visit, 32)?;
                nodes.push((child, level.checked_sub(1)));
            }
        }
        if let Some(added) = nodes.get_mut(from..) {
            added.reverse();
        }
    }
    Ok(())
}

/// What is known of the levels of a tree of version 2.
struct Level {
    /// Records that a node of this level can have.
    most: u64,
    /// Bytes of the number of records below a child.
    all_width: usize,
}

/// Walks a tree of version 2 and hands each record to `each`, in order.
pub(super) fn second<'v>(
    source: &mut Source<'_, 'v>,
    root: u64,
    each: &mut dyn FnMut(&mut Source<'_, 'v>, u8, &mut Fields<'_>) -> Read<()>,
) -> Read<()> {
    let (offset, length) = (source.sizes.offset as u64, source.sizes.length as u64);
    let size = 22_u64.saturating_add(offset).saturating_add(length);
    let bytes = source.block(root, size, "header of a tree")?;
    source.checksum(root, &bytes, "header of a tree");
    let mut fields = source.fields(&bytes, root);
    fields.signature(*b"BTHD")?;
    fields.skip(1)?;
    let kind = fields.u8()?;
    let node = u64::from(fields.u32()?);
    let record = u64::from(fields.u16()?);
    let depth = u64::from(fields.u16()?);
    let at = fields.at();
    fields.skip(2)?;
    let address = fields.offset()?;
    let count = u64::from(fields.u16()?);
    let total = fields.length()?;
    let Some(address) = address.filter(|_| total > 0) else { return Ok(()) };
    if record == 0 || depth > MOST_LEVELS {
        return Err(Flaw::bad(at, Kind::BadValue, "a tree of records without size or of too many levels"));
    }
    let most = node.saturating_sub(10).checked_div(record).unwrap_or_default();
    let mut levels = vec![Level { most, all_width: 0 }];
    let count_width = width_of(most);
    let mut below = most;
    for _ in 0..depth {
        let width = levels.last().map_or(0, |level| level.all_width);
        let pointer = offset.saturating_add(count_width as u64).saturating_add(width as u64);
        let room = node.saturating_sub(pointer.saturating_add(10));
        let most = room.checked_div(record.saturating_add(pointer)).unwrap_or_default();
        below = most.saturating_add(1).saturating_mul(below).saturating_add(most);
        levels.push(Level { most, all_width: width_of(below) });
    }
    let mut found = 0_u64;
    let mut nodes = vec![(address, count, depth)];
    while let Some((address, count, level)) = nodes.pop() {
        let bytes = source.block(address, node, WHAT)?;
        let mut fields = source.fields(&bytes, address);
        fields.signature(if level == 0 { *b"BTLF" } else { *b"BTIN" })?;
        let at = fields.at();
        fields.skip(1)?;
        let same = fields.u8()? == kind;
        let here = usize::try_from(level).ok().and_then(|level| levels.get(level));
        if !same || here.is_none_or(|here| count > here.most) {
            let detail = format!("a node of a tree says it has {count} records");
            return Err(Flaw::bad(at, Kind::BadCount, detail));
        }
        for _ in 0..count {
            let at = fields.at();
            let bytes = fields.take(record)?;
            found = found.saturating_add(1);
            each(source, kind, &mut Fields::new(bytes, at, source.sizes))?;
        }
        let mut used = 6_u64.saturating_add(count.saturating_mul(record));
        if let Some(below) = level.checked_sub(1) {
            let width = usize::try_from(below)
                .ok()
                .and_then(|below| levels.get(below))
                .map_or(0, |below| below.all_width);
            let from = nodes.len();
            let before = fields.rest().len();
            for _ in 0..=count {
                let child = fields.offset()?;
                let child = child.ok_or_else(|| Flaw::bad(at, Kind::BadValue, "a tree leads to nowhere"))?;
                let records = fields.number(count_width)?;
                fields.skip(width as u64)?;
                source.notes.remember(source.visit, 32)?;
                nodes.push((child, records, below));
            }
            used = used.saturating_add(before.saturating_sub(fields.rest().len()) as u64);
            if let Some(added) = nodes.get_mut(from..) {
                added.reverse();
            }
        }
        let end = usize::try_from(used.saturating_add(4)).unwrap_or(usize::MAX);
        source.checksum(address, bytes.get(..end).unwrap_or_default(), WHAT);
    }
    if found != total {
        let detail = format!("a tree has {found} records, but says that it has {total}");
        source.problem(at, Kind::BadCount, detail);
    }
    Ok(())
}
