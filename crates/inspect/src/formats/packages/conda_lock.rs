//! `conda-lock.yml`: every package that conda-lock found, for every platform.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, hash};
use crate::detect::Recognition;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `conda-lock.yml`.
pub static FORMAT: Format = Format {
    id: "conda-lock",
    title: "Lock of conda-lock",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json", "text", "yaml"],
    docs: "`conda-lock.yml` and `*.conda-lock.yml`: every package of conda and pip with its version, its address and its digests, \
           and the channels. Tags and settings are read as in any YAML.",
    recognise: |probe| {
        let named = probe.name == "conda-lock.yml" || probe.ends_with(&["conda-lock.yml"]);
        Recognition::certain_if(named && probe.is_text())
    },
    read,
    samples: || one("conda-lock.yml", packages::CONDA_LOCK.as_str()),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let documents = tree::yaml(visit)?;
    let Some(root) = documents.first() else { return Ok(()) };
    let (mut conda, mut pip) = (Book::lock("conda"), Book::lock("pypi"));
    for (number, channel) in root.items_of(&["metadata", "channels"]).iter().enumerate() {
        conda.step(visit)?;
        if let Some(url) = channel.text().or_else(|| channel.text_of("url")) {
            conda.index(visit, channel.at, url, number > 0, false);
        }
    }
    for package in root.items_of(&["package"]) {
        let is_pip = package.text_of("manager") == Some("pip");
        let book = if is_pip { &mut pip } else { &mut conda };
        let Some(name) = package.text_of("name") else {
            book.unread(visit, package.at, "a package has no name".to_owned());
            continue;
        };
        let digests = package.entries_of(&["hash"]).iter();
        let hashes = digests.filter_map(|pair| Some(hash(&pair.key, pair.node.text()?))).collect();
        let url = package.text_of("url").unwrap_or_default();
        let origin = if is_pip { super::file_of_python(url) } else { channel(url) };
        let group = package.get("category").and_then(Node::text).filter(|category| *category != "main");
        let (pin, group) = (package.text_of("version"), group.unwrap_or_default());
        book.add(visit, package.at, Entry { name, pin, hashes, origin, group, ..Entry::default() })?;
    }
    Ok(())
}

/// The channel that the address of a package is in: what is in front of the platform and the file.
pub(super) fn channel(url: &str) -> Option<Origin> {
    let (folder, _) = url.rsplit_once('/')?;
    let (channel, _) = folder.rsplit_once('/')?;
    Some(Origin::NamedIndex { index: channel.to_owned() })
}
