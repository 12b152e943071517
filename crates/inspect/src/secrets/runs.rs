//! Text inside text: runs of base64, and characters that are written as escapes.

use std::ops::Range;

/// Shorter runs hold no secret.
const SHORTEST: usize = 40;

const fn table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let character = byte as u8;
        table[byte] = character.is_ascii_alphanumeric() || character == b'+' || character == b'/';
        byte += 1;
    }
    table
}

static IS_BASE64: [bool; 256] = table();

fn is_base64(byte: u8) -> bool {
    IS_BASE64.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Runs of base64 that begin in a region. Looks at few bytes: a run covers the last byte of every stretch as long as the
/// shortest run, so that most stretches end at the first look.
pub(super) fn base64_runs(text: &[u8], region: Range<usize>) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut at = region.start;
    // A run that goes on from before was looked at there.
    if at > 0 && text.get(at - 1).copied().is_some_and(is_base64) {
        at += text.get(at..).unwrap_or_default().iter().take_while(|byte| is_base64(**byte)).count();
    }
    while at < region.end {
        let Some(stretch) = text.get(at..at + SHORTEST) else { break };
        if let Some(last) = stretch.iter().rposition(|byte| !is_base64(*byte)) {
            at += last + 1;
            continue;
        }
        let behind = text.get(at + SHORTEST..).unwrap_or_default();
        let end = at + SHORTEST + behind.iter().take_while(|byte| is_base64(**byte)).count();
        runs.push(at..end);
        at = end + 1;
    }
    runs
}

/// Bytes of base64; ends at the first byte that is none.
pub(super) fn decode_base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(sextet);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}

/// What a run decodes to, when it is text.
pub(super) fn decoded_text(run: &[u8]) -> Option<Vec<u8>> {
    /// Base64 that tells text from anything else.
    const HEAD: usize = 64;
    /// Base64 that is decoded.
    const MOST: usize = 8 << 10;
    let printable = |bytes: &[u8]| {
        let plain = bytes.iter().filter(|byte| matches!(byte, 0x20..=0x7e | b'\n' | b'\r' | b'\t')).count();
        plain == bytes.len()
    };
    if !printable(&decode_base64(run.get(..HEAD.min(run.len()))?)) {
        return None;
    }
    Some(decode_base64(run.get(..MOST.min(run.len()))?))
}

/// One escaped character, and the length of its escape: `\x41`, `\u0041`, `%41`.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let (digits, length) = match text {
        [b'\\', b'x', high, low, ..] => ([*high, *low], 4),
        [b'\\', b'u', b'0', b'0', high, low, ..] => ([*high, *low], 6),
        [b'%', high, low, ..] => ([*high, *low], 3),
        _ => return None,
    };
    let byte = u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
    byte.is_ascii_graphic().then_some((byte, length))
}

/// Characters in a row that are escaped for more than politeness.
const FEWEST: usize = 4;

/// Text that begins with escapes, without them, and how many bytes it took.
pub(super) fn unescaped(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty() && out.len() < 512) {
        match (escape(rest), rest.first()) {
            (Some((byte, length)), _) => {
                out.push(byte);
                at += length;
            }
            (None, Some(byte))
                if out.len() >= FEWEST && (byte.is_ascii_alphanumeric() || b"_-./+=:".contains(byte)) =>
            {
                out.push(*byte);
                at += 1;
            }
            _ => break,
        }
    }
    (out.len() >= 16).then_some((out, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_stand() {
        for before in 0..90 {
            let text = [" ".repeat(before).as_bytes(), &[b'Q'; 41], b" and then some words"].concat();
            let runs = base64_runs(&text, 0..text.len());
            assert_eq!(
                runs.iter().map(|run| (run.start, run.end)).collect::<Vec<_>>(),
                [(before, before + 41)]
            );
            assert!(base64_runs(&text, before + 1..text.len()).is_empty());
        }
        assert!(base64_runs(&[b'Q'; 39], 0..39).is_empty());
        assert!(base64_runs("ordinary words, and no run ".repeat(40).as_bytes(), 0..1000).is_empty());
    }

    #[test]
    fn escapes_are_taken_off_in_each_form() {
        for text in [
            r"\x68\x65\x6c\x6c\x6f_world_and_more",
            r"\u0068\u0065\u006c\u006c\u006f_world_and_more",
            "%68%65%6c%6c%6f_world_and_more",
        ] {
            assert_eq!(unescaped(text.as_bytes()).unwrap().0, b"hello_world_and_more");
        }
        assert!(unescaped(br"\u0068ello and more of it").is_none());
        assert_eq!(decode_base64(b"aGVsbG8="), b"hello");
        assert!(decoded_text(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ").is_none());
    }
}
