//! Facts about structure: where bytes contradict the specification of their format, or themselves.

use std::fmt;

use serde::Serialize;

/// Something is not as the format's specification says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of contradiction.
    pub kind: Kind,
    /// The values that contradict each other, in words.
    pub detail: String,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// Kinds of contradictions, the same words for every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The bytes end before what was announced.
    Truncated,
    /// An offset or length points outside the file.
    OutOfBounds,
    /// Two parts share bytes.
    Overlap,
    /// Bytes that belong to no part.
    Hole,
    /// Bytes in front of the beginning.
    LeadingBytes,
    /// Bytes behind the end; all zero.
    TrailingZeros,
    /// Bytes behind the end.
    TrailingBytes,
    /// An offset is not a multiple of what it must be.
    Misaligned,
    /// Type, shape and size contradict each other.
    SizeMismatch,
    /// A count cannot be true for a file of this size.
    BadCount,
    /// A value is outside what the specification allows.
    BadValue,
    /// A type number or name that the specification does not have.
    UnknownType,
    /// A key or name stands twice.
    Duplicate,
    /// Two names differ only by case or by characters that look alike.
    Collision,
    /// Text is not UTF-8, or has characters that do not print.
    BadText,
    /// Nested more deeply than readers can follow.
    TooDeep,
    /// Longer than readers take.
    TooLong,
    /// Two descriptions of the same thing differ.
    Disagreement,
    /// Present in one listing and absent in the other.
    Hidden,
    /// A value is a whole file of another format.
    Disguised,
    /// A checksum does not match.
    Checksum,
    /// The content is encrypted.
    Encrypted,
    /// Expands to far more than its size.
    Expansion,
    /// Lies in more containers than are opened.
    Nested,
    /// Something crosses the end of the block that should hold it.
    Framing,
    /// A version is declared twice, out of place, or is one that no reader knows.
    Version,
    /// Parts are not in the order that the format demands.
    Order,
    /// Something that is named is not there.
    Missing,
    /// An opcode or construct that no reader knows.
    UnknownCode,
    /// The program would fail here in every reader.
    Fault,
    /// It cannot be parsed at all.
    Unparsable,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}
