//! CatBoost models: `CBM1`, a size, a `FlatBuffers` core, and behind it the parts that the core names.
//! Schema: `catboost/libs/model/flatbuffers/model.fbs`.

use weighbridge_domain::facts::problem::Kind;

use super::flatbuffers::{Flat, List, Stop, Table};
use super::layout::{Notes, TRAILING, name};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{boosting, one};
use crate::walk::Visit;

/// CatBoost.
pub static FORMAT: Format = Format {
    id: "catboost",
    title: "CatBoost model",
    extensions: &["cbm"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The binary format `.cbm`. The core: its version, the features of each kind, the sizes and places of the trees \
           against the list of their splits, the number of leaves, and the steps of trees that are not symmetric. Keys and \
           values that describe the model (among them the parameters of the training) are kept as metadata. Tables for \
           categories behind the core are held against their sizes; what is in them, and the values of leaves, is not looked \
           at. Tables for texts and embeddings are not read: a model with such features counts as not inspected. Models as \
           JSON are read as JSON, models as Python or C++ as sources.",
    recognise: |probe: &Probe<'_>| {
        let size = probe.head.get(4..).and_then(|rest| rest.first_chunk().copied()).map(u32::from_le_bytes);
        let named = probe.ends_with(FORMAT.extensions);
        let fits = size.is_some_and(|size| u64::from(size).saturating_add(8) <= probe.input.len());
        Recognition::certain_if(probe.starts(b"CBM1") && (fits || named))
    },
    read,
    samples: || one("model.cbm", boosting::catboost(&[1, 2], 6)),
};

/// Fields with the features of each kind.
const KINDS: [(u64, &str); 4] = [(5, "numbers"), (4, "categories"), (12, "texts"), (18, "embeddings")];

/// What the version of the core is called.
const VERSIONS: [&str; 1] = ["FlabuffersModel_v1"];

/// The part with tables for categories.
const CATEGORIES: &str = "static_provider_v1";

/// Parts with tables for texts and for embeddings. The zero at the end belongs to the name.
const OTHERS: [&str; 2] = ["text_process_v2\0", "embed_process_1\0"];

/// Keys kept of what describes the model.
const MOST_KEYS: u64 = 1000;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let head = visit.input.read(4, 4)?;
    let size = head.first_chunk().copied().map(u32::from_le_bytes).ok_or(Fault::Truncated { at: 8 })?;
    let behind = u64::from(size).saturating_add(8);
    if behind > visit.input.len() {
        let detail = format!("the core has {size} bytes, but the file has {}", visit.input.len());
        notes.problem(visit, 4, Kind::BadCount, detail);
        return Err(Fault::Unsupported("the core does not end in the file".to_owned()));
    }
    let core = visit.input.slice(8, u64::from(size));
    let mut flat = Flat::new(&core);
    match read_core(visit, &mut notes, &mut flat) {
        Ok(parts) => read_parts(visit, &mut notes, behind, &parts),
        Err(stop) => stop.tell(visit, &mut notes),
    }
}

/// Reads the core: the names of the parts behind it.
fn read_core(visit: &mut Visit<'_>, notes: &mut Notes, flat: &mut Flat) -> Result<Vec<String>, Stop> {
    let core = flat.root(0)?;
    let version = flat.text(&core, 0)?.unwrap_or_default();
    if !VERSIONS.contains(&version.as_str()) {
        let detail = format!("the version of the core is `{}`", name(&version));
        notes.problem(visit, 8, Kind::BadValue, detail);
    }
    let pairs = flat.list(&core, 2, 4)?;
    for index in 0..pairs.count.min(MOST_KEYS) {
        let pair = flat.item(&pairs, index)?;
        let (key, value) = (flat.text(&pair, 0)?, flat.text(&pair, 1)?);
        let at = pair.at.saturating_add(8);
        notes.metadata(visit, at, &key.unwrap_or_default(), &value.unwrap_or_default())?;
    }
    match flat.table(&core, 1)? {
        Some(trees) => read_trees(visit, notes, flat, &trees)?,
        None => notes.problem(visit, 8, Kind::BadValue, "it has no trees"),
    }
    let list = flat.list(&core, 3, 4)?;
    let mut parts = Vec::new();
    for index in 0..list.count.min(MOST_KEYS) {
        parts.push(flat.text_item(&list, index)?);
    }
    Ok(parts)
}

