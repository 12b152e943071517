//! 7z: packed streams, then a header (itself often packed) that says how to unpack them into files. Specification:
//! `7zFormat.txt` of the LZMA SDK. Read by our own code, so that no claimed count or size is believed before it is checked.

mod folder;
mod header;

use std::io::Read as _;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Entry, EntryKind, What};

use super::streams::{first_non_zero, note, trailing};
use super::{Format, Support};
use crate::detect::Recognition;
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::archive;
use crate::text;
use crate::walk::Visit;
use folder::Chain;
use header::{Archive, Bytes, File, Streams};

/// 7z.
pub static FORMAT: Format = Format {
    id: "7z",
    title: "7z",
    extensions: &["7z"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "The header is read, also when packed; solid blocks are unpacked once, within the budget, and their files \
           inspected. Methods: Copy, LZMA, LZMA2, Deflate, bzip2, Zstandard, with Delta and branch filters (BCJ, BCJ2). \
           Encrypted headers and files, PPMd, Deflate64 and other methods count as not inspected. Self-extracting archives \
           are not recognised as 7z.",
    recognise: |probe| Recognition::certain_if(probe.starts(&MAGIC)),
    read,
    samples: || {
        let words = b"Ordinary words.\n";
        vec![
            (
                "stored.7z".to_owned(),
                archive::sevenz(&[("notes/a.txt", words, 0o644), ("notes/b.txt", words, 0o644)]),
            ),
            (
                "packed.7z".to_owned(),
                archive::sevenz_packed(&[("a.txt", words, 0o644), ("b.txt", b"More.\n", 0o644)]),
            ),
        ]
    },
};

const MAGIC: [u8; 6] = [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c];

/// Length of the fixed header at the beginning; offsets count from its end.
const START: u64 = 32;

/// A packed header may be packed again, but not for ever.
const MOST_HEADERS: usize = 4;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let start = visit.input.read(0, START)?;
    if (start.len() as u64) < START {
        broken(visit, Kind::Truncated, "the header ends early");
        return Ok(());
    }
    let mut fields = Bytes::new(start.get(8..).unwrap_or_default());
    let (Some(start_crc), Some(offset), Some(size), Some(crc)) =
        (fields.u32(), fields.u64(), fields.u64(), fields.u32())
    else {
        broken(visit, Kind::Truncated, "the header ends early");
        return Ok(());
    };
    if crc32fast::hash(start.get(12..).unwrap_or_default()) != start_crc {
        note(visit, 8, Kind::Checksum, "the checksum of the first header does not match");
    }
    let at = START.saturating_add(offset);
    let end = at.saturating_add(size);
    if end > visit.input.len() {
        let why = format!("the header ends at byte {end}, behind the end of the archive");
        broken(visit, Kind::Truncated, &why);
        return Ok(());
    }
    visit.budget.memory(size.saturating_mul(8))?;
    let mut bytes = visit.input.read(at, size)?;
    if crc32fast::hash(&bytes) != crc {
        note(visit, at, Kind::Checksum, "the checksum of the header does not match");
    }
    let mut used = vec![(0, START), (at, end)];
    for _ in 0..MOST_HEADERS {
        match header::read(&bytes, visit.budget.limits().members) {
            Ok(Archive::Files { streams, files, bad }) => {
                for why in bad {
                    note(visit, at, Kind::BadValue, why);
                }
                used.extend(packed_ranges(&streams));
                check_gaps(visit, used, end)?;
                read_files(visit, at, &streams, files)?;
                return trailing(visit, end);
            }
            Ok(Archive::Packed(streams)) => {
                used.extend(packed_ranges(&streams));
                match unpack_header(visit, &streams)? {
                    Some(unpacked) => bytes = unpacked,
                    None => return trailing(visit, end),
                }
            }
            Err(why) => {
                broken(visit, Kind::Unparsable, &format!("the header cannot be read: {why}"));
                return trailing(visit, end);
            }
        }
    }
    broken(visit, Kind::TooDeep, "the header is packed too often");
    Ok(())
}

/// Notes why the files cannot be listed.
fn broken(visit: &mut Visit<'_>, kind: Kind, why: &str) {
    note(visit, 0, kind, why);
    visit.incomplete(why);
}

fn packed_ranges(streams: &Streams) -> Vec<(u64, u64)> {
    let mut at = START.saturating_add(streams.packed_at);
    let range = |size: &u64| {
        let start = at;
        at = at.saturating_add(*size);
        (start, at)
    };
    streams.packed.iter().map(range).collect()
}

/// Bytes between the packed streams that belong to none.
fn check_gaps(visit: &mut Visit<'_>, mut used: Vec<(u64, u64)>, end: u64) -> Result<(), Fault> {
    used.sort_unstable();
    let mut covered = 0;
    for (start, stop) in used {
        if start < covered && stop > start {
            let shared = covered.min(stop).saturating_sub(start);
            note(
                visit,
                start,
                Kind::Overlap,
                format!("two packed streams share {}", crate::text::count(shared, "byte")),
            );
        } else if start > covered && start <= end {
            let gap = visit.input.slice(covered, start.saturating_sub(covered));
            if first_non_zero(visit, &gap)?.is_some() {
                let why = format!(
                    "{} between the packed streams, part of none",
                    crate::text::count(gap.len(), "byte")
                );
                note(visit, covered, Kind::Hole, why);
            }
        }
        covered = covered.max(stop);
    }
    Ok(())
}

