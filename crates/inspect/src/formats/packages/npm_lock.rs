//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

use weighbridge_domain::facts::Origin;
use weighbridge_domain::facts::problem::Kind;

use super::tree::{self, Entry as Pair, Node};
use super::{Book, Entry, npm};
use crate::formats::{Format, Support, json};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::text;
use crate::walk::Visit;

/// `package-lock.json`.
pub static FORMAT: Format = Format {
    id: "npm-lock",
    title: "Lock of npm",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`package-lock.json`, `npm-shrinkwrap.json` and `.package-lock.json` of the versions 1 to 3: every package with its \
           version, where it comes from and its digest, whether it has a script that runs when it is installed, and whether its \
           archive is that of another package.",
    recognise: |probe| {
        json::is_named(probe, &["package-lock.json", "npm-shrinkwrap.json", ".package-lock.json"])
    },
    read,
    samples: || one("package-lock.json", packages::PACKAGE_LOCK.as_str()),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::json(visit)?;
    let mut book = Book::lock("npm");
    if root.get("packages").is_some() {
        for Pair { at, key, node } in root.entries_of(&["packages"]) {
            // Where it is put; the folder itself has no name, and others beside `node_modules` are its own parts.
            let Some((_, name)) = key.rsplit_once("node_modules/") else { continue };
            package(visit, &mut book, *at, name, node)?;
        }
        return Ok(());
    }
    let mut waiting: Vec<&Pair> = root.entries_of(&["dependencies"]).iter().rev().collect();
    while let Some(Pair { at, key, node }) = waiting.pop() {
        package(visit, &mut book, *at, key, node)?;
        waiting.extend(node.entries_of(&["dependencies"]).iter().rev());
    }
    Ok(())
}

fn package(visit: &mut Visit<'_>, book: &mut Book, at: u64, key: &str, node: &Node) -> Result<(), Fault> {
    let version = node.text_of("version").unwrap_or_default();
    // In version 1, an alias and a place stand where the version does.
    let (name, version) = match version.strip_prefix("npm:") {
        Some(alias) => npm::split(alias),
        None => (node.text_of("name").unwrap_or(key), version),
    };
    let url = node.text_of("resolved").unwrap_or_default();
    let origin = if node.is_true("link") {
        Some(Origin::Path { path: url.to_owned() })
    } else {
        npm::resolved(url).or_else(|| npm::place(version))
    };
    let pin = npm::pin(version);
    let group = if node.is_true("dev") { "dev" } else { "" };
    let hashes = npm::integrity(node);
    book.add(visit, at, Entry { name, pin, hashes, origin, group, ..Entry::default() })?;
    other_name(visit, at, name, url);
    if node.is_true("hasInstallScript") {
        book.script(visit, at, name, false);
    }
    Ok(())
}

/// The archive is that of a package with another name.
pub(super) fn other_name(visit: &mut Visit<'_>, at: u64, name: &str, url: &str) {
    if let Some((_, archive)) = npm::registry(url)
        && !archive.replace("%2f", "/").replace("%2F", "/").eq_ignore_ascii_case(name)
    {
        let (name, archive) = (text::shown(name, 120), text::shown(archive, 120));
        visit.problem(at, Kind::Disagreement, format!("the archive of `{name}` is that of `{archive}`"));
    }
}
