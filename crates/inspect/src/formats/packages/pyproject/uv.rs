//! What uv adds: places of single packages, indexes, and lists of its own.

use weighbridge_domain::facts::Origin;

use super::{Sources, list, normal, poetry};
use crate::formats::packages::tree::Node;
use crate::formats::packages::{Book, CONSTRAINT, is_usual};
use crate::limits::Fault;
use crate::walk::Visit;

/// Where packages come from by `tool.uv.sources`.
pub(super) fn sources(root: &Node) -> Sources {
    let mut sources = Sources::new();
    for pair in root.entries_of(&["tool", "uv", "sources"]).iter().take(10_000) {
        for node in std::iter::once(&pair.node).chain(pair.node.items()) {
            let origin = if node.is_true("workspace") {
                Some(Origin::Path { path: ".".to_owned() })
            } else {
                poetry::place(node)
            };
            // The first of several, which are for several kinds of machines.
            if let Some(origin) = origin {
                sources.entry(normal(&pair.key)).or_insert(origin);
            }
        }
    }
    sources
}

pub(super) fn read(
    visit: &mut Visit<'_>,
    book: &mut Book,
    root: &Node,
    sources: &Sources,
) -> Result<(), Fault> {
    let Some(uv) = root.find(&["tool", "uv"]) else { return Ok(()) };
    settings(visit, book, uv);
    settings(visit, book, uv.get("pip").unwrap_or(&Node::default()));
    list(visit, book, uv.items_of(&["dev-dependencies"]), "dev", sources)?;
    for key in ["constraint-dependencies", "override-dependencies", "build-constraint-dependencies"] {
        list(visit, book, uv.items_of(&[key]), CONSTRAINT, sources)?;
    }
    Ok(())
}

/// Indexes, in a project or in a file of settings.
pub(in crate::formats::packages) fn settings(visit: &mut Visit<'_>, book: &Book, uv: &Node) {
    // Otherwise the first index that has a package is the one it comes from.
    let best = uv.text_of("index-strategy").is_some_and(|strategy| strategy.starts_with("unsafe"));
    for index in uv.items_of(&["index"]) {
        let Some(url) = index.text_of("url") else { continue };
        let extra = best && !index.is_true("explicit") && !index.is_true("default") && !is_usual("pypi", url);
        book.index(visit, index.at, url, extra, false);
    }
    if let Some(url) = uv.get("index-url").filter(|url| url.text().is_some_and(|url| !is_usual("pypi", url)))
    {
        book.index(visit, url.at, url.text().unwrap_or_default(), false, false);
    }
    for (key, extra, unchecked) in
        [("extra-index-url", best, false), ("find-links", true, false), ("allow-insecure-host", false, true)]
    {
        for url in uv.items_of(&[key]) {
            let text = url.text().unwrap_or_default();
            book.index(visit, url.at, text, extra && !is_usual("pypi", text), unchecked);
        }
    }
}
