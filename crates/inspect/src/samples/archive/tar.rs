//! Tars whose every header can be told.

/// A tar under construction.
#[derive(Debug)]
pub struct Tar {
    bytes: Vec<u8>,
    magic: [u8; 8],
}

impl Default for Tar {
    fn default() -> Self {
        Self::new()
    }
}

impl Tar {
    /// With the magic of POSIX.
    pub fn new() -> Self {
        Self::with(*b"ustar\x0000")
    }

    /// With the magic of GNU tar.
    pub fn gnu() -> Self {
        Self::with(*b"ustar  \0")
    }

    /// Without magic, as before 1988.
    pub fn old() -> Self {
        Self::with([0; 8])
    }

    /// Room is made at once, so that this is no constant: Rust 1.95 merges equal constants that are moved into closures
    /// (rust-lang/rust#158830), and then they are freed twice.
    fn with(magic: [u8; 8]) -> Self {
        Self { bytes: Vec::with_capacity(2048), magic }
    }

    /// A member of any type; `size` is what its header says.
    #[must_use]
    pub fn entry(
        mut self,
        name: &[u8],
        kind: u8,
        link: &[u8],
        mode: u32,
        size: usize,
        content: &[u8],
    ) -> Self {
        let mut block = Vec::with_capacity(512);
        let mut field = |bytes: &[u8], length: usize| {
            block.extend(bytes.iter().copied().chain(std::iter::repeat(0)).take(length));
        };
        field(name, 100);
        for number in [mode, 0, 0] {
            field(format!("{number:07o}\0").as_bytes(), 8);
        }
        field(format!("{size:011o}\0").as_bytes(), 12);
        field(b"00000000000\0", 12);
        field(b"        ", 8);
        field(&[kind], 1);
        field(link, 100);
        field(&self.magic, 8);
        field(b"", 247);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        block.splice(148..156, sum.bytes());
        self.bytes.extend(block);
        self.raw(content).padded()
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    fn padded(mut self) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    /// A file.
    #[must_use]
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(name.as_bytes(), b'0', b"", 0o644, content.len(), content)
    }

    /// A file with these permissions.
    #[must_use]
    pub fn file_mode(self, name: &str, mode: u32, content: &[u8]) -> Self {
        self.entry(name.as_bytes(), b'0', b"", mode, content.len(), content)
    }

    /// A folder.
    #[must_use]
    pub fn folder(self, name: &str) -> Self {
        self.entry(name.as_bytes(), b'5', b"", 0o755, 0, b"")
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(name.as_bytes(), b'2', target.as_bytes(), 0o777, 0, b"")
    }

    /// A hard link.
    #[must_use]
    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(name.as_bytes(), b'1', target.as_bytes(), 0o644, 0, b"")
    }

    /// A character device (`3`), block device (`4`) or pipe (`6`).
    #[must_use]
    pub fn special(self, name: &str, kind: u8) -> Self {
        self.entry(name.as_bytes(), kind, b"", 0o644, 0, b"")
    }

    /// A file behind an extended header.
    #[must_use]
    pub fn pax(self, records: &[(&str, &str)], name: &str, content: &[u8]) -> Self {
        self.records(b'x', records).file(name, content)
    }

    /// An extended header.
    #[must_use]
    pub fn records(self, kind: u8, records: &[(&str, &str)]) -> Self {
        let mut lines = String::new();
        for (key, value) in records {
            let rest = format!(" {key}={value}\n");
            let digits = (1..20).find(|digits| (rest.len() + digits).to_string().len() == *digits);
            lines.push_str(&format!("{}{rest}", rest.len() + digits.unwrap_or_default()));
        }
        self.entry(b"pax", kind, b"", 0o644, lines.len(), lines.as_bytes())
    }

    /// A file behind a long name of GNU.
    #[must_use]
    pub fn gnu_long(self, name: &str, content: &[u8]) -> Self {
        let long = [name.as_bytes(), b"\0"].concat();
        let short: String = name.chars().take(99).collect();
        self.entry(b"././@LongLink", b'L', b"", 0, long.len(), &long).file(&short, content)
    }

    /// The mark of the end.
    #[must_use]
    pub fn end(self) -> Self {
        self.raw(&[0; 1024])
    }

    /// The whole, with its end mark.
    pub fn build(self) -> Vec<u8> {
        self.end().bytes
    }

    /// The whole without an end mark.
    pub fn unended(self) -> Vec<u8> {
        self.bytes
    }
}
