//! Decoders of compressed bytes. Each gives everything it could decode before it says what is wrong, as loaders do, and
//! knows how many bytes it took. They are libraries fed with hostile bytes: one that panics has failed to decode.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lzma_rust2::{Action, Lzma2Stream, LzmaStream, Status, StreamResult, XzStream};

mod pull;

/// Where compressed bytes come from.
pub(crate) type Source = Box<dyn Read>;

/// A decoder as a reader of what comes out.
pub(crate) struct Decoder {
    inner: Option<Box<dyn Decode>>,
    taken: u64,
}

/// Something that can be wrapped by [`Decoder`].
trait Decode: Read {
    /// How many compressed bytes belong to what was decoded.
    fn taken(&self) -> u64;
}

impl Decoder {
    fn of(inner: impl Decode + 'static) -> Self {
        Self { inner: Some(Box::new(inner)), taken: 0 }
    }

    fn pump(source: Source, engine: impl Engine + 'static) -> Self {
        Self::of(Pump {
            source,
            engine,
            buffer: Vec::new(),
            at: 0,
            taken: 0,
            at_end: false,
            ended: false,
            failed: None,
        })
    }

    /// Raw deflate.
    pub(crate) fn deflate(source: Source) -> Self {
        Self::pump(source, flate2::Decompress::new(false))
    }

    /// Deflate in a zlib frame.
    pub(crate) fn zlib(source: Source) -> Self {
        Self::pump(source, flate2::Decompress::new(true))
    }

    /// One bzip2 stream.
    pub(crate) fn bzip2(source: Source) -> Self {
        Self::pump(source, bzip2::Decompress::new(false))
    }

    /// One xz stream, with at most this much memory.
    pub(crate) fn xz(source: Source, memory: u64) -> Self {
        Self::pump(source, XzStream::new_mem_limit(false, kibibytes(memory)))
    }

    /// LZMA behind its 13 byte header.
    pub(crate) fn lzma(source: Source, memory: u64) -> Self {
        Self::pump(source, LzmaStream::new_mem_limit(kibibytes(memory), None))
    }

    /// LZMA without a header; `size` is known unless it ends with a mark.
    pub(crate) fn raw_lzma(
        source: Source,
        properties: [u8; 5],
        size: Option<u64>,
        memory: u64,
    ) -> io::Result<Self> {
        let [byte, dictionary @ ..] = properties;
        let dictionary = u32::from_le_bytes(dictionary);
        if lzma_rust2::lzma_get_memory_usage_by_props(dictionary, byte)? > kibibytes(memory) {
            return Err(io::Error::other(format!(
                "a dictionary of {dictionary} bytes is more than is allowed"
            )));
        }
        let engine = LzmaStream::new_with_props(size.unwrap_or(u64::MAX), byte, dictionary, None)?;
        Ok(Self::pump(source, engine))
    }

    /// Raw LZMA2.
    pub(crate) fn lzma2(source: Source, dictionary: u32, memory: u64) -> Self {
        Self::pump(source, Lzma2Stream::new_mem_limit(dictionary, kibibytes(memory)))
    }

    /// One zstd frame.
    pub(crate) fn zstd(source: Source, memory: u64) -> Self {
        Self::of(pull::Zstd::new(source, memory))
    }

    /// One lz4 frame; those of the old form have no mark of their end.
    pub(crate) fn lz4(source: Source, is_old: bool) -> Self {
        Self::of(pull::Lz4::new(source, is_old))
    }

    /// A chain of decoders and filters.
    pub(crate) fn chain(chain: Source) -> Self {
        Self::of(Chain(chain))
    }

    /// How many compressed bytes belong to what was decoded.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }
}

struct Chain(Source);

impl Read for Chain {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Decode for Chain {
    fn taken(&self) -> u64 {
        0
    }
}

impl Read for Decoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(inner) = &mut self.inner else { return Err(io::Error::other("the decoder broke down")) };
        match catch_unwind(AssertUnwindSafe(|| (inner.read(out), inner.taken()))) {
            Ok((result, taken)) => {
                self.taken = taken;
                result
            }
            Err(_) => {
                self.inner = None;
                Err(io::Error::other("the decoder broke down"))
            }
        }
    }
}

fn kibibytes(bytes: u64) -> u32 {
    u32::try_from(bytes / 1024).unwrap_or(u32::MAX)
}

/// The error of bytes that end too early.
fn ends_early() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed bytes end early")
}

/// A decoder that is handed bytes and hands bytes back.
trait Engine {
    /// Works on `input` until it or `output` is used up; `last` when no more input will come.
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Step;

    /// How many of the bytes it used turned out to lie behind the end.
    fn unused(&self) -> u64 {
        0
    }
}

struct Step {
    used: u64,
    made: u64,
    state: State,
}

enum State {
    More,
    Ended,
    Failed(io::Error),
}

