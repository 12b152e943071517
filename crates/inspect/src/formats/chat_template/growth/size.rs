//! Lengths in place of values.

use crate::formats::chat_template::values::Value;

/// How long a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// It is a text or list of the template's own.
    pub(super) sized: bool,
    /// Characters, or items.
    pub(super) count: u64,
    /// Characters with those of all items.
    pub(super) weight: u64,
    /// It is no more than this, when it is a number.
    pub(super) number: u64,
}

impl Size {
    /// Data, or a number that is not known.
    pub(super) const DATA: Self = Self { sized: false, count: 1, weight: 1, number: 1 };

    pub(super) fn text(weight: u64) -> Self {
        Self { sized: true, count: weight, weight, number: 1 }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            sized: self.sized || other.sized,
            count: self.count.max(other.count),
            weight: self.weight.max(other.weight),
            number: self.number.max(other.number),
        }
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::text((text.len() as u64).max(1)),
            Value::Integer(number) => Self { number: number.unsigned_abs(), ..Self::DATA },
            Value::List(items) => Self::all(items.iter().map(Self::of)),
            Value::Dictionary(pairs) => Self::all(pairs.iter().map(|(_, value)| Self::of(value))),
        }
    }

    pub(super) fn all(items: impl Iterator<Item = Self>) -> Self {
        let none = Self { sized: true, count: 0, weight: 1, number: 1 };
        items.fold(none, |all, item| Self {
            count: all.count.saturating_add(1),
            weight: all.weight.saturating_add(item.weight),
            ..all
        })
    }
}
