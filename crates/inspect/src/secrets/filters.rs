//! What only looks like a secret: placeholders, words, runs, and too little variety.

/// Texts that stand in placeholders. No random secret has one of them by chance.
const PLACEHOLDERS: &[&[u8]] = &[
    b"example",
    b"changeme",
    b"change_me",
    b"placeholder",
    b"dummy",
    b"redacted",
    b"secret_here",
    b"_here",
    b"insert",
    b"replace",
    b"sample",
    b"notreal",
    b"not_real",
    b"notasecret",
    b"foobar",
    b"1234567890",
    b"0123456789",
    b"abcdefghij",
    b"deadbeef",
    b"fakefake",
    b"testtest",
    b"weighbridge",
];

/// Short ones, which long random texts have by chance.
const SHORT_PLACEHOLDERS: &[&[u8]] = &[b"xxxx", b"your", b"****", b"...."];

/// Values that people write where they mean none.
const WORDS: &[&str] = &[
    "admin",
    "changeit",
    "changeme",
    "default",
    "guest",
    "hunter2",
    "mongo",
    "mypass",
    "mypassword",
    "mysql",
    "none",
    "null",
    "pass",
    "passwd",
    "password",
    "postgres",
    "pw",
    "pwd",
    "redis",
    "root",
    "secret",
    "test",
    "testing",
    "tiger",
    "token",
    "user",
    "username",
    "x-oauth-basic",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "letmein",
    "docker",
    "oauth2",
    "api_key",
    "apikey",
    "access_token",
    "pass123",
    "test123",
    "admin123",
    "mysecretpassword",
];

/// Stands where a secret would.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let random = value.len() >= 24 && entropy(value) >= 4.0 && mixes(value);
    PLACEHOLDERS.iter().any(|text| contains(&lower, text))
        || !random && SHORT_PLACEHOLDERS.iter().any(|text| contains(&lower, text))
        || has_run(&lower)
}

/// A word that stands where a password would.
pub(super) fn is_word(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    std::str::from_utf8(&lower)
        .is_ok_and(|value| WORDS.contains(&value.trim_matches(|c: char| !c.is_alphanumeric())))
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// Seven times the same, or eight in the order of the alphabet or of numbers.
fn has_run(text: &[u8]) -> bool {
    let (mut same, mut next) = (1, 1);
    for (a, b) in text.iter().zip(text.iter().skip(1)) {
        same = if a == b { same + 1 } else { 1 };
        next = if a.wrapping_add(1) == *b && b.is_ascii_alphanumeric() { next + 1 } else { 1 };
        if same >= 7 || next >= 8 {
            return true;
        }
    }
    false
}

/// Bits a character, as Shannon counts them.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let length = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX).max(1));
    let bits = counts.iter().filter(|count| **count > 0).map(|count| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    });
    bits.sum()
}

/// Every fourth character is of another sort than the one before it: nobody writes names so.
pub(super) fn mixes(value: &[u8]) -> bool {
    changes(value) * 4 >= value.len()
}

/// Characters that are of another sort than the one before.
fn changes(value: &[u8]) -> usize {
    let sort = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    value.iter().zip(value.iter().skip(1)).filter(|(a, b)| sort(a) != sort(b)).count()
}

/// Letters without a digit that are drawn rather than written: capitals stand together, and where no word begins.
pub(super) fn is_of_drawn_letters(value: &[u8]) -> bool {
    let capitals = value.array_windows::<2>().any(|two| two.iter().all(u8::is_ascii_uppercase));
    value.len() >= 12 && capitals && mixes(value) && !is_of_words(value)
}

/// Made of words and numbers, as names are: nobody draws such a secret.
pub(super) fn is_of_words(value: &[u8]) -> bool {
    let piece = |piece: &[u8]| {
        let digits = piece.iter().all(u8::is_ascii_digit);
        let (first, rest) = piece.split_first().map_or((b'a', piece), |(first, rest)| (*first, rest));
        let word = first.is_ascii_alphabetic() && rest.iter().all(u8::is_ascii_lowercase);
        let capitals = piece.iter().all(u8::is_ascii_uppercase);
        digits && piece.len() <= 8 || word || capitals
    };
    value.split(|byte| !byte.is_ascii_alphanumeric()).all(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_words_and_runs_are_told_from_what_is_drawn() {
        for text in ["your-key-here", "XXXXXXXX", "abcdefgh1", "00000000", "AKIAIOSFODNN7EXAMPLE", "sk-...."]
        {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        assert!(!is_placeholder(b"q7Zk2PvX9sLmT4wY"));
        assert!(
            is_of_words(b"my-secret-name-2") && is_of_words(b"Some.Class.NAME") && !is_of_words(b"q7Zk2PvX9")
        );
        assert!(is_word(b"Password") && !is_word(b"q7Zk2PvX9"));
        assert!(entropy(b"aaaa") < 0.1 && (entropy(b"abcd") - 2.0).abs() < 0.01);
    }
}
