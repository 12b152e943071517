//! `tokenizer.json`: a large vocabulary that nothing runs.

use super::json::{self, Scope};
use super::{Format, Support};
use crate::samples::{self, config};

/// `tokenizer.json` and vocabularies.
pub static FORMAT: Format = Format {
    id: "tokenizer",
    title: "Tokenizer",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`tokenizer.json`, `vocab.json`, `added_tokens.json`: words and their numbers. Every key is read; words are \
           data, whatever they say.",
    recognise: |probe| json::is_named(probe, &["tokenizer.json", "vocab.json", "added_tokens.json"]),
    read: |visit| json::read(visit, Scope::Tokenizer),
    samples: || samples::one("tokenizer.json", config::TOKENIZER),
};
