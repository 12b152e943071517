//! Euclidean norms of tensors and of their difference, from the blocks that are read for the digests.

use super::change::Norms;
use crate::number::{Number, e4m3, half};

/// Sums of squares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    old: f64,
    new: f64,
    difference: f64,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Self) {
        self.old += other.old;
        self.new += other.new;
        self.difference += other.difference;
    }

    pub(crate) fn norms(self) -> Norms {
        let (old, new, difference) = (self.old.sqrt(), self.new.sqrt(), self.difference.sqrt());
        let relative = if difference == 0.0 { 0.0 } else { difference / old };
        Norms { old, new, difference, relative }
    }

    /// A value is no number: whatever follows, so is every sum.
    pub(crate) fn is_settled(&self) -> bool {
        self.old.is_nan() && self.new.is_nan() && self.difference.is_nan()
    }

    /// Sums over two blocks of the same length.
    #[expect(clippy::cast_precision_loss, reason = "a norm of whole numbers is not exact")]
    pub(crate) fn of(number: Number, old: &[u8], new: &[u8]) -> Self {
        match number {
            Number::F64 => wide(old, new, f64::from_le_bytes),
            Number::F32 => narrow(old, new, f32::from_le_bytes),
            Number::F16 => narrow(old, new, |bytes| half(u16::from_le_bytes(bytes))),
            Number::Bf16 => {
                narrow(old, new, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16))
            }
            Number::E4m3 => narrow(old, new, |[byte]: [u8; 1]| e4m3(byte)),
            Number::E5m2 => narrow(old, new, |[byte]: [u8; 1]| half(u16::from(byte) << 8)),
            Number::I8 => narrow(old, new, |bytes| f32::from(i8::from_le_bytes(bytes))),
            Number::U8 => narrow(old, new, |[byte]: [u8; 1]| f32::from(byte)),
            Number::I16 => narrow(old, new, |bytes| f32::from(i16::from_le_bytes(bytes))),
            Number::U16 => narrow(old, new, |bytes| f32::from(u16::from_le_bytes(bytes))),
            Number::I32 => wide(old, new, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Number::U32 => wide(old, new, |bytes| f64::from(u32::from_le_bytes(bytes))),
            Number::I64 => wide(old, new, |bytes| i64::from_le_bytes(bytes) as f64),
            Number::U64 => wide(old, new, |bytes| u64::from_le_bytes(bytes) as f64),
        }
    }
}

/// Elements summed in single precision before they go into the sum in double precision.
const RUN: usize = 512;

/// Elements summed side by side.
const LANES: usize = 16;

