//! The fields of one block, read one after the other.

use weighbridge_domain::facts::problem::Kind;

use super::source::{Flaw, Read};

/// How many bytes addresses and lengths take in this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) offset: usize,
    pub(super) length: usize,
}

/// Reads little-endian fields from front to back.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    at: u64,
    pub(super) sizes: Sizes,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], at: u64, sizes: Sizes) -> Self {
        Self { rest: bytes, at, sizes }
    }

    /// Position of the next byte in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next bytes.
    pub(super) fn take(&mut self, count: u64) -> Read<&'a [u8]> {
        let taken = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let Some((taken, rest)) = taken else {
            return Err(Flaw::bad(self.at, Kind::Truncated, "a structure ends early"));
        };
        self.rest = rest;
        self.at = self.at.saturating_add(count);
        Ok(taken)
    }

    pub(super) fn skip(&mut self, count: u64) -> Read<()> {
        self.take(count).map(|_| ())
    }

    /// A number of so many bytes, at most eight.
    pub(super) fn number(&mut self, width: usize) -> Read<u64> {
        Ok(little(self.take(width as u64)?))
    }

    pub(super) fn u8(&mut self) -> Read<u8> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    pub(super) fn u16(&mut self) -> Read<u16> {
        Ok(u16::try_from(self.number(2)?).unwrap_or_default())
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        Ok(u32::try_from(self.number(4)?).unwrap_or_default())
    }

    /// An address; nothing where it says that there is none.
    pub(super) fn offset(&mut self) -> Read<Option<u64>> {
        let bytes = self.take(self.sizes.offset as u64)?;
        Ok(bytes.iter().any(|byte| *byte != 0xff).then(|| little(bytes)))
    }

    pub(super) fn length(&mut self) -> Read<u64> {
        self.number(self.sizes.length)
    }

    /// Bytes up to a zero, which is passed over too.
    pub(super) fn word(&mut self) -> Read<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == 0);
        let Some(end) = end else {
            return Err(Flaw::bad(self.at, Kind::Truncated, "a text ends early"));
        };
        let word = self.take(end as u64)?;
        self.skip(1)?;
        Ok(word)
    }

    /// The same, where padding makes its length a multiple of eight.
    pub(super) fn padded_word(&mut self) -> Read<&'a [u8]> {
        let word = self.word()?;
        let length = (word.len() as u64).saturating_add(1);
        self.skip(padding(length))?;
        Ok(word)
    }

    /// The bytes must begin so.
    pub(super) fn signature(&mut self, wanted: [u8; 4]) -> Read<()> {
        let at = self.at;
        if self.take(4)? != wanted {
            let detail = format!("no `{}` where one should be", wanted.escape_ascii());
            return Err(Flaw::bad(at, Kind::BadValue, detail));
        }
        Ok(())
    }
}

/// What is missing to a multiple of eight.
pub(super) fn padding(length: u64) -> u64 {
    length.wrapping_neg() & 7
}

/// A little-endian number of up to eight bytes.
pub(super) fn little(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// How many bytes the library takes for numbers up to this one.
pub(super) fn width_of(limit: u64) -> usize {
    (limit.checked_ilog2().unwrap_or(0) as usize / 8).saturating_add(1)
}
