//! Which file of the old revision is which of the new one, and which finding.

use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge_domain::{Digest, Finding};

use super::cells::Moved;
use super::pair::{Asking, Pair};
use super::version::below;
use super::{ChangedFinding, FileDiff, FileVersion, Missed, Relation};
use crate::report::Report;
use crate::scan::find::Asked;

/// Files of one name in both revisions are one file, and so are two files that are compared alone. An adapter and its
/// base have no file in common.
pub(super) fn asked_for<'a>(old: &'a [Asked], new: &'a [Asked], alone: bool) -> (Relation, Vec<Asking<'a>>) {
    const ADAPTER: &str = "adapter_config.json";
    let has = |files: &[Asked]| files.iter().any(|asked| asked.shown == ADAPTER);
    let relation = if has(new) && !has(old) && !old.is_empty() && !alone {
        Relation::Adapter
    } else {
        Relation::Revision
    };
    if let ([old], [new], true) = (old, new, alone) {
        return (relation, vec![Asking { old: Some(old), new: Some(new) }]);
    }
    let mut by_path: BTreeMap<(&str, bool), Asking<'a>> = BTreeMap::new();
    for asked in old {
        by_path.insert((&asked.shown, true), Asking { old: Some(asked), new: None });
    }
    for asked in new {
        let key = (asked.shown.as_str(), relation == Relation::Revision);
        by_path.entry(key).or_insert(Asking { old: None, new: None }).new = Some(asked);
    }
    (relation, by_path.into_values().collect())
}

/// Files with the same bytes under other names: new paths by old ones, and old paths by new ones.
pub(super) fn renames(pairs: &[Pair]) -> (HashMap<String, String>, HashMap<String, String>) {
    let mut gone: HashMap<Digest, Vec<&str>> = HashMap::new();
    for pair in pairs.iter().rev().filter(|pair| pair.new.is_none()) {
        if let Some((old, digest)) = pair.old.as_ref().and_then(|old| Some((old, old.sha256?)))
            && old.size > 0
        {
            gone.entry(digest).or_default().push(&old.path);
        }
    }
    let (mut to, mut from) = (HashMap::new(), HashMap::new());
    for pair in pairs.iter().filter(|pair| pair.old.is_none()) {
        let new = pair.new.as_ref().and_then(|new| Some((new, new.sha256?)));
        if let Some((new, digest)) = new
            && let Some(old) = gone.get_mut(&digest).and_then(Vec::pop)
        {
            to.insert(old.to_owned(), new.path.clone());
            from.insert(new.path.clone(), old.to_owned());
        }
    }
    (to, from)
}

/// What the findings of two reports have in common.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// Only in the new report.
    pub(super) added: Vec<Finding>,
    /// Only in the old one.
    pub(super) gone: Vec<Finding>,
    /// In both, with other numbers in what they say.
    pub(super) changed: Vec<ChangedFinding>,
}

/// Which findings of the new report are which of the old one.
pub(super) fn findings(
    old: &Report,
    new: &Report,
    pairs: &[Pair],
    renamed: &HashMap<String, String>,
) -> Matched {
    let mut paths: HashMap<&str, &str> =
        renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let mut roots: HashMap<&str, (&str, &str)> = HashMap::new();
    let mut moved: HashMap<&str, &Moved> = HashMap::new();
    for pair in pairs {
        if let (Some(old), Some(new)) = (&pair.old, &pair.new) {
            paths.insert(&old.path, &new.path);
            roots.insert(&new.path, pair.roots());
            if !pair.moved.is_empty() {
                moved.insert(&new.path, &pair.moved);
            }
        }
    }
    // The same finding has the same key in both.
    let key = |finding: &Finding, is_old: bool| {
        let Finding { rule, message, location, .. } = finding;
        let path = location.path.as_str();
        let path = if is_old { paths.get(path).copied().unwrap_or(path) } else { path };
        let (old_root, new_root) = roots.get(path).copied().unwrap_or_default();
        let member = below(if is_old { old_root } else { new_root }, &location.member);
        let (mut member, mut message) = (member.to_owned(), message.clone());
        if let Some(moved) = moved.get(path).filter(|_| is_old) {
            message = moved.text(&member, &message).into_owned();
            member = moved.member(&member).into_owned();
        }
        (rule.clone(), path.to_owned(), member, message)
    };
    let same = pairs_of(&old.findings, &new.findings, &key);
    let left = |findings: &[Finding], told: &HashSet<usize>| -> Vec<Finding> {
        findings.iter().enumerate().filter(|(at, _)| !told.contains(at)).map(|(_, one)| one.clone()).collect()
    };
    let (gone, added) = (left(&old.findings, &same.0), left(&new.findings, &same.1));
    let roughly = |finding: &Finding, is_old: bool| {
        let (rule, path, member, message) = key(finding, is_old);
        (rule, path, member, without_counts(&message))
    };
    let near = pairs_of(&gone, &added, &roughly);
    let changed = near.2.into_iter().filter_map(|(old, new)| {
        Some(ChangedFinding { old: gone.get(old)?.clone(), new: added.get(new)?.clone() })
    });
    Matched { changed: changed.collect(), added: left(&added, &near.1), gone: left(&gone, &near.0) }
}

