//! What of a part's bytes is compared: lines of code and templates, keys of settings, words of vocabularies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::vocabulary::{self, Vocabulary};
use super::weight::Weight;
use super::{gguf, yaml};
use crate::formats;
use crate::input::Input;
use crate::limits::Budget;

/// The longest text whose lines are compared.
const LONGEST_TEXT: u64 = 1 << 20;

/// The longest settings whose keys are compared.
const LONGEST_SETTINGS: u64 = 8 << 20;

/// The longest vocabulary whose words are compared.
const LONGEST_VOCABULARY: u64 = 64 << 20;

/// Keys kept of one part, and bytes of them and their values.
pub(crate) const MOST_KEYS: usize = 50_000;
const MOST_BYTES: usize = 64 << 20;

/// The keys of settings, with the path to each, and their values as JSON.
pub(crate) type Settings = BTreeMap<String, String>;

/// Settings while they are read.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    kept: Settings,
    bytes: usize,
}

impl Keys {
    pub(crate) fn insert(&mut self, path: String, value: String) {
        self.bytes += path.len() + value.len();
        self.kept.insert(path, value);
    }

    /// No more are kept.
    pub(crate) fn are_full(&self) -> bool {
        self.kept.len() > MOST_KEYS || self.bytes > MOST_BYTES
    }

    pub(crate) fn finish(self) -> Result<Settings, String> {
        if self.kept.len() > MOST_KEYS {
            return Err(format!("more than {MOST_KEYS} keys"));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!(
                "more than {} of keys with the paths to them",
                crate::text::bytes(MOST_BYTES as u64)
            ));
        }
        Ok(self.kept)
    }
}

/// What is compared of a part.
#[derive(Debug)]
pub(crate) enum Content {
    /// Program text.
    Code(String),
    /// A template.
    Template(String),
    /// Keys and values.
    Settings(Settings),
    /// Words and their numbers, and the keys around them.
    Vocabulary(Box<Vocabulary>),
    /// Of a kind that is compared, but it cannot be, and why.
    Unread(String),
    /// Nothing but facts and bytes.
    Other,
}

/// Formats whose text is a program.
pub(crate) fn is_program_text(format: &str) -> bool {
    matches!(
        format,
        "dockerfile"
            | "makefile"
            | "modelfile"
            | "notebook-cell"
            | "npm-conf"
            | "pip-conf"
            | "pyproject"
            | "python"
            | "script"
            | "setup-cfg"
            | "shell"
            | "source"
            | "unit"
            | "uv-conf"
            | "workflow"
    )
}

/// Reads what is compared of a part of this format; `name` is the last part of its name.
pub(crate) fn read(input: &Input, format: &str, name: &str, budget: &Budget) -> Content {
    let outcome = match format {
        format if is_program_text(format) => text(input, LONGEST_TEXT).map(Content::Code),
        "chat-template" => text(input, LONGEST_TEXT).map(Content::Template),
        "conda-environment" | "yaml" => {
            text(input, LONGEST_SETTINGS).and_then(|text| yaml::settings(&text)).map(Content::Settings)
        }
        "tokenizer" => {
            bytes(input, LONGEST_VOCABULARY).and_then(|bytes| json_vocabulary(bytes, name, budget))
        }
        "text" if matches!(name, "vocab.txt" | "merges.txt") => text(input, LONGEST_VOCABULARY)
            .and_then(|text| vocabulary::lines(&text, name, budget))
            .map(|words| Content::Vocabulary(Box::new(words))),
        "gguf" => gguf::read(input, budget),
        "adapter-config" | "generation-config" | "json" | "model-config" | "modules-index"
        | "pipeline-index" | "tokenizer-config" => {
            bytes(input, LONGEST_SETTINGS).and_then(|bytes| json(bytes, budget))
        }
        // Where tensors are is told with these, and which packages with those.
        "bill-of-materials" | "npm-lock" | "pipfile-lock" | "safetensors-index" => return Content::Other,
        _ if name.rsplit_once('.').is_some_and(|(_, ending)| ending == "json") => {
            let settings = bytes(input, LONGEST_SETTINGS).and_then(|bytes| json(bytes, budget));
            return settings.unwrap_or(Content::Other);
        }
        _ => return Content::Other,
    };
    outcome.unwrap_or_else(Content::Unread)
}

fn bytes(input: &Input, longest: u64) -> Result<Vec<u8>, String> {
    if input.len() > longest {
        return Err(format!("longer than {}", crate::text::bytes(longest)));
    }
    input.read(0, longest).map_err(|error| format!("could not be read: {error}"))
}

