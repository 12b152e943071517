//! `TensorProto`: a tensor written out in a graph.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::{dtype, recognise};
use crate::detect::{Probe, Recognition};
use crate::formats::layout::{Notes, name};
use crate::formats::protobuf::{Message, Value, Wire};
use crate::formats::safetensors::Shape;
use crate::limits::Fault;
use crate::walk::Visit;

/// Texts of one constant that are kept, and bytes kept of each.
const MOST_TEXTS: usize = 64;
const TEXT_KEPT: usize = 4096;

/// Tensors in tensors, as variants hold them.
const DEPTH: usize = 16;

/// What is written out, as far as it was read.
#[derive(Debug, Default)]
struct Proto {
    dtype: u64,
    shape: Vec<u64>,
    /// A dimension that is not known, or no number of them at all.
    open: bool,
    content: Option<Message>,
    /// Where the values begin and end that are written one by one, and how many they are.
    values: Option<(u64, u64)>,
    count: u64,
    texts: Vec<String>,
}

/// Notes a tensor; its texts when it is one of texts.
pub(super) fn read(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    message: Message,
    node: &str,
    depth: usize,
) -> Result<Vec<String>, Fault> {
    if depth > DEPTH {
        notes.problem(
            visit,
            message.start,
            Kind::TooDeep,
            format!("tensors in `{}` are nested deeply", name(node)),
        );
        visit.incomplete("tensors in variants are nested too deeply");
        return Ok(Vec::new());
    }
    let proto = fields(visit, notes, wire, message, node, depth)?;
    let shown = name(node);
    let Proto { dtype, shape, open, content, values, count, texts } = proto;
    if !dtype::is_known(dtype) {
        let detail = format!("`{shown}` is of type {dtype}");
        notes.unknown_type(visit, message.start, &dtype::name(dtype), detail);
        visit.incomplete("the size of a tensor of an unknown type could not be checked");
    }
    let elements = shape.iter().try_fold(1_u64, |count, dimension| count.checked_mul(*dimension));
    let needed = dtype::bits(dtype).and_then(|bits| elements?.checked_mul(bits)).map(|bits| bits / 8);
    let written = content.filter(|content| !content.is_empty());
    let length = written.map(|content| content.len());
    let of = format!("`{shown}` is of type {} and shape {}", dtype::name(dtype), Shape(&shape));
    let mismatch = match (needed, length) {
        _ if open => None,
        (None, _) if dtype::bits(dtype).is_some() => Some(format!("{of}, more than can be counted")),
        (Some(needed), Some(length)) if needed != length => {
            Some(format!("{of}, {needed} bytes, but has {length}"))
        }
        // The last of the values that are written stands for those that are not.
        (_, None) if elements.is_some_and(|elements| count > elements.max(1)) => {
            Some(format!("{of}, but has {count} values"))
        }
        _ => None,
    };
    if let Some(detail) = mismatch {
        notes.problem(visit, message.start, Kind::SizeMismatch, detail);
    }
    let (start, end) = match (written, values) {
        (Some(content), _) => (content.start, content.end),
        (None, Some(values)) => values,
        (None, None) => (message.start, message.start),
    };
    if let Some(content) = written {
        notes.disguised(visit, [(content.start, content.len())])?;
    }
    let length = end.saturating_sub(start);
    let tensor = Tensor { name: shown, dtype: dtype::name(dtype), shape, start, length };
    notes.remember_tensor(visit, &tensor)?;
    visit.fact(start, What::Tensor(tensor));
    Ok(texts)
}

