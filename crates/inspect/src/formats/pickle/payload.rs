//! Programs inside values: bytes and texts that are a pickle or compiled code, plain or behind base64, hexadecimal digits
//! or compression.

use std::io::Read;

use weighbridge_domain::facts::What;

use super::context::Context;
use super::leaf::unescape_unicode;
use super::marshal::{self, begins_code};
use super::recognise::is_program;
use crate::input::Input;
use crate::limits::Fault;
use crate::walk::Visit;

/// Values shorter than this hold no program worth the name.
pub(super) const SHORTEST: u64 = 16;
/// Bytes of one value that are decoded.
const MOST: u64 = 1 << 20;
/// KiB of memory for a dictionary.
const XZ_MEMORY: u32 = 64 << 10;
/// Encodings around each other.
const LAYERS: usize = 4;

/// A value that may be a program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Offset of the opcode that pushed it.
    pub(super) at: u64,
    /// Offset of its first byte.
    pub(super) start: u64,
    pub(super) length: u64,
    /// It is given to a loader of programs.
    pub(super) given: bool,
}

/// Bytes of a text that are looked through for secrets.
const LONGEST_TEXT: usize = 64 << 10;
/// Longer values of bytes are arrays, and no strings.
const LONGEST_BYTES: usize = 512;

/// Looks at a string for what it would give away, where it is in memory.
#[inline]
fn look_at_string(context: &mut Context<'_>, at: u64, head: &[u8], length: u64, longest: usize) {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length >= 16
        && (length <= longest || longest == LONGEST_TEXT)
        && let Some(text) = head.get(..length.min(longest))
    {
        context.string(at, text);
    }
}

/// Keeps a text that begins like a program.
#[inline]
pub(super) fn look_at_text(context: &mut Context<'_>, at: u64, start: u64, head: &[u8], length: u64) {
    look_at_string(context, at, head, length, LONGEST_TEXT);
    if length >= SHORTEST && may_be_program(head) {
        context.candidate(Candidate { at, start, length, given: false });
    }
}

/// Whether a text begins like a program.
#[inline]
pub(in crate::formats) fn may_be_program(head: &[u8]) -> bool {
    // Protocols 0 to 2 carry bytes as text of the characters with the same numbers.
    let binary = matches!(
        head,
        [0x80, 0..=5, ..] | [0xc2, 0x80, 0..=5, ..] | [0x78, 0xc2 | 0xc3, ..] | [0x1f, 0xc2, 0x8b, ..]
    );
    binary || compression(head).is_some() || begins_like_text(head)
}

/// Keeps bytes that begin like a program.
#[inline]
pub(super) fn look_at_bytes(context: &mut Context<'_>, at: u64, start: u64, head: &[u8], length: u64) {
    look_at_string(context, at, head, length, LONGEST_BYTES);
    let binary = matches!(head, [0x80, 0..=5, ..]) || compression(head).is_some() || begins_code(head);
    if length >= SHORTEST && (binary || begins_like_text(head)) {
        context.candidate(Candidate { at, start, length, given: false });
    }
}

/// The beginning of a protocol 0 program, or of one behind base64 or hexadecimal digits.
#[inline]
fn begins_like_text(head: &[u8]) -> bool {
    match head {
        // A name, or a mark and something behind it.
        [b'c', b'a'..=b'z' | b'A'..=b'Z' | b'_', ..]
        | [b'(', b'c' | b'S' | b'V' | b'I' | b'd' | b'l' | b't' | b'(', ..] => plain_text(head),
        // The same in base64, then `\x80`, code, gzip, zlib, bzip2 and xz.
        [b'Y', b'1' | b'2' | b'3', ..]
        | [b'K', b'E' | b'F' | b'G', ..]
        | [b'g', b'A', ..]
        | [b'Y' | b'4', b'w', b'A', b'A', ..]
        | [b'H', b'4', b's', ..]
        | [b'e', b'J' | b'A' | b'F' | b'N', ..]
        | [b'Q', b'l', b'p', ..]
        | [b'/', b'T', b'd', ..] => true,
        // All of these in hexadecimal digits.
        [first, second, third, fourth, ..] => {
            let lower = [first, second, third, fourth].map(u8::to_ascii_lowercase);
            matches!(
                &lower,
                [b'8', b'0', b'0', b'0'..=b'5']
                    | b"1f8b"
                    | b"6300"
                    | b"e300"
                    | [b'7', b'8', b'0' | b'9' | b'5' | b'd', _]
                    | b"425a"
                    | b"fd37"
                    | [b'6', b'3', b'5' | b'6' | b'7', _]
                    | [b'2', b'8', b'4' | b'5' | b'6', _]
            )
        }
        _ => false,
    }
}

