//! What is this? By content first; the name is a hint. Several answers are possible, and each is followed.

use std::cell::OnceCell;
use std::io;

use crate::formats::{FORMATS, Format};
use crate::input::Input;

/// Bytes looked at from each end.
const ENDS: u64 = 64 << 10;

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
}

impl<'a> Probe<'a> {
    /// Reads the head of an input.
    pub fn new(input: &'a Input, name: &str) -> io::Result<Self> {
        let name = last_part(name).to_lowercase();
        let head = input.read(0, ENDS)?;
        Ok(Self { input, name, origin: None, head, tail: OnceCell::new(), text: OnceCell::new() })
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

    /// The head is UTF-8 text without control characters other than white space.
    pub fn is_text(&self) -> bool {
        *self.text.get_or_init(|| {
            let head = match std::str::from_utf8(&self.head) {
                Ok(text) => text,
                // Cut in the middle of a character by the end of the head.
                Err(error) if error.error_len().is_none() && self.input.len() > ENDS => {
                    std::str::from_utf8(self.head.get(..error.valid_up_to()).unwrap_or_default())
                        .unwrap_or("\0")
                }
                Err(_) => return false,
            };
            !head.contains(|c: char| c.is_control() && !c.is_whitespace() && c != '\x1b')
        })
    }

    /// The first byte that is not white space (behind a byte order mark).
    pub fn first_character(&self) -> Option<u8> {
        let head = self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head);
        head.iter().copied().find(|byte| !byte.is_ascii_whitespace())
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
    name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'))
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
    let claimed: Vec<_> = FORMATS
        .iter()
        .copied()
        .filter(|format| format.extensions.iter().any(|ending| has_extension(&probe.name, ending)))
        .collect();
    let related =
        |a: &Format, b: &Format| a.id == b.id || a.refines.contains(&b.id) || b.refines.contains(&a.id);
    let agrees = found.iter().any(|found| claimed.iter().any(|claimed| related(found, claimed)));
    let both_text = || probe.is_text() && claimed.iter().any(|format| is_text_format(format));
    let disagrees = !claimed.is_empty() && !found.is_empty() && !agrees && !both_text();
    disagrees.then(|| (extension.to_owned(), claimed))
}

/// Files of this format are text: all of its samples are.
fn is_text_format(format: &Format) -> bool {
    (format.samples)()
        .iter()
        .all(|(_, bytes)| std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')))
}
