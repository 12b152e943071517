//! Tensors: type, dimensions, and bytes in the file or outside it.

use weighbridge_domain::facts::Tensor;
use weighbridge_domain::facts::problem::Kind;

use super::model::Reader;
use crate::formats::layout::name;
use crate::formats::protobuf::{Message, Value};
use crate::formats::safetensors::Shape;
use crate::limits::Fault;

/// Dimensions that are looked at.
const DIMENSIONS: usize = 64;

/// Bytes kept of a path or a number of external data.
const VALUE: usize = 64 << 10;

/// A type of elements.
#[derive(Clone, Copy)]
struct Type {
    name: &'static str,
    /// Bits of one element; none for texts.
    bits: Option<u64>,
    /// The field that holds its elements when they are not raw bytes, and how many elements one item of it makes, over how
    /// many items one element takes.
    field: u32,
    packs: u64,
    takes: u64,
}

/// Reads a tensor; what it is called is handed back. One without a name is called as told.
pub(super) fn read(reader: &mut Reader<'_, '_>, message: Message, called: &str) -> Result<String, Fault> {
    let at = message.start;
    let described = Described::read(reader, message)?;
    let called = match described.name {
        Some(text) if !text.is_empty() => name(&reader.wire.text(text, 4096)?),
        _ => name(called),
    };
    let Some((kind, shape, count)) = described.measured(reader, at, &called) else { return Ok(called) };
    let length = kind.bits.and_then(|bits| count.checked_mul(bits)).map(|bits| bits.div_ceil(8));
    if kind.bits.is_some() && length.is_none() {
        let detail = format!("`{called}` is of shape {}, more than can be counted", Shape(&shape));
        reader.notes.problem(reader.visit, at, Kind::SizeMismatch, detail);
        return Ok(called);
    }
    let dtype = kind.name.to_owned();
    let tensor = Tensor { name: called.clone(), dtype, shape, start: at, length: length.unwrap_or_default() };
    if described.outside {
        outside(reader, at, tensor, length, described.external)?;
    } else {
        inside(reader, at, tensor, kind, count, &described)?;
    }
    Ok(called)
}

/// A tensor as its message describes it.
#[derive(Default)]
struct Described {
    name: Option<Message>,
    /// The first dimensions, and how many there are.
    shape: Vec<i64>,
    dimensions: u64,
    kind: u64,
    raw: Option<Message>,
    /// The field that holds elements, the number of items in it, and the range of bytes they take.
    items: Option<(u32, u64, [u64; 2])>,
    external: Vec<[String; 2]>,
    outside: bool,
}

