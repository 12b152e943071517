//! Values that only a name or a place calls secrets: where they end, and whether they are values at all. They may hold any
//! character that can be typed, so that what is code, a path or a stand-in has to be told from them.

use super::checks::{Candidate, Checked};
use super::filters::{contains, entropy, is_of_drawn_letters, is_of_words, is_word, mixes};
use super::runs::decoded_text;

/// Bytes of the longest value.
const LONGEST: usize = 200;

/// Bytes of the shortest value.
const SHORTEST: usize = 8;

/// Bytes between the beginning of a line and a name that are looked at.
const LINE: usize = 120;

/// Endings of names of what is no secret itself.
const OTHERS: [&[u8]; 12] = [
    b"sha", b"256", b"hash", b"digest", b"id", b"name", b"file", b"path", b"url", b"version", b"type",
    b"length",
];

/// A value between quotes, between tags or between backticks; what opens it stands in front of it.
pub(super) fn quoted(candidate: &Candidate<'_>) -> Option<Checked> {
    let start = candidate.value.start;
    let before = candidate.text.get(..start)?;
    let (open, before) = before.split_last()?;
    let close = if *open == b'>' { b'<' } else { *open };
    let escaped = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    let rest = candidate.text.get(start..candidate.text.len().min(start + LONGEST + 4))?;
    let mut slashes = 0;
    let end = rest.iter().position(|byte| {
        let ends =
            *byte == b'\n' || *byte == close && slashes <= escaped && (escaped > 0 || slashes % 2 == 0);
        slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
        ends
    })?;
    let value = rest.get(..end).filter(|_| rest.get(end) == Some(&close))?;
    let value =
        value.get(..value.len().checked_sub(if escaped > 0 { trailing_slashes(value) } else { 0 })?)?;
    let spaces = value.contains(&b' ');
    if !is_value(value) {
        return None;
    }
    let name = name(candidate);
    let usual = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/_.~!@^*=-".contains(byte));
    let share = share_drawn(value);
    let drawn = is_drawn(value) || is_of_drawn_letters(value);
    let real = drawn && (share || !is_weak(&name) && (usual || mixes(value)));
    let certain = share || usual && entropy(value) >= 3.5;
    let silent = spaces || !certain || !value.iter().any(u8::is_ascii_digit);
    real.then_some(Checked { range: start..start + value.len(), checksum: None, silent })
}

