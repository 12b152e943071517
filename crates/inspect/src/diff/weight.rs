//! How much memory the values of a JSON text would take, before any is kept.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes that a value takes beside its text, alone and with a key.
const VALUE: u64 = 40;
const ENTRY: u64 = 100;

/// Roughly the memory of a value with everything in it. Merges of a vocabulary are not kept.
#[derive(Debug)]
pub(crate) struct Weight(pub(crate) u64);

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Weigh).map(Self)
    }
}

struct Weigh;

impl<'de> Visitor<'de> for Weigh {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
        Ok(VALUE)
    }

    fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
        Ok(VALUE)
    }

    fn visit_u64<E>(self, _: u64) -> Result<u64, E> {
        Ok(VALUE)
    }

    fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
        Ok(VALUE)
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(VALUE)
    }

    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(VALUE.saturating_add(text.len() as u64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let mut sum = VALUE;
        while let Some(Weight(item)) = items.next_element()? {
            sum = sum.saturating_add(item);
        }
        Ok(sum)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut sum = VALUE;
        while let Some(key) = map.next_key::<String>()? {
            let value = if key == "merges" {
                map.next_value::<IgnoredAny>()?;
                0
            } else {
                map.next_value::<Weight>()?.0
            };
            sum = sum.saturating_add(ENTRY).saturating_add(key.len() as u64).saturating_add(value);
        }
        Ok(sum)
    }
}
