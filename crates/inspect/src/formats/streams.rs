//! What compressed streams have in common: one content in one or several pieces (gzip members, xz streams, zstd frames),
//! and perhaps bytes behind the last.

use std::io::{self, Read};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Problem, What};

use super::codec::{Decoder, Source, Tally};
use crate::detect::{Probe, recognise};
use crate::input::Input;
use crate::limits::Fault;
use crate::walk::Visit;

/// What stands at some place of a stream.
pub(crate) enum Next {
    /// A piece: its content begins this many bytes further on.
    Piece(u64, Decoder),
    /// Bytes that decoders pass over.
    Skip(u64),
    /// Something else: the stream ended before it.
    Nothing,
}

/// A kind of compressed stream.
pub(crate) trait Stream {
    /// What a piece costs beside its content, as decompressed bytes: tables are set up for each.
    const COST: u64 = 64 << 10;

    /// What stands at `at`; `first` until a piece was read.
    fn next(&mut self, input: &Input, at: u64, first: bool) -> io::Result<Next>;

    /// Checks what stands behind a piece against what came out of it: the length of it, and what is wrong.
    fn close(&mut self, input: &Input, at: u64, crc: u32, count: u64) -> io::Result<(u64, Option<String>)> {
        let _ = (input, at, crc, count);
        Ok((0, None))
    }
}

/// A decoder's source: the bytes from `at`.
pub(crate) fn source(input: &Input, at: u64) -> Source {
    Box::new(input.from(at).reader())
}

/// All pieces of a stream, one after the other.
struct Pieces<'a, S> {
    stream: &'a mut S,
    input: Input,
    at: u64,
    first: bool,
    current: Option<(u64, Tally<Decoder>)>,
    wrong: Vec<(u64, String)>,
    owed: u64,
}

/// Contradictions kept of the pieces of one stream.
const MOST_WRONG: usize = 100;

impl<S: Stream> Pieces<'_, S> {
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            match self.stream.next(&self.input, self.at, self.first)? {
                Next::Piece(header, decoder) => {
                    self.at = self.at.saturating_add(header);
                    if !self.first {
                        self.owed = self.owed.saturating_add(S::COST);
                    }
                    self.first = false;
                    self.current = Some((self.at, Tally::new(decoder)));
                    return Ok(true);
                }
                Next::Skip(0) | Next::Nothing => return Ok(false),
                Next::Skip(length) => self.at = self.at.saturating_add(length),
            }
        }
    }
}

impl<S: Stream> Read for Pieces<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.current.is_none() && !self.begin()? {
            return Ok(0);
        }
        let Some((start, tally)) = &mut self.current else { return Ok(0) };
        let count = tally.read(out)?;
        if count > 0 {
            return Ok(count);
        }
        self.at = start.saturating_add(tally.inner().taken());
        let (length, wrong) = self.stream.close(&self.input, self.at, tally.crc32(), tally.count())?;
        if self.wrong.len() < MOST_WRONG {
            self.wrong.extend(wrong.map(|wrong| (self.at, wrong)));
        }
        self.at = self.at.saturating_add(length);
        self.current = None;
        Err(io::ErrorKind::Interrupted.into())
    }
}

/// Reads a stream: queues its content under `name`, notes what is wrong with it and what stands behind it.
pub(crate) fn read(visit: &mut Visit<'_>, mut stream: impl Stream, name: &str) -> Result<u64, Fault> {
    let input = visit.input.clone();
    let mut pieces = Pieces {
        stream: &mut stream,
        input: input.clone(),
        at: 0,
        first: true,
        current: None,
        wrong: Vec::new(),
        owed: 0,
    };
    let (content, error) = visit.expand_pieces(&mut pieces, |pieces| std::mem::take(&mut pieces.owed))?;
    let Pieces { at, current, wrong, .. } = pieces;
    for (at, wrong) in wrong {
        note(visit, at, Kind::Checksum, wrong);
    }
    let size = content.len();
    if !content.is_empty() {
        visit.embed(name, content)?;
    }
    if visit.budget.is_exceeded() {
        return Ok(size);
    }
    if let Some(error) = error {
        let at = current.map_or(at, |(start, tally)| start.saturating_add(tally.inner().taken()));
        let kind = if at >= input.len() { Kind::Truncated } else { Kind::Unparsable };
        note(visit, at, kind, format!("decompression stops: {error}"));
        visit.incomplete(format!("decompression stops at byte {at}: {error}"));
        return Ok(size);
    }
    trailing(visit, at)?;
    Ok(size)
}

/// Notes a contradiction in the frame of an archive or stream.
pub(crate) fn note(visit: &mut Visit<'_>, at: u64, kind: Kind, detail: impl Into<String>) {
    visit.fact(at, What::Archive(Problem::new(kind, detail)));
}

/// Notes what stands behind the end of an archive or stream, and queues it for inspection.
pub(crate) fn trailing(visit: &mut Visit<'_>, at: u64) -> Result<(), Fault> {
    let rest = visit.input.from(at);
    if rest.is_empty() {
        return Ok(());
    }
    let length = rest.len();
    match first_non_zero(visit, &rest)? {
        None => note(
            visit,
            at,
            Kind::TrailingZeros,
            format!("{} behind the end", crate::text::count(length, "zero byte")),
        ),
        Some(zeros) => {
            note(
                visit,
                at,
                Kind::TrailingBytes,
                format!("{} behind the end", crate::text::count(length, "byte")),
            );
            visit.embed("<trailing>", rest.from(zeros))?;
        }
    }
    Ok(())
}

/// Offset of the first byte that is not zero.
pub(crate) fn first_non_zero(visit: &Visit<'_>, input: &Input) -> Result<Option<u64>, Fault> {
    let mut block = vec![0; 256 << 10];
    let mut at = 0_u64;
    loop {
        visit.budget.tick()?;
        let count = input.fill(&mut block, at)?;
        if count == 0 {
            return Ok(None);
        }
        if let Some(found) = block.get(..count).unwrap_or_default().iter().position(|byte| *byte != 0) {
            return Ok(Some(at.saturating_add(found as u64)));
        }
        at = at.saturating_add(count as u64);
    }
}

/// Queues bytes that no reader of the container would hand out, when some format knows them.
pub(crate) fn embed_if_known(visit: &mut Visit<'_>, name: &str, input: Input) -> Result<bool, Fault> {
    let known = {
        let probe = Probe::new(&input, "")?;
        recognise(&probe).iter().any(|format| format.id != "text")
    };
    if known {
        visit.embed(name, input)?;
    }
    Ok(known)
}

/// The name of the content: that of the stream without its ending.
pub(crate) fn content_name(name: &str, endings: &[(&str, &str)]) -> String {
    let inner = endings.iter().find_map(|(ending, becomes)| {
        let stem = name.strip_suffix(ending)?.strip_suffix('.').filter(|stem| !stem.is_empty())?;
        Some(if becomes.is_empty() { stem.to_owned() } else { format!("{stem}.{becomes}") })
    });
    match inner {
        Some(inner) => inner,
        None if name.is_empty() => "content".to_owned(),
        None => name.to_owned(),
    }
}
