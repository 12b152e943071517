//! Commands that a file starts: as a line for a shell, or as words.

use std::rc::Rc;

use super::value::{Given, Value};
use crate::formats::command::{self, Script};
use crate::limits::Meter;

/// Words of a command that are kept.
const MOST_WORDS: usize = 200;
/// Of a word, what is kept.
const LONGEST_WORD: usize = 500;

/// The command that a call starts; nothing when nothing is known of it.
pub(super) fn of_call(name: &str, arguments: &[Given], meter: &Meter) -> Option<Script> {
    match started(name, arguments)? {
        Started::Line(line) => Some(command::read(&line, &[], meter)),
        Started::Words(words) => (!words.is_empty()).then(|| command::read_words(&words, meter)),
    }
}

/// What is started.
enum Started {
    Line(String),
    Words(Vec<String>),
}

fn started(name: &str, arguments: &[Given]) -> Option<Started> {
    let own = |name: &Option<Rc<str>>| name.as_deref() == Some("self");
    let mut given = arguments.iter().filter(|(name, _)| !own(name));
    let first = given
        .clone()
        .find(|(name, _)| name.as_deref().is_none_or(|name| matches!(name, "args" | "cmd" | "command")));
    let (_, first) = first?;
    let last = name.rsplit('.').next().unwrap_or_default();
    if let ("main", Value::Items(_, items)) = (last, first) {
        // What pip is given is what stands behind its name.
        let program = name.split('.').next().unwrap_or_default().to_owned();
        let words = std::iter::once(program).chain(items.iter().map(word)).take(MOST_WORDS).collect();
        return Some(Started::Words(words));
    }
    if last.starts_with("exec") || last.starts_with("spawn") || last == "create_subprocess_exec" {
        // The program, and then its words with its name among them.
        let program = given.find_map(|(_, value)| value.as_pieces());
        let mut all = Vec::new();
        for (_, value) in arguments {
            match value {
                Value::Items(_, items) => all.extend(items.iter().skip(1).map(word)),
                other => {
                    all.extend(other.as_pieces().filter(|text| Some(*text) != program).map(str::to_owned));
                }
            }
        }
        let words = program.map(str::to_owned).into_iter().chain(all).take(MOST_WORDS).collect();
        return Some(Started::Words(words));
    }
    match first {
        Value::Items(_, items) => {
            let known = items.iter().any(|item| item.as_pieces().is_some());
            known.then(|| Started::Words(items.iter().take(MOST_WORDS).map(word).collect()))
        }
        other => other.as_pieces().map(|line| Started::Line(line.to_owned())),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Name(name) => format!("{{{name}}}"),
        other => cut(other.as_pieces().unwrap_or("{}")),
    }
}

fn cut(word: &str) -> String {
    crate::secrets::cut(word, LONGEST_WORD).0
}
