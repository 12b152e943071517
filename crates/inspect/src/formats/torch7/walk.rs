//! The walk over the items of a Torch file, with what is still to come on a stack of our own.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::cursor::Cursor;
use crate::formats::layout::{self, Notes};
use crate::limits::Fault;
use crate::walk::Visit;

/// What is still to be read.
#[derive(Debug)]
enum Task {
    /// An item, and what leads to it.
    Item(Option<usize>),
    /// So many pairs of a table.
    Pairs { left: u64, place: Option<usize> },
    /// The value that belongs to the key that was read last.
    Value(Option<usize>),
    /// The storage of a tensor follows: which of its elements are the tensor's.
    View { view: Box<Strided>, place: Option<usize>, at: u64, class: String },
}

/// A part of a storage.
#[derive(Debug)]
struct Strided {
    shape: Vec<u64>,
    strides: Vec<i64>,
    /// The first element, from 1.
    offset: i64,
}

impl Strided {
    /// How many elements of the storage there are from the first to the last.
    fn extent(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut steps = self.shape.iter().zip(&self.strides);
        steps.try_fold(1_u64, |extent, (size, stride)| {
            extent.checked_add(size.saturating_sub(1).checked_mul(stride.unsigned_abs())?)
        })
    }
}

const MOST_TASKS: usize = 1_000_000;
const MOST_PLACES: usize = 100_000;
const NAME_KEPT: u64 = 256;
/// Bytes of a function's code that are searched for names.
const CODE_KEPT: u64 = 1 << 20;
const MOST_CLASSES: usize = 1000;
/// Dimensions of a tensor.
const MOST_DIMENSIONS: u64 = 64;

/// What was seen.
#[derive(Debug)]
pub(super) struct Walk<'n> {
    cursor: Cursor,
    text: bool,
    notes: &'n mut Notes,
    tasks: Vec<Task>,
    seen: BTreeSet<i64>,
    /// The key that was read last.
    key: String,
    places: Vec<(Option<usize>, String)>,
    /// Storages by their numbers: where their elements are, and how many.
    storages: BTreeMap<i64, (u64, u64)>,
    storage: Option<(u64, u64)>,
    pub(super) classes: BTreeMap<String, u64>,
}

