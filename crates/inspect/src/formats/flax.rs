//! Flax checkpoints: a tree of maps in MessagePack, with arrays in an extension type. Reference: `flax.serialization` and
//! the specification of MessagePack.

mod array;
mod token;

use std::collections::HashSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::graph::References;
use super::layout::{Notes, name};
use super::orbax::store;
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{flax, one};
use crate::text;
use crate::walk::Visit;
use token::{Token, begins, token};

/// Flax's MessagePack.
pub static FORMAT: Format = Format {
    id: "flax",
    title: "Flax checkpoint",
    extensions: &["flax", "msgpack"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "Every value of the tree, up to 1024 levels: arrays, numpy scalars and complex numbers in their extension types, \
           arrays in chunks against the shape they are put together to, texts as metadata, keys that stand twice. Bytes \
           that are a program, an archive or a pickle are inspected as files of their own. MessagePack that Flax did not \
           write is read in the same way when its name ends in `.msgpack`.",
    recognise,
    read,
    samples: || one("flax_model.msgpack", flax::model()),
};

/// Key of a map that stands for an array in several pieces.
const CHUNKED: &str = "__msgpack_chunked_array__";

/// Levels that ordinary trees stay below, and where the reader of the library ends.
const ORDINARY: usize = 64;
const DEEPEST: usize = 1024;

/// Bytes kept of the path to a value, and of a key.
const PATH_KEPT: usize = 4096;

/// Bytes kept of a text.
const TEXT_KEPT: u64 = 1 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = || Recognition::guess_if(probe.ends_with(FORMAT.extensions) && !probe.is_text());
    if !begins(&probe.head) {
        return named();
    }
    let mut cursor = Cursor::new(&Input::bytes(probe.head.clone()));
    let mut open = 1_u64;
    while open > 0 {
        open = open.saturating_sub(1);
        match token(&mut cursor) {
            Ok(Token::Map(count)) => open = open.saturating_add(count.saturating_mul(2)),
            Ok(Token::Array(count)) => open = open.saturating_add(count),
            Ok(Token::Text { at, length }) => {
                if length == CHUNKED.len() as u64
                    && probe.has_at(usize::try_from(at).unwrap_or(0), CHUNKED.as_bytes())
                {
                    return Recognition::Certain;
                }
                if cursor.skip(length).is_err() {
                    return named();
                }
            }
            Ok(Token::Extension { code, at, length }) => {
                let inside = usize::try_from(at).ok().and_then(|at| probe.head.get(at..));
                if matches!((code, inside), (1 | 3, Some([0x93, 0x90..=0x9f | 0xdc, ..]))) {
                    return Recognition::Certain;
                }
                if cursor.skip(length).is_err() {
                    return named();
                }
            }
            Ok(Token::Bytes { length, .. }) => {
                if cursor.skip(length).is_err() {
                    return named();
                }
            }
            Ok(_) => {}
            Err(_) => return named(),
        }
    }
    named()
}

/// What a container is to the map that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// `shape` of a map.
    Shape,
    /// `chunks` of a map.
    Chunks,
}

/// A container that is not at its end.
#[derive(Debug)]
struct Open {
    /// Values still to come.
    left: u64,
    /// How many there were.
    passed: u64,
    /// Keys seen until now; nothing for a list.
    keys: Option<HashSet<String>>,
    role: Role,
    /// Offset, length of the path to it, and tensors in front of it.
    at: u64,
    path: usize,
    before: usize,
    /// It has the key of an array in pieces.
    chunked: bool,
    /// What stands under `shape`.
    shape: Vec<u64>,
    /// Memory taken for it.
    held: u64,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let cursor = Cursor::new(&visit.input);
    let mut reader = Reader {
        visit,
        notes: Notes::default(),
        cursor,
        path: String::new(),
        open: Vec::new(),
        tensors: Vec::new(),
        blobs: Vec::new(),
        references: References::default(),
    };
    let result = reader.run();
    let Reader { visit, mut notes, cursor, tensors, mut blobs, .. } = reader;
    blobs.extend(tensors.iter().map(|tensor| (tensor.start, tensor.length)));
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    notes.disguised(visit, blobs)?;
    result?;
    notes.behind(visit, cursor.position()..visit.input.len(), 1)
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    notes: Notes,
    cursor: Cursor,
    /// Keys from the root, joined by `/`.
    path: String,
    open: Vec<Open>,
    tensors: Vec<Tensor>,
    blobs: Vec<(u64, u64)>,
    references: References,
}

