//! Packages as Poetry writes them: a table with the name as the key.

use weighbridge_domain::facts::Origin;

use crate::formats::packages::tree::{Entry as Pair, Node, Value};
use crate::formats::packages::{Book, Entry, from_index, is_usual, origin};
use crate::limits::Fault;
use crate::walk::Visit;

pub(super) fn read(visit: &mut Visit<'_>, book: &mut Book, root: &Node) -> Result<(), Fault> {
    let Some(poetry) = root.find(&["tool", "poetry"]) else { return Ok(()) };
    table(visit, book, poetry.entries_of(&["dependencies"]), "")?;
    table(visit, book, poetry.entries_of(&["dev-dependencies"]), "dev")?;
    for group in poetry.entries_of(&["group"]) {
        table(visit, book, group.node.entries_of(&["dependencies"]), &group.key)?;
    }
    for source in poetry.items_of(&["source"]) {
        let asked = source.text_of("priority").unwrap_or("primary").to_ascii_lowercase();
        super::index(visit, book, source, asked != "explicit");
    }
    Ok(())
}

fn table(visit: &mut Visit<'_>, book: &mut Book, pairs: &[Pair], group: &str) -> Result<(), Fault> {
    for pair in pairs.iter().filter(|pair| pair.key != "python") {
        match &pair.node.value {
            // The same for several kinds of machines.
            Value::List(several) => {
                for one in several {
                    package(visit, book, (one.at, &pair.key), one, group)?;
                }
            }
            _ => package(visit, book, (pair.at, &pair.key), &pair.node, group)?,
        }
    }
    Ok(())
}

fn package(
    visit: &mut Visit<'_>,
    book: &mut Book,
    (at, name): (u64, &str),
    node: &Node,
    group: &str,
) -> Result<(), Fault> {
    let constraint = node.text().or_else(|| node.text_of("version")).unwrap_or_default();
    let pin = pin(constraint);
    book.add(visit, at, Entry { name, constraint, pin, origin: place(node), group, hashes: Vec::new() })
}

/// Where a table says that a package comes from; Poetry, Pipenv and uv share the words.
pub(in crate::formats::packages) fn place(node: &Node) -> Option<Origin> {
    if let Some(url) = node.text_of("git").or_else(|| node.text_of("hg")) {
        let revision = ["rev", "tag", "ref", "branch"].iter().find_map(|key| node.text_of(key));
        return Some(Origin::Repository { url: url.to_owned(), revision: revision.map(str::to_owned) });
    }
    if let Some(url) = node.text_of("url").or_else(|| node.text_of("file")) {
        return Some(origin(url).0);
    }
    if let Some(path) = node.text_of("path") {
        return Some(Origin::Path { path: path.to_owned() });
    }
    let index = node.text_of("source").or_else(|| node.text_of("index"))?;
    if is_usual("pypi", index) { None } else { from_index("pypi", index) }
}

/// The one version that a constraint allows: a bare version is that, too.
fn pin(constraint: &str) -> Option<&str> {
    let version = constraint.trim().trim_start_matches('=').trim();
    let plain = version.starts_with(|c: char| c.is_ascii_digit());
    (plain && !version.contains([',', '*', '|', ' ', '<', '>', '^', '~'])).then_some(version)
}