/// A protocol 0 program has a line end after its first name or value.
fn plain_text(head: &[u8]) -> bool {
    let line = head.iter().take(128).take_while(|byte| **byte != b'\n');
    let length = line.clone().count();
    length < 128.min(head.len()) && line.skip(1).all(|byte| !byte.is_ascii_whitespace() || *byte == b' ')
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Packing {
    Zlib,
    Gzip,
    Bzip2,
    Xz,
}

impl Packing {
    const fn word(self) -> &'static str {
        match self {
            Self::Zlib => "zlib",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }
}

#[inline]
fn compression(head: &[u8]) -> Option<Packing> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some(Packing::Zlib),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some(Packing::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Xz),
        _ => None,
    }
}

/// Looks into the candidates, and hands on those that are programs.
pub(super) fn embed(context: &mut Context<'_>, visit: &mut Visit<'_>, input: &Input) -> Result<(), Fault> {
    for candidate in std::mem::take(&mut context.candidates) {
        let Candidate { at, start, length, given } = candidate;
        if !context.may_look_at(length.min(MOST)) {
            break;
        }
        let slice = input.slice(start, length);
        let is_wanted = |content: &[u8]| is_program(content) || begins_code(content);
        match unwrapped(slice.read(0, MOST)?, is_wanted, &mut |packed| unpacked(visit, packed))? {
            Some((_, code)) if begins_code(&code) && context.may_embed(at) => {
                visit.fact(at, What::Code { names: marshal::names(&code) });
            }
            Some((layers, content)) if !begins_code(&content) && context.may_embed(at) => {
                let content = if layers.is_empty() { slice } else { Input::bytes(content) };
                let name = if layers.is_empty() { "bytes".to_owned() } else { layers.join("+") };
                visit.embed(&format!("{name}@{at}"), content)?;
            }
            None if given && context.may_embed(at) => visit.embed(&format!("bytes@{at}"), slice)?,
            _ => {}
        }
        visit.budget.tick()?;
    }
    Ok(())
}

