//! The tables of a program.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::formats::flatbuffers::{Flat, List, Stop, Table};
use crate::formats::graph::Operators;
use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Types of elements by their number, with the bytes that one takes.
const KINDS: [(&str, u64); 16] = [
    ("Byte", 1),
    ("Char", 1),
    ("Short", 2),
    ("Int", 4),
    ("Long", 8),
    ("Half", 2),
    ("Float", 4),
    ("Double", 8),
    ("ComplexHalf", 4),
    ("ComplexFloat", 8),
    ("ComplexDouble", 16),
    ("Bool", 1),
    ("QInt8", 1),
    ("QUInt8", 1),
    ("QInt32", 4),
    ("BFloat16", 2),
];

/// The kinds of values and of instructions that are looked at.
const TENSOR: u8 = 5;
const KERNEL: u8 = 1;
const DELEGATE: u8 = 2;

/// The set of the backends.
const BACKENDS: &str = "delegate";

pub(super) fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let header = header(visit, &mut notes)?;
    // Tables end where the segments begin, when there are any.
    let tables = header.map_or(visit.input.len(), |(program, _)| program.min(visit.input.len()));
    let mut reader = Reader {
        notes,
        flat: Flat::new(&visit.input.slice(0, tables)),
        base: header.map(|(_, base)| base),
        segments: Vec::new(),
        blobs: Vec::new(),
        operators: Operators::default(),
        visit,
    };
    let result = reader.program();
    let Reader { visit, mut notes, flat, segments, mut blobs, operators, .. } = reader;
    operators.tell(visit, "executorch", |_, _| false);
    let last = segments.iter().map(|(start, length)| start.saturating_add(*length)).max();
    let size = visit.input.len();
    match last {
        Some(end) => {
            blobs.extend((end..end.saturating_add(17).min(size)).map(|at| (at, size.saturating_sub(at))));
        }
        None => blobs.extend(flat.behind()),
    }
    blobs.extend(segments);
    blobs.sort_unstable();
    blobs.dedup();
    notes.disguised(visit, blobs)?;
    result.or_else(|stop| stop.tell(visit, &mut notes))
}

/// The extended header: the length of the tables, and where the segments begin.
fn header(visit: &mut Visit<'_>, notes: &mut Notes) -> Result<Option<(u64, u64)>, Fault> {
    let bytes = visit.input.read(8, 32)?;
    let Some(rest) = bytes.strip_prefix(b"eh00") else { return Ok(None) };
    let long =
        |at: usize| rest.get(at..).and_then(|rest| rest.first_chunk().copied()).map(u64::from_le_bytes);
    let (Some(program), Some(base)) = (long(4), long(12)) else {
        return Err(Fault::Truncated { at: visit.input.len() });
    };
    let size = visit.input.len();
    if program > size || base > size || (base != 0 && base < program) {
        let detail =
            format!("the header places {program} bytes of tables and segments from {base} in {size} bytes");
        notes.problem(visit, 8, Kind::OutOfBounds, detail);
    }
    Ok(Some((program, base)))
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    notes: Notes,
    flat: Flat,
    /// Where segments are counted from.
    base: Option<u64>,
    /// Beginning and length of each segment.
    segments: Vec<(u64, u64)>,
    blobs: Vec<(u64, u64)>,
    operators: Operators,
}

impl Reader<'_, '_> {
    fn problem(&mut self, at: u64, kind: Kind, detail: String) {
        self.notes.problem(self.visit, at, kind, detail);
    }

    fn program(&mut self) -> Result<(), Stop> {
        let program = self.flat.root(0)?;
        self.segments(&program)?;
        let inline = self.flat.list(&program, 3, 4)?;
        let constants = self.flat.list(&program, 2, 4)?;
        let constant = self.flat.table(&program, 5)?;
        let plans = self.flat.list(&program, 1, 4)?;
        if plans.count == 0 {
            self.problem(program.at, Kind::Missing, "it has no method".to_owned());
        }
        for index in 0..plans.count {
            self.visit.budget.tick()?;
            let plan = self.flat.item(&plans, index)?;
            let called = self.flat.text(&plan, 0)?.unwrap_or_default();
            self.notes.metadata(self.visit, plan.at, &format!("method.{index}"), &called)?;
            self.delegates(&plan, &inline)?;
            self.calls(&plan)?;
            self.values(&plan, &constants, constant.as_ref())?;
        }
        Ok(())
    }

