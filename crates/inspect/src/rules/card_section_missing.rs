//! Cards that leave out what a reader looks for.

use std::collections::BTreeMap;

use weighbridge_domain::facts::card::{Card, State};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::{Facts, Place};
use crate::samples::licence::{CARD, beside};
use crate::samples::{File, adapter, one};

/// Cards that leave out what a reader looks for.
pub static RULE: Rule = Rule {
    id: "card-section-missing",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The card of a model says nothing about its use, limits, training data, evaluation, licence or contact",
    why: "Whoever decides about a model has to know what it is for, where it fails and what it learned from. Topics are known \
          by their headings, and by the front matter for the licence, data sets and results. Only cards with weights beside \
          or below them are looked at.",
    advice: "Ask the publisher, or write down what you find out yourself.",
    references: &[],
    examples: &[
        Example {
            name: "bare",
            files: || {
                let mut files = one("README.md", "---\nlicense: mit\ndatasets: example/rows\n---\n# Demo\n");
                files.extend(weights());
                files
            },
            fires: &["card-section-missing"],
        },
        Example { name: "bare-twin", files: || [one("README.md", CARD), weights()].concat(), fires: &[] },
        Example {
            name: "no-weights-twin",
            files: || one("README.md", "---\nlicense: mit\ntitle: a page\n---\n# Demo\n"),
            fires: &[],
        },
        Example {
            name: "no-contact",
            files: || {
                let mut files = beside("license: mit\ndatasets: example/rows", weights());
                if let Some((_, card)) = files.first_mut() {
                    *card = String::from_utf8_lossy(card).replace("models@example.org", "us").into_bytes();
                }
                if let Some((_, card)) = files.first_mut() {
                    *card = String::from_utf8_lossy(card).replace("Contact", "End").into_bytes();
                }
                files
            },
            fires: &["card-section-missing"],
        },
    ],
    check: Check::Scan(check),
};

fn weights() -> Vec<File> {
    one("model.safetensors", adapter::tensors(&[("a", &[4][..])]))
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    each(files, |path, place, card| {
        let missing = card.sections.iter().filter(|section| section.state == State::Missing);
        let topics: Vec<&str> = missing.map(|section| section.topic.words()).collect();
        if !topics.is_empty() {
            let topics = topics.join(", ");
            findings.add_in(path.to_owned(), place, format!("the card has nothing about {topics}"));
        }
    });
}

/// Calls this for the card of every model.
pub(super) fn each(files: &BTreeMap<&str, &Facts>, mut call: impl FnMut(&str, Place<'_>, &Card)) {
    let mut cards = files.iter().filter(|(path, _)| terms::is_card(path)).peekable();
    if cards.peek().is_none() {
        return;
    }
    let with_weights = terms::with_weights(files);
    for (path, facts) in cards.filter(|(path, _)| with_weights.contains(terms::folder(path))) {
        if let Some((place, card)) = facts.cards().next() {
            call(path, place, card);
        }
    }
}
