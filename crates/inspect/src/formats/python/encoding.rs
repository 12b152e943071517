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
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        let line = line.get(..200).unwrap_or(line).trim_ascii_start();
        if !line.starts_with(b"#") {
            // A second line counts only behind a remark or nothing.
            if line.trim_ascii().is_empty() || line.starts_with(b"\xef\xbb\xbf#") {
                continue;
            }
            return None;
        }
        let found = line
            .windows(6)
            .position(|part| part == b"coding")
            .and_then(|at| line.get(at.saturating_add(6)..));
        let Some(rest) = found.and_then(|rest| rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")))
        else {
            continue;
        };
        let rest = rest.trim_ascii_start();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = rest.iter().take_while(is_name).count();
        return Some(String::from_utf8_lossy(rest.get(..length).unwrap_or_default()));
    }
    None
}

/// Encodings in which what is ASCII means something else: escapes, ciphers, compression, and those of other machines.
fn is_other(name: &str) -> bool {
    const OTHERS: [&str; 20] = [
        "base64",
        "bz2",
        "cp037",
        "cp1026",
        "cp1140",
        "cp273",
        "cp424",
        "cp500",
        "cp875",
        "hex",
        "hz",
        "idna",
        "iso-2022",
        "punycode",
        "quopri",
        "raw-unicode",
        "rot",
        "unicode-escape",
        "uu",
        "zlib",
    ];
    OTHERS.iter().any(|other| name.starts_with(other))
        || name.starts_with("utf") && !name.starts_with("utf8") && name != "utf" && !name.starts_with("utf-8")
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