fn fields(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    mut message: Message,
    node: &str,
    depth: usize,
) -> Result<Proto, Fault> {
    let mut proto = Proto::default();
    while let Some(field) = wire.next(&mut message)? {
        visit.budget.tick()?;
        match (field.number, field.value) {
            (1, Value::Number(dtype)) => proto.dtype = dtype,
            (2, Value::Bytes(shape)) => proto.open = read_shape(wire, shape, &mut proto.shape)?,
            (4, Value::Bytes(content)) => proto.content = Some(content),
            (8, Value::Bytes(text)) => {
                proto.add(text.start, text.end, 1);
                if proto.texts.len() < MOST_TEXTS {
                    proto.texts.push(wire.text(text, TEXT_KEPT)?);
                }
                notes.disguised(visit, [(text.start, text.len())])?;
                graph(visit, notes, text)?;
            }
            (15, Value::Bytes(variant)) => {
                proto.add(variant.start, variant.end, 1);
                read_variant(visit, notes, wire, variant, node, depth)?;
            }
            (18, Value::Bytes(bytes)) => proto.add(bytes.start, bytes.end, bytes.len()),
            (5 | 9, Value::Bytes(packed)) => proto.add(packed.start, packed.end, packed.len() / 4),
            (6 | 12, Value::Bytes(packed)) => proto.add(packed.start, packed.end, packed.len() / 8),
            (7 | 10 | 11 | 13 | 16 | 17, Value::Bytes(mut packed)) => {
                let range = packed;
                let mut count = 0_u64;
                while wire.numbers(&mut packed)?.is_some() {
                    count = count.saturating_add(1);
                }
                proto.add(range.start, range.end, count);
            }
            (5..=7 | 9..=13 | 16 | 17, Value::Number(_) | Value::Four(_) | Value::Eight(_)) => {
                proto.add(field.at, message.start, 1);
            }
            _ => {}
        }
    }
    // Two values make one complex number.
    if matches!(proto.dtype, 8 | 18) {
        proto.count /= 2;
    }
    Ok(proto)
}

impl Proto {
    fn add(&mut self, start: u64, end: u64, count: u64) {
        let (first, last) = self.values.get_or_insert((start, end));
        *first = (*first).min(start);
        *last = (*last).max(end);
        self.count = self.count.saturating_add(count);
    }
}

/// A graph that is a text in a graph, as operators of pipelines take it.
fn graph(visit: &mut Visit<'_>, notes: &mut Notes, text: Message) -> Result<(), Fault> {
    let bytes = text.of(&visit.input);
    if bytes.len() < 16 || bytes.read(0, 1)? != [0x0a] {
        return Ok(());
    }
    visit.budget.tick()?;
    if recognise::graph(&Probe::new(&bytes, "")?) == Recognition::Certain {
        notes.part(visit, &format!("graph-at-{}", text.start), bytes)?;
    }
    Ok(())
}

/// The dimensions of a `TensorShapeProto`; true when not all of them are known.
pub(in crate::formats) fn read_shape(
    wire: &mut Wire,
    mut message: Message,
    shape: &mut Vec<u64>,
) -> Result<bool, Fault> {
    /// More dimensions than any reader takes.
    const MOST: usize = 255;
    let mut open = false;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (2, Value::Bytes(mut dimension)) => {
                let mut size = 0;
                while let Some(field) = wire.next(&mut dimension)? {
                    if let (1, Value::Number(number)) = (field.number, field.value) {
                        size = number;
                    }
                }
                // A negative one is a dimension that is not known.
                open |= i64::try_from(size).is_err();
                if shape.len() < MOST {
                    shape.push(size);
                }
            }
            (3, Value::Number(1..)) => open = true,
            _ => {}
        }
    }
    Ok(open)
}

/// `VariantTensorDataProto`: the name of a type, bytes that only this type understands, and tensors.
fn read_variant(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    mut message: Message,
    node: &str,
    depth: usize,
) -> Result<(), Fault> {
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (2, Value::Bytes(metadata)) => {
                notes.disguised(visit, [(metadata.start, metadata.len())])?;
            }
            (3, Value::Bytes(tensor)) => {
                read(visit, notes, wire, tensor, node, depth.saturating_add(1))?;
            }
            _ => {}
        }
    }
    Ok(())
}
