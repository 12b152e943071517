//! The constant pool of a class.

/// Why a pool could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// The bytes end before it does.
    Short,
    /// It has an entry of a kind that there is not.
    Odd,
}

/// An entry, with what of it is needed.
#[derive(Debug, Clone, Copy)]
enum Entry {
    /// Text: where it stands, and how long it is.
    Text {
        at: usize,
        length: usize,
    },
    Class {
        name: u16,
    },
    Method {
        at: usize,
        class: u16,
        name_and_type: u16,
    },
    NameAndType {
        name: u16,
        kind: u16,
    },
    Other,
}

/// The constant pool.
#[derive(Debug)]
pub(super) struct Pool {
    entries: Vec<Entry>,
}

/// Bytes in front of the pool.
const FRONT: usize = 8;

/// Bytes of a text that are looked at; no name of which anything is known is as long.
const LONGEST: usize = 512;

/// Two bytes at an offset.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Four bytes at an offset.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().and_then(|bytes| usize::try_from(u32::from_be_bytes(*bytes)).ok())
}

impl Pool {
    /// Reads the pool of a class; and the offset behind it.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, usize), Room> {
        let count = short(bytes, FRONT).ok_or(Room::Short)?;
        let mut entries = vec![Entry::Other];
        let mut at = FRONT.saturating_add(2);
        while entries.len() < usize::from(count) {
            let tag = bytes.get(at).copied().ok_or(Room::Short)?;
            let one = |by: usize| short(bytes, at.saturating_add(by)).ok_or(Room::Short);
            let (entry, length) = match tag {
                1 => {
                    let length = usize::from(one(1)?);
                    (Entry::Text { at: at.saturating_add(3), length }, length.saturating_add(3))
                }
                7 => (Entry::Class { name: one(1)? }, 3),
                10 | 11 => (Entry::Method { at, class: one(1)?, name_and_type: one(3)? }, 5),
                12 => (Entry::NameAndType { name: one(1)?, kind: one(3)? }, 5),
                5 | 6 => (Entry::Other, 9),
                3 | 4 | 9 | 17 | 18 => (Entry::Other, 5),
                8 | 16 | 19 | 20 => (Entry::Other, 3),
                15 => (Entry::Other, 4),
                _ => return Err(Room::Odd),
            };
            at = at.saturating_add(length);
            if at > bytes.len() {
                return Err(Room::Short);
            }
            entries.push(entry);
            // Numbers of eight bytes take two places.
            if matches!(tag, 5 | 6) {
                entries.push(Entry::Other);
            }
        }
        Ok((Self { entries }, at))
    }

    fn get(&self, index: u16) -> Entry {
        self.entries.get(usize::from(index)).copied().unwrap_or(Entry::Other)
    }

    /// The bytes of a text; many things may share one that is long.
    pub(super) fn raw<'b>(&self, bytes: &'b [u8], index: u16) -> Option<&'b [u8]> {
        let Entry::Text { at, length } = self.get(index) else { return None };
        bytes.get(at..at.saturating_add(length))
    }

    /// A text, cut where nobody reads on.
    pub(super) fn text(&self, bytes: &[u8], index: u16) -> Option<String> {
        let text = self.raw(bytes, index)?;
        Some(String::from_utf8_lossy(text.get(..LONGEST).unwrap_or(text)).into_owned())
    }

    /// The name of a class with dots.
    fn class(&self, bytes: &[u8], index: u16) -> Option<String> {
        let Entry::Class { name } = self.get(index) else { return None };
        Some(self.text(bytes, name)?.replace('/', "."))
    }

    /// The names of the class and of its super class, which only the class of all objects and modules have not.
    pub(super) fn names(&self, bytes: &[u8], behind: usize) -> Option<(String, String)> {
        let this = self.class(bytes, short(bytes, behind.saturating_add(2))?)?;
        let parent = match short(bytes, behind.saturating_add(4))? {
            0 => String::new(),
            index => self.class(bytes, index)?,
        };
        Some((this, parent))
    }

    /// The methods that the pool names: their number, where they stand, their full names and the number of their types.
    pub(super) fn methods(&self, bytes: &[u8]) -> impl Iterator<Item = (u16, u64, String, u16)> {
        (0_u16..).zip(&self.entries).filter_map(move |(index, entry)| {
            let Entry::Method { at, class, name_and_type } = *entry else { return None };
            let Entry::NameAndType { name, kind } = self.get(name_and_type) else { return None };
            let full = format!("{}.{}", self.class(bytes, class)?, self.text(bytes, name)?);
            Some((index, at as u64, full, kind))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_behind_many_methods_is_not_copied_for_each() {
        let mut bytes = vec![0; FRONT];
        bytes.extend(60_003_u16.to_be_bytes());
        bytes.extend([&[1, 0xff, 0xff][..], &b"m".repeat(0xffff), &[7, 0, 1], &[12, 0, 1, 0, 1]].concat());
        bytes.extend([10, 0, 2, 0, 3].repeat(59_999));
        let Ok((pool, _)) = Pool::read(&bytes) else { panic!() };
        let copied: usize = pool.methods(&bytes).map(|(_, _, full, _)| full.len()).sum();
        assert!(copied > 59_999 && copied < 130 << 20, "{copied}");
    }
}
