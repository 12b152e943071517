//! Checks of the structure of secrets, named in the table of kinds.

use std::ops::Range;

use super::filters::{contains, entropy, is_of_drawn_letters, is_of_words, is_placeholder, is_word};
use super::named::is_drawn;
use super::runs::decode_base64;

/// What a check found: the whole of the secret, and whether its checksum fits, when it has one.
pub(super) struct Checked {
    pub(super) range: Range<usize>,
    pub(super) checksum: Option<bool>,
    /// It may be one: it is not told, and not shown either.
    pub(super) silent: bool,
}

/// A place in the text where a kind's pattern fits.
pub(super) struct Candidate<'a> {
    pub(super) text: &'a [u8],
    /// All that the pattern took.
    pub(super) whole: Range<usize>,
    /// The secret.
    pub(super) value: Range<usize>,
    /// What the pattern's second group took: a host.
    pub(super) host: Option<Range<usize>>,
}

impl Candidate<'_> {
    fn value(&self) -> &[u8] {
        self.text.get(self.value.clone()).unwrap_or_default()
    }

    /// A value that only its name or its place calls a secret: told when there are digits in it.
    fn if_drawn(&self) -> Option<Checked> {
        let value = self.value();
        let silent = !value.iter().any(u8::is_ascii_digit);
        (is_drawn(value) || is_of_drawn_letters(value)).then(|| Checked { silent, ..self.as_it_is() })
    }

    fn as_it_is(&self) -> Checked {
        Checked { range: self.value.clone(), checksum: None, silent: false }
    }
}

/// There is a check of this name.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    name.is_empty() || CHECKS.iter().any(|(known, _)| *known == name)
}

