//! LZMA as the old `lzma` tool writes it: a 13 byte header, then one stream without a checksum.

use std::io::{self, Read};

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::samples::{self, archive};

/// LZMA alone.
pub static FORMAT: Format = Format {
    id: "lzma",
    title: "LZMA (alone)",
    extensions: &["lzma", "tlz", "joblib", "pkl"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "There is no magic number: recognised by a plausible header behind which some bytes decompress. The content is \
           inspected under the name without its ending; bytes behind the end are a fact.",
    recognise: |probe| recognise(probe),
    read: |visit| {
        let name = content_name(visit.name, &[("tlz", "tar"), ("lzma", "")]);
        let memory = visit.budget.limits().memory;
        streams::read(visit, Lzma { memory }, &name).map(drop)
    },
    samples: || samples::one("notes.txt.lzma", archive::lzma(b"Ordinary words.\n")),
};

/// Bytes that have to come out of a trial.
const TRIAL: u64 = 4096;

/// Memory allowed for a trial: dictionaries grow with what comes out.
const TRIAL_MEMORY: u64 = 2 << 30;

/// Header values that the tools write: usual literal and position bits, a dictionary of 2^n or 2^n + 2^(n-1) bytes, an
/// unknown or not absurd size, and the zero byte that every stream begins with.
fn recognise(probe: &Probe<'_>) -> Recognition {
    let Some((header, rest)) = probe.head.split_first_chunk::<13>() else { return Recognition::No };
    let [properties, d0, d1, d2, d3, size @ ..] = *header;
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let size = u64::from_le_bytes(size);
    let power = dictionary.checked_shr(dictionary.trailing_zeros()).unwrap_or_default();
    let plausible = properties < 225
        && (matches!(power, 1 | 3) || dictionary == u32::MAX)
        && (size == u64::MAX || size < 1 << 38)
        && rest.first() == Some(&0);
    if !plausible {
        return Recognition::No;
    }
    let mut out = Vec::new();
    let decoder = Decoder::lzma(source(probe.input, 0), TRIAL_MEMORY);
    let whole = decoder.take(TRIAL).read_to_end(&mut out).is_ok();
    if whole && !out.is_empty() {
        Recognition::Certain
    } else {
        Recognition::guess_if(out.len() >= 64 && probe.ends_with(FORMAT.extensions))
    }
}

struct Lzma {
    memory: u64,
}

impl Stream for Lzma {
    fn next(&mut self, input: &Input, at: u64, first: bool) -> io::Result<Next> {
        Ok(if first { Next::Piece(0, Decoder::lzma(source(input, at), self.memory)) } else { Next::Nothing })
    }
}