fn read_trees(visit: &mut Visit<'_>, notes: &mut Notes, flat: &mut Flat, trees: &Table) -> Result<(), Stop> {
    let outputs = u64::try_from(flat.i32(trees, 0)?).unwrap_or(0).max(1);
    let [splits, sizes, starts] = [flat.list(trees, 1, 4)?, flat.list(trees, 2, 4)?, flat.list(trees, 3, 4)?];
    let leaves = flat.list(trees, 8, 8)?;
    let steps = flat.list(trees, 10, 4)?;
    let ends = flat.list(trees, 11, 4)?;
    let at = trees.at.saturating_add(8);
    for (key, count) in [("trees", sizes.count), ("splits", splits.count), ("leaves", leaves.count)] {
        notes.metadata(visit, at, key, &count.to_string())?;
    }
    for (field, key) in KINDS {
        let count = flat.list(trees, field, 4)?.count;
        notes.metadata(visit, at, &format!("features of {key}"), &count.to_string())?;
    }
    let mut wrong = Vec::new();
    let mut next = 0_u64;
    let mut wanted = 0_u64;
    for tree in 0..sizes.count {
        if tree.is_multiple_of(1024) {
            visit.budget.tick()?;
        }
        let size = u64::from(flat.word(&sizes, tree)?);
        let start = if starts.count == sizes.count { u64::from(flat.word(&starts, tree)?) } else { next };
        if start != next {
            wrong.push(format!("tree {tree} begins at split {start}, but the one before it ends at {next}"));
        }
        next = next.saturating_add(size);
        if next > splits.count {
            wrong.push(format!("tree {tree} ends at split {next}, but there are {}", splits.count));
            break;
        }
        if steps.count == 0 {
            let count = u32::try_from(size).ok().and_then(|size| 1_u64.checked_shl(size));
            wanted = wanted.saturating_add(count.unwrap_or(u64::MAX));
        } else if let Some(detail) = follow(flat, &steps, tree, start, size)? {
            wrong.push(detail);
        }
        if wrong.len() > 20 {
            break;
        }
    }
    if wrong.is_empty() && next != splits.count {
        wrong.push(format!("the trees have {next} splits, but there are {}", splits.count));
    }
    if starts.count != 0 && starts.count != sizes.count {
        wrong.push(format!("there are {} trees and {} places of trees", sizes.count, starts.count));
    }
    if steps.count == 0 && wrong.is_empty() && leaves.count != wanted.saturating_mul(outputs) {
        let wanted = wanted.saturating_mul(outputs);
        wrong.push(format!("the trees have {wanted} values in their leaves, but there are {}", leaves.count));
    }
    if steps.count != 0 && (steps.count != splits.count || ends.count != splits.count) {
        let (steps, ends) = (steps.count, ends.count);
        wrong.push(format!("{} splits have {steps} steps and {ends} leaves", splits.count));
    }
    for wrong in wrong {
        notes.problem(visit, at, Kind::BadValue, wrong);
    }
    Ok(())
}

/// The steps of a tree that is not symmetric lead forward to its own splits.
fn follow(flat: &mut Flat, steps: &List, tree: u64, start: u64, size: u64) -> Result<Option<String>, Stop> {
    let end = start.saturating_add(size);
    for split in start..end.min(steps.count) {
        let step = flat.word(steps, split)?;
        for step in [u64::from(step & 0xffff), u64::from(step >> 16)] {
            if split.saturating_add(step) >= end {
                return Ok(Some(format!("tree {tree} steps from split {split} by {step}, behind its end")));
            }
        }
    }
    Ok(None)
}

/// The parts: tables behind a number of them, each behind its size.
fn read_parts(visit: &mut Visit<'_>, notes: &mut Notes, start: u64, parts: &[String]) -> Result<(), Fault> {
    let size = visit.input.len();
    let mut at = start;
    for part in parts {
        if part != CATEGORIES {
            if OTHERS.contains(&part.as_str()) {
                let called = visit.input.read(at, part.len() as u64)?;
                if *called != *part.as_bytes() {
                    let detail = format!(
                        "the part `{}` does not begin with its name",
                        name(part.trim_end_matches('\0'))
                    );
                    notes.problem(visit, at, Kind::BadValue, detail);
                }
            } else {
                let detail = format!("a part is called `{}`, which readers do not know", name(part));
                notes.problem(visit, at, Kind::BadValue, detail);
            }
            visit.incomplete("tables for texts and embeddings are not read");
            return Ok(());
        }
        let count = word(visit, at)?;
        notes.metadata(visit, at, "tables of categories", &count.to_string())?;
        at = at.saturating_add(4);
        for _ in 0..count {
            let length = u64::from(word(visit, at)?);
            let end = at.saturating_add(4).saturating_add(length);
            if end > size {
                let detail = format!("a table of {length} bytes ends behind the end of the file");
                notes.problem(visit, at, Kind::BadCount, detail);
                return Ok(());
            }
            at = end;
            visit.budget.tick()?;
        }
    }
    if at < size {
        let detail = format!(
            "{} behind the model, in none of its parts",
            crate::text::count(size.saturating_sub(at), "byte")
        );
        notes.problem(visit, at, Kind::TrailingBytes, detail);
        return visit.embed(TRAILING, visit.input.from(at));
    }
    Ok(())
}

fn word(visit: &Visit<'_>, at: u64) -> Result<u32, Fault> {
    let bytes = visit.input.read(at, 4)?;
    bytes.first_chunk().copied().map(u32::from_le_bytes).ok_or(Fault::Truncated { at: visit.input.len() })
}