impl Engine for flate2::Decompress {
    fn step(&mut self, input: &[u8], output: &mut [u8], _: bool) -> Step {
        let before = (self.total_in(), self.total_out());
        let state = match self.decompress(input, output, flate2::FlushDecompress::None) {
            Ok(flate2::Status::StreamEnd) => State::Ended,
            Ok(_) => State::More,
            Err(error) => State::Failed(error.into()),
        };
        step(before, (self.total_in(), self.total_out()), state)
    }
}

impl Engine for bzip2::Decompress {
    fn step(&mut self, input: &[u8], output: &mut [u8], _: bool) -> Step {
        let before = (self.total_in(), self.total_out());
        let state = match self.decompress(input, output) {
            Ok(bzip2::Status::StreamEnd) => State::Ended,
            Ok(bzip2::Status::MemNeeded) => State::Failed(io::ErrorKind::OutOfMemory.into()),
            Ok(_) => State::More,
            Err(error) => State::Failed(error.into()),
        };
        step(before, (self.total_in(), self.total_out()), state)
    }
}

fn action(last: bool) -> Action {
    if last { Action::Finish } else { Action::Run }
}

fn state(result: io::Result<StreamResult>) -> State {
    match result {
        Ok(StreamResult { status: Status::StreamEnd, .. }) => State::Ended,
        Ok(_) => State::More,
        Err(error) => State::Failed(error),
    }
}

fn step(before: (u64, u64), after: (u64, u64), state: State) -> Step {
    Step { used: after.0.saturating_sub(before.0), made: after.1.saturating_sub(before.1), state }
}

impl Engine for XzStream {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Step {
        let before = (self.total_in(), self.total_out());
        let state = state(self.process(input, output, action(last)));
        step(before, (self.total_in(), self.total_out()), state)
    }
}

impl Engine for Lzma2Stream {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Step {
        let before = (self.total_in(), self.total_out());
        let state = state(self.process(input, output, action(last)));
        step(before, (self.total_in(), self.total_out()), state)
    }
}

impl Engine for LzmaStream {
    fn unused(&self) -> u64 {
        self.unused_input().len() as u64
    }

    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Step {
        let before = (self.total_in(), self.total_out());
        let state = state(self.process(input, output, action(last)));
        step(before, (self.total_in(), self.total_out()), state)
    }
}

/// Feeds an engine from a source.
struct Pump<E> {
    source: Source,
    engine: E,
    buffer: Vec<u8>,
    /// The next byte of the buffer.
    at: usize,
    taken: u64,
    at_end: bool,
    ended: bool,
    failed: Option<io::Error>,
}

/// Compressed bytes read at first, and at once later.
const FIRST_BLOCK: usize = 4 << 10;
const BLOCK: usize = 64 << 10;

impl<E> Pump<E> {
    fn refill(&mut self) -> io::Result<()> {
        let size = if self.buffer.is_empty() { FIRST_BLOCK } else { BLOCK };
        self.buffer.resize(size, 0);
        self.at = 0;
        let count = loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(count);
        self.at_end = count == 0;
        Ok(())
    }
}

impl<E: Engine> Read for Pump<E> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(error) = &self.failed {
                return Err(io::Error::new(error.kind(), error.to_string()));
            }
            if self.ended || out.is_empty() {
                return Ok(0);
            }
            if self.at >= self.buffer.len()
                && !self.at_end
                && let Err(error) = self.refill()
            {
                self.failed = Some(error);
                continue;
            }
            let input = self.buffer.get(self.at..).unwrap_or_default();
            let Step { used, made, state } = self.engine.step(input, out, self.at_end);
            self.taken = self.taken.saturating_add(used);
            self.at = self.at.saturating_add(usize::try_from(used).unwrap_or(usize::MAX));
            match state {
                State::Ended => self.ended = true,
                State::Failed(error) => self.failed = Some(error),
                State::More if used == 0 && made == 0 => {
                    self.failed =
                        Some(if self.at_end { ends_early() } else { io::ErrorKind::InvalidData.into() });
                }
                State::More => {}
            }
            if made > 0 {
                return Ok(usize::try_from(made).unwrap_or(usize::MAX).min(out.len()));
            }
        }
    }
}

impl<E: Engine> Decode for Pump<E> {
    fn taken(&self) -> u64 {
        self.taken.saturating_sub(self.engine.unused())
    }
}

/// Counts what passes and computes its CRC-32.
pub(crate) struct Tally<R> {
    inner: R,
    hasher: crc32fast::Hasher,
    count: u64,
}

impl<R> Tally<R> {
    /// Around a reader.
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: crc32fast::Hasher::new(), count: 0 }
    }

    /// The CRC-32 of what passed.
    pub(crate) fn crc32(&self) -> u32 {
        self.hasher.clone().finalize()
    }

    /// How many bytes passed.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// What it reads from.
    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.hasher.update(out.get(..count).unwrap_or_default());
        self.count = self.count.saturating_add(count as u64);
        Ok(count)
    }
}
