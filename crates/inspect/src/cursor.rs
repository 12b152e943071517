//! A bounds-checked little-endian cursor over an [`Input`], for formats that are read from front to back.

use crate::input::Input;
use crate::limits::Fault;

/// Bytes read ahead at once.
const WINDOW: usize = 256 << 10;

/// Reads an input from front to back in large blocks.
#[derive(Debug)]
pub struct Cursor {
    input: Input,
    window: Vec<u8>,
    /// Offset of the window's first byte.
    base: u64,
    /// Next byte, counted from the window's first.
    at: usize,
}

impl Cursor {
    /// A cursor at the beginning.
    pub fn new(input: &Input) -> Self {
        Self::at(input, 0)
    }

    /// A cursor at `offset`.
    pub fn at(input: &Input, offset: u64) -> Self {
        Self { input: input.clone(), window: Vec::new(), base: offset, at: 0 }
    }

    /// Offset of the next byte.
    #[inline]
    pub fn position(&self) -> u64 {
        self.base.saturating_add(self.at as u64)
    }

    /// Bytes from here to the end.
    pub fn remaining(&self) -> u64 {
        self.input.len().saturating_sub(self.position())
    }

    /// What it reads from.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Moves to `offset`, which may lie behind the end: the next read then reports the truncation.
    pub fn seek(&mut self, offset: u64) {
        let inside = offset.checked_sub(self.base).and_then(|at| usize::try_from(at).ok());
        match inside.filter(|at| *at <= self.window.len()) {
            Some(at) => self.at = at,
            None => {
                self.window.clear();
                self.base = offset;
                self.at = 0;
            }
        }
    }

    /// Moves over `count` bytes, which must be there.
    pub fn skip(&mut self, count: u64) -> Result<(), Fault> {
        if count > self.remaining() {
            return Err(Fault::Truncated { at: self.input.len() });
        }
        self.seek(self.position().saturating_add(count));
        Ok(())
    }

    /// The next `count` bytes, without moving. `count` must be bounded by the caller.
    #[inline]
    pub fn peek(&mut self, count: usize) -> Result<&[u8], Fault> {
        let wanted = self.at.saturating_add(count);
        if wanted > self.window.len() {
            self.refill(count)?;
        }
        let start = self.at;
        self.window
            .get(start..start.saturating_add(count))
            .ok_or(Fault::Truncated { at: self.base.saturating_add(self.window.len() as u64) })
    }

    /// All bytes from here on that are in memory: at least `least`, unless the input ends before. Does not move.
    /// `least` must be bounded by the caller.
    pub fn window(&mut self, least: usize) -> Result<&[u8], Fault> {
        let whole = self.base.saturating_add(self.window.len() as u64) >= self.input.len();
        if self.window.len().saturating_sub(self.at) < least && !whole {
            self.refill(least)?;
        }
        Ok(self.window.get(self.at..).unwrap_or_default())
    }

    /// The next `count` bytes. `count` must be bounded by the caller.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&[u8], Fault> {
        if self.at.saturating_add(count) > self.window.len() {
            self.refill(count)?;
        }
        let start = self.at;
        let end = start.saturating_add(count);
        match self.window.get(start..end) {
            Some(bytes) => {
                self.at = end;
                Ok(bytes)
            }
            None => Err(Fault::Truncated { at: self.base.saturating_add(self.window.len() as u64) }),
        }
    }

    #[cold]
    fn refill(&mut self, count: usize) -> Result<(), Fault> {
        let base = self.position();
        let keep = self.window.len().saturating_sub(self.at);
        self.window.drain(..self.at.min(self.window.len()));
        self.base = base;
        self.at = 0;
        let room = usize::try_from(self.input.len().saturating_sub(base)).unwrap_or(usize::MAX);
        self.window.resize(count.max(WINDOW).min(room).max(keep), 0);
        let filled = match self.window.get_mut(keep..) {
            Some(rest) => self.input.fill(rest, base.saturating_add(keep as u64))?,
            None => 0,
        };
        self.window.truncate(keep.saturating_add(filled));
        Ok(())
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let end = self.position();
        self.take(N)?.try_into().map_err(|_| Fault::Truncated { at: end })
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, little-endian.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, little-endian.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    /// A line without its `\n`, at most `limit` bytes long.
    pub fn line(&mut self, limit: usize) -> Result<&[u8], Fault> {
        let mut length = 0_usize;
        loop {
            let wanted = length.max(63).saturating_mul(2).min(limit);
            let room = usize::try_from(self.remaining()).unwrap_or(usize::MAX).min(wanted);
            let seen = self.peek(room)?;
            if let Some(end) = seen.iter().position(|byte| *byte == b'\n') {
                let line = self.take(end.saturating_add(1))?;
                return line.split_last().map(|(_, line)| line).ok_or(Fault::Truncated { at: 0 });
            }
            if room < wanted || room >= limit {
                return Err(Fault::Truncated { at: self.position().saturating_add(room as u64) });
            }
            length = room;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_across_window_ends_and_reports_the_end() {
        let bytes: Vec<u8> = (0..=255).cycle().take(WINDOW + 10).collect();
        let mut cursor = Cursor::new(&Input::bytes(bytes.clone()));
        cursor.skip(WINDOW as u64 - 2).unwrap();
        assert_eq!(cursor.take(8).unwrap(), &bytes[WINDOW - 2..WINDOW + 6]);
        assert_eq!(cursor.u32().unwrap(), u32::from_le_bytes(bytes[WINDOW + 6..].try_into().unwrap()));
        assert!(matches!(cursor.u8(), Err(Fault::Truncated { at }) if at == bytes.len() as u64));
    }

    #[test]
    fn shows_what_is_in_memory_and_reads_on_when_that_is_not_enough() {
        let bytes: Vec<u8> = (0..=255).cycle().take(WINDOW + 10).collect();
        let mut cursor = Cursor::new(&Input::bytes(bytes.clone()));
        assert_eq!(cursor.window(1).unwrap(), &bytes[..WINDOW]);
        cursor.seek(WINDOW as u64 - 2);
        assert_eq!(cursor.window(2).unwrap(), &bytes[WINDOW - 2..WINDOW]);
        assert_eq!(cursor.window(3).unwrap(), &bytes[WINDOW - 2..]);
        assert_eq!(cursor.window(300).unwrap().len(), 12);
        cursor.seek(WINDOW as u64 + 50);
        assert!(cursor.window(1).unwrap().is_empty());
    }

    #[test]
    fn reads_lines_of_any_length_up_to_the_limit() {
        let long = vec![b'x'; 1000];
        let mut bytes = long.clone();
        bytes.extend(b"\nshort\n\nrest");
        let mut cursor = Cursor::new(&Input::bytes(bytes));
        assert!(cursor.line(500).is_err());
        assert_eq!(cursor.line(5000).unwrap(), long);
        assert_eq!(cursor.line(5000).unwrap(), b"short");
        assert_eq!(cursor.line(5000).unwrap(), b"");
        assert!(cursor.line(5000).is_err());
    }
}
