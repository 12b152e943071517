//! One tree: lists of the same length, and children that make a tree of its nodes.

use weighbridge_domain::facts::problem::Kind;

use super::document::{Gather, Value, index};

/// Levels that an ordinary tree stays below.
const DEEPEST: u64 = 1000;

/// Lists with one item for each node.
const LISTS: [&str; 6] =
    ["default_left", "left_children", "parents", "right_children", "split_conditions", "split_indices"];

/// What all trees have together.
#[derive(Debug, Default)]
pub(in crate::formats) struct Trees {
    pub(super) count: u64,
    pub(super) nodes: u64,
    /// The highest feature that a tree asks for, and the tree.
    pub(super) feature: Option<(usize, u64)>,
    /// The first number of features that a tree states.
    pub(super) features: Option<u64>,
}

/// The nodes of a tree: children, parents, features, in the order of the nodes.
pub(super) struct Nodes<'a> {
    pub(super) left: &'a [f64],
    pub(super) right: &'a [f64],
    pub(super) parents: &'a [f64],
    pub(super) features: &'a [f64],
}

pub(super) fn check(gather: &mut Gather<'_, '_>, at: u64, tree: &Value) {
    let number = gather.trees.count;
    gather.trees.count = number.saturating_add(1);
    let stated = tree.at(&["tree_param", "num_nodes"]).and_then(Value::count);
    if let Some(features) = tree.at(&["tree_param", "num_feature"]).and_then(Value::count) {
        gather.trees.features.get_or_insert(features);
    }
    for key in LISTS {
        match tree.get(key).and_then(Value::items) {
            None => {
                gather.problem(at, Kind::BadValue, format!("tree {number} has no list `{key}`"));
                return;
            }
            Some(length) if Some(length) != stated => {
                let stated = stated.map_or("an unknown number of".to_owned(), |stated| stated.to_string());
                let detail = format!("tree {number} has {stated} nodes, but `{key}` has {length} items");
                gather.problem(at, Kind::BadValue, detail);
                return;
            }
            Some(_) => {}
        }
    }
    let list = |key: &str| tree.get(key).and_then(Value::numbers);
    let lists = (list("left_children"), list("right_children"), list("parents"), list("split_indices"));
    let (Some(left), Some(right), Some(parents), Some(features)) = lists else {
        gather.problem(at, Kind::BadValue, format!("tree {number} has nodes that are not numbers"));
        return;
    };
    gather.trees.nodes = gather.trees.nodes.saturating_add(left.len() as u64);
    let nodes = Nodes { left, right, parents, features };
    let wrong = walk(&nodes, number, &mut gather.trees).err().or_else(|| categories(tree, left.len()));
    if let Some(wrong) = wrong {
        gather.problem(at, Kind::BadValue, format!("tree {number}: {wrong}"));
    }
}

/// Follows the children from the root: what is wrong with them, or nothing.
pub(super) fn walk(nodes: &Nodes<'_>, tree: u64, trees: &mut Trees) -> Result<(), String> {
    let count = nodes.left.len();
    if count == 0 {
        return Err("it has no nodes".to_owned());
    }
    let mut seen = vec![false; count];
    let mut level = vec![0_usize];
    let mut depth = 0_u64;
    while !level.is_empty() {
        depth = depth.saturating_add(1);
        if depth > DEEPEST {
            return Err(format!("it is more than {DEEPEST} levels deep"));
        }
        let mut next = Vec::new();
        for node in level {
            match seen.get_mut(node) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(format!("node {node} is reached in two ways")),
            }
            let children = (nodes.left.get(node).copied(), nodes.right.get(node).copied());
            let (Some(left), Some(right)) = children else { continue };
            // A leaf has no left child; trees of vectors keep the number of the leaf as the right one.
            if left < 0.0 {
                continue;
            }
            for child in [left, right] {
                let Some(place) = index(child).filter(|child| *child < count) else {
                    return Err(format!("node {node} has the child {child}, but there are {count} nodes"));
                };
                let parent = nodes.parents.get(place).copied();
                if parent.and_then(index) != Some(node) {
                    return Err(format!("node {child} is a child of {node}, but states another parent"));
                }
                next.push(place);
            }
            let Some(feature) = nodes.features.get(node).copied().and_then(index) else {
                return Err(format!("node {node} splits by a feature that is no number"));
            };
            if trees.feature.is_none_or(|(highest, _)| feature > highest) {
                trees.feature = Some((feature, tree));
            }
        }
        level = next;
    }
    Ok(())
}

/// Sets of categories that nodes split by.
fn categories(tree: &Value, count: usize) -> Option<String> {
    let list = |key: &str| tree.get(key).and_then(Value::numbers).unwrap_or_default();
    let all = list("categories").len();
    let [nodes, begins, sizes] = ["categories_nodes", "categories_segments", "categories_sizes"].map(list);
    if nodes.len() != begins.len() || nodes.len() != sizes.len() {
        return Some("its lists of categories differ in length".to_owned());
    }
    for ((node, begin), size) in nodes.iter().zip(begins).zip(sizes) {
        let end = index(*begin).zip(index(*size)).map(|(begin, size)| begin.saturating_add(size));
        let inside = end.is_some_and(|end| end <= all) && index(*node).is_some_and(|node| node < count);
        if !inside {
            return Some(format!("node {node} has categories {begin} and {size} more, but there are {all}"));
        }
    }
    None
}
