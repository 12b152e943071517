//! Zstandard: frames of blocks, and frames that decoders skip. Specification: RFC 8878.

use std::io;

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, embed_if_known, note, source};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::archive;
use crate::walk::Visit;
use weighbridge_domain::facts::problem::Kind;

/// Zstandard.
pub static FORMAT: Format = Format {
    id: "zstd",
    title: "Zstandard",
    extensions: &["zst", "zstd", "tzst"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All frames are decompressed one after the other and the content is inspected under the name without its ending. \
           Checksums, bytes behind the last frame, and skippable frames whose content some format knows are facts. A frame \
           that is broken, needs a dictionary or more memory than allowed counts as not wholly inspected.",
    recognise: |probe| recognise(probe),
    read,
    samples: || {
        let mut frames = archive::skippable(b"an index");
        frames.extend(archive::zstd(b"Ordinary "));
        frames.extend(archive::zstd(b"words.\n"));
        vec![("notes.txt.zst".to_owned(), frames)]
    },
};

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Length of the skippable frame that begins here, and whether there is one.
pub(super) fn skippable(header: &[u8]) -> Option<u64> {
    let [0x50..=0x5f, 0x2a, 0x4d, 0x18, length @ ..] = header.first_chunk::<8>()? else { return None };
    Some(u64::from(u32::from_le_bytes(*length)).saturating_add(8))
}

/// What follows the skippable frames at the beginning begins with this.
pub(super) fn begins_with(probe: &Probe<'_>, magic: &[u8]) -> bool {
    if probe.starts(magic) {
        return true;
    }
    let mut at = 0;
    for _ in 0..64 {
        let header = probe.input.read(at, 8).unwrap_or_default();
        match skippable(&header) {
            Some(length) => at = at.saturating_add(length),
            None => return at > 0 && header.starts_with(magic),
        }
    }
    false
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    Recognition::certain_if(begins_with(probe, &MAGIC))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let name = content_name(visit.name, &[("tzst", "tar"), ("zst", ""), ("zstd", "")]);
    let mut frames = Frames { memory: visit.budget.limits().memory, skipped: Vec::new() };
    streams::read(visit, &mut frames, &name)?;
    embed_skipped(visit, &frames.skipped)
}

/// Skippable frames looked at in one stream.
pub(super) const MOST_SKIPPED: usize = 1000;

/// Queues skippable frames whose content some format knows.
pub(super) fn embed_skipped(visit: &mut Visit<'_>, skipped: &[(u64, u64)]) -> Result<(), Fault> {
    for (at, length) in skipped {
        let content = visit.input.slice(at.saturating_add(8), length.saturating_sub(8));
        if embed_if_known(visit, "<skippable>", content)? {
            note(
                visit,
                *at,
                Kind::Hidden,
                format!("a skippable frame of {length} bytes has content of its own"),
            );
        }
    }
    Ok(())
}

struct Frames {
    memory: u64,
    skipped: Vec<(u64, u64)>,
}

impl Stream for &mut Frames {
    fn next(&mut self, input: &Input, at: u64, _: bool) -> io::Result<Next> {
        let header = input.read(at, 8)?;
        if let Some(length) = skippable(&header) {
            if at.saturating_add(length) > input.len() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a skippable frame ends early"));
            }
            if self.skipped.len() < MOST_SKIPPED {
                self.skipped.push((at, length));
            }
            return Ok(Next::Skip(length));
        }
        let begins = header.starts_with(&MAGIC);
        Ok(if begins { Next::Piece(0, Decoder::zstd(source(input, at), self.memory)) } else { Next::Nothing })
    }
}