/// The encodings that were taken off, and what is left.
pub(in crate::formats) type Unwrapped = (Vec<&'static str>, Vec<u8>);

/// Reads what comes out of a decoder.
pub(in crate::formats) type Reading<'a> = dyn FnMut(&mut dyn Read) -> Result<Vec<u8>, Fault> + 'a;

/// Takes encodings off until there is what is wanted; `None` when there is none.
pub(in crate::formats) fn unwrapped(
    mut content: Vec<u8>,
    is_wanted: impl Fn(&[u8]) -> bool,
    read: &mut Reading<'_>,
) -> Result<Option<Unwrapped>, Fault> {
    let mut layers = Vec::new();
    loop {
        if is_wanted(&content) {
            return Ok(Some((layers, content)));
        }
        if layers.len() == LAYERS {
            return Ok(None);
        }
        let inner = match compression(&content) {
            Some(packing) => Some((packing.word(), unpack(packing, &content, read)?)),
            None => decode(&content),
        };
        // What came out before an error counts: a loader may not ask for more.
        let Some((layer, inner)) = inner.filter(|(_, inner)| !inner.is_empty()) else { return Ok(None) };
        layers.push(layer);
        content = inner;
    }
}

/// What comes out of a decoder at most, within what may be expanded.
pub(in crate::formats) fn unpacked(visit: &mut Visit<'_>, packed: &mut dyn Read) -> Result<Vec<u8>, Fault> {
    let (content, _) = visit.expand(packed.take(MOST))?;
    Ok(content.read(0, MOST)?)
}

fn unpack(packing: Packing, bytes: &[u8], read: &mut Reading<'_>) -> Result<Vec<u8>, Fault> {
    match packing {
        Packing::Zlib => read(&mut flate2::read::ZlibDecoder::new(bytes)),
        Packing::Gzip => read(&mut flate2::read::GzDecoder::new(bytes)),
        Packing::Bzip2 => read(&mut bzip2::read::BzDecoder::new(bytes)),
        Packing::Xz => read(&mut lzma_rust2::XzReader::new_mem_limit(bytes, true, XZ_MEMORY)),
    }
}

fn decode(text: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    if text.len() < 16 {
        return None;
    }
    if let Some(bytes) = hexadecimal(text.trim_ascii()) {
        return Some(("hex", bytes));
    }
    if let Some(bytes) = base64(text.trim_ascii()) {
        return Some(("base64", bytes));
    }
    latin1(text).map(|bytes| ("latin1", bytes))
}

/// Bytes that were written as text of the characters with the same numbers.
fn latin1(text: &[u8]) -> Option<Vec<u8>> {
    let escaped = text.windows(4).any(|part| part == b"\\u00");
    let characters =
        if escaped { unescape_unicode(text) } else { std::str::from_utf8(text).ok()?.to_owned() };
    if !escaped && characters.is_ascii() {
        return None;
    }
    characters.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some((digit(high)? << 4) | digit(low)?)).collect()
}

/// Base64 of either alphabet, with or without line ends and padding.
pub(in crate::formats) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let sextet = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(sextet);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            out.push(bits.wrapping_shr(held).to_le_bytes()[0]);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &[u8] = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00echo\x85R.";

    fn layers(bytes: &[u8]) -> Option<Vec<&'static str>> {
        let mut read = |packed: &mut dyn Read| {
            let mut out = Vec::new();
            packed.take(MOST).read_to_end(&mut out)?;
            Ok(out)
        };
        unwrapped(bytes.to_vec(), is_program, &mut read).unwrap().map(|(layers, content)| {
            assert_eq!(content, PROGRAM);
            layers
        })
    }

    #[test]
    fn takes_encodings_off() {
        assert_eq!(layers(PROGRAM), Some(vec![]));
        let hex: String = PROGRAM.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(layers(hex.as_bytes()), Some(vec!["hex"]));
        let mut packed = Vec::new();
        flate2::read::ZlibEncoder::new(PROGRAM, flate2::Compression::default())
            .read_to_end(&mut packed)
            .unwrap();
        assert_eq!(layers(&packed), Some(vec!["zlib"]));
        let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(layers(hex.as_bytes()), Some(vec!["hex", "zlib"]));
        assert_eq!(layers(b"gAJjcG9zaXgKc3lzdGVtClgEAAAAZWNob4VSLg=="), Some(vec!["base64"]));
        let text: String = packed.iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(layers(text.as_bytes()), Some(vec!["latin1", "zlib"]));
        let escaped = [&PROGRAM[..8], b"\\u000a", &PROGRAM[9..15], b"\\u000a", &PROGRAM[16..]].concat();
        assert_eq!(layers(&escaped), Some(vec!["latin1"]));
        assert_eq!(layers(b"the quick brown fox jumps over"), None);
        assert_eq!(layers(b"internationalization"), None);
    }

    #[test]
    fn looks_only_at_what_begins_like_a_program() {
        for text in ["gAJjcG9z", "cposix\nsystem\n", "(S'echo'\n", "8002637f", "eJxr"] {
            assert!(begins_like_text(text.as_bytes()), "{text}");
        }
        for text in ["configuration of the model", "(see below)", "hello", "model.layers.0"] {
            assert!(!begins_like_text(text.as_bytes()), "{text}");
        }
    }
}
