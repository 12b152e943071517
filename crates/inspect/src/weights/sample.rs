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
    let distinct = distinct(&bits);
    let mut shown = Shown { distinct, hidden: None, entropy: None };
    // A few values over and over carry nothing.
    if distinct < 4 {
        return shown;
    }
    shown.hidden = planes(number).iter().find_map(|plane| {
        let content = content::of(&plane.taken_from(bytes, size(number)), first)?;
        Some((plane.to_string(), content))
    });
    // Numbers that were set to zero hide none.
    let used: Vec<u64> = bits.into_iter().filter(|bits| *bits != 0).collect();
    if used.len() >= SAMPLE / 2 && distinct > used.len() / 2 {
        shown.entropy = entropy(number, &used);
    }
    shown
}

/// Bytes of one number.
fn size(number: Number) -> usize {
    usize::try_from(number.size()).unwrap_or(8)
}

/// The numbers as bits.
fn bits(number: Number, bytes: &[u8]) -> Vec<u64> {
    match number.size() {
        1 => bytes.iter().map(|byte| u64::from(*byte)).collect(),
        2 => bytes.as_chunks().0.iter().map(|bytes| u64::from(u16::from_le_bytes(*bytes))).collect(),
        4 => bytes.as_chunks().0.iter().map(|bytes| u64::from(u32::from_le_bytes(*bytes))).collect(),
        _ => bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
    }
}

/// How many different numbers there are, nearly: few of them fall on the same of many places.
fn distinct(bits: &[u64]) -> usize {
    let mut places = [0_u64; 1 << 10];
    for bits in bits {
        let place = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        if let Some(word) = places.get_mut(usize::try_from(place >> 6).unwrap_or_default()) {
            *word |= 1 << (place & 63);
        }
    }
    places.iter().map(|word| word.count_ones() as usize).sum()
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
    /// Those of numbers of this size.
    fn taken_from(self, bytes: &[u8], size: usize) -> Vec<u8> {
        match self {
            Self::Bytes { count: 1, up } => low::<1>(bytes, size, up),
            Self::Bytes { count: 2, up } => low::<2>(bytes, size, up),
            Self::Bytes { count: 3, up } => low::<3>(bytes, size, up),
            Self::Bytes { count: 4, up } => low::<4>(bytes, size, up),
            Self::Bytes { up, .. } => low::<6>(bytes, size, up),
            Self::Bits { count, up } => {
                let lowest = low::<1>(bytes, size, true);
                let mut out = Vec::with_capacity(lowest.len() * usize::from(count) / 8);
                let mask = (1_u64 << count) - 1;
                // Eight numbers have as many bytes as each has bits.
                for eight in lowest.as_chunks::<8>().0 {
                    let low = eight.iter().map(|byte| u64::from(*byte) & mask);
                    let length = usize::from(count);
                    if up {
                        let held = low.rev().fold(0, |held, low| held << count | low);
                        out.extend(&held.to_le_bytes()[..length]);
                    } else {
                        let held = low.fold(0, |held, low| held << count | low);
                        out.extend(&held.to_be_bytes()[8 - length..]);
                    }
                }
                out
            }
        }
    }
}

/// The lowest bytes of numbers of this size.
fn low<const N: usize>(bytes: &[u8], size: usize, up: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / size * N);
    for low in bytes.chunks_exact(size).filter_map(|number| number.first_chunk::<N>()) {
        let mut low = *low;
        if !up {
            low.reverse();
        }
        out.extend_from_slice(&low);
    }
    out
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
        let text = b"some words that stand in the lowest bits";
        let numbers = |count: u8, up: bool| -> Vec<u8> {
            let bits = text
                .iter()
                .flat_map(|byte| (0..8).map(move |index| byte >> if up { index } else { 7 - index } & 1));
            let bits: Vec<u8> = bits.collect();
            let one = |bits: &[u8]| {
                let fold = |all: u8, bit: &u8| all << 1 | bit;
                [if up { bits.iter().rev().fold(0x80, fold) } else { bits.iter().fold(0x80, fold) }, 0x3d]
            };
            bits.chunks(usize::from(count)).flat_map(one).collect()
        };
        for (count, up) in [(1, false), (1, true), (2, false), (2, true), (4, false), (4, true)] {
            assert_eq!(bits_of(count, up).taken_from(&numbers(count, up), 2), text, "{count} {up}");
        }
        let three: Vec<u8> = text.chunks_exact(3).flat_map(|c| [c[0], c[1], c[2], 0x3d]).collect();
        assert_eq!(bytes_of(3, true).taken_from(&three, 4), text[..39]);
        let back: Vec<u8> = text.chunks_exact(2).flat_map(|c| [c[1], c[0], 0, 0x3d]).collect();
        assert_eq!(bytes_of(2, false).taken_from(&back, 4), text[..40]);
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
