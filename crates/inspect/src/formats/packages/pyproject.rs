//! `pyproject.toml`: what a Python project asks for, in the words of the standards and of the tools that came before them.
//! Specification: PEP 517, 518, 621 and 735, and the settings of Poetry, uv, PDM, Hatch and setuptools.

mod poetry;
mod uv;

use std::collections::HashMap;

use weighbridge_domain::facts::Origin;

pub(super) use poetry::place;
pub(super) use uv::settings;

use super::tree::{self, Node};
use super::{BUILD, Book, named, requirements};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::text;
use crate::walk::Visit;

/// `pyproject.toml`.
pub static FORMAT: Format = Format {
    id: "pyproject",
    title: "Python project",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["source"],
    docs: "`pyproject.toml`: the packages of `project`, its extras, `dependency-groups` and `build-system`, and those of Poetry, \
           uv, PDM and Hatch, with the indexes that these name. Packages that are only known when a program has run are \
           reported as not inspected.",
    recognise: |probe| named(probe, &["pyproject.toml"]),
    read,
    samples: || one("pyproject.toml", packages::PYPROJECT),
};

/// Where tools say that packages come from: the name, in the form of PEP 503, and the place.
type Sources = HashMap<String, Origin>;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::toml(visit)?;
    let mut book = Book::manifest("pypi");
    let sources = uv::sources(&root);
    list(visit, &mut book, root.items_of(&["build-system", "requires"]), BUILD, &sources)?;
    list(visit, &mut book, root.items_of(&["project", "dependencies"]), "", &sources)?;
    for extra in root.entries_of(&["project", "optional-dependencies"]) {
        list(visit, &mut book, extra.node.items(), &extra.key, &sources)?;
    }
    for group in root.entries_of(&["dependency-groups"]) {
        list(visit, &mut book, group.node.items(), &group.key, &sources)?;
    }
    dynamic(visit, &mut book, &root)?;
    poetry::read(visit, &mut book, &root)?;
    uv::read(visit, &mut book, &root, &sources)?;
    for group in root.entries_of(&["tool", "pdm", "dev-dependencies"]) {
        list(visit, &mut book, group.node.items(), &group.key, &sources)?;
    }
    for source in root.items_of(&["tool", "pdm", "source"]) {
        index(visit, &book, source, source.get("include_packages").is_none());
    }
    for environment in root.entries_of(&["tool", "hatch", "envs"]) {
        for key in ["dependencies", "extra-dependencies"] {
            list(visit, &mut book, environment.node.items_of(&[key]), &environment.key, &sources)?;
        }
    }
    let flit = root.items_of(&["tool", "flit", "metadata", "requires"]);
    list(visit, &mut book, flit, "", &sources)
}

/// An index as Poetry, PDM and Pipenv write it.
pub(super) fn index(visit: &mut Visit<'_>, book: &Book, source: &Node, extra: bool) {
    let name = source.text_of("name").unwrap_or_default();
    let Some(url) = source.text_of("url") else { return };
    let extra = extra && name != "pypi" && !super::is_usual("pypi", url);
    book.index(visit, source.at, url, extra, source.is_false("verify_ssl"));
}

/// A list of requirements as texts; what includes another group stands there, too.
fn list(
    visit: &mut Visit<'_>,
    book: &mut Book,
    items: &[Node],
    group: &str,
    sources: &Sources,
) -> Result<(), Fault> {
    for item in items {
        match item.text() {
            Some(text) => {
                let word = text.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next();
                let name = normal(word.unwrap_or_default());
                let origin = sources.get(&name).cloned();
                requirements::add_plain(visit, book, item.at, text, group, origin)?;
            }
            None if item.get("include-group").is_some() => {}
            None => book.unread(visit, item.at, "an item of a list of packages is no text".to_owned()),
        }
    }
    Ok(())
}

/// A name in the form of PEP 503.
pub(super) fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Packages that a program works out, or that stand in files that it names.
fn dynamic(visit: &mut Visit<'_>, book: &mut Book, root: &Node) -> Result<(), Fault> {
    for item in root.items_of(&["project", "dynamic"]) {
        let Some(key @ ("dependencies" | "optional-dependencies")) = item.text() else { continue };
        let told = root.find(&["tool", "setuptools", "dynamic", key]);
        let mut found = false;
        for node in told.into_iter().flat_map(|node| {
            let inner = node.entries().iter().map(|entry| &entry.node).filter(|node| node.is_map());
            std::iter::once(node).chain(inner)
        }) {
            let Some(file) = node.get("file") else { continue };
            for file in std::iter::once(file).chain(file.items()).filter_map(Node::text) {
                book.list(visit, node.at, file)?;
                found = true;
            }
        }
        if !found {
            let detail = format!("its `{}` are worked out by a program", text::shown(key, 80));
            book.computed(visit, item.at, detail);
        }
    }
    Ok(())
}
