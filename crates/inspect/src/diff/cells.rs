//! Which cell of a notebook is which of the other revision's: by its id, its text, or most of its lines. A cell that was put in
//! between moves all that follow, and changes none of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::content::Content;
use super::version::{Part, Version, below};
use crate::formats::{json, notebook};
use crate::input::Input;
use crate::limits::Budget;

/// The longest notebook whose ids are read.
const LONGEST: u64 = 8 << 20;

/// Cells of either revision of which neither id nor text is in the other, and whose lines are compared.
const MOST_CHANGED: usize = 200;

/// Numbers of cells in the new revision by those in the old one, for each notebook by what stands before its cells; nothing for
/// cells that are gone.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    notebooks: BTreeMap<String, BTreeMap<usize, Option<usize>>>,
}

impl Moved {
    /// Works out where the cells of the old revision are in the new one.
    pub(crate) fn new(old: &Version, new: &Version) -> Self {
        let (old, new) = (cells_of(old), cells_of(new));
        let both = old.into_iter().filter_map(|(before, cells)| {
            let moved = matched(&cells, new.get(before)?);
            moved.iter().any(|(old, new)| Some(*old) != *new).then(|| (before.to_owned(), moved))
        });
        Self { notebooks: both.collect() }
    }

    /// Every cell is where it was.
    pub(crate) fn is_empty(&self) -> bool {
        self.notebooks.is_empty()
    }

    /// The path of an old part as it is in the new revision; one that no new part has where its cell is gone.
    pub(crate) fn member<'m>(&self, member: &'m str) -> Cow<'m, str> {
        let Some((before, number, rest)) = split(member) else { return Cow::Borrowed(member) };
        match self.notebooks.get(before).and_then(|moved| moved.get(&number)) {
            Some(Some(number)) => Cow::Owned(format!("{before}cell[{number}]{rest}")),
            Some(None) => Cow::Owned(format!("{before}cell[gone {number}]{rest}")),
            None => Cow::Borrowed(member),
        }
    }

    /// A text about an old notebook, with the numbers that its cells have in the new revision.
    pub(crate) fn text<'t>(&self, notebook: &str, text: &'t str) -> Cow<'t, str> {
        const MARK: &str = "cells[";
        let before = if notebook.is_empty() { String::new() } else { format!("{notebook}!") };
        let Some(moved) = self.notebooks.get(&before).filter(|_| text.contains(MARK)) else {
            return Cow::Borrowed(text);
        };
        let mut pieces = text.split(MARK);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (number, rest) = piece.split_once(']').unwrap_or((piece, ""));
            let number = match number.parse().ok().and_then(|number: usize| moved.get(&number)) {
                Some(Some(number)) => number.to_string(),
                Some(None) => format!("gone {number}"),
                None => number.to_owned(),
            };
            out.push_str(&format!("{MARK}{number}]{rest}"));
        }
        Cow::Owned(out)
    }
}

/// The path of a part of a cell: what stands before the cell, its number, and what stands behind.
fn split(member: &str) -> Option<(&str, usize, &str)> {
    let mut found = member.match_indices("cell[").map(|(at, _)| member.split_at(at));
    let (before, cell) = found.find(|(before, _)| before.is_empty() || before.ends_with('!'))?;
    let (number, rest) = cell.strip_prefix("cell[")?.split_once(']')?;
    Some((before, number.parse().ok()?, rest))
}

/// A code cell.
struct Cell<'v> {
    number: usize,
    id: Option<&'v str>,
    part: &'v Part,
}

/// The cells of each notebook, by what stands before them.
fn cells_of(version: &Version) -> BTreeMap<&str, Vec<Cell<'_>>> {
    let ids: HashMap<&str, &Vec<Option<String>>> = version
        .parts
        .iter()
        .filter(|part| !part.cell_ids.is_empty())
        .map(|part| (below(&version.root, &part.member), &part.cell_ids))
        .collect();
    let mut notebooks: BTreeMap<&str, Vec<Cell<'_>>> = BTreeMap::new();
    for part in version.parts.iter().filter(|part| part.format == notebook::CELL.id) {
        let Some((before, number, "")) = split(below(&version.root, &part.member)) else { continue };
        let ids = ids.get(before.strip_suffix('!').unwrap_or(before));
        let id = ids.and_then(|ids| ids.get(number)?.as_deref());
        notebooks.entry(before).or_default().push(Cell { number, id, part });
    }
    notebooks
}

