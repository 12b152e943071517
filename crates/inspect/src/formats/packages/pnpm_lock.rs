//! `pnpm-lock.yaml`, versions 5 to 9.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Entry as Pair, Node};
use super::{Book, Entry, named, npm};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `pnpm-lock.yaml`.
pub static FORMAT: Format = Format {
    id: "pnpm-lock",
    title: "Lock of pnpm",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text", "yaml"],
    docs: "`pnpm-lock.yaml` of the versions 5 to 9: every package with its version, where it comes from, its digest, and whether \
           it is built when it is installed. Tags and settings are read as in any YAML.",
    recognise: |probe| named(probe, &["pnpm-lock.yaml"]),
    read,
    samples: || one("pnpm-lock.yaml", packages::PNPM_LOCK),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut book = Book::lock("npm");
    tree::yaml_entries(visit, "packages", |visit, Pair { at, key, node }| {
        package(visit, &mut book, *at, key, node)
    })
}

fn package(visit: &mut Visit<'_>, book: &mut Book, at: u64, key: &str, node: &Node) -> Result<(), Fault> {
    let (name, version) = name_and_version(key);
    // What comes from elsewhere has the address for a key, and says its name.
    let name = node.text_of("name").unwrap_or(name);
    let version = node.text_of("version").unwrap_or(version);
    let resolution = node.get("resolution");
    let text = |key: &str| resolution.and_then(|resolution| resolution.text_of(key));
    let origin = match (text("repo"), text("directory"), text("tarball")) {
        (Some(repository), ..) => Some(Origin::Repository {
            url: repository.to_owned(),
            revision: text("commit").map(str::to_owned),
        }),
        (_, Some(path), _) => Some(Origin::Path { path: path.to_owned() }),
        (.., Some(url)) => npm::resolved(url),
        _ => None,
    };
    let hashes = resolution.map(npm::integrity).unwrap_or_default();
    let group = if node.is_true("dev") { "dev" } else { "" };
    book.add(visit, at, Entry { name, pin: npm::pin(version), hashes, origin, group, ..Entry::default() })?;
    if let Some(url) = text("tarball") {
        super::npm_lock::other_name(visit, at, name, url);
    }
    if node.is_true("requiresBuild") {
        book.script(visit, at, name, false);
    }
    Ok(())
}

/// `/name/1.0_peer`, `/name@1.0(peer)`, `name@1.0`.
fn name_and_version(key: &str) -> (&str, &str) {
    let bare = key.split('(').next().unwrap_or(key);
    let older = bare.strip_prefix('/');
    let bare = older.unwrap_or(bare);
    let split = bare.rsplit_once('/').map(|(name, rest)| (name, rest.split('_').next().unwrap_or(rest)));
    match split.filter(|_| older.is_some()) {
        Some((name, version))
            if version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains('@') =>
        {
            (name, version)
        }
        _ => npm::split(bare),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_of_every_version_hold_name_and_version() {
        for (key, expected) in [
            ("/a/1.0.0", ("a", "1.0.0")),
            ("/@s/a/1.0.0_b@2.0.0", ("@s/a", "1.0.0")),
            ("/a@1.0.0(b@2.0.0)", ("a", "1.0.0")),
            ("/@s/a@1.0.0", ("@s/a", "1.0.0")),
            ("@s/a@1.0.0", ("@s/a", "1.0.0")),
        ] {
            assert_eq!(super::name_and_version(key), expected, "{key}");
        }
    }
}
