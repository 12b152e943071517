//! gzip: members of deflated bytes, each between a header and a checksum. Specification: RFC 1952.

use std::io;

use weighbridge_domain::facts::{Entry, EntryKind, What};

use super::codec::Decoder;
use super::streams::{self, Next, Stream, content_name, source};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::archive;
use crate::text;
use crate::walk::Visit;

/// gzip.
pub static FORMAT: Format = Format {
    id: "gzip",
    title: "gzip",
    extensions: &["gz", "tgz", "joblib", "nemo", "pkl", "rda", "rdata", "rds"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All members are decompressed one after the other, as gzip tools do, and the content is inspected under the name \
           without its ending. The stored name, checksums, sizes, and bytes behind the last member are facts. A broken \
           stream is inspected as far as it goes and counts as not wholly inspected.",
    recognise: |probe| recognise(probe),
    read,
    samples: || {
        let mut two = archive::gzip(Some("notes.txt"), b"Ordinary ");
        two.extend(archive::gzip(None, b"words.\n"));
        vec![
            ("notes.txt.gz".to_owned(), two),
            ("tail.txt.gz".to_owned(), {
                let mut padded = archive::gzip(None, b"Ordinary words.\n");
                padded.extend([0; 64]);
                padded
            }),
        ]
    },
};

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

fn recognise(probe: &Probe<'_>) -> Recognition {
    Recognition::certain_if(probe.starts(&MAGIC))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let name = content_name(visit.name, &[("tgz", "tar"), ("gz", "")]);
    let mut gzip = Gzip { names: Vec::new() };
    let size = streams::read(visit, &mut gzip, &name)?;
    for (at, name) in gzip.names {
        let (kind, packed) = (EntryKind::File, visit.input.len());
        visit.fact(at, What::Entry(Entry { name, kind, size, packed, mode: None, encrypted: false }));
    }
    Ok(())
}

/// Names kept of one stream, and bytes kept of a name.
const MOST_NAMES: usize = 100;
const LONGEST_NAME: usize = 4096;

struct Gzip {
    names: Vec<(u64, String)>,
}

impl Stream for &mut Gzip {
    fn next(&mut self, input: &Input, at: u64, first: bool) -> io::Result<Next> {
        if !first {
            // As gzip tools do: zeros between members are passed over.
            let ahead = input.read(at, 4096)?;
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            if zeros > 0
                && (zeros == ahead.len() || ahead.get(zeros..).is_some_and(|rest| rest.starts_with(&MAGIC)))
            {
                let all_zero = zeros == ahead.len() && at.saturating_add(zeros as u64) >= input.len();
                return Ok(if all_zero { Next::Nothing } else { Next::Skip(zeros as u64) });
            }
        }
        let mut cursor = Cursor::at(input, at);
        match self.header(&mut cursor) {
            Ok(true) => {
                let start = cursor.position();
                Ok(Next::Piece(start.saturating_sub(at), Decoder::deflate(source(input, start))))
            }
            Ok(false) if first => Err(io::Error::other("this is not a gzip header")),
            Ok(false) => Ok(Next::Nothing),
            Err(Fault::Io(error)) => Err(error),
            Err(fault) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, fault.to_string())),
        }
    }

    fn close(&mut self, input: &Input, at: u64, crc: u32, count: u64) -> io::Result<(u64, Option<String>)> {
        let trailer = input.read(at, 8)?;
        let Some((checksum, size)) = trailer.split_first_chunk().and_then(|(crc, rest)| {
            Some((u32::from_le_bytes(*crc), u32::from_le_bytes(*rest.first_chunk()?)))
        }) else {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the checksum is missing"));
        };
        let wrong = if checksum != crc {
            Some(format!("the content has CRC-32 {crc:08x}, but {checksum:08x} is recorded"))
        } else if u64::from(size) != count & 0xffff_ffff {
            Some(format!("the content has {count} bytes, but {size} are recorded"))
        } else {
            None
        };
        Ok((8, wrong))
    }
}

impl Gzip {
    /// Moves over a member's header; false when there is none.
    fn header(&mut self, cursor: &mut Cursor) -> Result<bool, Fault> {
        let begin = cursor.position();
        if !cursor.peek(3).is_ok_and(|bytes| bytes == MAGIC) {
            return Ok(false);
        }
        cursor.skip(3)?;
        let flags = cursor.u8()?;
        cursor.skip(6)?;
        if flags & 4 != 0 {
            let length = cursor.u16()?;
            cursor.skip(u64::from(length))?;
        }
        if flags & 8 != 0 {
            let name = zero_ended(cursor)?;
            if self.names.len() < MOST_NAMES {
                self.names.push((begin, text::kept(&name, LONGEST_NAME)));
            }
        }
        if flags & 16 != 0 {
            zero_ended(cursor)?;
        }
        if flags & 2 != 0 {
            cursor.skip(2)?;
        }
        Ok(true)
    }
}

/// Bytes up to a zero; only the first of them are kept.
fn zero_ended(cursor: &mut Cursor) -> Result<Vec<u8>, Fault> {
    let mut name = Vec::new();
    loop {
        match cursor.u8()? {
            0 => return Ok(name),
            byte if name.len() < LONGEST_NAME => name.push(byte),
            _ => {}
        }
    }
}