/// Unpacks a packed header; `None` when that was not possible, which has been noted.
fn unpack_header(visit: &mut Visit<'_>, streams: &Streams) -> Result<Option<Vec<u8>>, Fault> {
    let Some(folder) = streams.folders.first() else {
        broken(visit, Kind::Unparsable, "the header is packed in no stream");
        return Ok(None);
    };
    let size = folder.size();
    visit.budget.memory(size.saturating_mul(8))?;
    let ranges = packed_ranges(streams);
    let mut bytes = Vec::new();
    match folder::open(folder, &visit.input, &ranges, visit.budget.limits().memory) {
        Chain::Encrypted => {
            note(visit, 0, Kind::Encrypted, "the list of files is encrypted");
            visit.incomplete("the list of files is encrypted");
            return Ok(None);
        }
        Chain::Unsupported(why) => {
            broken(visit, Kind::UnknownType, &format!("the header is packed by {why}"));
            return Ok(None);
        }
        Chain::Stored(input) => bytes = input.read(0, size)?,
        Chain::Packed(decoder) => {
            if let Err(error) = decoder.take(size).read_to_end(&mut bytes) {
                broken(visit, Kind::Unparsable, &format!("the packed header cannot be unpacked: {error}"));
                return Ok(None);
            }
        }
    }
    if folder.crc.is_some_and(|crc| crc32fast::hash(&bytes) != crc) {
        note(visit, 0, Kind::Checksum, "the checksum of the packed header does not match");
    }
    Ok(Some(bytes))
}

/// A file with its place in a folder.
struct Placed {
    file: File,
    start: u64,
    size: u64,
    crc: Option<u32>,
}

fn read_files(visit: &mut Visit<'_>, at: u64, streams: &Streams, files: Vec<File>) -> Result<(), Fault> {
    let ranges = packed_ranges(streams);
    let mut files = files.into_iter();
    let mut next = || -> Option<File> { files.by_ref().next() };
    let mut empty = Vec::new();
    for folder in &streams.folders {
        let mut placed = Vec::new();
        let mut start = 0_u64;
        for (size, crc) in &folder.parts {
            let file = loop {
                match next() {
                    Some(file) if file.empty => empty.push(file),
                    Some(file) => break file,
                    None => break File::nameless(),
                }
            };
            placed.push(Placed { file, start, size: *size, crc: *crc });
            start = start.saturating_add(*size);
        }
        if start > folder.size() {
            let why = format!("files of {start} bytes are said to be in {} bytes", folder.size());
            note(visit, at, Kind::OutOfBounds, why);
        }
        read_folder(visit, at, folder, &ranges, placed)?;
    }
    for file in std::iter::from_fn(next) {
        if !file.empty {
            let why = format!("`{}` has no content, though it should", file.name);
            note(visit, at, Kind::Missing, why.as_str());
            visit.incomplete(why);
        }
        empty.push(file);
    }
    for file in empty {
        list(visit, at, &file, 0, 0, false, None)?;
    }
    Ok(())
}

fn read_folder(
    visit: &mut Visit<'_>,
    at: u64,
    folder: &header::Folder,
    ranges: &[(u64, u64)],
    placed: Vec<Placed>,
) -> Result<(), Fault> {
    let whole: Option<Input> = match folder::open(folder, &visit.input, ranges, visit.budget.limits().memory)
    {
        Chain::Encrypted => {
            let why = format!("{} files are encrypted", placed.len());
            note(visit, at, Kind::Encrypted, why.as_str());
            visit.incomplete(why);
            None
        }
        Chain::Unsupported(why) => {
            let why = format!("{} files are packed by {why}", placed.len());
            note(visit, at, Kind::UnknownType, why.as_str());
            visit.incomplete(why);
            None
        }
        Chain::Stored(input) => Some(input.slice(0, folder.size())),
        Chain::Packed(decoder) => {
            let (content, error) = visit.expand(decoder.take(folder.size()))?;
            let error = error.or_else(|| (content.len() < folder.size()).then(|| "it ends early".to_owned()));
            if let Some(error) = error.filter(|_| !visit.budget.is_exceeded()) {
                let why = format!("{} files cannot be unpacked to their end: {error}", placed.len());
                note(visit, at, Kind::Truncated, why.as_str());
                visit.incomplete(why);
            }
            Some(content)
        }
    };
    let packed = folder.packed_size(ranges);
    let alone = placed.len() == 1;
    for Placed { file, start, size, crc } in placed {
        visit.budget.tick()?;
        let content = whole.as_ref().map(|whole| whole.slice(start, size));
        let packed = if alone { packed } else { 0 };
        list(visit, at, &file, size, packed, folder.is_encrypted(), content.as_ref())?;
        let Some(content) = content.filter(|content| !content.is_empty()) else { continue };
        if let Some(crc) = crc.filter(|_| content.len() == size) {
            visit.crc32(at, &file.name, &content, crc)?;
        }
        if !(file.is_link() && size <= 4096) {
            visit.embed(&file.name, content)?;
        }
    }
    Ok(())
}

fn list(
    visit: &mut Visit<'_>,
    at: u64,
    file: &File,
    size: u64,
    packed: u64,
    encrypted: bool,
    content: Option<&Input>,
) -> Result<(), Fault> {
    visit.budget.entry()?;
    let target = || {
        let bytes = content.and_then(|content| content.read(0, 4096).ok()).unwrap_or_default();
        text::kept(&bytes, 4096)
    };
    let kind = if file.is_link() {
        EntryKind::Symlink { target: target() }
    } else if file.is_special() {
        EntryKind::Special
    } else if file.is_folder() {
        EntryKind::Folder
    } else {
        EntryKind::File
    };
    let (name, mode) = (file.name.clone(), file.mode().map(|mode| mode & 0o7777));
    visit.fact(at, What::Entry(Entry { name, kind, size, packed, mode, encrypted }));
    Ok(())
}
