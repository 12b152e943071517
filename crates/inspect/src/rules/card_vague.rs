//! Sections of cards with a heading and hardly a word.

use std::collections::BTreeMap;

use weighbridge_domain::facts::card::{Heading, State};
use weighbridge_domain::finding::Position;
use weighbridge_domain::{Confidence, Severity};

use super::card_section_missing::each;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::licence::CARD;
use crate::samples::{File, adapter, one};

/// Sections of cards with a heading and hardly a word.
pub static RULE: Rule = Rule {
    id: "card-vague",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A section of the card has the words of a template or hardly any",
    why: "A heading looks like an answer. Templates of cards come with all headings and `[More Information Needed]` below them; \
          such a section, or one of fewer than eight words, tells nothing.",
    advice: "Ask the publisher, or write down what you find out yourself.",
    references: &[],
    examples: &[
        Example {
            name: "template",
            files: || {
                repository(&CARD.replace("It knows two languages only,", "[More Information Needed]\n"))
            },
            fires: &["card-vague"],
        },
        Example { name: "template-twin", files: || repository(CARD), fires: &[] },
        Example {
            name: "three-words",
            files: || {
                repository(&CARD.replace(
                    "For summaries of short notes that people wrote about their own work",
                    "To be useful",
                ))
            },
            fires: &["card-vague"],
        },
    ],
    check: Check::Scan(check),
};

fn repository(card: &str) -> Vec<File> {
    let mut files = one("README.md", card);
    files.extend(one("model.safetensors", adapter::tensors(&[("a", &[4][..])])));
    files
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    each(files, |path, place, card| {
        for section in card.sections.iter().filter(|section| section.state == State::Vague) {
            let mut place = place;
            if let Some(Heading { at, line }) = section.heading {
                (place.at, place.position) = (Some(at), Some(Position { line, column: 1 }));
            }
            let topic = section.topic.words();
            let message = format!("the card has a heading, and hardly a word below it, about {topic}");
            findings.add_in(path.to_owned(), place, message);
        }
    });
}
