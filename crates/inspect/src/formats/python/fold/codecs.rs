//! Encodings that are undone.

use std::io::Read as _;

use super::text_of;
use crate::formats::python::value::{LONGEST, Value};

pub(super) fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Text(text) => Some(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

pub(super) fn decode_by(value: &Value, codec: &Value) -> Value {
    let decoded = match codec.as_text().unwrap_or("utf-8").replace('_', "").as_str() {
        "rot13" => value.as_text().map(|text| {
            let turn = |c: char| match c {
                'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c).wrapping_add(13)).unwrap_or(c),
                'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c).wrapping_sub(13)).unwrap_or(c),
                _ => c,
            };
            Value::text(&text.chars().map(turn).collect::<String>())
        }),
        "hex" | "hexcodec" => {
            bytes_of(value).and_then(|bytes| hexadecimal(&bytes)).map(|bytes| Value::bytes(&bytes))
        }
        "base64" | "base64codec" => {
            bytes_of(value).and_then(|bytes| base64(&bytes)).map(|bytes| Value::bytes(&bytes))
        }
        "zlib" | "zip" => match value {
            Value::Bytes(bytes) => {
                inflated(flate2::read::ZlibDecoder::new(&**bytes)).map(|bytes| Value::bytes(&bytes))
            }
            _ => None,
        },
        _ => bytes_of(value).map(|bytes| text_of(&bytes)),
    };
    decoded.unwrap_or(Value::Unknown)
}

/// At most [`LONGEST`] bytes of what a decoder gives.
pub(super) fn inflated(decoder: impl std::io::Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decoder.take(LONGEST as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits =
        text.iter().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::new();
    while let Some(high) = digits.next() {
        let (high, low) = (high?, digits.next()??);
        bytes.push(u8::try_from(high.wrapping_mul(16).wrapping_add(low)).ok()?);
    }
    Some(bytes)
}

/// The bytes of Base64.
pub(in crate::formats) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    bits(text, 6, digit)
}

pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        b'2'..=b'7' => Some(byte.wrapping_sub(b'2').wrapping_add(26)),
        _ => None,
    };
    bits(text, 5, digit)
}

/// Bytes of digits with so many bits each.
fn bits(text: &[u8], width: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut pending, mut count) = (0_u32, 0_u32);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=') {
        pending = (pending & 0xff) << width | u32::from(digit(*byte)?);
        count = count.saturating_add(width);
        if count >= 8 {
            count = count.saturating_sub(8);
            bytes.push(u8::try_from(pending >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}
