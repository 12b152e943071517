//! Positioned reads over a file, a part of a file, or bytes in memory. Never the whole file, never `mmap`: a file that
//! shrinks under a map kills the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// Something that can be read at any offset.
pub trait ReadAt: Send + Sync {
    /// Reads some bytes at `offset`; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }
}

/// A range of bytes that can be read at any offset; cheap to clone and to cut.
#[derive(Clone)]
pub struct Input {
    source: Arc<dyn ReadAt>,
    start: u64,
    len: u64,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("start", &self.start).field("len", &self.len).finish_non_exhaustive()
    }
}

impl Input {
    /// The first `len` bytes of anything that can be read at offsets.
    pub fn new(source: Arc<dyn ReadAt>, len: u64) -> Self {
        Self { source, start: 0, len }
    }

    /// An open file, with the length it has now.
    pub fn file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self::new(Arc::new(file), len))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self::new(Arc::new(bytes), len)
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// No bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `len` bytes from `start`, cut at the end.
    #[must_use]
    pub fn slice(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        let len = len.min(self.len.saturating_sub(start));
        Self { source: Arc::clone(&self.source), start: self.start.saturating_add(start), len }
    }

    /// Everything from `start`.
    #[must_use]
    pub fn from(&self, start: u64) -> Self {
        self.slice(start, u64::MAX)
    }

    /// Fills as much of `buffer` as there are bytes at `offset`; the count is short only at the end.
    pub fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let room = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..room).filter(|rest| !rest.is_empty()) {
            let at = self.start.saturating_add(offset).saturating_add(done as u64);
            match self.source.read_at(rest, at) {
                Ok(0) => break,
                Ok(count) => done = done.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Up to `length` bytes at `offset`. The caller bounds `length`; it is also cut at the end of the input.
    pub fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let length = length.min(self.len.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?];
        let count = self.fill(&mut bytes, offset)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// A sequential reader from the beginning.
    pub fn reader(&self) -> InputReader {
        InputReader { input: self.clone(), at: 0 }
    }

    /// The range this is of `root`, when both read from the same source.
    pub fn range_in(&self, root: &Self) -> Option<std::ops::Range<u64>> {
        let start = self.start.checked_sub(root.start)?;
        Arc::ptr_eq(&self.source, &root.source).then(|| start..start.saturating_add(self.len))
    }
}

/// Reads an [`Input`] from front to back.
#[derive(Debug, Clone)]
pub struct InputReader {
    input: Input,
    at: u64,
}

impl InputReader {
    /// How many bytes were read or skipped.
    pub fn position(&self) -> u64 {
        self.at
    }
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.fill(buffer, self.at)?;
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for InputReader {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let to = match position {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.input.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Where all decompressed bytes of one file are kept while they are inspected: in memory while they are few, else in one
/// unnamed temporary file, whose zeros take no room.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    in_memory: usize,
    file: Option<(Arc<File>, u64)>,
}

/// Bytes of one piece kept in memory before it moves to the file.
const PIECE_MEMORY: usize = 8 << 20;

/// Bytes of all pieces kept in memory before further ones go to the file.
const SPOOL_MEMORY: usize = 32 << 20;

impl Spool {
    /// Begins a piece of decompressed content.
    pub(crate) fn piece(&mut self) -> Piece<'_> {
        Piece { spool: self, memory: Vec::new(), written: None }
    }
}

/// One piece of decompressed content while it is written.
#[derive(Debug)]
pub(crate) struct Piece<'a> {
    spool: &'a mut Spool,
    memory: Vec<u8>,
    /// Where it begins in the file, and its length until now.
    written: Option<(u64, u64)>,
}

impl Piece<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = PIECE_MEMORY.min(SPOOL_MEMORY.saturating_sub(self.spool.in_memory));
        if self.written.is_none() && self.memory.len().saturating_add(bytes.len()) <= room {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let memory = std::mem::take(&mut self.memory);
        self.append(&memory)?;
        self.append(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.spool.file.is_none() {
            self.spool.file = Some((Arc::new(tempfile::tempfile()?), 0));
        }
        let Some((file, end)) = &mut self.spool.file else { return Ok(()) };
        let (_, length) = self.written.get_or_insert((*end, 0));
        if bytes.iter().any(|byte| *byte != 0) {
            let mut to: &File = file;
            to.seek(SeekFrom::Start(*end))?;
            to.write_all(bytes)?;
        }
        *end = end.saturating_add(bytes.len() as u64);
        *length = length.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// What was written, as an input.
    pub(crate) fn into_input(self) -> io::Result<Input> {
        let Some(((start, length), (file, end))) = self.written.zip(self.spool.file.as_ref()) else {
            self.spool.in_memory = self.spool.in_memory.saturating_add(self.memory.len());
            return Ok(Input::bytes(self.memory));
        };
        file.set_len(*end)?;
        let source: Arc<dyn ReadAt> = Arc::<File>::clone(file);
        Ok(Input { source, start, len: length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_and_reads_within_bounds() {
        let input = Input::bytes((0..100).collect()).slice(10, 20);
        assert_eq!(input.read(0, 5).unwrap(), [10, 11, 12, 13, 14]);
        assert_eq!(input.read(18, 500).unwrap(), [28, 29]);
        assert_eq!(input.slice(15, 100).len(), 5);
        assert_eq!(input.slice(50, 1).len(), 0);
        assert!(input.read(u64::MAX, 1).unwrap().is_empty());
    }

    #[test]
    fn spools_large_content_to_a_file_unchanged() {
        let block: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
        let mut spool = Spool::default();
        let mut pieces = Vec::new();
        for round in 0..8_u8 {
            let mut piece = spool.piece();
            piece.write(&[round; 10]).unwrap();
            for part in [&block[..], &vec![0; 3 << 20], &block] {
                piece.write(part).unwrap();
            }
            pieces.push(piece.into_input().unwrap());
        }
        assert!(spool.file.is_some());
        for (round, input) in pieces.iter().enumerate() {
            assert_eq!(input.len(), 10 + (9 << 20));
            assert_eq!(input.read(0, 10).unwrap(), [u8::try_from(round).unwrap(); 10]);
            assert_eq!(input.read(10 + (3 << 20), 3 << 20).unwrap(), vec![0; 3 << 20]);
            assert_eq!(input.read(10 + (6 << 20), 3 << 20).unwrap(), block);
        }
    }

    #[test]
    fn keeps_many_small_pieces_within_a_bound_of_memory() {
        let mut spool = Spool::default();
        let mut last = Input::bytes(Vec::new());
        for round in 0..48_u8 {
            let mut piece = spool.piece();
            piece.write(&vec![round; 1 << 20]).unwrap();
            last = piece.into_input().unwrap();
        }
        assert!(spool.in_memory <= SPOOL_MEMORY);
        assert_eq!(last.read(0, u64::MAX).unwrap(), vec![47; 1 << 20]);
    }
}
