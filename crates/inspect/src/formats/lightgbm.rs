//! LightGBM models: lines of text, a block for each tree. Reference: `GBDT::LoadModelFromString` and `Tree::Tree`.

mod tree;

use std::collections::BTreeMap;

use weighbridge_domain::facts::problem::Kind;

use super::layout::{Notes, name, others};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{boosting, one};
use crate::text;
use crate::walk::Visit;
use tree::Tree;

/// LightGBM.
pub static FORMAT: Format = Format {
    id: "lightgbm",
    title: "LightGBM model",
    extensions: &["lgb"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The text that `save_model` writes. `tree_sizes` against the blocks of the trees, and every tree: the lengths of \
           its lists against its number of leaves, that every child is there and is reached once, its features and its \
           categories. The header and the parameters of the training are kept as metadata. Thresholds and the values of \
           leaves are not looked at.",
    recognise,
    read,
    samples: || one("model.txt", boosting::LightGbm::new().build()),
};

/// Longest line: the values of a tree with a million leaves.
const LINE: usize = 64 << 20;

/// Keys of the header that become metadata.
const HEADER: [&str; 6] =
    ["version", "objective", "num_class", "max_feature_idx", "num_tree_per_iteration", "boosting"];

/// Keys that may come first besides.
const MORE_KEYS: [&str; 7] = [
    "average_output",
    "feature_infos",
    "feature_names",
    "label_index",
    "linear_tree",
    "monotone_constraints",
    "tree_sizes",
];

/// Its first line, and behind empty lines a first key of the header.
fn recognise(probe: &Probe<'_>) -> Recognition {
    let rest = probe.body().strip_prefix(b"tree");
    let ends = |rest: &[u8]| rest.starts_with(b"\n") || rest.starts_with(b"\r\n");
    let Some(rest) = rest.filter(|rest| ends(rest)) else { return Recognition::No };
    let rest = rest.trim_ascii_start();
    let key = HEADER
        .iter()
        .chain(&MORE_KEYS)
        .any(|key| rest.strip_prefix(key.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")));
    Recognition::certain_if(key)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut cursor = Cursor::new(&visit.input);
    let header = header(visit, &mut notes, &mut cursor)?;
    let features = header.get("max_feature_idx").and_then(|index| index.parse::<u64>().ok());
    match features {
        Some(last) => {
            for key in ["feature_names", "feature_infos"] {
                let count = header.get(key).map_or(0, |names| names.split(' ').count() as u64);
                if count != last.saturating_add(1) {
                    let detail = format!(
                        "`{key}` has {count} items, but there are {} features",
                        last.saturating_add(1)
                    );
                    notes.problem(visit, 0, Kind::BadValue, detail);
                }
            }
        }
        None => notes.problem(visit, 0, Kind::BadValue, "`max_feature_idx` is no number"),
    }
    let blocks = trees(visit, &mut notes, &mut cursor, features)?;
    notes.metadata(visit, 0, "trees", &blocks.len().to_string())?;
    sizes(visit, &mut notes, header.get("tree_sizes").map(String::as_str), &blocks);
    let each = header.get("num_tree_per_iteration").and_then(|count| count.parse::<u64>().ok());
    if each.is_none_or(|each| !(blocks.len() as u64).is_multiple_of(each.max(1))) {
        let detail = format!("{} trees are not a whole number of iterations", blocks.len());
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
    parameters(visit, &mut notes, &mut cursor)
}

/// A line, and where it begins; nothing at the end.
fn line(cursor: &mut Cursor) -> Result<Option<(u64, Vec<u8>)>, Fault> {
    let at = cursor.position();
    let left = usize::try_from(cursor.remaining()).unwrap_or(usize::MAX);
    if left == 0 {
        return Ok(None);
    }
    let mut bytes = match cursor.line(LINE) {
        Ok(bytes) => bytes.to_vec(),
        // The last line may have no end.
        Err(Fault::Truncated { .. }) if left < LINE => cursor.take(left)?.to_vec(),
        Err(fault) => return Err(fault),
    };
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some((at, bytes)))
}

/// The lines in front of the first tree; the cursor then stands in front of that.
fn header(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut header = BTreeMap::new();
    while let Some((at, bytes)) = line(cursor)? {
        if bytes.starts_with(b"Tree=") || bytes == *b"end of trees" {
            cursor.seek(at);
            break;
        }
        let length = bytes.len() as u64;
        let text = text::kept(&bytes, LINE);
        notes.remember(visit, length.saturating_add(96))?;
        let Some((key, value)) = text.split_once('=') else { continue };
        if HEADER.contains(&key) {
            notes.metadata(visit, at, key, value)?;
        }
        if header.insert(key.to_owned(), value.to_owned()).is_some() {
            notes.problem(visit, at, Kind::Duplicate, format!("the key `{}` stands twice", name(key)));
        }
        visit.budget.tick()?;
    }
    Ok(header)
}

/// Where the blocks of the trees begin and end.
fn trees(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    cursor: &mut Cursor,
    features: Option<u64>,
) -> Result<Vec<(u64, u64)>, Fault> {
    let mut blocks: Vec<(u64, u64)> = Vec::new();
    let mut tree: Option<Tree> = None;
    let mut ended = false;
    while let Some((at, bytes)) = line(cursor)? {
        let begins = bytes.strip_prefix(b"Tree=");
        ended = bytes == *b"end of trees";
        if begins.is_some() || ended {
            if let Some(last) = blocks.last_mut() {
                last.1 = at;
            }
            if let Some(tree) = tree.take() {
                tree.check(visit, notes, features);
            }
        }
        if ended {
            break;
        }
        if let Some(number) = begins {
            visit.budget.tick()?;
            let expected = blocks.len().to_string();
            if number != expected.as_bytes() {
                let detail = format!("tree {expected} is called {}", name(&String::from_utf8_lossy(number)));
                notes.problem(visit, at, Kind::BadValue, detail);
            }
            notes.remember(visit, 32)?;
            tree = Some(Tree::new(at, blocks.len()));
            blocks.push((at, at));
        } else if let Some(tree) = &mut tree {
            tree.line(visit, notes, &bytes)?;
        }
    }
    if !ended {
        return Err(Fault::Truncated { at: visit.input.len() });
    }
    Ok(blocks)
}

/// `tree_sizes` tells readers where each block ends, so that several can be read at once.
fn sizes(visit: &mut Visit<'_>, notes: &mut Notes, stated: Option<&str>, blocks: &[(u64, u64)]) {
    // Older versions did not write it.
    let Some(stated) = stated else { return };
    let stated: Vec<Option<u64>> = stated.split_ascii_whitespace().map(|size| size.parse().ok()).collect();
    if stated.len() != blocks.len() {
        let detail = format!("`tree_sizes` has {} items, but there are {} trees", stated.len(), blocks.len());
        notes.problem(visit, 0, Kind::BadValue, detail);
        return;
    }
    let wrong =
        |((start, end), stated): &(&(u64, u64), &Option<u64>)| **stated != Some(end.saturating_sub(*start));
    let mut wrong = blocks.iter().zip(&stated).filter(wrong);
    if let Some(((start, end), stated)) = wrong.next() {
        let stated = stated.map_or("no number".to_owned(), |size| size.to_string());
        let more = others((wrong.count() as u64).saturating_add(1));
        let detail = format!(
            "`tree_sizes` says {stated} where a tree takes {} bytes{more}",
            end.saturating_sub(*start)
        );
        notes.problem(visit, *start, Kind::BadValue, detail);
    }
}

/// What stands behind the trees: `[key: value]` for each parameter of the training.
fn parameters(visit: &mut Visit<'_>, notes: &mut Notes, cursor: &mut Cursor) -> Result<(), Fault> {
    let mut lines = 0_u64;
    while let Some((at, bytes)) = line(cursor)? {
        lines = lines.saturating_add(1);
        if lines.is_multiple_of(1024) {
            visit.budget.tick()?;
        }
        let text = text::kept(&bytes, 1 << 20);
        let pair = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')?.split_once(": "));
        if let Some((key, value)) =
            pair.filter(|(_, value)| value.parse::<f64>().is_err() && !value.is_empty())
        {
            notes.metadata(visit, at, &format!("parameters.{key}"), value)?;
        }
    }
    Ok(())
}
