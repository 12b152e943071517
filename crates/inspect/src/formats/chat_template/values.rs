//! Constants, and what is known of an expression.

use std::rc::Rc;

use weighbridge_domain::facts::Holder;

use super::text_methods;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(Rc<str>),
    Integer(i64),
    List(Rc<[Self]>),
    Dictionary(Rc<[(Self, Self)]>),
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Rc::from(text))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn is_sized(&self) -> bool {
        !matches!(self, Self::Integer(_))
    }
}

/// What an expression may be besides the values that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rest {
    /// Nothing else.
    Nothing,
    /// A number, or true or false.
    Number,
    /// Data.
    Data,
    /// A text that the template puts together, but from what is not known.
    Built,
}

/// Whether a text was put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Computed {
    No,
    Yes,
    /// With a table of characters.
    Translated,
}

/// What is known of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fold {
    /// One of these,
    pub(super) values: Vec<Value>,
    /// or this.
    pub(super) rest: Rest,
    pub(super) computed: Computed,
    /// What it is, when something is taken of it.
    pub(super) holder: Holder,
}

/// Values kept for one expression.
pub(super) const MOST: usize = 8;

impl Fold {
    const fn new(rest: Rest, computed: Computed, holder: Holder) -> Self {
        Self { values: Vec::new(), rest, computed, holder }
    }

    pub(super) const DATA: Self = Self::new(Rest::Data, Computed::No, Holder::Data);
    pub(super) const NUMBER: Self = Self::new(Rest::Number, Computed::No, Holder::Constant);
    pub(super) const BUILT: Self = Self::new(Rest::Built, Computed::Yes, Holder::Constant);
    pub(super) const OBJECT: Self = Self::new(Rest::Data, Computed::No, Holder::Object);
    pub(super) const NAMESPACE: Self = Self::new(Rest::Data, Computed::No, Holder::Namespace);
    /// No value at all.
    pub(super) const NONE: Self = Self::new(Rest::Nothing, Computed::No, Holder::Constant);

    pub(super) fn known(value: Value) -> Self {
        Self { values: vec![value], ..Self::NONE }
    }

    /// Of these values, however many there are.
    pub(super) fn of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut fold = Self::NONE;
        for value in values {
            fold.add(value);
        }
        fold
    }

    fn add(&mut self, value: Value) {
        if self.values.contains(&value) {
            return;
        }
        if self.values.len() < MOST {
            self.values.push(value);
        } else {
            self.rest = self.rest.max(if value.is_sized() { Rest::Built } else { Rest::Number });
        }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(Value::as_text)
    }

    /// It is, or may be, a text of the template's own.
    pub(super) fn is_made(&self) -> bool {
        self.rest == Rest::Built || self.texts().next().is_some()
    }

    /// It is, or may be, a text, list or table of the template's own.
    pub(super) fn is_sized(&self) -> bool {
        self.rest == Rest::Built || self.values.iter().any(Value::is_sized)
    }

    /// The one value that it is.
    pub(super) fn only(&self) -> Option<&Value> {
        match self.values.as_slice() {
            [value] if self.rest == Rest::Nothing => Some(value),
            _ => None,
        }
    }

    /// Either of two.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut either = self.clone();
        for value in &other.values {
            either.add(value.clone());
        }
        either.rest = either.rest.max(other.rest);
        either.computed = either.computed.max(other.computed);
        either.holder = either.holder.max(other.holder);
        either
    }

    /// The same, and a text that is not known.
    pub(super) fn widened(mut self) -> Self {
        self.rest = self.rest.max(if self.is_made() { Rest::Built } else { Rest::Data });
        self
    }

    /// The same, put together.
    pub(super) fn made(mut self) -> Self {
        self.computed = self.computed.max(Computed::Yes);
        self
    }

    /// The item of each list at a place.
    pub(super) fn part(&self, at: usize) -> Self {
        let items = self.values.iter().filter_map(|value| match value {
            Value::List(items) => items.get(at).cloned(),
            _ => None,
        });
        Self { values: items.collect(), ..self.clone() }
    }

    /// What a function makes of each value; what it makes nothing of is a text that is not known.
    pub(super) fn map(&self, apply: impl Fn(&Value) -> Option<Value>) -> Self {
        let mut fold = Self { values: Vec::new(), ..self.clone() };
        for value in &self.values {
            match apply(value) {
                Some(value) => fold.add(value),
                None => fold.rest = Rest::Built,
            }
        }
        fold
    }
}

/// Items looked at of one value.
const SOME: usize = 64;

/// Either of the items of a value.
pub(super) fn items_of(value: &Value) -> Fold {
    match value {
        Value::List(items) if items.len() <= SOME => Fold::of(items.iter().cloned()),
        Value::Dictionary(pairs) if pairs.len() <= SOME => {
            Fold::of(pairs.iter().map(|(_, value)| value.clone()))
        }
        Value::Text(text) if text.len() <= SOME => {
            Fold::of(text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4])))).made()
        }
        Value::Integer(_) => Fold::NUMBER,
        _ => Fold::BUILT,
    }
}

/// Lists and tables of more than this are not followed: comparing them would take long.
const HEAVIEST: usize = 1024;

/// How much there is in a value with all its items.
fn weight(value: &Value) -> usize {
    let items: usize = match value {
        Value::Text(text) => text.len() / 64,
        Value::Integer(_) => 0,
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Dictionary(pairs) => {
            pairs.iter().map(|(key, value)| weight(key).saturating_add(weight(value))).sum()
        }
    };
    items.saturating_add(1)
}

/// The value, unless there is too much in it. What it is made of was asked the same.
pub(super) fn bounded(value: Value) -> Option<Value> {
    (weight(&value) <= HEAVIEST).then_some(value)
}

pub(super) fn lookup(value: &Value, key: &Value) -> Option<Value> {
    match (value, key) {
        (Value::Dictionary(pairs), key) => {
            pairs.iter().rev().find(|(found, _)| found == key).map(|(_, value)| value.clone())
        }
        (_, Value::Integer(index)) => text_methods::index(value, *index),
        _ => None,
    }
}

/// All combinations of two sets of values, and `rest` where one is not known or nothing comes of it.
pub(super) fn combine(
    a: &Fold,
    b: &Fold,
    rest: Rest,
    apply: impl Fn(&Value, &Value) -> Option<Value>,
) -> Fold {
    let mut fold = Fold { computed: a.computed.max(b.computed), ..Fold::NONE };
    if a.rest != Rest::Nothing || b.rest != Rest::Nothing {
        fold.rest = rest;
    }
    for (a, b) in a.values.iter().flat_map(|a| b.values.iter().map(move |b| (a, b))) {
        match apply(a, b) {
            Some(value) => fold.add(value),
            None => fold.rest = rest,
        }
    }
    fold
}
