//! JSON as Python reads it: settings that make loaders import, fetch or trust something, and the templates in it.

mod lenient;
mod settings;
pub(super) mod walk;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use weighbridge_domain::facts::problem::Kind;

use super::layout::Notes;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, config};
use crate::walk::Visit;
pub(super) use settings::{KEYS, Scope, is_dotted, may_be_called};
use walk::{Handle, Nesting, Skip, Walk};

/// JSON.
pub static FORMAT: Format = Format {
    id: "json",
    title: "JSON",
    extensions: &["ipynb", "json"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "JSON of up to 64 MiB and 126 levels, as Python's reader takes it: with `NaN` and `Infinity`, lone surrogates, \
           a byte order mark, and in UTF-16; or one such value a line. Every key is read. Those that name code, other \
           repositories or files become settings wherever they stand, and chat templates are inspected as templates. Of \
           Keras models, every object that is asked for is noted, and the code in it. Reported as not inspected: XGBoost \
           models and skops schemas inside other JSON, and the cells of notebooks.",
    recognise,
    read: |visit| read(visit, Scope::Any),
    samples: || samples::one("trainer_state.json", config::TRAINER_STATE),
};

/// The longest text that is read.
const LIMIT: u64 = 64 << 20;

const NESTING: Nesting = Nesting { of: "the file", ordinary: 126, most: 126 };

/// How much of a head looks like JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It is not.
    Other,
    /// It is, as far as the head goes.
    Begins,
    /// It is, to its end.
    Whole,
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = probe.ends_with(FORMAT.extensions);
    match look(probe) {
        // Under other names a guess: a template or a program can be JSON from end to end.
        Look::Whole | Look::Begins if named => Recognition::Certain,
        Look::Whole | Look::Begins => Recognition::Guess,
        // Loaders go by the name, whatever the file begins with.
        Look::Other => {
            let text = probe.is_text() || is_utf16(&probe.head) || opens(probe.first_character());
            Recognition::guess_if(named && text)
        }
    }
}

/// What an object or an array begins with.
fn opens(first: Option<u8>) -> bool {
    matches!(first, Some(b'{' | b'['))
}

/// Whether this is JSON under one of the names by which loaders find a file.
pub(super) fn is_named(probe: &Probe<'_>, names: &[&str]) -> Recognition {
    Recognition::certain_if(names.contains(&probe.name.as_str()) && look(probe) != Look::Other)
}

fn look(probe: &Probe<'_>) -> Look {
    if !opens(probe.first_character()) && !is_utf16(&probe.head) {
        return Look::Other;
    }
    let wide = is_utf16(&probe.head);
    let mut bytes = if wide { probe.head.clone() } else { probe.body().to_vec() };
    let Some(text) = text(&mut bytes) else { return Look::Other };
    if !text.trim_start().starts_with(['{', '[']) {
        return Look::Other;
    }
    let whole = probe.is_whole();
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) if whole => Look::Whole,
        // White space follows, at least for a while.
        Ok(_) => Look::Begins,
        Err(error) if error.is_eof() && !whole => Look::Begins,
        // Nested too deeply for the reader, which is worth a word.
        Err(error) if error.to_string().starts_with("recursion limit") => Look::Begins,
        _ => Look::Other,
    }
}

/// The text of these bytes, with what only Python reads replaced by what others read too. What is cut at the end of a
/// character loses that character.
pub(crate) fn text(bytes: &mut [u8]) -> Option<Cow<'_, str>> {
    if is_utf16(bytes) {
        let mut text = utf16(bytes).into_bytes();
        lenient::replace(&mut text);
        return String::from_utf8(text).ok().map(Cow::Owned);
    }
    lenient::replace(bytes);
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok().map(Cow::Borrowed)
        }
        Err(_) => None,
    }
}

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

fn is_utf16(bytes: &[u8]) -> bool {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    marked || matches!(bytes, [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..])
}

fn utf16(bytes: &[u8]) -> String {
    let big = matches!(bytes, [0xfe, 0xff, ..] | [0, ..]);
    let (pairs, _) = bytes.as_chunks::<2>();
    let units =
        pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.filter(|c| *c != '\u{feff}').collect()
}

/// JSON Lines: several lines, and every one is an object or an array.
fn is_lines(text: &str) -> bool {
    let is_value =
        |line: &str| opens(line.bytes().next()) && serde_json::from_str::<IgnoredAny>(line).is_ok();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next().is_some_and(is_value) && lines.next().is_some_and(is_value) && lines.all(is_value)
}

/// Reads settings and templates.
pub(super) fn read(visit: &mut Visit<'_>, scope: Scope) -> Result<(), Fault> {
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("JSON of more than {LIMIT} bytes")));
    }
    let mut notes = Notes::default();
    notes.remember(visit, size.saturating_mul(2))?;
    let mut bytes = visit.input.read(0, size)?;
    let mut offset = 0;
    if is_utf16(&bytes) {
        notes.problem(visit, 0, Kind::BadText, "the text is UTF-16");
    } else if bytes.starts_with(MARK) {
        notes.problem(visit, 0, Kind::BadText, "the text begins with a byte order mark");
        offset = MARK.len() as u64;
    }
    let Some(text) = text(&mut bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the text is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut collector = settings::Collector::new(scope);
    if is_lines(&text) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            visit.budget.tick()?;
            let at = line.as_ptr().addr().wrapping_sub(text.as_ptr().addr()) as u64;
            Walk::read(visit, &mut notes, line, offset.saturating_add(at), NESTING, collector.root())?;
        }
    } else {
        Walk::read(visit, &mut notes, &text, offset, NESTING, collector.root())?;
    }
    collector.finish(visit);
    Ok(())
}

/// A document as Python reads it, through a handle of the caller's.
pub(super) fn read_with<T>(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    handle: impl for<'de> Handle<'de, Out = T>,
) -> Result<T, Fault> {
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("JSON of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size.saturating_mul(2))?;
    let mut bytes = visit.input.read(0, size)?;
    let offset = if bytes.starts_with(MARK) { MARK.len() as u64 } else { 0 };
    let Some(text) = text(&mut bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the text is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    Walk::read(visit, notes, &text, offset, NESTING, handle)
}

/// The whole of a document that a format knows the keys of; keys that stand twice are noted.
pub(super) fn document(visit: &mut Visit<'_>, notes: &mut Notes) -> Result<serde_json::Value, Fault> {
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("JSON of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size.saturating_mul(8))?;
    let bytes = visit.input.read(0, size)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the text is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    Walk::read(visit, notes, text, 0, NESTING, Skip)?;
    serde_json::from_str(text).map_err(|error| Fault::Unparsable(error.to_string()))
}

#[cfg(test)]
mod tests;
