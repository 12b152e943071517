//! The keys of GGUF and their values: rules for keys, bounds of arrays, and the few keys that the file's structure needs.

use std::collections::HashSet;

use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::ALIGNMENT;
use super::reader::Reader;
use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Longest key.
const KEY_LIMIT: usize = 65_535;

/// Arrays inside arrays.
const MOST_DEPTH: usize = 8;

/// Chat templates that are inspected; models have a handful.
const MOST_TEMPLATES: u64 = 64;

/// Arrays of at most so many texts are kept as text.
const SHORT: u64 = 64;

/// What the structure of the file depends on.
#[derive(Debug, Default)]
pub(super) struct Keys {
    alignment: Alignment,
    architecture: bool,
    kind: Option<String>,
    split_number: Option<u64>,
    split_count: Option<u64>,
    split_tensors: Option<u64>,
    templates: u64,
}

#[derive(Debug, Default)]
enum Alignment {
    #[default]
    Unsaid,
    Said(u64),
    Unusable,
}

impl Keys {
    /// Whether the key that every model must have is absent. Parts of a model behind the first do not have it, nor do
    /// files that are no models and say so.
    pub(super) fn needs_architecture(&self) -> bool {
        let model = self.kind.as_deref().is_none_or(|kind| kind == "model");
        !self.architecture && model && self.split_number.is_none_or(|number| number == 0)
    }

    /// The part of a set that this is.
    pub(super) fn split(&self) -> Option<What> {
        let number = self.split_number?;
        let count = self.split_count?;
        Some(What::Split { number, count, tensors: self.split_tensors })
    }

    /// The alignment of tensors, when it can be used.
    pub(super) fn alignment(&self) -> Option<u64> {
        match self.alignment {
            Alignment::Unsaid => Some(ALIGNMENT),
            Alignment::Said(alignment) => Some(alignment),
            Alignment::Unusable => None,
        }
    }

    fn note(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("general.architecture", Value::Text(text)) => self.architecture = !text.is_empty(),
            ("general.type", Value::Text(text)) => self.kind = Some(text.clone()),
            ("split.no", Value::Number(number)) => self.split_number = Some(*number),
            ("split.count", Value::Number(number)) => self.split_count = Some(*number),
            ("split.tensors.count", Value::Number(number)) => self.split_tensors = Some(*number),
            _ => {}
        }
    }
}

/// A value, as far as it is kept.
enum Value {
    Number(u64),
    Text(String),
    Other(String),
}

/// Reads all keys and values.
pub(super) fn read(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    reader: &mut Reader,
    count: u64,
) -> Result<Keys, Fault> {
    let mut keys = Keys::default();
    let mut seen = HashSet::new();
    for index in 0..count {
        if index.is_multiple_of(1024) {
            visit.budget.tick()?;
        }
        let at = reader.cursor.position();
        let bytes = reader.text(visit, notes, KEY_LIMIT)?;
        let key = String::from_utf8_lossy(&bytes).into_owned();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let detail = format!("the key `{}` is not of printable ASCII", name(&key));
            notes.problem(visit, at, Kind::BadText, detail);
        }
        notes.remember(visit, (bytes.len() as u64).saturating_add(64))?;
        if !seen.insert(bytes) {
            notes.problem(visit, at, Kind::Duplicate, format!("the key `{}` stands twice", name(&key)));
        }
        let number = reader.u32()?;
        if is_main_template(&key) && !matches!(number, STRING | ARRAY) {
            let detail = format!("`{}` is a template and no text", name(&key));
            notes.problem(visit, at, Kind::BadValue, detail);
        }
        let value = Values { visit, notes, reader, keys: &mut keys, key: &key }.value(number, 0)?;
        if key == "general.alignment" {
            keys.alignment = alignment(visit, notes, at, number, &value);
        }
        keys.note(&key, &value);
        let shown = match value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) | Value::Other(text) => text,
        };
        notes.metadata(visit, at, &key, &shown)?;
    }
    Ok(keys)
}

