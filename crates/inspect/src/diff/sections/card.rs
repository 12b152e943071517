//! Model cards: sections that came or went, data sets, results.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Card;
use weighbridge_domain::facts::card::{State, Topic};

use super::{Check, Section, parts};
use crate::diff::change::{Change, Kind, Risk};
use crate::diff::pair::Pair;

/// Model cards.
pub static SECTION: Section = Section {
    id: "card",
    title: "Model card",
    docs: "Topics that the card says something about now and did not before, or no more; data sets, results and numbers that it \
           states. Notes, since nothing acts on them; terms and base models are told among the licences.",
    check: Check::Pair(check),
};

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        let (Some(before), Some(now)) = (&old.card, &new.card) else { continue };
        let place = (pair.path(), &*new.member);
        for topic in Topic::ALL {
            let (before, now) = (state(before, topic), state(now, topic));
            if before != now {
                let kind = match (before, now) {
                    (State::Missing, _) => Kind::Added,
                    (_, State::Missing) => Kind::Removed,
                    _ => Kind::Changed,
                };
                let message = format!("what the card says about {} changed", topic.words());
                let change = Change::new("card", Risk::Note, kind, place, message).about(topic.words());
                out.push(change.values(Some(word(before)), Some(word(now))));
            }
        }
        for (what, before, now) in [
            ("data sets", list(&before.datasets), list(&now.datasets)),
            ("results", metrics(before), metrics(now)),
            ("numbers of parameters", numbers(&before.parameters), numbers(&now.parameters)),
        ] {
            if before != now {
                let message = format!("the {what} that the card names changed");
                let change = Change::new("card", Risk::Note, Kind::Changed, place, message).about(what);
                let shown = |list: BTreeSet<String>| list.into_iter().collect::<Vec<_>>().join(", ");
                out.push(change.values(Some(&shown(before)), Some(&shown(now))));
            }
        }
    }
}

fn state(card: &Card, topic: Topic) -> State {
    let found = card.sections.iter().find(|section| section.topic == topic);
    found.map_or(State::Missing, |section| section.state)
}

const fn word(state: State) -> &'static str {
    match state {
        State::There => "there",
        State::Vague => "vague",
        State::Missing => "missing",
    }
}

fn list(names: &[String]) -> BTreeSet<String> {
    names.iter().cloned().collect()
}

fn metrics(card: &Card) -> BTreeSet<String> {
    card.metrics.iter().map(|metric| format!("{} {}", metric.name, metric.value)).collect()
}

fn numbers(stated: &[(String, u64)]) -> BTreeSet<String> {
    stated.iter().map(|(shown, _)| shown.clone()).collect()
}
