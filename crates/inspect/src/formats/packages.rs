//! Lists of software packages: what a repository asks an installer for, and what locks say was found. Nothing is resolved,
//! built or fetched.

pub mod bill;
pub mod conda;
pub mod conda_explicit;
pub mod conda_lock;
pub mod npm;
pub mod npm_lock;
pub mod pdm_lock;
pub mod pip_conf;
pub mod pipfile;
pub mod pnpm_lock;
pub mod poetry_lock;
pub mod pylock;
pub mod pyproject;
mod requirement;
pub mod requirements;
pub mod setup_cfg;
mod tree;
pub mod uv_lock;
pub mod yarn_lock;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Origin, Package, PackageIndex, PackageScript, Reference, What};

use self::tree::Node;
use crate::detect::{Probe, Recognition};
use crate::known::package_indexes::behind_usual;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// The role of a [`Reference`] to another list of packages.
pub(crate) const LIST: &str = "list of packages";

/// The group of packages that are only needed to build.
pub(crate) const BUILD: &str = "build";

/// The group of packages that are not asked for, but held to versions when something else asks for them.
pub(crate) const CONSTRAINT: &str = "constraint";

/// The group of packages that whoever uses this one has to bring along.
pub(crate) const PEER: &str = "peer";

/// Packages noted of one file.
const MOST: u64 = 100_000;

/// Places in a list that are not read, noted one by one.
const MOST_UNREAD: u64 = 20;

/// Bytes kept of a name, a constraint, a digest.
const NAME_KEPT: usize = 256;

/// Bytes kept of an address or a path.
const ADDRESS_KEPT: usize = 1024;

/// Digests kept of one package.
const MOST_HASHES: usize = 1000;

/// The longest list that is read.
const LONGEST: u64 = 32 << 20;

/// Where a reader puts what it finds.
#[derive(Debug)]
struct Book {
    ecosystem: &'static str,
    locked: bool,
    noted: u64,
    unread: u64,
}

/// A package before it is noted.
#[derive(Debug, Default)]
struct Entry<'a> {
    name: &'a str,
    constraint: &'a str,
    pin: Option<&'a str>,
    hashes: Vec<String>,
    origin: Option<Origin>,
    group: &'a str,
}

impl Book {
    fn manifest(ecosystem: &'static str) -> Self {
        Self { ecosystem, locked: false, noted: 0, unread: 0 }
    }

    fn lock(ecosystem: &'static str) -> Self {
        Self { locked: true, ..Self::manifest(ecosystem) }
    }

    /// Notes a package.
    fn add(&mut self, visit: &mut Visit<'_>, at: u64, entry: Entry<'_>) -> Result<(), Fault> {
        self.step(visit)?;
        let kept = |text: &str| text::kept(text.trim().as_bytes(), NAME_KEPT);
        let hashes = entry.hashes.iter().take(MOST_HASHES).map(|hash| kept(hash)).collect();
        visit.fact(
            at,
            What::Package(Package {
                ecosystem: self.ecosystem,
                name: kept(entry.name),
                constraint: kept(entry.constraint),
                pin: entry.pin.map(kept).filter(|pin| !pin.is_empty()),
                hashes,
                origin: entry.origin.unwrap_or(Origin::Index),
                group: kept(entry.group),
                locked: self.locked,
            }),
        );
        Ok(())
    }

    /// Takes one of the places in a list that may be looked at.
    fn step(&mut self, visit: &Visit<'_>) -> Result<(), Fault> {
        self.noted = self.noted.saturating_add(1);
        if self.noted > MOST {
            return Err(Fault::Unsupported(format!("it has more than {MOST} packages")));
        }
        if self.noted.is_multiple_of(256) { visit.budget.tick() } else { Ok(()) }
    }

    /// Notes a place that packages are looked for in.
    fn index(&self, visit: &mut Visit<'_>, at: u64, index: &str, extra: bool, unchecked: bool) {
        let index = text::kept(index.trim().as_bytes(), ADDRESS_KEPT);
        visit.fact(
            at,
            What::PackageIndex(PackageIndex { ecosystem: self.ecosystem, index, extra, unchecked }),
        );
    }

