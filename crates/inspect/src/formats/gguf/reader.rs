//! Numbers and text of GGUF in the width of its version and its order of bytes.

use weighbridge_domain::facts::problem::Kind;

use crate::cursor::Cursor;
use crate::formats::layout::Notes;
use crate::input::Input;
use crate::limits::Fault;
use crate::walk::Visit;

/// Version and order of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    number: u32,
    big: bool,
}

impl Version {
    /// From the four bytes behind the magic; nothing when they are no version at all.
    pub(super) fn from(bytes: [u8; 4]) -> Option<Self> {
        let plausible = 1..=255;
        let (little, big) = (u32::from_le_bytes(bytes), u32::from_be_bytes(bytes));
        if plausible.contains(&little) {
            Some(Self { number: little, big: false })
        } else {
            plausible.contains(&big).then_some(Self { number: big, big: true })
        }
    }
}

/// Reads a GGUF file from front to back.
pub(super) struct Reader {
    pub(super) cursor: Cursor,
    version: Version,
}

impl Reader {
    /// A reader behind the magic and the version.
    pub(super) fn new(input: &Input) -> Result<Self, Fault> {
        let mut cursor = Cursor::at(input, 4);
        let version = Version::from(cursor.array()?)
            .ok_or_else(|| Fault::Unparsable("it has no GGUF version".to_owned()))?;
        if version.number > 3 {
            return Err(Fault::Unsupported(format!("GGUF version {} is not known", version.number)));
        }
        Ok(Self { cursor, version })
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = self.cursor.array::<N>()?;
        if self.version.big {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    /// A count, length or dimension: 32 bits wide in version 1.
    pub(super) fn length(&mut self) -> Result<u64, Fault> {
        if self.version.number == 1 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// Bytes of a count.
    pub(super) fn width(&self) -> u64 {
        if self.version.number == 1 { 4 } else { 8 }
    }

    /// The length of a text whose bytes follow, no more than there are.
    pub(super) fn text_length(&mut self, visit: &mut Visit<'_>, notes: &mut Notes) -> Result<u64, Fault> {
        let at = self.cursor.position();
        let length = self.length()?;
        if length > self.cursor.remaining() {
            let detail = format!("a text of {length} bytes in a file of {} bytes", visit.input.len());
            notes.problem(visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible length could be read".to_owned()));
        }
        Ok(length)
    }

    /// A text, which must not be longer than `limit`.
    pub(super) fn text(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        limit: usize,
    ) -> Result<Vec<u8>, Fault> {
        let at = self.cursor.position();
        let length = self.text_length(visit, notes)?;
        match usize::try_from(length) {
            Ok(length) if length <= limit => Ok(self.cursor.take(length)?.to_vec()),
            _ => {
                notes.problem(visit, at, Kind::TooLong, format!("a name of {length} bytes"));
                Err(Fault::Unsupported(format!("a name is longer than {limit} bytes")))
            }
        }
    }
}
