//! Rules of YARA as somebody would bring them along, and files that they match.

use super::archive::Zip;
use super::{File, one};
use crate::yara::Source;

/// Rules that match words of these samples and nothing else.
pub fn rules() -> Vec<Source> {
    vec![Source { path: "demo.yar".to_owned(), text: RULES.to_owned() }]
}

const RULES: &str = r#"rule weighbridge_demo_words : demo words
{
    meta:
        description = "words of a demonstration"
        severity = "low"
    strings:
        $words = "weighbridge-demo of YARA"
    condition:
        $words
}
"#;

/// A text with these words.
pub fn words(words: &str) -> Vec<File> {
    one("notes.txt", format!("ordinary words\n{words}\n"))
}

/// The same, in an archive.
pub fn archived(words: &str) -> Vec<File> {
    one("notes.zip", Zip::new().stored("notes.txt", format!("ordinary words\n{words}\n").as_bytes()).build())
}
