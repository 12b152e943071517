//! `environment.yml`: what conda is asked for, from which channels, and what pip is asked for in it.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, requirements};
use crate::detect::{Probe, Recognition};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::text;
use crate::walk::Visit;

/// `environment.yml`.
pub static FORMAT: Format = Format {
    id: "conda-environment",
    title: "Environment of conda",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json", "text", "yaml"],
    docs: "`environment*.yml`, `conda.yaml` and their like with a key `dependencies`: channels in their order, packages with \
           version and build, and the list for pip in it. Tags and settings are read as in any YAML.",
    recognise,
    read,
    samples: || one("environment.yml", packages::ENVIRONMENT),
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let name = probe.name.as_str();
    let told = name.starts_with("environment")
        || name.contains("environment.")
        || name.starts_with("conda")
        || name.starts_with("env.");
    let named = told && probe.ends_with(&["yml", "yaml"]) && !name.contains("conda-lock");
    let has_key = || {
        let head = String::from_utf8_lossy(&probe.head);
        head.lines().any(|line| line.trim_start_matches(['{', '"', '\u{feff}']).starts_with("dependencies"))
    };
    Recognition::certain_if(named && probe.is_text() && has_key())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let documents = tree::yaml(visit)?;
    let mut book = Book::manifest("conda");
    let Some(root) = documents.first() else { return Ok(()) };
    if documents.len() > 1 {
        book.unread(visit, 0, "conda reads the first of its documents".to_owned());
    }
    let channels = root.items_of(&["channels"]).iter().filter_map(|node| Some((node.at, node.text()?)));
    for (number, (at, channel)) in channels.enumerate() {
        book.step(visit)?;
        book.index(visit, at, channel, number > 0, false);
    }
    for item in root.items_of(&["dependencies"]) {
        if let Some(spec) = item.text() {
            package(visit, &mut book, item.at, spec)?;
            continue;
        }
        for entry in item.entries() {
            if entry.key == "pip" {
                pip(visit, &mut book, entry.node.items())?;
            } else {
                let detail =
                    format!("packages for `{}`, which conda does not know", text::shown(&entry.key, 80));
                book.unread(visit, entry.at, detail);
            }
        }
    }
    Ok(())
}

/// Lines of a file for pip, by which conda hands them on.
fn pip(visit: &mut Visit<'_>, conda: &mut Book, items: &[Node]) -> Result<(), Fault> {
    let mut book = Book::manifest("pypi");
    for item in items {
        conda.step(visit)?;
        if let Some(text) = item.text() {
            requirements::one_line(visit, &mut book, item.at, text)?;
        }
    }
    Ok(())
}

/// A package as conda writes it: `channel::name=version=build`.
fn package(visit: &mut Visit<'_>, book: &mut Book, at: u64, spec: &str) -> Result<(), Fault> {
    let spec = spec.split_once(" #").map_or(spec, |(spec, _)| spec).trim();
    let (channel, rest) = match spec.rsplit_once("::") {
        Some((channel, rest)) => (Some(channel), rest),
        None => (None, spec),
    };
    let end = rest.find([' ', '=', '<', '>', '!', '~', '[']).unwrap_or(rest.len());
    let (name, constraint) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if name.is_empty() {
        let detail = format!("`{}` is no package of conda", text::shown(spec, 80));
        book.unread(visit, at, detail);
        return Ok(());
    }
    let origin = channel.map(|index| Origin::NamedIndex { index: index.to_owned() });
    let constraint = constraint.trim();
    let entry = Entry { name, constraint, pin: pin(constraint), origin, ..Entry::default() };
    book.add(visit, at, entry)
}

/// The one version that a constraint allows: behind `==`, or where the build is told, too.
fn pin(constraint: &str) -> Option<&str> {
    let plain = |version: &&str| {
        !version.is_empty() && !version.contains(['*', ',', '|', '<', '>', '!', '~', ' ', '=', '['])
    };
    if let Some(version) = constraint.strip_prefix("==") {
        let version = version.trim();
        return Some(version.split_once('=').map_or(version, |(version, _)| version)).filter(plain);
    }
    let (version, build) = constraint.strip_prefix('=')?.split_once('=')?;
    Some(version).filter(|version| plain(version) && plain(&build))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_is_the_only_one_behind_two_signs_or_with_its_build() {
        for (constraint, expected) in [
            ("==1.2", Some("1.2")),
            ("=1.2=py_0", Some("1.2")),
            ("=1.2", None),
            (">=1.2", None),
            ("==1.*", None),
            ("=1.2=*cuda*", None),
            ("", None),
        ] {
            assert_eq!(super::pin(constraint), expected, "{constraint}");
        }
    }
}
