//! Constants, and what is known of an expression.

use std::rc::Rc;

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
}

/// What is known of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fold {
    /// Data: nothing.
    Unknown,
    /// A text that the template puts together, but from what is not known.
    Built,
    /// One of these.
    Known(Vec<Value>),
}

/// Values kept for one expression.
pub(super) const MOST: usize = 8;

impl Fold {
    pub(super) fn of(value: Option<Value>) -> Self {
        value.map_or(Self::Unknown, |value| Self::Known(vec![value]))
    }

    pub(super) fn values(&self) -> &[Value] {
        if let Self::Known(values) = self { values } else { &[] }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.values().iter().filter_map(Value::as_text)
    }

    /// Either of two.
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => {
                let mut values = a.clone();
                for value in b {
                    if values.len() < MOST && !values.contains(value) {
                        values.push(value.clone());
                    }
                }
                Self::Known(values)
            }
            (Self::Known(known), _) | (_, Self::Known(known)) => Self::Known(known.clone()),
            (Self::Built, _) | (_, Self::Built) => Self::Built,
            _ => Self::Unknown,
        }
    }

    /// The item of each list at a place.
    pub(super) fn part(&self, at: usize) -> Self {
        let items = self.values().iter().filter_map(|value| match value {
            Value::List(items) => items.get(at).cloned(),
            _ => None,
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() { Self::Unknown } else { Self::Known(items) }
    }

    /// The value of a function of this.
    pub(super) fn map(&self, apply: impl Fn(&Value) -> Option<Value>) -> Self {
        match self {
            Self::Known(values) => {
                let values: Vec<_> = values.iter().filter_map(apply).collect();
                if values.is_empty() { Self::Built } else { Self::Known(values) }
            }
            other => other.clone(),
        }
    }
}

/// Either of the items of a value.
pub(super) fn items_of(value: &Value) -> Fold {
    let items: Vec<_> = match value {
        Value::List(items) => items.iter().take(MOST).cloned().collect(),
        Value::Dictionary(pairs) => pairs.iter().take(MOST).map(|(_, value)| value.clone()).collect(),
        Value::Text(text) => {
            text.chars().take(MOST).map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect()
        }
        Value::Integer(_) => Vec::new(),
    };
    if items.is_empty() { Fold::Unknown } else { Fold::Known(items) }
}

pub(super) fn lookup(value: &Value, key: &Value) -> Option<Value> {
    match (value, key) {
        (Value::Dictionary(pairs), key) => {
            pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value.clone())
        }
        (_, Value::Integer(index)) => text_methods::index(value, *index),
        _ => None,
    }
}

/// All combinations of two sets of values; nothing when there are none.
pub(super) fn combine(a: &Fold, b: &Fold, apply: fn(&Value, &Value) -> Option<Value>) -> Option<Fold> {
    let pairs = a.values().iter().flat_map(|a| b.values().iter().map(move |b| (a, b)));
    let values: Vec<_> = pairs.filter_map(|(a, b)| apply(a, b)).take(MOST).collect();
    if values.is_empty() { None } else { Some(Fold::Known(values)) }
}