fn trailing_slashes(value: &[u8]) -> usize {
    value.iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// A value without quotes: to the end of its line, when a file of settings is made of such lines; and otherwise perhaps code.
pub(super) fn line(candidate: &Candidate<'_>) -> Option<Checked> {
    let text = candidate.text;
    let start = candidate.value.start;
    let before = text.get(candidate.whole.start.saturating_sub(LINE)..candidate.whole.start)?;
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    let prefix = before.iter().rev().take_while(|byte| is_of_name(byte)).count();
    let (before, prefix) = before.split_at_checked(before.len() - prefix)?;
    let own = text.get(candidate.whole.start..start)?;
    let adjacent = own.ends_with(b"=") && !own.iter().any(u8::is_ascii_whitespace);
    let colon = own.contains(&b':');
    let last = before.last().copied().unwrap_or(b'\n');
    if matches!(last, b'?' | b'&' | b'#' | b'$' | b'{' | b'(') && !colon {
        return None;
    }
    if prefix.starts_with(b"-") {
        return word(candidate);
    }
    let name: Vec<u8> = prefix.iter().chain(own).copied().filter(|byte| !b" \t=:".contains(byte)).collect();
    let name = trimmed_escape(&name);
    let capitals = name.iter().all(|byte| !byte.is_ascii_lowercase());
    let is_first = matches!(last, b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\');
    let setting = adjacent && (capitals || is_first);
    let rest = text.get(start..text.len().min(start + LONGEST + 4))?;
    let (length, ended) = line_length(rest, last == b';');
    let mut value = rest.get(..length)?;
    if value.starts_with(b"=") || is_other(name) || !is_value(value) || is_code(value) {
        return None;
    }
    // Text in base64 is looked into, and not taken for what its name says.
    if is_weak(own) && decoded_text(value).is_some() {
        return None;
    }
    let mut silent = !ended && !setting || !value.iter().any(u8::is_ascii_digit);
    if !setting {
        let closed = value.iter().rev().take_while(|byte| b",;)}]".contains(byte)).count();
        if closed > 0 || value.iter().any(|byte| b"()[]{}<>,;".contains(byte)) {
            silent = true;
            value = value.get(..length - closed)?;
        }
        silent |= value.len() < 12;
    }
    let share = share_drawn(value);
    let drawn = is_drawn(value) || is_of_drawn_letters(value);
    let real = drawn && (share || setting && mixes(value) && !is_weak(own));
    silent |= !share;
    (real && value.len() >= SHORTEST).then_some(Checked {
        range: start..start + value.len(),
        checksum: None,
        silent,
    })
}

/// A word of a command: an argument that is a secret, in quotes or not.
pub(super) fn word(candidate: &Candidate<'_>) -> Option<Checked> {
    let start = candidate.value.start;
    let rest = candidate.text.get(start..candidate.text.len().min(start + LONGEST + 4))?;
    let open = start.checked_sub(1).and_then(|at| candidate.text.get(at)).copied().unwrap_or(b' ');
    let length = if matches!(open, b'"' | b'\'') {
        rest.iter().position(|byte| *byte == open || *byte == b'\n')?
    } else {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`;|&)<>\\".contains(byte);
        rest.iter().position(ends).unwrap_or(rest.len())
    };
    let value = rest.get(..length)?;
    let drawn = is_drawn(value) || is_of_drawn_letters(value);
    let real = is_value(value) && !is_code(value) && drawn && share_drawn(value);
    let silent = !value.iter().any(u8::is_ascii_digit);
    real.then_some(Checked { range: start..start + length, checksum: None, silent })
}

/// How far a value goes that has no quotes, and whether its line ends there.
fn line_length(rest: &[u8], in_list: bool) -> (usize, bool) {
    for (at, byte) in rest.iter().enumerate() {
        let next = rest.get(at + 1).copied().unwrap_or(b'\n');
        match byte {
            b'\n' | b'\r' => return (at, true),
            b'\\' if matches!(next, b'n' | b'r' | b't' | b'"' | b'\n' | b'\r') => return (at, true),
            b'"' | b'\'' | b'`' if !next.is_ascii_alphanumeric() => return (at, true),
            b';' if in_list => return (at, true),
            b' ' | b'\t' => {
                let behind = rest.get(at..).unwrap_or_default();
                let line = behind.split(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'"')).next();
                let line = line.unwrap_or_default().trim_ascii();
                return (at, line.is_empty() || line.starts_with(b"#"));
            }
            _ => {}
        }
    }
    (rest.len(), true)
}

/// The name, without what stands between it and the value.
fn name(candidate: &Candidate<'_>) -> Vec<u8> {
    let whole = candidate.text.get(candidate.whole.start..candidate.value.start).unwrap_or_default();
    whole.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).copied().collect()
}

/// A name that other things have, too.
fn is_weak(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    [&b"token"[..], b"_token", b"pass", b"pwd", b"private", b"encryption"]
        .iter()
        .any(|weak| lower.starts_with(weak))
        && !lower.starts_with(b"passw")
        && !lower.starts_with(b"passphrase")
}

/// What an escape of a line's end left at the beginning.
fn trimmed_escape(name: &[u8]) -> &[u8] {
    match name {
        [b'n' | b'r' | b't', rest @ ..] if rest.first().is_some_and(u8::is_ascii_uppercase) => rest,
        _ => name,
    }
}

fn is_other(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    OTHERS.iter().any(|other| lower.ends_with(other))
}

