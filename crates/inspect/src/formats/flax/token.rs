//! The values of MessagePack, one at a time.

use crate::cursor::Cursor;
use crate::limits::Fault;

/// What stands at a place. Texts, bytes and extensions are not passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A map with so many pairs behind it.
    Map(u64),
    /// A list with so many values behind it.
    Array(u64),
    Text {
        at: u64,
        length: u64,
    },
    Bytes {
        at: u64,
        length: u64,
    },
    Extension {
        code: i8,
        at: u64,
        length: u64,
    },
    /// A whole number; nothing when it is below zero.
    Number(Option<u64>),
    /// Nothing, true, false, or a number that is not whole.
    Other,
}

/// A map with a text as its first key, or an array as an extension.
pub(super) fn begins(head: &[u8]) -> bool {
    let keys = match head {
        [0x81..=0x8f, rest @ ..] | [0xde, _, _, rest @ ..] | [0xdf, _, _, _, _, rest @ ..] => rest,
        [0xc7, _, 1, ..] | [0xc8, _, _, 1, ..] | [0xc9, _, _, _, _, 1, ..] | [0xd4..=0xd8, 1, ..] => {
            return true;
        }
        _ => return false,
    };
    matches!(keys.first(), Some(0xa0..=0xbf | 0xd9..=0xdb))
}

/// Reads what stands here.
pub(super) fn token(cursor: &mut Cursor) -> Result<Token, Fault> {
    let marker = cursor.u8()?;
    let short = |mask: u8| u64::from(marker & mask);
    Ok(match marker {
        0x00..=0x7f => Token::Number(Some(u64::from(marker))),
        0x80..=0x8f => Token::Map(short(0x0f)),
        0x90..=0x9f => Token::Array(short(0x0f)),
        0xa0..=0xbf => Token::Text { at: cursor.position(), length: short(0x1f) },
        0xc0 | 0xc2 | 0xc3 => Token::Other,
        0xc1 => return Err(Fault::Unparsable("byte 0xc1 begins no value".to_owned())),
        0xc4..=0xc6 => {
            let length = number(cursor, marker.wrapping_sub(0xc4))?;
            Token::Bytes { at: cursor.position(), length }
        }
        0xc7..=0xc9 => {
            let length = number(cursor, marker.wrapping_sub(0xc7))?;
            extension(cursor, length)?
        }
        0xca => {
            cursor.skip(4)?;
            Token::Other
        }
        0xcb => {
            cursor.skip(8)?;
            Token::Other
        }
        0xcc..=0xcf => Token::Number(Some(number(cursor, marker.wrapping_sub(0xcc))?)),
        0xd0 => Token::Number(u64::try_from(i8::from_be_bytes(cursor.array()?)).ok()),
        0xd1 => Token::Number(u64::try_from(i16::from_be_bytes(cursor.array()?)).ok()),
        0xd2 => Token::Number(u64::try_from(i32::from_be_bytes(cursor.array()?)).ok()),
        0xd3 => Token::Number(u64::try_from(i64::from_be_bytes(cursor.array()?)).ok()),
        0xd4..=0xd8 => extension(cursor, 1_u64.wrapping_shl(u32::from(marker & 0x0f).wrapping_sub(4)))?,
        0xd9..=0xdb => {
            let length = number(cursor, marker.wrapping_sub(0xd9))?;
            Token::Text { at: cursor.position(), length }
        }
        0xdc | 0xdd => Token::Array(number(cursor, marker.wrapping_sub(0xdb))?),
        0xde | 0xdf => Token::Map(number(cursor, marker.wrapping_sub(0xdd))?),
        0xe0..=0xff => Token::Number(None),
    })
}

/// A number of 1, 2, 4 or 8 bytes, big-endian.
fn number(cursor: &mut Cursor, width: u8) -> Result<u64, Fault> {
    Ok(match width {
        0 => cursor.u8()?.into(),
        1 => u16::from_be_bytes(cursor.array()?).into(),
        2 => u32::from_be_bytes(cursor.array()?).into(),
        _ => u64::from_be_bytes(cursor.array()?),
    })
}

fn extension(cursor: &mut Cursor, length: u64) -> Result<Token, Fault> {
    let code = i8::from_be_bytes(cursor.array()?);
    Ok(Token::Extension { code, at: cursor.position(), length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;

    #[test]
    fn every_marker_is_what_the_specification_says() {
        let read = |bytes: &[u8]| token(&mut Cursor::new(&Input::bytes(bytes.to_vec()))).unwrap();
        for (bytes, wanted) in [
            (&b"\x7f"[..], Token::Number(Some(127))),
            (b"\xe0", Token::Number(None)),
            (b"\xcd\x01\x02", Token::Number(Some(258))),
            (b"\xcf\0\0\0\x01\0\0\0\0", Token::Number(Some(1 << 32))),
            (b"\xd0\xff", Token::Number(None)),
            (b"\xd1\x01\x02", Token::Number(Some(258))),
            (b"\x82", Token::Map(2)),
            (b"\xde\x01\0", Token::Map(256)),
            (b"\xdf\0\x01\0\0", Token::Map(65536)),
            (b"\x93", Token::Array(3)),
            (b"\xdc\x01\0", Token::Array(256)),
            (b"\xdd\0\x01\0\0", Token::Array(65536)),
            (b"\xa3abc", Token::Text { at: 1, length: 3 }),
            (b"\xd9\x03abc", Token::Text { at: 2, length: 3 }),
            (b"\xda\0\x03abc", Token::Text { at: 3, length: 3 }),
            (b"\xdb\0\0\0\x03abc", Token::Text { at: 5, length: 3 }),
            (b"\xc4\x03abc", Token::Bytes { at: 2, length: 3 }),
            (b"\xc5\0\x03abc", Token::Bytes { at: 3, length: 3 }),
            (b"\xc6\0\0\0\x03abc", Token::Bytes { at: 5, length: 3 }),
            (b"\xd4\x05a", Token::Extension { code: 5, at: 2, length: 1 }),
            (b"\xd8\xff0123456789abcdef", Token::Extension { code: -1, at: 2, length: 16 }),
            (b"\xc7\x03\x01abc", Token::Extension { code: 1, at: 3, length: 3 }),
            (b"\xc8\0\x03\x01abc", Token::Extension { code: 1, at: 4, length: 3 }),
            (b"\xc9\0\0\0\x03\x01abc", Token::Extension { code: 1, at: 6, length: 3 }),
            (b"\xc0", Token::Other),
            (b"\xca\0\0\0\0", Token::Other),
            (b"\xcb\0\0\0\0\0\0\0\0", Token::Other),
        ] {
            assert_eq!(read(bytes), wanted, "{bytes:x?}");
        }
        assert!(token(&mut Cursor::new(&Input::bytes(vec![0xc1]))).is_err());
    }
}
