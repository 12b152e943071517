//! `pdm.lock`: every package that PDM found.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, named, origin, uv_lock};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `pdm.lock`.
pub static FORMAT: Format = Format {
    id: "pdm-lock",
    title: "Lock of PDM",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`pdm.lock`, older and newer: every package with its version, where it comes from, and the digests of its files.",
    recognise: |probe| named(probe, &["pdm.lock"]),
    read,
    samples: || one("pdm.lock", packages::PDM_LOCK),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::lock("pypi");
    let older = root.find(&["metadata", "files"]).map(Node::by_key).unwrap_or_default();
    for (package, name) in book.named(visit, root.items_of(&["package"])) {
        let pin = package.text_of("version");
        let key = format!("{name} {}", pin.unwrap_or_default());
        let files =
            package.get("files").or_else(|| older.get(key.as_str()).copied()).map_or(&[][..], Node::items);
        let in_default = package.items_of(&["groups"]).iter().any(|group| group.text() == Some("default"));
        let first = package.items_of(&["groups"]).first().and_then(Node::text).unwrap_or_default();
        let group = if in_default { "" } else { first };
        let hashes = uv_lock::hashes(files);
        book.add(
            visit,
            package.at,
            Entry { name, pin, hashes, origin: place(package), group, ..Entry::default() },
        )?;
    }
    Ok(())
}

fn place(package: &Node) -> Option<Origin> {
    let text = |key: &str| package.text_of(key).map(str::to_owned);
    match (text("git").or(text("hg")), text("url"), text("path")) {
        (Some(url), ..) => Some(Origin::Repository { url, revision: text("revision").or(text("ref")) }),
        (_, Some(url), _) => Some(origin(&url).0),
        (_, _, Some(path)) => Some(Origin::Path { path }),
        _ => None,
    }
}
