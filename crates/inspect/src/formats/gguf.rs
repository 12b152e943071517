//! GGUF: keys and values, then descriptions of tensors, then their bytes.
//! Specification: `docs/gguf.md` of ggml; where it is silent, the reader in `gguf.cpp` decides.

mod reader;
mod types;
mod values;

use std::collections::HashSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layout::{Notes, aligned, name, others};
use super::safetensors::Shape;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, tensor::Gguf};
use crate::text;
use crate::walk::Visit;
use reader::{Reader, Version};
use values::Keys;

/// GGUF.
pub static FORMAT: Format = Format {
    id: "gguf",
    title: "GGUF",
    extensions: &["gguf"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "Versions 1 to 3, little- and big-endian. All counts and lengths, every key and its value (long arrays by \
           their length only), every tensor's name, type, dimensions and offset, and how the tensors lie. Chat templates \
           are inspected as templates; bytes that belong to no tensor, and tensors that are a program, an archive or a \
           pickle, as files of their own. Otherwise the values of tensors and the words of vocabularies are not looked at.",
    recognise,
    read,
    samples: || {
        let model = Gguf::new()
            .text("general.architecture", "llama")
            .number("llama.context_length", 2048)
            .texts("tokenizer.ggml.tokens", &["<s>", "</s>", "a"])
            .text(
                "tokenizer.chat_template",
                "{% for message in messages %}{{ message['content'] }}{% endfor %}",
            )
            .tensor("token_embd.weight", &[32, 2], 0, 256)
            .tensor("output.weight", &[32], 8, 34);
        let old = Gguf::new().version(1).text("general.architecture", "llama").tensor("a", &[4], 0, 16);
        let big = Gguf::new().big().text("general.architecture", "llama").tensor("a", &[4], 0, 16);
        [("model.gguf", model), ("version-1.gguf", old), ("big-endian.gguf", big)]
            .into_iter()
            .flat_map(|(path, gguf)| samples::one(path, gguf.build()))
            .collect()
    },
};

/// Longest name of a tensor.
const NAME_LIMIT: usize = 64;

/// Dimensions a tensor may have.
const DIMENSIONS: u32 = 4;

/// Bytes between the beginnings of tensors where the file does not say.
const ALIGNMENT: u64 = 32;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let Some(rest) = probe.head.strip_prefix(b"GGUF") else { return Recognition::No };
    match rest.first_chunk().and_then(|bytes| Version::from(*bytes)) {
        Some(_) => Recognition::Certain,
        None => Recognition::guess_if(probe.ends_with(FORMAT.extensions)),
    }
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut reader = Reader::new(&visit.input)?;
    let tensor_count = reader.length()?;
    let key_count = reader.length()?;
    for (what, count, least) in [("tensors", tensor_count, 20), ("keys", key_count, 9)] {
        if count.saturating_mul(least) > reader.cursor.remaining() {
            let detail = format!("{count} {what} in a file of {} bytes", visit.input.len());
            notes.problem(visit, 8, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
    }
    let keys = values::read(visit, &mut notes, &mut reader, key_count)?;
    if keys.needs_architecture() {
        notes.problem(visit, 0, Kind::Missing, "it has no `general.architecture`");
    }
    if let Some(split) = keys.split() {
        visit.fact(0, split);
    }
    let tensors = describe(visit, &mut notes, &mut reader, tensor_count)?;
    lie(visit, &mut notes, &keys, tensors, reader.cursor.position())
}

/// The descriptions of the tensors; their starts are counted from the beginning of the data.
fn describe(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    reader: &mut Reader,
    count: u64,
) -> Result<Vec<(u64, Option<Tensor>)>, Fault> {
    let mut tensors = Vec::new();
    let mut seen = HashSet::new();
    let mut long: Option<(u64, String, u64)> = None;
    for index in 0..count {
        if index.is_multiple_of(1024) {
            visit.budget.tick()?;
        }
        let at = reader.cursor.position();
        let bytes = reader.text(visit, notes, NAME_LIMIT.saturating_mul(1024))?;
        let shown = name(&String::from_utf8_lossy(&bytes));
        if bytes.len() > NAME_LIMIT {
            let (_, _, count) = long.get_or_insert_with(|| (at, shown.clone(), 0));
            *count = u64::saturating_add(*count, 1);
        }
        if std::str::from_utf8(&bytes).is_err() || shown.contains(text::is_invisible) {
            let detail = format!("the name `{shown}` is not UTF-8 or has characters that do not print");
            notes.problem(visit, at, Kind::BadText, detail);
        }
        notes.remember(visit, (bytes.len() as u64).saturating_add(128))?;
        if !seen.insert(bytes) {
            notes.problem(visit, at, Kind::Duplicate, format!("two tensors are called `{shown}`"));
        }
        let tensor = one(visit, notes, reader, at, shown)?;
        if let Some(tensor) = &tensor {
            notes.remember_tensor(visit, tensor)?;
        }
        tensors.push((at, tensor));
    }
    if let Some((at, first, count)) = long {
        let detail = format!("`{first}`{}: names longer than {NAME_LIMIT} bytes", others(count));
        notes.problem(visit, at, Kind::TooLong, detail);
    }
    Ok(tensors)
}

/// What stands behind a tensor's name: dimensions, type, offset.
fn one(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    reader: &mut Reader,
    at: u64,
    shown: String,
) -> Result<Option<Tensor>, Fault> {
    let dimensions = reader.u32()?;
    if dimensions > DIMENSIONS {
        let detail = format!("`{shown}` has {dimensions} dimensions; readers take at most {DIMENSIONS}");
        if u64::from(dimensions) > reader.cursor.remaining() / 4 {
            notes.problem(visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
        notes.problem(visit, at, Kind::BadValue, detail);
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        let dimension = reader.length()?;
        if shape.len() < 64 {
            shape.push(dimension);
        }
    }
    if shape.contains(&0) {
        notes.problem(visit, at, Kind::BadValue, format!("`{shown}` has a dimension of 0"));
    }
    let number = reader.u32()?;
    let start = reader.u64()?;
    if dimensions > DIMENSIONS {
        return Ok(None);
    }
    let kind = types::find(number);
    if kind.is_none_or(|kind| kind.removed) {
        let detail = match kind {
            Some(kind) => format!("`{shown}` is of type {}, which readers no longer have", kind.name),
            None => format!("`{shown}` is of the type number {number}"),
        };
        notes.unknown_type(visit, at, &number.to_string(), detail);
    }
    let Some(kind) = kind else {
        visit.incomplete("the size of a tensor of an unknown type could not be checked");
        return Ok(Some(Tensor { name: shown, dtype: number.to_string(), shape, start, length: 0 }));
    };
    let (first, rest) = shape.split_first().map_or((1, &[][..]), |(first, rest)| (*first, rest));
    let blocks = first
        .checked_div(kind.elements)
        .and_then(|row| rest.iter().try_fold(row, |blocks, dimension| blocks.checked_mul(*dimension)));
    let length = blocks.and_then(|blocks| blocks.checked_mul(kind.bytes));
    let dimensions = Shape(&shape);
    if !first.is_multiple_of(kind.elements) {
        let detail = format!(
            "`{shown}` has rows of {first} elements, but its type {} has blocks of {}",
            kind.name, kind.elements
        );
        notes.problem(visit, at, Kind::SizeMismatch, detail);
        return Ok(None);
    }
    let Some(length) = length else {
        let detail = format!("`{shown}` is of shape {dimensions}, more than can be counted");
        notes.problem(visit, at, Kind::SizeMismatch, detail);
        return Ok(None);
    };
    Ok(Some(Tensor { name: shown, dtype: kind.name.to_owned(), shape, start, length }))
}

/// How the tensors lie behind the descriptions, which end at `end`.
fn lie(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    keys: &Keys,
    described: Vec<(u64, Option<Tensor>)>,
    end: u64,
) -> Result<(), Fault> {
    let size = visit.input.len();
    let Some(alignment) = keys.alignment() else {
        return Err(Fault::Unsupported("where its tensors begin is not known".to_owned()));
    };
    let data = aligned(end, alignment);
    let mut tensors = Vec::with_capacity(described.len());
    let mut unknown = false;
    let mut before = 0;
    for (at, tensor) in described {
        let Some(mut tensor) = tensor else {
            unknown = true;
            continue;
        };
        unknown |= types::find_name(&tensor.dtype).is_none();
        if !tensor.start.is_multiple_of(alignment) {
            let detail = format!(
                "the offset of `{}`, {}, is not a multiple of {alignment}",
                tensor.name, tensor.start
            );
            notes.problem(visit, at, Kind::Misaligned, detail);
        }
        if tensor.start < before {
            let detail = format!("`{}` is listed behind a tensor that lies behind it", tensor.name);
            notes.problem(visit, at, Kind::Order, detail);
        }
        before = before.max(tensor.start);
        if let Some(start) = data.checked_add(tensor.start) {
            tensor.start = start;
            tensors.push(tensor);
        } else {
            let detail = format!("the offset of `{}` is {}", tensor.name, tensor.start);
            notes.problem(visit, at, Kind::OutOfBounds, detail);
        }
    }
    if unknown {
        // Where tensors of unknown size end is not known either, so that nothing can be said about holes.
        for tensor in tensors.iter().filter(|tensor| {
            let end = tensor.start.checked_add(tensor.length);
            tensor.start > size || end.is_none_or(|end| end > size)
        }) {
            let detail = format!("`{}` lies behind the end of the file", tensor.name);
            notes.problem(visit, tensor.start, Kind::OutOfBounds, detail);
        }
    } else {
        notes.lay_out(visit, &tensors, end.min(size)..size, alignment)?;
    }
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    Ok(())
}