/// Letters and digits, and no words.
pub(super) fn is_drawn(value: &[u8]) -> bool {
    let digit = value.iter().any(u8::is_ascii_digit);
    let letter = value.iter().any(u8::is_ascii_alphabetic);
    digit && letter && !is_of_words(value) && !is_word(value)
}

/// It can be typed, and does not stand for something else: no variable, no template, no path, no address, no pattern.
fn is_value(value: &[u8]) -> bool {
    const TEMPLATES: [&[u8]; 14] = [
        b"://", b"${", b"$(", b"{{", b"}}", b"#{", b"{%", b"%(", b"<%", b"A-Z", b"a-z", b"0-9", b"\\d", b"(?",
    ];
    let typed = value.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f);
    let (Some(first), Some(last)) = (value.first(), value.last()) else { return false };
    let between = matches!((first, last), (b'<', b'>') | (b'[', b']') | (b'{', b'}') | (b'%', b'%'));
    let names = |rest: &[u8]| is_name(rest) && !share_drawn(rest);
    let variable = match value {
        [b'$' | b'@' | b'%' | b'&' | b'#', rest @ ..] => names(rest),
        _ => false,
    };
    let rest = value.get(1..).unwrap_or_default();
    let path = matches!(first, b'/' | b'.' | b'\\' | b'~') && rest.iter().any(|byte| b"/\\".contains(byte))
        || matches!(value, [_, b':', b'\\' | b'/', ..]);
    let digest = value.starts_with(b"sha")
        && value.iter().any(|byte| b":-".contains(byte))
        && !value.starts_with(b"sha-");
    let field = value.iter().position(|byte| *byte == b'{').is_some_and(|open| {
        let inner = value.get(open + 1..).unwrap_or_default();
        let close = inner.iter().position(|byte| *byte == b'}');
        close.and_then(|close| inner.get(..close)).is_some_and(|inner| inner.is_empty() || !is_drawn(inner))
    });
    let inserted =
        |three: &[u8]| matches!(three, [b'%', b's' | b'd', behind] if !behind.is_ascii_alphanumeric());
    let inserted = value.windows(3).any(inserted) || value.ends_with(b"%s") || value.ends_with(b"%d");
    let fits = (SHORTEST..=LONGEST).contains(&value.len());
    fits && typed
        && !between
        && !variable
        && !path
        && !digest
        && !field
        && !inserted
        && !TEMPLATES.iter().any(|part| contains(value, part))
}

fn is_name(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte))
        && value.first().is_some_and(|byte| !byte.is_ascii_digit())
}

/// A call or an index: a name, and brackets that are closed.
fn is_code(value: &[u8]) -> bool {
    let called = |open: u8, close: u8| {
        let at = value.iter().position(|byte| *byte == open)?;
        let name = value.get(..at).filter(|name| is_name(name) && !is_of_drawn(name))?;
        value.get(at..)?.contains(&close).then_some(name.len())
    };
    let dotted = is_name(value) && value.contains(&b'.') && !share_drawn(value);
    dotted || called(b'(', b')').is_some() || called(b'[', b']').is_some()
}

/// Of what stands between marks, a third or more was drawn and not written.
fn share_drawn(value: &[u8]) -> bool {
    let pieces = || value.split(|byte| !byte.is_ascii_alphanumeric());
    let drawn: usize = pieces().filter(|piece| is_of_drawn(piece)).map(<[u8]>::len).sum();
    let all: usize = pieces().map(<[u8]>::len).sum();
    drawn >= 3 && drawn * 3 >= all
}

/// Letters and digits in an order that no name has: of other sorts one after another, and few small letters in a row.
fn is_of_drawn(piece: &[u8]) -> bool {
    let sort = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let changes = piece.iter().zip(piece.iter().skip(1)).filter(|(a, b)| sort(a) != sort(b)).count();
    // Of long ones some are drawn that have a word in them by chance. The capital at its beginning belongs to it.
    let (shortest, capital) = if piece.len() >= 12 { (4, 0) } else { (3, 1) };
    let runs = piece.split(|byte| !byte.is_ascii_lowercase()).filter(|run| run.len() >= shortest);
    let words: usize = runs.map(|run| run.len() + capital).sum();
    piece.len() >= 3 && !is_of_words(piece) && changes * 4 >= piece.len() && words * 2 <= piece.len()
}

