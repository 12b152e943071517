//! safetensors: a JSON header that names tensors, then their bytes.
//! Specification: the format section of the safetensors project's README; where it is silent, its reader decides.

mod header;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layout::{Notes, name, others};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, tensor};
use crate::text;
use crate::walk::Visit;
use header::Entry;

/// safetensors.
pub static FORMAT: Format = Format {
    id: "safetensors",
    title: "safetensors",
    extensions: &["safetensors"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The header is read whole: its length, its JSON (keys that stand twice, nesting, types, what the specification \
           does not have), every tensor's type, shape and offsets, and how the tensors lie: overlaps, holes, what is \
           behind the last one. Bytes that belong to no tensor, \
           and tensors that are a program, an archive or a pickle, are inspected as files of their own. Otherwise the \
           values of tensors are not looked at.",
    recognise,
    read,
    samples: || {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BOOL","shape":[0,3],"data_offsets":[16,16]},"c":{"dtype":"F4","shape":[2],"data_offsets":[16,17]}}"#;
        samples::one("model.safetensors", tensor::safetensors(header, 17))
    },
};

/// The longest header that the reference reader accepts.
const HEADER_LIMIT: u64 = 100_000_000;

/// Bytes of the number in front of the header.
const PREFIX: u64 = 8;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let Some((length, rest)) = probe.head.split_first_chunk() else { return Recognition::No };
    let object = rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let plausible = u64::from_le_bytes(*length) <= HEADER_LIMIT.max(probe.input.len());
    if object && plausible {
        return Recognition::Certain;
    }
    Recognition::guess_if(object && !probe.is_text() && probe.ends_with(FORMAT.extensions))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let size = visit.input.len();
    let prefix = visit.input.read(0, PREFIX)?;
    let length = prefix.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let length = length.ok_or(Fault::Truncated { at: size })?;
    if length > HEADER_LIMIT {
        let detail = format!("a header of {length} bytes; readers take at most {HEADER_LIMIT}");
        notes.problem(visit, 0, Kind::BadCount, detail);
        return Err(Fault::Unsupported("its header is longer than readers take".to_owned()));
    }
    let data = PREFIX.saturating_add(length);
    if data > size {
        return Err(Fault::Truncated { at: size });
    }
    notes.remember(visit, length)?;
    let bytes = visit.input.read(PREFIX, length)?;
    if bytes.len() as u64 != length {
        return Err(Fault::Truncated { at: PREFIX.saturating_add(bytes.len() as u64) });
    }
    let header = match std::str::from_utf8(&bytes) {
        Ok(header) => header,
        Err(error) => {
            let at = PREFIX.saturating_add(error.valid_up_to() as u64);
            notes.problem(visit, at, Kind::BadText, "the header is not UTF-8");
            return Err(Fault::Unsupported("its header is not UTF-8".to_owned()));
        }
    };
    padding(visit, &mut notes, header);
    let entries = header::read(visit, &mut notes, header, PREFIX)?;
    if entries.is_empty() && header.trim().is_empty() {
        return Err(Fault::Unparsable("an empty header".to_owned()));
    }
    tensors(visit, &mut notes, entries, data)
}

/// The specification pads the header at its end with spaces, and begins it with a brace.
fn padding(visit: &mut Visit<'_>, notes: &mut Notes, header: &str) {
    if !header.starts_with('{') {
        notes.problem(visit, PREFIX, Kind::BadValue, "the header does not begin with `{`");
    }
    let end = header.trim_end_matches([' ', '\t', '\n', '\r']);
    let padding = header.strip_prefix(end).unwrap_or_default();
    if padding.bytes().any(|byte| byte != b' ') {
        let at = PREFIX.saturating_add(end.len() as u64);
        notes.problem(visit, at, Kind::BadValue, "the header is padded with characters other than spaces");
    }
}

fn tensors(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    entries: Vec<Entry<'_>>,
    data: u64,
) -> Result<(), Fault> {
    let mut tensors = Vec::with_capacity(entries.len());
    let mut misaligned: Option<(u64, String, u64)> = None;
    for entry in entries {
        let shown = name(&entry.name);
        if entry.name.len() > shown.len() {
            let detail = format!("the name of a tensor is {} long", text::bytes(entry.name.len() as u64));
            notes.problem(visit, entry.at, Kind::TooLong, detail);
        }
        if shown.contains(text::is_invisible) {
            let detail = format!("the name `{shown}` has characters that do not print");
            notes.problem(visit, entry.at, Kind::BadText, detail);
        }
        let [begin, end] = entry.offsets;
        let (Some(length), Some(start)) = (end.checked_sub(begin), data.checked_add(begin)) else {
            let detail = format!("`{shown}` lies from {begin} to {end}");
            notes.problem(visit, entry.at, Kind::OutOfBounds, detail);
            continue;
        };
        match bits(&entry.dtype) {
            None => {
                let detail = format!("`{shown}` is of type `{}`", name(&entry.dtype));
                notes.unknown_type(visit, entry.at, &entry.dtype, detail);
                visit.incomplete("the size of a tensor of an unknown type could not be checked");
            }
            Some(bits) => {
                if let Some(detail) = contradiction(&shown, &entry, bits, length) {
                    notes.problem(visit, entry.at, Kind::SizeMismatch, detail);
                }
                if !start.is_multiple_of((bits / 8).clamp(1, PREFIX)) && length > 0 {
                    let (_, _, count) = misaligned.get_or_insert_with(|| (start, shown.clone(), 0));
                    *count = count.saturating_add(1);
                }
            }
        }
        let tensor = Tensor { name: shown, dtype: name(&entry.dtype), shape: entry.shape, start, length };
        notes.remember_tensor(visit, &tensor)?;
        tensors.push(tensor);
    }
    if !data.is_multiple_of(8) {
        notes.problem(visit, data, Kind::Misaligned, "the tensors do not begin at a multiple of 8");
    } else if let Some((at, first, count)) = misaligned {
        let others = others(count);
        let detail = format!("`{first}`{others} does not begin at a multiple of its elements' size");
        notes.problem(visit, at, Kind::Misaligned, detail);
    }
    let end = visit.input.len();
    notes.lay_out(visit, &tensors, data..end, 1)?;
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    Ok(())
}

/// What is wrong between type, shape and length.
fn contradiction(shown: &str, entry: &Entry<'_>, bits: u64, length: u64) -> Option<String> {
    let (dtype, shape) = (&entry.dtype, Shape(&entry.shape));
    let total = entry.shape.iter().try_fold(bits, |total, dimension| total.checked_mul(*dimension));
    // Zero times anything is zero, but the reference reader multiplies the dimensions first.
    let count = entry.shape.iter().try_fold(1_u64, |count, dimension| count.checked_mul(*dimension));
    let Some((total, _)) = total.zip(count) else {
        return Some(format!("`{shown}` is of type {dtype} and shape {shape}, more than can be counted"));
    };
    if !total.is_multiple_of(8) {
        return Some(format!(
            "`{shown}` is of type {dtype} and shape {shape}, which does not fill whole bytes"
        ));
    }
    let needed = total / 8;
    (needed != length)
        .then(|| format!("`{shown}` is of type {dtype} and shape {shape}, {needed} bytes, but has {length}"))
}

/// A shape for people.
pub(super) struct Shape<'a>(pub(super) &'a [u64]);

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[")?;
        for (index, dimension) in self.0.iter().take(8).enumerate() {
            write!(f, "{}{dimension}", if index > 0 { ", " } else { "" })?;
        }
        f.write_str(if self.0.len() > 8 { ", …]" } else { "]" })
    }
}

/// Bits of one element of a type.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}
