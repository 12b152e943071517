//! `yarn.lock`: the text of version 1, and the YAML of later ones.

use super::tree::{self, Entry as Pair, Node};
use super::{Book, Entry, lines, named, npm, source};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `yarn.lock`.
pub static FORMAT: Format = Format {
    id: "yarn-lock",
    title: "Lock of Yarn",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text", "yaml"],
    docs: "`yarn.lock` of Yarn 1 and of later versions: every package with what asked for it, its version, where it comes from \
           and its digest.",
    recognise: |probe| named(probe, &["yarn.lock"]),
    read,
    samples: || {
        let mut files = one("yarn.lock", packages::YARN_LOCK.as_str());
        files.extend(one("berry/yarn.lock", packages::BERRY_LOCK));
        files
    },
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    if source.lines().any(|line| line.starts_with("__metadata:")) {
        berry(visit)
    } else {
        classic(visit, &source)
    }
}

/// A package that is being read.
#[derive(Default)]
struct Open {
    at: u64,
    name: String,
    asked: String,
    version: String,
    resolved: String,
    hashes: Vec<String>,
}

fn classic(visit: &mut Visit<'_>, source: &str) -> Result<(), Fault> {
    let mut book = Book::lock("npm");
    let mut open: Option<Open> = None;
    for (at, line) in lines(source, false) {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        if indent == 0 {
            close(visit, &mut book, open.take())?;
            let Some(heads) = bare.strip_suffix(':') else {
                book.unread(visit, at, "a line is no package".to_owned());
                continue;
            };
            let first = heads.split(", ").next().unwrap_or_default().trim_matches('"');
            let (name, asked) = npm_split(first);
            // Another package under this name.
            let (name, asked) = asked.strip_prefix("npm:").map_or((name, asked), npm::split);
            open = Some(Open { at, name: name.to_owned(), asked: asked.to_owned(), ..Open::default() });
            continue;
        }
        let Some(package) = open.as_mut().filter(|_| indent == 2) else { continue };
        let (key, value) = bare.split_once(' ').unwrap_or((bare, ""));
        let value = value.trim_matches('"');
        match key {
            "version" => value.clone_into(&mut package.version),
            "resolved" => value.clone_into(&mut package.resolved),
            "integrity" => {
                let all = value.split_whitespace().filter_map(|one| one.split_once('-'));
                package.hashes.extend(all.map(|(algorithm, digest)| super::hash(algorithm, digest)));
            }
            _ => {}
        }
    }
    close(visit, &mut book, open)
}

/// A name and what was asked for: the first `@` behind the first letter, since an address may hold more.
fn npm_split(spec: &str) -> (&str, &str) {
    let behind = usize::from(spec.starts_with('@'));
    let at = spec.get(behind..).and_then(|rest| rest.find('@')).map(|at| at.saturating_add(behind));
    let (name, asked) = spec.split_at_checked(at.unwrap_or(spec.len())).unwrap_or((spec, ""));
    (name, asked.strip_prefix('@').unwrap_or(asked))
}

fn close(visit: &mut Visit<'_>, book: &mut Book, open: Option<Open>) -> Result<(), Fault> {
    let Some(Open { at, name, asked, version, resolved, mut hashes }) = open else { return Ok(()) };
    let (url, digest) = resolved.split_once('#').unwrap_or((&resolved, ""));
    // Behind an archive stands its digest, behind a repository the revision.
    let is_digest = npm::registry(url).is_some() && digest.len() == 40;
    if is_digest {
        hashes.push(super::hash("sha1", digest));
    }
    let origin = npm::resolved(url)
        .and_then(|found| if is_digest { Some(found) } else { npm::place(&resolved).or(Some(found)) });
    let origin = origin.or_else(|| npm::place(&asked));
    let constraint = if npm::place(&asked).is_some() { "" } else { asked.as_str() };
    let pin = npm::pin(&version);
    book.add(visit, at, Entry { name: &name, constraint, pin, hashes, origin, group: "" })?;
    super::npm_lock::other_name(visit, at, &name, url);
    Ok(())
}

fn berry(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let documents = tree::yaml(visit)?;
    let mut book = Book::lock("npm");
    for Pair { at, key, node } in documents.iter().flat_map(Node::entries) {
        if key == "__metadata" || node.text_of("linkType") == Some("soft") {
            continue;
        }
        let (name, rest) = npm_split(node.text_of("resolution").unwrap_or(key));
        // `npm:1.0::archive=…`, `https://…#commit=…`
        let origin = match rest.strip_prefix("npm:") {
            Some(rest) => rest
                .split_once("__archiveUrl=")
                .and_then(|(_, url)| npm::resolved(&url.replace("%3A", ":").replace("%2F", "/"))),
            None => npm::place(&rest.replace("#commit=", "#").replace("patch:", "")),
        };
        let checksum = node.text_of("checksum").map(|sum| sum.rsplit('/').next().unwrap_or(sum));
        let hashes = checksum.map(|sum| super::hash("sha512", sum)).into_iter().collect();
        let first = key.split(", ").next().unwrap_or_default();
        let asked = npm_split(first).1;
        let constraint = asked.strip_prefix("npm:").unwrap_or_default();
        let pin = node.text_of("version").and_then(npm::pin);
        book.add(visit, *at, Entry { name, constraint, pin, hashes, origin, group: "" })?;
    }
    Ok(())
}
