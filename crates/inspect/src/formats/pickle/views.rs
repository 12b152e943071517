//! Tensors as `torch.save` writes them, by the keys under which a program puts them into its dictionaries.
//!
//! Values do not say which of many calls of a kind made them; where they stand on the stack does. So what is known of a
//! storage or tensor stays with its place, and moves with it into containers and out of the memo.

use std::collections::HashMap;

use weighbridge_domain::facts::Name;

use super::containers::Containers;
use super::context::Storage;
use super::leaf::{self, Source};
use super::names::Names;
use super::value::{Value, View as What};
use crate::limits::Fault;

/// Names of tensors that are kept.
const MOST: usize = 200_000;
/// The longest name that still gets longer.
const LONGEST: usize = 512;
/// Keys that only say how a module keeps what it has.
const SILENT: [&str; 3] = ["_buffers", "_modules", "_parameters"];

/// A tensor: a part of a storage under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// The keys that lead to it, joined by `.`.
    pub(crate) name: String,
    /// The key of its storage.
    pub(crate) storage: String,
    /// Type of its elements where the call names it; otherwise it is the storage's.
    pub(crate) dtype: Option<String>,
    /// Elements of the storage in front of it.
    pub(crate) offset: u64,
    /// Its dimensions.
    pub(crate) shape: Vec<u64>,
    /// For each dimension, the number of elements from one to the next.
    pub(crate) stride: Vec<u64>,
    /// Offset of the opcode that makes it.
    pub(crate) at: u64,
}

/// What is known of tensors while a program is followed.
#[derive(Debug, Default)]
pub(super) struct Views {
    storages: Vec<String>,
    made: Vec<View>,
    /// By their places, the lowest first.
    held: Vec<Held>,
    /// Memo numbers of tensors.
    memo: HashMap<u64, usize>,
    named: usize,
}

/// What is at a place of the stack.
#[derive(Debug, Default)]
struct Held {
    place: usize,
    storage: Option<usize>,
    tensors: Vec<(String, usize)>,
}

/// What values are called in the container that takes them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys<'a> {
    /// As the key before each says.
    Pairs(&'a [Value]),
    /// By numbers, from this one on.
    Numbers(u64),
    /// Not at all.
    None,
}

impl Views {
    /// Something asks for a storage; it is at `place` then.
    pub(super) fn storage(&mut self, place: usize, storage: &Storage) {
        self.drop_from(place);
        if self.storages.len() < MOST {
            self.held.push(Held { place, storage: Some(self.storages.len()), tensors: Vec::new() });
            self.storages.push(storage.key.clone());
        }
    }

    /// A call that makes a tensor of what is above `place`, which is where the tensor is then.
    pub(super) fn rebuild(
        &mut self,
        (containers, names): (&Containers, &Names),
        function: &str,
        arguments: &[Value],
        place: usize,
        at: u64,
    ) {
        let given = self.held.iter().rev().take_while(|held| held.place > place).last();
        let storage = given.and_then(|held| held.storage);
        let inner = given.and_then(|held| held.tensors.first()).map(|(_, tensor)| *tensor);
        self.drop_from(place);
        let tensor = match (function, arguments) {
            ("_rebuild_parameter" | "_rebuild_parameter_with_state", _) => inner,
            ("_rebuild_from_type" | "_rebuild_from_type_v2", [function, _, arguments, ..]) => {
                let arguments = arguments.as_node().and_then(|node| containers.items(node));
                match (names.name(*function), arguments) {
                    (Some(Name { name, .. }), Some((arguments, _)))
                        if name.starts_with("_rebuild_tensor") =>
                    {
                        self.make((containers, names), storage, arguments, at)
                    }
                    _ => inner,
                }
            }
            _ => self.make((containers, names), storage, arguments, at),
        };
        if let Some(tensor) = tensor {
            self.hold(place, tensor);
        }
    }

