//! A sample of neighbouring numbers: how varied they are, and whether their low bits are something of their own.

use super::content;
use crate::number::Number;

/// Numbers in a sample.
pub(super) const SAMPLE: usize = 2048;

/// What a sample shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Different numbers.
    pub(super) distinct: usize,
    /// Which bits, put together, are what.
    pub(super) hidden: Option<(String, String)>,
    /// The entropy of the low byte, where it says something.
    pub(super) entropy: Option<f64>,
}

/// Looks at up to [`SAMPLE`] numbers; `first` when the tensor begins with them.
pub(super) fn look(number: Number, bytes: &[u8], first: bool) -> Shown {
    let bits = bits(number, bytes);
    let mut sorted = bits.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let distinct = sorted.len();
    let mut shown = Shown { distinct, hidden: None, entropy: None };
    // A few values over and over carry nothing.
    if distinct < 4 {
        return shown;
    }
    shown.hidden = planes(number).iter().find_map(|plane| {
        let content = content::of(&plane.taken_from(&bits), first)?;
        Some((plane.to_string(), content))
    });
    if bits.len() == SAMPLE && distinct >= SAMPLE / 2 {
        shown.entropy = entropy(number, &bits);
    }
    shown
}

/// The numbers as bits.
fn bits(number: Number, bytes: &[u8]) -> Vec<u64> {
    let size = usize::try_from(number.size()).unwrap_or(8);
    let one = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    bytes.chunks_exact(size).map(one).collect()
}

/// Some low bits of every number.
#[derive(Debug, Clone, Copy)]
enum Plane {
    /// So many low bytes, the lowest first or last.
    Bytes { count: u8, up: bool },
    /// So many low bits, put together to bytes from the highest bit or from the lowest.
    Bits { count: u8, up: bool },
}

impl std::fmt::Display for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes { count: 1, .. } => f.write_str("lowest byte"),
            Self::Bytes { count, .. } => write!(f, "lowest {count} bytes"),
            Self::Bits { count: 1, .. } => f.write_str("lowest bit"),
            Self::Bits { count, .. } => write!(f, "lowest {count} bits"),
        }
    }
}

const fn bytes_of(count: u8, up: bool) -> Plane {
    Plane::Bytes { count, up }
}

const fn bits_of(count: u8, up: bool) -> Plane {
    Plane::Bits { count, up }
}

/// The planes of a type that change its values little.
fn planes(number: Number) -> &'static [Plane] {
    const LOW: [Plane; 10] = [
        bits_of(1, false),
        bits_of(1, true),
        bits_of(2, false),
        bits_of(2, true),
        bits_of(3, false),
        bits_of(4, false),
        bits_of(4, true),
        bits_of(5, false),
        bits_of(6, false),
        bits_of(7, false),
    ];
    const HALF: [Plane; 11] = with(LOW, [bytes_of(1, true)]);
    const SINGLE: [Plane; 15] = with(
        LOW,
        [bytes_of(1, true), bytes_of(2, true), bytes_of(2, false), bytes_of(3, true), bytes_of(3, false)],
    );
    const WIDE: [Plane; 17] = with(
        LOW,
        [
            bytes_of(1, true),
            bytes_of(2, true),
            bytes_of(2, false),
            bytes_of(4, true),
            bytes_of(4, false),
            bytes_of(6, true),
            bytes_of(6, false),
        ],
    );
    match number {
        Number::F64 => &WIDE,
        Number::F32 => &SINGLE,
        Number::F16 | Number::Bf16 => &HALF,
        Number::I8 | Number::U8 | Number::E4m3 | Number::E5m2 => LOW.split_at(7).0,
        // Whole numbers have no bits that matter little.
        _ => &[],
    }
}

const fn with<const N: usize, const M: usize, const A: usize>(
    some: [Plane; N],
    more: [Plane; M],
) -> [Plane; A] {
    let mut all = [bits_of(1, true); A];
    let mut index = 0;
    while index < A {
        all[index] = if index < N { some[index] } else { more[index - N] };
        index += 1;
    }
    all
}

