//! `poetry.lock`: every package that Poetry found.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, from_index, named, origin, uv_lock};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `poetry.lock`.
pub static FORMAT: Format = Format {
    id: "poetry-lock",
    title: "Lock of Poetry",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`poetry.lock`, older and newer: every package with its version, where it comes from, and the digests of its files.",
    recognise: |probe| named(probe, &["poetry.lock"]),
    read,
    samples: || one("poetry.lock", packages::POETRY_LOCK),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::lock("pypi");
    let older = root.find(&["metadata", "files"]).map(Node::by_key).unwrap_or_default();
    for (package, name) in book.named(visit, root.items_of(&["package"])) {
        let files = package.get("files").or_else(|| older.get(name).copied()).map_or(&[][..], Node::items);
        let origin = package.get("source").and_then(place);
        // Which extras of the package it is of: every one but `main`.
        let group = package.text_of("category").filter(|category| *category != "main").unwrap_or_default();
        let pin = package.text_of("version");
        let hashes = uv_lock::hashes(files);
        book.add(visit, package.at, Entry { name, pin, hashes, origin, group, ..Entry::default() })?;
    }
    Ok(())
}

fn place(source: &Node) -> Option<Origin> {
    let url = source.text_of("url").unwrap_or_default();
    match source.text_of("type").unwrap_or_default() {
        "git" | "hg" => {
            let revision = source.text_of("resolved_reference").or_else(|| source.text_of("reference"));
            Some(Origin::Repository { url: url.to_owned(), revision: revision.map(str::to_owned) })
        }
        "url" => Some(origin(url).0),
        "file" | "directory" => Some(Origin::Path { path: url.to_owned() }),
        _ => from_index("pypi", url),
    }
}
