//! What is this? By content first; the name is a hint. Several answers are possible, and each is followed.

use std::cell::OnceCell;
use std::io;
use std::sync::LazyLock;

use crate::formats::{FORMATS, Format, Support};
use crate::input::Input;

/// Bytes looked at from each end.
const ENDS: u64 = 64 << 10;

/// Bytes looked at where the head shows nothing but remarks.
const MORE: u64 = 4 << 20;

/// White space that is passed over.
const SPACE: u64 = 64 << 20;

/// How sure a format is that the bytes are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recognition {
    /// They are not.
    No,
    /// They may be: by name, or by a look that other formats share. Counts only when no format is certain.
    Guess,
    /// A loader of the format would accept them.
    Certain,
}

impl Recognition {
    /// Certain when true.
    pub fn certain_if(yes: bool) -> Self {
        if yes { Self::Certain } else { Self::No }
    }

    /// A guess when true.
    pub fn guess_if(yes: bool) -> Self {
        if yes { Self::Guess } else { Self::No }
    }
}

/// The container that a part was taken from. Some parts are what they are only by their place in it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Id of the format that the container was read as.
    pub format: &'static str,
    /// The path in the container, as written.
    pub path: String,
}

/// What formats look at to recognise their files.
#[derive(Debug)]
pub struct Probe<'a> {
    /// All of it.
    pub input: &'a Input,
    /// The last part of its name, in lower case; a hint only.
    pub name: String,
    /// The container it is a part of.
    pub origin: Option<Origin>,
    /// The first 64 KiB.
    pub head: Vec<u8>,
    tail: OnceCell<Vec<u8>>,
    text: OnceCell<bool>,
    behind_space: OnceCell<Vec<u8>>,
    more: OnceCell<Vec<u8>>,
    zip: OnceCell<Recognition>,
}

impl<'a> Probe<'a> {
    /// Reads the head of an input.
    pub fn new(input: &'a Input, name: &str) -> io::Result<Self> {
        let name = last_part(name).to_lowercase();
        let head = input.read(0, ENDS)?;
        let (tail, text, behind_space, more, zip) = Default::default();
        Ok(Self { input, name, origin: None, head, tail, text, behind_space, more, zip })
    }

    /// The same, as a part of a container.
    #[must_use]
    pub fn within(self, origin: Option<Origin>) -> Self {
        Self { origin, ..self }
    }

    /// Its path in the container, when that was read as this format.
    pub fn path_in(&self, format: &str) -> Option<&str> {
        self.origin.as_ref().filter(|origin| origin.format == format).map(|origin| origin.path.as_str())
    }

    /// The head begins with these bytes.
    pub fn starts(&self, magic: &[u8]) -> bool {
        self.head.starts_with(magic)
    }

    /// These bytes stand at this offset of the head.
    pub fn has_at(&self, offset: usize, magic: &[u8]) -> bool {
        self.head.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    }

    /// The last 64 KiB and 22 bytes: enough for a zip's end record behind the longest comment.
    pub fn tail(&self) -> &[u8] {
        self.tail.get_or_init(|| {
            let start = self.input.len().saturating_sub(ENDS + 22);
            self.input.read(start, ENDS + 22).unwrap_or_default()
        })
    }

    /// The head is all there is.
    pub fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.input.len()
    }

    /// The head is UTF-8 text without control characters. What follows need not be.
    pub fn is_text(&self) -> bool {
        *self.text.get_or_init(|| {
            let (length, cut) = text_length(&self.head);
            length == self.head.len() || cut && !self.is_whole()
        })
    }

    /// It is text from beginning to end, and short enough for that to be seen.
    pub fn is_only_text(&self) -> bool {
        self.is_whole() && self.is_text()
    }

    /// It begins as messages of protocol buffers do, which have no magic. Their beginning may be text.
    pub fn may_be_message(&self) -> bool {
        let kind = self.head.first().map(|tag| tag & 7);
        matches!(kind, Some(0 | 1 | 2 | 5)) && !self.is_only_text()
    }

    /// 64 KiB from the first byte that is not white space, behind a byte order mark; less when the head holds it.
    pub fn body(&self) -> &[u8] {
        let body = self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head).trim_ascii_start();
        if !body.is_empty() || self.is_whole() {
            return body;
        }
        self.behind_space.get_or_init(|| {
            let mut at = self.head.len() as u64;
            while at < SPACE.min(self.input.len()) {
                let block = self.input.read(at, ENDS).unwrap_or_default();
                let space = block.len().saturating_sub(block.trim_ascii_start().len());
                at = at.saturating_add(space as u64);
                if space < block.len() {
                    return self.input.read(at, ENDS).unwrap_or_default();
                }
                if block.is_empty() {
                    break;
                }
            }
            Vec::new()
        })
    }

    /// The first byte that is not white space (behind a byte order mark).
    pub fn first_character(&self) -> Option<u8> {
        self.body().first().copied()
    }

    /// The first 4 MiB, for text whose head shows nothing but remarks.
    pub fn more(&self) -> &[u8] {
        if self.is_whole() {
            return &self.head;
        }
        self.more.get_or_init(|| self.input.read(0, MORE).unwrap_or_default())
    }

    /// How sure zip is, which many formats lie in: worked out once for all of them.
    pub(crate) fn zip(&self, recognise: impl FnOnce(&Self) -> Recognition) -> Recognition {
        *self.zip.get_or_init(|| recognise(self))
    }

    /// The name ends with one of these endings (given without the dot).
    pub fn ends_with(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| has_extension(&self.name, extension))
    }
}

