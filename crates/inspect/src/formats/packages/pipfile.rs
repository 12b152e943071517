//! `Pipfile` and `Pipfile.lock`: what Pipenv is asked for and what it found.

use super::pyproject::{index, place};
use super::tree::{self, Entry as Pair, Node};
use super::{Book, Entry, named, requirement};
use crate::detect::{Probe, Recognition};
use crate::formats::{Format, Support, json};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `Pipfile`.
pub static FORMAT: Format = Format {
    id: "pipfile",
    title: "Packages for Pipenv",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`Pipfile`: the packages of every category, and the indexes.",
    recognise: |probe| named(probe, &["pipfile"]),
    read,
    samples: || one("Pipfile", packages::PIPFILE.as_str()),
};

/// `Pipfile.lock`.
pub static LOCK: Format = Format {
    id: "pipfile-lock",
    title: "Lock of Pipenv",
    refines: &["json", "text"],
    docs: "`Pipfile.lock`: every package with its version and the digests of its files, and the indexes.",
    recognise: |probe: &Probe<'_>| match json::is_named(probe, &["pipfile.lock"]) {
        Recognition::No => Recognition::guess_if(probe.name == "pipfile.lock" && probe.is_text()),
        other => other,
    },
    read: lock,
    samples: || one("Pipfile.lock", packages::PIPFILE_LOCK.as_str()),
    ..FORMAT
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::manifest("pypi");
    sources(visit, &book, root.items_of(&["source"]));
    for section in root.entries() {
        match section.key.as_str() {
            "source" | "requires" | "scripts" | "pipenv" | "pipfile" => {}
            "packages" => table(visit, &mut book, section.node.entries(), "")?,
            "dev-packages" => table(visit, &mut book, section.node.entries(), "dev")?,
            other => table(visit, &mut book, section.node.entries(), other)?,
        }
    }
    Ok(())
}

fn lock(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::json(visit)?;
    let mut book = Book::lock("pypi");
    sources(visit, &book, root.items_of(&["_meta", "sources"]));
    for section in root.entries() {
        match section.key.as_str() {
            "_meta" => {}
            "default" => table(visit, &mut book, section.node.entries(), "")?,
            "develop" => table(visit, &mut book, section.node.entries(), "dev")?,
            other => table(visit, &mut book, section.node.entries(), other)?,
        }
    }
    Ok(())
}

/// The first index is where packages come from that name none.
fn sources(visit: &mut Visit<'_>, book: &Book, sources: &[Node]) {
    for source in sources {
        index(visit, book, source, false);
    }
}

fn table(visit: &mut Visit<'_>, book: &mut Book, pairs: &[Pair], group: &str) -> Result<(), Fault> {
    for Pair { at, key, node } in pairs {
        let asked = node.text().or_else(|| node.text_of("version")).unwrap_or_default();
        let constraint = if asked == "*" { "" } else { asked };
        let hashes = node.items_of(&["hashes"]).iter().filter_map(Node::text).map(str::to_owned).collect();
        let (pin, origin) = (requirement::pin(constraint), place(node));
        book.add(visit, *at, Entry { name: key, constraint, pin, hashes, origin, group })?;
    }
    Ok(())
}
