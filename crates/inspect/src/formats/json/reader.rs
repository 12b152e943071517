//! JSON to tokens, in one pass over a window: RFC 8259, and what Python's `json` takes beyond it (`NaN`, `Infinity`).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

use crate::input::Input;
use crate::limits::Fault;

/// Bytes read at once.
const WINDOW: usize = 256 << 10;
/// Bytes kept of one text.
const LONGEST: usize = 4 << 20;
/// How deeply values may be nested.
pub(crate) const DEEPEST: usize = 128;

/// A piece of a document. The text of keys, texts, numbers and words is [`Reader::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Object,
    Array,
    /// The end of an object or array.
    End,
    /// A key; `true` when the object has it already.
    Key(bool),
    Text,
    Number,
    /// `true`, `false`, `null`, `NaN`, `Infinity`.
    Word,
    /// The end of a value at the outside; `true` when something follows.
    Done(bool),
}

/// Why a document cannot be read further.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is not JSON.
    Syntax(&'static str),
    /// It ends too early.
    Ends,
    /// It is nested too deeply.
    Deep,
    Fault(Fault),
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    Value,
    FirstItem,
    FirstKey,
    Key,
    /// Behind a value.
    More,
    /// Behind the outermost value.
    Nothing,
}

/// Reads a document from front to back.
#[derive(Debug)]
pub(crate) struct Reader {
    input: Input,
    window: Vec<u8>,
    base: u64,
    at: usize,
    expects: Expects,
    objects: Vec<bool>,
    /// Keys of the objects that are open, and room for those that were.
    keys: Vec<Keys>,
    /// The last text: in the window, or put together here.
    span: std::ops::Range<usize>,
    scratch: Vec<u8>,
    in_scratch: bool,
    /// The last text was longer than what is kept.
    pub(crate) cut: bool,
    /// A text so far was not UTF-8, or had control characters: where.
    pub(crate) bad_text: Option<u64>,
    /// Where the last token began.
    pub(crate) start: u64,
    remembered: u64,
    /// Keys are remembered by hashes that a file cannot foresee.
    seed: RandomState,
}

impl Reader {
    pub(crate) fn new(input: &Input) -> Self {
        Self {
            input: input.clone(),
            window: Vec::new(),
            base: 0,
            at: 0,
            expects: Expects::Value,
            objects: Vec::new(),
            keys: Vec::new(),
            span: 0..0,
            scratch: Vec::new(),
            in_scratch: false,
            cut: false,
            bad_text: None,
            start: 0,
            remembered: 0,
            seed: RandomState::new(),
        }
    }

