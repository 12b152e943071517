//! Numbers that are none, or infinite: counted by their bits.

use crate::number::Number;

/// Numbers looked at before those that are not finite are counted one by one.
const RUN: usize = 1024;

/// How many of these numbers are none, and how many are infinite.
pub(super) fn not_finite(number: Number, bytes: &[u8]) -> (u64, u64) {
    match number {
        Number::F64 => count(bytes, |bytes| ends(u64::from_le_bytes(bytes) << 1, 0x7ff << 53)),
        Number::F32 => count(bytes, |bytes| ends(u32::from_le_bytes(bytes) << 1, 0xff << 24)),
        Number::F16 => count(bytes, |bytes| ends(u16::from_le_bytes(bytes) << 1, 0x1f << 11)),
        Number::Bf16 => count(bytes, |bytes| ends(u16::from_le_bytes(bytes) << 1, 0xff << 8)),
        Number::E5m2 => count(bytes, |[byte]: [u8; 1]| ends(byte << 1, 0x1f << 3)),
        // It has no infinity.
        Number::E4m3 => {
            count(bytes, |[byte]: [u8; 1]| if byte << 1 == 0xfe { Kind::None } else { Kind::Finite })
        }
        _ => (0, 0),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Finite,
    Infinite,
    None,
}

/// What a number without its sign is, when this one is infinite.
fn ends<T: Copy + PartialOrd>(bits: T, infinite: T) -> Kind {
    if bits < infinite {
        Kind::Finite
    } else if bits == infinite {
        Kind::Infinite
    } else {
        Kind::None
    }
}

fn count<const N: usize>(bytes: &[u8], kind: impl Fn([u8; N]) -> Kind + Copy) -> (u64, u64) {
    let (mut nan, mut infinite) = (0, 0);
    for run in bytes.as_chunks::<N>().0.chunks(RUN) {
        let odd =
            |wanted: fn(Kind) -> bool| run.iter().map(|bytes| u16::from(wanted(kind(*bytes)))).sum::<u16>();
        if odd(|kind| kind != Kind::Finite) > 0 {
            nan += u64::from(odd(|kind| kind == Kind::None));
            infinite += u64::from(odd(|kind| kind == Kind::Infinite));
        }
    }
    (nan, infinite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_and_infinite_ones_are_counted_in_every_type() {
        let check = |name: &str, encoded: [&[u8]; 5]| {
            let mut bytes: Vec<u8> = encoded[0].repeat(3000);
            for one in encoded {
                bytes.extend(one);
            }
            not_finite(Number::of(name).unwrap(), &bytes)
        };
        let floats = [1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
        let wide = floats.map(|value| f64::from(value).to_le_bytes());
        assert_eq!(check("f64", wide.each_ref().map(|bytes| &bytes[..])), (1, 2));
        let single = floats.map(f32::to_le_bytes);
        assert_eq!(check("f32", single.each_ref().map(|bytes| &bytes[..])), (1, 2));
        let brain = [0x3f80_u16, 0x7fc1, 0x7f80, 0xff80, 0x7f7f].map(u16::to_le_bytes);
        assert_eq!(check("bf16", brain.each_ref().map(|bytes| &bytes[..])), (1, 2));
        let half = [0x3c00_u16, 0x7c01, 0x7c00, 0xfc00, 0x7bff].map(u16::to_le_bytes);
        assert_eq!(check("f16", half.each_ref().map(|bytes| &bytes[..])), (1, 2));
        assert_eq!(check("f8_e5m2", [&[0x3c], &[0x7d], &[0x7c], &[0xfc], &[0x7b]]), (1, 2));
        assert_eq!(check("f8_e4m3", [&[0x38], &[0x7f], &[0xff], &[0x7e], &[0]]), (2, 0));
        assert_eq!(check("i8", [&[0x7f], &[0xff], &[0x80], &[0x7c], &[0xfc]]), (0, 0));
    }
}
