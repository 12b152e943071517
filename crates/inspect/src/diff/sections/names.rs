//! What loading looks up: Python names in pickles, operators of graphs, objects built by name, files that are named.

use std::collections::BTreeMap;

use super::{Check, Section, parts};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::pair::Pair;
use crate::diff::version::Named;
use crate::text;

/// Names.
pub static SECTION: Section = Section {
    id: "names",
    title: "What loading looks up",
    docs: "Names that pickles look up, operators that graphs use, objects that loaders build by name, files and addresses that a \
           model names as parts of itself. New ones are amber, those that are gone notes; those that are known to be \
           dangerous are findings besides.",
    check: Check::Pair(check),
};

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        let kinds = [
            (Kind::Added, Risk::Amber, "is new", "are new", new.names.difference(&old.names)),
            (Kind::Removed, Risk::Note, "is gone", "are gone", old.names.difference(&new.names)),
        ];
        for (kind, risk, one, several, names) in kinds {
            let mut listed: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
            for named in names {
                listed.entry(named.what).or_default().push(named);
            }
            for (what, names) in listed {
                let verb = if names.len() == 1 { one } else { several };
                let message = format!("{} {verb}", text::count(names.len() as u64, what));
                let details = names.into_iter().map(|named| Detail::new(&named.name, None, None));
                let change = Change::new("names", risk, kind, (pair.path(), &new.member), message);
                out.push(change.details(details.collect()));
            }
        }
    }
}
