//! Secrets that were found, so that no piece of them is told again: not where a text was cut, not where it was put together
//! of parts, and not where nothing around it says what it is. It stays in memory, and is never shown.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::engine::{Hit, Scope, Seen, look};
use super::filters::is_of_words;
use super::named::unescaped;

/// Bytes of a piece that is recognised wherever it stands.
const PIECE: usize = 12;

/// Bytes of a secret that is recognised only as a whole word, at least.
const SHORTEST: usize = 6;

/// Bytes of one text that are remembered.
const LONGEST: usize = 8 << 10;

/// Pieces remembered of one file.
const OF_FILE: usize = 32 << 10;

/// Pieces remembered of everything.
const OF_ALL: usize = 1 << 20;

/// Bits of a hash of four bytes.
const BITS: u32 = 16;

/// What is not to be told again.
#[derive(Default)]
pub struct Known {
    pieces: HashSet<[u8; PIECE]>,
    /// Whole secrets that are shorter than a piece, by their first four bytes.
    words: HashMap<[u8; 4], Vec<Box<[u8]>>>,
    /// One bit for every hash that one of them begins with.
    may_begin: Box<[u64]>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Known(…)")
    }
}

fn hash(first: [u8; 4]) -> usize {
    (u32::from_le_bytes(first).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

impl Known {
    /// What is known of several files.
    pub(crate) fn of_all<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        parts.for_each(|known| all.join(known));
        all
    }

    /// Adds what is known elsewhere.
    pub(crate) fn join(&mut self, other: &Self) {
        let room = OF_ALL.saturating_sub(self.pieces.len());
        for piece in other.pieces.iter().take(room) {
            self.piece(*piece);
        }
        for word in other.words.values().flatten().take(room) {
            self.word(word);
        }
    }

    /// Looks for secrets in a text only so that they are known.
    pub(crate) fn remember(&mut self, text: &[u8]) {
        let mut seen = Seen::default();
        look(text, 0..text.len(), Scope::All, &mut seen);
        seen.secrets.iter().for_each(|hit| self.add(hit, text));
    }

    /// There is nothing to be recognised.
    pub(crate) fn is_empty(&self) -> bool {
        self.may_begin.is_empty()
    }

    /// Remembers a secret that stands in a text.
    pub(super) fn add(&mut self, hit: &Hit, text: &[u8]) {
        if self.pieces.len() >= OF_FILE || self.words.len() >= OF_FILE {
            return;
        }
        let value = hit.value(text);
        let begins = |anchor: &&String| {
            value.get(..anchor.len()).is_some_and(|start| start.eq_ignore_ascii_case(anchor.as_bytes()))
        };
        let fixed = hit.kind.anchors.iter().filter(begins).map(String::len).max().unwrap_or_default();
        let drawn = value.get(fixed.max(hit.kind.shown)..).unwrap_or_default();
        let drawn = drawn.get(..drawn.len().min(LONGEST)).unwrap_or_default();
        if matches!(hit.kind.check.as_str(), "pem" | "putty") {
            for form in &forms(drawn) {
                self.text(form);
            }
        } else {
            self.keep(drawn);
        }
        if hit.is_encoded() {
            let written = text.get(hit.range.clone()).unwrap_or_default();
            let written = written.get(..written.len().min(LONGEST)).unwrap_or_default();
            for form in forms(written) {
                self.whole(&form);
            }
        }
    }

    /// Remembers a value as it is and as it is written elsewhere.
    pub(crate) fn keep(&mut self, value: &[u8]) {
        let value = value.get(..value.len().min(LONGEST)).unwrap_or_default();
        for text in [Some(value.to_vec()), unescaped(value)].into_iter().flatten() {
            for form in forms(&text) {
                self.whole(&form);
                if (SHORTEST..PIECE).contains(&form.len()) {
                    self.word(&form);
                }
            }
        }
    }

    /// What stands between spaces and backslashes: a key has many lines.
    fn text(&mut self, drawn: &[u8]) {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        for line in drawn.split(ends) {
            if !is_of_words(line) {
                self.whole(line);
            }
        }
    }

    fn whole(&mut self, text: &[u8]) {
        for piece in text.array_windows::<PIECE>() {
            self.piece(*piece);
        }
    }

    fn piece(&mut self, piece: [u8; PIECE]) {
        let [a, b, c, d, ..] = piece;
        self.mark([a, b, c, d]);
        self.pieces.insert(piece);
    }

    fn word(&mut self, word: &[u8]) {
        let Some(first) = word.first_chunk::<4>() else { return };
        self.mark(*first);
        let words = self.words.entry(*first).or_default();
        if !words.iter().any(|known| **known == *word) {
            words.push(word.into());
        }
    }

    fn mark(&mut self, first: [u8; 4]) {
        if self.may_begin.is_empty() {
            self.may_begin = vec![0; 1 << (BITS - 6)].into();
        }
        let hash = hash(first);
        if let Some(bits) = self.may_begin.get_mut(hash / 64) {
            *bits |= 1 << (hash % 64);
        }
    }

    /// Where something known begins in `region`, each with all that is known behind it.
    pub(super) fn ranges(&self, text: &[u8], region: Range<usize>) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        if self.is_empty() {
            return ranges;
        }
        for at in region.start.. {
            let open = ranges.last().map_or(region.end, |last| last.end.max(region.end));
            let Some(rest) = text.get(at..).filter(|_| at < open) else { break };
            let Some(length) = self.length(text, at, rest) else { continue };
            let whole = characters(text, at..at + length);
            match ranges.last_mut() {
                Some(last) if whole.start <= last.end => last.end = last.end.max(whole.end),
                _ if at >= region.end => break,
                _ => ranges.push(whole),
            }
        }
        ranges
    }

    fn length(&self, text: &[u8], at: usize, rest: &[u8]) -> Option<usize> {
        let first = rest.first_chunk::<4>()?;
        let hash = hash(*first);
        if self.may_begin.get(hash / 64).copied().unwrap_or_default() >> (hash % 64) & 1 == 0 {
            return None;
        }
        if rest.first_chunk::<PIECE>().is_some_and(|piece| self.pieces.contains(piece)) {
            return Some(PIECE);
        }
        let goes_on =
            |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        let is_here = |word: &[u8]| rest.starts_with(word) && !goes_on(at.checked_add(word.len()));
        let words = self.words.get(first)?.iter().map(AsRef::as_ref);
        let longest = words.filter(|word| is_here(word)).map(<[u8]>::len).max()?;
        (!goes_on(at.checked_sub(1))).then_some(longest)
    }
}

