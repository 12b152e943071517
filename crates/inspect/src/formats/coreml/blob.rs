//! Files of weights of ML programs: a header, then values, each behind a description of itself.
//! Specification: `StorageFormat.hpp` of coremltools.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::layout::{Notes, aligned};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{coreml, one};
use crate::walk::Visit;

/// Weights of ML programs.
pub static FORMAT: Format = Format {
    id: "coreml-weights",
    title: "Weights of Core ML programs",
    extensions: &["bin"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The header, and every value's type, length and place; they are called by the offset of their description, as \
           programs name them. Bytes that belong to none, and values that are a program, an archive or a pickle, are \
           inspected as files of their own. Otherwise values are not looked at.",
    recognise,
    read,
    samples: || one("weight.bin", coreml::weights(&[&[1; 16], &[2; 100]])),
};

/// Bytes of the header, and of each description; everything begins at a multiple of them.
const UNIT: u64 = 64;

/// What a description begins with.
const SENTINEL: u32 = 0xdead_beef;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let version = probe.has_at(4, &[2, 0, 0, 0]);
    let reserved = probe.head.get(8..64).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0));
    let first = probe.has_at(64, &SENTINEL.to_le_bytes());
    Recognition::certain_if(version && reserved && first)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut cursor = Cursor::new(&visit.input);
    let size = visit.input.len();
    let count = cursor.u32()?;
    if u64::from(count).saturating_mul(UNIT) > size {
        let detail = format!("{count} values in a file of {size} bytes");
        notes.problem(visit, 0, Kind::BadCount, detail);
    }
    let mut at = UNIT;
    // Each value with its description, which is what lies in the file, and the value alone, which is what it holds.
    let (mut spans, mut values) = (Vec::new(), Vec::new());
    for _ in 0..count {
        visit.budget.tick()?;
        cursor.seek(at);
        let [sentinel, kind] = [cursor.u32()?, cursor.u32()?];
        let [length, start] = [cursor.u64()?, cursor.u64()?];
        if sentinel != SENTINEL {
            notes.problem(visit, at, Kind::BadValue, format!("a description begins with {sentinel:08x}"));
            return Err(Fault::Unsupported("where its further values are is not known".to_owned()));
        }
        if start != at.saturating_add(UNIT) {
            let detail = format!("the value at {at} lies at {start}, not behind its description");
            notes.problem(visit, at, Kind::BadValue, detail);
        }
        let Some(end) = start.checked_add(length).filter(|end| *end <= size) else {
            let detail =
                format!("the value at {at}: {length} bytes from {start}, but the file ends at {size}");
            notes.problem(visit, at, Kind::OutOfBounds, detail);
            return Err(Fault::Unsupported("where its further values are is not known".to_owned()));
        };
        let (dtype, bits) = type_of(kind);
        if bits == 0 {
            let detail = format!("the value at {at} is of the type number {kind}");
            notes.unknown_type(visit, at, &kind.to_string(), detail);
        }
        let shape = vec![length.saturating_mul(8).checked_div(bits).unwrap_or_default()];
        let value = Tensor { name: at.to_string(), dtype: dtype.to_owned(), shape, start, length };
        notes.remember_tensor(visit, &value)?;
        notes.remember_tensor(visit, &value)?;
        spans.push(Tensor { start: at, length: end.max(at).saturating_sub(at), ..value.clone() });
        values.push(value);
        at = aligned(end.max(at.saturating_add(UNIT)), UNIT);
    }
    notes.lay_out(visit, &spans, UNIT.min(size)..size, UNIT)?;
    let places: Vec<_> = values.iter().map(|value| (value.start, value.length)).collect();
    for value in values {
        visit.fact(value.start, What::Tensor(value));
    }
    notes.disguised(visit, places)
}

/// Name and bits of the type with this number.
fn type_of(number: u32) -> (&'static str, u64) {
    match number {
        1 => ("Float16", 16),
        2 => ("Float32", 32),
        3 => ("UInt8", 8),
        4 => ("Int8", 8),
        5 => ("BFloat16", 16),
        6 => ("Int16", 16),
        7 => ("UInt16", 16),
        8 => ("Int4", 4),
        9 => ("UInt1", 1),
        10 => ("UInt2", 2),
        11 => ("UInt4", 4),
        12 => ("UInt3", 3),
        13 => ("UInt6", 6),
        14 => ("Int32", 32),
        15 => ("UInt32", 32),
        16 => ("Float8E4M3FN", 8),
        17 => ("Float8E5M2", 8),
        _ => ("", 0),
    }
}