/// Findings with the same key in both lists, by their places: those of the old one, those of the new one, and both.
fn pairs_of<K: Eq + std::hash::Hash>(
    old: &[Finding],
    new: &[Finding],
    key: &dyn Fn(&Finding, bool) -> K,
) -> (HashSet<usize>, HashSet<usize>, Vec<(usize, usize)>) {
    let mut known: HashMap<K, Vec<usize>> = HashMap::new();
    for (index, finding) in old.iter().enumerate().rev() {
        known.entry(key(finding, true)).or_default().push(index);
    }
    let both: Vec<(usize, usize)> = new
        .iter()
        .enumerate()
        .filter_map(|(index, finding)| Some((known.get_mut(&key(finding, false))?.pop()?, index)))
        .collect();
    (both.iter().map(|(old, _)| *old).collect(), both.iter().map(|(_, new)| *new).collect(), both)
}

/// A message whose numbers may be others. What stands in backticks is a name or a quotation, and tells findings apart.
fn without_counts(message: &str) -> String {
    let mut out = String::new();
    let (mut quoted, mut number) = (false, false);
    for c in message.chars() {
        quoted ^= c == '`';
        let counts = !quoted && (c.is_ascii_digit() || number && matches!(c, '.' | ','));
        if !counts {
            out.push(c);
        } else if !number {
            out.push('0');
        }
        number = counts;
    }
    out
}

/// A line of the list of files.
pub(super) fn file(
    pair: &Pair,
    renamed: &(HashMap<String, String>, HashMap<String, String>),
    relation: Relation,
) -> Option<FileDiff> {
    let path = pair.path().to_owned();
    let (old, new) = (pair.old.as_ref().map(FileVersion::from), pair.new.as_ref().map(FileVersion::from));
    let known =
        |version: &Option<FileVersion>| version.as_ref().is_some_and(|version| version.sha256.is_some());
    let status = match (&old, &new) {
        (Some(_), Some(_)) if pair.is_same() => "unchanged",
        (Some(_), Some(_)) if known(&old) && known(&new) => "changed",
        (Some(_), Some(_)) => "not-compared",
        (None, Some(_)) if renamed.1.contains_key(&path) => "renamed",
        (None, _) => "added",
        // Told where it is now. A base does not lose what its adapter does not have.
        _ if renamed.0.contains_key(&path) || relation == Relation::Adapter => return None,
        _ => "removed",
    };
    let old = match renamed.1.get(&path) {
        Some(before) => new.as_ref().map(|new| FileVersion { path: before.clone(), ..new.clone() }),
        None => old,
    };
    Some(FileDiff { path, status, old, new })
}

/// Files of either revision that could not be read, and changed parts of files that could not be.
pub(super) fn missed(pairs: &[Pair], old: &Report, new: &Report) -> Vec<Missed> {
    let same: HashSet<&str> = pairs.iter().filter(|pair| pair.is_same()).map(Pair::path).collect();
    let mut out: Vec<Missed> = pairs.iter().flat_map(|pair| pair.unread.iter().cloned()).collect();
    for (report, is_old) in [(old, true), (new, false)] {
        // A file that was read is compared part by part; anything else that was found could not be.
        let read: HashSet<&str> = pairs
            .iter()
            .filter_map(|pair| if is_old { pair.old.as_ref() } else { pair.new.as_ref() })
            .filter(|version| version.sha256.is_some())
            .map(|version| version.path.as_str())
            .collect();
        let missed = report
            .not_inspected
            .iter()
            .filter(|part| !read.contains(part.path.as_str()) && !same.contains(part.path.as_str()));
        out.extend(missed.map(|part| Missed {
            path: part.path.clone(),
            member: part.member.clone(),
            why: part.why.clone(),
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_counts;

    #[test]
    fn counts_are_no_part_of_what_a_finding_is_about_but_names_are() {
        assert_eq!(without_counts("`a.1` has 12 of 1,024 values (0.5 %)"), "`a.1` has 0 of 0 values (0 %)");
        assert_eq!(without_counts("it ends. 3"), "it ends. 0");
    }
}
