//! zstd and lz4: decoders that fetch their bytes themselves, and exactly as many as they need.

use std::io::{self, Read};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Decode, Source, ends_early};

/// Counts what is fetched, and notes when more was wanted than there is.
struct Counted {
    source: Source,
    taken: u64,
    starved: bool,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.taken = self.taken.saturating_add(count as u64);
        self.starved |= count == 0 && !out.is_empty();
        Ok(count)
    }
}

/// One zstd frame.
pub(super) struct Zstd {
    frame: FrameDecoder,
    source: Counted,
    begun: bool,
    failed: Option<io::Error>,
}

/// A last block without content and a checksum: makes the decoder give out what it holds back for later blocks.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Zstd {
    pub(super) fn new(source: Source, memory: u64) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(memory);
        Self { frame, source: Counted { source, taken: 0, starved: false }, begun: false, failed: None }
    }

    fn decode_block(&mut self) -> io::Result<()> {
        let result = self.frame.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1));
        result
            .map(drop)
            .map_err(|error| if self.source.starved { ends_early() } else { io::Error::other(error) })
    }
}

impl Read for Zstd {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begun = true;
            if let Err(error) = self.frame.init(&mut self.source) {
                self.failed = Some(if self.source.starved { ends_early() } else { io::Error::other(error) });
            }
        }
        loop {
            if self.frame.can_collect() > 0 {
                return self.frame.read(out);
            }
            if let Some(error) = &self.failed {
                return Err(io::Error::new(error.kind(), error.to_string()));
            }
            if self.frame.is_finished() {
                if let Some(expected) = self.frame.get_checksum_from_data()
                    && self.frame.get_calculated_checksum() != Some(expected)
                {
                    self.failed = Some(io::Error::other("the checksum of the content does not match"));
                    continue;
                }
                return Ok(0);
            }
            if let Err(error) = self.decode_block() {
                self.failed = Some(error);
                let _ = self.frame.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::UptoBlocks(1));
            }
        }
    }
}

impl Decode for Zstd {
    fn taken(&self) -> u64 {
        self.source.taken
    }
}

/// One lz4 frame.
pub(super) struct Lz4 {
    frame: lz4_flex::frame::FrameDecoder<Counted>,
    is_old: bool,
    ended: bool,
}

impl Lz4 {
    pub(super) fn new(source: Source, is_old: bool) -> Self {
        let source = Counted { source, taken: 0, starved: false };
        Self { frame: lz4_flex::frame::FrameDecoder::new(source), is_old, ended: false }
    }
}

impl Read for Lz4 {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        match self.frame.read(out) {
            Ok(0) if self.is_old => {
                self.ended = true;
                Ok(0)
            }
            Ok(0) | Err(_) if self.frame.get_ref().starved => Err(ends_early()),
            Ok(0) => {
                self.ended = true;
                Ok(0)
            }
            other => other,
        }
    }
}

impl Decode for Lz4 {
    fn taken(&self) -> u64 {
        self.frame.get_ref().taken
    }
}
