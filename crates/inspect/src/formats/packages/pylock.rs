//! `pylock.toml`: the lock that all tools for Python share. Specification: PEP 751.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, from_index, hash, origin};
use crate::detect::Recognition;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `pylock.toml`.
pub static FORMAT: Format = Format {
    id: "pylock",
    title: "Lock of Python packages",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["source"],
    docs: "`pylock.toml` and `pylock.*.toml`: every package with its version, where it comes from, and the digests of its files; \
           and whether there is only source text of it, which is built.",
    recognise: |probe| {
        let name = probe.name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix("toml"));
        Recognition::certain_if(
            name.is_some_and(|rest| rest.is_empty() || rest.ends_with('.')) && probe.is_text(),
        )
    },
    read,
    samples: || one("pylock.toml", packages::PYLOCK.as_str()),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::lock("pypi");
    for (package, name) in book.named(visit, root.items_of(&["packages"])) {
        if package.find(&["directory", "path"]).and_then(Node::text) == Some(".") {
            continue;
        }
        let sdist = package.get("sdist");
        let wheels = package.items_of(&["wheels"]);
        let archive = package.get("archive");
        let files = wheels.iter().chain(sdist).chain(archive);
        let hashes = files.flat_map(digests).collect();
        let pin = package.text_of("version");
        let place =
            place(package).or_else(|| from_index("pypi", package.text_of("index").unwrap_or_default()));
        book.add(visit, package.at, Entry { name, pin, hashes, origin: place, ..Entry::default() })?;
        if wheels.is_empty() && sdist.is_some() {
            book.script(visit, package.at, name, true);
        }
    }
    Ok(())
}

fn place(package: &Node) -> Option<Origin> {
    if let Some(vcs) = package.get("vcs") {
        let url = vcs.text_of("url").or_else(|| vcs.text_of("path")).unwrap_or_default();
        let revision = vcs.text_of("commit-id").or_else(|| vcs.text_of("requested-revision"));
        return Some(Origin::Repository { url: url.to_owned(), revision: revision.map(str::to_owned) });
    }
    if let Some(archive) = package.get("archive") {
        return Some(match (archive.text_of("url"), archive.text_of("path")) {
            (Some(url), _) => origin(url).0,
            (_, path) => Origin::Path { path: path.unwrap_or_default().to_owned() },
        });
    }
    let path = package.find(&["directory", "path"])?.text()?;
    Some(Origin::Path { path: path.to_owned() })
}

fn digests(file: &Node) -> impl Iterator<Item = String> {
    let pairs = file.entries_of(&["hashes"]).iter();
    pairs.filter_map(|pair| Some(hash(&pair.key, pair.node.text()?)))
}
