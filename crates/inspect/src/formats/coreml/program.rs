//! ML programs: functions of blocks of operations, whose values are here or in a file beside the model.

use weighbridge_domain::facts::Tensor;

use super::model::Reader;
use crate::formats::layout::name;
use crate::formats::protobuf::{Message, Value};
use crate::limits::Fault;

/// Bytes kept of a name, before it is cut for a fact.
const NAME: usize = 4096;

/// Bytes of the description in front of the values in a file of weights.
const DESCRIPTION: u64 = 64;

/// What stands for the folder of the model.
pub(super) const HERE: &str = "@model_path/";

pub(super) fn read(reader: &mut Reader<'_, '_>, mut program: Message) -> Result<(), Fault> {
    while let Some(field) = reader.wire.next(&mut program)? {
        match (field.number, field.value) {
            (2, Value::Bytes(entry)) => {
                if let [_, Some(inner)] = reader.entry(entry)? {
                    function(reader, inner)?;
                }
            }
            (4, Value::Bytes(entry)) => attribute(reader, entry)?,
            _ => {}
        }
    }
    Ok(())
}

fn function(reader: &mut Reader<'_, '_>, mut function: Message) -> Result<(), Fault> {
    while let Some(field) = reader.wire.next(&mut function)? {
        match (field.number, field.value) {
            (3, Value::Bytes(entry)) => {
                if let [_, Some(inner)] = reader.entry(entry)? {
                    block(reader, inner)?;
                }
            }
            (4, Value::Bytes(entry)) => attribute(reader, entry)?,
            _ => {}
        }
    }
    Ok(())
}

fn block(reader: &mut Reader<'_, '_>, mut block: Message) -> Result<(), Fault> {
    while let Some(field) = reader.wire.next(&mut block)? {
        reader.visit.budget.tick()?;
        match (field.number, field.value) {
            (3, Value::Bytes(inner)) => operation(reader, inner)?,
            (4, Value::Bytes(entry)) => attribute(reader, entry)?,
            _ => {}
        }
    }
    Ok(())
}

fn attribute(reader: &mut Reader<'_, '_>, entry: Message) -> Result<(), Fault> {
    match reader.entry(entry)? {
        [_, Some(inner)] => value(reader, inner, ""),
        _ => Ok(()),
    }
}