/// The last part of a name.
pub(crate) fn last_part(name: &str) -> &str {
    name.rsplit(['/', '!']).next().unwrap_or(name)
}

/// The name is `something.extension`.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    // The dot first: it is seldom there.
    let dot = name.len().checked_sub(extension.len() + 1);
    dot.is_some_and(|dot| name.as_bytes().get(dot) == Some(&b'.')) && name.ends_with(extension)
}

/// The formats that these bytes are: all that are certain, or the first that guesses; without those that another refines.
pub fn recognise(probe: &Probe<'_>) -> Vec<&'static Format> {
    let mut certain: Vec<&'static Format> = Vec::new();
    let mut guess = None;
    for format in FORMATS {
        match (format.recognise)(probe) {
            Recognition::Certain => certain.push(format),
            Recognition::Guess => guess = guess.or(Some(*format)),
            Recognition::No => {}
        }
    }
    let refined: Vec<_> = certain.iter().flat_map(|format| format.refines).collect();
    certain.retain(|format| !refined.contains(&&format.id));
    if certain.is_empty() { guess.into_iter().collect() } else { certain }
}

/// When the ending of the name belongs to formats other than these: the ending, and the formats it belongs to. Text under
/// the name of another kind of text is no disagreement.
pub(crate) fn disagreement(
    probe: &Probe<'_>,
    found: &[&'static Format],
) -> Option<(String, Vec<&'static Format>)> {
    let extension = probe.name.rsplit_once('.')?.1;
    let claimed: Vec<_> = promised(&probe.name).collect();
    let related =
        |a: &Format, b: &Format| a.id == b.id || a.refines.contains(&b.id) || b.refines.contains(&a.id);
    let agrees = found.iter().any(|found| claimed.iter().any(|claimed| related(found, claimed)));
    let both_text = || probe.is_text() && claimed.iter().any(|format| is_text_format(format));
    let disagrees = !claimed.is_empty() && !found.is_empty() && !agrees && !both_text();
    disagrees.then(|| (extension.to_owned(), claimed))
}

/// The formats that the ending of a name in lower case belongs to.
fn promised(name: &str) -> impl Iterator<Item = &'static Format> {
    FORMATS
        .iter()
        .copied()
        .filter(move |format| format.extensions.iter().any(|ending| has_extension(name, ending)))
}

/// When a name promises something that text, or nothing at all, cannot be: what.
pub(crate) fn promised_beyond_text(name: &str) -> Option<&'static Format> {
    let promised: Vec<_> = promised(name).collect();
    if promised.iter().any(|format| format.support == Support::Inert || is_text_format(format)) {
        return None;
    }
    promised.iter().find(|format| format.carries_code).or(promised.first()).copied()
}

/// Files of this format are text: all of its samples are.
fn is_text_format(format: &Format) -> bool {
    static TEXT: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let is_text = |bytes: &[u8]| text_length(bytes).0 == bytes.len();
        let all = |format: &&&Format| (format.samples)().iter().all(|(_, bytes)| is_text(bytes));
        FORMATS.iter().filter(all).map(|format| format.id).collect()
    });
    TEXT.contains(&format.id)
}

/// How many bytes from the first on are UTF-8 text without the control characters of ASCII other than white space and
/// escape; and whether what follows is only a character that is cut.
pub(crate) fn text_length(bytes: &[u8]) -> (usize, bool) {
    /// Bytes in which a control character is looked for at once.
    const LANE: usize = 4096;
    let control = |byte: u8| byte < 0x20 && !matches!(byte, 0x09..=0x0d | 0x1b) || byte == 0x7f;
    let (valid, cut) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.len(), false),
        Err(error) => (error.valid_up_to(), error.error_len().is_none()),
    };
    let text = bytes.get(..valid).unwrap_or_default();
    let mut length = 0;
    for lane in text.chunks(LANE) {
        // Without an early end, so that it is done for many bytes at once.
        if lane.iter().fold(false, |found, byte| found | control(*byte)) {
            let plain = lane.iter().take_while(|byte| !control(**byte)).count();
            return (length + plain, false);
        }
        length += lane.len();
    }
    (length, cut)
}
