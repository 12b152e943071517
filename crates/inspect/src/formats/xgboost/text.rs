//! The document as JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use weighbridge_domain::facts::problem::Kind;

use super::document::{Gather, Value, list};
use crate::formats::json;
use crate::formats::layout::name;
use crate::input::Input;
use crate::limits::Fault;

pub(in crate::formats) fn read(gather: &mut Gather<'_, '_>, input: &Input) -> Result<Value, Fault> {
    let size = input.len();
    gather.notes.remember(gather.visit, size)?;
    let mut bytes = input.read(0, size)?;
    let Some(text) = json::text(&mut bytes) else {
        gather.problem(0, Kind::BadText, "the text is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut fault = None;
    let mut json = serde_json::Deserializer::from_str(&text);
    let node = Node { gather, fault: &mut fault, key: "" };
    let read = node.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    match (fault, read) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) => Err(Fault::Unparsable(error.to_string())),
        (None, Ok(value)) => Ok(value),
    }
}

/// The value of a key.
struct Node<'n, 'g, 'v> {
    gather: &'n mut Gather<'g, 'v>,
    fault: &'n mut Option<Fault>,
    key: &'n str,
}

impl Node<'_, '_, '_> {
    fn take<E: Error>(&mut self, content: usize) -> Result<(), E> {
        self.gather.take(content as u64).map_err(|fault| {
            *self.fault = Some(fault);
            E::custom("not read further")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Truth(truth))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers that large mean nothing here")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers that large mean nothing here")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Value, E> {
        self.take(text.len())?;
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut pairs: Vec<(String, Value)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            self.take(key.len().saturating_mul(2))?;
            if !seen.insert(key.clone()) {
                let detail = format!("the key `{}` stands twice", name(&key));
                self.gather.problem(0, Kind::Duplicate, detail);
            }
            let node = Node { gather: &mut *self.gather, fault: &mut *self.fault, key: &key };
            let value = access.next_value_seed(node)?;
            pairs.push((key, value));
        }
        Ok(Value::Map(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let trees = self.gather.forest && self.key == "trees";
        let mut items = Vec::new();
        let mut count = 0_u64;
        loop {
            let held = self.gather.held();
            let node = Node { gather: &mut *self.gather, fault: &mut *self.fault, key: "" };
            let Some(item) = access.next_element_seed(node)? else { break };
            count = count.saturating_add(1);
            if trees {
                self.gather.tree(0, &item);
                self.gather.release(held);
            } else {
                self.take(0)?;
                items.push(item);
            }
        }
        Ok(if trees { Value::Trees(count) } else { list(items) })
    }
}
