//! Bills of material in the forms that others read. No files are looked at here: a bill comes in, a document goes out, and
//! the same bill gives the same bytes.

pub mod coverage;
pub mod cyclonedx;
pub mod spdx;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use serde::Serialize;
use weighbridge_domain::Digest;

/// The name of a model that nobody named.
const UNNAMED: &str = "unnamed model";

/// A UUID of the kind whose bits are the maker's own (RFC 9562, version 8), from a digest.
fn uuid(digest: &Digest) -> String {
    let Digest(bytes) = digest;
    let mut digits = String::with_capacity(36);
    for (index, byte) in bytes.iter().take(16).enumerate() {
        let byte = match index {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            digits.push('-');
        }
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

/// Writes a document, indented, with a line end.
fn write(document: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, document)?;
    out.write_all(b"\n")
}

/// The first of many lines, and how many more there are.
fn some<T>(items: &[T], most: usize, line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = items.iter().take(most).map(line).collect();
    if items.len() > most {
        lines.push(format!("and {} more", items.len() - most));
    }
    lines
}

/// A sentence as it stands alone.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