impl<'n> Walk<'n> {
    pub(super) fn new(cursor: Cursor, text: bool, notes: &'n mut Notes) -> Self {
        Self {
            cursor,
            text,
            notes,
            tasks: vec![Task::Item(None)],
            seen: BTreeSet::new(),
            key: String::new(),
            places: Vec::new(),
            storages: BTreeMap::new(),
            storage: None,
            classes: BTreeMap::new(),
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.cursor.position()
    }

    pub(super) fn run(&mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut count = 0_u32;
        while let Some(task) = self.tasks.pop() {
            count = count.wrapping_add(1);
            if count.is_multiple_of(4096) {
                visit.budget.tick()?;
            }
            if self.tasks.len() > MOST_TASKS {
                return Err(Fault::Unsupported("it is nested too deeply".to_owned()));
            }
            match task {
                Task::Item(place) => self.item(visit, place)?,
                Task::Pairs { left: 0, .. } => {}
                Task::Pairs { left, place } => {
                    self.tasks.push(Task::Pairs { left: left.saturating_sub(1), place });
                    self.tasks.push(Task::Value(place));
                    self.tasks.push(Task::Item(place));
                }
                Task::Value(place) => {
                    let key = std::mem::take(&mut self.key);
                    let below = if self.places.len() < MOST_PLACES {
                        self.notes.remember(visit, 96)?;
                        self.places.push((place, key));
                        Some(self.places.len().saturating_sub(1))
                    } else {
                        place
                    };
                    self.tasks.push(Task::Item(below));
                }
                Task::View { view, place, at, class } => self.view(visit, *view, place, at, &class)?,
            }
        }
        Ok(())
    }

    /// A number of 4 bytes, or of 8.
    fn number(&mut self, wide: bool) -> Result<i64, Fault> {
        if self.text {
            let at = self.cursor.position();
            let word = self.word()?;
            return word.parse().map_err(|_| Fault::Unparsable(format!("there is no number at byte {at}")));
        }
        if wide {
            self.cursor.array().map(i64::from_le_bytes)
        } else {
            self.cursor.array().map(i32::from_le_bytes).map(i64::from)
        }
    }

    fn size(&mut self, wide: bool) -> Result<u64, Fault> {
        let at = self.cursor.position();
        let number = self.number(wide)?;
        u64::try_from(number).map_err(|_| Fault::Unparsable(format!("a size at byte {at} is {number}")))
    }

    fn word(&mut self) -> Result<String, Fault> {
        let mut word = String::new();
        loop {
            if !word.is_empty() && self.cursor.remaining() == 0 {
                return Ok(word);
            }
            let byte = self.cursor.u8()?;
            match (byte.is_ascii_whitespace(), word.is_empty()) {
                (true, true) => {}
                (true, false) => return Ok(word),
                (false, _) if word.len() < 64 => word.push(char::from(byte)),
                (false, _) => return Err(Fault::Unparsable("a word is too long".to_owned())),
            }
        }
    }

    /// A text behind its length, of which so many bytes are kept.
    fn characters(&mut self, kept: u64) -> Result<Vec<u8>, Fault> {
        let length = self.size(false)?;
        if length > self.cursor.remaining() {
            return Err(Fault::Truncated { at: self.cursor.position() });
        }
        let bytes = self.cursor.take(usize::try_from(length.min(kept)).unwrap_or_default())?.to_vec();
        self.cursor.skip(length.saturating_sub(kept))?;
        Ok(bytes)
    }

    fn item(&mut self, visit: &mut Visit<'_>, place: Option<usize>) -> Result<(), Fault> {
        let at = self.cursor.position();
        match self.number(false)? {
            0 => {}
            1 => {
                if self.text {
                    self.key = self.word()?;
                } else {
                    let number = f64::from_le_bytes(self.cursor.array()?);
                    self.key = number.to_string();
                }
            }
            2 => self.key = String::from_utf8_lossy(&self.characters(NAME_KEPT)?).into_owned(),
            3 => {
                let index = self.number(false)?;
                if self.is_new(visit, index)? {
                    let left = self.size(false)?;
                    self.tasks.push(Task::Pairs { left, place });
                }
            }
            4 => self.object(visit, at, place)?,
            5 => {
                self.number(false)?;
            }
            6 => self.function(visit, at, place)?,
            7 | 8 => {
                let index = self.number(false)?;
                if self.is_new(visit, index)? {
                    self.function(visit, at, place)?;
                }
            }
            kind => return Err(Fault::Unparsable(format!("an item at byte {at} is of the type {kind}"))),
        }
        Ok(())
    }

    fn is_new(&mut self, visit: &Visit<'_>, index: i64) -> Result<bool, Fault> {
        self.notes.remember(visit, 32)?;
        Ok(self.seen.insert(index))
    }

    /// The code of a function, and what it has closed over.
    fn function(&mut self, visit: &mut Visit<'_>, at: u64, place: Option<usize>) -> Result<(), Fault> {
        let code = self.characters(CODE_KEPT)?;
        let mut words: BTreeSet<String> = BTreeSet::new();
        for word in code.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')) {
            if (2..64).contains(&word.len()) && words.len() < 1000 {
                words.insert(String::from_utf8_lossy(word).into_owned());
            }
        }
        let words: Vec<_> = words.into_iter().collect();
        self.notes.metadata(visit, at, "function", &words.join(" "))?;
        self.tasks.push(Task::Item(place));
        Ok(())
    }

    fn object(&mut self, visit: &mut Visit<'_>, at: u64, place: Option<usize>) -> Result<(), Fault> {
        let index = self.number(false)?;
        if !self.is_new(visit, index)? {
            self.storage = self.storages.get(&index).copied();
            return Ok(());
        }
        let version = self.characters(NAME_KEPT)?;
        let class = if version.starts_with(b"V ") { self.characters(NAME_KEPT)? } else { version };
        let class = String::from_utf8_lossy(&class).into_owned();
        if self.classes.len() < MOST_CLASSES {
            self.classes.entry(class.clone()).or_insert(at);
        }
        if class.starts_with("tds.") || class == "torch.Generator" {
            return Err(Fault::Unsupported(format!("objects of the class `{}`", layout::name(&class))));
        }
        let ours = class.strip_prefix("torch.");
        if ours.is_some_and(|name| name.ends_with("Tensor")) {
            let dimensions = self.size(false)?;
            if dimensions > MOST_DIMENSIONS {
                let detail = format!("a tensor of {dimensions} dimensions");
                self.notes.problem(visit, at, Kind::BadCount, detail.as_str());
                return Err(Fault::Unparsable(detail));
            }
            let mut shape = Vec::new();
            for _ in 0..dimensions {
                shape.push(self.size(true)?);
            }
            let mut strides = Vec::new();
            for _ in 0..dimensions {
                strides.push(self.number(true)?);
            }
            let view = Box::new(Strided { shape, strides, offset: self.number(true)? });
            self.storage = None;
            self.tasks.push(Task::View { view, place, at, class });
            self.tasks.push(Task::Item(place));
        } else if let Some(name) = ours.and_then(|name| name.strip_suffix("Storage")) {
            self.elements(visit, at, index, name)?;
        } else {
            self.tasks.push(Task::Item(place));
        }
        Ok(())
    }