fn alignment(visit: &mut Visit<'_>, notes: &mut Notes, at: u64, number: u32, value: &Value) -> Alignment {
    let said = match value {
        Value::Number(said) if number == UINT32 => *said,
        _ => {
            notes.problem(visit, at, Kind::BadValue, "`general.alignment` is not a number of 32 bits");
            return Alignment::Unusable;
        }
    };
    if said.is_power_of_two() && said.is_multiple_of(8) {
        return Alignment::Said(said);
    }
    let detail = format!("`general.alignment` is {said}, not a power of two and multiple of 8");
    notes.problem(visit, at, Kind::BadValue, detail);
    if said.is_power_of_two() { Alignment::Said(said) } else { Alignment::Unusable }
}

/// Numbers of the types of values.
const UINT32: u32 = 4;
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a value of a type of fixed size.
fn size(number: u32) -> Option<u64> {
    Some(match number {
        0 | 1 | BOOL => 1,
        2 | 3 => 2,
        UINT32 | 5 | 6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

struct Values<'a, 'v> {
    visit: &'a mut Visit<'v>,
    notes: &'a mut Notes,
    reader: &'a mut Reader,
    keys: &'a mut Keys,
    key: &'a str,
}

impl Values<'_, '_> {
    fn value(&mut self, number: u32, depth: usize) -> Result<Value, Fault> {
        let reader = &mut *self.reader;
        let at = reader.cursor.position();
        Ok(match number {
            0 => Value::Number(reader.array().map(u8::from_le_bytes)?.into()),
            1 => signed(reader.array().map(i8::from_le_bytes)?.into()),
            2 => Value::Number(reader.array().map(u16::from_le_bytes)?.into()),
            3 => signed(reader.array().map(i16::from_le_bytes)?.into()),
            UINT32 => Value::Number(reader.u32()?.into()),
            5 => signed(reader.array().map(i32::from_le_bytes)?.into()),
            6 => Value::Other(reader.array().map(f32::from_le_bytes)?.to_string()),
            BOOL => {
                let [byte] = reader.array()?;
                if byte > 1 {
                    let detail = format!("`{}` is neither true nor false, but {byte}", name(self.key));
                    self.notes.problem(self.visit, at, Kind::BadValue, detail);
                }
                Value::Other((byte != 0).to_string())
            }
            STRING => self.text(at)?,
            ARRAY => self.array(at, depth)?,
            10 => Value::Number(reader.u64()?),
            11 => signed(reader.array().map(i64::from_le_bytes)?),
            12 => Value::Other(reader.array().map(f64::from_le_bytes)?.to_string()),
            _ => {
                let detail = format!("`{}` is of the type number {number}", name(self.key));
                self.notes.problem(self.visit, at, Kind::BadValue, detail);
                return Err(Fault::Unsupported(
                    "nothing behind a value of unknown type could be read".to_owned(),
                ));
            }
        })
    }

    fn text(&mut self, at: u64) -> Result<Value, Fault> {
        let length = self.reader.text_length(self.visit, self.notes)?;
        let start = self.reader.cursor.position();
        self.reader.cursor.skip(length)?;
        let bytes = self.visit.input.slice(start, length);
        if is_template(self.key) {
            self.keys.templates = self.keys.templates.saturating_add(1);
            if self.keys.templates == MOST_TEMPLATES.saturating_add(1) {
                self.visit.incomplete("more chat templates than are inspected");
            } else if self.keys.templates <= MOST_TEMPLATES {
                let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
                let member: String = self.key.chars().take(100).map(safe).collect();
                self.visit.embed(&format!("{member}.jinja"), bytes)?;
            }
            return Ok(Value::Other(format!("a template of {length} bytes")));
        }
        // One byte more than is kept of a value, so that it is seen to be longer.
        let kept = bytes.read(0, (1 << 20) + 1)?;
        let (text, valid) = match std::str::from_utf8(&kept) {
            Ok(text) => (text.to_owned(), true),
            Err(error) => {
                let cut = error.error_len().is_none() && (kept.len() as u64) < length;
                (String::from_utf8_lossy(&kept).into_owned(), cut)
            }
        };
        if !valid {
            let detail = format!("the value of `{}` is not UTF-8", name(self.key));
            self.notes.problem(self.visit, at, Kind::BadText, detail);
        }
        Ok(Value::Text(text))
    }

    fn array(&mut self, at: u64, depth: usize) -> Result<Value, Fault> {
        if depth == MOST_DEPTH {
            let detail = format!("`{}` has arrays nested more than {MOST_DEPTH} deep", name(self.key));
            self.notes.problem(self.visit, at, Kind::TooDeep, detail);
            return Err(Fault::Unsupported("nothing behind the nested arrays could be read".to_owned()));
        }
        let number = self.reader.u32()?;
        let count = self.reader.length()?;
        if is_main_template(self.key) {
            let detail = format!("`{}` is a template and no text", name(self.key));
            self.notes.problem(self.visit, at, Kind::BadValue, detail);
        }
        let least = match number {
            STRING => self.reader.width(),
            ARRAY => self.reader.width().saturating_add(4),
            _ => size(number).unwrap_or(1),
        };
        if count.saturating_mul(least) > self.reader.cursor.remaining() {
            let detail = format!(
                "`{}` has {count} items in a file of {} bytes",
                name(self.key),
                self.visit.input.len()
            );
            self.notes.problem(self.visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
        match (number, size(number)) {
            (STRING, _) if count <= SHORT || is_template(self.key) => {
                let mut words = Vec::new();
                for index in 0..count {
                    if index.is_multiple_of(4096) {
                        self.visit.budget.tick()?;
                    }
                    match self.text(at)? {
                        Value::Text(word) | Value::Other(word) if index < SHORT => words.push(word),
                        _ => {}
                    }
                }
                return Ok(Value::Other(words.join(", ")));
            }
            (STRING, _) => {
                for index in 0..count {
                    if index.is_multiple_of(65_536) {
                        self.visit.budget.tick()?;
                    }
                    let length = self.reader.text_length(self.visit, self.notes)?;
                    self.reader.cursor.skip(length)?;
                }
            }
            (ARRAY, _) => {
                for index in 0..count {
                    if index.is_multiple_of(4096) {
                        self.visit.budget.tick()?;
                    }
                    let at = self.reader.cursor.position();
                    self.array(at, depth.saturating_add(1))?;
                }
            }
            (_, Some(size)) => self.reader.cursor.skip(count.saturating_mul(size))?,
            (_, None) => {
                let detail = format!("the items of `{}` are of the type number {number}", name(self.key));
                self.notes.problem(self.visit, at, Kind::BadValue, detail);
                return Err(Fault::Unsupported(
                    "nothing behind a value of unknown type could be read".to_owned(),
                ));
            }
        }
        Ok(Value::Other(format!("an array of {count} items")))
    }
}

/// The key that loaders take the template from.
fn is_main_template(key: &str) -> bool {
    key == "tokenizer.chat_template"
}

/// `tokenizer.chat_template`, `tokenizer.chat_template.<name>`, and what a loader could take for one of them: a key with
/// a part that begins so, however it is written.
fn is_template(key: &str) -> bool {
    const WORD: &str = "chat_template";
    // `tokenizer.chat_templates` lists the names of the others.
    key != "tokenizer.chat_templates"
        && key
            .split('.')
            .any(|part| part.get(..WORD.len()).is_some_and(|part| part.eq_ignore_ascii_case(WORD)))
}

fn signed(number: i64) -> Value {
    u64::try_from(number).map_or_else(|_| Value::Other(number.to_string()), Value::Number)
}
