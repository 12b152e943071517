//! From the text of a licence to facts about it.

use weighbridge_domain::facts::{Licence, LicenceSource, Nearest};

use super::{matching, of_expression, titles};
use crate::text;

/// What a file says by its name about the text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is the terms themselves.
    Terms,
    /// It says what something is licensed under.
    Notice,
    /// It says what must not be done with something.
    Policy,
}

/// A text shorter than this may be no more than ids.
const EXPRESSION: usize = 100;

/// Bytes of a title that are kept.
const TITLE: usize = 120;

/// What a text says about terms.
pub fn licences(source: &str, kind: Kind) -> Vec<Licence> {
    let stated = title(source);
    let fact = |id: Option<&str>, likeness: Option<u16>, nearest: Option<Nearest>| Licence {
        source: LicenceSource::Text,
        id: id.map(str::to_owned),
        stated: stated.clone(),
        likeness,
        nearest,
        withholds: None,
    };
    let words = matching::plain(source);
    if matches!(kind, Kind::Notice | Kind::Policy) {
        let named = titles::of_notice(&words).map(|id| fact(Some(id), None, None));
        // A policy that nobody knows are terms all the same.
        let unknown = (kind == Kind::Policy && !stated.is_empty()).then(|| fact(None, None, None));
        return named.or(unknown).into_iter().collect();
    }
    if let Some(id) = titles::of_text(&words) {
        return vec![fact(Some(id), None, None)];
    }
    if source.trim().len() < EXPRESSION {
        let named = of_expression(source);
        if !named.is_empty() && named.iter().all(|(_, id)| id.is_some()) {
            return named.into_iter().map(|(_, id)| fact(id.as_deref(), None, None)).collect();
        }
    }
    let like = matching::compare(source);
    if let Some((id, likeness, difference)) = like.nearest {
        return vec![fact(None, Some(likeness), Some(Nearest { id: id.to_owned(), difference }))];
    }
    if like.found.is_empty() {
        return vec![Licence { withholds: withheld(source), ..fact(None, None, None) }];
    }
    like.found.into_iter().map(|(id, likeness)| fact(Some(id), Some(likeness), None)).collect()
}

/// The first sentence that keeps all rights back, where no other one gives any.
fn withheld(source: &str) -> Option<String> {
    const GRANTS: [&str; 10] = [
        "grant",
        "permission is given",
        "permitted to",
        "you may copy",
        "you may freely",
        "you may modify",
        "you may redistribute",
        "you may use",
        "free to use",
        "licensed under",
    ];
    const WITHHOLDS: [&str; 12] = [
        "all rights reserved",
        "may not be used",
        "may not use",
        "must not be used",
        "must not use",
        "no licence",
        "no license",
        "not permitted",
        "strictly prohibited",
        "without prior written",
        "without written",
        "without the written",
    ];
    let words = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = words.to_ascii_lowercase();
    if GRANTS.iter().any(|phrase| lower.contains(phrase)) {
        return None;
    }
    let sentences = || words.split_inclusive(['.', ';']).map(str::trim);
    let keeps = |sentence: &str, phrases: &[&str]| {
        let sentence = sentence.to_ascii_lowercase();
        phrases.iter().any(|phrase| sentence.contains(phrase))
    };
    // The formula says less than a sentence of one's own.
    let (formula, own) = WITHHOLDS.split_first()?;
    let found = sentences().find(|sentence| keeps(sentence, own));
    let found = found.or_else(|| sentences().find(|sentence| keeps(sentence, &[formula])))?;
    Some(text::shown(found, TITLE))
}

/// The first line that says something.
fn title(source: &str) -> String {
    let worded = |line: &&str| line.bytes().filter(u8::is_ascii_alphabetic).count() > 3;
    text::shown(source.lines().map(str::trim).find(worded).unwrap_or_default(), TITLE)
}
