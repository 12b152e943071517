//! Zips whose every field can be told.

use super::deflate;

/// A member: what both of its headers say, and its bytes.
#[derive(Debug, Clone)]
pub struct Part {
    /// What the directory says.
    pub central: Said,
    /// What its own header says.
    pub local: Said,
    /// The packed bytes.
    pub packed: Vec<u8>,
    /// A record with checksum and sizes stands behind it.
    pub descriptor: bool,
    /// Unix mode with the type of file.
    pub mode: u32,
    /// The directory names it.
    pub listed: bool,
}

/// What one header of a member says.
#[derive(Debug, Clone)]
pub struct Said {
    /// Name.
    pub name: Vec<u8>,
    /// Flags.
    pub flags: u16,
    /// Method.
    pub method: u16,
    /// CRC-32.
    pub crc: u32,
    /// Packed size.
    pub packed: u32,
    /// Size.
    pub size: u32,
}

impl Part {
    /// A member packed by some method.
    pub fn new(name: &str, method: u16, content: &[u8], packed: Vec<u8>) -> Self {
        let said = Said {
            name: name.as_bytes().to_vec(),
            flags: if name.is_ascii() { 0 } else { 0x800 },
            method,
            crc: crc32fast::hash(content),
            packed: u32::try_from(packed.len()).unwrap_or_default(),
            size: u32::try_from(content.len()).unwrap_or_default(),
        };
        Self { central: said.clone(), local: said, packed, descriptor: false, mode: 0o10_0644, listed: true }
    }

    /// A stored member.
    pub fn stored(name: &str, content: &[u8]) -> Self {
        Self::new(name, 0, content, content.to_vec())
    }

    /// A deflated member.
    pub fn deflated(name: &str, content: &[u8]) -> Self {
        Self::new(name, 8, content, deflate(content))
    }

    /// Changes what the directory says.
    #[must_use]
    pub fn central(mut self, change: impl FnOnce(&mut Said)) -> Self {
        change(&mut self.central);
        self
    }

    /// Changes what its own header says.
    #[must_use]
    pub fn local(mut self, change: impl FnOnce(&mut Said)) -> Self {
        change(&mut self.local);
        self
    }

    /// Changes both.
    #[must_use]
    pub fn both(self, change: impl Fn(&mut Said)) -> Self {
        self.central(&change).local(&change)
    }

    /// Sets the Unix mode.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// Leaves it out of the directory.
    #[must_use]
    pub fn unlisted(self) -> Self {
        Self { listed: false, ..self }
    }
}

/// A zip under construction.
#[derive(Debug, Default)]
pub struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
    comment: Vec<u8>,
    zip64: bool,
    shift: u32,
}

impl Zip {
    /// An empty one.
    pub fn new() -> Self {
        // Not a constant, for the reason told beside the tars.
        Self { bytes: Vec::with_capacity(1024), ..Self::default() }
    }

    /// With a zip64 end record.
    #[must_use]
    pub fn zip64(self) -> Self {
        Self { zip64: true, ..self }
    }

    /// With a comment.
    #[must_use]
    pub fn comment(self, comment: impl AsRef<[u8]>) -> Self {
        Self { comment: comment.as_ref().to_vec(), ..self }
    }

    /// Bytes that belong to no member.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// Bytes in front, which no offset counts.
    #[must_use]
    pub fn prefix(mut self, bytes: &[u8]) -> Self {
        self.shift = u32::try_from(bytes.len()).unwrap_or_default();
        self.raw(bytes)
    }

    /// A stored member.
    #[must_use]
    pub fn stored(self, name: &str, content: &[u8]) -> Self {
        self.part(Part::stored(name, content))
    }

    /// A deflated member.
    #[must_use]
    pub fn deflated(self, name: &str, content: &[u8]) -> Self {
        self.part(Part::deflated(name, content))
    }

    /// A member packed by some method.
    #[must_use]
    pub fn packed(self, name: &str, method: u16, content: &[u8], packed: Vec<u8>) -> Self {
        self.part(Part::new(name, method, content, packed))
    }

