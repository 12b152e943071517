//! The memo: values by number. Numbers that follow each other lie in a vector, others in a map.

use std::collections::HashMap;

use super::value::Value;

/// A number may be so far ahead of the vector's end and still make it longer.
const GAP: u64 = 4096;

/// Values by number.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Value>,
    sparse: HashMap<u64, Value>,
    /// How many numbers are taken.
    count: u64,
    /// What was put while the program is only tried.
    tried: Option<(HashMap<u64, Value>, u64)>,
}

impl Memo {
    #[inline]
    pub(super) fn get(&self, number: u64) -> Value {
        if let Some((tried, _)) = &self.tried
            && let Some(value) = tried.get(&number)
        {
            return *value;
        }
        match usize::try_from(number).ok().and_then(|number| self.dense.get(number)) {
            Some(value) if !value.is_missing() => *value,
            _ if self.sparse.is_empty() => Value::MISSING,
            _ => self.sparse.get(&number).copied().unwrap_or(Value::MISSING),
        }
    }

    #[inline]
    pub(super) fn put(&mut self, number: u64, value: Value) {
        if self.tried.is_some() {
            let new = self.get(number).is_missing();
            if let Some((tried, count)) = &mut self.tried {
                tried.insert(number, value);
                *count = count.wrapping_add(u64::from(new));
            }
            return;
        }
        let len = self.dense.len() as u64;
        if number == len && self.sparse.is_empty() {
            self.dense.push(value);
            self.count = self.count.wrapping_add(1);
        } else {
            self.put_anywhere(number, value, len);
        }
    }

    #[cold]
    fn put_anywhere(&mut self, number: u64, value: Value, len: u64) {
        let new = self.get(number).is_missing();
        self.count = self.count.saturating_add(u64::from(new));
        if number >= len.saturating_add(GAP) || self.sparse.contains_key(&number) {
            self.sparse.insert(number, value);
            return;
        }
        let Ok(index) = usize::try_from(number) else { return };
        if index >= self.dense.len() {
            self.dense.resize(index.saturating_add(1), Value::MISSING);
        }
        if let Some(slot) = self.dense.get_mut(index) {
            *slot = value;
        }
    }

    /// Puts a value under the number of values there are: that is what `MEMOIZE` does, even where numbers were left out.
    #[inline]
    pub(super) fn memoize(&mut self, value: Value) {
        self.put(self.next(), value);
    }

    /// The number under which the next value is put that is given none.
    pub(super) fn next(&self) -> u64 {
        self.tried.as_ref().map_or(self.count, |(_, count)| *count)
    }

    /// From here on, what is put can be taken back.
    pub(super) fn begin_trial(&mut self) {
        self.tried = Some((HashMap::new(), self.count));
    }

    /// Takes back what was put since [`Memo::begin_trial`].
    pub(super) fn end_trial(&mut self) {
        self.tried = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        let tried = self.tried.as_ref().map_or(0, |(tried, _)| tried.len());
        let sparse = self.sparse.len().saturating_add(tried).saturating_mul(40);
        self.dense.len().saturating_mul(size_of::<Value>()).saturating_add(sparse) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memoize_counts_values_not_numbers() {
        let mut memo = Memo::default();
        memo.put(5, Value::small(1));
        memo.put(1 << 40, Value::small(2));
        memo.put(5, Value::small(3));
        memo.memoize(Value::small(4));
        assert_eq!(memo.get(2), Value::small(4));
        assert_eq!(memo.get(5), Value::small(3));
        assert_eq!(memo.get(1 << 40), Value::small(2));
        assert!(memo.get(0).is_missing());
        assert!(memo.get(u64::MAX).is_missing());
    }

    #[test]
    fn takes_back_what_was_only_tried() {
        let mut memo = Memo::default();
        memo.memoize(Value::small(0));
        memo.begin_trial();
        memo.memoize(Value::small(1));
        memo.put(0, Value::small(2));
        assert_eq!((memo.get(0), memo.get(1)), (Value::small(2), Value::small(1)));
        memo.end_trial();
        assert_eq!(memo.get(0), Value::small(0));
        assert!(memo.get(1).is_missing());
    }
}
