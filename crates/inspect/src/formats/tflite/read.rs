//! The tables of a model.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::names::{self, BUILTIN};
use crate::formats::flatbuffers::{Flat, List, Stop, Table};
use crate::formats::graph::Operators;
use crate::formats::layout::{Notes, name};
use crate::formats::zip;
use crate::limits::Fault;
use crate::walk::Visit;

/// The only version of the schema that readers take.
const VERSION: u32 = 3;

/// Subgraphs, operators and tensors that no model has.
const MOST: u64 = 1_000_000;

/// The set of operators whose kernels a program brings along.
const CUSTOM: &str = "custom";

/// What names of TensorFlow's operators begin with.
const FLEX: &str = "Flex";

pub(super) fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let flat = Flat::new(&visit.input);
    let mut reader = Reader {
        visit,
        notes: Notes::default(),
        flat,
        codes: Vec::new(),
        buffers: Vec::new(),
        own: Operators::default(),
        flex: Operators::default(),
        blobs: Vec::new(),
    };
    let result = reader.model();
    let Reader { visit, mut notes, flat, own, flex, mut blobs, buffers, .. } = reader;
    own.tell(visit, "tflite", |_, _| false);
    flex.tell(visit, "tensorflow", |_, _| false);
    blobs.extend(buffers);
    let end = flat.furthest();
    let associated = associated(visit, end)?;
    if !associated {
        blobs.extend(flat.behind());
    }
    notes.disguised(visit, blobs)?;
    result.or_else(|stop| stop.tell(visit, &mut notes))
}

