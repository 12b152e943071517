//! Secrets for examples, drawn when they are needed: none opens anything, and none is written out anywhere.

use super::{File, one};
use crate::secrets::base62;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A template of `known/secrets.toml` written out; the same template always gives the same text.
pub fn written(template: &str) -> String {
    drawn_for("", template).0
}

/// The same for one of several places, so that no two hold the same secret; and what was drawn.
pub fn drawn_for(place: &str, template: &str) -> (String, Vec<String>) {
    let mut state = template.bytes().chain(place.bytes()).fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let (mut out, mut drawn) = (String::new(), Vec::new());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(name, after)| Some((piece(name, &out, &mut state)?, after))) {
            Some((text, after)) => {
                out.push_str(&text);
                drawn.push(text);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    (out, drawn)
}

/// What a placeholder stands for; nothing when it is none.
fn piece(name: &str, before: &str, state: &mut u64) -> Option<String> {
    if let Some((alphabet, length)) =
        name.split_once(':').and_then(|(name, length)| Some((alphabet(name)?, length.parse().ok()?)))
    {
        return Some(drawn(alphabet, length, state));
    }
    if let Some(length) = name.strip_prefix("p:").and_then(|length| length.parse().ok()) {
        return Some(password(length, state));
    }
    Some(match name {
        "crc" => {
            let body = before.get(before.len().checked_sub(30)?..)?;
            base62(crc32fast::hash(body.as_bytes())).map(char::from).iter().collect()
        }
        "uuid" => [8, 4, 4, 4, 12].map(|length| drawn("0123456789abcdef", length, state)).join("-"),
        "basic" => base64(format!("demo:{}", drawn(ALPHANUMERIC, 16, state)).as_bytes()),
        "jwt" => {
            let claims = format!(r#"{{"sub":"demo-{}","iat":1700000000}}"#, drawn(ALPHANUMERIC, 8, state));
            let parts = [r#"{"alg":"HS256","typ":"JWT"}"#, &claims]
                .map(|part| base64(part.as_bytes()).replace('=', ""));
            format!("{}.{}", parts.join("."), drawn(ALPHANUMERIC, 43, state))
        }
        _ => match name.split_once(':')? {
            ("pem", kind) => pem(kind, "\n", state),
            ("pemline", kind) => pem(kind, "\\n", state),
            _ => return None,
        },
    })
}

fn alphabet(name: &str) -> Option<&'static str> {
    Some(match name {
        "a" => ALPHANUMERIC,
        "b" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "d" => "0123456789",
        "h" => "0123456789abcdef",
        "H" => "0123456789ABCDEF",
        "l" => LETTERS,
        "u" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "U" => "ACDEFGHJKLMNPQRSTUVWXYZ234567",
        "w" => "abcdefghijklmnopqrstuvwxyz0123456789",
        _ => return None,
    })
}

fn drawn(alphabet: &str, length: usize, state: &mut u64) -> String {
    let alphabet = alphabet.as_bytes();
    (0..length)
        .map(|_| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            let index = usize::try_from((*state >> 20) % alphabet.len() as u64).unwrap_or_default();
            char::from(alphabet[index])
        })
        .collect()
}

/// As people are made to choose them: with marks that mean something elsewhere.
fn password(length: usize, state: &mut u64) -> String {
    let mut out = String::new();
    while out.len() < length {
        for (alphabet, length) in [("0123456789", 1), (LETTERS, 1), ("0123456789", 1), (LETTERS, 2)] {
            out.push_str(&drawn(alphabet, length, state));
        }
        out.push_str(&drawn("!#$%&*,;?@^|~+=[]()", 1, state));
    }
    out.truncate(length);
    out
}

fn pem(kind: &str, end: &str, state: &mut u64) -> String {
    let lines: Vec<_> = (0..6).map(|_| drawn(alphabet("b").unwrap_or_default(), 64, state)).collect();
    format!("-----BEGIN {kind}-----{end}{}{end}-----END {kind}-----{end}", lines.join(end))
}

/// Bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    let digits = alphabet("b").unwrap_or_default().as_bytes();
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            (0..3).fold(0_u32, |number, at| number << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(digits[(number >> (18 - 6 * at) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// A folder with one file, whose text is written out from a template.
pub fn file(path: &str, template: &str) -> Vec<File> {
    one(path, written(template))
}
