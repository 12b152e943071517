//! Where the chunks of a dataset are, by each of the indexes that the library has.

use weighbridge_domain::facts::problem::Kind;

use super::dataset::Dataset;
use super::fields::Fields;
use super::source::{Flaw, Read, Source};
use super::{array, tree};

/// Address and length of each chunk.
pub(super) type Chunks = Vec<(u64, u64)>;

/// Bytes of memory that a chunk takes.
const CHUNK: u64 = 16;

/// The dimensions of a chunk; the last is the size of an element.
pub(super) fn shape(fields: &mut Fields<'_>, dimensions: usize, width: usize) -> Read<Vec<u64>> {
    let at = fields.at();
    if !(2..=33).contains(&dimensions) || !(1..=8).contains(&width) {
        return Err(Flaw::bad(at, Kind::BadValue, "chunks of a shape that cannot be"));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(fields.number(width)?);
    }
    Ok(shape)
}

/// Bytes of a chunk that is not packed; what contradicts the dataset is noted.
fn size(source: &mut Source<'_, '_>, dataset: &Dataset<'_>, at: u64, shape: &[u64]) -> Read<u64> {
    let rank = dataset.shape.len();
    let element = shape.last().copied().unwrap_or_default();
    if shape.len() != rank.saturating_add(1) || element != dataset.kind.size || shape.contains(&0) {
        let path = &dataset.path;
        let detail = format!("the chunks of `{path}` do not fit its type and shape");
        source.problem(at, Kind::SizeMismatch, detail);
        return Err(Flaw::unread("its chunks do not fit its type and shape"));
    }
    shape
        .iter()
        .try_fold(1_u64, |size, dimension| size.checked_mul(*dimension))
        .ok_or_else(|| Flaw::bad(at, Kind::SizeMismatch, "chunks of more than can be counted"))
}

/// How many chunks the whole dataset has.
fn count(dataset: &Dataset<'_>, shape: &[u64]) -> u64 {
    dataset
        .shape
        .iter()
        .zip(shape)
        .fold(1, |count: u64, (dimension, chunk)| count.saturating_mul(dimension.div_ceil((*chunk).max(1))))
}

fn add(source: &mut Source<'_, '_>, chunks: &mut Chunks, address: Option<u64>, length: u64) -> Read<()> {
    if let Some(address) = address {
        source.notes.remember(source.visit, CHUNK)?;
        chunks.push((address, length));
    }
    Ok(())
}

/// Chunks in a tree of version 1.
pub(super) fn by_tree(
    source: &mut Source<'_, '_>,
    dataset: &Dataset<'_>,
    root: Option<u64>,
    shape: &[u64],
) -> Read<Chunks> {
    let mut chunks = Chunks::new();
    let Some(root) = root else { return Ok(chunks) };
    let at = source.position(root);
    let whole = size(source, dataset, at, shape)?;
    let key = (shape.len() as u64).saturating_mul(8).saturating_add(8);
    let mut wrong = 0_u64;
    tree::first(source, root, 1, key, &mut |source, key, address| {
        let length = u64::from(key.u32()?);
        key.skip(4)?;
        if dataset.filters.is_empty() && length != whole {
            wrong = wrong.saturating_add(1);
        }
        for (dimension, chunk) in dataset.shape.iter().zip(shape) {
            let at = key.at();
            let offset = key.number(8)?;
            if !offset.is_multiple_of(*chunk) || offset >= *dimension {
                return Err(Flaw::bad(at, Kind::BadValue, "a chunk that is no part of its dataset"));
            }
        }
        add(source, &mut chunks, Some(address), length)
    })?;
    if wrong > 0 {
        let detail =
            format!("`{}` has {wrong} chunks of another size than its type and shape ask for", dataset.path);
        source.problem(at, Kind::SizeMismatch, detail);
    }
    Ok(chunks)
}

/// Chunks by the indexes of newer files.
pub(super) fn newer(
    source: &mut Source<'_, '_>,
    dataset: &Dataset<'_>,
    fields: &mut Fields<'_>,
) -> Read<Chunks> {
    let at = fields.at();
    let flags = fields.u8()?;
    let dimensions = usize::from(fields.u8()?);
    let width = usize::from(fields.u8()?);
    let shape = shape(fields, dimensions, width)?;
    let whole = size(source, dataset, at, &shape)?;
    let filtered = !dataset.filters.is_empty();
    let mut chunks = Chunks::new();
    match fields.u8()? {
        1 => {
            let mut length = whole;
            if flags & 2 != 0 {
                length = fields.length()?;
                fields.skip(4)?;
            }
            let address = fields.offset()?;
            add(source, &mut chunks, address, length)?;
        }
        2 => {
            let count = count(dataset, &shape);
            if let Some(address) = fields.offset()? {
                source.within(address, count.saturating_mul(whole), "its chunks")?;
                add(source, &mut chunks, Some(address), count.saturating_mul(whole))?;
            }
        }
        kind @ (3 | 4) => {
            fields.skip(if kind == 3 { 1 } else { 5 })?;
            let Some(address) = fields.offset()? else { return Ok(chunks) };
            let each = &mut |source: &mut Source<'_, '_>, element: &mut Fields<'_>| {
                let address = element.offset()?;
                let mut length = whole;
                if filtered {
                    length = element.number(element.rest().len().saturating_sub(4))?;
                }
                add(source, &mut chunks, address, length)
            };
            if kind == 3 {
                array::fixed(source, address, each)?;
            } else {
                array::extensible(source, address, each)?;
            }
        }
        5 => {
            fields.skip(6)?;
            let Some(address) = fields.offset()? else { return Ok(chunks) };
            let offsets = (dataset.shape.len() as u64).saturating_mul(8);
            tree::second(source, address, &mut |source, kind, record| {
                let address = record.offset()?;
                let mut length = whole;
                if kind == 11 {
                    let rest = (record.rest().len() as u64).saturating_sub(offsets).saturating_sub(4);
                    length = record.number(usize::try_from(rest).unwrap_or(usize::MAX).min(8))?;
                }
                add(source, &mut chunks, address, length)
            })?;
        }
        other => {
            return Err(Flaw::bad(at, Kind::BadValue, format!("an index of chunks of the kind {other}")));
        }
    }
    Ok(chunks)
}
