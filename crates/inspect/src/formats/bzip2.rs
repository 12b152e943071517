//! bzip2: streams of sorted blocks, each with a checksum.

use std::io;

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::{Format, Support};
use crate::detect::Recognition;
use crate::input::Input;
use crate::samples::archive;

/// bzip2.
pub static FORMAT: Format = Format {
    id: "bzip2",
    title: "bzip2",
    extensions: &["bz2", "tbz2", "tbz", "joblib", "pkl", "rda", "rdata", "rds"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All streams are decompressed one after the other and the content is inspected under the name without its \
           ending. Checksums, and bytes behind the last stream, are facts. A broken stream is inspected as far as it goes \
           and counts as not wholly inspected.",
    recognise: |probe| Recognition::certain_if(is_header(&probe.head)),
    read: |visit| {
        let name = content_name(visit.name, &[("tbz2", "tar"), ("tbz", "tar"), ("bz2", "")]);
        streams::read(visit, Bzip2, &name).map(drop)
    },
    samples: || {
        let mut two = archive::bzip2(b"Ordinary ");
        two.extend(archive::bzip2(b"words.\n"));
        vec![("notes.txt.bz2".to_owned(), two)]
    },
};

/// A stream's header and the mark of a block or, in a stream without content, of the end.
fn is_header(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<4>() else { return false };
    matches!(header, [b'B', b'Z', b'h', b'1'..=b'9'])
        && (rest.starts_with(b"\x31\x41\x59\x26\x53\x59") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90"))
}

struct Bzip2;

impl Stream for Bzip2 {
    const COST: u64 = 512 << 10;

    fn next(&mut self, input: &Input, at: u64, _: bool) -> io::Result<Next> {
        let begins = is_header(&input.read(at, 10)?);
        Ok(if begins { Next::Piece(0, Decoder::bzip2(source(input, at))) } else { Next::Nothing })
    }
}