    /// The elements of a storage.
    fn elements(&mut self, visit: &mut Visit<'_>, at: u64, index: i64, name: &str) -> Result<(), Fault> {
        let count = self.size(true)?;
        let Some(width) = width(name) else {
            let detail = format!("a storage of the type `{}`", layout::name(name));
            self.notes.unknown_type(visit, at, name, detail.clone());
            return Err(Fault::Unsupported(detail));
        };
        let start = self.cursor.position();
        if self.text {
            let character = matches!(name, "Byte" | "Char");
            for number in 0..count {
                if number.is_multiple_of(4096) {
                    visit.budget.tick()?;
                }
                if character && self.cursor.remaining() == 0 {
                    return Err(Fault::Truncated { at: start });
                }
                self.word()?;
            }
        } else {
            let length = count.saturating_mul(width);
            if length > self.cursor.remaining() {
                let detail =
                    format!("a storage of {count} elements in a file of {} bytes", visit.input.len());
                self.notes.problem(visit, at, Kind::BadCount, detail);
            }
            self.cursor.skip(length)?;
        }
        self.notes.remember(visit, 48)?;
        self.storages.insert(index, (start, count));
        self.storage = Some((start, count));
        Ok(())
    }

    /// A tensor whose storage was read.
    fn view(
        &mut self,
        visit: &mut Visit<'_>,
        view: Strided,
        place: Option<usize>,
        at: u64,
        class: &str,
    ) -> Result<(), Fault> {
        let kind = class.trim_start_matches("torch.").trim_end_matches("Tensor");
        let name = layout::name(&self.path(place));
        let (extent, offset) = (view.extent(), view.offset);
        let shape = view.shape;
        let empty = shape.is_empty();
        let count = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
        let (start, held) = self.storage.take().unwrap_or((at, 0));
        if !empty && count.is_none_or(|count| count > held) && shape.iter().all(|size| *size > 0) {
            let detail = format!("`{name}` of {shape:?} in a storage of {held} elements");
            // A view may repeat elements, with a stride of nothing.
            self.notes.problem(visit, at, Kind::SizeMismatch, detail);
        }
        let width = if self.text { 0 } else { width(kind).unwrap_or_default() };
        let first = u64::try_from(offset).map_or(0, |offset| offset.saturating_sub(1)).min(held);
        let start = start.saturating_add(first.saturating_mul(width));
        let held = held.saturating_sub(first);
        let length = held.min(extent.unwrap_or(held)).saturating_mul(width);
        let length = if empty { 0 } else { length };
        let tensor = Tensor { name, dtype: kind.to_owned(), shape, start, length };
        self.notes.remember_tensor(visit, &tensor)?;
        visit.fact(start, What::Tensor(tensor));
        if self.text {
            visit.fact(start, What::Scattered);
        }
        Ok(())
    }

    fn path(&self, place: Option<usize>) -> String {
        let mut steps = Vec::new();
        let mut at = place;
        while let Some((parent, key)) = at.and_then(|at| self.places.get(at)).filter(|_| steps.len() < 32) {
            steps.push(key.as_str());
            at = *parent;
        }
        steps.reverse();
        steps.join(".")
    }
}

/// Bytes of an element.
fn width(name: &str) -> Option<u64> {
    Some(match name {
        "Byte" | "Char" | "CudaByte" | "CudaChar" => 1,
        "Short" | "Half" | "CudaShort" | "CudaHalf" => 2,
        "Int" | "Float" | "Cuda" | "CudaInt" | "CudaFloat" => 4,
        "Long" | "Double" | "CudaLong" | "CudaDouble" => 8,
        _ => return None,
    })
}
