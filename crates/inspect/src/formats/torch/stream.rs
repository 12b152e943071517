//! What `torch.save` wrote before 1.6: five pickles (a magic number, a version, sizes of the machine's types, the object, the
//! keys of its storages), then for each key the number of elements and the raw bytes.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::problem::Kind;

use super::{ENDINGS, Views, item_size, note_storage};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::pickle::{Context, Storage, walk_program};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::torch;
use crate::walk::Visit;

/// The stream of five pickles.
pub static FORMAT: Format = Format {
    id: "torch-stream",
    title: "PyTorch stream",
    extensions: ENDINGS,
    support: Support::Inspected,
    carries_code: true,
    refines: &["pickle"],
    docs: "What PyTorch wrote before 1.6. Begins with the pickle of its magic number, written as a literal. All five pickles are \
           walked, the sizes of the storages behind them are checked, and what stands behind the last is inspected on its \
           own. A magic number that is computed is none: such a file is read as a stack of pickles.",
    recognise,
    read,
    samples: || vec![("model.pth".to_owned(), torch::stream())],
};

/// `LONG1` with the ten bytes of 0x1950a86a20f9469cfc6c, then `STOP`.
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

fn recognise(probe: &Probe<'_>) -> Recognition {
    let protocol = matches!(probe.head.first_chunk(), Some([0x80, 2..=5]));
    Recognition::certain_if(protocol && probe.has_at(2, MAGIC))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    let mut storages: BTreeMap<String, Storage> = BTreeMap::new();
    let mut collect = |storage: Storage| {
        storages.entry(storage.key.clone()).or_insert(storage);
    };
    let mut context = Context::collecting(&mut collect);
    let mut keys = Vec::new();
    let mut views = Views::new();
    for number in 1..=5 {
        if number == 5 {
            keys = texts(visit, cursor.position())?;
        }
        let outcome = walk_program(visit, &mut cursor, &mut context)?;
        if !outcome.stopped {
            return Ok(());
        }
        for view in outcome.views {
            views.entry(view.storage.clone()).or_default().push(view);
        }
    }
    read_storages(visit, &mut cursor, (&storages, &views), &keys)?;
    let end = cursor.position();
    if cursor.remaining() > 0 {
        visit.problem(
            end,
            Kind::TrailingBytes,
            format!("{} behind the last storage", crate::text::count(cursor.remaining(), "byte")),
        );
        visit.embed("trailing-data", visit.input.from(end))?;
    }
    Ok(())
}

/// The raw bytes, in the order of the keys.
fn read_storages(
    visit: &mut Visit<'_>,
    cursor: &mut Cursor,
    (storages, views): (&BTreeMap<String, Storage>, &Views),
    keys: &[String],
) -> Result<(), Fault> {
    for key in keys {
        visit.budget.tick()?;
        let at = cursor.position();
        let Some(storage) = storages.get(key) else {
            visit.problem(
                at,
                Kind::Hidden,
                format!("there are bytes for the storage `{key}`, but nothing asks for them"),
            );
            return Ok(());
        };
        let elements = cursor.u64()?;
        if elements != storage.elements {
            let message = format!(
                "the storage `{key}` has {elements} elements, but {} are asked for",
                storage.elements
            );
            visit.problem(at, Kind::SizeMismatch, message);
        }
        note_storage(visit, key, storage, (cursor.position(), false), views.get(key));
        match storage.class.as_ref().and_then(item_size).and_then(|size| size.checked_mul(elements)) {
            Some(length) => cursor.skip(length)?,
            None => return Ok(()),
        }
    }
    let keys: BTreeSet<_> = keys.iter().collect();
    for (key, storage) in storages.iter().filter(|(key, _)| !keys.contains(key)) {
        visit.problem(
            storage.at,
            Kind::Missing,
            format!("the storage `{key}` is asked for, but there are no bytes for it"),
        );
    }
    Ok(())
}

/// The longest key that is read.
const LONGEST_KEY: usize = 4096;
/// Keys of one file.
const MOST_KEYS: usize = 1_000_000;

/// The texts in a pickled list of texts. The program is walked as every other; this only reads what it spells out.
fn texts(visit: &Visit<'_>, start: u64) -> Result<Vec<String>, Fault> {
    let mut cursor = Cursor::at(&visit.input, start);
    let mut texts = Vec::new();
    while texts.len() < MOST_KEYS {
        let length = match cursor.u8()? {
            b'.' => break,
            // PROTO, BINPUT, BINGET and FRAME with what they take.
            0x80 | b'q' | b'h' => {
                cursor.skip(1)?;
                continue;
            }
            b'r' | b'j' => {
                cursor.skip(4)?;
                continue;
            }
            0x95 => {
                cursor.skip(8)?;
                continue;
            }
            b'X' => cursor.u32()?,
            0x8c => u32::from(cursor.u8()?),
            _ => continue,
        };
        let length = usize::try_from(length).ok().filter(|length| *length <= LONGEST_KEY);
        let Some(length) = length else { break };
        texts.push(String::from_utf8_lossy(cursor.take(length)?).into_owned());
    }
    Ok(texts)
}
