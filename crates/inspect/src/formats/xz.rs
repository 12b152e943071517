//! xz: streams of LZMA2 blocks with checksums and an index. Specification: the .xz file format, 1.2.

use std::io;

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::{Format, Support};
use crate::detect::Recognition;
use crate::input::Input;
use crate::samples::archive;

/// xz.
pub static FORMAT: Format = Format {
    id: "xz",
    title: "xz",
    extensions: &["xz", "txz", "joblib", "pkl", "rda", "rdata", "rds"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All streams are decompressed one after the other and the content is inspected under the name without its \
           ending. Bytes behind the last stream are a fact. A stream that is broken, needs more memory than allowed, or \
           chains several filters before LZMA2 counts as not wholly inspected.",
    recognise: |probe| Recognition::certain_if(probe.starts(&MAGIC)),
    read: |visit| {
        let name = content_name(visit.name, &[("txz", "tar"), ("xz", "")]);
        let memory = visit.budget.limits().memory;
        streams::read(visit, Xz { memory }, &name).map(drop)
    },
    samples: || {
        let mut two = archive::xz(b"Ordinary ");
        two.extend([0; 4]);
        two.extend(archive::xz(b"words.\n"));
        vec![("notes.txt.xz".to_owned(), two)]
    },
};

const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

struct Xz {
    memory: u64,
}

impl Stream for Xz {
    fn next(&mut self, input: &Input, at: u64, first: bool) -> io::Result<Next> {
        let ahead = input.read(at, 4096)?;
        if ahead.starts_with(&MAGIC) {
            return Ok(Next::Piece(0, Decoder::xz(source(input, at), self.memory)));
        }
        // Streams may be padded with zeros to a multiple of four.
        let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
        let more = at.saturating_add(zeros as u64) < input.len();
        let whole = zeros.is_multiple_of(4)
            && (zeros == ahead.len() || ahead.get(zeros..).is_some_and(|rest| rest.starts_with(&MAGIC)));
        Ok(if !first && zeros > 0 && more && whole { Next::Skip(zeros as u64) } else { Next::Nothing })
    }
}