    fn segments(&mut self, program: &Table) -> Result<(), Stop> {
        let list = self.flat.list(program, 4, 4)?;
        self.notes.remember(self.visit, list.count.saturating_mul(16))?;
        if list.count > 0 && self.base.is_none() {
            let detail = "it has segments, but no header that says where they begin".to_owned();
            self.problem(program.at, Kind::BadValue, detail);
        }
        for index in 0..list.count {
            let segment = self.flat.item(&list, index)?;
            let (offset, length) = (self.flat.u64(&segment, 0)?, self.flat.u64(&segment, 1)?);
            let start = self.base.unwrap_or(0).checked_add(offset);
            let end = start.and_then(|start| start.checked_add(length));
            let size = self.visit.input.len();
            if end.is_none_or(|end| end > size) {
                let detail =
                    format!("segment {index}: {length} bytes from {offset}, but the file ends at {size}");
                self.problem(segment.at, Kind::OutOfBounds, detail);
                self.segments.push((0, 0));
            } else {
                self.segments.push((start.unwrap_or(0), length));
            }
        }
        Ok(())
    }

    /// The backends, and what is handed to them.
    fn delegates(&mut self, plan: &Table, inline: &List) -> Result<(), Stop> {
        let delegates = self.flat.list(plan, 7, 4)?;
        for index in 0..delegates.count {
            self.visit.budget.tick()?;
            let delegate = self.flat.item(&delegates, index)?;
            let id = self.flat.text(&delegate, 0)?.unwrap_or_default();
            let node = || format!("delegate {index}");
            self.operators.add(self.visit, &mut self.notes, delegate.at, [BACKENDS, &id], node)?;
            let Some(data) = self.flat.table(&delegate, 1)? else { continue };
            let (place, number) = (self.flat.u8(&data, 0)?, u64::from(self.flat.u32(&data, 1)?));
            if place == 0 && number < inline.count {
                let data = self.flat.item(inline, number)?;
                let bytes = self.flat.list(&data, 0, 1)?;
                self.blobs.push((bytes.at, bytes.count));
            } else if place == 0 || number >= self.segments.len() as u64 {
                let detail =
                    format!("what is handed to `{}` is part {number}, which is not there", name(&id));
                self.problem(delegate.at, Kind::OutOfBounds, detail);
            }
        }
        Ok(())
    }

    /// The instructions that call operators.
    fn calls(&mut self, plan: &Table) -> Result<(), Stop> {
        let delegates = self.flat.list(plan, 7, 4)?.count;
        let list = self.flat.list(plan, 6, 4)?;
        let mut names = Vec::new();
        for index in 0..list.count {
            let operator = self.flat.item(&list, index)?;
            let called = self.flat.text(&operator, 0)?.unwrap_or_default();
            let overload = self.flat.text(&operator, 1)?.filter(|overload| !overload.is_empty());
            let (set, called) = called.split_once("::").unwrap_or(("", &called));
            let called =
                overload.map_or_else(|| called.to_owned(), |overload| format!("{called}.{overload}"));
            self.notes.remember(self.visit, (called.len() as u64).saturating_add(96))?;
            names.push((operator.at, set.to_owned(), called, 0_u64));
        }
        let chains = self.flat.list(plan, 5, 4)?;
        for index in 0..chains.count {
            let chain = self.flat.item(&chains, index)?;
            let instructions = self.flat.list(&chain, 2, 4)?;
            for step in 0..instructions.count {
                self.visit.budget.tick()?;
                let instruction = self.flat.item(&instructions, step)?;
                let kind = self.flat.u8(&instruction, 0)?;
                let Some(call) =
                    self.flat.table(&instruction, 1)?.filter(|_| matches!(kind, KERNEL | DELEGATE))
                else {
                    continue;
                };
                let number = self.flat.i32(&call, 0)?;
                let place = usize::try_from(number).ok();
                if kind == DELEGATE {
                    if place.is_none_or(|place| place as u64 >= delegates) {
                        let detail = format!("step {step} calls backend {number} of {delegates}");
                        self.problem(instruction.at, Kind::BadValue, detail);
                    }
                } else if let Some((_, _, _, count)) = place.and_then(|place| names.get_mut(place)) {
                    *count = count.saturating_add(1);
                } else {
                    let detail = format!("step {step} calls operator {number} of {}", names.len());
                    self.problem(instruction.at, Kind::BadValue, detail);
                }
            }
        }
        for (at, set, called, count) in names {
            // One that is never called is looked up when the program loads all the same.
            for _ in 0..count.max(1) {
                self.operators.add(self.visit, &mut self.notes, at, [&set, &called], String::new)?;
            }
        }
        Ok(())
    }

