//! Vocabularies: words and their numbers, added words, merges, and the keys around them.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::content::{self, Settings};
use crate::limits::Budget;

/// Bytes that a word takes beside its letters.
const WORD: u64 = 100;

/// What is known of a vocabulary.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Words and their numbers.
    pub(crate) words: HashMap<String, i64>,
    /// How many words have a weight, and the digest of all weights.
    pub(crate) weights: Option<(u64, String)>,
    /// Words that are matched before all others: number or place, and what the file says of them.
    pub(crate) added: HashMap<String, String>,
    /// How many merges there are, and their digest.
    pub(crate) merges: Option<(u64, String)>,
    /// Everything else.
    pub(crate) settings: Settings,
}

/// `tokenizer.json`, `vocab.json`, `added_tokens.json`; nothing when it is of another form.
pub(crate) fn json(text: &str, name: &str) -> Option<Vocabulary> {
    if name != "tokenizer.json" {
        let words = serde_json::from_str::<HashMap<String, i64>>(text).ok()?;
        return Some(Vocabulary { words, ..Vocabulary::default() });
    }
    let file: File = serde_json::from_str(text).ok()?;
    let mut settings = content::settings(&Value::Object(file.rest)).ok()?;
    for (key, value) in content::settings(&Value::Object(file.model.rest)).ok()? {
        settings.insert(format!("model.{key}"), value);
    }
    let added = file.added_tokens.into_iter().enumerate().map(|(index, token)| {
        let name = token.get("content").and_then(Value::as_str);
        let name = name.map_or_else(|| index.to_string(), str::to_owned);
        (name, Value::Object(token).to_string())
    });
    Some(Vocabulary {
        words: file.model.vocab.words,
        weights: file.model.vocab.weights.map(Hashed::finish),
        added: added.collect(),
        merges: file.model.merges.map(|merges| merges.0.finish()),
        settings,
    })
}

/// `vocab.txt` and `merges.txt`: one a line.
pub(crate) fn lines(text: &str, name: &str, budget: &Budget) -> Result<Vocabulary, String> {
    if name == "merges.txt" {
        let mut merges = Hashed::default();
        for line in text.lines().filter(|line| !line.starts_with("#version")) {
            merges.add(line);
        }
        return Ok(Vocabulary { merges: Some(merges.finish()), ..Vocabulary::default() });
    }
    let words = text.lines().count() as u64;
    let weight = words.saturating_mul(WORD).saturating_add(text.len() as u64);
    budget.memory(weight).map_err(|fault| fault.to_string())?;
    Ok(Vocabulary { words: numbered(text.lines().map(str::to_owned)), ..Vocabulary::default() })
}

/// Words that are numbered as they stand.
pub(crate) fn numbered(words: impl Iterator<Item = String>) -> HashMap<String, i64> {
    let mut numbers = HashMap::new();
    for (number, word) in (0..).zip(words) {
        numbers.entry(word).or_insert(number);
    }
    numbers
}

/// A count of texts and their digest.
#[derive(Debug, Default)]
pub(crate) struct Hashed {
    count: u64,
    hasher: Sha256,
}

impl Hashed {
    pub(crate) fn add(&mut self, text: &str) {
        self.add_bytes(text.as_bytes());
    }

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        self.count += 1;
        self.hasher.update((bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    pub(crate) fn finish(self) -> (u64, String) {
        (self.count, self.hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Map<String, Value>>,
    model: Model,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    vocab: Words,
    #[serde(default)]
    merges: Option<Merges>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An object of words and numbers, or a list of words with their weights.
#[derive(Default)]
struct Words {
    words: HashMap<String, i64>,
    weights: Option<Hashed>,
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("words")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
                let mut words = HashMap::new();
                while let Some((word, number)) = map.next_entry()? {
                    words.insert(word, number);
                }
                Ok(Words { words, weights: None })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
                let (mut words, mut weights) = (HashMap::new(), Hashed::default());
                let mut number = 0;
                while let Some((word, weight)) = items.next_element::<(String, Value)>()? {
                    weights.add(&weight.to_string());
                    words.entry(word).or_insert(number);
                    number += 1;
                }
                Ok(Words { words, weights: Some(weights) })
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// Pairs, as one text or as two.
#[derive(Default)]
struct Merges(Hashed);

impl<'de> Deserialize<'de> for Merges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Merges;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("merges")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Merges, A::Error> {
                let mut merges = Merges::default();
                while let Some(pair) = items.next_element::<Value>()? {
                    merges.0.add(&pair.to_string());
                }
                Ok(merges)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Merges, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Err(serde::de::Error::custom("merges are a list"))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::config;

    #[test]
    fn reads_the_forms_of_vocabularies() {
        let read = json(config::TOKENIZER, "tokenizer.json").unwrap();
        assert_eq!((read.words.len(), read.words["os.system"]), (7, 2));
        assert_eq!(read.merges.as_ref().unwrap().0, 2);
        assert_eq!(read.added.keys().collect::<Vec<_>>(), ["<unk>"]);
        assert_eq!(read.settings["normalizer.normalizers.0.type"], "\"Prepend\"");
        assert_eq!(read.settings["model.type"], "\"BPE\"");
        assert!(!read.settings.keys().any(|key| key.contains("vocab")));

        let list = r#"{"model":{"type":"Unigram","vocab":[["<unk>",0.0],["a",-1.5]]}}"#;
        let read = json(list, "tokenizer.json").unwrap();
        assert_eq!((read.words["a"], read.weights.unwrap().0), (1, 2));
        assert_eq!(json(r#"{"a":0,"b":1}"#, "vocab.json").unwrap().words["b"], 1);
        assert!(json(r#"{"a":[]}"#, "vocab.json").is_none());
        let budget = Budget::new(&crate::Limits::default(), None);
        assert_eq!(lines("[PAD]\n[UNK]\n", "vocab.txt", &budget).unwrap().words["[UNK]"], 1);
        assert_eq!(lines("#version: 0.2\na b\n", "merges.txt", &budget).unwrap().merges.unwrap().0, 1);
    }
}
