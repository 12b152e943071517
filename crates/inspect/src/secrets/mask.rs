//! Nothing that is told holds a secret: text loses them before it goes into a report, and a report before it is written.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::LazyLock;

use super::engine::{Scope, Seen, look};
use super::kinds::kinds;
use super::known::Known;

static NOTHING: LazyLock<Known> = LazyLock::new(Known::default);

/// Text without its secrets. Of one that was cut, what is left of it goes, too.
pub fn masked(text: &str) -> Cow<'_, str> {
    masked_with(text, &NOTHING)
}

/// Text without its secrets and without any piece of those that are known.
pub(crate) fn masked_with<'a>(text: &'a str, known: &Known) -> Cow<'a, str> {
    match without(text.as_bytes(), 0..text.len(), Scope::All, known) {
        Some((bytes, _)) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        None => Cow::Borrowed(text),
    }
}

/// The first bytes of a text, and whether there are more. A secret that they would cut is taken out before.
pub(crate) fn cut(text: &str, limit: usize) -> (String, bool) {
    /// Bytes behind the limit that show whether a secret ends there.
    const BEHIND: usize = 512;
    let first = |text: &str| text.get(..text.floor_char_boundary(limit)).unwrap_or_default().to_owned();
    if text.len() <= limit {
        return (text.to_owned(), false);
    }
    let around = text.get(..text.floor_char_boundary(limit.saturating_add(BEHIND))).unwrap_or_default();
    (first(&masked(around)), true)
}

/// The text from `from` on without its secrets, and how far it was taken: to `until`, or to the end of a secret there.
/// Nothing when there is none in it.
fn without(text: &[u8], region: Range<usize>, scope: Scope, known: &Known) -> Option<(Vec<u8>, usize)> {
    let Range { start: from, end: until } = region;
    let mut seen = Seen::default();
    look(text, from..until, scope, &mut seen);
    let mut ranges: Vec<_> = seen.secrets.iter().map(|hit| (hit.range.clone(), hit.masked(text))).collect();
    ranges.extend(known.ranges(text, from..until).into_iter().map(|range| (range, "…".to_owned())));
    let ellipses = memchr::memmem::find_iter(text, "…").filter(|at| *at >= from);
    ranges.extend(ellipses.chain([text.len()]).filter_map(|end| end_of_one(text.get(..end)?)));
    if ranges.is_empty() {
        return None;
    }
    ranges.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(text.len());
    let mut at = from;
    let mut last_end = None;
    for (range, shown) in ranges.iter().filter(|(range, _)| range.start < until) {
        if range.start >= at {
            out.extend_from_slice(text.get(at..range.start).unwrap_or_default());
            // What is known of a secret may reach further than what is told of it.
            if last_end != Some(range.start) || shown != "…" {
                out.extend_from_slice(shown.as_bytes());
            }
        }
        at = at.max(range.end);
        last_end = Some(at);
    }
    let end = at.max(until);
    out.extend_from_slice(text.get(at..end).unwrap_or_default());
    Some((out, end))
}

/// The beginning of a secret, where a text was cut in the middle of it: a known beginning, and then nothing but characters of
/// secrets to the end.
fn end_of_one(text: &[u8]) -> Option<(Range<usize>, String)> {
    /// What may be left of one that is cut and tells nothing.
    const HARMLESS: usize = 6;
    let end = text.len();
    let run = text.iter().rev().take(512).take_while(|byte| is_of_secrets(**byte)).count();
    let start = end - run;
    let tail = text.get(start..end).filter(|tail| tail.len() > HARMLESS)?;
    for kind in kinds().iter().filter(|kind| !kind.loose && !kind.inside && kind.shown > 2) {
        for anchor in &kind.anchors {
            let beginning = anchor.as_bytes();
            let at = memchr::memmem::find(tail, beginning);
            let Some(at) = at.filter(|at| {
                at.checked_sub(1).is_none_or(|at| !tail.get(at).is_some_and(u8::is_ascii_alphanumeric))
            }) else {
                continue;
            };
            let random = tail.get(at + beginning.len()..)?;
            let drawn = random.iter().any(u8::is_ascii_digit) || random.iter().any(u8::is_ascii_uppercase);
            if random.len() > HARMLESS && drawn && !super::filters::is_of_words(random) {
                return Some((start + at..end, format!("{anchor}…")));
            }
        }
    }
    None
}

fn is_of_secrets(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/=.".contains(&byte)
}

/// Bytes that are held back, so that no secret is written in two parts.
const HELD: usize = 8 << 10;

/// Bytes that are looked at together.
const BLOCK: usize = 64 << 10;

/// Writes what is written to it, without secrets. What is held back goes out with [`Masking::finish`].
#[derive(Debug)]
pub struct Masking<'k, W: Write> {
    out: W,
    known: &'k Known,
    held: Vec<u8>,
    /// Bytes of it that were written already and are kept for what stands behind them.
    written: usize,
}

/// Bytes kept in front of what is looked at.
const BEFORE: usize = 64;

impl<W: Write> Masking<'static, W> {
    /// In front of something that can be written to.
    pub fn new(out: W) -> Self {
        Masking::knowing(&NOTHING, out)
    }
}

