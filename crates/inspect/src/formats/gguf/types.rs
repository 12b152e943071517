//! The types of tensors in GGUF: elements and bytes of a block.

/// A type of tensors.
#[derive(Debug)]
pub(super) struct Type {
    number: u32,
    pub(super) name: &'static str,
    /// Elements of a block.
    pub(super) elements: u64,
    /// Bytes of a block.
    pub(super) bytes: u64,
    /// Present readers do not take it any more.
    pub(super) removed: bool,
}

const fn of(number: u32, name: &'static str, elements: u64, bytes: u64) -> Type {
    Type { number, name, elements, bytes, removed: false }
}

const fn removed(number: u32, name: &'static str) -> Type {
    Type { number, name, elements: 32, bytes: 18, removed: true }
}

static TYPES: &[Type] = &[
    of(0, "F32", 1, 4),
    of(1, "F16", 1, 2),
    of(2, "Q4_0", 32, 18),
    of(3, "Q4_1", 32, 20),
    of(6, "Q5_0", 32, 22),
    of(7, "Q5_1", 32, 24),
    of(8, "Q8_0", 32, 34),
    of(9, "Q8_1", 32, 40),
    of(10, "Q2_K", 256, 84),
    of(11, "Q3_K", 256, 110),
    of(12, "Q4_K", 256, 144),
    of(13, "Q5_K", 256, 176),
    of(14, "Q6_K", 256, 210),
    of(15, "Q8_K", 256, 292),
    of(16, "IQ2_XXS", 256, 66),
    of(17, "IQ2_XS", 256, 74),
    of(18, "IQ3_XXS", 256, 98),
    of(19, "IQ1_S", 256, 50),
    of(20, "IQ4_NL", 32, 18),
    of(21, "IQ3_S", 256, 110),
    of(22, "IQ2_S", 256, 82),
    of(23, "IQ4_XS", 256, 136),
    of(24, "I8", 1, 1),
    of(25, "I16", 1, 2),
    of(26, "I32", 1, 4),
    of(27, "I64", 1, 8),
    of(28, "F64", 1, 8),
    of(29, "IQ1_M", 256, 56),
    of(30, "BF16", 1, 2),
    removed(31, "Q4_0_4_4"),
    removed(32, "Q4_0_4_8"),
    removed(33, "Q4_0_8_8"),
    of(34, "TQ1_0", 256, 54),
    of(35, "TQ2_0", 256, 66),
    removed(36, "IQ4_NL_4_4"),
    removed(37, "IQ4_NL_4_8"),
    removed(38, "IQ4_NL_8_8"),
    of(39, "MXFP4", 32, 17),
    of(40, "NVFP4", 64, 36),
    of(41, "Q1_0", 128, 18),
    of(42, "Q2_0", 64, 18),
];

/// The type with this number.
pub(super) fn find(number: u32) -> Option<&'static Type> {
    TYPES.iter().find(|kind| kind.number == number)
}

/// The type with this name.
pub(super) fn find_name(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|kind| kind.name == name)
}
