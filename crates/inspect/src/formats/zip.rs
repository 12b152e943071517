//! zip: a directory at the end that names members, each behind a header of its own. Specification: APPNOTE 6.3.10.
//!
//! Loaders trust different parts of it. Python's `zipfile` adds up offsets from the end and wants the names of both
//! headers to agree; torch takes the directory's word for sizes and methods and looks at neither flags nor checksums;
//! readers of streams see only the headers in front of the members. All these readings are followed.

mod content;
mod directory;
mod gaps;
mod member;
mod record;

pub use content::{embed, open};
pub use directory::{Directory, read_directory};
pub use member::Member;

use weighbridge_domain::facts::{Entry, What};

use super::streams::{embed_if_known, note, trailing};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::archive::{self, Part, Zip};
use crate::text;
use crate::walk::Visit;
use weighbridge_domain::facts::problem::Kind;

/// zip.
pub static FORMAT: Format = Format {
    id: "zip",
    title: "zip",
    extensions: &["zip"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "Read as its various loaders read it: from every directory that one of them would take for the directory (also \
           shifted by bytes in front, also zip64), and from the headers in front of the members, also those that no \
           directory names. Names, sizes, methods, flags and checksums of both headers are compared; overlaps, holes, \
           leading and trailing bytes are facts. Members that are stored or packed with deflate, bzip2, LZMA, xz or \
           Zstandard are inspected, also when their checksum is wrong or they are marked as encrypted but are not. Really \
           encrypted members and other methods (Deflate64, PPMd, …) count as not inspected. Several disks are not put \
           together.",
    recognise,
    read,
    samples,
};

fn samples() -> Vec<crate::samples::File> {
    let words = b"Ordinary words.\n";
    let mut many = Zip::new().folder("notes/").stored("notes/a.txt", words).deflated("notes/b.txt", words);
    many = many.streamed("notes/c.txt", words).comment("made with care");
    vec![
        ("notes.zip".to_owned(), many.build()),
        ("large.zip".to_owned(), Zip::new().zip64().stored("a.txt", words).build()),
        ("empty.zip".to_owned(), Zip::new().build()),
        ("methods.zip".to_owned(), {
            let packed: [(u16, &str, Vec<u8>); 4] = [
                (12, "a.txt", archive::bzip2(words)),
                (14, "b.txt", archive::zip_lzma(words)),
                (93, "c.txt", archive::zstd(words)),
                (95, "d.txt", archive::xz(words)),
            ];
            let part = |(method, name, bytes): (u16, &str, Vec<u8>)| {
                Part::new(name, method, words, bytes)
                    .both(|said| said.flags |= if method == 14 { 2 } else { 0 })
            };
            packed.into_iter().map(part).fold(Zip::new(), Zip::part).build()
        }),
    ]
}

/// Endings of files whose loaders go through a zip reader that wants nothing of the first bytes.
const LOADED_AS_ZIP: &[&str] = &["zip", "npz", "keras", "skops", "mar", "pt2", "whl", "jar"];

fn recognise(probe: &Probe<'_>) -> Recognition {
    probe.zip(recognise_anew)
}

fn recognise_anew(probe: &Probe<'_>) -> Recognition {
    let begins = [&b"PK\x03\x04"[..], b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"]
        .iter()
        .any(|magic| probe.starts(magic));
    if begins || probe.starts(b"PK\x05\x06") && probe.head.len() >= 22 {
        return Recognition::Certain;
    }
    match directory::end_of(probe.input, probe.tail()) {
        // Behind other bytes, it counts when it reaches the very end, or a loader would take the file for a zip. An
        // archive inside another container that is not packed ends before the end of that.
        Some(exact) if exact || probe.ends_with(LOADED_AS_ZIP) => Recognition::Certain,
        Some(_) => Recognition::Guess,
        None => Recognition::No,
    }
}

/// Whether a member's name passes `test`, as far as a short look at the directory shows. For formats that refine this
/// one, to recognise their files.
pub fn has_member(probe: &Probe<'_>, test: impl FnMut(&str) -> bool) -> bool {
    recognise(probe) == Recognition::Certain
        && directory::peek(probe.input, probe.tail()).iter().map(String::as_str).any(test)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = read_directory(visit)?;
    embed(visit, &directory, |_| true)
}

impl Directory {
    /// Notes what the directory says, and what is wrong with it.
    pub(crate) fn report(&self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        for member in &self.members {
            if member.repeats {
                continue;
            }
            visit.budget.entry()?;
            let entry = Entry {
                name: member.name.clone(),
                kind: member.kind.clone(),
                size: member.size,
                packed: member.packed,
                mode: member.mode,
                encrypted: member.encrypted,
            };
            visit.fact(member.at, What::Entry(entry));
        }
        for (at, kind, detail) in &self.problems {
            note(visit, *at, *kind, detail.as_str());
        }
        for why in &self.missed {
            visit.incomplete(why.as_str());
        }
        self.report_comment(visit)?;
        match self.end {
            Some(end) => trailing(visit, end),
            None => Ok(()),
        }
    }

    fn report_comment(&self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let Some((at, length)) = self.comment else { return Ok(()) };
        let comment = visit.input.slice(at, length);
        let bytes = comment.read(0, 65_535)?;
        let is_text = std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\0'));
        if embed_if_known(visit, "<comment>", comment)? || !is_text {
            note(visit, at, Kind::TrailingBytes, format!("a comment of {length} bytes is not plain text"));
        } else {
            visit.fact(at, What::Metadata { key: "comment".to_owned(), value: text::kept(&bytes, 4096) });
        }
        Ok(())
    }
}
