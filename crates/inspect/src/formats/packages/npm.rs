//! `package.json`: what npm and its like are asked for, and the scripts that they run.

use weighbridge_domain::facts::{Origin, When};

use super::tree::{self, Entry as Pair, Node};
use super::{Book, Entry, PEER, origin};
use crate::formats::command::{self, Runner};
use crate::formats::{Format, Support, json};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::text;
use crate::walk::Visit;

/// `package.json`.
pub static FORMAT: Format = Format {
    id: "npm-manifest",
    title: "Package of npm",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json"],
    docs: "`package.json`: the packages that it asks for, of every kind, with the registries, addresses, repositories and folders \
           that they come from, and the scripts that run when it is installed.",
    recognise: |probe| json::is_named(probe, &["package.json"]),
    read,
    samples: || one("package.json", packages::PACKAGE_JSON),
};

/// The keys under which packages stand, and their groups.
const GROUPS: [(&str, &str); 4] = [
    ("dependencies", ""),
    ("devDependencies", "dev"),
    ("optionalDependencies", "optional"),
    ("peerDependencies", PEER),
];

/// Scripts that run when a package, or what it is in, is installed.
const SCRIPTS: [&str; 4] = ["preinstall", "install", "postinstall", "prepare"];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::json(visit)?;
    let mut book = Book::manifest("npm");
    for (key, group) in GROUPS {
        for Pair { at, key: name, node } in root.entries_of(&[key]) {
            match node.text() {
                Some(asked) => package(visit, &mut book, *at, name, asked, group)?,
                None => {
                    book.unread(visit, *at, format!("what `{}` asks for is no text", text::shown(name, 80)));
                }
            }
        }
    }
    for Pair { at, key, node } in root.entries_of(&["scripts"]) {
        let Some(script) = node.text().filter(|_| SCRIPTS.contains(&key.as_str())) else { continue };
        // What `prepare` does is done for the folder itself, and for what comes from a repository.
        let when = if key == "prepare" { When::Called } else { When::Installed };
        command::emit(visit, Runner::new("npm", when, *at).at(*at), script);
    }
    Ok(())
}

fn package(
    visit: &mut Visit<'_>,
    book: &mut Book,
    at: u64,
    name: &str,
    asked: &str,
    group: &str,
) -> Result<(), Fault> {
    let asked = asked.trim();
    // Another package under this name.
    let (name, asked) = match asked.strip_prefix("npm:") {
        Some(alias) => split(alias),
        None => (name, asked),
    };
    let origin = place(asked);
    let constraint = if origin.is_some() { "" } else { asked };
    book.add(visit, at, Entry { name, constraint, pin: pin(constraint), origin, group, hashes: Vec::new() })
}

/// A name and what stands behind its `@`; a scope begins with one, too.
pub(super) fn split(spec: &str) -> (&str, &str) {
    match spec.rfind('@').filter(|at| *at > 0) {
        Some(at) => {
            let (name, version) = spec.split_at_checked(at).unwrap_or((spec, ""));
            (name, version.strip_prefix('@').unwrap_or(version))
        }
        None => (spec, ""),
    }
}

/// Where something comes from that is no version.
pub(super) fn place(asked: &str) -> Option<Origin> {
    let lower = asked.to_ascii_lowercase();
    if lower.starts_with("workspace:") || lower.starts_with("catalog:") || lower.starts_with("patch:") {
        return None;
    }
    let schemes = ["git+", "git:", "git@", "ssh:", "http:", "https:", "file:", "link:", "portal:"];
    if schemes.iter().any(|scheme| lower.starts_with(scheme)) {
        let address =
            asked.strip_prefix("git@").map(|rest| format!("ssh://git@{}", rest.replacen(':', "/", 1)));
        let address = address.as_deref().unwrap_or(asked);
        // A repository may be named by a plain address.
        let bare = address.split('#').next().unwrap_or_default();
        if bare.starts_with("http")
            && bare.to_ascii_lowercase().trim_end_matches('/').strip_suffix(".git").is_some()
        {
            return Some(origin(&format!("git+{address}")).0);
        }
        return Some(origin(address).0);
    }
    if let Some((host, path)) =
        lower.split_once(':').filter(|(host, _)| HOSTS.iter().any(|(name, _)| name == host))
    {
        let path = asked.get(asked.len().saturating_sub(path.len())..).unwrap_or_default();
        let (_, site) = HOSTS.iter().find(|(name, _)| *name == host)?;
        return Some(origin(&format!("git+{site}{path}")).0);
    }
    if asked.starts_with(['.', '/', '~']) && !asked.starts_with("~1") && asked.contains('/') {
        return Some(Origin::Path { path: asked.to_owned() });
    }
    let bare = asked.split('#').next().unwrap_or_default();
    let mut parts = bare.split('/');
    let is_part = |part: Option<&str>| {
        part.is_some_and(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
        })
    };
    if is_part(parts.next()) && is_part(parts.next()) && parts.next().is_none() {
        return Some(origin(&format!("git+https://github.com/{asked}")).0);
    }
    None
}

