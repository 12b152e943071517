//! The characters of a source: how they are encoded (PEP 263), and those that do not show what is there.

use std::borrow::Cow;

use weighbridge_domain::facts::problem::Kind;

use crate::text;
use crate::walk::Visit;

/// How offsets in the text become offsets in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Offsets {
    /// They are the same.
    Same,
    /// Each character was one byte.
    Characters,
}

impl Offsets {
    pub(super) fn of(self, source: &str, at: usize) -> u64 {
        match self {
            Self::Same => at as u64,
            Self::Characters => source.get(..at).unwrap_or_default().chars().count() as u64,
        }
    }
}

/// The text of a source.
pub(super) fn decode(visit: &mut Visit<'_>, bytes: Vec<u8>) -> (String, Offsets) {
    let declared = declared(&bytes).map(|name| name.to_ascii_lowercase().replace('_', "-"));
    if let Some(name) = declared.filter(|name| is_other(name)) {
        // Python decodes with it before it looks for a line: what is a remark here may be code there.
        let shown = text::shown(&name, 40);
        visit.problem(
            0,
            Kind::BadText,
            format!("the source declares the encoding `{shown}`, in which its text may be another"),
        );
        visit.incomplete(format!("its encoding `{shown}` is not read"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, Offsets::Same),
        Err(error) => {
            let latin: String = error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
            (latin, Offsets::Characters)
        }
    }
}

/// The encoding that one of the first two lines declares.
fn declared(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let head = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A carriage return ends a line, too; the empty line between it and a newline counts for none.
    let lines = head.split(|byte| matches!(byte, b'\n' | b'\r')).take(4);
    for line in lines {
        let line = line.trim_ascii_start();
        if !line.starts_with(b"#") {
            // A second line counts only behind a remark or nothing.
            if line.is_empty() {
                continue;
            }
            return None;
        }
        for at in memchr::memmem::find_iter(line, b"coding") {
            let rest = line.get(at.saturating_add(6)..).unwrap_or_default();
            let Some(rest) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) else { continue };
            let rest = rest.trim_ascii_start();
            let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            let length = rest.iter().take_while(is_name).count();
            if length > 0 {
                return Some(String::from_utf8_lossy(rest.get(..length).unwrap_or_default()));
            }
        }
    }
    None
}

/// Not one of the encodings in which what is ASCII means itself, and in which nothing else has such a byte in it: others are
/// escapes, ciphers, compression, and those whose second bytes look like quotes and backslashes.
fn is_other(name: &str) -> bool {
    const PLAIN: [&str; 22] = [
        "646",
        "ascii",
        "cp437",
        "cp65001",
        "cp850",
        "cp852",
        "cp866",
        "euc-jp",
        "euc-kr",
        "koi8-r",
        "koi8-u",
        "l1",
        "latin",
        "latin1",
        "mac-roman",
        "macroman",
        "u8",
        "us-ascii",
        "utf",
        "utf-8",
        "utf8",
        "utf-8-sig",
    ];
    const FAMILIES: [&str; 8] =
        ["cp125", "iso-8859", "iso8859", "iso-ir-100", "latin-", "utf-8-", "utf8-", "windows-125"];
    !PLAIN.contains(&name) && !FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Characters kept of one source.
const MOST: usize = 20;

/// Tells of characters that change how text around them looks, or do not show (CVE-2021-42574).
pub(super) fn invisible(visit: &mut Visit<'_>, source: &str, offset: impl Fn(usize) -> u64) {
    if source.is_ascii() {
        return;
    }
    let odd = |c: &char| {
        matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{3164}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e007f}')
    };
    let mut told = 0_usize;
    let mut last = None;
    for (at, c) in source.char_indices().filter(|(_, c)| odd(c)) {
        // A run of them is one.
        let joined = last.is_some_and(|last: usize| at.saturating_sub(last) <= 4);
        last = Some(at);
        if joined {
            continue;
        }
        told = told.saturating_add(1);
        if told > MOST {
            break;
        }
        let kind = if matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            "turns the direction of the text around it"
        } else {
            "does not show"
        };
        visit.problem(offset(at), Kind::BadText, format!("the character U+{:04X} {kind}", u32::from(c)));
    }
}
