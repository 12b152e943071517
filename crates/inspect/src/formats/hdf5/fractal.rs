//! Fractal heaps: links and attributes of objects that have many.

use weighbridge_domain::facts::problem::Kind;

use super::fields::{Fields, width_of};
use super::source::{Flaw, Read, Source};
use super::tree;

/// The longest object that is read.
const MOST_OBJECT: u64 = 64 << 20;

/// A heap of objects: where its blocks are.
#[derive(Debug)]
pub(super) struct Heap {
    id_length: u64,
    offset_width: usize,
    length_width: usize,
    /// Offset in the heap, address, length; in order of the offsets.
    blocks: Vec<(u64, u64, u64)>,
    /// Objects outside the blocks: number, address, length.
    huge: Vec<(u64, u64, u64)>,
}

/// How the blocks of a heap are laid out.
struct Table {
    address: u64,
    width: u64,
    start: u64,
    most_direct: u64,
    offset_width: usize,
    checked: bool,
}

/// Reads the heap at an address.
pub(super) fn heap(source: &mut Source<'_, '_>, address: u64) -> Read<Heap> {
    let (offset, length) = (source.sizes.offset as u64, source.sizes.length as u64);
    let size = 26_u64.saturating_add(offset.saturating_mul(3)).saturating_add(length.saturating_mul(12));
    let bytes = source.block(address, size, "header of a heap")?;
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"FRHP")?;
    fields.skip(1)?;
    let id_length = u64::from(fields.u16()?);
    let filtered = fields.u16()? != 0;
    let checked = fields.u8()? & 2 != 0;
    let most_managed = u64::from(fields.u32()?);
    fields.length()?;
    let huge_tree = fields.offset()?;
    fields.length()?;
    fields.offset()?;
    for _ in 0..4 {
        fields.length()?;
    }
    fields.length()?;
    let huge_count = fields.length()?;
    fields.length()?;
    fields.length()?;
    let at = fields.at();
    let width = u64::from(fields.u16()?);
    let start = fields.length()?;
    let most_direct = fields.length()?;
    let bits = usize::from(fields.u16()?);
    fields.skip(2)?;
    let root = fields.offset()?;
    let rows = u64::from(fields.u16()?);
    if filtered {
        return Err(Flaw::unread("its links or attributes are packed"));
    }
    source.checksum(address, &bytes, "header of a heap");
    if !width.is_power_of_two() || !start.is_power_of_two() || !most_direct.is_power_of_two() || bits > 64 {
        return Err(Flaw::bad(at, Kind::BadValue, "a heap of blocks whose sizes are no powers of two"));
    }
    let offset_width = bits.div_ceil(8);
    let direct_width = (most_direct.ilog2() as usize).div_ceil(8);
    let table = Table { address, width, start, most_direct, offset_width, checked };
    let length_width = direct_width.min(width_of(most_managed)).min(8);
    let mut heap = Heap { id_length, offset_width, length_width, blocks: Vec::new(), huge: Vec::new() };
    if let Some(root) = root {
        if rows == 0 {
            direct(source, &table, &mut heap, root, 0, start)?;
        } else {
            indirect(source, &table, &mut heap, root, rows)?;
        }
    }
    heap.blocks.sort_unstable();
    if let Some(tree) = huge_tree.filter(|_| huge_count > 0) {
        let huge = &mut heap.huge;
        tree::second(source, tree, &mut |source, kind, record| {
            if kind != 1 {
                return Err(Flaw::unread("it has large objects of a kind that is not read"));
            }
            let address = record.offset()?.unwrap_or(u64::MAX);
            let (length, number) = (record.length()?, record.length()?);
            source.notes.remember(source.visit, 24)?;
            huge.push((number, address, length));
            Ok(())
        })?;
    }
    Ok(heap)
}

fn direct(
    source: &mut Source<'_, '_>,
    table: &Table,
    heap: &mut Heap,
    address: u64,
    offset: u64,
    length: u64,
) -> Read<()> {
    let bytes = source.block(address, length, "block of a heap")?;
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"FHDB")?;
    owned(&mut fields, table, offset)?;
    if table.checked {
        // The checksum stands in front of the objects, and counts as zero.
        let position = fields.at().saturating_sub(source.position(address));
        let mut content = bytes.clone();
        let from = usize::try_from(position).unwrap_or(usize::MAX);
        if let Some(field) = content.get_mut(from..from.saturating_add(4)) {
            let recorded: Vec<u8> = field.to_vec();
            field.fill(0);
            content.extend(recorded);
            source.checksum(address, &content, "block of a heap");
        }
    }
    source.notes.remember(source.visit, 24)?;
    heap.blocks.push((offset, address, length));
    Ok(())
}

