//! Reads text, bytes and numbers again from the opcode that pushed them.

use std::fmt::Write as _;

use super::value::{Value, View};
use crate::input::Input;
use crate::limits::Fault;

/// The longest line that is looked through for its end.
pub(super) const LONGEST_LINE: usize = 4096;

/// The bytes of a program: those in memory, and the rest behind positioned reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// Bytes in memory.
    pub(super) window: &'a [u8],
    /// Offset of the first of them.
    pub(super) base: u64,
    pub(super) input: &'a Input,
}

impl Source<'_> {
    /// Up to `length` bytes at `at`. The caller bounds `length`.
    pub(super) fn read(&self, at: u64, length: usize) -> Result<std::borrow::Cow<'_, [u8]>, Fault> {
        if let Some(start) = at.checked_sub(self.base).and_then(|start| usize::try_from(start).ok())
            && let Some(bytes) = self.window.get(start..start.saturating_add(length))
        {
            return Ok(bytes.into());
        }
        Ok(self.input.read(at, length as u64)?.into())
    }
}

/// How the bytes of a leaf are to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Raw,
    /// `UNICODE`: Latin-1 with `\u` escapes.
    Escaped,
    /// `STRING`: a quoted Python literal.
    Quoted,
    /// A number in decimal digits.
    Digits,
    Double,
    /// A little-endian integer in two's complement.
    Integer,
}

/// Where the bytes of a leaf are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Leaf {
    form: Form,
    /// Offset of the first of its bytes.
    pub(super) start: u64,
    /// How many there are; of a line, at most [`LONGEST_LINE`] are counted.
    pub(super) length: u64,
}

impl Leaf {
    /// A text or bytes of no length; of a line, the quotes may be there.
    pub(super) fn is_empty(self) -> bool {
        self.length <= if self.form == Form::Quoted { 2 } else { 0 }
    }
}

/// The leaf that the opcode at `at` pushed.
pub(super) fn leaf(source: &Source<'_>, at: u64) -> Result<Option<Leaf>, Fault> {
    let head = source.read(at, 9)?;
    let Some((&opcode, rest)) = head.split_first() else { return Ok(None) };
    let (form, width) = match opcode {
        b'V' => (Form::Escaped, None),
        b'S' => (Form::Quoted, None),
        b'P' => (Form::Raw, None),
        b'I' | b'L' | b'F' => (Form::Digits, None),
        b'G' => return Ok(Some(Leaf { form: Form::Double, start: at.saturating_add(1), length: 8 })),
        0x8a => (Form::Integer, Some(1_usize)),
        0x8b => (Form::Integer, Some(4)),
        b'U' | b'C' | 0x8c => (Form::Raw, Some(1)),
        b'T' | b'B' | b'X' => (Form::Raw, Some(4)),
        0x8d | 0x8e | 0x96 => (Form::Raw, Some(8)),
        _ => return Ok(None),
    };
    let Some(width) = width else {
        let start = at.saturating_add(1);
        let line = source.read(start, LONGEST_LINE)?;
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        return Ok(Some(Leaf { form, start, length: end as u64 }));
    };
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(rest.iter().take(width)) {
        *to = *from;
    }
    let start = at.saturating_add(1).saturating_add(width as u64);
    Ok(Some(Leaf { form, start, length: u64::from_le_bytes(bytes) }))
}

/// A text as Python would have it, up to `limit` bytes of it, and whether it is longer. `None` for what is not text.
pub(super) fn text(source: &Source<'_>, value: Value, limit: usize) -> Result<Option<(String, bool)>, Fault> {
    let View::Text(at) = value.view() else { return Ok(None) };
    let Some(leaf) = leaf(source, at)? else { return Ok(None) };
    let length = usize::try_from(leaf.length).unwrap_or(usize::MAX);
    let bytes = source.read(leaf.start, length.min(limit))?;
    let cut = length > limit || (leaf.form != Form::Raw && length == LONGEST_LINE);
    let text = match leaf.form {
        Form::Escaped => unescape_unicode(&bytes),
        Form::Quoted => unescape_string(&bytes),
        _ if cut => {
            let whole = bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
                text.push_str(chunk.valid());
                text
            });
            return Ok(Some((whole, true)));
        }
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    };
    Ok(Some((text, cut)))
}