type Check = fn(&Candidate<'_>) -> Option<Checked>;

const CHECKS: &[(&str, Check)] = &[
    ("base64-64", storage_key),
    ("basic-auth", basic_auth),
    ("capitals", |candidate| Some(candidate.as_it_is())),
    ("crc32-base62", crc32_base62),
    ("in-address", in_address),
    ("jwt", web_token),
    ("line", super::named::line),
    ("login", login),
    ("pem", pem),
    ("putty", putty),
    ("quoted", super::named::quoted),
    ("telegram", telegram),
    ("user-token", user_token),
    ("word", super::named::word),
];

/// Runs the check of this name; `None` when it is no secret.
pub(super) fn check(name: &str, candidate: &Candidate<'_>) -> Option<Checked> {
    match CHECKS.iter().find(|(known, _)| *known == name) {
        Some((_, check)) => check(candidate),
        None => Some(candidate.as_it_is()),
    }
}

/// The last six characters are the CRC-32 of the thirty before, in base 62.
fn crc32_base62(candidate: &Candidate<'_>) -> Option<Checked> {
    let random = candidate.value().rsplit(|byte| *byte == b'_').next()?;
    let (body, tail) = random.split_at_checked(random.len().checked_sub(6)?)?;
    Some(Checked {
        range: candidate.value.clone(),
        checksum: Some(base62(crc32fast::hash(body)) == tail),
        silent: false,
    })
}

/// A number in base 62, six characters of it.
pub(crate) fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for digit in out.iter_mut().rev() {
        *digit = DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    out
}

fn storage_key(candidate: &Candidate<'_>) -> Option<Checked> {
    (decode_base64(candidate.value()).len() == 64).then(|| candidate.as_it_is())
}

/// A name and a password in base64.
fn basic_auth(candidate: &Candidate<'_>) -> Option<Checked> {
    let decoded = decode_base64(candidate.value());
    let printable = decoded.iter().all(|byte| (0x20..0x7f).contains(byte));
    let colon = decoded.iter().position(|byte| *byte == b':').filter(|at| *at > 0)?;
    let password = decoded.get(colon + 1..)?;
    let real = password.len() >= 4 && !is_placeholder(password) && !is_word(password);
    (printable && real).then(|| candidate.as_it_is())
}

/// A header and claims, both JSON.
fn web_token(candidate: &Candidate<'_>) -> Option<Checked> {
    let mut parts = candidate.value().split(|byte| *byte == b'.').map(decode_base64);
    let header: serde_json::Value = serde_json::from_slice(&parts.next()?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&parts.next()?).ok()?;
    let sample = claims.get("sub").and_then(serde_json::Value::as_str) == Some("1234567890");
    (header.get("alg").is_some() && claims.is_object() && !sample).then(|| candidate.as_it_is())
}

/// A password in an address.
fn login(candidate: &Candidate<'_>) -> Option<Checked> {
    let password = candidate.value();
    let host = candidate.text.get(candidate.host.clone()?)?.to_ascii_lowercase();
    let before = candidate.text.get(candidate.whole.start..candidate.value.start.checked_sub(1)?)?;
    let user = before.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let local =
        [&b"localhost"[..], b"127.", b"0.0.0.0", b"[::1]", b"host"].iter().any(|name| host.starts_with(name));
    let invented = [&b"example"[..], b".test", b".invalid", b"domain", b"your", b"hostname", b"server.com"];
    let invented = invented.iter().any(|name| contains(&host, name));
    let plain = password.iter().all(u8::is_ascii_lowercase) && password.len() < 12;
    let plain = plain || password.iter().all(u8::is_ascii_digit) || password.eq_ignore_ascii_case(user);
    let real = !plain && !is_word(password) && !is_placeholder(password) && !is_of_words(password);
    (real && !local && !invented && entropy(password) >= 2.5).then(|| candidate.as_it_is())
}

/// A value in the query of an address, some of its characters perhaps as `%2B`.
fn in_address(candidate: &Candidate<'_>) -> Option<Checked> {
    let value = candidate.value();
    let whole = value
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    if whole && !contains(value, b"://") { candidate.if_drawn() } else { None }
}

/// A token that stands where a name would. The keys of one service that takes reports of errors are public.
fn user_token(candidate: &Candidate<'_>) -> Option<Checked> {
    let host = candidate.text.get(candidate.host.clone()?)?;
    let public = contains(host, b"sentry") || contains(host, b".ingest.");
    if public { None } else { candidate.if_drawn() }
}

/// Bytes of a key in lines of base64 that are looked at.
const LONGEST_KEY: usize = 6 << 10;

/// A key between its lines of dashes, written plainly or inside quotes.
fn pem(candidate: &Candidate<'_>) -> Option<Checked> {
    let start = candidate.value.start;
    let rest = candidate.text.get(candidate.value.end..)?;
    let mut body = Vec::with_capacity(256);
    let mut end = candidate.value.end;
    let mut escaped = false;
    let mut dots = 0;
    for (at, byte) in rest.iter().enumerate().take(LONGEST_KEY) {
        let was_escaped = std::mem::replace(&mut escaped, *byte == b'\\');
        match byte {
            b'n' | b'r' | b't' if was_escaped => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => body.push(*byte),
            b'-' if rest.get(at..).is_some_and(|rest| rest.starts_with(b"-----")) => {
                end = candidate.value.end + at;
                if let Some(line) = rest.get(at + 5..(at + 80).min(rest.len()))
                    && let Some(dashes) = memchr::memmem::find(line, b"-----")
                {
                    end += dashes + 10;
                }
                break;
            }
            b'.' => dots += 1,
            b'=' | b'"' | b'\'' | b',' | b'\\' | b'-' | b':' | b'(' | b')' | b'@' | b'#' | b'>' | b'|'
            | b'*' | b';' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => break,
        }
        end = candidate.value.end + at + 1;
    }
    let real = body.len() >= 60 && dots < 4 && entropy(&body) >= 4.0 && !is_placeholder(&body);
    real.then_some(Checked { range: start..end, checksum: None, silent: false })
}

fn putty(candidate: &Candidate<'_>) -> Option<Checked> {
    let rest = candidate.text.get(candidate.value.end..)?;
    let rest = rest.get(..rest.len().min(LONGEST_KEY))?;
    let at = memchr::memmem::find(rest, b"Private-Lines:")?;
    let lines = rest.get(at + b"Private-Lines:".len()..)?;
    let key = lines.iter().position(u8::is_ascii_alphabetic).and_then(|at| lines.get(at..))?;
    let key = key.strip_prefix(b"n").unwrap_or(key);
    if key.len() < 40
        || key.iter().take(40).any(|byte| !byte.is_ascii_alphanumeric() && !b"+/".contains(byte))
    {
        return None;
    }
    let count = lines.trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit());
    let count = count.fold(0_usize, |count, digit| count.saturating_mul(10) + usize::from(digit - b'0'));
    let mut left = count.clamp(1, 99);
    let mut escaped = false;
    let length = key.iter().take_while(|byte| {
        let ends = **byte == b'\n' || escaped && **byte == b'n';
        left -= usize::from(ends && left > 0);
        escaped = **byte == b'\\';
        left > 0 && (byte.is_ascii_alphanumeric() || b"+/=\\\r\n".contains(byte))
    });
    let end = candidate.value.end + (rest.len() - key.len()) + length.count();
    Some(Checked { range: candidate.value.start..end, checksum: None, silent: false })
}

/// The number of a bot stands before it.
fn telegram(candidate: &Candidate<'_>) -> Option<Checked> {
    let digits = candidate.value().iter().take_while(|byte| byte.is_ascii_digit()).count();
    (8..=10).contains(&digits).then(|| candidate.as_it_is())
}
