//! TensorFlow checkpoints: an index that says what tensors there are, and where each lies in the files of data beside it.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::graph::References;
use super::layout::{Notes, name};
use super::pbtxt::{Lexer, Token};
use super::protobuf::{Value, Wire};
use super::safetensors::Shape;
use super::sstable::{self, Entry};
use super::tensorflow::{dtype, read_shape};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{self, tensorflow as sample};
use crate::walk::Visit;

/// Indexes of checkpoints.
pub static INDEX: Format = Format {
    id: "tensorflow-checkpoint",
    title: "Index of a TensorFlow checkpoint",
    extensions: &["index"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The table is read whole: its footer, the place and CRC-32C of every block, every key, and every tensor with type, \
           shape and its place in a file of data, which is read by what the index says of it. The checksums of tensors are \
           not compared. Checkpoints of version 1, whose blocks are compressed, and other tables of the same kind are listed \
           as not inspected.",
    recognise: |probe| Recognition::certain_if(sstable::is_table(probe)),
    read,
    samples: || sample::checkpoint("variables/variables", &[("a", 1, &[2, 2], 16), ("b", 3, &[3], 12)]),
};

/// Which checkpoint is the newest.
pub static STATE: Format = Format {
    id: "tensorflow-checkpoint-state",
    title: "List of TensorFlow checkpoints",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The file `checkpoint`: every path in it becomes a setting.",
    recognise: recognise_state,
    read: read_state,
    samples: || samples::one("checkpoint", sample::STATE),
};

/// Files of data of one checkpoint; the number is written with five digits.
const MOST_SHARDS: u64 = 100_000;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut bundle = Bundle { prefix: prefix(visit), ..Bundle::default() };
    match sstable::first_value(&visit.input) {
        // A value of version 1 begins with a message, one of a bundle with a number.
        Some((key, value)) if key.is_empty() && value.first() == Some(&0x0a) => {
            return Err(Fault::Unsupported("a checkpoint of version 1 is not supported".to_owned()));
        }
        Some((key, _)) if !key.is_empty() => {
            return Err(Fault::Unsupported("a table that is no checkpoint".to_owned()));
        }
        _ => {}
    }
    sstable::read(visit, &mut notes, |visit, notes, entry| bundle.entry(visit, notes, entry))?;
    bundle.finish(visit, &mut notes)
}