/// A number as Python writes it.
pub(super) fn number(source: &Source<'_>, at: u64) -> Result<Option<String>, Fault> {
    let Some(leaf) = leaf(source, at)? else { return Ok(None) };
    Ok(Some(match leaf.form {
        Form::Double => {
            let bytes = source.read(leaf.start, 8)?;
            bytes.first_chunk().map_or_else(String::new, |bytes| format!("{:?}", f64::from_be_bytes(*bytes)))
        }
        Form::Integer => match usize::try_from(leaf.length) {
            Ok(length @ 1..=16) => {
                let bytes = source.read(leaf.start, length)?;
                let negative = bytes.last().is_some_and(|last| *last >= 0x80);
                let mut wide = [if negative { 0xff } else { 0 }; 16];
                for (to, from) in wide.iter_mut().zip(bytes.iter()) {
                    *to = *from;
                }
                i128::from_le_bytes(wide).to_string()
            }
            Ok(0) => "0".to_owned(),
            _ => format!("<integer of {} bytes>", leaf.length),
        },
        _ => {
            let line = source.read(leaf.start, usize::try_from(leaf.length).unwrap_or(0).min(64))?;
            String::from_utf8_lossy(&line).trim_end_matches('L').to_owned()
        }
    }))
}

/// `raw-unicode-escape`: Latin-1, where `\uXXXX` and `\UXXXXXXXX` stand for characters.
pub(super) fn unescape_unicode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(char::from(byte));
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else {
            out.push('\\');
            break;
        };
        rest = after;
        let digits = match kind {
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        match rest
            .split_at_checked(digits)
            .filter(|_| digits > 0)
            .and_then(|(hex, after)| Some((hexadecimal(hex)?, after)))
        {
            Some((code, after)) => {
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                rest = after;
            }
            None => {
                out.push('\\');
                out.push(char::from(kind));
            }
        }
    }
    out
}

/// A quoted Python 2 string literal; bytes become the characters of the same number.
fn unescape_string(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii();
    let inner = match bytes {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] | [b'\'' | b'"', inner @ ..] => inner,
        _ => bytes,
    };
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(char::from(byte));
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else { break };
        rest = after;
        match kind {
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'a' => out.push('\x07'),
            b'b' => out.push('\x08'),
            b'f' => out.push('\x0c'),
            b'v' => out.push('\x0b'),
            b'\\' | b'\'' | b'"' => out.push(char::from(kind)),
            b'x' => {
                let hex = rest.split_at_checked(2).and_then(|(hex, after)| Some((hexadecimal(hex)?, after)));
                if let Some((code, after)) = hex {
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    rest = after;
                }
            }
            b'0'..=b'7' => {
                let mut code = u32::from(kind & 7);
                for _ in 0..2 {
                    let Some((&digit @ b'0'..=b'7', after)) = rest.split_first() else { break };
                    code = code.wrapping_mul(8).wrapping_add(u32::from(digit & 7));
                    rest = after;
                }
                out.push(char::from_u32(code & 0xff).unwrap_or('\u{fffd}'));
            }
            other => {
                let _ = write!(out, "\\{}", char::from(other));
            }
        }
    }
    out
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |code, digit| {
        Some(code.wrapping_mul(16).wrapping_add(char::from(*digit).to_digit(16)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Source<'_>, Input) {
        let input = Input::bytes(bytes.to_vec());
        let leaked: &'static Input = Box::leak(Box::new(input.clone()));
        (Source { window: bytes, base: 0, input: leaked }, input)
    }

    fn text_of(bytes: &[u8]) -> String {
        text(&read(bytes).0, Value::text(0), 100).unwrap().unwrap().0
    }

    #[test]
    fn reads_text_the_way_python_does() {
        assert_eq!(text_of(b"V\\u006fs \\\\u0041 \xe9\n"), "os \\\\u0041 é");
        assert_eq!(text_of(b"S'a\\x62\\143\\n\\'d'\n"), "abc\n'd");
        assert_eq!(text_of(b"X\x03\x00\x00\x00abcdef"), "abc");
        assert_eq!(text_of(b"\x8c\x02hi"), "hi");
        assert_eq!(text_of(b"\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi"), "hi");
        assert_eq!(
            text(&read(b"\x8c\x05h\xc3\xa9llo").0, Value::text(0), 2).unwrap(),
            Some(("h".to_owned(), true))
        );
    }

    #[test]
    fn writes_numbers_the_way_python_does() {
        let number_of = |bytes: &[u8]| number(&read(bytes).0, 0).unwrap().unwrap();
        assert_eq!(number_of(b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"), "119547037146038801333356");
        assert_eq!(number_of(b"\x8a\x01\xff"), "-1");
        assert_eq!(number_of(b"G\x3f\xf8\0\0\0\0\0\0"), "1.5");
        assert_eq!(number_of(b"L123456789012345678901234567890L\n"), "123456789012345678901234567890");
    }

    #[test]
    fn reads_behind_the_window() {
        let input = Input::bytes(b"....\x8c\x02hi".to_vec());
        let source = Source { window: b"xx", base: 0, input: &input };
        assert_eq!(text(&source, Value::text(4), 9).unwrap(), Some(("hi".to_owned(), false)));
    }
}
