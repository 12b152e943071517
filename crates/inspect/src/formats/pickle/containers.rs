//! Tuples, lists, sets and dictionaries: eight bytes for each, and the first items of those that were built first or
//! last. A call is given what was built just before it, so that is enough to show every call.

use std::collections::HashMap;

use super::value::{MOST_DEPTH, Made, Value, View};

/// Items kept of one container; the rest is counted.
const KEPT: usize = 64;
/// Containers whose items stay.
const FIRST: usize = 1 << 15;
/// Of the others, the items of so many newest ones are known.
const RECENT: usize = 1 << 12;

/// Which container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Tuple => "tuple",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::FrozenSet => "frozenset",
        }
    }
}

/// What is known of every container.
#[derive(Clone, Copy, Debug)]
struct Light {
    /// How many values one meets who walks through it.
    weight: u32,
    depth: u16,
    kind: Kind,
    /// It is an item of another one.
    inside: bool,
}

/// The items of a container.
#[derive(Debug, Default)]
struct Detail {
    owner: u32,
    count: u64,
    kept: Vec<Value>,
}

/// All containers of a program.
#[derive(Debug, Default)]
pub(super) struct Containers {
    light: Vec<Light>,
    details: Vec<Detail>,
    heaviest: u32,
    deepest: u16,
    filled_inside: bool,
}

impl Containers {
    /// Makes one. `None` when there are more than can be counted.
    #[inline]
    pub(super) fn make(&mut self, kind: Kind, items: &[Value]) -> Option<Value> {
        let index = u32::try_from(self.light.len()).ok()?;
        let (weight, depth) = self.measure(items);
        let light =
            Light { weight: weight.saturating_add(1), depth: depth.saturating_add(1), kind, inside: false };
        self.note(light);
        self.light.push(light);
        let slot = slot(index);
        if slot >= self.details.len() {
            self.details.resize_with(slot.saturating_add(1), Detail::default);
        }
        if let Some(detail) = self.details.get_mut(slot) {
            detail.owner = index;
            detail.count = items.len() as u64;
            detail.kept.clear();
            detail.kept.extend_from_slice(items.get(..KEPT).unwrap_or(items));
        }
        Some(Value::node(index))
    }

    /// Puts items into a list, set or dictionary.
    #[inline]
    pub(super) fn extend(&mut self, index: u32, items: &[Value]) {
        let (weight, depth) = self.measure(items);
        let Some(light) = self.light.get_mut(index as usize) else { return };
        light.weight = light.weight.saturating_add(weight);
        light.depth = light.depth.max(depth.saturating_add(1));
        self.filled_inside |= light.inside;
        let light = *light;
        self.note(light);
        if let Some(detail) = self.details.get_mut(slot(index)).filter(|detail| detail.owner == index) {
            detail.count = detail.count.saturating_add(items.len() as u64);
            let room = KEPT.saturating_sub(detail.kept.len());
            detail.kept.extend_from_slice(items.get(..room).unwrap_or(items));
        }
    }

    #[inline]
    fn note(&mut self, light: Light) {
        self.heaviest = self.heaviest.max(light.weight);
        self.deepest = self.deepest.max(light.depth);
    }

    /// The weight of all items together, and the depth of the deepest.
    #[inline]
    fn measure(&mut self, items: &[Value]) -> (u32, u16) {
        let mut weight = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let mut depth = 0;
        for item in items {
            match item.view() {
                View::Node(index) => {
                    if let Some(light) = self.light.get_mut(index as usize) {
                        light.inside = true;
                        weight = weight.saturating_add(light.weight.saturating_sub(1));
                        depth = depth.max(light.depth);
                    }
                }
                View::Result(made) => {
                    weight = weight.saturating_add(made.weight.saturating_sub(1));
                    depth = depth.max(made.depth);
                }
                _ => {}
            }
        }
        (weight, depth)
    }

    /// What a call that is given these makes.
    pub(super) fn made(&self, call: u16, arguments: Value) -> Made {
        let (weight, depth) = match arguments.view() {
            View::Node(index) => {
                self.light.get(index as usize).map_or((1, 0), |light| (light.weight, light.depth))
            }
            View::Result(made) => (made.weight, made.depth),
            _ => (1, 0),
        };
        Made { call, weight: weight.saturating_add(1), depth: depth.saturating_add(1).min(MOST_DEPTH) }
    }

    pub(super) fn kind(&self, index: u32) -> Option<Kind> {
        self.light.get(index as usize).map(|light| light.kind)
    }

    /// The first items, and how many more there are; `None` when they were forgotten.
    pub(super) fn items(&self, index: u32) -> Option<(&[Value], u64)> {
        let detail = self.details.get(slot(index)).filter(|detail| detail.owner == index)?;
        Some((&detail.kept, detail.count.saturating_sub(detail.kept.len() as u64)))
    }

