//! Weights under an open licence, and not a word about what they were made from.

use std::collections::BTreeMap;

use weighbridge_domain::facts::card::{State, Topic};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::Facts;
use crate::licence::Class;
use crate::samples::licence::beside;
use crate::samples::{File, adapter, one};

/// Weights under an open licence, and not a word about what they were made from.
pub static RULE: Rule = Rule {
    id: "licence-open-without-data",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Weights come under an open source licence, and the card says nothing about their training data",
    why: "The Open Source AI Definition asks for three things: the parameters, the code they were made with, and enough about \
          the data that a skilled person could build an equal system. Weights alone are open weights: they can be used and \
          changed, but not made again or looked into.",
    advice: "Where it matters what a model learned from, ask the publisher; do not count it as open source AI.",
    references: &[],
    examples: &[
        Example {
            name: "no-word-about-data",
            files: || beside("license: apache-2.0", weights()),
            fires: &["card-section-missing", "licence-open-without-data"],
        },
        Example {
            name: "no-word-about-data-twin",
            files: || beside("license: apache-2.0\ndatasets: example/rows", weights()),
            fires: &[],
        },
    ],
    check: Check::Scan(check),
};

fn weights() -> Vec<File> {
    one("model.safetensors", adapter::tensors(&[("a", &[4][..])]))
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    let cards: Vec<(&str, &Facts)> =
        files.iter().filter(|(path, _)| terms::is_card(path)).map(|(path, facts)| (*path, *facts)).collect();
    if cards.is_empty() {
        return;
    }
    let with_weights = terms::with_weights(files);
    for (path, facts) in cards {
        let Some((place, card)) = facts.cards().next() else { continue };
        let silent = card
            .sections
            .iter()
            .any(|section| section.topic == Topic::TrainingData && section.state == State::Missing);
        let said = terms::said(&[(path, facts)], &terms::DECLARED);
        let open = said.iter().find(|said| said.row().is_some_and(|row| row.class == Class::Osi));
        if let Some(open) = open
            && silent
            && with_weights.contains(terms::folder(path))
        {
            let id = open.id().unwrap_or_default();
            let message =
                format!("weights under `{id}` without a word about their training data: open weights");
            findings.add_in(path.to_owned(), place, message);
        }
    }
}
