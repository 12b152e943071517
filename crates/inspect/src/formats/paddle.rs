//! `PaddlePaddle`: programs of blocks of operators, as a message of protocol buffers.
//! Specification: `framework.proto` of the project.

pub mod params;
pub mod pir;

use weighbridge_domain::facts::problem::Kind;

use super::graph::{Operators, References};
use super::layout::Notes;
use super::protobuf::{Message, Value, Wire};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{one, paddle};
use crate::walk::Visit;

/// `PaddlePaddle` programs.
pub static FORMAT: Format = Format {
    id: "paddle",
    title: "PaddlePaddle program",
    extensions: &["pdmodel"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Protocol buffers have no magic: recognised by its fields under any name. Every operator of every block is told, \
           with the paths that operators which load and save are given, and texts of operators that are a program, an archive \
           or a pickle are inspected as files of their own. The weights are in a file of their own.",
    recognise,
    read,
    samples: || {
        one("net.pdmodel", paddle::program(&[paddle::operator("conv2d", &[]), paddle::operator("relu", &[])]))
    },
};

/// Fields of a program, and of its first block, that are looked at to recognise it.
const MOST_FIELDS: usize = 64;

/// The attribute with the path of what an operator loads or saves.
const PATH: &str = "file_path";

/// What such a path names.
const SAVED: &str = "saved tensors";

/// Bytes kept of a name, before it is cut for a fact.
const NAME: usize = 4096;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if probe.head.first() != Some(&0x0a) || probe.is_text() {
        return Recognition::No;
    }
    if is_program(probe).unwrap_or_default() {
        return Recognition::Certain;
    }
    Recognition::guess_if(probe.ends_with(FORMAT.extensions))
}

/// It has a block with its numbers and an operator or variable, and nothing but what programs have.
fn is_program(probe: &Probe<'_>) -> Option<bool> {
    let mut wire = Wire::new(probe.input);
    let mut program = wire.whole();
    let mut first = None;
    for _ in 0..MOST_FIELDS {
        let Some(field) = wire.next(&mut program).ok()? else { break };
        match (field.number, field.value) {
            (1, Value::Bytes(block)) => first = first.or(Some(block)),
            (3..=5, Value::Bytes(_)) => {}
            _ => return None,
        }
    }
    let mut block = first?;
    let (mut numbers, mut parts) = (0_usize, 0_usize);
    for _ in 0..MOST_FIELDS {
        let Some(field) = wire.next(&mut block).ok()? else { break };
        match (field.number, field.value) {
            (1 | 2, Value::Number(_)) => numbers = numbers.saturating_add(1),
            (5, Value::Number(_)) => {}
            (3 | 4, Value::Bytes(_)) => parts = parts.saturating_add(1),
            _ => return None,
        }
    }
    Some(numbers == 2 && parts > 0)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let wire = Wire::new(&visit.input);
    let (operators, references) = (Operators::default(), References::default());
    let mut reader =
        Reader { visit, wire, notes: Notes::default(), operators, references, blobs: Vec::new() };
    let whole = reader.wire.whole();
    let result = reader.program(whole);
    // What was read counts, wherever the reading ended.
    let Reader { visit, mut notes, operators, blobs, .. } = reader;
    operators.tell(visit, "paddle", |_, _| false);
    notes.disguised(visit, blobs)?;
    result
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    wire: Wire,
    notes: Notes,
    operators: Operators,
    references: References,
    /// Where bytes are that could be a file: offset and length.
    blobs: Vec<(u64, u64)>,
}

impl Reader<'_, '_> {
    fn program(&mut self, mut program: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut program)? {
            match (field.number, field.value) {
                (1, Value::Bytes(block)) => self.block(block)?,
                (3..=5, _) => {}
                (number, _) => {
                    let detail = format!("a program has no field with the number {number}");
                    self.notes.problem(self.visit, field.at, Kind::BadValue, detail);
                }
            }
        }
        Ok(())
    }

    fn block(&mut self, mut block: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut block)? {
            self.visit.budget.tick()?;
            if let (4, Value::Bytes(operator)) = (field.number, field.value) {
                self.operator(operator)?;
            }
        }
        Ok(())
    }

    fn operator(&mut self, operator: Message) -> Result<(), Fault> {
        let at = operator.start;
        let mut kind = String::new();
        let mut fields = operator;
        while let Some(field) = self.wire.next(&mut fields)? {
            if let (3, Value::Bytes(text)) = (field.number, field.value) {
                kind = self.wire.text(text, NAME)?;
            }
        }
        self.operators.add(self.visit, &mut self.notes, at, ["", &kind], String::new)?;
        let mut fields = operator;
        while let Some(field) = self.wire.next(&mut fields)? {
            if let (4, Value::Bytes(attribute)) = (field.number, field.value) {
                self.attribute(attribute)?;
            }
        }
        Ok(())
    }

    fn attribute(&mut self, mut attribute: Message) -> Result<(), Fault> {
        const LEAST: u64 = 64;
        let at = attribute.start;
        let mut name = String::new();
        while let Some(field) = self.wire.next(&mut attribute)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.wire.text(text, NAME)?,
                (5 | 8, Value::Bytes(text)) => {
                    if name == PATH {
                        let path = self.wire.text(text, NAME)?;
                        self.references.add(self.visit, &mut self.notes, at, SAVED, &path)?;
                    }
                    if text.len() >= LEAST {
                        self.notes.remember(self.visit, 16)?;
                        self.blobs.push((text.start, text.len()));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
