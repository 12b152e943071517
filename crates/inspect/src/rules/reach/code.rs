//! Code that a file carries, and what it names.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{Name, Term};

use super::Judged;
use super::call::is_plain;
use super::state::States;
use crate::known::state::running_keys;
use crate::known::{Capability, Known, classify};

/// Something that makes functions or classes of what the file carries.
pub(super) fn judge_code(
    states: &States<'_>,
    reading: usize,
    name: &Name,
    known: &Known,
    arguments: &[Term],
) -> Option<Judged> {
    if name.name == "type" && matches!(arguments, [Term::Literal { .. }]) {
        return None;
    }
    if !running_keys(&name.module).is_empty() {
        let harmless = arguments.iter().all(is_empty) && states.are_harmless(reading, name);
        return (!harmless).then(|| Judged::called(name, Capability::CarriesCode, known.note));
    }
    let judged = Judged::called(name, Capability::CarriesCode, known.note);
    let mut words = Vec::new();
    for argument in arguments {
        collect_words(argument, &mut words);
    }
    Some(match dangerous_name(&words) {
        Some(named) => judged.with(Severity::Critical, &format!("the code names `{named}`")),
        None => judged,
    })
}

/// The first of the names in a code object that is dangerous by itself, or together with another one.
pub(crate) fn dangerous_name(words: &[&str]) -> Option<String> {
    const MOST: usize = 64;
    let words = words.get(..MOST).unwrap_or(words);
    // Words may stand together by chance, and reading attributes by name is what ordinary code does too.
    let is_dangerous = |module: &str, name: &str| {
        matches!(
            classify(module, name).capability,
            Capability::RunsCode
                | Capability::StartsProcess
                | Capability::Native
                | Capability::Loads
                | Capability::WritesFiles
                | Capability::Network
        )
    };
    words.iter().find_map(|first| {
        let mut others = words.iter().filter(|second| second != &first);
        match others.find(|second| is_dangerous(first, second)) {
            Some(second) => Some(format!("{first}.{second}")),
            None if *first == "__import__" || is_dangerous("builtins", first) => Some((*first).to_owned()),
            None => None,
        }
    })
}

/// Names in the tables of a code object.
fn collect_words<'a>(term: &'a Term, words: &mut Vec<&'a str>) {
    const MOST: usize = 64;
    match term {
        Term::Text { text, cut: false } if words.len() < MOST && is_plain(text.trim_start_matches('_')) => {
            words.push(text);
        }
        Term::Items { items, .. } => items.iter().for_each(|item| collect_words(item, words)),
        Term::Call(call) => call.arguments.iter().for_each(|argument| collect_words(argument, words)),
        _ => {}
    }
}

/// A container of no items.
fn is_empty(term: &Term) -> bool {
    matches!(term, Term::Items { items, omitted: 0, .. } if items.is_empty())
}
