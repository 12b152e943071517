//! Texts of licences, cards and statements of terms, through a whole scan.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::card::{State, Topic};
use weighbridge_domain::facts::{Coverage, LicenceSource, What};
use weighbridge_inspect::input::Input;
use weighbridge_inspect::samples::licence::{CARD, beside, text};
use weighbridge_inspect::samples::{one, write};
use weighbridge_inspect::{Facts, Limits, Options, Progress, inspect, scan};

fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Facts {
    inspect(&Input::bytes(bytes.into()), name, &Limits::default()).0
}

fn said(facts: &Facts) -> Vec<(LicenceSource, Option<&str>, &str)> {
    facts
        .licences()
        .map(|(_, licence)| (licence.source, licence.id.as_deref(), licence.stated.as_str()))
        .collect()
}

#[test]
fn our_own_licence_is_recognised() {
    let facts = read("LICENSE", include_str!("../../../../LICENSE"));
    assert_eq!(facts.readings[0].format, Some("licence-text"));
    assert_eq!(said(&facts), [(LicenceSource::Text, Some("apache-2.0"), "Apache License")]);
}

#[test]
fn a_card_is_read_with_its_terms_and_what_it_tells() {
    let facts = read("README.md", CARD);
    assert_eq!(
        said(&facts),
        [
            (LicenceSource::Card, Some("apache-2.0"), "apache-2.0"),
            (LicenceSource::BaseModel, None, "example/base-8b")
        ]
    );
    let (place, licence) = facts.licences().next().unwrap();
    assert_eq!((licence.stated.as_str(), place.position.unwrap().line), ("apache-2.0", 2));
    let (_, card) = facts.cards().next().unwrap();
    assert_eq!(
        (&card.datasets[..], &card.tags[..]),
        (&["example/rows".to_owned()][..], &["text-generation".to_owned(), "custom_code".to_owned()][..])
    );
    assert_eq!((card.metrics[0].name.as_str(), card.metrics[0].value.as_str()), ("accuracy", "0.5"));
    assert_eq!(card.metrics[0].dataset.as_deref(), Some("example/rows"));
    assert!(card.sections.iter().all(|section| section.state == State::There), "{:?}", card.sections);
    let bare = read("README.md", "---\nlicense: mit\n---\n# Demo\n");
    let (_, card) = bare.cards().next().unwrap();
    let missing: Vec<Topic> = card
        .sections
        .iter()
        .filter(|section| section.state == State::Missing)
        .map(|section| section.topic)
        .collect();
    assert_eq!(missing, Topic::ALL.into_iter().filter(|topic| *topic != Topic::Licence).collect::<Vec<_>>());
}

#[test]
fn manifests_and_lines_in_source_text_name_licences() {
    for (name, bytes, expected) in [
        ("pyproject.toml", "[project]\nlicense = {text = \"MIT\"}\n", &[Some("mit")][..]),
        (
            "package.json",
            "{\"name\":\"x\",\"license\":\"(MIT OR Apache-2.0)\"}",
            &[Some("mit"), Some("apache-2.0")],
        ),
        (
            "METADATA",
            "Metadata-Version: 2.4\nName: x\nLicense-Expression: BSD-3-Clause\n\nLicense: none\n",
            &[Some("bsd-3-clause")],
        ),
        ("model.py", "# Copyright\n# SPDX-License-Identifier: Apache-2.0\n", &[Some("apache-2.0")]),
        ("kernel.cu", "/* SPDX-License-Identifier: MIT */\n", &[Some("mit")]),
        ("notes.txt", "license = MIT\n", &[]),
        ("pyproject.toml", "[project]\nlicense = {file = \"LICENSE\"}\n", &[]),
    ] {
        let facts = read(name, bytes);
        let found: Vec<Option<&str>> = said(&facts).iter().map(|(_, id, _)| *id).collect();
        assert_eq!(found, expected, "{name}");
        assert!(said(&facts).iter().all(|(source, ..)| *source == LicenceSource::Manifest), "{name}");
    }
}

#[test]
fn a_text_that_is_too_long_is_not_inspected() {
    let long = "All of these words are about something else. ".repeat(24 << 10);
    let facts = read("LICENSE", long);
    assert!(matches!(facts.readings[0].coverage, Coverage::NotInspected { .. }));
    assert!(!facts.facts.iter().any(|fact| matches!(fact.what, What::Licence(_))));
    let ordinary = read("COPYING", text("GPL-3.0-only"));
    assert_eq!(ordinary.readings[0].coverage, Coverage::Inspected);
}

#[test]
fn terms_that_take_something_away_weigh_more_than_those_that_do_not() {
    let worst = |card: &str, licence: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &beside(card, one("LICENSE", licence))).unwrap();
        let report = scan(&[folder.path().to_owned()], &Options::default(), &Progress::default());
        let found = report.findings.into_iter().filter(|one| one.severity > Severity::Info);
        found.map(|one| (one.severity, one.rule)).max()
    };
    let (apache, mit) = (text("Apache-2.0"), text("MIT"));
    let reserved = "Copyright Example. All rights reserved.\n";
    let some = |severity, rule: &str| Some((severity, rule.to_owned()));
    for (card, licence, expected) in [
        ("apache-2.0", apache.clone(), None),
        ("apache-2.0", mit.clone(), some(Severity::Low, "licence-conflict")),
        ("mit", text("GPL-3.0-only"), some(Severity::Medium, "licence-conflict")),
        ("apache-2.0", reserved.to_owned(), some(Severity::Medium, "licence-conflict")),
        ("other", reserved.to_owned(), None),
        ("apache-2.0", format!("{reserved}\n{apache}"), None),
        ("apache-2.0", "Copyright Example. All rights reserved. You may use it freely.\n".to_owned(), None),
        (
            "apache-2.0",
            format!(
                "{apache}\nAdditional restriction: you may not use this Software for any commercial purpose.\n"
            ),
            some(Severity::Medium, "licence-unclear"),
        ),
        (
            "mit",
            format!("{mit}\nThe Software may be used for research only.\n"),
            some(Severity::Medium, "licence-unclear"),
        ),
        (
            "mit",
            format!(
                "{mit}\nThis file was written together with our friends at the research department, who read it over and \
                     over before it was put here for everybody who takes an interest in what we do all day.\n"
            ),
            some(Severity::Low, "licence-unclear"),
        ),
    ] {
        let matter = format!("license: {card}\ndatasets: example/rows");
        assert_eq!(worst(&matter, &licence), expected, "{card}: {licence:.80} … {}", licence.len());
    }
}
