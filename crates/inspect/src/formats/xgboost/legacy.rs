//! The binary format of versions before 3.1: structures of C as they lay in memory, one behind the other.

use weighbridge_domain::facts::problem::Kind;

use super::model::{Stated, describe};
use super::tree::{self, Nodes, Trees};
use crate::cursor::Cursor;
use crate::formats::layout::Notes;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

const MAGIC: &[u8] = b"binf";

/// Bytes of the parameters of the learner, and of the forest.
const LEARNER: usize = 136;
const FOREST: usize = 160;

/// Bytes of the parameters of a tree, of a node, and of the statistics of a node.
const TREE: usize = 148;
const NODE: u64 = 20;
const STATISTICS: u64 = 16;

/// The parameters of a learner, and behind them the length and the name of an objective.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(MAGIC).unwrap_or(head);
    let number = |at: usize| head.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
    let base = number(0).map(f32::from_bits);
    let length = head.get(LEARNER..).and_then(|rest| rest.first_chunk().copied()).map(u64::from_le_bytes);
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length < 64)
    else {
        return false;
    };
    let start = LEARNER.saturating_add(8);
    let name = head.get(start..start.saturating_add(length)).unwrap_or_default();
    base.is_some_and(f32::is_finite)
        && number(12).is_some_and(|flag| flag < 2)
        && number(16).is_some_and(|flag| flag < 2)
        && name.len() > 3
        && name.iter().all(|byte| byte.is_ascii_lowercase() || b":_0123456789".contains(byte))
        && name.contains(&b':')
}

pub(super) fn read(visit: &mut Visit<'_>, notes: &mut Notes) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    if cursor.window(4)?.starts_with(MAGIC) {
        cursor.skip(4)?;
    }
    let learner = numbers(cursor.take(LEARNER)?);
    let word = |at: usize| learner.get(at).copied().unwrap_or_default();
    let mut stated = Stated {
        features: Some(u64::from(word(1))),
        classes: Some(u64::from(word(2))),
        base_score: Some(f64::from(f32::from_bits(word(0)))),
        version: (word(5) > 0).then(|| format!("{}.{}", word(5), word(6))),
        ..Stated::default()
    };
    stated.objective = Some(string(visit, notes, &mut cursor, "the name of the objective")?);
    stated.booster = Some(string(visit, notes, &mut cursor, "the name of the booster")?);
    let linear = stated.booster.as_deref() == Some("gblinear");
    let mut trees = Trees::default();
    if linear {
        visit.incomplete("the weights of a linear model in the binary format are not read");
    } else {
        trees = forest(visit, notes, &mut cursor, word(1))?;
        stated.trees = Some(trees.count);
        if stated.booster.as_deref() == Some("dart") {
            count(visit, notes, &mut cursor, "the weights of dropped trees", 4)?;
        }
        if word(3) != 0 {
            attributes(visit, notes, &mut cursor)?;
        }
        if word(4) != 0 {
            let metrics = u64::from_le_bytes(cursor.array()?).min(1000);
            for _ in 0..metrics {
                string(visit, notes, &mut cursor, "the name of a metric")?;
            }
        }
        let (end, size) = (cursor.position(), visit.input.len());
        if end < size {
            let detail = format!(
                "{} behind the end of the model",
                crate::text::count(size.saturating_sub(end), "byte")
            );
            notes.problem(visit, end, Kind::TrailingBytes, detail);
            visit.embed(crate::formats::layout::TRAILING, visit.input.from(end))?;
        }
    }
    describe(visit, notes, &stated, &trees)
}