impl Plane {
    fn taken_from(self, numbers: &[u64]) -> Vec<u8> {
        match self {
            Self::Bytes { count, up } => {
                let mut out = Vec::with_capacity(numbers.len() * usize::from(count));
                for number in numbers {
                    let bytes = number.to_le_bytes();
                    let low = bytes.iter().take(usize::from(count));
                    if up { out.extend(low) } else { out.extend(low.rev()) }
                }
                out
            }
            Self::Bits { count, up } => {
                let mut out = Vec::with_capacity(numbers.len() * usize::from(count) / 8 + 1);
                let mask = (1_u64 << count) - 1;
                let (mut held, mut length) = (0_u64, 0);
                for number in numbers {
                    let low = number & mask;
                    held = if up { held | low << length } else { held << count | low };
                    length += u32::from(count);
                    if length >= 8 {
                        length -= 8;
                        let byte = if up { held } else { held >> length };
                        out.push(byte.to_le_bytes()[0]);
                        held = if up { held >> 8 } else { held & ((1 << length) - 1) };
                    }
                }
                out
            }
        }
    }
}

/// The entropy of the lowest byte of the fraction that is used at all: numbers that were of a narrower type have zeros
/// below it. Nothing where no byte of fraction is left.
fn entropy(number: Number, bits: &[u64]) -> Option<f64> {
    let spare = match number {
        Number::F32 => 15,
        Number::F16 => 2,
        _ => return None,
    };
    let unused = bits.iter().fold(0, |all, bits| all | bits).trailing_zeros();
    if unused > spare {
        return None;
    }
    let mut counts = [0_u32; 256];
    for bits in bits {
        let [low, ..] = (bits >> unused).to_le_bytes();
        counts[usize::from(low)] += 1;
    }
    let all = f64::from(u32::try_from(bits.len()).ok()?);
    let share = |count: &u32| f64::from(*count) / all;
    Some(
        -counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| share(count) * share(count).log2())
            .sum::<f64>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_put_together_as_they_are_taken_apart() {
        let text = b"some words that stand in the low bits";
        let numbers = |count: u8, up: bool| -> Vec<u64> {
            let bits = text.iter().flat_map(|byte| {
                (0..8).map(move |index| u64::from(byte >> if up { index } else { 7 - index } & 1))
            });
            let bits: Vec<u64> = bits.collect();
            let one = |bits: &[u64]| {
                let fold = |all: u64, bit: &u64| all << 1 | bit;
                0xab00 | if up { bits.iter().rev().fold(0, fold) } else { bits.iter().fold(0, fold) }
            };
            bits.chunks(usize::from(count)).map(one).collect()
        };
        for (count, up) in [(1, false), (1, true), (2, false), (2, true), (4, false), (4, true)] {
            assert_eq!(bits_of(count, up).taken_from(&numbers(count, up)), text, "{count} {up}");
        }
        let three: Vec<u64> =
            text.chunks_exact(3).map(|c| u64::from_le_bytes([c[0], c[1], c[2], 0x3d, 0, 0, 0, 0])).collect();
        assert_eq!(bytes_of(3, true).taken_from(&three), text[..36]);
        let back: Vec<u64> =
            text.chunks_exact(2).map(|c| u64::from_le_bytes([c[1], c[0], 0x3d, 0, 0, 0, 0, 0])).collect();
        assert_eq!(bytes_of(2, false).taken_from(&back), text[..36]);
    }

    #[test]
    fn entropy_is_of_the_bits_that_are_used() {
        let spread = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let trained: Vec<u64> = (0..2048).map(|i| 0x3d00_0000 | spread(i) & 0x00ff_ffff).collect();
        assert!(entropy(Number::F32, &trained).unwrap() > 7.8);
        let widened: Vec<u64> = trained.iter().map(|bits| bits << 13 & 0xffff_e000).collect();
        assert!(entropy(Number::F32, &widened).unwrap() > 7.8);
        let brain: Vec<u64> = trained.iter().map(|bits| bits & 0xffff_0000).collect();
        assert_eq!(entropy(Number::F32, &brain), None);
        let code: Vec<u64> = trained.iter().map(|bits| bits & 0xffff_ff1f).collect();
        assert!(entropy(Number::F32, &code).unwrap() < 6.0);
    }
}