    /// The greatest number of values that one meets who walks through a container.
    pub(super) fn heaviest(&self) -> u32 {
        if self.filled_inside { self.settled().unwrap_or(self.heaviest) } else { self.heaviest }
    }

    /// The same, weighed at the end: a container may be filled when it already is inside others. `None` when one is
    /// inside itself, which nobody walks through anyway.
    fn settled(&self) -> Option<u32> {
        // What is known of a container: nothing while it is open, then its weight.
        let mut weights: HashMap<u32, Option<u32>> = HashMap::new();
        let mut open: Vec<u32> = Vec::new();
        for start in self.details.iter().map(|detail| detail.owner) {
            open.push(start);
            while let Some(&top) = open.last() {
                let (items, more) = self.items(top).unwrap_or((&[], 0));
                let inner = || items.iter().filter_map(|item| item.as_node());
                match weights.get(&top) {
                    Some(Some(_)) => {
                        open.pop();
                    }
                    Some(None) => {
                        let count =
                            u32::try_from(more.saturating_add(items.len() as u64)).unwrap_or(u32::MAX);
                        let sum = inner().fold(count.saturating_add(1), |sum, node| {
                            let weight = weights.get(&node).copied().flatten().unwrap_or(1);
                            sum.saturating_add(weight.saturating_sub(1))
                        });
                        let before = self.light.get(top as usize).map_or(1, |light| light.weight);
                        weights.insert(top, Some(sum.max(before)));
                        open.pop();
                    }
                    None => {
                        weights.insert(top, None);
                        for node in inner() {
                            match weights.get(&node) {
                                Some(Some(_)) => {}
                                Some(None) => return None,
                                None => open.push(node),
                            }
                        }
                    }
                }
            }
        }
        weights.into_values().flatten().max()
    }

    /// The greatest nesting.
    pub(super) fn deepest(&self) -> u16 {
        self.deepest
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        let light = self.light.len().saturating_mul(size_of::<Light>());
        let details = self.details.len().saturating_mul(size_of::<Detail>().saturating_add(128));
        light.saturating_add(details) as u64
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.light.len()
    }

    /// Forgets all but the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        if len >= self.light.len() {
            return;
        }
        self.light.truncate(len);
        for detail in &mut self.details {
            if detail.owner as usize >= len {
                *detail = Detail { owner: u32::MAX, ..Detail::default() };
            }
        }
    }
}

#[inline]
fn slot(index: u32) -> usize {
    let index = index as usize;
    if index < FIRST { index } else { FIRST.wrapping_add(index % RECENT) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_items_and_counts_the_rest() {
        let mut all = Containers::default();
        let list = all.make(Kind::List, &[]).unwrap().as_node().unwrap();
        all.extend(list, &[Value::small(1); 40]);
        all.extend(list, &[Value::small(2); 40]);
        let (items, more) = all.items(list).unwrap();
        assert_eq!((items.len(), more), (64, 16));
        assert_eq!(items[40], Value::small(2));
        assert_eq!(all.heaviest(), 81);
    }

    #[test]
    fn weighs_what_is_shared_as_often_as_it_is_met() {
        let mut all = Containers::default();
        let mut inner = all.make(Kind::Tuple, &[Value::NONE; 10]).unwrap();
        for _ in 0..20 {
            inner = all.make(Kind::Tuple, &[inner; 10]).unwrap();
        }
        assert_eq!(all.heaviest(), u32::MAX);
        assert_eq!(all.deepest(), 21);
    }

    #[test]
    fn weighs_what_is_filled_after_it_was_put_inside_others() {
        let mut all = Containers::default();
        let lists: Vec<_> = (0..10).map(|_| all.make(Kind::List, &[]).unwrap()).collect();
        for pair in lists.windows(2) {
            all.extend(pair[0].as_node().unwrap(), &[pair[1]; 10]);
        }
        assert!(all.heaviest() > 100_000_000, "{}", all.heaviest());
        all.extend(9, &[lists[0]]);
        assert!(all.heaviest() < 1000, "a container inside itself has no weight");
    }

    #[test]
    fn knows_the_items_of_the_first_and_the_newest() {
        let mut all = Containers::default();
        for number in 0..i32::try_from(FIRST + 2 * RECENT).unwrap() {
            all.make(Kind::Tuple, &[Value::small(number)]).unwrap();
        }
        let first = |index: usize| all.items(u32::try_from(index).unwrap()).map(|(items, _)| items[0]);
        assert_eq!(first(7), Some(Value::small(7)));
        assert_eq!(first(FIRST + 5), None);
        let last = FIRST + 2 * RECENT - 1;
        assert_eq!(first(last), Some(Value::small(i32::try_from(last).unwrap())));
        all.truncate(8);
        assert_eq!(all.items(8), None);
        assert!(all.items(7).is_some());
    }
}