/// A text as it is, and as JSON and pages write it.
fn forms(text: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![text.to_vec()];
    let escaped = |of: &[(u8, &str)]| {
        let mut out = Vec::with_capacity(text.len());
        for byte in text {
            match of.iter().find(|(character, _)| character == byte) {
                Some((_, written)) => out.extend_from_slice(written.as_bytes()),
                None => out.push(*byte),
            }
        }
        out
    };
    let page = [(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;")];
    for of in [
        &[(b'"', "\\\""), (b'\\', "\\\\")][..],
        &[&page[..], &[(b'\'', "&#39;")]].concat(),
        &[&page[..], &[(b'\'', "&apos;")]].concat(),
    ] {
        let form = escaped(of);
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// All of the characters of which these are bytes.
fn characters(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inside = |at: usize| text.get(at).is_some_and(|byte| (0x80..0xc0).contains(byte));
    let (mut start, mut end) = (range.start, range.end);
    while start > 0 && inside(start) {
        start -= 1;
    }
    while inside(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::secret::written;

    fn known(text: &str) -> Known {
        let mut known = Known::default();
        known.remember(text.as_bytes());
        assert!(!known.is_empty(), "{text}");
        known
    }

    #[test]
    fn pieces_are_recognised_and_what_is_shorter_only_as_a_word() {
        let token = written("hf_{l:34}");
        let known_token = known(&format!("token = {token}"));
        for (from, to) in [(3, 37), (3, 15), (10, 30), (25, 37)] {
            let text = format!("é {} é", &token[from..to]);
            let ranges = known_token.ranges(text.as_bytes(), 0..text.len());
            assert_eq!(ranges, std::slice::from_ref(&(3..3 + to - from)), "{text}");
        }
        for text in [&token[3..14], "hf_", "", "ordinary words of some length"] {
            assert!(known_token.ranges(text.as_bytes(), 0..text.len()).is_empty(), "{text}");
        }
        let password = written("{a:8}");
        let of_address = known(&format!("https://demo:{password}@git.demo.internal/x"));
        let ranges = of_address.ranges(format!("x={password}.").as_bytes(), 0..11);
        assert_eq!(ranges, std::slice::from_ref(&(2..10)));
        assert!(of_address.ranges(format!("x{password}").as_bytes(), 0..9).is_empty());
        assert_eq!(format!("{of_address:?}"), "Known(…)");
        assert!(Known::default().is_empty() && !of_address.is_empty());
    }

    #[test]
    fn words_of_a_key_are_not_part_of_it() {
        let key = known(&written(
            "PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\n{b:64}\nPrivate-Lines: 1\n{b:64}\n",
        ));
        for text in ["Private-Lines: 1", "PuTTY-User-Key-File-3", "Public-Lines:"] {
            assert!(key.ranges(text.as_bytes(), 0..text.len()).is_empty(), "{text}");
        }
        let key = known(&written("{pem:OPENSSH PRIVATE KEY}"));
        let text = "-----BEGIN OPENSSH PRIVATE KEY-----";
        assert!(key.ranges(text.as_bytes(), 0..text.len()).is_empty(), "{text}");
    }
}
