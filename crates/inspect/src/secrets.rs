//! Secrets and addresses in text: in files of text, in what models say of themselves, in the strings of pickles. What is
//! found is told without giving it away; the values stay here.
//!
//! What is looked for is data: `known/secrets.toml` and `known/hosts.txt`.

pub(crate) mod address;
mod anchors;
mod checks;
mod engine;
mod filters;
mod key;
mod kinds;
mod known;
mod mask;
mod named;
mod runs;
mod wallet;

use std::collections::HashSet;

use weighbridge_domain::facts::secret::{AddressClass, AddressContext, AddressKind, Encoding};
use weighbridge_domain::facts::{Address, Secret, What};

pub(crate) use self::checks::base62;
pub use self::engine::Scope;
use self::engine::{Hit, Seen, look};
pub use self::key::Key;
pub use self::kinds::{Class, Kind, SecretFile, file, find, kinds};
pub use self::known::Known;
pub use self::mask::{Masking, masked};
pub(crate) use self::mask::{cut, masked_with};
pub(crate) use self::named::{is_secret_variable, is_variable_value};
use crate::input::Input;
use crate::limits::{Budget, Fault, Limits};

/// Secrets and addresses kept of one part, of each.
const MOST: usize = 200;

/// Bytes read at once.
const BLOCK: usize = 256 << 10;

/// Bytes behind an anchor that are in memory when it is looked at.
const AHEAD: usize = 8 << 10;

/// Bytes before an anchor that are in memory when it is looked at.
const BEFORE: usize = 1 << 10;

/// What a text is, for those who look into it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) scope: Scope,
    pub(crate) context: AddressContext,
    pub(crate) form: Form,
}

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// UTF-8, or another form in which ASCII is itself.
    Plain,
    /// UTF-16 with the low byte first.
    Utf16Little,
    /// UTF-16 with the high byte first.
    Utf16Big,
}

/// What was found in one part, in the order of the offsets.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    found: Vec<(u64, What)>,
    secrets: usize,
    addresses: HashSet<(AddressKind, AddressClass, String)>,
    known: Known,
}

impl Collected {
    /// What was found; the secrets themselves go to `known`.
    pub(crate) fn into_facts(mut self, known: &mut Known) -> Vec<(u64, What)> {
        known.join(&self.known);
        self.found.sort_by_key(|(at, _)| *at);
        self.found
    }

    /// Looks for secrets in a text that is no part of the input, only so that they are known.
    pub(crate) fn remember(&mut self, text: &[u8]) {
        self.known.remember(text);
    }

    /// A value that a reader calls a secret, whatever it looks like.
    pub(crate) fn keep(&mut self, value: &[u8]) {
        self.known.keep(value);
    }

    /// Looks through all of a text.
    pub(crate) fn read(&mut self, input: &Input, text: Text, budget: &Budget) -> Result<(), Fault> {
        let wide = text.form != Form::Plain;
        let mut block: Vec<u8> = Vec::new();
        let (mut base, mut done, mut at) = (0_u64, 0, if wide { 2_u64 } else { 0 });
        loop {
            budget.tick()?;
            let ended = self.fill(input, text.form, &mut block, &mut at)?;
            // What follows a zero is no text.
            let length = memchr::memchr(0, block.get(done..).unwrap_or_default()).map(|zero| done + zero);
            let last = ended || length.is_some();
            let whole = block.get(..length.unwrap_or(block.len())).unwrap_or_default();
            let until = if last { whole.len() } else { whole.len().saturating_sub(AHEAD).max(done) };
            let mut seen = Seen::default();
            look(whole, done..until, text.scope, &mut seen);
            let place = |offset: usize| {
                let offset = base.saturating_add(offset as u64);
                if wide { offset.saturating_mul(2).saturating_add(2) } else { offset }
            };
            self.take(whole, seen, text, place, budget.key());
            if last {
                return Ok(());
            }
            let keep = until.saturating_sub(BEFORE);
            block.drain(..keep);
            base = base.saturating_add(keep as u64);
            done = until - keep;
        }
    }