    /// Notes another list that is taken in.
    fn list(&mut self, visit: &mut Visit<'_>, at: u64, target: &str) -> Result<(), Fault> {
        self.step(visit)?;
        let target = text::kept(target.trim().as_bytes(), ADDRESS_KEPT);
        visit.fact(at, What::Reference(Reference { role: LIST, target, range: None }));
        Ok(())
    }

    /// Notes a package that runs a program when it is installed.
    fn script(&self, visit: &mut Visit<'_>, at: u64, name: &str, builds: bool) {
        let name = text::kept(name.as_bytes(), NAME_KEPT);
        visit.fact(at, What::PackageScript(PackageScript { ecosystem: self.ecosystem, name, builds }));
    }

    /// The packages of a lock that have names. The others are told.
    fn named<'a>(&mut self, visit: &mut Visit<'_>, packages: &'a [Node]) -> Vec<(&'a Node, &'a str)> {
        let mut named = Vec::new();
        for package in packages {
            match package.text_of("name") {
                Some(name) => named.push((package, name)),
                None => self.unread(visit, package.at, "a package has no name".to_owned()),
            }
        }
        named
    }

    /// Notes a place that is not read as an installer would read it.
    fn unread(&mut self, visit: &mut Visit<'_>, at: u64, detail: String) {
        self.not_read(visit, at, Kind::Unparsable, detail);
    }

    /// Notes that a part of the list is only known when a program has run.
    fn computed(&mut self, visit: &mut Visit<'_>, at: u64, detail: String) {
        self.not_read(visit, at, Kind::Missing, detail);
    }

    fn not_read(&mut self, visit: &mut Visit<'_>, at: u64, kind: Kind, detail: String) {
        self.unread = self.unread.saturating_add(1);
        if self.unread <= MOST_UNREAD {
            visit.problem(at, kind, detail.as_str());
            visit.incomplete(detail);
        }
    }
}

/// Text under one of these names.
fn named(probe: &Probe<'_>, names: &[&str]) -> Recognition {
    Recognition::certain_if(names.contains(&probe.name.as_str()) && probe.is_text())
}

/// The text of a list: UTF-8, with or without a mark, or UTF-16 with one.
fn source(visit: &mut Visit<'_>) -> Result<String, Fault> {
    let length = visit.input.len();
    if length > LONGEST {
        return Err(Fault::Unsupported(format!("a list of packages of more than {LONGEST} bytes")));
    }
    visit.budget.memory(length.saturating_mul(3))?;
    let bytes = visit.input.read(0, length)?;
    let decode: fn([u8; 2]) -> u16 = match bytes.as_slice() {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            return Ok(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            });
        }
    };
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| decode(*pair));
    Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Whether the bytes that a text was read from are two for each unit.
fn is_wide(visit: &Visit<'_>) -> bool {
    visit.input.read(0, 2).is_ok_and(|mark| matches!(mark.as_slice(), [0xff, 0xfe] | [0xfe, 0xff]))
}

/// The lines of a text, each with its offset in the bytes it was read from.
fn lines(source: &str, wide: bool) -> impl Iterator<Item = (u64, &str)> {
    let mut at = 0_u64;
    source.split_inclusive('\n').map(move |line| {
        let start = at;
        let size = if wide { line.encode_utf16().count().saturating_mul(2) } else { line.len() };
        at = at.saturating_add(size as u64);
        let bare = line.strip_suffix('\n').unwrap_or(line);
        (start, bare.strip_suffix('\r').unwrap_or(bare))
    })
}

/// The index that installers use when nothing else is said.
fn is_usual(ecosystem: &str, index: &str) -> bool {
    let bare = index.trim_end_matches('/');
    match ecosystem {
        "pypi" => {
            matches!(bare, "pypi" | "PyPI")
                || behind_usual(bare, &["python", "python-older"]).is_some_and(|rest| rest == "simple")
        }
        "npm" => behind_usual(bare, &["node", "yarn"]).is_some_and(str::is_empty),
        _ => false,
    }
}

/// An index that is named for a package.
fn from_index(ecosystem: &str, index: &str) -> Option<Origin> {
    let index = text::kept(index.trim().as_bytes(), ADDRESS_KEPT);
    (!index.is_empty() && !is_usual(ecosystem, &index)).then_some(Origin::NamedIndex { index })
}

