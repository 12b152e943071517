//! One tree of a LightGBM model.

use std::collections::BTreeMap;

use weighbridge_domain::facts::problem::Kind;

use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Lists with one item for each node that splits, and with one for each leaf.
const NODES: [&str; 8] = [
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_value",
    "internal_count",
];
const LEAVES: [&str; 2] = ["leaf_value", "leaf_count"];

/// Lists whose items are looked at.
const READ: [&str; 9] = [
    "cat_boundaries",
    "decision_type",
    "left_child",
    "num_cat",
    "num_features",
    "num_leaves",
    "right_child",
    "split_feature",
    "threshold",
];

/// Lists of which only the first items are looked at: thresholds stand for categories only where they are whole numbers.
#[derive(Debug)]
pub(super) struct Tree {
    at: u64,
    number: usize,
    lengths: BTreeMap<String, u64>,
    lists: BTreeMap<&'static str, Vec<i64>>,
    wrong: Option<String>,
}

impl Tree {
    pub(super) fn new(at: u64, number: usize) -> Self {
        Self { at, number, lengths: BTreeMap::new(), lists: BTreeMap::new(), wrong: None }
    }

    /// Takes a line of its block.
    pub(super) fn line(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        line: &[u8],
    ) -> Result<(), Fault> {
        let Some(split) = line.iter().position(|byte| *byte == b'=') else {
            if !line.is_empty() {
                self.wrong.get_or_insert("it has a line without a key".to_owned());
            }
            return Ok(());
        };
        let (key, value) = line.split_at(split);
        let key = String::from_utf8_lossy(key.get(..64).unwrap_or(key)).into_owned();
        let items = || {
            let value = value.get(1..).unwrap_or_default();
            value.split(|byte| *byte == b' ').filter(|item| !item.is_empty())
        };
        let length = items().count() as u64;
        if let Some(read) = READ.iter().find(|read| **read == key) {
            let room = length.saturating_mul(8);
            notes.remember(visit, room)?;
            // Fractions are no thresholds of categories; they stay as what nothing refers to.
            let number = |item: &[u8]| std::str::from_utf8(item).ok()?.parse().ok();
            self.lists.insert(read, items().map(|item| number(item).unwrap_or(i64::MIN)).collect());
            notes.forget(room);
        }
        if self.lengths.len() < 64 && self.lengths.insert(key.clone(), length).is_some() {
            let detail = format!("tree {}: the key `{}` stands twice", self.number, name(&key));
            notes.problem(visit, self.at, Kind::Duplicate, detail);
        }
        Ok(())
    }

    fn list(&self, key: &str) -> &[i64] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }

    fn one(&self, key: &str) -> Option<u64> {
        self.list(key).first().and_then(|number| u64::try_from(*number).ok())
    }

    pub(super) fn check(&self, visit: &mut Visit<'_>, notes: &mut Notes, features: Option<u64>) {
        let wrong = self.wrong.clone().or_else(|| self.contradiction(features).err());
        if let Some(wrong) = wrong {
            notes.problem(visit, self.at, Kind::BadValue, format!("tree {}: {wrong}", self.number));
        }
    }

    fn contradiction(&self, features: Option<u64>) -> Result<(), String> {
        let leaves = self.one("num_leaves").filter(|leaves| *leaves > 0);
        let Some(leaves) = leaves else { return Err("`num_leaves` is no number above 0".to_owned()) };
        let nodes = leaves.saturating_sub(1);
        for (keys, wanted) in [(&NODES[..], nodes), (&LEAVES, leaves)] {
            for key in keys {
                let required = matches!(*key, "left_child" | "right_child" | "split_feature" | "leaf_value");
                let length = self.lengths.get(*key).copied();
                // A tree of one leaf may have lists of none or of one.
                let fits = length.is_none_or(|length| length == wanted || leaves == 1 && length <= 1);
                if !fits || length.is_none() && required && leaves > 1 {
                    let length = length.unwrap_or_default();
                    return Err(format!("it has {leaves} leaves, but `{key}` has {length} items"));
                }
            }
        }
        if leaves > 1 {
            self.walk(leaves, nodes)?;
            if let Some(last) = features {
                let outside = |feature: &&i64| u64::try_from(**feature).is_ok_and(|feature| feature > last);
                if let Some(feature) = self.list("split_feature").iter().find(outside) {
                    return Err(format!("it splits by feature {feature}, but the last is {last}"));
                }
                if self.list("split_feature").iter().any(|feature| *feature < 0) {
                    return Err("it splits by a feature that is no number".to_owned());
                }
            }
        }
        self.categories()?;
        self.linear(leaves)
    }

    /// Follows the children: a node by its number, a leaf by its number below 0.
    fn walk(&self, leaves: u64, nodes: u64) -> Result<(), String> {
        let (left, right) = (self.list("left_child"), self.list("right_child"));
        let mut seen = vec![false; left.len()];
        let mut ends = vec![false; left.len().saturating_add(1)];
        let mut open = vec![0_usize];
        while let Some(node) = open.pop() {
            match seen.get_mut(node) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(format!("node {node} is reached in two ways")),
            }
            for child in [left.get(node), right.get(node)].into_iter().flatten().copied() {
                if child >= 0 {
                    match usize::try_from(child).ok().filter(|child| *child < left.len()) {
                        Some(child) => open.push(child),
                        None => {
                            return Err(format!(
                                "node {node} has the child {child}, but there are {nodes} nodes"
                            ));
                        }
                    }
                    continue;
                }
                let leaf = usize::try_from(!child).ok();
                match leaf.and_then(|leaf| ends.get_mut(leaf)) {
                    Some(end) if !*end => *end = true,
                    Some(_) => return Err(format!("leaf {} is reached in two ways", !child)),
                    None => {
                        return Err(format!(
                            "node {node} has the leaf {}, but there are {leaves} leaves",
                            !child
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Sets of categories, by number.
    fn categories(&self) -> Result<(), String> {
        let count = self.one("num_cat").unwrap_or_default();
        if count == 0 {
            return Ok(());
        }
        let bounds = self.list("cat_boundaries");
        let words = self.lengths.get("cat_threshold").copied().unwrap_or_default();
        let last = bounds.last().and_then(|last| u64::try_from(*last).ok());
        if bounds.len() as u64 != count.saturating_add(1)
            || !bounds.is_sorted()
            || bounds.first() != Some(&0)
            || last != Some(words)
        {
            return Err("the bounds of its categories do not fit its categories".to_owned());
        }
        for (kind, threshold) in self.list("decision_type").iter().zip(self.list("threshold")) {
            if kind & 1 == 1 && u64::try_from(*threshold).is_ok_and(|threshold| threshold >= count) {
                return Err(format!("it asks for the categories {threshold}, but there are {count}"));
            }
        }
        Ok(())
    }

    /// Leaves that are linear models of some features.
    fn linear(&self, leaves: u64) -> Result<(), String> {
        let counts = self.list("num_features");
        if counts.is_empty() {
            return Ok(());
        }
        let total =
            counts.iter().try_fold(0_u64, |total, count| total.checked_add(u64::try_from(*count).ok()?));
        for key in ["leaf_features", "leaf_coeff"] {
            let found = self.lengths.get(key).copied();
            if counts.len() as u64 != leaves || found != total {
                return Err(format!("`{key}` does not fit the numbers of features of its leaves"));
            }
        }
        Ok(())
    }
}
