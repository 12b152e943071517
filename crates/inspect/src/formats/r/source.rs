//! Where an R reader takes its words from: numbers as XDR writes them, as the machine has them, or as text.

use crate::cursor::Cursor;
use crate::limits::Fault;
use crate::walk::Visit;

/// In which way numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `X`: big-endian.
    Xdr,
    /// `B`: as on the machine that wrote it; today little-endian.
    Native,
    /// `A`: as text, one to a line.
    Ascii,
}

/// Longest word of text.
const LONGEST_WORD: usize = 64;

/// Words of a serialised object.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) cursor: Cursor,
    pub(super) form: Form,
}

impl Source {
    /// A number of four bytes. `NA` is the smallest.
    pub(super) fn int(&mut self) -> Result<i32, Fault> {
        match self.form {
            Form::Xdr => self.cursor.array().map(i32::from_be_bytes),
            Form::Native => self.cursor.array().map(i32::from_le_bytes),
            Form::Ascii => {
                let at = self.cursor.position();
                let word = self.word()?;
                match word.as_str() {
                    "NA" => Ok(i32::MIN),
                    word => word
                        .parse()
                        .map_err(|_| Fault::Unparsable(format!("there is no number at byte {at}"))),
                }
            }
        }
    }

    /// How many elements a vector has.
    pub(super) fn length(&mut self) -> Result<u64, Fault> {
        match self.int()? {
            -1 => {
                let (high, low) = (self.int()?, self.int()?);
                Ok(u64::from(high.cast_unsigned()) << 32 | u64::from(low.cast_unsigned()))
            }
            length => u64::try_from(length)
                .map_err(|_| Fault::Unparsable(format!("a vector has {length} elements"))),
        }
    }

    /// Passes over `count` elements of `width` bytes.
    pub(super) fn skip(&mut self, visit: &Visit<'_>, count: u64, width: u64) -> Result<(), Fault> {
        if self.form != Form::Ascii {
            return self.cursor.skip(count.saturating_mul(width));
        }
        let words = if width == 16 { count.saturating_mul(2) } else { count };
        for number in 0..words {
            if number.is_multiple_of(4096) {
                visit.budget.tick()?;
            }
            self.word()?;
        }
        Ok(())
    }

    /// A text of `length` bytes, of which the first `kept` are kept.
    pub(super) fn text(&mut self, visit: &Visit<'_>, length: u64, kept: usize) -> Result<String, Fault> {
        if self.form != Form::Ascii {
            let now = usize::try_from(length).unwrap_or(usize::MAX).min(kept);
            let bytes = self.cursor.take(now)?.to_vec();
            self.cursor.skip(length.saturating_sub(now as u64))?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        while self.cursor.peek(1)?.first().is_some_and(u8::is_ascii_whitespace) {
            self.cursor.skip(1)?;
        }
        let mut bytes = Vec::new();
        for number in 0..length {
            if number.is_multiple_of(4096) {
                visit.budget.tick()?;
            }
            let byte = self.character()?;
            if bytes.len() < kept {
                bytes.push(byte);
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn character(&mut self) -> Result<u8, Fault> {
        let byte = self.cursor.u8()?;
        if byte != b'\\' {
            return Ok(byte);
        }
        Ok(match self.cursor.u8()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'v' => 0x0b,
            b'b' => 8,
            b'r' => b'\r',
            b'f' => 0x0c,
            b'a' => 7,
            first @ b'0'..=b'7' => {
                let mut number = first.wrapping_sub(b'0');
                for _ in 0..2 {
                    match self.cursor.peek(1)?.first() {
                        Some(digit @ b'0'..=b'7') => {
                            number = number.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'));
                            self.cursor.skip(1)?;
                        }
                        _ => break,
                    }
                }
                number
            }
            other => other,
        })
    }

    fn word(&mut self) -> Result<String, Fault> {
        let mut word = String::new();
        loop {
            let byte = self.cursor.u8()?;
            match (byte.is_ascii_whitespace(), word.is_empty()) {
                (true, true) => {}
                (true, false) => return Ok(word),
                (false, _) if word.len() < LONGEST_WORD => word.push(char::from(byte)),
                (false, _) => return Err(Fault::Unparsable("a word is too long".to_owned())),
            }
        }
    }
}