/// Where a file of a Python package comes from, by its address: nothing for those of the usual index.
fn file_of_python(url: &str) -> Option<Origin> {
    let usual = behind_usual(url, &["python", "python-older", "python-files"]).is_some();
    (!url.is_empty() && !usual).then(|| origin(url).0)
}

/// A digest as installers write it: `algorithm:hex`.
fn hash(algorithm: &str, value: &str) -> String {
    format!("{}:{}", algorithm.to_ascii_lowercase().replace('-', ""), value.trim())
}

/// What an address or path leads to, and the digest that stands in it.
fn origin(address: &str) -> (Origin, Vec<String>) {
    let address = address.trim();
    let (place, fragment) = address.split_once('#').unwrap_or((address, ""));
    let digest = |part: &str| {
        let (algorithm, value) = part.split_once('=')?;
        let known = matches!(algorithm, "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512");
        (known && !value.is_empty()).then(|| hash(algorithm, value))
    };
    let hashes = fragment.split('&').filter_map(digest).collect();
    let kept = |text: &str| text::kept(text.as_bytes(), ADDRESS_KEPT);
    let scheme = place.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let origin = match scheme.as_str() {
        "http" | "https" | "ftp" => Origin::Url { url: kept(place) },
        "file" | "link" | "portal" => {
            let path = place.split_once(':').map_or("", |(_, path)| path);
            let path = path.strip_prefix("//localhost").or(path.strip_prefix("//")).unwrap_or(path);
            Origin::Path { path: kept(path) }
        }
        "git" | "ssh" => repository(place, fragment),
        scheme if scheme.starts_with("git+") => repository(place.get(4..).unwrap_or_default(), fragment),
        scheme if ["hg+", "svn+", "bzr+"].iter().any(|kind| scheme.starts_with(kind)) => {
            repository(place.split_once('+').map_or("", |(_, rest)| rest), fragment)
        }
        _ => Origin::Path { path: kept(place) },
    };
    (origin, hashes)
}

/// A repository and the revision behind its `@`, or the one that npm writes as the fragment.
fn repository(address: &str, fragment: &str) -> Origin {
    let host = address.find("://").map_or(0, |at| at.saturating_add(3));
    let path = address.get(host..).and_then(|rest| Some(host.saturating_add(rest.find('/')?)));
    let (head, tail) = address.split_at_checked(path.unwrap_or(address.len())).unwrap_or((address, ""));
    let (tail, revision) =
        tail.rsplit_once('@').map_or((tail, None), |(tail, revision)| (tail, Some(revision)));
    let fragment = Some(fragment).filter(|fragment| !fragment.is_empty() && !fragment.contains('='));
    let revision = revision.or(fragment).filter(|revision| !revision.is_empty());
    let kept = |text: &str| text::kept(text.as_bytes(), ADDRESS_KEPT);
    Origin::Repository { url: kept(&format!("{head}{tail}")), revision: revision.map(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_files_repositories_and_folders() {
        let url = |url: &str| Origin::Url { url: url.to_owned() };
        let path = |path: &str| Origin::Path { path: path.to_owned() };
        let repository = |url: &str, revision: Option<&str>| Origin::Repository {
            url: url.to_owned(),
            revision: revision.map(str::to_owned),
        };
        for (address, expected) in [
            ("https://example.org/a.whl#sha256=00", url("https://example.org/a.whl")),
            ("git+https://example.org/a.git@v1#egg=a", repository("https://example.org/a.git", Some("v1"))),
            ("git+https://u@example.org/a.git", repository("https://u@example.org/a.git", None)),
            ("git+ssh://git@example.org/a.git#0123", repository("ssh://git@example.org/a.git", Some("0123"))),
            ("hg+http://example.org/a@1", repository("http://example.org/a", Some("1"))),
            ("file:../a", path("../a")),
            ("file:///opt/a", path("/opt/a")),
            ("./a", path("./a")),
        ] {
            assert_eq!(origin(address).0, expected, "{address}");
        }
        assert_eq!(origin("https://example.org/a#sha256=00&egg=a").1, ["sha256:00"]);
    }

    #[test]
    fn lines_know_where_they_begin() {
        assert_eq!(lines("a\r\nb\n", false).collect::<Vec<_>>(), [(0, "a"), (3, "b")]);
        assert_eq!(lines("\u{feff}a\nb", true).collect::<Vec<_>>(), [(0, "\u{feff}a"), (6, "b")]);
    }
}
