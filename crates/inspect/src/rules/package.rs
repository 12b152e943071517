//! What the rules about packages share.

use std::collections::{BTreeMap, HashSet};

use weighbridge_domain::facts::{Origin, Package};

use super::Findings;
use crate::facts::{Facts, Place};
use crate::known::package_names::normal;
use crate::path;
use crate::text;

/// Names told in one finding.
const TOLD: usize = 5;

/// One finding about several packages of a list, at the first of them.
pub(super) fn told(names: &[&str]) -> String {
    let shown: Vec<String> =
        names.iter().take(TOLD).map(|name| format!("`{}`", text::shown(name, 80))).collect();
    let mut sentence = shown.join(", ");
    if names.len() > TOLD {
        sentence.push_str(&format!(" and {} more", names.len() - TOLD));
    }
    sentence
}

/// Adds one finding for a list: how many packages there are of which something is to be said, and the first names.
pub(super) fn add_for_all<'f>(
    findings: &'f mut Findings<'_>,
    path: &str,
    found: &[(Place<'_>, &Package)],
    one: &str,
    several: &str,
) -> Option<&'f mut weighbridge_domain::Finding> {
    let (place, _) = found.first()?;
    let mut seen = HashSet::new();
    let all = found.iter().map(|(_, package)| package.name.as_str());
    let names: Vec<&str> = all.filter(|name| seen.insert(*name)).collect();
    let verb = if names.len() == 1 { one } else { several };
    let message = format!("{} {verb}: {}", text::count(names.len() as u64, "package"), told(&names));
    Some(findings.add_in(path.to_owned(), *place, message))
}

/// The name of a package as its registry compares it.
pub(super) fn key(package: &Package) -> (&'static str, String) {
    let name = if package.ecosystem == "npm" { package.name.clone() } else { normal(&package.name) };
    (package.ecosystem, name)
}

/// The packages of a file, by the part and the place they are in.
pub(super) fn by_part<'f>(
    facts: &'f Facts,
    wanted: impl Fn(&Place<'_>, &Package) -> bool,
) -> Vec<Vec<(Place<'f>, &'f Package)>> {
    let mut parts: BTreeMap<&str, Vec<(Place<'f>, &'f Package)>> = BTreeMap::new();
    for (place, package) in facts.packages().filter(|(place, package)| wanted(place, package)) {
        parts.entry(&place.reading.member).or_default().push((place, package));
    }
    parts.into_values().collect()
}

/// It comes from an index, the usual one or another.
pub(super) fn is_from_index(package: &Package) -> bool {
    matches!(package.origin, Origin::Index | Origin::NamedIndex { .. })
}

/// How a path leads out of the folder that was scanned, seen from a file in it.
pub(super) fn way_out(file: &str, member: &str, target: &str) -> Option<&'static str> {
    let depth = if member.is_empty() { file } else { member.rsplit('!').next().unwrap_or(member) };
    let depth = depth.matches('/').count();
    if target.starts_with('~') {
        return Some("begins at somebody's home");
    }
    match path::escape(target) {
        Some("climbs out by `..`") => {
            path::climbs(target, depth).then_some("climbs out of what was scanned by `..`")
        }
        other => other,
    }
}

/// It is only asked for by whoever works on something that is installed already.
pub(super) fn is_idle(path: &str, package: &Package) -> bool {
    is_installed(path) && package.group == "dev"
}

/// The file is a part of something that was installed.
pub(super) fn is_installed(path: &str) -> bool {
    path.contains("node_modules/") || path.contains("site-packages/")
}

/// An address at the machine itself.
pub(super) fn is_local(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "host.docker.internal")
}

/// Addresses that nobody on the way is kept from reading and changing.
pub(super) fn is_plain(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    ["http://", "ftp://", "git://"].iter().any(|scheme| lower.starts_with(scheme))
}
