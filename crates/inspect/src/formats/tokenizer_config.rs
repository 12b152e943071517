//! `tokenizer_config.json` and the settings of processors, with their chat templates.

use super::json::{self, Scope};
use super::{Format, Support};
use crate::samples::config;

/// `tokenizer_config.json` and its like.
pub static FORMAT: Format = Format {
    id: "tokenizer-config",
    title: "Settings of a tokenizer or processor",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`tokenizer_config.json`, `special_tokens_map.json`, the settings of processors, and `chat_template.json`. Chat \
           templates, single or in a list, are inspected as templates.",
    recognise: |probe| json::is_named(probe, NAMES),
    read: |visit| json::read(visit, Scope::Any),
    samples: || {
        let files: [(&str, &str); 4] = [
            ("tokenizer_config.json", config::TOKENIZER_CONFIG),
            ("special_tokens_map.json", config::SPECIAL_TOKENS),
            ("preprocessor_config.json", config::PREPROCESSOR),
            ("chat_template.json", config::CHAT_TEMPLATE),
        ];
        files.map(|(name, text)| (name.to_owned(), text.into())).into()
    },
};

const NAMES: &[&str] = &[
    "chat_template.json",
    "feature_extractor_config.json",
    "image_processor_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
    "video_preprocessor_config.json",
    "video_processor_config.json",
];