/// The numbers of new cells by those of old ones.
fn matched(old: &[Cell<'_>], new: &[Cell<'_>]) -> BTreeMap<usize, Option<usize>> {
    // By the places in the lists.
    let mut twins: Vec<Option<usize>> = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    by_key(old, new, &mut twins, &mut taken, &|cell| cell.id.map(str::to_owned));
    by_key(old, new, &mut twins, &mut taken, &|cell| cell.part.sha256.map(|digest| digest.to_string()));
    by_lines(old, new, &mut twins, &mut taken);
    for at in 0..old.len() {
        // What stands where it stood before, behind the same cell, was rewritten.
        let next = if at == 0 { Some(0) } else { twins[at - 1].map(|before| before + 1) };
        if let Some(next) = next.filter(|next| twins[at].is_none() && taken.get(*next) == Some(&false))
            && (old[at].id.is_none() || new[next].id.is_none())
        {
            (twins[at], taken[next]) = (Some(next), true);
        }
    }
    old.iter().zip(twins).map(|(cell, twin)| (cell.number, twin.map(|twin| new[twin].number))).collect()
}

/// Matches the first with the first of those that have one key.
fn by_key(
    old: &[Cell<'_>],
    new: &[Cell<'_>],
    twins: &mut [Option<usize>],
    taken: &mut [bool],
    key: &dyn Fn(&Cell<'_>) -> Option<String>,
) {
    let mut waiting: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, cell) in new.iter().enumerate().rev().filter(|(at, _)| !taken[*at]) {
        if let Some(key) = key(cell) {
            waiting.entry(key).or_default().push(at);
        }
    }
    for (at, cell) in old.iter().enumerate() {
        if twins[at].is_none()
            && let Some(twin) = key(cell).and_then(|key| waiting.get_mut(&key)?.pop())
        {
            (twins[at], taken[twin]) = (Some(twin), true);
        }
    }
}

/// Matches cells that have at least half of their lines in common.
fn by_lines(old: &[Cell<'_>], new: &[Cell<'_>], twins: &mut [Option<usize>], taken: &mut [bool]) {
    let left: Vec<usize> = (0..old.len()).filter(|at| twins[*at].is_none()).collect();
    if left.len() > MOST_CHANGED || taken.iter().filter(|taken| !**taken).count() > MOST_CHANGED {
        return;
    }
    for at in left {
        let best = (0..new.len())
            .filter(|other| !taken[*other])
            .map(|other| (common(&old[at], &new[other]), std::cmp::Reverse(other)))
            .max();
        if let Some((500.., std::cmp::Reverse(other))) = best {
            (twins[at], taken[other]) = (Some(other), true);
        }
    }
}

/// How many lines of two cells are in both, in thousandths.
fn common(old: &Cell<'_>, new: &Cell<'_>) -> usize {
    let (Content::Code(old), Content::Code(new)) = (&old.part.content, &new.part.content) else { return 0 };
    let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for line in old.lines().filter(|line| !line.trim().is_empty()) {
        *counts.entry(line).or_default() += 1;
    }
    let mut both = 0_usize;
    for line in new.lines() {
        if let Some(left @ 1..) = counts.get_mut(line) {
            *left -= 1;
            both += 1;
        }
    }
    2000_usize.saturating_mul(both).checked_div(lines(old) + lines(new)).unwrap_or_default()
}

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: Option<String>,
}

/// The ids of the cells of a notebook, where it has any: those of nbformat 4.5 do.
pub(crate) fn ids(input: &Input, budget: &Budget) -> Vec<Option<String>> {
    let length = input.len();
    if length > LONGEST || budget.memory(length.saturating_mul(12)).is_err() {
        return Vec::new();
    }
    let Ok(mut bytes) = input.read(0, length) else { return Vec::new() };
    let cells = json::text(&mut bytes).and_then(|text| serde_json::from_str::<Notebook>(&text).ok());
    cells.map_or_else(Vec::new, |notebook| notebook.cells.into_iter().map(|cell| cell.id).collect())
}