impl Reader<'_, '_> {
    fn run(&mut self) -> Result<(), Fault> {
        let mut values = 0_u64;
        self.value(Role::Plain)?;
        while let Some(container) = self.open.last_mut() {
            values = values.saturating_add(1);
            if values.is_multiple_of(1024) {
                self.visit.budget.tick()?;
            }
            let path = container.path;
            self.path.truncate(path);
            if container.left == 0 {
                self.close();
                continue;
            }
            container.left = container.left.saturating_sub(1);
            let place = container.passed;
            container.passed = place.saturating_add(1);
            let role = if container.keys.is_some() {
                self.key(place)?
            } else {
                self.enter(&place.to_string());
                Role::Plain
            };
            self.value(role)?;
        }
        Ok(())
    }

    /// What stands here, where lengths are compared with what is left.
    fn token(&mut self) -> Result<Token, Fault> {
        let at = self.cursor.position();
        let token = token(&mut self.cursor)?;
        let (what, wanted) = match token {
            Token::Text { length, .. } => ("a text", length),
            Token::Bytes { length, .. } | Token::Extension { length, .. } => ("a value", length),
            Token::Array(count) => ("a list", count),
            Token::Map(count) => ("a map", count.saturating_mul(2)),
            _ => return Ok(token),
        };
        let left = self.cursor.remaining();
        if wanted > left {
            let detail = format!("{what} wants {wanted} bytes or more, with {left} left in the file");
            self.notes.problem(self.visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible length could be read".to_owned()));
        }
        Ok(token)
    }

    /// The bytes of a text or of bytes, up to a limit; the cursor moves behind them.
    fn text(&mut self, length: u64) -> Result<Vec<u8>, Fault> {
        let end = self.cursor.position().saturating_add(length);
        let kept = usize::try_from(length.min(TEXT_KEPT)).unwrap_or(usize::MAX);
        let bytes = self.cursor.take(kept)?.to_vec();
        self.cursor.seek(end);
        Ok(bytes)
    }

    /// The container around the one that is read.
    fn above(&mut self) -> Option<&mut Open> {
        self.open.len().checked_sub(2).and_then(|above| self.open.get_mut(above))
    }

    fn enter(&mut self, key: &str) {
        if self.path.len() < PATH_KEPT {
            if !self.path.is_empty() {
                self.path.push('/');
            }
            self.path.push_str(&name(key));
        }
    }

    /// Reads a key, and says what its value is to the map.
    fn key(&mut self, place: u64) -> Result<Role, Fault> {
        let at = self.cursor.position();
        let key = match self.token()? {
            Token::Text { length, .. } => {
                let bytes = self.text(length)?;
                if std::str::from_utf8(&bytes).is_err() {
                    self.notes.problem(self.visit, at, Kind::BadText, "a key is not UTF-8");
                }
                text::kept(&bytes, PATH_KEPT)
            }
            Token::Bytes { length, .. } => text::kept(&self.text(length)?, PATH_KEPT),
            // Flax refuses such keys; others write them.
            Token::Number(Some(number)) => number.to_string(),
            Token::Array(_) | Token::Map(_) | Token::Extension { .. } => {
                self.notes.problem(self.visit, at, Kind::BadValue, "a key is no text");
                return Err(Fault::Unsupported("a key that is no text could not be read".to_owned()));
            }
            _ => {
                self.notes.problem(self.visit, at, Kind::BadValue, "a key is no text");
                place.to_string()
            }
        };
        let room = 128_u64.saturating_add((key.len() as u64).saturating_mul(2));
        self.notes.remember(self.visit, room)?;
        self.enter(&key);
        let above = self.above().is_some_and(|map| map.chunked);
        let Some(map) = self.open.last_mut() else { return Ok(Role::Plain) };
        map.held = map.held.saturating_add(room);
        map.chunked |= key == CHUNKED;
        let role = match key.as_str() {
            "shape" => Role::Shape,
            "chunks" => Role::Chunks,
            _ => Role::Plain,
        };
        let out_of_place = above && map.role == Role::Chunks && key != place.to_string();
        let new = map.keys.as_mut().is_none_or(|keys| keys.insert(key));
        if !new {
            let detail = format!("the key `{}` stands twice", name(&self.path));
            self.notes.problem(self.visit, at, Kind::Duplicate, detail);
        } else if out_of_place {
            let detail = format!("`{}` stands where the piece {place} of an array belongs", name(&self.path));
            self.notes.problem(self.visit, at, Kind::BadValue, detail);
        }
        Ok(role)
    }

    /// Reads a value; a container is only opened.
    fn value(&mut self, role: Role) -> Result<(), Fault> {
        let at = self.cursor.position();
        match self.token()? {
            Token::Map(count) => self.open(at, count, true, role)?,
            Token::Array(count) => self.open(at, count, false, role)?,
            Token::Text { length, .. } => {
                let bytes = self.text(length)?;
                if std::str::from_utf8(&bytes).is_err() && length <= TEXT_KEPT {
                    let detail = format!("the text `{}` is not UTF-8", name(&self.path));
                    self.notes.problem(self.visit, at, Kind::BadText, detail);
                }
                let value = String::from_utf8_lossy(&bytes);
                self.store(at, &value)?;
                self.notes.metadata(self.visit, at, &self.path, &value)?;
            }
            Token::Bytes { at, length } => {
                self.cursor.skip(length)?;
                self.notes.remember(self.visit, 16)?;
                self.blobs.push((at, length));
            }
            Token::Extension { code, at, length } => {
                self.extension(code, at, length)?;
                self.cursor.seek(at.saturating_add(length));
            }
            Token::Number(Some(number)) => {
                let in_shape = self.open.last().is_some_and(|container| container.role == Role::Shape);
                if let Some(map) = self.above().filter(|map| in_shape && map.shape.len() < array::DIMENSIONS)
                {
                    map.shape.push(number);
                }
            }
            Token::Number(None) | Token::Other => {}
        }
        Ok(())
    }

    /// A text that says where the arrays of a spec of TensorStore are.
    fn store(&mut self, at: u64, value: &str) -> Result<(), Fault> {
        let mut keys = self.path.rsplit('/');
        let key = keys.next().unwrap_or_default();
        if key != "kvstore" && !keys.any(|key| key == "kvstore") {
            return Ok(());
        }
        let target = match key {
            "bucket" => store::bucket_address(value, ""),
            key if store::PLACES.contains(&key) => value.to_owned(),
            _ => return Ok(()),
        };
        self.references.add(self.visit, &mut self.notes, at, store::ARRAYS, &target)
    }

    fn open(&mut self, at: u64, left: u64, map: bool, role: Role) -> Result<(), Fault> {
        let depth = self.open.len().saturating_add(1);
        if depth == ORDINARY.saturating_add(1) {
            let detail = format!("values are nested more than {ORDINARY} levels deep");
            self.notes.problem(self.visit, at, Kind::TooDeep, detail);
        }
        if depth > DEEPEST {
            return Err(Fault::Unsupported(format!("nested more than {DEEPEST} levels deep")));
        }
        self.notes.remember(self.visit, 256)?;
        self.open.push(Open {
            left,
            passed: 0,
            keys: map.then(HashSet::new),
            role,
            at,
            path: self.path.len(),
            before: self.tensors.len(),
            chunked: false,
            shape: Vec::new(),
            held: 256,
        });
        Ok(())
    }

    /// A container is at its end.
    fn close(&mut self) {
        let Some(container) = self.open.pop() else { return };
        self.notes.forget(container.held);
        if container.chunked {
            self.chunks(&container);
        }
    }

    /// The pieces of an array against the shape that they are put together to.
    fn chunks(&mut self, map: &Open) {
        let path = name(&self.path);
        let pieces = self.tensors.get(map.before..).unwrap_or_default();
        let Some(first) = pieces.first() else {
            let detail = format!("`{path}` is an array in pieces without any");
            self.notes.problem(self.visit, map.at, Kind::Missing, detail);
            return;
        };
        if let Some(other) = pieces.iter().find(|piece| piece.dtype != first.dtype) {
            let detail =
                format!("the pieces of `{path}` are of the types `{}` and `{}`", first.dtype, other.dtype);
            self.notes.problem(self.visit, map.at, Kind::BadValue, detail);
        }
        let has = |shape: &[u64]| shape.iter().try_fold(1_u64, |all, dimension| all.checked_mul(*dimension));
        let total = pieces.iter().try_fold(0_u64, |all, piece| all.checked_add(has(&piece.shape)?));
        let wanted = has(&map.shape);
        if wanted.is_none() || total != wanted {
            let total = total.map_or("too many".to_owned(), |total| total.to_string());
            let detail = format!(
                "the pieces of `{path}` have {total} elements, but its shape is {}",
                super::safetensors::Shape(&map.shape)
            );
            self.notes.problem(self.visit, map.at, Kind::SizeMismatch, detail);
        }
    }
}
