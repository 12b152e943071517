//! A document of names and values, as JSON and UBJSON both write it. Trees are looked at one by one and not kept.

use weighbridge_domain::facts::problem::Kind;

use super::tree::{self, Trees};
use crate::formats::layout::Notes;
use crate::limits::Fault;
use crate::walk::Visit;

/// How deeply a document may be nested.
pub(in crate::formats) const DEEPEST: usize = 126;

/// Bytes of memory that a value takes beside its content.
const VALUE: u64 = 48;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::formats) enum Value {
    Nothing,
    Truth(bool),
    Number(f64),
    Text(String),
    Numbers(Vec<f64>),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// So many trees, which were looked at.
    Trees(u64),
}

impl Value {
    /// The value of a key.
    pub(in crate::formats) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value at the end of a path of keys.
    pub(in crate::formats) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    pub(in crate::formats) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, also one that is written as text, as XGBoost writes its parameters.
    pub(in crate::formats) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A number of things.
    pub(in crate::formats) fn count(&self) -> Option<u64> {
        self.number().and_then(natural)
    }

    pub(in crate::formats) fn numbers(&self) -> Option<&[f64]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            Self::List(items) if items.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// How many items a list has.
    pub(in crate::formats) fn items(&self) -> Option<u64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.len() as u64),
            Self::List(items) => Some(items.len() as u64),
            Self::Trees(count) => Some(*count),
            _ => None,
        }
    }
}

/// A natural number that a float holds exactly.
pub(in crate::formats) fn natural(number: f64) -> Option<u64> {
    let fits = (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0;
    // The check above is the reason why the conversion loses nothing.
    fits.then(|| format!("{number:.0}")).and_then(|digits| digits.parse().ok())
}

/// A whole number as an index; nothing for -1 and other numbers below 0, and for fractions.
pub(in crate::formats) fn index(number: f64) -> Option<usize> {
    let fits = (0.0..4_294_967_296.0).contains(&number) && number.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    fits.then_some(number as usize)
}

/// What is known while a document is read.
pub(in crate::formats) struct Gather<'g, 'v> {
    pub(in crate::formats) visit: &'g mut Visit<'v>,
    pub(in crate::formats) notes: &'g mut Notes,
    pub(in crate::formats) trees: Trees,
    /// Lists called `trees` are trees.
    pub(in crate::formats) forest: bool,
    held: u64,
    values: u64,
}

impl<'g, 'v> Gather<'g, 'v> {
    pub(in crate::formats) fn new(visit: &'g mut Visit<'v>, notes: &'g mut Notes) -> Self {
        Self { visit, notes, trees: Trees::default(), forest: true, held: 0, values: 0 }
    }

    pub(in crate::formats) fn problem(&mut self, at: u64, kind: Kind, detail: impl Into<String>) {
        self.notes.problem(self.visit, at, kind, detail);
    }

    /// Takes memory for a value with so many bytes of content, and time.
    pub(in crate::formats) fn take(&mut self, content: u64) -> Result<(), Fault> {
        self.values = self.values.saturating_add(1);
        if self.values.is_multiple_of(4096) {
            self.visit.budget.tick()?;
        }
        let bytes = content.saturating_add(VALUE);
        self.held = self.held.saturating_add(bytes);
        self.notes.remember(self.visit, bytes)
    }

    /// The memory held now.
    pub(in crate::formats) fn held(&self) -> u64 {
        self.held
    }

    /// Gives back what was taken since then.
    pub(in crate::formats) fn release(&mut self, held: u64) {
        self.notes.forget(self.held.saturating_sub(held));
        self.held = held;
    }

    /// Looks at a tree that was read at `at`.
    pub(in crate::formats) fn tree(&mut self, at: u64, tree: &Value) {
        tree::check(self, at, tree);
    }
}

/// A list as short as it can be kept.
pub(in crate::formats) fn list(items: Vec<Value>) -> Value {
    let number = |item: &Value| match item {
        Value::Number(number) => Some(*number),
        _ => None,
    };
    if !items.is_empty() && items.iter().all(|item| matches!(item, Value::Number(_))) {
        return Value::Numbers(items.iter().filter_map(number).collect());
    }
    Value::List(items)
}
