//! A value on the stack or in the memo: eight bytes, whatever it stands for. A leaf is the offset of the opcode that
//! pushed it, and is read again only when somebody wants to see it.

/// One value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Value(u64);

/// What a [`Value`] stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum View {
    /// Not known without running the program.
    Unknown,
    /// Nothing was put under this memo index.
    Missing,
    None,
    Bool(bool),
    Int(i64),
    /// A float, or an integer of more than 56 bits, pushed by the opcode at this offset.
    Number(u64),
    /// Text pushed by the opcode at this offset.
    Text(u64),
    /// Bytes pushed by the opcode at this offset.
    Bytes(u64),
    /// A bytearray pushed by the opcode at this offset.
    ByteArray(u64),
    /// Bytes that the loader is given beside the file.
    Buffer,
    EmptyTuple,
    /// Index of a name that was looked up.
    Global(u32),
    /// What came out of a call.
    Result(Made),
    /// Index of a container.
    Node(u32),
}

/// What came out of a call: which one, and how much it was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Made {
    /// Index of the call.
    pub(super) call: u16,
    pub(super) weight: u32,
    pub(super) depth: u16,
}

const SHIFT: u32 = 56;
const PAYLOAD: u64 = (1 << SHIFT) - 1;

const UNKNOWN: u64 = 0;
const MISSING: u64 = 1;
const NONE: u64 = 2;
const FALSE: u64 = 3;
const TRUE: u64 = 4;
const INT: u64 = 5;
const NUMBER: u64 = 6;
const TEXT: u64 = 7;
const BYTES: u64 = 8;
const BYTE_ARRAY: u64 = 9;
const BUFFER: u64 = 10;
const EMPTY_TUPLE: u64 = 11;
const GLOBAL: u64 = 12;
const RESULT: u64 = 13;
const NODE: u64 = 14;

/// Bits of [`Made`]: 15 for the call, 27 for the weight, 14 for the depth.
const WEIGHT_BITS: u32 = 27;
const DEPTH_BITS: u32 = 14;
/// The greatest weight that is told apart.
pub(super) const MOST_WEIGHT: u32 = (1 << WEIGHT_BITS) - 1;
/// The greatest depth that is told apart.
pub(super) const MOST_DEPTH: u16 = (1 << DEPTH_BITS) - 1;
/// The greatest number of calls that are told apart.
pub(super) const MOST_CALLS: usize = 1 << 15;

impl Value {
    pub(super) const UNKNOWN: Self = Self::of(UNKNOWN, 0);
    pub(super) const MISSING: Self = Self::of(MISSING, 0);
    pub(super) const NONE: Self = Self::of(NONE, 0);
    pub(super) const TRUE: Self = Self::of(TRUE, 0);
    pub(super) const FALSE: Self = Self::of(FALSE, 0);
    pub(super) const BUFFER: Self = Self::of(BUFFER, 0);
    pub(super) const EMPTY_TUPLE: Self = Self::of(EMPTY_TUPLE, 0);

    #[inline]
    const fn of(tag: u64, payload: u64) -> Self {
        Self((tag << SHIFT) | (payload & PAYLOAD))
    }

    /// An integer, when it fits.
    #[inline]
    pub(super) fn int(value: i64) -> Option<Self> {
        let payload = value.cast_unsigned();
        (((payload << 8).cast_signed() >> 8) == value).then_some(Self::of(INT, payload))
    }

    #[inline]
    pub(super) fn small(value: i32) -> Self {
        Self::of(INT, i64::from(value).cast_unsigned())
    }

    #[inline]
    pub(super) const fn number(at: u64) -> Self {
        Self::of(NUMBER, at)
    }

    #[inline]
    pub(super) const fn text(at: u64) -> Self {
        Self::of(TEXT, at)
    }

    #[inline]
    pub(super) const fn bytes(at: u64) -> Self {
        Self::of(BYTES, at)
    }

    #[inline]
    pub(super) const fn byte_array(at: u64) -> Self {
        Self::of(BYTE_ARRAY, at)
    }

    pub(super) fn global(index: u32) -> Self {
        Self::of(GLOBAL, u64::from(index))
    }

    #[inline]
    pub(super) fn node(index: u32) -> Self {
        Self::of(NODE, u64::from(index))
    }

    pub(super) fn result(made: Made) -> Self {
        let weight = u64::from(made.weight.min(MOST_WEIGHT));
        let depth = u64::from(made.depth.min(MOST_DEPTH));
        Self::of(
            RESULT,
            (u64::from(made.call) << (WEIGHT_BITS + DEPTH_BITS)) | (weight << DEPTH_BITS) | depth,
        )
    }

    #[inline]
    pub(super) fn is_missing(self) -> bool {
        self == Self::MISSING
    }

    /// The index of the container this is.
    #[inline]
    pub(super) fn as_node(self) -> Option<u32> {
        (self.0 >> SHIFT == NODE).then(|| low_u32(self.0))
    }

    /// What it stands for.
    #[inline]
    pub(super) fn view(self) -> View {
        let payload = self.0 & PAYLOAD;
        match self.0 >> SHIFT {
            MISSING => View::Missing,
            NONE => View::None,
            FALSE => View::Bool(false),
            TRUE => View::Bool(true),
            INT => View::Int((self.0 << 8).cast_signed() >> 8),
            NUMBER => View::Number(payload),
            TEXT => View::Text(payload),
            BYTES => View::Bytes(payload),
            BYTE_ARRAY => View::ByteArray(payload),
            BUFFER => View::Buffer,
            EMPTY_TUPLE => View::EmptyTuple,
            GLOBAL => View::Global(low_u32(payload)),
            RESULT => View::Result(Made {
                call: u16::try_from(payload >> (WEIGHT_BITS + DEPTH_BITS)).unwrap_or(u16::MAX),
                weight: low_u32(payload >> DEPTH_BITS) & MOST_WEIGHT,
                depth: u16::try_from(payload & u64::from(MOST_DEPTH)).unwrap_or(MOST_DEPTH),
            }),
            NODE => View::Node(low_u32(payload)),
            _ => View::Unknown,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low_u32(bits: u64) -> u32 {
    bits as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_put_in() {
        for value in [0, 1, -1, 255, -(1 << 55), (1 << 55) - 1] {
            assert_eq!(Value::int(value).unwrap().view(), View::Int(value));
        }
        assert_eq!(Value::int(1 << 55), None);
        assert_eq!(Value::int(i64::MIN), None);
        assert_eq!(Value::small(-7).view(), View::Int(-7));
        assert_eq!(Value::text(1 << 40).view(), View::Text(1 << 40));
        assert_eq!(Value::node(u32::MAX).view(), View::Node(u32::MAX));
        assert_eq!(Value::node(5).as_node(), Some(5));
        assert_eq!(Value::global(5).as_node(), None);
        let made = Made { call: 32_767, weight: MOST_WEIGHT, depth: 7 };
        assert_eq!(Value::result(made).view(), View::Result(made));
        let more = Made { call: 3, weight: u32::MAX, depth: u16::MAX };
        let kept = Made { call: 3, weight: MOST_WEIGHT, depth: MOST_DEPTH };
        assert_eq!(Value::result(more).view(), View::Result(kept));
        assert_eq!(Value::TRUE.view(), View::Bool(true));
        assert_eq!(Value::UNKNOWN.view(), View::Unknown);
        assert!(Value::MISSING.is_missing());
    }
}
