//! Vocabularies: which words are new, gone, or have other numbers.

use std::collections::BTreeMap;

use super::{Check, Section, parts, settings};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::content::Content;
use crate::diff::pair::Pair;
use crate::diff::vocabulary::Vocabulary;
use crate::text;

/// Tokenizers.
pub static SECTION: Section = Section {
    id: "tokenizer",
    title: "Tokenizer",
    docs: "Words of `tokenizer.json`, `vocab.json`, `vocab.txt` and GGUF that were added, removed, or have another number; words \
           that are matched before all others; weights and merges by their number and digest; normaliser, pre-tokeniser, \
           post-processor and decoder as keys. Every change is amber: the same text reaches the model as other numbers.",
    check: Check::Pair(check),
};

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let (Some(old_part), Some(new_part)) = (old, new) else { continue };
        let (Content::Vocabulary(old), Content::Vocabulary(new)) = (&old_part.content, &new_part.content)
        else {
            continue;
        };
        let place = (pair.path(), &*new_part.member);
        words(place, old, new, out);
        added(place, &old.added, &new.added, out);
        for (what, old, new) in [("merge", &old.merges, &new.merges), ("weight", &old.weights, &new.weights)]
        {
            if old != new {
                let shown = |known: &Option<(u64, String)>| {
                    known
                        .as_ref()
                        .map(|(count, digest)| format!("{}, sha256 {digest}…", text::count(*count, what)))
                };
                let change = amber(Kind::Changed, place, format!("the {what}s changed"));
                out.push(change.values(shown(old).as_deref(), shown(new).as_deref()));
            }
        }
        if new_part.format != "gguf" {
            settings::compare("tokenizer", place, &old.settings, &new.settings, true, out);
        }
    }
}

fn amber(kind: Kind, place: (&str, &str), message: String) -> Change {
    Change::new("tokenizer", Risk::Amber, kind, place, message)
}

fn words(place: (&str, &str), old: &Vocabulary, new: &Vocabulary, out: &mut Vec<Change>) {
    let mut listed: [BTreeMap<(i64, &str), Detail>; 3] = Default::default();
    let [added, removed, changed] = &mut listed;
    let shown = |number: i64| Some(number.to_string());
    let mut new_words: Vec<(&String, &i64)> = new.words.iter().collect();
    new_words.sort_unstable_by_key(|(_, number)| **number);
    for (word, number) in new_words {
        match old.words.get(word) {
            None => {
                added.insert((*number, word), Detail::new(word, None, shown(*number)));
            }
            Some(before) if before != number => {
                changed.insert((*number, word), Detail::new(word, shown(*before), shown(*number)));
            }
            Some(_) => {}
        }
    }
    let mut old_words: Vec<(&String, &i64)> = old.words.iter().collect();
    old_words.sort_unstable_by_key(|(_, number)| **number);
    for (word, number) in old_words {
        if !new.words.contains_key(word) {
            removed.insert((*number, word), Detail::new(word, shown(*number), None));
        }
    }
    let kinds = [(Kind::Added, "added"), (Kind::Removed, "removed"), (Kind::Changed, "given other numbers")];
    for (details, (kind, verb)) in listed.into_iter().zip(kinds) {
        tell(place, kind, "word", verb, details.into_values().collect(), out);
    }
}

fn added(
    place: (&str, &str),
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    out: &mut Vec<Change>,
) {
    let mut listed: [Vec<Detail>; 3] = Default::default();
    for (word, value) in new {
        match old.get(word) {
            None => listed[0].push(Detail::new(word, None, Some(value.clone()))),
            Some(before) if before != value => {
                listed[2].push(Detail::new(word, Some(before.clone()), Some(value.clone())));
            }
            Some(_) => {}
        }
    }
    for (word, value) in old.iter().filter(|(word, _)| !new.contains_key(*word)) {
        listed[1].push(Detail::new(word, Some(value.clone()), None));
    }
    let kinds = [(Kind::Added, "added"), (Kind::Removed, "removed"), (Kind::Changed, "changed")];
    for (details, (kind, verb)) in listed.into_iter().zip(kinds) {
        tell(place, kind, "special word", verb, details, out);
    }
}

fn tell(
    place: (&str, &str),
    kind: Kind,
    noun: &str,
    verb: &str,
    details: Vec<Detail>,
    out: &mut Vec<Change>,
) {
    if details.is_empty() {
        return;
    }
    let were = if details.len() == 1 { "was" } else { "were" };
    let message = format!("{} {were} {verb}", text::count(details.len() as u64, noun));
    out.push(amber(kind, place, message).details(details));
}