impl Described {
    fn read(reader: &mut Reader<'_, '_>, mut message: Message) -> Result<Self, Fault> {
        let mut this = Self::default();
        while let Some(field) = reader.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(dimension)) => this.dimension(dimension),
                (1, Value::Bytes(mut packed)) => {
                    while let Some(dimension) = reader.wire.numbers(&mut packed)? {
                        this.dimension(dimension);
                    }
                }
                (2, Value::Number(kind)) => this.kind = kind,
                (8, Value::Bytes(text)) => this.name = Some(text),
                (9, Value::Bytes(raw)) => this.raw = Some(raw),
                (4, Value::Four(_)) => this.item(4, 1, field.at, message.start),
                (10, Value::Eight(_)) => this.item(10, 1, field.at, message.start),
                (number @ (5 | 7 | 11), Value::Number(_)) => this.item(number, 1, field.at, message.start),
                (4, Value::Bytes(packed)) => this.item(4, packed.len() / 4, packed.start, packed.end),
                (10, Value::Bytes(packed)) => this.item(10, packed.len() / 8, packed.start, packed.end),
                (number @ (5 | 7 | 11), Value::Bytes(packed)) => {
                    let count = numbers(reader, packed)?;
                    this.item(number, count, packed.start, packed.end);
                }
                (6, Value::Bytes(text)) => {
                    reader.blob(text)?;
                    this.item(6, 1, text.start, text.end);
                }
                (13, Value::Bytes(entry)) => {
                    let pair = reader.pair(entry, VALUE)?;
                    reader.notes.remember(reader.visit, 128)?;
                    this.external.push(pair);
                }
                (14, Value::Number(place)) => this.outside = place == 1,
                (3 | 12 | 16, Value::Bytes(_)) => {}
                _ => reader.unknown("a tensor", field)?,
            }
        }
        Ok(this)
    }

    fn dimension(&mut self, dimension: u64) {
        self.dimensions = self.dimensions.saturating_add(1);
        if self.shape.len() < DIMENSIONS {
            self.shape.push(dimension.cast_signed());
        }
    }

    /// More items of a field that holds elements.
    fn item(&mut self, field: u32, count: u64, start: u64, end: u64) {
        let (_, counted, range) =
            self.items.filter(|(before, ..)| *before == field).unwrap_or((field, 0, [start, end]));
        self.items = Some((field, counted.saturating_add(count), [range[0], end]));
    }

    /// Its type, its shape, and the number of its elements, where they can be.
    fn measured(&self, reader: &mut Reader<'_, '_>, at: u64, called: &str) -> Option<(Type, Vec<u64>, u64)> {
        let Some(kind) = find(self.kind) else {
            let detail = format!("`{called}` is of the type number {}", self.kind);
            reader.notes.unknown_type(reader.visit, at, &self.kind.to_string(), detail);
            reader.visit.incomplete("the size of a tensor of an unknown type could not be checked");
            return None;
        };
        if self.dimensions > DIMENSIONS as u64 {
            let detail = format!("`{called}` has {} dimensions", self.dimensions);
            reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
            return None;
        }
        let shape: Option<Vec<u64>> = self.shape.iter().map(|size| u64::try_from(*size).ok()).collect();
        let Some(shape) = shape else {
            let size = self.shape.iter().find(|size| **size < 0).copied().unwrap_or_default();
            let detail = format!("`{called}` has a dimension of {size}");
            reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
            return None;
        };
        // Zero times anything is zero, but readers multiply one by one.
        let count = shape.iter().try_fold(1_u64, |count, size| count.checked_mul(*size));
        let Some(count) = count.filter(|count| i64::try_from(*count).is_ok()) else {
            let detail = format!("`{called}` is of shape {}, more than can be counted", Shape(&shape));
            reader.notes.problem(reader.visit, at, Kind::SizeMismatch, detail);
            return None;
        };
        Some((kind, shape, count))
    }
}

/// The bytes are in the file.
fn inside(
    reader: &mut Reader<'_, '_>,
    at: u64,
    mut tensor: Tensor,
    kind: Type,
    count: u64,
    described: &Described,
) -> Result<(), Fault> {
    if !described.external.is_empty() {
        let detail = format!("`{}` names a file, but says that its bytes are here", tensor.name);
        reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
        // A reader may go by either.
        outside(reader, at, tensor.clone(), None, described.external.clone())?;
    }
    let (found, wanted) = match (described.raw, described.items) {
        (Some(raw), None) if kind.bits.is_some() => {
            (tensor.start, tensor.length) = (raw.start, raw.len());
            let wanted = kind.bits.map(|bits| count.saturating_mul(bits).div_ceil(8));
            (raw.len(), wanted.unwrap_or_default())
        }
        (None, Some((field, items, [start, end]))) if field == kind.field => {
            (tensor.start, tensor.length) = (start, end.saturating_sub(start));
            (items, count.saturating_mul(kind.takes).div_ceil(kind.packs))
        }
        (None, None) => {
            tensor.length = 0;
            (0, count)
        }
        (raw, items) => {
            let place = raw.map(|raw| [raw.start, raw.end]).or(items.map(|(.., range)| range));
            let [start, end] = place.unwrap_or([at, at]);
            (tensor.start, tensor.length) = (start, end.saturating_sub(start));
            let detail =
                format!("`{}` of type {} has its elements in fields of other types", tensor.name, kind.name);
            reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
            (0, 0)
        }
    };
    if found != wanted {
        let what = if described.raw.is_some() { "bytes" } else { "items" };
        let detail = format!(
            "`{}` is of type {} and shape {}, {wanted} {what}, but has {found}",
            tensor.name,
            kind.name,
            Shape(&tensor.shape)
        );
        reader.notes.problem(reader.visit, at, Kind::SizeMismatch, detail);
    }
    reader.notes.remember_tensor(reader.visit, &tensor)?;
    reader.tensors.push(tensor);
    Ok(())
}