/// Sums in single precision, run by run; where that would overflow or vanish, in double precision.
fn narrow<const N: usize>(old: &[u8], new: &[u8], decode: impl Fn([u8; N]) -> f32 + Copy) -> Sums {
    let (old, new) = (old.as_chunks::<N>().0, new.as_chunks::<N>().0);
    let mut sums = Sums::default();
    for (old, new) in old.chunks(RUN).zip(new.chunks(RUN)) {
        let mut lanes = [[0_f32; LANES]; 3];
        let (old_rows, old_rest) = old.as_chunks::<LANES>();
        let (new_rows, new_rest) = new.as_chunks::<LANES>();
        for (old, new) in old_rows.iter().zip(new_rows) {
            row(&mut lanes, old, new, decode);
        }
        for (old, new) in old_rest.iter().zip(new_rest) {
            row(&mut lanes, std::slice::from_ref(old), std::slice::from_ref(new), decode);
        }
        let [a, b, d] = lanes.map(|lane| lane.iter().sum::<f32>());
        let trusted = |sum: f32, zero: bool| sum.is_nan() || sum.is_finite() && (sum > 1e-25 || zero);
        let zero = |block: &[[u8; N]]| block.iter().all(|bytes| *bytes == [0; N]);
        let exact = trusted(a, a == 0.0 && zero(old))
            && trusted(b, b == 0.0 && zero(new))
            && trusted(d, d == 0.0 && old == new);
        sums.add(if exact {
            Sums { old: f64::from(a), new: f64::from(b), difference: f64::from(d) }
        } else {
            wide(old.as_flattened(), new.as_flattened(), |bytes| f64::from(decode(bytes)))
        });
    }
    sums
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the compiler must see the constant length to use vectors")]
fn row<const N: usize>(
    lanes: &mut [[f32; LANES]; 3],
    old: &[[u8; N]],
    new: &[[u8; N]],
    decode: impl Fn([u8; N]) -> f32,
) {
    let [a, b, d] = lanes;
    for ((((a, b), d), old), new) in a.iter_mut().zip(b).zip(d).zip(old).zip(new) {
        let (old, new) = (decode(*old), decode(*new));
        let difference = new - old;
        *a += old * old;
        *b += new * new;
        *d += difference * difference;
    }
}

/// Sums in double precision.
fn wide<const N: usize>(old: &[u8], new: &[u8], decode: impl Fn([u8; N]) -> f64 + Copy) -> Sums {
    let mut sums = [Sums::default(); 4];
    let (old, new) = (old.as_chunks::<N>().0, new.as_chunks::<N>().0);
    let (old_rows, old_rest) = old.as_chunks::<4>();
    let (new_rows, new_rest) = new.as_chunks::<4>();
    let one = |sums: &mut Sums, old: [u8; N], new: [u8; N]| {
        let (old, new) = (decode(old), decode(new));
        let difference = new - old;
        sums.add(Sums { old: old * old, new: new * new, difference: difference * difference });
    };
    for (old, new) in old_rows.iter().zip(new_rows) {
        for ((sums, old), new) in sums.iter_mut().zip(old).zip(new) {
            one(sums, *old, *new);
        }
    }
    let [mut total, others @ ..] = sums;
    for (old, new) in old_rest.iter().zip(new_rest) {
        one(&mut total, *old, *new);
    }
    for sums in others {
        total.add(sums);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
        values.concat()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-6 * b.abs().max(f64::MIN_POSITIVE)
    }

    #[test]
    fn every_type_gives_the_norms_of_the_same_numbers() {
        let old: Vec<i8> = (0..5000).map(|i| i8::try_from(i % 7 - 3).unwrap()).collect();
        let new: Vec<i8> =
            old.iter().enumerate().map(|(i, v)| if i % 50 == 0 { v + 1 } else { *v }).collect();
        let sum = |values: &[i8]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let (a, b, d) = (sum(&old), sum(&new), 100.0);
        let check = |name: &str, encode: &dyn Fn(i8) -> Vec<u8>| {
            let encoded = |values: &[i8]| values.iter().flat_map(|v| encode(*v)).collect::<Vec<u8>>();
            let sums = Sums::of(Number::of(name).unwrap(), &encoded(&old), &encoded(&new));
            assert!(close(sums.old, a) && close(sums.new, b) && close(sums.difference, d), "{name} {sums:?}");
        };
        check("F64", &|v| f64::from(v).to_le_bytes().to_vec());
        check("F32", &|v| f32::from(v).to_le_bytes().to_vec());
        check("BF16", &|v| f32::from(v).to_le_bytes()[2..].to_vec());
        check("<i8", &|v| i64::from(v).to_le_bytes().to_vec());
        check("IntStorage", &|v| i32::from(v).to_le_bytes().to_vec());
        check("I16", &|v| i16::from(v).to_le_bytes().to_vec());
        check("|i1", &|v| v.to_le_bytes().to_vec());
        let halves: [u16; 8] = [0xc200, 0xc000, 0xbc00, 0, 0x3c00, 0x4000, 0x4200, 0x4400];
        check("F16", &|v| halves[usize::try_from(v + 3).unwrap()].to_le_bytes().to_vec());
        check("F8_E5M2", &|v| vec![halves[usize::try_from(v + 3).unwrap()].to_le_bytes()[1]]);
        let eights: [u8; 8] = [0xc4, 0xc0, 0xb8, 0, 0x38, 0x40, 0x44, 0x48];
        check("F8_E4M3", &|v| vec![eights[usize::try_from(v + 3).unwrap()]]);
        assert_eq!(Number::of("Q4_K"), None);
        assert_eq!(Number::of(">f4"), None);
    }

    #[test]
    fn very_large_and_very_small_numbers_are_not_lost() {
        let old = bytes(&[1e30_f32.to_le_bytes(), 0_f32.to_le_bytes()]);
        let new = bytes(&[1e30_f32.to_le_bytes(), 1e-30_f32.to_le_bytes()]);
        let norms = Sums::of(Number::F32, &old, &new).norms();
        assert!(close(norms.old, 1e30_f32.into()) && close(norms.difference, 1e-30_f32.into()), "{norms:?}");
        let none =
            Sums::of(Number::F32, &bytes(&[0_f32.to_le_bytes()]), &bytes(&[1_f32.to_le_bytes()])).norms();
        assert!(none.relative.is_infinite());
        let equal = Sums::of(Number::F32, &old, &old).norms();
        assert_eq!((equal.difference, equal.relative), (0.0, 0.0));
        assert!(Sums::of(Number::F32, &bytes(&[f32::NAN.to_le_bytes()]), &old[..4]).norms().old.is_nan());
    }
}
