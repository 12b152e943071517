//! Vocabularies: which tokens are new, gone, or have other ids.

use std::collections::{BTreeMap, HashMap};

use super::{Check, Section, parts, settings};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::content::Content;
use crate::diff::pair::Pair;
use crate::text;

/// Tokenizers.
pub static SECTION: Section = Section {
    id: "tokenizer",
    title: "Tokenizer",
    docs: "Tokens of `tokenizer.json`, `vocab.json`, `vocab.txt` and GGUF that were added, removed, or have another id; special \
           tokens and what is said of them; weights and merges by their number and digest; normaliser, pre-tokeniser, \
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
        let pair = (&old.words, &new.words);
        words(place, ("token", "given other ids"), pair, |_, number| *number, out);
        words(place, ("special token", "changed"), (&old.added, &new.added), |_, _| (), out);
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

/// Tells which tokens are new, gone, or have another value, in the order of `key`.
fn words<V: PartialEq + ToString, K: Ord>(
    place: (&str, &str),
    (noun, changed): (&str, &str),
    (old, new): (&HashMap<String, V>, &HashMap<String, V>),
    key: impl Fn(&str, &V) -> K,
    out: &mut Vec<Change>,
) {
    let only = |of: &HashMap<String, V>,
                other: &HashMap<String, V>,
                is_new: bool|
     -> BTreeMap<(K, String), Detail> {
        let only = of.iter().filter(|(word, _)| !other.contains_key(*word));
        only.map(|(word, value)| {
            let shown = value.to_string();
            let (before, now) = if is_new { (None, Some(&*shown)) } else { (Some(&*shown), None) };
            ((key(word, value), word.clone()), Detail::new(word, before, now))
        })
        .collect()
    };
    let others: BTreeMap<(K, String), Detail> = new
        .iter()
        .filter_map(|(word, value)| {
            let before = old.get(word).filter(|before| *before != value)?;
            let detail = Detail::new(word, Some(&before.to_string()), Some(&value.to_string()));
            Some(((key(word, value), word.clone()), detail))
        })
        .collect();
    let listed = [
        (Kind::Added, "added", only(new, old, true)),
        (Kind::Removed, "removed", only(old, new, false)),
        (Kind::Changed, changed, others),
    ];
    for (kind, verb, details) in listed.into_iter().filter(|(.., details)| !details.is_empty()) {
        let were = if details.len() == 1 { "was" } else { "were" };
        let message = format!("{} {were} {verb}", text::count(details.len() as u64, noun));
        out.push(amber(kind, place, message).details(details.into_values().collect()));
    }
}