/// The bytes are in another file: `wanted` of them, when that is known.
fn outside(
    reader: &mut Reader<'_, '_>,
    at: u64,
    mut tensor: Tensor,
    wanted: Option<u64>,
    external: Vec<[String; 2]>,
) -> Result<(), Fault> {
    let mut file = None;
    let (mut offset, mut length) = (None, None);
    for [key, value] in external {
        match key.as_str() {
            "location" => {
                if let Some(before) = file.replace(value).filter(|before| Some(before) != file.as_ref()) {
                    let detail = format!("`{}` names two files", tensor.name);
                    reader.notes.problem(reader.visit, at, Kind::Duplicate, detail);
                    reader.references.tensor(reader.visit, &mut reader.notes, at, &before, tensor.clone())?;
                }
            }
            "offset" => offset = Some(value),
            "length" => length = Some(value),
            "checksum" | "basepath" => {}
            key if key.starts_with("prepacked") => {}
            key => {
                let detail = format!("the external data of `{}` has the key `{}`", tensor.name, name(key));
                reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
            }
        }
    }
    let Some(file) = file else {
        let detail = format!("`{}` lies in another file, but does not say in which", tensor.name);
        reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
        return Ok(());
    };
    let number = |reader: &mut Reader<'_, '_>, what: &str, text: Option<String>| {
        let text = text?;
        let number = text.parse::<u64>().ok();
        if number.is_none() {
            let detail = format!("the {what} of `{}` in its file is `{}`", tensor.name, name(&text));
            reader.notes.problem(reader.visit, at, Kind::BadValue, detail);
        }
        number
    };
    let start = number(reader, "offset", offset);
    let length = number(reader, "length", length);
    if let Some((length, wanted)) = length.zip(wanted).filter(|(length, wanted)| length != wanted) {
        let shape = Shape(&tensor.shape);
        let detail = format!(
            "`{}` is of type {} and shape {shape}, {wanted} bytes, but has {length} in its file",
            tensor.name, tensor.dtype
        );
        reader.notes.problem(reader.visit, at, Kind::SizeMismatch, detail);
    }
    tensor.start = start.unwrap_or_default();
    tensor.length = length.or(wanted).unwrap_or_default();
    reader.references.tensor(reader.visit, &mut reader.notes, at, &file, tensor)
}

/// How many numbers are packed in these bytes.
fn numbers(reader: &Reader<'_, '_>, packed: Message) -> Result<u64, Fault> {
    let mut count = 0_u64;
    let mut at = packed.start;
    while at < packed.end {
        reader.visit.budget.tick()?;
        let block = reader.visit.input.read(at, packed.end.saturating_sub(at).min(256 << 10))?;
        if block.is_empty() {
            return Err(Fault::Truncated { at });
        }
        count = count.saturating_add(block.iter().filter(|byte| **byte < 0x80).count() as u64);
        at = at.saturating_add(block.len() as u64);
    }
    Ok(count)
}

/// The type with this number.
fn find(number: u64) -> Option<Type> {
    let (name, bits, field) = match number {
        1 => ("FLOAT", 32, 4),
        2 => ("UINT8", 8, 5),
        3 => ("INT8", 8, 5),
        4 => ("UINT16", 16, 5),
        5 => ("INT16", 16, 5),
        6 => ("INT32", 32, 5),
        7 => ("INT64", 64, 7),
        8 => return Some(Type { name: "STRING", bits: None, field: 6, packs: 1, takes: 1 }),
        9 => ("BOOL", 8, 5),
        10 => ("FLOAT16", 16, 5),
        11 => ("DOUBLE", 64, 10),
        12 => ("UINT32", 32, 11),
        13 => ("UINT64", 64, 11),
        14 => ("COMPLEX64", 64, 4),
        15 => ("COMPLEX128", 128, 10),
        16 => ("BFLOAT16", 16, 5),
        17 => ("FLOAT8E4M3FN", 8, 5),
        18 => ("FLOAT8E4M3FNUZ", 8, 5),
        19 => ("FLOAT8E5M2", 8, 5),
        20 => ("FLOAT8E5M2FNUZ", 8, 5),
        21 => ("UINT4", 4, 5),
        22 => ("INT4", 4, 5),
        23 => ("FLOAT4E2M1", 4, 5),
        24 => ("FLOAT8E8M0", 8, 5),
        25 => ("UINT2", 2, 5),
        26 => ("INT2", 2, 5),
        _ => return None,
    };
    let packs = if bits < 8 { 8_u64.checked_div(bits).unwrap_or(1) } else { 1 };
    let takes = if matches!(number, 14 | 15) { 2 } else { 1 };
    Some(Type { name, bits: Some(bits), field, packs, takes })
}
