//! `uv.lock`: every package that uv found, with where it comes from.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, from_index, named, origin};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `uv.lock`.
pub static FORMAT: Format = Format {
    id: "uv-lock",
    title: "Lock of uv",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`uv.lock`: every package with its version, its index, repository, address or folder, and the digests of its files; \
           and whether there is only source text of it, which is built.",
    recognise: |probe| named(probe, &["uv.lock"]),
    read,
    samples: || one("uv.lock", packages::UV_LOCK.as_str()),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::lock("pypi");
    for (package, name) in book.named(visit, root.items_of(&["package"])) {
        let source = package.get("source");
        let text = |key: &str| source.and_then(|source| source.text_of(key));
        // The project itself, and those that are made with it.
        if text("virtual").or(text("editable")) == Some(".") || text("directory") == Some(".") {
            continue;
        }
        let path = text("path").or(text("directory")).or(text("editable")).or(text("virtual"));
        let place = match (text("registry"), text("git"), text("url")) {
            (Some(index), ..) => from_index("pypi", index),
            (_, Some(repository), _) => Some(git(repository)),
            (_, _, Some(url)) => Some(origin(url).0),
            _ => path.map(|path| Origin::Path { path: path.to_owned() }),
        };
        let wheels = package.items_of(&["wheels"]);
        let files = package.get("sdist").into_iter().chain(wheels);
        let hashes = files.filter_map(|file| file.text_of("hash")).map(str::to_owned).collect();
        let pin = package.text_of("version");
        book.add(visit, package.at, Entry { name, pin, hashes, origin: place, ..Entry::default() })?;
        if wheels.is_empty() && package.get("sdist").is_some() {
            book.script(visit, package.at, name, true);
        }
    }
    Ok(())
}

/// `address?rev=…#commit`.
fn git(source: &str) -> Origin {
    let (address, commit) = source.split_once('#').unwrap_or((source, ""));
    let (url, query) = address.split_once('?').unwrap_or((address, ""));
    let asked = query.split('&').find_map(|part| part.split_once('=').map(|(_, revision)| revision));
    let revision = Some(commit).filter(|commit| !commit.is_empty()).or(asked);
    Origin::Repository { url: url.to_owned(), revision: revision.map(str::to_owned) }
}

/// Digests of a list of files.
pub(super) fn hashes(files: &[Node]) -> Vec<String> {
    files.iter().filter_map(|file| file.text_of("hash")).map(str::to_owned).collect()
}
