//! JSON documents: the keys of configuration files that can matter, and the chat templates in them.
//! Specification: RFC 8259, and what Python's `json` module accepts beyond it.

pub(super) mod reader;

use weighbridge_domain::facts::problem::Kind;

use self::reader::{Broken, DEEPEST, Reader, Token};
use super::settings::{Profile, Settings};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples;
use crate::text;
use crate::walk::Visit;

/// JSON.
pub static FORMAT: Format = Format {
    id: "json",
    title: "JSON document",
    extensions: &["json", "jsonl", "ndjson"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "Recognised by its content. Read in one pass, whatever its size: keys that name code, classes, places or \
           repositories are noted wherever they stand, keys that stand twice too, and chat templates are read on their own. \
           `NaN` and `Infinity` are taken as Python takes them; lines of documents as well. Values may be nested 128 deep.",
    recognise: |probe| {
        if probe.is_json() {
            return Recognition::Certain;
        }
        let like = matches!(probe.first_character(), Some(b'{' | b'[')) && probe.is_text();
        Recognition::guess_if(probe.ends_with(&["json"]) && (probe.is_utf_16() || like))
    },
    read: |visit| read(visit, Profile::default()),
    samples: || {
        let mut files =
            samples::one("added_tokens.json", r#"{"<pad>": 0, "__class__": 1, "auto_map": 2, "eval(": 3}"#);
        files.extend(samples::one(
            "trainer_state.json",
            r#"{"loss": NaN, "best": -Infinity, "log": [[], {}, [1e-5, 2.0]]}"#,
        ));
        files.extend(samples::one("rows.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\"}\n"));
        files
    },
};

/// The head of these bytes is JSON: an object or list, and lines of more of them.
pub(crate) fn looks_like_json(head: &[u8], whole: bool) -> bool {
    let mut reader = Reader::new(&Input::bytes(head.to_vec()));
    let mut tokens = 0_usize;
    loop {
        match reader.next() {
            Ok(Token::Done(false)) | Err(Broken::Deep) => return true,
            // Another document follows, or something else.
            Ok(Token::Done(true)) => reader.again(),
            Ok(Token::Text | Token::Number | Token::Word) if tokens == 0 => return false,
            Ok(_) => {}
            Err(Broken::Ends) => return !whole && tokens > 0,
            Err(Broken::Syntax(_) | Broken::Fault(_)) => return false,
        }
        tokens = tokens.saturating_add(1);
    }
}

/// Reads a document into settings; used by every format that is JSON.
pub(super) fn read(visit: &mut Visit<'_>, profile: Profile) -> Result<(), Fault> {
    let input = match wide(&visit.input)? {
        Some(text) => {
            visit.problem(0, Kind::BadText, "the document is UTF-16, not UTF-8");
            Input::bytes(text)
        }
        None => visit.input.clone(),
    };
    let mut reader = Reader::new(&input);
    let mut settings = Settings::new(profile);
    let result = follow(visit, &mut reader, &mut settings);
    if let Some(at) = reader.bad_text {
        visit.problem(at, Kind::BadText, "a text that is not UTF-8, or has control characters");
    }
    let at = reader.position();
    match result {
        Ok(()) => return Ok(()),
        Err(Broken::Fault(fault)) => return Err(fault),
        Err(Broken::Syntax(why)) => visit.problem(at, Kind::Unparsable, format!("not JSON: {why}")),
        Err(Broken::Ends) => visit.problem(at, Kind::Unparsable, "not JSON: it ends too early"),
        Err(Broken::Deep) => {
            visit.problem(at, Kind::TooDeep, format!("values are nested more than {DEEPEST} deep"));
        }
    }
    visit.incomplete("the document cannot be read to its end");
    Ok(())
}

/// Keys that stand twice reported for one document.
const MOST_TWICE: u64 = 20;

fn follow(visit: &mut Visit<'_>, reader: &mut Reader, settings: &mut Settings) -> Result<(), Broken> {
    let mut twice = 0_u64;
    let mut count = 0_u32;
    loop {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick().map_err(Broken::Fault)?;
            visit.budget.memory(reader.memory()).map_err(Broken::Fault)?;
        }
        let token = reader.next()?;
        let at = reader.start;
        match token {
            Token::Object | Token::Array => settings.open(token == Token::Array),
            Token::End => settings.close(),
            Token::Key(again) => {
                settings.set_key(reader.text());
                if again {
                    twice = twice.saturating_add(1);
                    if twice <= MOST_TWICE {
                        visit.problem(at, Kind::Duplicate, settings.path());
                    }
                }
            }
            Token::Word if reader.text() == b"null" => settings.skip_value(),
            Token::Text | Token::Word => {
                settings.value(visit, at, reader.text(), reader.cut).map_err(Broken::Fault)?;
            }
            Token::Number => settings.skip_value(),
            Token::Done(false) => return Ok(()),
            // Lines of documents: each begins with a bracket.
            Token::Done(true) => reader.again(),
        }
    }
}

/// The longest document that is turned from UTF-16.
const LONGEST_WIDE: u64 = 64 << 20;

/// A document in UTF-16, as UTF-8.
fn wide(input: &Input) -> Result<Option<Vec<u8>>, Fault> {
    if !matches!(input.read(0, 2)?.as_slice(), [0xff, 0xfe] | [0xfe, 0xff]) {
        return Ok(None);
    }
    if input.len() > LONGEST_WIDE {
        return Err(Fault::Unsupported("a UTF-16 document of this size".to_owned()));
    }
    Ok(text::utf_16(&input.read(0, LONGEST_WIDE)?).map(String::into_bytes))
}

/// Recognises a document by its name, when its content is JSON or at least begins like it.
pub(super) fn named(probe: &Probe<'_>, names: &[&str]) -> Recognition {
    if !names.contains(&probe.name.as_str()) {
        return Recognition::No;
    }
    if probe.is_json() {
        return Recognition::Certain;
    }
    Recognition::guess_if(matches!(probe.first_character(), Some(b'{' | b'[')) && probe.is_text())
}
