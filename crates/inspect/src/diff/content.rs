//! What of a part's bytes is compared: lines of code and templates, keys of settings, words of vocabularies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::vocabulary::{self, Vocabulary};
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

/// Keys kept of one part.
pub(crate) const MOST_KEYS: usize = 50_000;

/// The keys of settings, with the path to each, and their values as JSON.
pub(crate) type Settings = BTreeMap<String, String>;

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
            | "python"
            | "script"
            | "shell"
            | "source"
            | "unit"
            | "workflow"
    )
}

/// Reads what is compared of a part of this format; `name` is the last part of its name.
pub(crate) fn read(input: &Input, format: &str, name: &str, budget: &Budget) -> Content {
    let outcome = match format {
        format if is_program_text(format) => text(input, LONGEST_TEXT).map(Content::Code),
        "chat-template" => text(input, LONGEST_TEXT).map(Content::Template),
        "yaml" => text(input, LONGEST_SETTINGS).and_then(|text| yaml::settings(&text)).map(Content::Settings),
        "tokenizer" => bytes(input, LONGEST_VOCABULARY).and_then(|bytes| json_vocabulary(bytes, name)),
        "text" if matches!(name, "vocab.txt" | "merges.txt") => text(input, LONGEST_VOCABULARY)
            .map(|text| Content::Vocabulary(Box::new(vocabulary::lines(&text, name)))),
        "gguf" => gguf::read(input, budget),
        "adapter-config" | "generation-config" | "json" | "model-config" | "modules-index"
        | "pipeline-index" | "tokenizer-config" => bytes(input, LONGEST_SETTINGS).and_then(json),
        // Where tensors are is told with these.
        "safetensors-index" => return Content::Other,
        _ if name.rsplit_once('.').is_some_and(|(_, ending)| ending == "json") => {
            return bytes(input, LONGEST_SETTINGS).and_then(json).unwrap_or(Content::Other);
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

fn json(mut bytes: Vec<u8>) -> Result<Content, String> {
    let text = formats::json::text(&mut bytes).ok_or("its text is not UTF-8")?;
    let value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    settings(&value).map(Content::Settings)
}

fn json_vocabulary(mut bytes: Vec<u8>, name: &str) -> Result<Content, String> {
    if let Some(text) = formats::json::text(&mut bytes)
        && let Some(vocabulary) = vocabulary::json(&text, name)
    {
        return Ok(Content::Vocabulary(Box::new(vocabulary)));
    }
    if bytes.len() as u64 > LONGEST_SETTINGS {
        return Err("a vocabulary of a form that is not known".to_owned());
    }
    json(bytes)
}

/// The keys of a JSON value. Chat templates are left out: they are parts of their own.
pub(crate) fn settings(value: &Value) -> Result<Settings, String> {
    let mut keys = Settings::new();
    flatten(value, String::new(), &mut keys);
    if keys.len() > MOST_KEYS {
        return Err(format!("more than {MOST_KEYS} keys"));
    }
    Ok(keys)
}

fn flatten(value: &Value, path: String, keys: &mut Settings) {
    if keys.len() > MOST_KEYS {
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
    }
}