/// Files that the metadata speak of, in a zip at the end.
fn associated(visit: &mut Visit<'_>, end: u64) -> Result<bool, Fault> {
    let tail = visit.input.from(visit.input.len().saturating_sub(65_557).max(end));
    let bytes = tail.read(0, 65_557)?;
    if !bytes.windows(4).any(|window| window == b"PK\x05\x06") {
        return Ok(false);
    }
    let directory = zip::read_directory(visit)?;
    zip::embed(visit, &directory, |_| true)?;
    Ok(true)
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    notes: Notes,
    flat: Flat,
    /// Set and name of each operator.
    codes: Vec<(&'static str, String)>,
    /// Beginning and length of each buffer.
    buffers: Vec<(u64, u64)>,
    own: Operators,
    flex: Operators,
    blobs: Vec<(u64, u64)>,
}

impl Reader<'_, '_> {
    fn problem(&mut self, at: u64, kind: Kind, detail: String) {
        self.notes.problem(self.visit, at, kind, detail);
    }

    /// The items of a list of tables that cannot be too many.
    fn items(&mut self, table: &Table, field: u64, what: &str) -> Result<List, Stop> {
        let list = self.flat.list(table, field, 4)?;
        if list.count > MOST {
            let detail = format!("{} {what}, more than any model has", list.count);
            return Err(Stop::Broken { at: list.at, kind: Kind::BadCount, detail });
        }
        self.notes.remember(self.visit, list.count.saturating_mul(64))?;
        Ok(list)
    }

    fn model(&mut self) -> Result<(), Stop> {
        let model = self.flat.root(0)?;
        let version = self.flat.u32(&model, 0)?;
        if version != VERSION {
            self.problem(model.at, Kind::BadValue, format!("the version of the schema is {version}"));
        }
        if let Some(text) = self.flat.text(&model, 3)? {
            self.notes.metadata(self.visit, model.at, "description", &text)?;
        }
        self.codes(&model)?;
        self.buffers(&model)?;
        let graphs = self.items(&model, 2, "subgraphs")?;
        for index in 0..graphs.count {
            let graph = self.flat.item(&graphs, index)?;
            self.graph(&graph)?;
        }
        self.metadata(&model)?;
        let signatures = self.items(&model, 7, "signatures")?;
        for index in 0..signatures.count {
            let signature = self.flat.item(&signatures, index)?;
            let key = self.flat.text(&signature, 2)?.unwrap_or_default();
            self.notes.metadata(self.visit, signature.at, &format!("signature.{index}"), &key)?;
            let graph = u64::from(self.flat.u32(&signature, 4)?);
            if graph >= graphs.count {
                let detail =
                    format!("the signature `{}` is of subgraph {graph} of {}", name(&key), graphs.count);
                self.problem(signature.at, Kind::BadValue, detail);
            }
        }
        Ok(())
    }

    fn codes(&mut self, model: &Table) -> Result<(), Stop> {
        let codes = self.items(model, 1, "kinds of operators")?;
        for index in 0..codes.count {
            self.visit.budget.tick()?;
            let code = self.flat.item(&codes, index)?;
            // The older field has one byte, and 127 where that is too small.
            let old = i32::from(self.flat.u8(&code, 0)? & 0x7f);
            let number = self.flat.i32(&code, 3)?.max(old);
            let known = usize::try_from(number).ok().and_then(names::builtin);
            let named = match known {
                Some("CUSTOM") => match self.flat.text(&code, 1)? {
                    Some(custom) => (CUSTOM, custom),
                    None => {
                        self.problem(
                            code.at,
                            Kind::BadValue,
                            "an operator of its own without a name".to_owned(),
                        );
                        (CUSTOM, String::new())
                    }
                },
                Some(known) => (BUILTIN, known.to_owned()),
                None => (BUILTIN, format!("number {number}")),
            };
            self.codes.push(named);
        }
        Ok(())
    }

    fn buffers(&mut self, model: &Table) -> Result<(), Stop> {
        let buffers = self.items(model, 4, "buffers")?;
        for index in 0..buffers.count {
            self.visit.budget.tick()?;
            let buffer = self.flat.item(&buffers, index)?;
            let data = self.flat.list(&buffer, 0, 1)?;
            let (offset, size) = (self.flat.u64(&buffer, 1)?, self.flat.u64(&buffer, 2)?);
            // Offsets of 0 and 1 say that there are none.
            let place = if offset > 1 { (offset, size) } else { (data.at, data.count) };
            if place.0.checked_add(place.1).is_none_or(|end| end > self.flat.len()) {
                let detail = format!(
                    "buffer {index}: {} bytes from {}, but the file ends at {}",
                    place.1,
                    place.0,
                    self.flat.len()
                );
                self.problem(buffer.at, Kind::OutOfBounds, detail);
                self.buffers.push((0, 0));
                continue;
            }
            self.flat.reach(place.0.saturating_add(place.1));
            self.buffers.push(place);
        }
        Ok(())
    }

    fn graph(&mut self, graph: &Table) -> Result<(), Stop> {
        let tensors = self.items(graph, 0, "tensors")?;
        for index in 0..tensors.count {
            self.visit.budget.tick()?;
            let tensor = self.flat.item(&tensors, index)?;
            self.tensor(&tensor)?;
        }
        for (field, what) in [(1, "takes"), (2, "gives")] {
            let list = self.flat.list(graph, field, 4)?;
            self.indexes(&list, tensors.count, &format!("a subgraph {what}"))?;
        }
        let operators = self.items(graph, 3, "operators")?;
        for index in 0..operators.count {
            self.visit.budget.tick()?;
            let operator = self.flat.item(&operators, index)?;
            self.operator(&operator, index, tensors.count)?;
        }
        Ok(())
    }

    /// Numbers of tensors; -1 says that one is left out.
    fn indexes(&mut self, list: &List, count: u64, what: &str) -> Result<(), Stop> {
        for index in 0..list.count {
            let number = self.flat.word(list, index)?;
            if u64::from(number) >= count && number != u32::MAX {
                let detail = format!("{what} tensor {number} of {count}");
                self.problem(list.at, Kind::BadValue, detail);
                return Ok(());
            }
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Table, index: u64, tensors: u64) -> Result<(), Stop> {
        let code = self.flat.u32(operator, 0)?;
        let Some((set, called)) = usize::try_from(code).ok().and_then(|code| self.codes.get(code)) else {
            let detail = format!("operator {index} is of kind {code} of {}", self.codes.len());
            self.problem(operator.at, Kind::BadValue, detail);
            return Ok(());
        };
        let node = || format!("operator {index}");
        if let Some(flex) = called.strip_prefix(FLEX).filter(|_| *set == CUSTOM) {
            self.flex.add(self.visit, &mut self.notes, operator.at, ["", flex], node)?;
        } else {
            self.own.add(self.visit, &mut self.notes, operator.at, [set, called.as_str()], node)?;
        }
        for (field, what) in [(1, "takes"), (2, "gives")] {
            let list = self.flat.list(operator, field, 4)?;
            self.indexes(&list, tensors, &format!("operator {index} {what}"))?;
        }
        let options = self.flat.list(operator, 5, 1)?;
        if options.count > 0 {
            self.blobs.push((options.at, options.count));
        }
        let (offset, size) = (self.flat.u64(operator, 9)?, self.flat.u64(operator, 10)?);
        if offset > 1 {
            if offset.checked_add(size).is_none_or(|end| end > self.flat.len()) {
                let detail = format!("the options of operator {index}: {size} bytes from {offset}");
                self.problem(operator.at, Kind::OutOfBounds, detail);
            } else {
                self.flat.reach(offset.saturating_add(size));
                self.blobs.push((offset, size));
            }
        }
        Ok(())
    }

    fn tensor(&mut self, tensor: &Table) -> Result<(), Stop> {
        let called = name(&self.flat.text(tensor, 3)?.unwrap_or_default());
        let dimensions = self.flat.list(tensor, 0, 4)?;
        let mut shape = Vec::new();
        let mut elements = Some(1_u64);
        for index in 0..dimensions.count {
            // A dimension that is not known is -1.
            let dimension = u64::from(self.flat.word(&dimensions, index)?);
            elements = elements.and_then(|elements| elements.checked_mul(dimension));
            if shape.len() < 64 {
                shape.push(dimension);
            }
        }
        let number = self.flat.u8(tensor, 1)?;
        let kind = names::kind(number);
        if kind.is_none() {
            let detail = format!("`{called}` is of the type number {number}");
            self.notes.unknown_type(self.visit, tensor.at, &number.to_string(), detail);
        }
        let buffer = self.flat.u32(tensor, 2)?;
        let Some((start, length)) =
            usize::try_from(buffer).ok().and_then(|buffer| self.buffers.get(buffer)).copied()
        else {
            let detail = format!("`{called}` is in buffer {buffer} of {}", self.buffers.len());
            self.problem(tensor.at, Kind::OutOfBounds, detail);
            return Ok(());
        };
        if length == 0 {
            return Ok(());
        }
        let sparse = self.flat.field(tensor, 6, 4)?.is_some();
        if let Some((_, bits)) = kind.filter(|(_, bits)| *bits > 0 && !sparse) {
            let wanted = elements.and_then(|elements| elements.checked_mul(bits));
            if wanted.is_none_or(|bits| bits.div_ceil(8) != length) {
                let wanted =
                    wanted.map_or("more than can be counted".to_owned(), |bits| bits.div_ceil(8).to_string());
                let detail =
                    format!("`{called}` has {length} bytes, but its type and dimensions want {wanted}");
                self.problem(tensor.at, Kind::SizeMismatch, detail);
            }
        }
        let dtype = kind.map_or_else(|| number.to_string(), |(kind, _)| kind.to_owned());
        let tensor = Tensor { name: called, dtype, shape, start, length };
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.visit.fact(start, What::Tensor(tensor));
        Ok(())
    }

    /// Buffers that describe the model.
    fn metadata(&mut self, model: &Table) -> Result<(), Stop> {
        let list = self.items(model, 6, "descriptions")?;
        for index in 0..list.count {
            let described = self.flat.item(&list, index)?;
            let called = self.flat.text(&described, 0)?.unwrap_or_default();
            let buffer = self.flat.u32(&described, 1)?;
            let place = usize::try_from(buffer).ok().and_then(|buffer| self.buffers.get(buffer)).copied();
            let Some((start, length)) = place else {
                let detail = format!(
                    "the description `{}` is in buffer {buffer} of {}",
                    name(&called),
                    self.buffers.len()
                );
                self.problem(described.at, Kind::OutOfBounds, detail);
                continue;
            };
            if called == "TFLITE_METADATA" {
                let mut flat = Flat::new(&self.visit.input.slice(start, length));
                let root = flat.root(0)?;
                for (field, key) in
                    [(0, "name"), (1, "description"), (2, "version"), (4, "author"), (5, "license")]
                {
                    if let Some(text) = flat.text(&root, field)? {
                        self.notes.metadata(self.visit, start, key, &text)?;
                    }
                }
            } else if length <= 4096 {
                let bytes = self.visit.input.read(start, length)?;
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    let text = text.trim_end_matches('\0');
                    self.notes.metadata(self.visit, start, &called, text)?;
                }
            }
        }
        Ok(())
    }
}
