//! Markup that a page runs: the pieces around what is active in it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde_json::Value;
use weighbridge_domain::facts::What;

use crate::walk::Visit;

/// What makes markup act, and what scripts do that show more than a figure.
#[rustfmt::skip]
const ACTIVE: [&str; 24] = [
    "<script", "<iframe", "<object", "<embed", "<form", "<meta http-equiv", "javascript:", "data:text/html", "onerror=",
    "onload=", "onclick=", "onmouseover=", "onfocus=", "ontoggle=", "document.cookie", "kernel.execute", "sendbeacon(",
    "xmlhttprequest", "fetch(", "eval(", "websocket(", "importscripts(", "localstorage", "window.location",
];

/// Characters kept around each.
const AROUND: usize = 120;
/// Pieces kept of one text.
const MOST: usize = 12;

static WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(ACTIVE).ok());

/// Tells of a text that has markup which acts: the pieces of it that do.
pub(super) fn tell(visit: &mut Visit<'_>, key: &str, text: &str) {
    let Some(words) = &*WORDS else { return };
    let mut seen = [0_usize; ACTIVE.len()];
    let mut pieces = String::new();
    let mut kept = 0_usize;
    for found in words.find_iter(text) {
        // The first two of each kind.
        let Some(count) = seen.get_mut(found.pattern().as_usize()) else { continue };
        *count = count.saturating_add(1);
        if *count > 2 || kept >= MOST {
            continue;
        }
        kept = kept.saturating_add(1);
        let end = text.floor_char_boundary(found.start().saturating_add(AROUND).min(text.len()));
        pieces.push_str(text.get(found.start()..end).unwrap_or_default());
        pieces.push('\n');
    }
    // A word of a script that is not in a script is a word.
    let is_markup = text.contains('<') || text.contains("javascript:");
    if kept > 0 && is_markup {
        visit.fact(0, What::Metadata { key: key.to_owned(), value: pieces });
    }
}

/// The same for every text in a value.
pub(super) fn tell_all(visit: &mut Visit<'_>, key: &str, value: &Value) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => tell(visit, key, text),
            Value::Array(items) => waiting.extend(items),
            Value::Object(items) => waiting.extend(items.values()),
            _ => {}
        }
    }
}