    /// `storage, offset, size, stride`, and behind them perhaps a type.
    fn make(
        &mut self,
        (containers, names): (&Containers, &Names),
        storage: Option<usize>,
        arguments: &[Value],
        at: u64,
    ) -> Option<usize> {
        let [_, offset, shape, stride, rest @ ..] = arguments else { return None };
        let numbers = |value: &Value| match value.view() {
            What::EmptyTuple => Some(Vec::new()),
            What::Node(node) => {
                let (items, more) = containers.items(node)?;
                items.iter().map(|item| number(*item)).collect::<Option<Vec<_>>>().filter(|_| more == 0)
            }
            _ => None,
        };
        let dtype = rest.iter().find_map(|value| names.name(*value)).filter(|name| name.module == "torch");
        let view = View {
            name: String::new(),
            storage: self.storages.get(storage?)?.clone(),
            dtype: dtype.map(|name| name.name.clone()),
            offset: number(*offset)?,
            shape: numbers(shape)?,
            stride: numbers(stride)?,
            at,
        };
        if self.made.len() >= MOST {
            return None;
        }
        self.made.push(view);
        Some(self.made.len().saturating_sub(1))
    }

    fn hold(&mut self, place: usize, tensor: usize) {
        if self.named < MOST {
            self.named = self.named.saturating_add(1);
            self.held.push(Held { place, storage: None, tensors: vec![(String::new(), tensor)] });
        }
    }

    /// What was at `place` and above it is gone.
    pub(super) fn drop_from(&mut self, place: usize) {
        while self.held.pop_if(|held| held.place >= place).is_some() {}
    }

    /// What is at `from` and above it is now inside what is at `into`.
    pub(super) fn absorb(
        &mut self,
        source: &Source<'_>,
        into: usize,
        from: usize,
        keys: Keys<'_>,
    ) -> Result<(), Fault> {
        let first =
            self.held.iter().rposition(|held| held.place < from).map_or(0, |last| last.saturating_add(1));
        if first >= self.held.len() {
            return Ok(());
        }
        let mut whole = Held { place: into, ..Held::default() };
        for mut held in self.held.split_off(first) {
            let above = held.place.saturating_sub(from);
            let key = match keys {
                Keys::Pairs(items) if above % 2 == 1 => {
                    items.get(above.saturating_sub(1)).map(|key| word(source, *key)).transpose()?
                }
                Keys::Numbers(start) => Some(start.saturating_add(above as u64).to_string()),
                Keys::Pairs(_) | Keys::None => None,
            };
            if let Some(key) = key.filter(|key| !SILENT.contains(&key.as_str())) {
                for (name, _) in &mut held.tensors {
                    if name.is_empty() {
                        name.clone_from(&key);
                    } else if name.len() < LONGEST {
                        name.insert_str(0, &format!("{key}."));
                    }
                }
            }
            whole.storage = whole.storage.or(held.storage);
            if whole.tensors.is_empty() {
                whole.tensors = held.tensors;
            } else {
                whole.tensors.append(&mut held.tensors);
            }
        }
        match self.held.last_mut().filter(|held| held.place == into) {
            Some(held) => held.tensors.append(&mut whole.tensors),
            None => self.held.push(whole),
        }
        Ok(())
    }

    /// The value at `place` is put into the memo.
    pub(super) fn store(&mut self, number: u64, place: usize) {
        match self.held.last() {
            Some(Held { place: at, tensors, .. }) if *at == place => {
                if let [(name, tensor)] = tensors.as_slice()
                    && name.is_empty()
                {
                    self.memo.insert(number, *tensor);
                }
            }
            _ => {}
        }
    }

    /// A value comes out of the memo, and is at `place` then.
    pub(super) fn recall(&mut self, number: u64, place: usize) {
        if let Some(&tensor) = self.memo.get(&number) {
            self.drop_from(place);
            self.hold(place, tensor);
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        let names = self.named.saturating_mul(128);
        let made = self.made.len().saturating_add(self.storages.len()).saturating_mul(160);
        names.saturating_add(made) as u64
    }

    /// The tensors inside what is at `place`, by their names. Those that are nowhere in it have none.
    pub(super) fn finish(mut self, place: usize) -> Vec<View> {
        self.drop_from(place.saturating_add(1));
        let tensors = self.held.pop_if(|held| held.place == place).map(|held| held.tensors);
        let named = tensors.into_iter().flatten();
        named
            .filter_map(|(name, tensor)| self.made.get(tensor).map(|view| View { name, ..view.clone() }))
            .collect()
    }
}

fn number(value: Value) -> Option<u64> {
    match value.view() {
        What::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

/// A key as a part of a name.
fn word(source: &Source<'_>, key: Value) -> Result<String, Fault> {
    Ok(match key.view() {
        What::Int(number) => number.to_string(),
        _ => leaf::text(source, key, LONGEST)?.map_or_else(|| "?".to_owned(), |(text, _)| text),
    })
}