    /// Reads on. True at the end.
    #[expect(clippy::unused_self, reason = "it reads for this")]
    fn fill(&self, input: &Input, form: Form, block: &mut Vec<u8>, at: &mut u64) -> Result<bool, Fault> {
        let before = block.len();
        block.resize(before + BLOCK, 0);
        let room = block.get_mut(before..).unwrap_or_default();
        let count = input.fill(room, *at)?;
        *at = at.saturating_add(count as u64);
        block.truncate(before + count);
        if form != Form::Plain {
            // Secrets and addresses are ASCII; what is not becomes a mark, so that offsets stay true.
            let (pairs, _) = block.get(before..).unwrap_or_default().as_chunks::<2>();
            let narrow: Vec<u8> = pairs
                .iter()
                .map(|pair| match (form, pair) {
                    (Form::Utf16Little, [low, 0]) | (Form::Utf16Big, [0, low]) if low.is_ascii() => *low,
                    _ => 0x80,
                })
                .collect();
            block.truncate(before);
            block.extend(narrow);
        }
        Ok(count < BLOCK)
    }

    /// Looks through one string, whose own offset is known.
    pub(crate) fn string(&mut self, at: u64, bytes: &[u8], text: Text, key: Option<&Key>) {
        let mut seen = Seen::default();
        look(bytes, 0..bytes.len(), text.scope, &mut seen);
        self.take(bytes, seen, text, |_| at, key);
    }

    fn take(
        &mut self,
        bytes: &[u8],
        seen: Seen,
        text: Text,
        place: impl Fn(usize) -> u64,
        key: Option<&Key>,
    ) {
        for hit in seen.secrets {
            self.known.add(&hit, bytes);
            if self.secrets < MOST && !hit.silent {
                self.secrets += 1;
                let mut secret = described(&hit, bytes, key);
                if text.form != Form::Plain && secret.encoding == Encoding::Plain {
                    secret.encoding = Encoding::Utf16;
                }
                self.found.push((place(hit.range.start), What::Secret(secret)));
            }
        }
        for hit in seen.addresses {
            let context = match text.context {
                AddressContext::Code if is_remark(bytes, hit.at) => AddressContext::Prose,
                context => context,
            };
            let plain = hit.class == AddressClass::Ordinary && hit.kind != AddressKind::Wallet;
            if plain && context == AddressContext::Prose || self.addresses.len() >= MOST {
                continue;
            }
            if self.addresses.insert((hit.kind, hit.class, hit.value.clone())) {
                let address = Address { kind: hit.kind, class: hit.class, value: hit.value, context };
                self.found.push((place(hit.at), What::Address(address)));
            }
        }
    }
}

/// Secrets and addresses in a text, with their offsets, in the order of these.
pub fn facts(input: &Input, scope: Scope, limits: &Limits) -> Result<Vec<(u64, What)>, Fault> {
    let text = Text { scope, context: AddressContext::Code, form: Form::Plain };
    let mut collected = Collected::default();
    collected.read(input, text, &Budget::new(limits, None))?;
    Ok(collected.into_facts(&mut Known::default()))
}

/// Whether a string is worth looking through with care.
pub(crate) fn may_tell(text: &[u8]) -> bool {
    let mut seen = Seen::default();
    look(text, 0..text.len(), Scope::All, &mut seen);
    !seen.secrets.is_empty() || !seen.addresses.is_empty()
}

/// The line is a remark in one of the usual languages.
fn is_remark(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(400)..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_start();
    [&b"#"[..], b"//", b"* ", b"--", b">>>", b".. "].iter().any(|mark| line.starts_with(mark))
        && !line.starts_with(b"#!")
}

