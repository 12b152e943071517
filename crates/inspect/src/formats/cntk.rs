//! CNTK: a model as a dictionary of dictionaries, as a message of protocol buffers.
//! Specification: `CNTK.proto` of the project.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::graph::{Operators, References};
use super::layout::{Notes, name};
use super::protobuf::{Message, Value, Wire};
use super::safetensors::Shape;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{cntk, one};
use crate::walk::Visit;

/// Models of version 1.
pub static OLDER: Format = Format {
    id: "cntk-v1",
    title: "CNTK model of version 1",
    extensions: &["dnn"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by its first mark, `BCN` in wide characters, and the one behind it. Not inspected.",
    recognise: |probe| Recognition::certain_if(probe.starts(MARKS)),
    read: |visit| {
        visit.incomplete("models of version 1 are not read");
        Ok(())
    },
    samples: || one("net.dnn", cntk::older()),
};

/// The first two marks of a model of version 1.
const MARKS: &[u8] = b"B\0C\0N\0\0\0B\0V\0e\0r\0s\0i\0o\0n\0\0\0";

/// Models of version 2.
pub static FORMAT: Format = Format {
    id: "cntk",
    title: "CNTK model",
    extensions: &["cntk", "dnn"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Models of version 2. Protocol buffers have no magic: recognised by its fields under any name. Every function is \
           told by the number that CNTK gives its operators, functions of the user by the module or library and the name \
           that they ask for, and every tensor.",
    recognise,
    read,
    samples: || one("net.cntk", cntk::model(&[cntk::primitive(7)])),
};

/// Entries that are looked at to recognise a model.
const MOST_ENTRIES: usize = 64;

/// Bytes kept of a name, before it is cut for a fact.
const NAME: usize = 4096;

/// The highest number of a type of values.
const LAST_TYPE: u64 = 11;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if !matches!(probe.head.first(), Some(0x08 | 0x12)) || probe.is_text() {
        return Recognition::No;
    }
    if is_model(probe).unwrap_or_default() {
        return Recognition::Certain;
    }
    Recognition::guess_if(probe.ends_with(FORMAT.extensions))
}

/// It is a dictionary with a type.
fn is_model(probe: &Probe<'_>) -> Option<bool> {
    let mut wire = Wire::new(probe.input);
    let mut model = wire.whole();
    let mut typed = false;
    for _ in 0..MOST_ENTRIES {
        let Some(field) = wire.next(&mut model).ok()? else { break };
        let mut entry = match (field.number, field.value) {
            (1, Value::Number(_)) => continue,
            (2, Value::Bytes(entry)) => entry,
            _ => return None,
        };
        let key = wire.next(&mut entry).ok()??.message()?;
        let mut value = wire.next(&mut entry).ok()??.message()?;
        typed |= wire.text(key, NAME).ok()? == "type";
        for _ in 0..MOST_ENTRIES {
            let Some(field) = wire.next(&mut value).ok()? else { break };
            let right = match (field.number, field.value) {
                (2, Value::Number(kind)) => kind <= LAST_TYPE,
                (1 | 3..=5, Value::Number(_))
                | (6, Value::Four(_))
                | (7, Value::Eight(_))
                | (8..=13, Value::Bytes(_)) => true,
                _ => false,
            };
            right.then_some(())?;
        }
    }
    Some(typed)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let wire = Wire::new(&visit.input);
    let mut reader = Reader {
        visit,
        wire,
        notes: Notes::default(),
        operators: Operators::default(),
        references: References::default(),
        tensors: Vec::new(),
        blobs: Vec::new(),
    };
    let whole = reader.wire.whole();
    let result = reader.dictionary(whole, "");
    // What was read counts, wherever the reading ended.
    let Reader { visit, mut notes, operators, tensors, mut blobs, .. } = reader;
    operators.tell(visit, "cntk", |_, _| false);
    blobs.extend(tensors.iter().map(|tensor| (tensor.start, tensor.length)));
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    notes.disguised(visit, blobs)?;
    result
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    wire: Wire,
    notes: Notes,
    operators: Operators,
    references: References,
    tensors: Vec<Tensor>,
    /// Where texts are that could be a file: offset and length.
    blobs: Vec<(u64, u64)>,
}

/// What a dictionary says of itself.
#[derive(Default)]
struct Said {
    kind: String,
    name: String,
    uid: String,
    module: String,
    class: String,
    operator: Option<u64>,
    native: bool,
    state: Option<Message>,
}

impl Reader<'_, '_> {
    fn dictionary(&mut self, dictionary: Message, outer: &str) -> Result<(), Fault> {
        let at = dictionary.start;
        let said = self.said(dictionary)?;
        let state = match said.state {
            Some(state) => self.said(state)?,
            None => Said::default(),
        };
        let called = [&said.name, &said.uid].into_iter().find(|name| !name.is_empty());
        let called = name(called.map_or(outer, String::as_str));
        if said.kind == "UserDefinedFunction" {
            let set = if said.native { "native" } else { "user" };
            let wanted = format!("{}.{}", name(&state.module), name(&state.class));
            let node = called.clone();
            self.operators.add(self.visit, &mut self.notes, at, [set, &wanted], || node)?;
            if said.native {
                self.references.add(self.visit, &mut self.notes, at, "library", &state.module)?;
            }
        } else if let Some(number) = said.operator {
            let node = called.clone();
            let number = number.to_string();
            self.operators.add(self.visit, &mut self.notes, at, ["primitive", &number], || node)?;
        }
        let mut entries = dictionary;
        while let Some(field) = self.wire.next(&mut entries)? {
            self.visit.budget.tick()?;
            let (2, Value::Bytes(entry)) = (field.number, field.value) else { continue };
            let (key, value) = self.entry(entry)?;
            if let Some(value) = value {
                let inner = if called.is_empty() { key } else { called.clone() };
                self.value(value, &inner)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, mut entry: Message) -> Result<(String, Option<Message>), Fault> {
        let (mut key, mut value) = (String::new(), None);
        while let Some(field) = self.wire.next(&mut entry)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = self.wire.text(text, NAME)?,
                (2, Value::Bytes(message)) => value = Some(message),
                _ => {}
            }
        }
        Ok((key, value))
    }

    fn said(&mut self, mut dictionary: Message) -> Result<Said, Fault> {
        let mut said = Said::default();
        while let Some(field) = self.wire.next(&mut dictionary)? {
            let (2, Value::Bytes(entry)) = (field.number, field.value) else { continue };
            let (key, Some(mut value)) = self.entry(entry)? else { continue };
            while let Some(field) = self.wire.next(&mut value)? {
                match (field.number, field.value) {
                    (3, Value::Number(number)) if key == "native" => said.native = number != 0,
                    (5, Value::Number(number)) if key == "op" => said.operator = Some(number),
                    (12, Value::Bytes(inner)) if key == "user_defined_state" => said.state = Some(inner),
                    (8, Value::Bytes(text)) => {
                        let place = match key.as_str() {
                            "type" => &mut said.kind,
                            "name" => &mut said.name,
                            "uid" => &mut said.uid,
                            "module" => &mut said.module,
                            "class" | "deserialize_method" => &mut said.class,
                            _ => continue,
                        };
                        *place = self.wire.text(text, NAME)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(said)
    }

    fn value(&mut self, mut value: Message, called: &str) -> Result<(), Fault> {
        const LEAST: u64 = 64;
        while let Some(field) = self.wire.next(&mut value)? {
            let Some(mut inner) = field.message() else { continue };
            match field.number {
                8 if inner.len() >= LEAST => {
                    self.notes.remember(self.visit, 16)?;
                    self.blobs.push((inner.start, inner.len()));
                }
                11 => {
                    while let Some(field) = self.wire.next(&mut inner)? {
                        self.visit.budget.tick()?;
                        if let (1, Value::Bytes(item)) = (field.number, field.value) {
                            self.value(item, called)?;
                        }
                    }
                }
                12 => self.dictionary(inner, called)?,
                13 => self.tensor(inner, called)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn tensor(&mut self, tensor: Message, called: &str) -> Result<(), Fault> {
        let at = tensor.start;
        let (mut kind, mut dense, mut shape, mut data) = (0, true, Vec::new(), None);
        let mut fields = tensor;
        while let Some(field) = self.wire.next(&mut fields)? {
            match (field.number, field.value) {
                (1, Value::Number(number)) => kind = number,
                (2, Value::Number(storage)) => dense = storage == 0,
                (3, Value::Bytes(mut sizes)) => {
                    while let Some(field) = self.wire.next(&mut sizes)? {
                        let (1, Value::Bytes(mut packed)) = (field.number, field.value) else { continue };
                        while let Some(size) = self.wire.numbers(&mut packed)? {
                            if shape.len() < 64 {
                                shape.push(size);
                            }
                        }
                    }
                }
                (number @ 4..=7, Value::Bytes(mut values)) => {
                    while let Some(field) = self.wire.next(&mut values)? {
                        if let (1, Value::Bytes(bytes)) = (field.number, field.value) {
                            data = Some((number, bytes));
                        }
                    }
                }
                _ => {}
            }
        }
        let (dtype, width) = match kind {
            1 => ("Float", 4),
            2 => ("Double", 8),
            4 => ("Float16", 2),
            5 => ("Int8", 1),
            6 => ("Int16", 2),
            _ => ("", 0),
        };
        if width == 0 {
            let detail = format!("`{called}` is of the type number {kind}");
            self.notes.unknown_type(self.visit, at, &kind.to_string(), detail);
        }
        let (number, bytes) =
            data.map_or((0, [at, at]), |(number, bytes)| (number, [bytes.start, bytes.end]));
        let length = bytes[1].saturating_sub(bytes[0]);
        let wanted = shape.iter().try_fold(width, |size: u64, dimension| size.checked_mul(*dimension));
        // Only these two are stored as they are.
        if dense && matches!((kind, number), (1, 4) | (2, 5)) && wanted != Some(length) {
            let detail =
                format!("`{called}` is of type {dtype} and shape {}, but has {length} bytes", Shape(&shape));
            self.notes.problem(self.visit, at, Kind::SizeMismatch, detail);
        }
        let tensor = Tensor { name: name(called), dtype: dtype.to_owned(), shape, start: bytes[0], length };
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.tensors.push(tensor);
        Ok(())
    }
}
