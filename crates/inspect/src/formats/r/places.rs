//! What is called what in a serialised R object.

use std::collections::BTreeMap;

/// The object itself.
pub(super) const NIL: usize = 0;

/// Places, each within another by a number or a name.
#[derive(Debug)]
pub(super) struct Places {
    /// The parent of each place, and the number or name in it.
    places: Vec<(usize, String)>,
    /// The names of the elements of a place.
    names: BTreeMap<usize, Vec<String>>,
}

impl Default for Places {
    fn default() -> Self {
        Self { places: vec![(NIL, String::new())], names: BTreeMap::new() }
    }
}

impl Places {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn add(&mut self, parent: usize, own: String) -> usize {
        self.places.push((parent, own));
        self.places.len().saturating_sub(1)
    }

    pub(super) fn name_element(&mut self, node: usize, name: String) {
        self.names.entry(node).or_default().push(name);
    }

    pub(super) fn parent(&self, node: usize) -> usize {
        self.places.get(node).map_or(NIL, |(parent, _)| *parent)
    }

    /// The number or name of a place in its parent.
    pub(super) fn own(&self, node: usize) -> &str {
        self.places.get(node).map_or("", |(_, own)| own)
    }

    /// The names from the object down to a place.
    pub(super) fn path(&self, node: usize) -> String {
        let mut steps = Vec::new();
        let mut at = node;
        while let Some((parent, own)) = self.places.get(at).filter(|_| at != NIL && steps.len() < 32) {
            let index = own.parse::<usize>().ok();
            let named = index.and_then(|index| self.names.get(parent)?.get(index));
            steps.push(named.filter(|name| !name.is_empty()).unwrap_or(own).as_str());
            at = *parent;
        }
        steps.reverse();
        steps.join(".")
    }
}

/// A vector of numbers.
#[derive(Debug)]
pub(super) struct Vector {
    pub(super) node: usize,
    pub(super) dtype: &'static str,
    pub(super) length: u64,
    pub(super) start: u64,
    pub(super) bytes: u64,
}