/// Where the value of a variable stands that a reader found: the name says that it is a secret.
pub(crate) fn is_secret_variable(name: &str) -> bool {
    let upper = name.to_uppercase();
    let parts: Vec<&str> = upper.split(['_', '-']).collect();
    let last = parts.last().copied().unwrap_or_default();
    let pair = parts
        .windows(2)
        .any(|pair| matches!(pair, ["ACCESS" | "API" | "PRIVATE" | "SECRET" | "ENCRYPTION", "KEY"]));
    let file = matches!(
        last,
        "FILE" | "PATH" | "DIR" | "NAME" | "ID" | "URL" | "LENGTH" | "LIMIT" | "TYPE" | "EXPIRE" | "TTL"
    );
    let word = parts.iter().any(|part| {
        matches!(
            *part,
            "APIKEY"
                | "CREDENTIALS"
                | "PASSPHRASE"
                | "PASSWD"
                | "PASSWORD"
                | "PGPASSWORD"
                | "PWD"
                | "SECRET"
                | "TOKEN"
        )
    });
    let short = matches!(last, "PASS") && parts.len() > 1;
    (word && upper != "PWD" && upper != "OLDPWD" || pair || short) && !file
}

/// The value of such a variable is a value and not a word that stands for one.
pub(crate) fn is_variable_value(value: &str) -> bool {
    const STAND_INS: [&str; 18] = [
        "admin",
        "change",
        "default",
        "demo",
        "disabled",
        "dummy",
        "example",
        "fake",
        "insert",
        "none",
        "null",
        "password",
        "placeholder",
        "postgres",
        "redacted",
        "secret",
        "test",
        "your",
    ];
    let lower = value.to_lowercase();
    let varied = value.chars().collect::<std::collections::BTreeSet<_>>().len() >= 5;
    let number = value.chars().all(|c| c.is_ascii_digit());
    let plain = !value.contains(['$', '{', '<', '%', ' ', '*']) && !value.starts_with(['/', '.']);
    let typed = is_value(value.as_bytes()) && is_drawn(value.as_bytes()) && share_drawn(value.as_bytes());
    value.chars().count() >= 8
        && varied
        && !number
        && (plain || typed)
        && !value.contains("://")
        && !STAND_INS.iter().any(|word| lower.contains(word))
}

/// What a range of bytes of a value is written as elsewhere, with its escapes taken off; nothing when there are none.
pub(super) fn unescaped(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, behind @ ..] = rest {
        let (bytes, taken) = match rest {
            [b'\\', b'u', digits @ ..] => match code(digits) {
                Some(character) => (character.to_string().into_bytes(), 6),
                None => (vec![b'u'], 2),
            },
            [b'\\', next, ..] => (vec![*next], 2),
            [b'&', ..] => match entity(behind) {
                Some((character, length)) => (vec![character], 1 + length),
                None => (vec![b'&'], 1),
            },
            _ => (vec![*first], 1),
        };
        out.extend(bytes);
        rest = rest.get(taken..).unwrap_or_default();
    }
    (out != value).then_some(out)
}

fn code(digits: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

fn entity(text: &[u8]) -> Option<(u8, usize)> {
    [
        (&b"amp;"[..], b'&'),
        (b"lt;", b'<'),
        (b"gt;", b'>'),
        (b"quot;", b'"'),
        (b"apos;", b'\''),
        (b"#39;", b'\''),
    ]
    .into_iter()
    .find(|(name, _)| text.starts_with(name))
    .map(|(name, character)| (character, name.len()))
}

/// Where such a value begins and ends is found by its check.
pub(super) fn finds_its_end(check: &str) -> bool {
    matches!(check, "quoted" | "line" | "word")
}