fn operation(reader: &mut Reader<'_, '_>, operation: Message) -> Result<(), Fault> {
    let at = operation.start;
    let (mut kind, mut output) = (String::new(), String::new());
    let mut fields = operation;
    while let Some(field) = reader.wire.next(&mut fields)? {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => kind = reader.wire.text(text, NAME)?,
            (3, Value::Bytes(named)) if output.is_empty() => {
                let [text, _] = reader.entry(named)?;
                output = reader.text(text, NAME)?;
            }
            _ => {}
        }
    }
    let node = output.clone();
    reader.operators.add(reader.visit, &mut reader.notes, at, ["mil", &kind], || node)?;
    let mut fields = operation;
    while let Some(field) = reader.wire.next(&mut fields)? {
        match (field.number, field.value) {
            (2, Value::Bytes(entry)) => {
                let [called, argument] = reader.entry(entry)?;
                let Some(mut argument) = argument else { continue };
                let called = format!("{output}.{}", reader.text(called, NAME)?);
                while let Some(field) = reader.wire.next(&mut argument)? {
                    let (1, Value::Bytes(binding)) = (field.number, field.value) else { continue };
                    if let [_, Some(inner)] = reader.entry(binding)? {
                        value(reader, inner, &called)?;
                    }
                }
            }
            (4, Value::Bytes(inner)) => block(reader, inner)?,
            (5, Value::Bytes(entry)) => {
                let [called, inner] = reader.entry(entry)?;
                let called = reader.text(called, NAME)?;
                // The value of a constant goes by the name of the constant.
                let called = if called == "val" { output.clone() } else { format!("{output}.{called}") };
                if let Some(inner) = inner {
                    value(reader, inner, &called)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn value(reader: &mut Reader<'_, '_>, message: Message, called: &str) -> Result<(), Fault> {
    reader.visit.budget.tick()?;
    let mut kind = None;
    let mut fields = message;
    while let Some(field) = reader.wire.next(&mut fields)? {
        match (field.number, field.value) {
            (2, Value::Bytes(inner)) => kind = Some(inner),
            (3, Value::Bytes(immediate)) => self::immediate(reader, immediate, called)?,
            (5, Value::Bytes(file)) => outside(reader, file, kind, called)?,
            _ => {}
        }
    }
    Ok(())
}

/// A value that is in the program.
fn immediate(reader: &mut Reader<'_, '_>, mut message: Message, called: &str) -> Result<(), Fault> {
    while let Some(field) = reader.wire.next(&mut message)? {
        let Some(mut inner) = field.message() else { continue };
        match field.number {
            1 => tensor(reader, inner)?,
            2 | 3 => {
                while let Some(field) = reader.wire.next(&mut inner)? {
                    if let (1, Value::Bytes(item)) = (field.number, field.value) {
                        value(reader, item, called)?;
                    }
                }
            }
            4 => {
                while let Some(field) = reader.wire.next(&mut inner)? {
                    let (1, Value::Bytes(pair)) = (field.number, field.value) else { continue };
                    for item in reader.entry(pair)?.into_iter().flatten() {
                        value(reader, item, called)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Numbers or texts of a value: only what could be a file is looked at.
fn tensor(reader: &mut Reader<'_, '_>, mut message: Message) -> Result<(), Fault> {
    while let Some(field) = reader.wire.next(&mut message)? {
        let (4 | 7, Value::Bytes(mut list)) = (field.number, field.value) else { continue };
        while let Some(field) = reader.wire.next(&mut list)? {
            if let Value::Bytes(item) = field.value {
                reader.blob(item)?;
            }
        }
    }
    Ok(())
}

/// A value that is in a file of weights.
fn outside(
    reader: &mut Reader<'_, '_>,
    mut place: Message,
    kind: Option<Message>,
    called: &str,
) -> Result<(), Fault> {
    let at = place.start;
    let (mut file, mut offset) = (String::new(), 0_u64);
    while let Some(field) = reader.wire.next(&mut place)? {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => file = reader.wire.text(text, NAME)?,
            (2, Value::Number(number)) => offset = number,
            _ => {}
        }
    }
    let (dtype, shape) = match kind {
        Some(kind) => described(reader, kind)?,
        None => (0, Vec::new()),
    };
    let (dtype, bits) = type_of(dtype);
    let count = shape.iter().try_fold(1_u64, |count, size| count.checked_mul(*size));
    let length = count.and_then(|count| count.checked_mul(bits)).map(|bits| bits.div_ceil(8));
    let file = file.strip_prefix(HERE).unwrap_or(&file);
    let tensor = Tensor {
        name: name(called),
        dtype: dtype.to_owned(),
        shape,
        start: offset.saturating_add(DESCRIPTION),
        length: length.unwrap_or(u64::MAX),
    };
    reader.references.tensor(reader.visit, &mut reader.notes, at, file, tensor)
}

/// The number of the type and the dimensions of a tensor.
fn described(reader: &mut Reader<'_, '_>, mut kind: Message) -> Result<(u64, Vec<u64>), Fault> {
    let (mut dtype, mut shape) = (0, Vec::new());
    while let Some(field) = reader.wire.next(&mut kind)? {
        let (1, Value::Bytes(mut tensor)) = (field.number, field.value) else { continue };
        while let Some(field) = reader.wire.next(&mut tensor)? {
            match (field.number, field.value) {
                (1, Value::Number(number)) => dtype = number,
                (3, Value::Bytes(dimension)) if shape.len() < 64 => {
                    let mut size = 0;
                    if let [Some(mut constant), _] = reader.entry(dimension)? {
                        while let Some(field) = reader.wire.next(&mut constant)? {
                            if let (1, Value::Number(number)) = (field.number, field.value) {
                                size = number;
                            }
                        }
                    }
                    shape.push(size);
                }
                _ => {}
            }
        }
    }
    Ok((dtype, shape))
}

/// Name and bits of the type with this number.
fn type_of(number: u64) -> (&'static str, u64) {
    match number {
        1 => ("BOOL", 8),
        2 => ("STRING", 0),
        10 => ("FLOAT16", 16),
        11 => ("FLOAT32", 32),
        12 => ("FLOAT64", 64),
        13 => ("BFLOAT16", 16),
        21 => ("INT8", 8),
        22 => ("INT16", 16),
        23 => ("INT32", 32),
        24 => ("INT64", 64),
        25 => ("INT4", 4),
        31 => ("UINT8", 8),
        32 => ("UINT16", 16),
        33 => ("UINT32", 32),
        34 => ("UINT64", 64),
        35 => ("UINT4", 4),
        36 => ("UINT2", 2),
        37 => ("UINT1", 1),
        38 => ("UINT6", 6),
        39 => ("UINT3", 3),
        40 => ("FLOAT8E4M3FN", 8),
        41 => ("FLOAT8E5M2", 8),
        _ => ("", 0),
    }
}