fn text(input: &Input, longest: u64) -> Result<String, String> {
    bytes(input, longest).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn json(mut bytes: Vec<u8>, budget: &Budget) -> Result<Content, String> {
    let text = formats::json::text(&mut bytes).ok_or("its text is not UTF-8")?;
    allowed(&text, budget)?;
    let value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    settings(&value).map(Content::Settings)
}

fn json_vocabulary(mut bytes: Vec<u8>, name: &str, budget: &Budget) -> Result<Content, String> {
    if let Some(text) = formats::json::text(&mut bytes) {
        allowed(&text, budget)?;
        if let Some(vocabulary) = vocabulary::json(&text, name) {
            return Ok(Content::Vocabulary(Box::new(vocabulary)));
        }
    }
    if bytes.len() as u64 > LONGEST_SETTINGS {
        return Err("a vocabulary of a form that is not known".to_owned());
    }
    json(bytes, budget)
}

/// The values of a JSON text may be kept in memory.
fn allowed(text: &str, budget: &Budget) -> Result<(), String> {
    let weight = serde_json::from_str::<Weight>(text).map_err(|error| format!("not JSON: {error}"))?;
    budget.memory(weight.0).map_err(|fault| fault.to_string())
}

/// The keys of a JSON value. Chat templates are left out: they are parts of their own.
pub(crate) fn settings(value: &Value) -> Result<Settings, String> {
    let mut keys = Keys::default();
    flatten(value, String::new(), &mut keys);
    keys.finish()
}

fn flatten(value: &Value, path: String, keys: &mut Keys) {
    if keys.are_full() {
        return;
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                if key != "chat_template" {
                    flatten(value, below(key), keys);
                }
            }
        }
        Value::Array(items) if !items.is_empty() && !items.iter().all(is_short) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, below(&index.to_string()), keys);
            }
        }
        value => {
            keys.insert(path, value.to_string());
        }
    }
}

/// A number, a word: lists of these are shown as one value.
fn is_short(value: &Value) -> bool {
    match value {
        Value::Object(_) | Value::Array(_) => false,
        Value::String(text) => text.len() <= 100,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let value = serde_json::from_str(text).unwrap();
        settings(&value).unwrap().iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    #[test]
    fn keys_have_the_path_to_them_and_templates_are_left_out() {
        assert_eq!(
            keys(r#"{"a":{"b":[1,2],"c":[{"d":null}]},"e":{},"chat_template":"x","f":"y"}"#),
            ["a.b=[1,2]", "a.c.0.d=null", "e={}", "f=\"y\""]
        );
        let many: String = (0..=MOST_KEYS).map(|i| format!("\"{i}\":1,")).collect();
        let value = serde_json::from_str(&format!("{{{}}}", many.trim_end_matches(','))).unwrap();
        assert!(settings(&value).is_err());
        let long = "a".repeat(1 << 20);
        let value = serde_json::json!({long: vec![serde_json::json!({"b": 1, "c": 2}); 40]});
        assert_eq!(settings(&value).unwrap_err(), "more than 64.0 MiB of keys with the paths to them");
    }

    #[test]
    fn values_that_take_too_much_memory_are_not_read() {
        let limits = crate::Limits { memory: 1 << 20, ..crate::Limits::default() };
        let budget = Budget::new(&limits, None);
        let read = |text: String, name| {
            let format = if name == "vocab.txt" { "text" } else { "tokenizer" };
            match read(&Input::bytes(text.into_bytes()), format, name, &budget) {
                Content::Unread(why) => why,
                _ => String::new(),
            }
        };
        let words: String = (0..20_000).map(|word| format!("\"{word}\":{word},")).collect();
        let vocabulary = format!(r#"{{"model":{{"vocab":{{{}}}}}}}"#, words.trim_end_matches(','));
        let rest = format!(r#"{{"a":[{}0],"model":{{}}}}"#, "0,".repeat(40_000));
        let lines: String = (0..20_000).map(|word| format!("{word}\n")).collect();
        for (text, name) in [(vocabulary, "tokenizer.json"), (rest, "tokenizer.json"), (lines, "vocab.txt")] {
            assert!(read(text, name).starts_with("limit reached: memory"), "{name}");
        }
        let merges = format!(r#"{{"model":{{"merges":[{}["a","b"]]}}}}"#, r#"["a","b"],"#.repeat(40_000));
        assert_eq!(read(merges, "tokenizer.json"), "");
    }
}
