//! Chat templates: ordinary ones in the shapes that model families use, and ways to build hostile ones.

use super::{File, one};

/// Ordinary templates, in our own words, by the family whose shape they have.
pub const ORDINARY: &[(&str, &str)] = &[
    ("channels", include_str!("templates/channels.jinja")),
    ("chatml", include_str!("templates/chatml.jinja")),
    ("command-r", include_str!("templates/command-r.jinja")),
    ("deepseek-r1", include_str!("templates/deepseek-r1.jinja")),
    ("gemma-3-images", include_str!("templates/gemma-3-images.jinja")),
    ("gemma", include_str!("templates/gemma.jinja")),
    ("granite", include_str!("templates/granite.jinja")),
    ("llama-2", include_str!("templates/llama-2.jinja")),
    ("llama-3.1-tools", include_str!("templates/llama-3.1-tools.jinja")),
    ("llama-3", include_str!("templates/llama-3.jinja")),
    ("mistral-tools", include_str!("templates/mistral-tools.jinja")),
    ("modes", include_str!("templates/modes.jinja")),
    ("nothink-suffix", include_str!("templates/nothink-suffix.jinja")),
    ("phi-3", include_str!("templates/phi-3.jinja")),
    ("qwen-2.5-tools", include_str!("templates/qwen-2.5-tools.jinja")),
    ("qwen-3-thinking", include_str!("templates/qwen-3-thinking.jinja")),
    ("qwen-vl", include_str!("templates/qwen-vl.jinja")),
    ("zephyr", include_str!("templates/zephyr.jinja")),
];

/// A template in a file of its own.
pub fn template(source: &str) -> Vec<File> {
    one("chat_template.jinja", source)
}

/// All ordinary templates, each in a folder as models have it.
pub fn ordinary() -> Vec<File> {
    ORDINARY
        .iter()
        .map(|(name, source)| (format!("{name}/chat_template.jinja"), source.as_bytes().to_vec()))
        .collect()
}

/// A template in `tokenizer_config.json`.
pub fn embedded(source: &str) -> Vec<File> {
    one("tokenizer_config.json", serde_json::json!({ "chat_template": source }).to_string())
}