/// Checks that a block says it is of this heap, and at this offset.
fn owned(fields: &mut Fields<'_>, table: &Table, offset: u64) -> Read<()> {
    let at = fields.at();
    fields.skip(1)?;
    if fields.offset()? != Some(table.address) || fields.number(table.offset_width)? != offset {
        return Err(Flaw::bad(at, Kind::BadValue, "a block says that it belongs to another heap"));
    }
    Ok(())
}

fn indirect(source: &mut Source<'_, '_>, table: &Table, heap: &mut Heap, root: u64, rows: u64) -> Read<()> {
    let direct_rows =
        u64::from(table.most_direct.ilog2()).saturating_sub(table.start.ilog2().into()).saturating_add(2);
    let first_bits = u64::from(table.start.ilog2()).saturating_add(table.width.ilog2().into());
    let mut waiting = vec![(root, 0_u64, rows)];
    while let Some((address, base, rows)) = waiting.pop() {
        let offset = source.sizes.offset as u64;
        let prefix = 5_u64.saturating_add(offset).saturating_add(table.offset_width as u64);
        let children = rows.saturating_mul(table.width);
        let size = prefix.saturating_add(children.saturating_mul(offset)).saturating_add(4);
        let bytes = source.block(address, size, "table of a heap")?;
        source.checksum(address, &bytes, "table of a heap");
        let mut fields = source.fields(&bytes, address);
        fields.signature(*b"FHIB")?;
        owned(&mut fields, table, base)?;
        let mut at = base;
        for row in 0..rows {
            let doubled = u32::try_from(row.saturating_sub(1)).unwrap_or(u32::MAX);
            let length = table
                .start
                .checked_shl(doubled)
                .filter(|length| length.checked_shr(doubled) == Some(table.start));
            let Some(length) = length else {
                return Err(Flaw::bad(fields.at(), Kind::BadValue, "a heap with more rows than can be"));
            };
            for _ in 0..table.width {
                if let Some(child) = fields.offset()? {
                    if row < direct_rows {
                        direct(source, table, heap, child, at, length)?;
                    } else {
                        let rows = u64::from(length.ilog2()).saturating_sub(first_bits).saturating_add(1);
                        source.notes.remember(source.visit, 32)?;
                        waiting.push((child, at, rows));
                    }
                }
                at = at.saturating_add(length);
            }
        }
    }
    Ok(())
}

impl Heap {
    /// Bytes of an id.
    pub(super) fn id_length(&self) -> u64 {
        self.id_length
    }

    /// The object with this id: its address and its bytes.
    pub(super) fn object(&self, source: &mut Source<'_, '_>, id: &[u8], at: u64) -> Read<(u64, Vec<u8>)> {
        let mut fields = Fields::new(id, at, source.sizes);
        let missing = || Flaw::bad(at, Kind::Missing, "an object that its heap does not have");
        let flags = fields.u8()?;
        let (address, length) = match flags >> 4 {
            0 => {
                let offset = fields.number(self.offset_width)?;
                let length = fields.number(self.length_width)?;
                let index = self.blocks.partition_point(|(start, ..)| *start <= offset);
                let block =
                    index.checked_sub(1).and_then(|index| self.blocks.get(index)).ok_or_else(missing)?;
                let (start, address, size) = *block;
                let inside = offset.saturating_sub(start);
                if inside.checked_add(length).is_none_or(|end| end > size) {
                    return Err(missing());
                }
                (address.saturating_add(inside), length)
            }
            1 => {
                let direct = (source.sizes.offset as u64).saturating_add(source.sizes.length as u64);
                if self.id_length.saturating_sub(1) >= direct {
                    (fields.offset()?.ok_or_else(missing)?, fields.length()?)
                } else {
                    let number = fields.number(id.len().saturating_sub(1).min(8))?;
                    let found = self.huge.iter().find(|(other, ..)| *other == number);
                    found.map(|(_, address, length)| (*address, *length)).ok_or_else(missing)?
                }
            }
            2 if self.id_length <= 17 => {
                let bytes = fields.take(u64::from(flags & 0xf).saturating_add(1))?.to_vec();
                return Ok((at.saturating_sub(source.base).saturating_add(1), bytes));
            }
            _ => return Err(Flaw::unread("an object of a heap is kept in a way that is not read")),
        };
        if length > MOST_OBJECT {
            return Err(Flaw::unread("an object of a heap is too long"));
        }
        source.look_at(length)?;
        let bytes = source.peek(address, length, "object of a heap")?;
        Ok((address, bytes))
    }
}
