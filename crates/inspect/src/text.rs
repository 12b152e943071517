//! Hostile text made fit to be shown: bounded, without characters that steer a terminal or a reader's eye.

use std::fmt::Write as _;

/// Text as it may be shown: control, bidirectional, zero-width, blank and other invisible characters are written as escapes,
/// so is what would make a line a command to a build server, and what is longer than `limit` characters is cut.
pub fn shown(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for (index, (at, c)) in text.char_indices().enumerate() {
        if index == limit {
            out.push('…');
            break;
        }
        let commands = matches!(c, '#' | ':') && is_command(text, at);
        if is_invisible(c) || is_blank(c) || commands {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Build servers read lines of what a step prints as commands: `##vso[`, `##[`, `##teamcity[`, and `::` where a line begins.
fn is_command(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with("::") {
        return text.get(..at).is_some_and(|before| before.trim().is_empty());
    }
    ["##[", "##vso[", "##teamcity["]
        .iter()
        .any(|command| rest.get(..command.len()).is_some_and(|start| start.eq_ignore_ascii_case(command)))
}

/// Characters that look like a space, or like nothing, and are neither letters nor the space.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{3000}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// The text of which [`shown`] made this.
pub fn unshown(shown: &str) -> String {
    let mut out = String::new();
    let mut pieces = shown.split("\\u{");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let escape = piece.split_once('}').filter(|(digits, _)| digits.len() <= 6);
        let c = escape.and_then(|(digits, _)| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        match (c, escape) {
            (Some(c), Some((_, rest))) => {
                out.push(c);
                out.push_str(rest);
            }
            _ => {
                out.push_str("\\u{");
                out.push_str(piece);
            }
        }
    }
    out
}

/// Bytes as text that may be kept: what is not UTF-8 is replaced, what is longer than `limit` bytes is cut.
pub fn kept(bytes: &[u8], limit: usize) -> String {
    String::from_utf8_lossy(bytes.get(..limit).unwrap_or(bytes)).into_owned()
}

/// A name as text: what is not UTF-8 is written as `%NN`, which is no separator of paths anywhere.
pub fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

/// Characters that change how text around them looks, or do not show at all.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// How many characters must be added, removed or replaced to make one text of the other.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, c) in a.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        for (cell, d) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(c != *d)).min(*cell + 1).min(left + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A number of things for people.
pub fn count(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with a space between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut whole = count;
    while whole >= 1024 && unit + 1 < UNITS.len() {
        whole /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 {
        return format!("{count} {}", if count == 1 { "byte" } else { name });
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let value = count as f64 / 1024_f64.powi(i32::try_from(unit).unwrap_or_default());
    format!("{value:.1} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_steers_a_terminal_or_an_eye() {
        assert_eq!(shown("a\x1b[31mb\u{202e}c\n", 99), "a\\u{1b}[31mb\\u{202e}c\\u{a}");
        assert_eq!(shown("abcdef", 3), "abc…");
        assert_eq!(shown("größe 日本", 99), "größe 日本");
        assert_eq!(shown("a\u{a0}\u{3000}b", 99), "a\\u{a0}\\u{3000}b");
        assert_eq!(shown("a ##VSO[x] ##[y] # ##", 99), "a \\u{23}#VSO[x] \\u{23}#[y] # ##");
        assert_eq!(shown(" ::x a::b", 99), " \\u{3a}:x a::b");
        for text in [
            "a\x1b[31mb\u{202e}c\n",
            "größe 日本",
            "::##[##teamcity[\u{2800}",
            "\\u{",
            "a\\u{110000}b\\u{zz}",
            "",
        ] {
            assert_eq!(unshown(&shown(text, 99)), text);
        }
    }

    #[test]
    fn measures_how_far_texts_are_apart() {
        for (a, b, distance_between) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("größe", "grösse", 2),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), distance_between, "{a} {b}");
        }
    }

    #[test]
    fn writes_sizes_with_units() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(9999, "file"), "9999 files");
        assert_eq!(count(1_234_567, "file"), "1 234 567 files");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1023), "1023 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(1 << 30), "1.0 GiB");
    }
}
