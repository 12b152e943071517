//! zlib: deflate between a two byte header and a checksum. Specification: RFC 1950. Also the `ZF` form of old joblib.

use std::io::{self, Read};

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::samples::archive;

/// zlib.
pub static FORMAT: Format = Format {
    id: "zlib",
    title: "zlib",
    extensions: &["zlib", "gz", "z", "joblib", "pkl"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "There is no magic number: recognised by a valid header behind which the stream decompresses, to its checksum or \
           for some tens of kilobytes. The content is inspected under the name without its ending; bytes behind the end \
           are a fact. The `ZF` header that old versions of joblib write, often under `.gz`, is passed over.",
    recognise: |probe| recognise(probe),
    read: |visit| {
        let name = content_name(visit.name, &[("zlib", ""), ("gz", ""), ("z", "")]);
        streams::read(visit, Zlib, &name).map(drop)
    },
    samples: || {
        vec![
            ("notes.txt.zlib".to_owned(), archive::zlib(b"Ordinary words.\n")),
            ("old.zlib".to_owned(), archive::joblib_zfile(b"Ordinary words.\n")),
        ]
    },
};

/// Bytes that have to come out of a trial when the stream does not end before.
const TRIAL: u64 = 32 << 10;

/// Deflate with a window of at most 32 KiB, no dictionary, and a check value that fits.
fn is_header(bytes: &[u8]) -> bool {
    let Some([method, flags]) = bytes.first_chunk() else { return false };
    method & 0x8f == 8 && flags & 0x20 == 0 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
}

/// Length of joblib's `ZF` header: the length of the content in hexadecimal, padded with spaces to 19 characters; where
/// a version of Python wrote an `L`, one more.
fn zfile(head: &[u8]) -> Option<u64> {
    head.strip_prefix(b"ZF0x")?;
    [21_u8, 22].into_iter().find(|at| head.get(usize::from(*at)..).is_some_and(is_header)).map(u64::from)
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    if let Some(at) = zfile(&probe.head) {
        return Recognition::certain_if(trial(probe.input, at).0);
    }
    if !is_header(&probe.head) {
        return Recognition::No;
    }
    let (whole, length) = trial(probe.input, 0);
    if whole {
        return Recognition::Certain;
    }
    let usual =
        !probe.is_text() && matches!(probe.head.first_chunk(), Some([0x78, 0x01 | 0x5e | 0x9c | 0xda]));
    Recognition::guess_if(usual && length >= 64 || length > 0 && probe.ends_with(FORMAT.extensions))
}

/// Whether the stream at `at` decompresses to its end or far enough, and how far it does.
fn trial(input: &Input, at: u64) -> (bool, u64) {
    let mut decoder = Decoder::zlib(source(input, at)).take(TRIAL);
    match io::copy(&mut decoder, &mut io::sink()) {
        Ok(length) => (length > 0, length),
        Err(_) => (false, TRIAL.saturating_sub(decoder.limit())),
    }
}

struct Zlib;

impl Stream for Zlib {
    fn next(&mut self, input: &Input, at: u64, first: bool) -> io::Result<Next> {
        let header = zfile(&input.read(at, 24)?).unwrap_or_default();
        let at = at.saturating_add(header);
        Ok(if first { Next::Piece(header, Decoder::zlib(source(input, at))) } else { Next::Nothing })
    }
}