/// What the names of the files of data begin with.
fn prefix(visit: &Visit<'_>) -> String {
    let name = visit.file_name;
    let stem = name.len().checked_sub(".index".len()).and_then(|at| name.split_at_checked(at));
    match stem {
        Some((stem, ending)) if ending.eq_ignore_ascii_case(".index") => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// What is gathered from a bundle.
#[derive(Debug, Default)]
struct Bundle {
    prefix: String,
    shards: u64,
    references: References,
    /// Number of the file, tensor.
    tensors: Vec<(u64, u64, Tensor)>,
}

impl Bundle {
    fn entry(&mut self, visit: &mut Visit<'_>, notes: &mut Notes, entry: &Entry<'_>) -> Result<(), Fault> {
        let mut wire = Wire::new(&Input::bytes(entry.value.to_vec()));
        let read = if entry.key.is_empty() {
            self.header(visit, notes, &mut wire, entry.at)
        } else {
            self.tensor(visit, notes, &mut wire, entry)
        };
        match read {
            Err(Fault::Unparsable(_) | Fault::Truncated { .. }) => {
                let detail = format!("the entry `{}` cannot be parsed", key_name(entry.key));
                notes.problem(visit, entry.at, Kind::BadValue, detail);
                visit.incomplete("an entry of the index could not be parsed");
                Ok(())
            }
            other => other,
        }
    }

    /// `BundleHeaderProto`.
    fn header(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        wire: &mut Wire,
        at: u64,
    ) -> Result<(), Fault> {
        let mut message = wire.whole();
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(shards)) => self.shards = shards,
                (2, Value::Number(1)) => notes.metadata(visit, at, "endianness", "big")?,
                (2, Value::Number(order @ 2..)) => {
                    notes.problem(visit, at, Kind::BadValue, format!("an order of bytes numbered {order}"));
                }
                _ => {}
            }
        }
        if self.shards > MOST_SHARDS {
            let detail = format!("{} files of data, more than their names can number", self.shards);
            notes.problem(visit, at, Kind::BadCount, detail);
        }
        notes.metadata(visit, at, "num_shards", &self.shards.to_string())
    }

    /// `BundleEntryProto`.
    fn tensor(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        wire: &mut Wire,
        entry: &Entry<'_>,
    ) -> Result<(), Fault> {
        let mut message = wire.whole();
        let (mut dtype, mut shard, mut start, mut length) = (0, 0, 0, 0);
        let mut shape = Vec::new();
        let (mut open, mut slices) = (false, false);
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(number)) => dtype = number,
                (2, Value::Bytes(message)) => open = read_shape(wire, message, &mut shape)?,
                (3, Value::Number(number)) => shard = number,
                (4, Value::Number(number)) => start = number,
                (5, Value::Number(number)) => length = number,
                (7, Value::Bytes(_)) => slices = true,
                _ => {}
            }
        }
        let shown = key_name(entry.key);
        if shard >= self.shards.clamp(1, MOST_SHARDS) {
            let detail = format!("`{shown}` lies in file {shard} of {}", self.shards);
            notes.problem(visit, entry.at, Kind::OutOfBounds, detail);
            return Ok(());
        }
        // A tensor in pieces has its bytes under the keys of the pieces.
        if slices {
            return Ok(());
        }
        if !dtype::is_known(dtype) {
            let detail = format!("`{shown}` is of type {dtype}");
            notes.unknown_type(visit, entry.at, &dtype::name(dtype), detail);
        } else if let Some(bits) = dtype::bits(dtype) {
            let needed = shape.iter().try_fold(bits, |bits, dimension: &u64| bits.checked_mul(*dimension));
            if open || needed.map(|bits| bits / 8) != Some(length) {
                let (dtype, shape) = (dtype::name(dtype), Shape(&shape));
                let detail =
                    format!("`{shown}` is of type {dtype} and shape {shape}, but has {length} bytes");
                notes.problem(visit, entry.at, Kind::SizeMismatch, detail);
            }
        }
        let dtype = dtype::name(dtype);
        let tensor = Tensor { name: shown, dtype, shape, start, length };
        notes.remember_tensor(visit, &tensor)?;
        self.tensors.push((shard, entry.at, tensor));
        Ok(())
    }

    /// Notes the tensors in the order in which they lie in the files of data.
    fn finish(mut self, visit: &mut Visit<'_>, notes: &mut Notes) -> Result<(), Fault> {
        self.tensors.sort_by_key(|(shard, _, tensor)| (*shard, tensor.start, tensor.length));
        for (shard, at, tensor) in self.tensors {
            visit.budget.tick()?;
            let file = format!("{}.data-{shard:05}-of-{:05}", self.prefix, self.shards.max(1));
            self.references.tensor(visit, notes, at, &file, tensor)?;
        }
        Ok(())
    }
}

/// A key for people. That of a piece of a tensor is zero, the name of the tensor with a closing mark, and numbers.
fn key_name(key: &[u8]) -> String {
    let Some(piece) = key.strip_prefix(&[0]) else { return name(&crate::text::escaped(key)) };
    let end = piece.windows(2).position(|mark| mark == [0, 1]).unwrap_or(piece.len());
    let (tensor, numbers) = piece.split_at_checked(end).unwrap_or((piece, &[]));
    let numbers: String = numbers.iter().skip(2).map(|byte| format!("{byte:02x}")).collect();
    name(&format!("{} (piece {numbers})", crate::text::escaped(tensor)))
}

/// The field that every list of checkpoints has.
const NEWEST: &str = "model_checkpoint_path";

fn recognise_state(probe: &Probe<'_>) -> Recognition {
    let named = probe.name == "checkpoint" && probe.is_text();
    let first = Lexer::new(&probe.head).next();
    let content = match first {
        Ok(Some(Token::Word(word))) => matches!(word, NEWEST | "all_model_checkpoint_paths"),
        // Nothing but remarks, as far as the head goes.
        Ok(None) => !probe.is_whole(),
        _ => false,
    };
    Recognition::certain_if(named && content)
}

/// The longest list that is read.
const LONGEST: u64 = 1 << 20;

fn read_state(visit: &mut Visit<'_>) -> Result<(), Fault> {
    /// Paths kept of one list.
    const MOST: usize = 10_000;
    if visit.input.len() > LONGEST {
        return Err(Fault::Unsupported(format!("a list of more than {LONGEST} bytes")));
    }
    let text = visit.input.read(0, LONGEST)?;
    let mut lexer = Lexer::new(&text);
    let mut field = String::new();
    let mut count = 0_usize;
    let mut at = 0;
    while let Some(token) = lexer.next()? {
        match token {
            Token::Word(word) => field = name(word),
            Token::Text(path) => {
                count = count.saturating_add(1);
                if count > MOST {
                    visit.incomplete(format!("only the first {MOST} paths were looked at"));
                    return Ok(());
                }
                let value = crate::text::kept(&path, 4096);
                visit.fact(at, What::Setting { key: field.clone(), value });
            }
            Token::Mark(_) => {}
        }
        at = lexer.position();
    }
    Ok(())
}
