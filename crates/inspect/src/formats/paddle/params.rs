//! Weights of `PaddlePaddle` programs: tensors one behind the other, each behind a description of itself. They have no names:
//! the program lists them in the same order.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::layout::Notes;
use crate::formats::protobuf::{Value, Wire};
use crate::formats::safetensors::Shape;
use crate::formats::{Format, Support};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{one, paddle};
use crate::walk::Visit;

/// Weights of `PaddlePaddle` programs.
pub static FORMAT: Format = Format {
    id: "paddle-params",
    title: "PaddlePaddle weights",
    extensions: &["pdiparams"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by the description of its first tensor. Every tensor's type, dimensions and place are told; they are \
           called by their number, since their names are in the program. Tensors that are a program, an archive or a pickle \
           are inspected as files of their own. Files called `.pdparams` and `.pdopt` are pickles and read as such.",
    recognise,
    read,
    samples: || {
        one(
            "net.pdiparams",
            [paddle::tensor(5, &[2, 2], &[1; 16]), paddle::tensor(3, &[2], &[2; 16])].concat(),
        )
    },
};

/// The longest description of a tensor.
const LONGEST: u32 = 4096;

/// Levels of sequences that a tensor may have.
const LEVELS: u64 = 16;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if !probe.starts(&[0; 4]) || probe.head.iter().take(64).all(|byte| *byte == 0) {
        return Recognition::No;
    }
    let mut cursor = Cursor::new(probe.input);
    let first = Described::read(&mut cursor, probe.input).ok().flatten();
    let fits = first.and_then(|first| first.length()).is_some_and(|length| length <= cursor.remaining());
    if fits { Recognition::Certain } else { Recognition::guess_if(probe.ends_with(FORMAT.extensions)) }
}

/// The description of a tensor.
struct Described {
    kind: u64,
    shape: Vec<i64>,
}

impl Described {
    /// Reads what stands in front of the bytes of a tensor; nothing when it is not a description.
    fn read(cursor: &mut Cursor, input: &Input) -> Result<Option<Self>, Fault> {
        if cursor.u32()? != 0 {
            return Ok(None);
        }
        let levels = cursor.u64()?;
        if levels > LEVELS {
            return Ok(None);
        }
        for _ in 0..levels {
            let bytes = cursor.u64()?;
            cursor.skip(bytes)?;
        }
        if cursor.u32()? != 0 {
            return Ok(None);
        }
        let length = cursor.u32()?;
        if !(2..=LONGEST).contains(&length) {
            return Ok(None);
        }
        let start = cursor.position();
        cursor.skip(u64::from(length))?;
        let description = input.slice(start, u64::from(length));
        let mut wire = Wire::new(&description);
        let mut fields = wire.whole();
        let (mut kind, mut shape) = (None, Vec::new());
        while let Some(field) = wire.next(&mut fields)? {
            match (field.number, field.value) {
                (1, Value::Number(number)) => kind = Some(number),
                (2, Value::Number(size)) => shape.push(size.cast_signed()),
                (2, Value::Bytes(mut packed)) => {
                    while let Some(size) = wire.numbers(&mut packed)? {
                        shape.push(size.cast_signed());
                    }
                }
                _ => return Ok(None),
            }
        }
        Ok(kind.map(|kind| Self { kind, shape }))
    }

    /// Bytes of the tensor, where type and dimensions give them.
    fn length(&self) -> Option<u64> {
        let (_, width) = type_of(self.kind)?;
        self.shape.iter().try_fold(width, |length, size| length.checked_mul(u64::try_from(*size).ok()?))
    }
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut cursor = Cursor::new(&visit.input);
    let mut tensors = Vec::new();
    let result = tensors_of(visit, &mut notes, &mut cursor, &mut tensors);
    let places: Vec<_> = tensors.iter().map(|tensor: &Tensor| (tensor.start, tensor.length)).collect();
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    notes.disguised(visit, places)?;
    result
}

fn tensors_of(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
    tensors: &mut Vec<Tensor>,
) -> Result<(), Fault> {
    let input = visit.input.clone();
    while cursor.remaining() > 0 {
        visit.budget.tick()?;
        let at = cursor.position();
        let Some(described) = Described::read(cursor, &input)? else {
            let detail = format!(
                "{} behind the last tensor, no tensor",
                crate::text::count(input.len().saturating_sub(at), "byte")
            );
            notes.problem(visit, at, Kind::TrailingBytes, detail);
            return notes.part(visit, crate::formats::layout::TRAILING, input.from(at));
        };
        let name = tensors.len().to_string();
        let Some((dtype, _)) = type_of(described.kind) else {
            let detail = format!("tensor {name} is of the type number {}", described.kind);
            notes.unknown_type(visit, at, &described.kind.to_string(), detail);
            return Err(Fault::Unsupported("where a tensor of an unknown type ends is not known".to_owned()));
        };
        let shape: Vec<u64> = described.shape.iter().filter_map(|size| u64::try_from(*size).ok()).collect();
        if shape.len() < described.shape.len() {
            notes.problem(visit, at, Kind::BadValue, format!("tensor {name} has a negative dimension"));
            return Err(Fault::Unsupported("where a tensor without dimensions ends is not known".to_owned()));
        }
        let start = cursor.position();
        let Some(length) = described.length() else {
            let detail = format!("tensor {name} is of shape {}, more than can be counted", Shape(&shape));
            notes.problem(visit, at, Kind::SizeMismatch, detail);
            return Err(Fault::Unsupported("where its further tensors are is not known".to_owned()));
        };
        if length > cursor.remaining() {
            let end = input.len();
            let detail = format!("tensor {name}: {length} bytes from {start}, but the file ends at {end}");
            notes.problem(visit, at, Kind::OutOfBounds, detail);
            return Err(Fault::Unsupported("where its further tensors are is not known".to_owned()));
        }
        cursor.skip(length)?;
        let tensor = Tensor { name, dtype: dtype.to_owned(), shape, start, length };
        notes.remember_tensor(visit, &tensor)?;
        tensors.push(tensor);
    }
    Ok(())
}

/// Name and bytes of the type with this number.
fn type_of(number: u64) -> Option<(&'static str, u64)> {
    Some(match number {
        0 => ("BOOL", 1),
        1 => ("INT16", 2),
        2 => ("INT32", 4),
        3 => ("INT64", 8),
        4 => ("FP16", 2),
        5 => ("FP32", 4),
        6 => ("FP64", 8),
        19 => ("SIZE_T", 8),
        20 => ("UINT8", 1),
        21 => ("INT8", 1),
        22 => ("BF16", 2),
        23 => ("COMPLEX64", 8),
        24 => ("COMPLEX128", 16),
        32 => ("FP8_E4M3FN", 1),
        33 => ("FP8_E5M2", 1),
        36 => ("UINT16", 2),
        37 => ("UINT32", 4),
        38 => ("UINT64", 8),
        _ => return None,
    })
}
