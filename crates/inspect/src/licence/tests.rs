use super::texts::{Kind, licences};
use super::*;

/// The text of a licence of the SPDX list.
fn text(id: &str) -> String {
    spdx::license_id(id).unwrap().text().to_owned()
}

fn found(text: &str) -> (Vec<String>, Option<String>) {
    let facts = licences(text, Kind::Terms);
    let nearest = facts.iter().find_map(|fact| Some(fact.nearest.as_ref()?.id.clone()));
    (facts.into_iter().filter_map(|fact| fact.id).collect(), nearest)
}

#[test]
fn every_row_is_consistent() {
    let mut ids: Vec<&str> = table().licences.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), 104);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 104);
    for row in &table().licences {
        let kind = row.source.split(' ').next().unwrap();
        assert!(SOURCES.iter().any(|(word, _)| *word == kind), "{}: {}", row.id, row.source);
        let listed = row.spdx.as_deref().map(|id| spdx::license_id(id).unwrap().is_osi_approved());
        assert_eq!(row.class == Class::Osi, listed == Some(true), "{}", row.id);
        assert_eq!(named(&row.id).as_deref(), Some(row.id.as_str()));
    }
}

#[test]
fn tags_ids_and_names_find_their_row() {
    for (stated, id) in [
        ("apache-2.0", Some("apache-2.0")),
        ("Apache-2.0", Some("apache-2.0")),
        ("GPL-3.0-or-later", Some("gpl-3.0")),
        ("MIT", Some("mit")),
        ("0BSD", Some("0BSD")),
        ("llama3.1", Some("llama3.1")),
        ("tongyi-qianwen", Some("tongyi-qianwen")),
        ("modified-mit", None),
        ("Our own terms", None),
    ] {
        assert_eq!(named(stated).as_deref(), id, "{stated}");
    }
    let ids = |text| of_expression(text).into_iter().map(|(_, id)| id).collect::<Vec<_>>();
    assert_eq!(ids("(MIT OR Apache-2.0)"), [Some("mit".into()), Some("apache-2.0".into())]);
    assert_eq!(ids("GPL-2.0-only WITH Classpath-exception-2.0"), [Some("gpl-2.0".into())]);
    assert_eq!(ids("Apache Software License"), [None]);
}

#[test]
fn families_and_gnu_ids_are_no_contradiction() {
    assert!(are_compatible("gpl-3.0", "GPL-3.0-or-later"));
    assert!(are_compatible("cc", "cc-by-4.0"));
    assert!(are_compatible("other", "llama2"));
    assert!(!are_compatible("cc-by-4.0", "cc-by-nc-4.0"));
    assert!(!are_compatible("mit", "apache-2.0"));
}

#[test]
fn texts_of_the_list_are_recognised_by_their_own_id() {
    let ids =
        ["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "GPL-3.0-only", "LGPL-3.0-only", "MPL-2.0"];
    for id in ids.into_iter().chain(["CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0", "ISC", "Zlib", "Unlicense"]) {
        let (ids, nearest) = found(&text(id));
        assert_eq!(ids, [named(id).unwrap()], "{id} {nearest:?}");
    }
}

#[test]
fn names_and_years_and_line_breaks_change_nothing() {
    let mit = text("MIT").replace("<year> <copyright holders>", "2024 Some Person and others");
    assert_eq!(found(&mit).0, ["mit"]);
    let one_line = mit.lines().map(str::trim).collect::<Vec<_>>().join(" ").replace("Copyright (c) 2024", "");
    assert_eq!(found(&one_line).0, ["mit"]);
    assert_eq!(found(&mit.replace("IMPLIED", "implied")).0, ["mit"]);
}

#[test]
fn a_clause_more_is_shown_with_the_nearest_text() {
    let more = format!("{}\nThe Software may be used for non-commercial research only.\n", text("MIT"));
    let fact = &licences(&more, Kind::Terms)[0];
    assert_eq!((fact.id.as_deref(), fact.likeness.unwrap() > 900), (None, true));
    let nearest = fact.nearest.as_ref().unwrap();
    assert_eq!(nearest.id, "mit");
    assert_eq!(nearest.difference, ["+ The Software may be used for non-commercial research only."]);
    let inside =
        text("Apache-2.0").replacen("license to reproduce", "non-commercial license to reproduce", 1);
    assert_ne!(inside, text("Apache-2.0"));
    assert_eq!(found(&inside), (vec![], Some("apache-2.0".to_owned())));
}

#[test]
fn several_texts_in_one_file_are_all_told() {
    let both = format!("{}\n\n-----\n\n{}", text("Apache-2.0"), text("MIT"));
    assert_eq!(found(&both).0, ["apache-2.0", "mit"]);
    let thrice = [text("MIT"), text("MIT"), text("ISC")].join("\n-----\n");
    assert_eq!(found(&thrice).0, ["mit", "isc"]);
}

#[test]
fn parts_and_ids_that_stand_for_a_text_are_recognised() {
    let apache = text("Apache-2.0");
    let (terms, header) = apache.split_once("APPENDIX").unwrap();
    assert_eq!(found(terms).0, ["apache-2.0"]);
    let header = header.split_once("Licensed under").unwrap().1;
    assert_eq!(found(&format!("Copyright 2023 A Person\n\nLicensed under{header}")).0, ["apache-2.0"]);
    let lesser = text("LGPL-3.0-only");
    assert_eq!(found(lesser.split_once("GNU GENERAL PUBLIC LICENSE").unwrap().0).0, ["lgpl-3.0"]);
    let llvm = spdx::exception_id("LLVM-exception").unwrap().text();
    assert_eq!(found(&format!("{apache}\n{llvm}")).0, ["apache-2.0"]);
    assert_eq!(found("MIT OR Apache-2.0\n").0, ["mit", "apache-2.0"]);
}

#[test]
fn other_text_is_like_none() {
    let words =
        "This is a story about a weighbridge and the trucks that stop there on their way to the harbour. ";
    let facts = licences(&words.repeat(5), Kind::Terms);
    assert_eq!(facts.len(), 1);
    assert!(facts[0].id.is_none() && facts[0].nearest.is_none());
    assert!(licences("", Kind::Notice).is_empty());
}
