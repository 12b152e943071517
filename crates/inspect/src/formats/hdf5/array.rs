//! Fixed and extensible arrays: indexes of chunks in newer files.

use weighbridge_domain::facts::problem::Kind;

use super::fields::Fields;
use super::source::{Flaw, Read, Source};

/// What is done with each element.
type Each<'e, 'v> = dyn FnMut(&mut Source<'_, 'v>, &mut Fields<'_>) -> Read<()> + 'e;

const WHAT: &str = "index of chunks";

/// Bits of the numbers that arrays are sized by; more elements than this fit into no file.
const MOST_BITS: u8 = 64;

fn power(bits: u64, at: u64) -> Read<u64> {
    let bits = u32::try_from(bits).unwrap_or(u32::MAX);
    let power = 1_u64.checked_shl(bits);
    power.ok_or_else(|| Flaw::bad(at, Kind::BadValue, "an index of chunks of impossible size"))
}

/// Hands on so many elements.
fn elements<'v>(
    source: &mut Source<'_, 'v>,
    fields: &mut Fields<'_>,
    count: u64,
    size: u64,
    each: &mut Each<'_, 'v>,
) -> Read<()> {
    for _ in 0..count {
        let at = fields.at();
        let bytes = fields.take(size)?;
        each(source, &mut Fields::new(bytes, at, source.sizes))?;
    }
    Ok(())
}

/// Walks a fixed array.
pub(super) fn fixed<'v>(source: &mut Source<'_, 'v>, address: u64, each: &mut Each<'_, 'v>) -> Read<()> {
    let (offset, length) = (source.sizes.offset as u64, source.sizes.length as u64);
    let size = 12_u64.saturating_add(offset).saturating_add(length);
    let bytes = source.block(address, size, WHAT)?;
    source.checksum(address, &bytes, WHAT);
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"FAHD")?;
    fields.skip(2)?;
    let element = u64::from(fields.u8()?);
    let at = fields.at();
    let page = power(fields.u8()?.into(), at)?;
    let count = fields.length()?;
    let Some(block) = fields.offset()? else { return Ok(()) };
    let prefix = 6_u64.saturating_add(offset);
    let content = count.saturating_mul(element);
    if count <= page {
        let whole = prefix.saturating_add(content).saturating_add(4);
        let bytes = source.block(block, whole, WHAT)?;
        source.checksum(block, &bytes, WHAT);
        let mut fields = source.fields(&bytes, block);
        fields.signature(*b"FADB")?;
        fields.skip(2_u64.saturating_add(offset))?;
        return elements(source, &mut fields, count, element, each);
    }
    let pages = count.div_ceil(page);
    let head = prefix.saturating_add(pages.div_ceil(8)).saturating_add(4);
    let bytes = source.block(block, head, WHAT)?;
    source.checksum(block, &bytes, WHAT);
    let mut fields = source.fields(&bytes, block);
    fields.signature(*b"FADB")?;
    fields.skip(2_u64.saturating_add(offset))?;
    let used = fields.take(pages.div_ceil(8))?;
    let stride = page.saturating_mul(element).saturating_add(4);
    let first = block.saturating_add(head);
    for index in (0..pages).filter(|index| bit(used, *index)) {
        let address = first.saturating_add(index.saturating_mul(stride));
        let here = count.saturating_sub(index.saturating_mul(page)).min(page);
        self::page(source, address, here, element, each)?;
    }
    Ok(())
}

/// Whether a page was ever written.
fn bit(bits: &[u8], index: u64) -> bool {
    let byte = usize::try_from(index / 8).ok().and_then(|at| bits.get(at)).copied().unwrap_or_default();
    byte & (0x80_u8 >> (index % 8)) != 0
}

/// One page of elements with its checksum.
fn page<'v>(
    source: &mut Source<'_, 'v>,
    address: u64,
    count: u64,
    size: u64,
    each: &mut Each<'_, 'v>,
) -> Read<()> {
    let bytes = source.block(address, count.saturating_mul(size).saturating_add(4), WHAT)?;
    source.checksum(address, &bytes, WHAT);
    let mut fields = source.fields(&bytes, address);
    elements(source, &mut fields, count, size, each)
}

/// The numbers that an extensible array is laid out by.
struct Extensible {
    header: u64,
    element: u64,
    /// Elements that a page of a large block has.
    page: u64,
    /// Bytes of an offset in the array.
    offset_width: u64,
    least: u64,
}

