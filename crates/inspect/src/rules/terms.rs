//! What rules about terms share: who states what in a folder, which rows restrict what, and where weights are.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::{Licence, LicenceSource, What};

use crate::facts::{Facts, Place};
use crate::licence::{Copyleft, Grant, Row, Training, row};

/// A statement of terms with the file it is in.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) path: &'a str,
    pub(super) place: Place<'a>,
    pub(super) licence: &'a Licence,
}

impl<'a> Said<'a> {
    pub(super) fn id(&self) -> Option<&'a str> {
        self.licence.id.as_deref()
    }

    pub(super) fn row(&self) -> Option<&'static Row> {
        row(self.id()?)
    }

    /// The last part of the file's path.
    pub(super) fn file(&self) -> &'a str {
        base(self.path)
    }
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of a path; empty at the top.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Every statement in these files from one of these sources.
pub(super) fn said<'a>(files: &[(&'a str, &'a Facts)], sources: &[LicenceSource]) -> Vec<Said<'a>> {
    let all = files.iter().flat_map(|(path, facts)| {
        facts.licences().map(move |(place, licence)| Said { path, place, licence })
    });
    all.filter(|said| sources.contains(&said.licence.source)).collect()
}

/// Sources that speak of the model itself.
pub(super) const DECLARED: [LicenceSource; 3] =
    [LicenceSource::Card, LicenceSource::Text, LicenceSource::Metadata];

/// What a row keeps its licensee from or asks of him, in a few words each.
pub(super) fn restrictions(row: &Row) -> BTreeSet<&'static str> {
    let policy = !row.field_of_use.is_empty()
        || row.aup.is_some()
        || row.copyleft == Copyleft::UseRestrictionsPassThrough;
    let is_out = |grant: Grant| matches!(grant, Grant::No | Grant::Limited | Grant::PrivateOnly);
    let named = !matches!(row.training, Training::Yes | Training::Unclear);
    let all = [
        (is_out(row.commercial), "no or limited commercial use"),
        (is_out(row.hosted), "no running it for others"),
        (is_out(row.derivatives), "no or limited derivatives"),
        (is_out(row.redistribution), "no passing on"),
        (!row.threshold.is_empty(), "a threshold"),
        (policy, "barred uses"),
        (row.territory.is_some(), "places that are left out"),
        (named, "limits on training with outputs"),
        (row.naming.is_some(), "names to show"),
    ];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect()
}

/// Folders that weights are in, or in a folder below.
pub(super) fn with_weights<'a>(files: &BTreeMap<&'a str, &Facts>) -> BTreeSet<&'a str> {
    let mut folders = BTreeSet::new();
    for (path, facts) in files {
        if !facts.iter().any(|(_, what)| matches!(what, What::Tensor(_) | What::Shard { .. })) {
            continue;
        }
        let mut folder = self::folder(path);
        while folders.insert(folder) && !folder.is_empty() {
            folder = self::folder(folder);
        }
    }
    folders
}

/// The file is the card of a repository, by its name.
pub(super) fn is_card(path: &str) -> bool {
    matches!(base(path).to_ascii_lowercase().as_str(), "readme.md" | "model_card.md" | "modelcard.md")
}