fn forest(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
    features: u32,
) -> Result<Trees, Fault> {
    let at = cursor.position();
    let count = numbers(cursor.take(FOREST)?).first().copied().unwrap_or_default();
    let mut trees = Trees { features: Some(u64::from(features)), ..Trees::default() };
    if u64::from(count).saturating_mul(TREE as u64) > cursor.remaining() {
        return Err(impossible(visit, notes, at, format!("{count} trees in {} bytes", cursor.remaining())));
    }
    for number in 0..u64::from(count) {
        visit.budget.tick()?;
        let at = cursor.position();
        let parameters = numbers(cursor.take(TREE)?);
        let word = |at: usize| parameters.get(at).copied().unwrap_or_default();
        let count = u64::from(word(1));
        if count.saturating_mul(NODE.saturating_add(STATISTICS)) > cursor.remaining() {
            let detail = format!("tree {number} has {count} nodes in {} bytes", cursor.remaining());
            return Err(impossible(visit, notes, at, detail));
        }
        let taken = count.saturating_mul(32);
        notes.remember(visit, taken)?;
        let (mut left, mut right, mut parents, mut splits) = (vec![], vec![], vec![], vec![]);
        for _ in 0..count {
            let [parent, one, other, feature, _] = signed(&cursor.array::<20>()?);
            // The highest bit of each says something else: which child the node is, and where missing values go.
            parents.push(if parent == -1 { -1.0 } else { f64::from(parent & i32::MAX) });
            left.push(f64::from(one));
            right.push(f64::from(other));
            splits.push(f64::from(feature & i32::MAX));
        }
        cursor.skip(count.saturating_mul(STATISTICS))?;
        if word(5) > 1 {
            self::count(visit, notes, cursor, "a vector of leaves", 4)?;
        }
        trees.count = trees.count.saturating_add(1);
        trees.nodes = trees.nodes.saturating_add(count);
        let nodes = Nodes { left: &left, right: &right, parents: &parents, features: &splits };
        if let Err(wrong) = tree::walk(&nodes, number, &mut trees) {
            notes.problem(visit, at, Kind::BadValue, format!("tree {number}: {wrong}"));
        }
        notes.forget(taken);
    }
    cursor.skip(u64::from(count).saturating_mul(4))?;
    Ok(trees)
}

fn attributes(visit: &mut Visit<'_>, notes: &mut Notes, cursor: &mut Cursor) -> Result<(), Fault> {
    let pairs = u64::from_le_bytes(cursor.array()?);
    if pairs.saturating_mul(16) > cursor.remaining() {
        let at = cursor.position();
        return Err(impossible(visit, notes, at, format!("{pairs} attributes in the rest of the file")));
    }
    for _ in 0..pairs {
        let at = cursor.position();
        let key = string(visit, notes, cursor, "the name of an attribute")?;
        let value = string(visit, notes, cursor, "an attribute")?;
        notes.metadata(visit, at, &format!("attributes.{key}"), &value)?;
    }
    Ok(())
}

fn string(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
    what: &str,
) -> Result<String, Fault> {
    let start = cursor.position().saturating_add(8);
    let length = count(visit, notes, cursor, what, 1)?;
    let end = cursor.position();
    let bytes = cursor.input().read(start, length.min(1 << 20))?;
    cursor.seek(end);
    Ok(text::kept(&bytes, 1 << 20))
}

/// A number of items of so many bytes each, which are passed over.
fn count(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
    what: &str,
    each: u64,
) -> Result<u64, Fault> {
    let at = cursor.position();
    let length = u64::from_le_bytes(cursor.array()?);
    if length.saturating_mul(each) > cursor.remaining() {
        let detail = format!("{what} is {length} long, with {} bytes left in the file", cursor.remaining());
        return Err(impossible(visit, notes, at, detail));
    }
    cursor.skip(length.saturating_mul(each))?;
    Ok(length)
}

fn impossible(visit: &mut Visit<'_>, notes: &mut Notes, at: u64, detail: String) -> Fault {
    notes.problem(visit, at, Kind::BadCount, detail);
    Fault::Unsupported("nothing behind the impossible count could be read".to_owned())
}

/// The words of four bytes in a structure.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

fn signed(bytes: &[u8; 20]) -> [i32; 5] {
    let mut words = [0; 5];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = i32::from_le_bytes(*bytes);
    }
    words
}