/// Walks an extensible array.
pub(super) fn extensible<'v>(source: &mut Source<'_, 'v>, address: u64, each: &mut Each<'_, 'v>) -> Read<()> {
    let (offset, length) = (source.sizes.offset as u64, source.sizes.length as u64);
    let size = 16_u64.saturating_add(offset).saturating_add(length.saturating_mul(6));
    let bytes = source.block(address, size, WHAT)?;
    source.checksum(address, &bytes, WHAT);
    let mut fields = source.fields(&bytes, address);
    fields.signature(*b"EAHD")?;
    fields.skip(2)?;
    let element = u64::from(fields.u8()?);
    let at = fields.at();
    let bits = fields.u8()?;
    let direct = u64::from(fields.u8()?);
    let least = u64::from(fields.u8()?);
    let pointers = u64::from(fields.u8()?);
    let page = power(fields.u8()?.into(), at)?;
    if bits > MOST_BITS || !least.is_power_of_two() || !pointers.is_power_of_two() {
        return Err(Flaw::bad(at, Kind::BadValue, "an index of chunks of impossible size"));
    }
    for _ in 0..6 {
        fields.length()?;
    }
    let Some(index) = fields.offset()? else { return Ok(()) };
    let array =
        Extensible { header: address, element, page, offset_width: u64::from(bits).div_ceil(8), least };
    let supers = u64::from(bits).saturating_sub(least.ilog2().into()).saturating_add(1);
    // The first blocks of data are named in the index itself, together with the blocks of blocks for the rest.
    let near = pointers.saturating_sub(1).saturating_mul(2);
    let near_supers = u64::from(pointers.ilog2()).saturating_mul(2);
    let far = supers.saturating_sub(near_supers);
    let size = 10_u64
        .saturating_add(offset)
        .saturating_add(direct.saturating_mul(element))
        .saturating_add(near.saturating_add(far).saturating_mul(offset));
    let bytes = source.block(index, size, WHAT)?;
    source.checksum(index, &bytes, WHAT);
    let mut fields = source.fields(&bytes, index);
    array.signature(&mut fields, *b"EAIB")?;
    elements(source, &mut fields, direct, element, each)?;
    for level in 0..near_supers {
        for _ in 0..power(level / 2, at)? {
            if let Some(block) = fields.offset()? {
                let count = power(level.div_ceil(2), at)?.saturating_mul(least);
                array.block(source, block, count, None, each)?;
            }
        }
    }
    for level in near_supers..supers {
        if let Some(block) = fields.offset()? {
            array.blocks(source, block, level, each)?;
        }
    }
    Ok(())
}

impl Extensible {
    fn signature(&self, fields: &mut Fields<'_>, wanted: [u8; 4]) -> Read<()> {
        fields.signature(wanted)?;
        fields.skip(2)?;
        let at = fields.at();
        if fields.offset()? != Some(self.header) {
            return Err(Flaw::bad(at, Kind::BadValue, "a block says that it belongs to another index"));
        }
        Ok(())
    }

    /// A block that names blocks of data.
    fn blocks<'v>(
        &self,
        source: &mut Source<'_, 'v>,
        address: u64,
        level: u64,
        each: &mut Each<'_, 'v>,
    ) -> Read<()> {
        let at = source.position(address);
        let offset = source.sizes.offset as u64;
        let children = power(level / 2, at)?;
        let count = power(level.div_ceil(2), at)?.saturating_mul(self.least);
        let pages = if count > self.page { count.div_ceil(self.page) } else { 0 };
        let bits = pages.div_ceil(8);
        let size = 10_u64
            .saturating_add(offset)
            .saturating_add(self.offset_width)
            .saturating_add(children.saturating_mul(bits.saturating_add(offset)));
        let bytes = source.block(address, size, WHAT)?;
        source.checksum(address, &bytes, WHAT);
        let mut fields = source.fields(&bytes, address);
        self.signature(&mut fields, *b"EASB")?;
        fields.skip(self.offset_width)?;
        let mut used = Vec::new();
        for _ in 0..children {
            used.push(fields.take(bits)?);
        }
        for used in used {
            if let Some(block) = fields.offset()? {
                self.block(source, block, count, Some(used), each)?;
            }
        }
        Ok(())
    }

    /// A block of elements.
    fn block<'v>(
        &self,
        source: &mut Source<'_, 'v>,
        address: u64,
        count: u64,
        used: Option<&[u8]>,
        each: &mut Each<'_, 'v>,
    ) -> Read<()> {
        let prefix = 6_u64.saturating_add(source.sizes.offset as u64).saturating_add(self.offset_width);
        let paged = count > self.page;
        let content = if paged { 0 } else { count.saturating_mul(self.element) };
        let bytes = source.block(address, prefix.saturating_add(content).saturating_add(4), WHAT)?;
        source.checksum(address, &bytes, WHAT);
        let mut fields = source.fields(&bytes, address);
        self.signature(&mut fields, *b"EADB")?;
        fields.skip(self.offset_width)?;
        if !paged {
            return elements(source, &mut fields, count, self.element, each);
        }
        let stride = self.page.saturating_mul(self.element).saturating_add(4);
        let first = address.saturating_add(prefix).saturating_add(4);
        let written = |index: &u64| used.is_none_or(|used| bit(used, *index));
        for index in (0..count.div_ceil(self.page)).filter(written) {
            let at = first.saturating_add(index.saturating_mul(stride));
            page(source, at, self.page, self.element, each)?;
        }
        Ok(())
    }
}