    /// Tensors whose bytes are in the file.
    fn values(&mut self, plan: &Table, inline: &List, constant: Option<&Table>) -> Result<(), Stop> {
        let values = self.flat.list(plan, 2, 4)?;
        for index in 0..values.count {
            self.visit.budget.tick()?;
            let value = self.flat.item(&values, index)?;
            if self.flat.u8(&value, 0)? != TENSOR {
                continue;
            }
            let Some(tensor) = self.flat.table(&value, 1)? else { continue };
            let buffer = u64::from(self.flat.u32(&tensor, 5)?);
            if buffer == 0 || self.flat.field(&tensor, 6, 4)?.is_some() {
                continue;
            }
            self.tensor(&tensor, index, buffer, inline, constant)?;
        }
        Ok(())
    }

    fn tensor(
        &mut self,
        tensor: &Table,
        index: u64,
        buffer: u64,
        inline: &List,
        constant: Option<&Table>,
    ) -> Result<(), Stop> {
        let called = match self.flat.table(tensor, 9)? {
            Some(extra) => {
                // 1: its bytes are in another file.
                if self.flat.u8(&extra, 2)? == 1 {
                    return Ok(());
                }
                self.flat.text(&extra, 1)?
            }
            None => None,
        };
        let called = name(&called.unwrap_or_else(|| format!("value {index}")));
        let number = self.flat.u8(tensor, 0)?;
        let Some((kind, bytes)) = KINDS.get(usize::from(number)) else {
            let detail = format!("`{called}` is of the type number {number}");
            self.notes.unknown_type(self.visit, tensor.at, &number.to_string(), detail);
            return Ok(());
        };
        let sizes = self.flat.list(tensor, 2, 4)?;
        let mut shape = Vec::new();
        let mut length = Some(*bytes);
        for index in 0..sizes.count {
            let dimension = u64::from(self.flat.word(&sizes, index)?);
            length = length.and_then(|length| length.checked_mul(dimension));
            if shape.len() < 64 {
                shape.push(dimension);
            }
        }
        let place = self.place(buffer, inline, constant)?;
        let fits = place.zip(length).filter(|((_, room), length)| length <= room);
        let Some(((start, _), length)) = fits else {
            let detail = format!("`{called}` is constant {buffer}, which is not there or is shorter");
            self.problem(tensor.at, Kind::OutOfBounds, detail);
            return Ok(());
        };
        let tensor = Tensor { name: called, dtype: (*kind).to_owned(), shape, start, length };
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.visit.fact(start, What::Tensor(tensor));
        Ok(())
    }

    /// Where a constant begins, and how much room there is: in a table of its own, or in the segment of the constants.
    fn place(
        &mut self,
        buffer: u64,
        inline: &List,
        constant: Option<&Table>,
    ) -> Result<Option<(u64, u64)>, Stop> {
        if buffer < inline.count {
            let table = self.flat.item(inline, buffer)?;
            let bytes = self.flat.list(&table, 0, 1)?;
            return Ok(Some((bytes.at, bytes.count)));
        }
        let Some(constant) = constant else { return Ok(None) };
        let segment = self.flat.u32(constant, 0)?;
        let offsets = self.flat.list(constant, 1, 8)?;
        if buffer >= offsets.count {
            return Ok(None);
        }
        let offset = self.flat.long(&offsets, buffer)?;
        let segment = usize::try_from(segment).ok().and_then(|segment| self.segments.get(segment)).copied();
        Ok(segment
            .and_then(|(start, length)| Some((start.checked_add(offset)?, length.checked_sub(offset)?))))
    }
}
