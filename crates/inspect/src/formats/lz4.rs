//! LZ4 frames. Specification: the LZ4 frame format, 1.6.

use std::io;

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::zstd::{MOST_SKIPPED, begins_with, embed_skipped, skippable};
use super::{Format, Support};
use crate::detect::Recognition;
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::archive;
use crate::walk::Visit;

/// LZ4 frames.
pub static FORMAT: Format = Format {
    id: "lz4",
    title: "LZ4 frame",
    extensions: &["lz4", "tlz4", "joblib", "pkl"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All frames (also of the old form) are decompressed one after the other and the content is inspected under the \
           name without its ending. Checksums, bytes behind the last frame, and skippable frames whose content some format \
           knows are facts. A frame that is broken or needs a dictionary counts as not wholly inspected.",
    recognise: |probe| Recognition::certain_if(begins_with(probe, &MAGIC) || probe.starts(&OLD_MAGIC)),
    read,
    samples: || {
        let mut frames = archive::lz4(b"Ordinary ");
        frames.extend(archive::skippable(b"an index"));
        frames.extend(archive::lz4(b"words.\n"));
        vec![("notes.txt.lz4".to_owned(), frames)]
    },
};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const OLD_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let name = content_name(visit.name, &[("tlz4", "tar"), ("lz4", "")]);
    let mut frames = Frames { skipped: Vec::new() };
    streams::read(visit, &mut frames, &name)?;
    embed_skipped(visit, &frames.skipped)
}

struct Frames {
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
        let is_old = header.starts_with(&OLD_MAGIC);
        let begins = is_old || header.starts_with(&MAGIC);
        Ok(if begins { Next::Piece(0, Decoder::lz4(source(input, at), is_old)) } else { Next::Nothing })
    }
}