impl<'k, W: Write> Masking<'k, W> {
    /// The same, where secrets are known.
    pub fn knowing(known: &'k Known, out: W) -> Self {
        Self { out, known, held: Vec::new(), written: 0 }
    }

    /// Writes what was held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.pass_on(self.held.len())?;
        self.out.flush()
    }

    fn pass_on(&mut self, until: usize) -> io::Result<()> {
        let end = match without(&self.held, self.written..until, Scope::Strict, self.known) {
            Some((text, end)) => {
                self.out.write_all(&text)?;
                end
            }
            None => {
                self.out.write_all(self.held.get(self.written..until).unwrap_or_default())?;
                until
            }
        };
        let keep = end.saturating_sub(BEFORE);
        self.held.drain(..keep);
        self.written = end - keep;
        Ok(())
    }
}

impl<W: Write> Write for Masking<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= BLOCK + HELD {
            self.pass_on(self.held.len() - HELD)?;
        }
        Ok(bytes.len())
    }

    /// What is held back stays: it may be the beginning of a secret.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::secret::written;

    #[test]
    fn text_loses_secrets_and_nothing_else() {
        let token = written("ghp_{a:30}{crc}");
        let text = masked(&format!("echo {token} > file")).into_owned();
        assert!(
            !text.contains(&token) && text.starts_with("echo ghp_…") && text.ends_with("(40) > file"),
            "{text}"
        );
        for text in
            ["echo weighbridge-demo", "hf_transfer is a package", "https://example.org/a?b=c", "disk-0123"]
        {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}");
        }
        let address = written("x = 'https://demo:{a:14}@git.demo.internal/a.git'");
        assert_eq!(masked(&address), "x = 'https://demo:…(14)@git.demo.internal/a.git'");
    }

    #[test]
    fn names_words_and_code_stay_readable() {
        for text in [
            "token=\"<|endoftext|>\"",
            "\"pad_token\": \"<|reserved_special_token_12|>\"",
            "\"eos_token\": \"</s>\", \"bos_token\": \"<|im_start_2|>\"",
            "\"tokenizer_class\": \"Qwen2Tokenizer3Fast\"",
            "\"unk_token\": {\"content\": \"<unk_0001>\", \"lstrip\": false}",
            "token: str = None",
            "token: Optional[str] = None, password: Union[str, bytes] = b\"\"",
            "use_auth_token=True, max_tokens=4096, max_new_tokens = 2 * n_ctx[0]",
            "token = tokens[i1:i2 + 3]",
            "token = tokens[i1:j2+3]",
            "token = self.vocab_2.id2token(ids[0])",
            "token=tok2id[vocab1],",
            "password = os.environ[\"DB_PASSWORD_2\"]",
            "password = getpass.getpass(prompt1)",
            "password=config.databases.db2.password,",
            "PASSWORD=${DB_PASSWORD_2}",
            "DB_PASSWORD=$DB_PASSWORD_2",
            "DB_PASSWORD: {{ vault_password_2 }}",
            "export API_TOKEN=$(cat /run/secrets/token2x)",
            "private_key = \"/etc/keys/demo2.pem\"",
            "private_key: ~/.ssh/id_ed25519",
            "model_token=Qwen2.5-Coder-7B-Instruct",
            "token: meta-llama/Llama-3.2-1B-Instruct-Q4_K_M.gguf",
            "password_regex = \"^[A-Za-z0-9]{8,20}$\"",
            "raise ValueError(\"token: expected 2 values of 16 bits, found 7x5\")",
            "the password is `your-password-2`",
            "secret_sha256: sha256:0f3c9d4be1",
            "mysql -u root -p \"$MYSQL_PWD_2\" demo",
            "curl -u \"$USER_1:$TOKEN_2\" https://demo.internal",
            "python train.py --token $HF_TOKEN_2 --api-key ${KEY_3}",
            "auth=(os.environ[\"USER_1\"], os.environ[\"PASSWORD_2\"])",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}: {}", masked(text));
        }
    }

    #[test]
    fn what_is_left_of_a_secret_at_a_cut_goes_too() {
        let token = written("hf_{l:34}");
        for length in [12, 20, 30] {
            let cut = format!("it is {}", &token[..length]);
            assert_eq!(masked(&cut), "it is hf_…", "{length}");
            assert_eq!(masked(&format!("{cut}…")), "it is hf_……", "{length}");
        }
    }

    #[test]
    fn a_writer_masks_the_same_however_it_is_fed() {
        let key = written("{pemline:RSA PRIVATE KEY}");
        let token = written("glpat-{a:20}");
        let text = format!(
            "{}{key}{}{token}{}",
            "word ".repeat(13_106),
            "word ".repeat(14_747),
            "word ".repeat(9_000)
        );
        let masked_whole = masked(&text).into_owned();
        for size in [1 << 10, 7777, 1 << 17, 1 << 20] {
            let mut out = Vec::new();
            let mut masking = Masking::new(&mut out);
            for piece in text.as_bytes().chunks(size) {
                masking.write_all(piece).unwrap();
            }
            masking.finish().unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains(&token), "{size}");
            assert!(!out.contains(&key[40..80]), "{size}");
            assert_eq!(out, masked_whole, "{size}");
        }
    }
}