    /// A deflated member whose sizes stand behind it.
    #[must_use]
    pub fn streamed(self, name: &str, content: &[u8]) -> Self {
        let part = Part::deflated(name, content).both(|said| said.flags |= 8).local(|said| {
            (said.crc, said.packed, said.size) = (0, 0, 0);
        });
        self.part(Part { descriptor: true, ..part })
    }

    /// A folder.
    #[must_use]
    pub fn folder(self, name: &str) -> Self {
        self.part(Part::stored(name, b"").mode(0o04_0755))
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.part(Part::stored(name, target.as_bytes()).mode(0o12_0777))
    }

    /// A member.
    #[must_use]
    pub fn part(mut self, part: impl std::borrow::Borrow<Part>) -> Self {
        let part = part.borrow();
        let at = self.bytes.len();
        self.bytes.extend(b"PK\x03\x04\x14\0");
        fields(&mut self.bytes, &part.local);
        self.bytes.extend([0, 0]);
        self.bytes.extend(&part.local.name);
        self.bytes.extend(&part.packed);
        if part.descriptor {
            self.bytes.extend(b"PK\x07\x08");
            for number in [part.central.crc, part.central.packed, part.central.size] {
                self.bytes.extend(number.to_le_bytes());
            }
        }
        if part.listed { self.list(part, at) } else { self }
    }

    /// Names a member that begins at `at` in the directory.
    #[must_use]
    pub fn list(mut self, part: &Part, at: usize) -> Self {
        self.count += 1;
        self.directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        fields(&mut self.directory, &part.central);
        self.directory.extend([0; 8]);
        self.directory.extend((part.mode << 16).to_le_bytes());
        let offset = u32::try_from(at).unwrap_or_default().wrapping_sub(self.shift);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(&part.central.name);
        self
    }

    /// Where the next member begins.
    pub fn position(&self) -> usize {
        self.bytes.len()
    }

    /// The whole, with its directory.
    pub fn build(self) -> Vec<u8> {
        let count = self.count;
        self.build_counting(count)
    }

    /// The whole, with another count of members in the end record.
    pub fn build_counting(mut self, count: u16) -> Vec<u8> {
        let offset = u32::try_from(self.bytes.len()).unwrap_or_default() - self.shift;
        let size = u32::try_from(self.directory.len()).unwrap_or_default();
        self.bytes.extend(&self.directory);
        let mut end = (count, size, offset);
        if self.zip64 {
            let at = self.bytes.len() as u64;
            self.bytes.extend(b"PK\x06\x06");
            self.bytes.extend(44_u64.to_le_bytes());
            self.bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [u64::from(count), u64::from(count), u64::from(size), u64::from(offset)] {
                self.bytes.extend(number.to_le_bytes());
            }
            self.bytes.extend(b"PK\x06\x07\0\0\0\0");
            self.bytes.extend(at.to_le_bytes());
            self.bytes.extend([1, 0, 0, 0]);
            end = (u16::MAX, u32::MAX, u32::MAX);
        }
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(end.0.to_le_bytes());
        self.bytes.extend(end.0.to_le_bytes());
        self.bytes.extend(end.1.to_le_bytes());
        self.bytes.extend(end.2.to_le_bytes());
        self.bytes.extend(u16::try_from(self.comment.len()).unwrap_or_default().to_le_bytes());
        self.bytes.extend(&self.comment);
        self.bytes
    }
}

/// The fields that both headers have, up to the length of the name.
fn fields(out: &mut Vec<u8>, said: &Said) {
    out.extend(said.flags.to_le_bytes());
    out.extend(said.method.to_le_bytes());
    out.extend([0, 0, 0x21, 0]);
    for number in [said.crc, said.packed, said.size] {
        out.extend(number.to_le_bytes());
    }
    out.extend(u16::try_from(said.name.len()).unwrap_or_default().to_le_bytes());
}
