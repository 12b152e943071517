//! Terms: which licences are stated, by whom, that were not before, and which no more.

use std::collections::BTreeSet;

use weighbridge_domain::facts::{Licence, LicenceSource};

use super::{Check, Section, parts};
use crate::diff::change::{Change, Kind, Risk};
use crate::diff::pair::Pair;
use crate::diff::version::Part;
use crate::text;

/// Licences.
pub static SECTION: Section = Section {
    id: "licences",
    title: "Licences",
    docs: "Statements of terms in cards, texts, metadata and manifests, and the base models that are named. Every change is \
           amber: what was allowed may not be any more. Of a file that is new, only what it says about the model \
           itself is told. A text that is none that is known, or nearly one, counts by its title.",
    check: Check::Pair(check),
};

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let Some(part) = new.or(old) else { continue };
        let (before, mut now) = (stated(old), stated(new));
        if old.is_none() {
            // A new file brings terms only where it speaks of the model itself.
            now.retain(|said| !said.starts_with("base model ") && !said.starts_with("manifest: "));
        }
        let gone: Vec<&str> = before.difference(&now).map(String::as_str).collect();
        let added: Vec<&str> = now.difference(&before).map(String::as_str).collect();
        let (kind, message) = match (gone.is_empty(), added.is_empty()) {
            (true, true) => continue,
            (false, false) => (Kind::Changed, "the stated terms changed"),
            (true, false) => (Kind::Added, "terms are stated that were not before"),
            (false, true) => (Kind::Removed, "terms are not stated any more"),
        };
        let shown = |list: &[&str]| (!list.is_empty()).then(|| list.join(", "));
        let change = Change::new("licences", Risk::Amber, kind, (pair.path(), &part.member), message);
        out.push(change.values(shown(&gone).as_deref(), shown(&added).as_deref()));
    }
}

fn stated(part: Option<&Part>) -> BTreeSet<String> {
    let one = |licence: &Licence| {
        let name = match (&licence.id, licence.source) {
            // The name of a base model matters as much as its terms.
            (_, LicenceSource::BaseModel) | (None, _) => &licence.stated,
            (Some(id), _) => id,
        };
        let from = match licence.source {
            LicenceSource::BaseModel => "base model ",
            LicenceSource::Card => "card: ",
            LicenceSource::Manifest => "manifest: ",
            LicenceSource::Metadata => "metadata: ",
            LicenceSource::Text => "text: ",
        };
        format!("{from}{}", text::shown(name, 200))
    };
    // The name of a base model among settings is told with these; here are its terms.
    let is_told = |part: &Part, licence: &Licence| {
        licence.source != LicenceSource::BaseModel || licence.id.is_some() || part.format == "model-card"
    };
    part.map(|part| part.licences.iter().filter(|licence| is_told(part, licence)).map(one).collect())
        .unwrap_or_default()
}
