//! The header block of a tar member.

/// Bytes of a block.
pub(super) const BLOCK: usize = 512;

/// What a header block says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) kind: u8,
    pub(super) mode: u32,
    /// `None` when it is not a number.
    pub(super) size: Option<u64>,
    /// A block with more of the sparse map follows.
    pub(super) more_sparse: bool,
    has_magic: bool,
}

fn field(block: &[u8; BLOCK], start: usize, length: usize) -> &[u8] {
    block.get(start..start.saturating_add(length)).unwrap_or_default()
}

/// The bytes of a field before the first zero.
fn text(block: &[u8; BLOCK], start: usize, length: usize) -> &[u8] {
    field(block, start, length).split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number: octal digits, or with the first bit set in base 256.
fn number(bytes: &[u8]) -> Option<u64> {
    match bytes.split_first() {
        Some((0x80, rest)) => {
            let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
            high.iter()
                .all(|byte| *byte == 0)
                .then(|| low.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
        }
        Some((0x81.., _)) => None,
        _ => {
            let digits = bytes.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
            digits.iter().try_fold(0_u64, |n, digit| match digit {
                b'0'..=b'7' => n.checked_mul(8)?.checked_add(u64::from(digit.wrapping_sub(b'0'))),
                _ => None,
            })
        }
    }
}

/// The sum over the header, with spaces for the sum itself, is the one recorded; some old writers added signed bytes.
pub(super) fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Some(expected) = number(field(block, 148, 8)).filter(|sum| *sum > 0) else { return false };
    let (mut unsigned, mut signed) = (256_u64, 256_i64);
    for (at, byte) in block.iter().enumerate() {
        if !(148..156).contains(&at) {
            unsigned = unsigned.saturating_add(u64::from(*byte));
            signed = signed.saturating_add(i64::from(byte.cast_signed()));
        }
    }
    expected == unsigned || i64::try_from(expected) == Ok(signed)
}

impl Header {
    pub(super) fn new(block: &[u8; BLOCK]) -> Self {
        let magic = field(block, 257, 8);
        let name = text(block, 0, 100);
        // GNU keeps other things where ustar has the first part of long names.
        let prefix = if magic.starts_with(b"ustar\0") { text(block, 345, 155) } else { b"" };
        let name = if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() };
        Self {
            name,
            link: text(block, 157, 100).to_vec(),
            kind: block.get(156).copied().unwrap_or_default(),
            mode: number(field(block, 100, 8))
                .and_then(|mode| u32::try_from(mode & 0o7777).ok())
                .unwrap_or_default(),
            size: number(field(block, 124, 12)),
            more_sparse: field(block, 482, 1) != [0],
            has_magic: magic.starts_with(b"ustar"),
        }
    }

    /// For headers without magic, whose checksum alone is weak evidence.
    pub(super) fn is_plausible(&self) -> bool {
        let known = if self.has_magic {
            self.kind == 0 || self.kind.is_ascii_graphic()
        } else {
            matches!(self.kind, 0 | b'0'..=b'2' | b'5')
        };
        known && !self.name.is_empty() && !self.name.iter().any(u8::is_ascii_control) && self.size.is_some()
    }
}
