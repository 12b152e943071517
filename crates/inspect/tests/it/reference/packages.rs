//! Lists of packages against what pip, packaging, and the readers of their formats make of them.

use serde_json::{Value, json};
use weighbridge_domain::facts::{Coverage, Origin, Package};
use weighbridge_inspect::Facts;
use weighbridge_inspect::formats::packages::requirements;

use super::{Reference, files};

fn facts(file: &Reference) -> Facts {
    let (facts, _) = file.inspect();
    assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
    assert_eq!(facts.readings.len(), 1, "{}: {:?}", file.path, facts.readings);
    facts
}

fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(Value::to_string);
    values
}

fn hashes(package: &Package) -> Vec<&str> {
    let mut hashes: Vec<_> = package.hashes.iter().map(String::as_str).collect();
    hashes.sort_unstable();
    hashes
}

#[test]
fn locks_and_projects_hold_the_packages_that_their_readers_list() {
    let mut formats = std::collections::BTreeSet::new();
    for file in files("packages") {
        let facts = facts(&file);
        formats.insert(facts.readings[0].format.unwrap());
        let found: Vec<Value> =
            facts.packages().map(|(_, one)| json!([one.name, one.pin, hashes(one)])).collect();
        let expected = file.expected["packages"].as_array().unwrap().clone();
        assert_eq!(sorted(found), sorted(expected), "{}", file.path);
        let named: Vec<_> = facts
            .packages()
            .filter(|(_, one)| matches!(one.origin, Origin::NamedIndex { .. } | Origin::Url { .. }))
            .filter(|(_, one)| one.ecosystem != "conda")
            .collect();
        assert!(named.is_empty(), "{}: {named:?}", file.path);
    }
    assert!(formats.len() >= 14 || formats.is_empty(), "{formats:?}");
}

#[test]
fn npm_and_its_like_hold_the_same_packages() {
    let of = |name: &str| -> Option<Vec<Value>> {
        let file = files("packages").into_iter().find(|file| file.path.ends_with(name))?;
        let facts = facts(&file);
        let sha512 = |one: &Package| one.hashes.iter().find(|hash| hash.starts_with("sha512:")).cloned();
        let from_registry = facts.packages().filter(|(_, one)| one.origin == Origin::Index);
        Some(sorted(from_registry.map(|(_, one)| json!([one.name, one.pin, sha512(one)])).collect()))
    };
    let Some(first) = of("npm1/package-lock.json") else { return };
    assert_eq!(first.len(), 5, "{first:?}");
    for other in
        ["npm2/package-lock.json", "npm3/package-lock.json", "pnpm/pnpm-lock.yaml", "/yarn/yarn.lock"]
    {
        assert_eq!(of(other), Some(first.clone()), "{other}");
    }
}

/// The address or path that a package comes from.
fn place(package: &Package) -> Option<String> {
    match &package.origin {
        Origin::Url { url } => Some(url.clone()),
        Origin::Repository { url, revision } => {
            Some(format!("{url}@{}", revision.as_deref().unwrap_or_default()))
        }
        Origin::Path { path } => Some(path.clone()),
        Origin::Index | Origin::NamedIndex { .. } => None,
    }
}

#[test]
fn requirements_are_those_that_pip_takes() {
    for file in files("packages-pip") {
        let facts = facts(&file);
        assert_eq!(facts.readings[0].format, Some(requirements::FORMAT.id), "{}", file.path);
        let mut found: Vec<&Package> = facts.packages().map(|(_, package)| package).collect();
        for expected in file.expected["packages"].as_array().unwrap() {
            let is_same = |one: &&Package| {
                let name = expected[0].as_str().is_none_or(|name| one.name == name);
                let constraint: String = one.constraint.chars().filter(|c| *c != ' ').collect();
                let mut clauses: Vec<&str> = constraint.split(',').collect();
                clauses.sort_unstable();
                let from = match (expected[2].as_str(), place(one)) {
                    (Some(expected), Some(place)) => expected.contains(place.trim_end_matches('@')),
                    (None, None) => true,
                    _ => false,
                };
                name && from && json!(clauses.join(",")) == expected[1] && json!(hashes(one)) == expected[3]
            };
            let at = found.iter().position(is_same);
            let at = at.unwrap_or_else(|| panic!("{}: {expected} is not in {found:?}", file.path));
            found.remove(at);
        }
        assert!(found.is_empty(), "{}: {found:?}", file.path);
        let indexes = facts.package_indexes();
        let indexes: Vec<Value> =
            indexes.map(|(_, one)| json!([one.index, one.extra, one.unchecked])).collect();
        assert_eq!(
            sorted(indexes),
            sorted(file.expected["indexes"].as_array().unwrap().clone()),
            "{}",
            file.path
        );
        let lists: Vec<Value> = facts.references().map(|(_, list)| json!(list.target)).collect();
        assert_eq!(
            sorted(lists),
            sorted(file.expected["lists"].as_array().unwrap().clone()),
            "{}",
            file.path
        );
    }
}

#[test]
fn indexes_are_those_that_stand_in_the_settings_of_installers() {
    for file in files("packages-indexes") {
        let facts = facts(&file);
        let found = facts.package_indexes().map(|(_, one)| json!([one.index, one.extra, one.unchecked]));
        let expected = file.expected["indexes"].as_array().unwrap().clone();
        assert_eq!(sorted(found.collect()), sorted(expected), "{}", file.path);
    }
}

#[test]
fn environments_and_bills_hold_the_packages_that_stand_in_them() {
    for file in files("packages-conda") {
        let facts = facts(&file);
        assert_eq!(facts.readings[0].format, Some("conda-environment"), "{}", file.path);
        let names: Vec<Value> = facts.packages().map(|(_, one)| json!(one.name)).collect();
        assert_eq!(
            sorted(names),
            sorted(file.expected["names"].as_array().unwrap().clone()),
            "{}",
            file.path
        );
        assert_eq!(facts.package_indexes().count(), 2, "{}", file.path);
    }
    for file in files("packages-bill") {
        let facts = facts(&file);
        assert_eq!(facts.readings[0].format, Some("bill-of-materials"), "{}", file.path);
        let found = facts.packages().map(|(_, one)| json!([one.name, one.pin, one.ecosystem]));
        assert_eq!(
            sorted(found.collect()),
            sorted(file.expected["packages"].as_array().unwrap().clone()),
            "{}",
            file.path
        );
    }
}
