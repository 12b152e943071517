//! Packages: what lists and locks ask an installer for, and the indexes it comes from.

use std::collections::BTreeSet;

use super::{Check, Section, parts};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::pair::Pair;
use crate::diff::version::{Asked, Package};
use crate::text;

/// Packages.
pub static SECTION: Section = Section {
    id: "packages",
    title: "Packages",
    docs: "Software packages of requirements, projects, locks and bills of materials, and the indexes they come from. A package \
           that now comes from another place, or has other digests under the same version, is red, and so is an index that is new and asked \
           besides others or not checked. Packages and indexes that are new and other versions are amber, those that are gone notes.",
    check: Check::Pair(check),
};

/// A group of changes of one list that are told together.
struct Group {
    risk: Risk,
    kind: Kind,
    index: bool,
    verb: &'static str,
}

static CHANGED_PLACE: Group =
    Group { risk: Risk::Red, kind: Kind::Changed, index: false, verb: "from another place" };
static CHANGED_HASH: Group = Group {
    risk: Risk::Red,
    kind: Kind::Changed,
    index: false,
    verb: "with other digests under the same version",
};
static CHANGED: Group =
    Group { risk: Risk::Amber, kind: Kind::Changed, index: false, verb: "in another version" };
static ADDED: Group = Group { risk: Risk::Amber, kind: Kind::Added, index: false, verb: "added" };
static REMOVED: Group = Group { risk: Risk::Note, kind: Kind::Removed, index: false, verb: "removed" };
static OPENED: Group =
    Group { risk: Risk::Red, kind: Kind::Added, index: true, verb: "added that may answer for any name" };
static INDEX_ADDED: Group = Group { risk: Risk::Amber, kind: Kind::Added, index: true, verb: "added" };
static INDEX_REMOVED: Group = Group { risk: Risk::Note, kind: Kind::Removed, index: true, verb: "removed" };

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        // What a file that is new or gone holds is told with it.
        let (Some(before), Some(part)) = (old, new) else { continue };
        let (old, new) = (&before.packages, &part.packages);
        let mut groups: Vec<(&Group, Vec<Detail>)> = [
            &CHANGED_PLACE,
            &CHANGED_HASH,
            &OPENED,
            &CHANGED,
            &ADDED,
            &INDEX_ADDED,
            &REMOVED,
            &INDEX_REMOVED,
        ]
        .into_iter()
        .map(|group| (group, Vec::new()))
        .collect();
        let mut tell = |group: &Group, detail: Detail| {
            if let Some((_, details)) = groups.iter_mut().find(|(known, _)| std::ptr::eq(*known, group)) {
                details.push(detail);
            }
        };
        for (asked, said) in new {
            match old.get(asked) {
                Some(before) if before == said => {}
                before => tell(group(asked, before, said), detail(asked, before, Some(said))),
            }
        }
        for (asked, before) in old.iter().filter(|(asked, _)| !new.contains_key(*asked)) {
            tell(if asked.index { &INDEX_REMOVED } else { &REMOVED }, detail(asked, Some(before), None));
        }
        for (group, details) in groups.into_iter().filter(|(_, details)| !details.is_empty()) {
            let count = details.len() as u64;
            let noun = if group.index { "place for packages" } else { "package" };
            let counted = match (group.index, count) {
                (true, 2..) => format!("{count} places for packages"),
                _ => text::count(count, noun),
            };
            let message = format!("{counted} {}", group.verb);
            let change =
                Change::new("packages", group.risk, group.kind, (pair.path(), &part.member), message);
            out.push(change.details(details));
        }
    }
}

/// What is to be said about a package that was not there before, or about which something else is said now.
fn group(asked: &Asked, before: Option<&BTreeSet<Package>>, said: &BTreeSet<Package>) -> &'static Group {
    let opens = said.iter().any(|one| !one.place.is_empty());
    let Some(before) = before else {
        return match (asked.index, opens) {
            (true, true) => &OPENED,
            (true, false) => &INDEX_ADDED,
            _ => &ADDED,
        };
    };
    if asked.index {
        return if opens { &OPENED } else { &INDEX_ADDED };
    }
    let places = |of: &BTreeSet<Package>| of.iter().map(|one| one.place.clone()).collect::<BTreeSet<_>>();
    let known = places(before);
    if places(said).iter().any(|place| !known.contains(place)) {
        return &CHANGED_PLACE;
    }
    let swapped = said.iter().any(|one| {
        let twins = || before.iter().filter(|two| two.version == one.version);
        !one.hashes.is_empty()
            && twins().any(|two| !two.hashes.is_empty())
            && twins().all(|two| !one.hashes.iter().any(|hash| two.hashes.contains(hash)))
    });
    if swapped { &CHANGED_HASH } else { &CHANGED }
}

fn detail(asked: &Asked, old: Option<&BTreeSet<Package>>, new: Option<&BTreeSet<Package>>) -> Detail {
    let shown = |said: &BTreeSet<Package>| {
        let all: Vec<String> = said.iter().map(one).collect();
        text::shown(&all.join("; "), 300)
    };
    let name = format!("{} ({})", text::shown(&asked.name, 300), asked.ecosystem);
    Detail::new(&name, old.map(shown).as_deref(), new.map(shown).as_deref())
}

/// A package in a few words.
fn one(package: &Package) -> String {
    let version = if package.version.is_empty() { "any" } else { &package.version };
    let place = if package.place.is_empty() { String::new() } else { format!(" from {}", package.place) };
    let first = package.hashes.first().map_or_else(String::new, |hash| format!(" {hash}"));
    format!("{version}{place}{first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(version: &str, place: &str, hash: &str) -> BTreeSet<Package> {
        let hashes = Some(hash.to_owned()).filter(|hash| !hash.is_empty()).into_iter().collect();
        BTreeSet::from([Package { version: version.to_owned(), place: place.to_owned(), hashes }])
    }

    #[test]
    fn another_place_and_other_digests_are_red() {
        let asked = |index| Asked { index, ecosystem: "pypi", name: "numpy".to_owned() };
        let told = |before: Option<&BTreeSet<Package>>, now: &BTreeSet<Package>| {
            let group = group(&asked(false), before, now);
            (group.risk, group.verb)
        };
        let plain = said("2.1", "", "a");
        assert_eq!(
            told(Some(&plain), &said("2.1", "https://example.org", "a")),
            (Risk::Red, "from another place")
        );
        assert_eq!(told(Some(&plain), &said("2.1", "", "b")).0, Risk::Red);
        assert_eq!(told(Some(&plain), &said("2.2", "", "b")), (Risk::Amber, "in another version"));
        assert_eq!(told(None, &plain), (Risk::Amber, "added"));
        assert_eq!(group(&asked(true), None, &said("", "extra", "")).risk, Risk::Red);
        assert_eq!(group(&asked(true), None, &said("", "", "")).risk, Risk::Amber);
    }
}