    /// The text of the last key, text, number or word, without quotes and escapes.
    pub(crate) fn text(&self) -> &[u8] {
        if self.in_scratch { &self.scratch } else { self.window.get(self.span.clone()).unwrap_or_default() }
    }

    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(self.at as u64)
    }

    /// Bytes of memory that the keys of open objects take.
    pub(crate) fn memory(&self) -> u64 {
        self.remembered.saturating_mul(32)
    }

    /// Begins another document behind the one that is done.
    pub(crate) fn again(&mut self) {
        self.expects = Expects::Value;
    }

    /// Reads on; the window then begins at `keep`. `false` at the end.
    fn refill(&mut self, keep: usize) -> Result<bool, Broken> {
        let keep = keep.min(self.window.len());
        self.window.drain(..keep);
        self.base = self.base.saturating_add(keep as u64);
        self.at = self.at.saturating_sub(keep);
        let old = self.window.len();
        self.window.resize(old.saturating_add(WINDOW), 0);
        let from = self.base.saturating_add(old as u64);
        let count = match self.window.get_mut(old..) {
            Some(room) => self.input.fill(room, from)?,
            None => 0,
        };
        self.window.truncate(old.saturating_add(count));
        Ok(count > 0)
    }

    #[inline]
    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        if self.at >= self.window.len() && !self.refill(self.at)? {
            return Ok(None);
        }
        Ok(self.window.get(self.at).copied())
    }

    fn skip_space(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at = self.at.saturating_add(1),
                other => return Ok(other),
            }
        }
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token, Broken> {
        if self.position() == 0 && self.peek()?.is_some() && self.window.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        let mut first = self.skip_space()?;
        if self.expects == Expects::More {
            match first {
                Some(b',') => {
                    self.at = self.at.saturating_add(1);
                    let object = self.objects.last().copied().unwrap_or_default();
                    self.expects = if object { Expects::Key } else { Expects::Value };
                    first = self.skip_space()?;
                }
                Some(b'}' | b']') => {}
                Some(_) => return Err(Broken::Syntax("a comma is missing")),
                None => return Err(Broken::Ends),
            }
        }
        self.start = self.position();
        if self.expects == Expects::Nothing {
            return Ok(Token::Done(first.is_some()));
        }
        let Some(first) = first else { return Err(Broken::Ends) };
        match (self.expects, first) {
            (Expects::FirstKey | Expects::Key, b'"') => {
                self.string()?;
                self.colon_follows()?;
                self.expects = Expects::Value;
                let twice = self.is_known_key();
                Ok(Token::Key(twice))
            }
            (Expects::FirstKey | Expects::More, b'}') => self.close(true),
            (Expects::FirstItem | Expects::More, b']') => self.close(false),
            (Expects::FirstKey | Expects::Key, _) => Err(Broken::Syntax("a key is missing")),
            (_, b'{') => self.open(true),
            (_, b'[') => self.open(false),
            (_, b'"') => {
                self.string()?;
                self.behind_value();
                Ok(Token::Text)
            }
            (_, b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.word(first),
            _ => Err(Broken::Syntax("a value is missing")),
        }
    }

    fn behind_value(&mut self) {
        self.expects = if self.objects.is_empty() { Expects::Nothing } else { Expects::More };
    }

    fn open(&mut self, object: bool) -> Result<Token, Broken> {
        if self.objects.len() >= DEEPEST {
            return Err(Broken::Deep);
        }
        self.at = self.at.saturating_add(1);
        self.objects.push(object);
        if self.keys.len() < self.objects.len() {
            self.keys.push(Keys::default());
        }
        self.expects = if object { Expects::FirstKey } else { Expects::FirstItem };
        Ok(if object { Token::Object } else { Token::Array })
    }

    fn close(&mut self, object: bool) -> Result<Token, Broken> {
        if self.objects.last() != Some(&object) {
            return Err(Broken::Syntax("a bracket is closed by another"));
        }
        self.at = self.at.saturating_add(1);
        if let Some(keys) = self.keys.get_mut(self.objects.len().saturating_sub(1)) {
            self.remembered = self.remembered.saturating_sub(keys.clear());
        }
        self.objects.pop();
        self.behind_value();
        Ok(Token::End)
    }

    fn is_known_key(&mut self) -> bool {
        let hash = self.seed.hash_one(self.text());
        let Some(keys) = self.keys.get_mut(self.objects.len().saturating_sub(1)) else { return false };
        let twice = keys.insert(hash);
        self.remembered = self.remembered.saturating_add(u64::from(!twice));
        twice
    }

    fn colon_follows(&mut self) -> Result<(), Broken> {
        // The text must survive the search for the colon.
        let ahead = self.window.get(self.at).copied();
        if ahead != Some(b':') {
            if !self.in_scratch {
                self.scratch.clear();
                let text = self.window.get(self.span.clone()).unwrap_or_default();
                self.scratch.extend_from_slice(text);
                self.in_scratch = true;
            }
            match self.skip_space()? {
                Some(b':') => {}
                Some(_) => return Err(Broken::Syntax("a colon is missing")),
                None => return Err(Broken::Ends),
            }
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }

    /// A string, from its quote to behind the other.
    fn string(&mut self) -> Result<(), Broken> {
        self.cut = false;
        self.in_scratch = false;
        self.at = self.at.saturating_add(1);
        let begin = self.at;
        let rest = self.window.get(begin..).unwrap_or_default();
        let stop = rest.iter().position(|byte| *byte == b'"' || *byte == b'\\' || *byte < 0x20);
        if let Some(length) = stop
            && rest.get(length) == Some(&b'"')
        {
            let end = begin.saturating_add(length);
            if !rest.get(..length).is_some_and(|text| text.is_ascii() || std::str::from_utf8(text).is_ok()) {
                self.note_bad_text();
            }
            self.span = begin..end;
            self.at = end.saturating_add(1);
            return Ok(());
        }
        self.long_string()
    }

    /// A string with escapes, or one that the window does not hold.
    fn long_string(&mut self) -> Result<(), Broken> {
        self.scratch.clear();
        self.in_scratch = true;
        loop {
            let Some(byte) = self.peek()? else { return Err(Broken::Ends) };
            match byte {
                b'"' => {
                    self.at = self.at.saturating_add(1);
                    break;
                }
                b'\\' => {
                    self.at = self.at.saturating_add(1);
                    self.escape()?;
                }
                0..0x20 => {
                    self.note_bad_text();
                    self.keep_run(1);
                }
                _ => {
                    let rest = self.window.get(self.at..).unwrap_or_default();
                    let stop = rest.iter().position(|byte| *byte == b'"' || *byte == b'\\' || *byte < 0x20);
                    self.keep_run(stop.unwrap_or(rest.len()));
                }
            }
        }
        if std::str::from_utf8(&self.scratch).is_err() && !self.cut {
            self.note_bad_text();
        }
        Ok(())
    }

    fn note_bad_text(&mut self) {
        self.bad_text = self.bad_text.or(Some(self.start));
    }

    /// Keeps bytes of the window as they are.
    fn keep_run(&mut self, count: usize) {
        let end = self.at.saturating_add(count);
        let run = self.window.get(self.at..end).unwrap_or_default();
        let room = LONGEST.saturating_sub(self.scratch.len());
        self.cut |= run.len() > room;
        self.scratch.extend_from_slice(run.get(..room).unwrap_or(run));
        self.at = end;
    }

    fn keep(&mut self, c: char) {
        if self.scratch.len() < LONGEST {
            self.scratch.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.cut = true;
        }
    }

    fn escape(&mut self) -> Result<(), Broken> {
        let Some(byte) = self.peek()? else { return Err(Broken::Ends) };
        self.at = self.at.saturating_add(1);
        let c = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = self.unit()?;
                // Two halves of a character beyond the first plane.
                while (0xd800..0xdc00).contains(&unit) && self.another_unit()? {
                    let low = self.unit()?;
                    if let Some(Ok(c)) = char::decode_utf16([unit, low]).next() {
                        self.keep(c);
                        return Ok(());
                    }
                    self.keep(char::REPLACEMENT_CHARACTER);
                    unit = low;
                }
                char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(Broken::Syntax("an escape that JSON does not have")),
        };
        self.keep(c);
        Ok(())
    }

    /// Whether `\u` follows; it is then behind us.
    fn another_unit(&mut self) -> Result<bool, Broken> {
        if self.window.len() < self.at.saturating_add(2) {
            self.refill(self.at)?;
        }
        let follows = self.window.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"));
        if follows {
            self.at = self.at.saturating_add(2);
        }
        Ok(follows)
    }

    fn unit(&mut self) -> Result<u16, Broken> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = self.peek()?.map(char::from).and_then(|c| c.to_digit(16));
            let Some(digit) = digit else { return Err(Broken::Syntax("an escape without its four digits")) };
            self.at = self.at.saturating_add(1);
            unit = (unit << 4) | u16::try_from(digit).unwrap_or_default();
        }
        Ok(unit)
    }

    /// A number, or one of the words.
    fn word(&mut self, first: u8) -> Result<Token, Broken> {
        self.scratch.clear();
        self.in_scratch = true;
        self.cut = false;
        while let Some(byte) = self.peek()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')) {
                break;
            }
            if self.scratch.len() > 4300 {
                return Err(Broken::Syntax("a number without end"));
            }
            self.scratch.push(byte);
            self.at = self.at.saturating_add(1);
        }
        self.behind_value();
        match self.scratch.as_slice() {
            b"true" | b"false" | b"null" | b"NaN" | b"Infinity" | b"-Infinity" => Ok(Token::Word),
            text if !first.is_ascii_alphabetic() && is_number(text) => Ok(Token::Number),
            _ => Err(Broken::Syntax("a word that JSON does not have")),
        }
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leading_zero = whole > 1 && digits.first() == Some(&b'0');
    let rest = digits.get(whole..).unwrap_or_default();
    whole > 0
        && !leading_zero
        && rest.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// The keys of one object, by their hashes.
#[derive(Debug, Default)]
struct Keys {
    few: Vec<u64>,
    many: HashSet<u64, BuildHasherDefault<Identity>>,
}

impl Keys {
    /// Whether it was there already.
    fn insert(&mut self, hash: u64) -> bool {
        if self.few.len() < 16 {
            let twice = self.few.contains(&hash);
            if !twice {
                self.few.push(hash);
            }
            return twice;
        }
        self.few.contains(&hash) || !self.many.insert(hash)
    }

    /// Forgets all; says how many there were.
    fn clear(&mut self) -> u64 {
        let count = self.few.len().saturating_add(self.many.len()) as u64;
        self.few.clear();
        if self.many.capacity() > 4096 {
            self.many = HashSet::default();
        } else {
            self.many.clear();
        }
        count
    }
}

/// Takes a hash for its own hash.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