fn described(hit: &Hit, text: &[u8], key: Option<&Key>) -> Secret {
    let value = hit.value(text);
    Secret {
        kind: &hit.kind.id,
        masked: hit.masked(text),
        fingerprint: key.map(|key| key.fingerprint(value)),
        length: value.len() as u64,
        checksum: hit.checksum,
        encoding: hit.encoding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::secret::written;

    const ALL: Text = Text { scope: Scope::All, context: AddressContext::Code, form: Form::Plain };

    fn secrets(text: &str) -> Vec<Secret> {
        let mut collected = Collected::default();
        collected.string(0, text.as_bytes(), ALL, None);
        let secret = |(_, what)| if let What::Secret(secret) = what { Some(secret) } else { None };
        collected.into_facts(&mut Known::default()).into_iter().filter_map(secret).collect()
    }

    #[test]
    fn every_kind_is_found_in_its_examples_and_not_in_what_looks_similar() {
        let mut wrong = String::new();
        for kind in kinds() {
            for example in &kind.positive {
                let text = written(example);
                for text in [text.clone(), format!("word {text} word"), format!("\n{text}\n")] {
                    let found = secrets(&text);
                    if !found.iter().any(|secret| secret.kind == kind.id) {
                        wrong.push_str(&format!("{}: `{text}` is not found, but {found:?}\n", kind.id));
                    }
                    if found.iter().any(|secret| secret.checksum == Some(false)) {
                        wrong.push_str(&format!("{}: the checksum of `{text}` does not fit\n", kind.id));
                    }
                }
            }
            for example in &kind.negative {
                let text = written(example);
                let found = secrets(&text);
                if found.iter().any(|secret| secret.kind == kind.id) {
                    wrong.push_str(&format!("{}: `{text}` is found\n", kind.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn what_is_told_of_a_secret_is_not_the_secret() {
        for kind in kinds() {
            for example in &kind.positive {
                let text = written(example);
                for secret in secrets(&text) {
                    let told = serde_json::to_string(&secret).unwrap();
                    for piece in text.as_bytes().windows(12) {
                        let piece = String::from_utf8_lossy(piece);
                        let random =
                            piece.bytes().any(|byte| byte.is_ascii_digit()) && !piece.contains("sk-");
                        let known = kind.anchors.iter().any(|anchor| anchor.contains(piece.as_ref()));
                        assert!(!random || known || !told.contains(piece.as_ref()), "{}: {told}", kind.id);
                    }
                }
            }
        }
    }

    #[test]
    fn hardly_a_secret_is_shown_whatever_was_drawn() {
        const DRAWN: usize = 300;
        for (kind, example) in
            kinds().iter().flat_map(|kind| kind.positive.iter().map(move |one| (kind, one)))
        {
            let unknown = (0..DRAWN).filter(|number| {
                let (text, _) = crate::samples::secret::drawn_for(&number.to_string(), example);
                let mut known = Known::default();
                known.remember(text.as_bytes());
                known.is_empty()
            });
            assert!(unknown.count() * 100 <= DRAWN, "{}: `{example}`", kind.id);
        }
    }

    #[test]
    fn a_secret_behind_another_is_not_lost_in_it() {
        let key = written("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{b:64}\n");
        let tokens = [written("xoxb-{d:12}-{d:12}-{a:24}"), written("hf_{l:34}")];
        let text = format!("{key}{}\n{}\n", tokens[0], tokens[1]);
        for text in [text.clone(), serde_json::to_string(&text).unwrap()] {
            let found: Vec<_> = secrets(&text).iter().map(|secret| secret.kind).collect();
            assert_eq!(found, ["putty-key", "slack-token", "huggingface-token"], "{text}");
            let masked = masked(&text);
            assert!(
                masked.contains("xoxb-…") && masked.contains("hf_…") && !masked.contains(&tokens[0][6..18])
            );
        }
    }

    #[test]
    fn a_secret_is_found_once_wherever_the_blocks_end() {
        let token = written("hf_{l:34}");
        for before in [
            0,
            1,
            BLOCK - 20,
            BLOCK - AHEAD - 1,
            BLOCK - AHEAD,
            BLOCK - AHEAD + 1,
            BLOCK,
            2 * BLOCK - AHEAD - 5,
        ] {
            let text = format!("{}{token} and so on {}", "\n".repeat(before), "word ".repeat(60_000));
            let mut collected = Collected::default();
            let budget = Budget::new(&Limits::default(), None);
            collected.read(&Input::bytes(text.into_bytes()), ALL, &budget).unwrap();
            let found = collected.into_facts(&mut Known::default());
            assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [before as u64]);
        }
    }

    #[test]
    fn encodings_are_taken_off_once() {
        let token = written("hf_{l:34}");
        let base64 = crate::samples::secret::base64(format!("token={token}; and more words").as_bytes());
        let hex: String = token.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        let unicode: String = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        for (text, encoding) in [
            (format!("x = '{base64}'"), Encoding::Base64),
            (format!("x = '{hex}'"), Encoding::Escapes),
            (format!("x = '{unicode}'"), Encoding::Escapes),
            (format!("token%3D{token}%26x"), Encoding::Plain),
            (format!("\"token = \\\"{token}\\\"\\n\""), Encoding::Plain),
            (format!("\"\\n{token}\\n\""), Encoding::Plain),
        ] {
            let found = secrets(&text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!((found[0].kind, found[0].encoding), ("huggingface-token", encoding), "{text}");
        }
        let wide: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(format!("a {token}").encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let mut collected = Collected::default();
        let budget = Budget::new(&Limits::default(), None);
        collected.read(&Input::bytes(wide), Text { form: Form::Utf16Little, ..ALL }, &budget).unwrap();
        let found = collected.into_facts(&mut Known::default());
        assert!(
            matches!(&found[..], [(6, What::Secret(secret))] if secret.encoding == Encoding::Utf16),
            "{found:?}"
        );
    }

    #[test]
    fn a_cloud_secret_is_known_by_the_key_beside_it() {
        let (id, secret) = (written("AKIA{U:16}"), written("{b:40}"));
        let beside = format!("id: {id}\nother: {secret}\n");
        let mut kinds: Vec<_> = secrets(&beside).iter().map(|secret| secret.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["aws-access-key", "aws-secret-key"]);
        assert!(secrets(&format!("other: {secret}\n")).is_empty());
        assert_eq!(secrets(&format!("id: {id}{}other: {secret}\n", "\n".repeat(7))).len(), 1);
    }

    #[test]
    fn of_two_kinds_the_one_that_says_more_counts() {
        for (template, kind) in [
            ("api_key = \"sk-ant-api03-{u:93}AA\"", "anthropic-key"),
            ("https://demo:ghp_{a:30}{crc}@github.com/demo/demo", "github-token"),
            ("password = \"hf_{l:34}\"", "huggingface-token"),
        ] {
            let found = secrets(&written(template));
            assert_eq!(found.iter().map(|secret| secret.kind).collect::<Vec<_>>(), [kind], "{template}");
        }
    }

    #[test]
    fn fingerprints_need_a_key_and_join_the_same_secret() {
        let text = written("token = hf_{l:34}");
        let of = |key: Option<&Key>| {
            let mut collected = Collected::default();
            collected.string(0, text.as_bytes(), ALL, key);
            match collected.into_facts(&mut Known::default()).pop() {
                Some((_, What::Secret(secret))) => secret.fingerprint,
                other => panic!("{other:?}"),
            }
        };
        let key = Key::new(b"a key of at least sixteen bytes").unwrap();
        let other = Key::new(b"another key of that length").unwrap();
        assert_eq!(of(None), None);
        assert_eq!(of(Some(&key)), of(Some(&key)));
        assert_ne!(of(Some(&key)), of(Some(&other)));
        assert!(Key::new(b"short").is_none());
    }
}