/// Hosts of repositories that have a short name.
const HOSTS: [(&str, &str); 4] = [
    ("bitbucket", "https://bitbucket.org/"),
    ("gist", "https://gist.github.com/"),
    ("github", "https://github.com/"),
    ("gitlab", "https://gitlab.com/"),
];

/// The one version that a range allows.
pub(super) fn pin(range: &str) -> Option<&str> {
    let version = range.trim().trim_start_matches(['=', 'v', ' ']);
    let (numbers, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let three = numbers.split('.').count() == 3 && numbers.split('.').all(numeric);
    (three && !version.contains([' ', '|'])).then_some(version)
}

/// The place in a registry that the address of an archive is at, and the name in it: `registry/name/-/file.tgz`.
pub(super) fn registry(url: &str) -> Option<(&str, &str)> {
    let (front, _) = url.split_once("/-/")?;
    let host = front.find("://")?.saturating_add(3);
    let last = front.rfind('/').filter(|at| *at > host)?;
    let scope = front.get(..last)?.rfind('/').filter(|at| *at >= host);
    let start = match scope {
        Some(scope) if front.get(scope..)?.starts_with("/@") => scope,
        _ => last,
    };
    let (index, name) = front.split_at_checked(start)?;
    Some((index, name.strip_prefix('/')?))
}

/// Where a lock says that an archive comes from, when that is not the usual registry.
pub(super) fn resolved(url: &str) -> Option<Origin> {
    if url.is_empty() {
        return None;
    }
    let url = url.split('#').next().unwrap_or(url);
    match registry(url) {
        Some((index, _)) => super::from_index("npm", index),
        None => place(url),
    }
}

/// A digest of subresource integrity with its letters as they are.
pub(super) fn integrity(node: &Node) -> Vec<String> {
    let all = node.text_of("integrity").unwrap_or_default().split_whitespace();
    all.filter_map(|one| one.split_once('-'))
        .map(|(algorithm, value)| super::hash(algorithm, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_version_is_a_place() {
        let repository = |url: &str, revision: Option<&str>| {
            Some(Origin::Repository { url: url.to_owned(), revision: revision.map(str::to_owned) })
        };
        for (asked, expected) in [
            ("^1.0.0", None),
            ("~1.2", None),
            ("latest", None),
            ("workspace:*", None),
            ("1 - 2 || >=3", None),
            ("Demo/Thing#v1", repository("https://github.com/Demo/Thing", Some("v1"))),
            ("github:demo/Thing", repository("https://github.com/demo/Thing", None)),
            ("https://example.org/a.git#0123", repository("https://example.org/a.git", Some("0123"))),
            ("git@example.org:a/b.git", repository("ssh://git@example.org/a/b.git", None)),
            ("https://example.org/a.tgz", Some(Origin::Url { url: "https://example.org/a.tgz".to_owned() })),
            ("file:../a", Some(Origin::Path { path: "../a".to_owned() })),
            ("../a", Some(Origin::Path { path: "../a".to_owned() })),
        ] {
            assert_eq!(place(asked), expected, "{asked}");
        }
        for (range, expected) in [
            ("1.2.3", Some("1.2.3")),
            ("=v1.2.3-a.1", Some("1.2.3-a.1")),
            ("1.2", None),
            ("^1.2.3", None),
            ("1.2.x", None),
            ("*", None),
        ] {
            assert_eq!(pin(range), expected, "{range}");
        }
        assert_eq!(split("@a/b@^1"), ("@a/b", "^1"));
        assert_eq!(split("@a/b"), ("@a/b", ""));
        assert_eq!(
            registry("https://example.org/npm/@a/b/-/b-1.tgz"),
            Some(("https://example.org/npm", "@a/b"))
        );
        assert_eq!(registry("https://example.org/b/-/b-1.tgz"), Some(("https://example.org", "b")));
        assert_eq!(registry("https://example.org/b-1.tgz"), None);
    }
}
