//! Types of numbers in tensors, and what their bytes mean.

/// Types of numbers whose values are understood, all little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    F64,
    F32,
    F16,
    Bf16,
    E4m3,
    E5m2,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
}

impl Number {
    /// The type that a format means by this word: `F32`, `<f4`, `DT_FLOAT`, `FloatStorage`.
    pub(crate) fn of(dtype: &str) -> Option<Self> {
        let word = dtype.to_ascii_lowercase();
        let word = word.strip_prefix("dt_").unwrap_or(&word);
        Some(match word.strip_suffix("storage").unwrap_or(word) {
            "f64" | "float64" | "<f8" | "double" => Self::F64,
            "f32" | "float32" | "<f4" | "float" => Self::F32,
            "f16" | "float16" | "<f2" | "half" => Self::F16,
            "bf16" | "bfloat16" | "<bfloat16" => Self::Bf16,
            "f8_e4m3" | "f8e4m3" | "float8_e4m3fn" | "float8e4m3fn" => Self::E4m3,
            "f8_e5m2" | "f8e5m2" | "float8_e5m2" | "float8e5m2" => Self::E5m2,
            "i8" | "int8" | "|i1" | "char" => Self::I8,
            "u8" | "uint8" | "|u1" | "byte" | "bool" | "|b1" | "boolean" => Self::U8,
            "i16" | "int16" | "<i2" | "short" => Self::I16,
            "u16" | "uint16" | "<u2" => Self::U16,
            "i32" | "int32" | "<i4" | "int" => Self::I32,
            "u32" | "uint32" | "<u4" => Self::U32,
            "i64" | "int64" | "<i8" | "long" => Self::I64,
            "u64" | "uint64" | "<u8" => Self::U64,
            _ => return None,
        })
    }

    /// Bytes of one.
    pub(crate) fn size(self) -> u64 {
        match self {
            Self::E4m3 | Self::E5m2 | Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }
}

impl Number {
    /// It is of floating point.
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16 | Self::E4m3 | Self::E5m2)
    }

    /// Hands over the values in these bytes, one after another.
    #[expect(clippy::cast_precision_loss, reason = "a norm of whole numbers is not exact")]
    pub(crate) fn each(self, bytes: &[u8], take: impl FnMut(f64)) {
        match self {
            Self::F64 => each(bytes, f64::from_le_bytes, take),
            Self::F32 => each(bytes, |bytes| f64::from(f32::from_le_bytes(bytes)), take),
            Self::F16 => each(bytes, |bytes| f64::from(half(u16::from_le_bytes(bytes))), take),
            Self::Bf16 => each(
                bytes,
                |bytes| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)),
                take,
            ),
            Self::E4m3 => each(bytes, |[byte]: [u8; 1]| f64::from(e4m3(byte)), take),
            Self::E5m2 => each(bytes, |[byte]: [u8; 1]| f64::from(half(u16::from(byte) << 8)), take),
            Self::I8 => each(bytes, |bytes| f64::from(i8::from_le_bytes(bytes)), take),
            Self::U8 => each(bytes, |[byte]: [u8; 1]| f64::from(byte), take),
            Self::I16 => each(bytes, |bytes| f64::from(i16::from_le_bytes(bytes)), take),
            Self::U16 => each(bytes, |bytes| f64::from(u16::from_le_bytes(bytes)), take),
            Self::I32 => each(bytes, |bytes| f64::from(i32::from_le_bytes(bytes)), take),
            Self::U32 => each(bytes, |bytes| f64::from(u32::from_le_bytes(bytes)), take),
            Self::I64 => each(bytes, |bytes| i64::from_le_bytes(bytes) as f64, take),
            Self::U64 => each(bytes, |bytes| u64::from_le_bytes(bytes) as f64, take),
        }
    }
}

fn each<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f64, take: impl FnMut(f64)) {
    bytes.as_chunks::<N>().0.iter().map(|bytes| decode(*bytes)).for_each(take);
}

/// A half-precision number.
pub(crate) fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7fff) << 13;
    // 2^112 moves the exponent's bias from 15 to 127, and makes normal numbers of subnormal ones.
    let value = f32::from_bits(rest) * f32::from_bits(0x7780_0000);
    let endless = if rest >= 0x0f80_0000 { 0x7f80_0000 } else { 0 };
    f32::from_bits(value.to_bits() | sign | endless)
}

/// A number of 8 bits with 4 of exponent, of the kind that has no infinity.
pub(crate) fn e4m3(bits: u8) -> f32 {
    let rest = u32::from(bits & 0x7f) << 20;
    let value = f32::from_bits(rest) * f32::from_bits(0x7b80_0000);
    let none = if bits & 0x7f == 0x7f { 0x7fc0_0000 } else { 0 };
    f32::from_bits(value.to_bits() | none | u32::from(bits & 0x80) << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_have_their_values() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x8000, -0.0),
        ] {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:04x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7c01).is_nan() && half(0xfc00) < 0.0);
        for (bits, value) in
            [(0x38, 1.0), (0x7e, 448.0), (0x01, 0.001_953_125), (0xc4, -3.0), (0x08, 0.015_625)]
        {
            assert_eq!(e4m3(bits).to_bits(), f32::to_bits(value), "{bits:02x}");
        }
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
    }
}
