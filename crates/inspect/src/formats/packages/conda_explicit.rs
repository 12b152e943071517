//! Lists of addresses that conda takes without resolving anything: `conda list --explicit`.

use super::{Book, Entry, conda_lock, hash, lines, source};
use crate::detect::{Probe, Recognition};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// A list with a line `@EXPLICIT`.
pub static FORMAT: Format = Format {
    id: "conda-explicit",
    title: "Explicit list of conda",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "Text with a line `@EXPLICIT`: the address of every package, with its digest where there is one.",
    recognise,
    read,
    samples: || one("explicit.txt", packages::EXPLICIT),
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let head = probe.head.split(|byte| *byte == b'\n').take(50);
    let marked = head.map(<[u8]>::trim_ascii).find(|line| !line.is_empty() && !line.starts_with(b"#"));
    Recognition::certain_if(marked == Some(b"@EXPLICIT".as_slice()) && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    let mut book = Book::lock("conda");
    for (at, line) in lines(&source, false) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == "@EXPLICIT" {
            continue;
        }
        let (url, digest) = line.split_once('#').unwrap_or((line, ""));
        let Some((name, version)) = name_and_version(url) else {
            book.unread(visit, at, "a line is no address of a package".to_owned());
            continue;
        };
        let (algorithm, value) = digest.split_once(':').unwrap_or(("", digest));
        let algorithm = match (algorithm, value.len()) {
            ("", 64) => "sha256",
            ("", _) => "md5",
            (named, _) => named,
        };
        let hashes = if value.is_empty() { Vec::new() } else { vec![hash(algorithm, value)] };
        let origin = conda_lock::channel(url);
        book.add(visit, at, Entry { name, pin: Some(version), hashes, origin, ..Entry::default() })?;
    }
    Ok(())
}

/// `…/name-version-build.conda`.
fn name_and_version(url: &str) -> Option<(&str, &str)> {
    let file = url.rsplit('/').next()?;
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, _build) = stem.rsplit_once('-')?;
    rest.rsplit_once('-')
}
