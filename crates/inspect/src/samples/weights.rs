//! Numbers as training leaves them, and what can be put into them.

use super::tensor;

/// A tensor of a file: its name, type, shape and bytes.
pub type Piece<'a> = (&'a str, &'a str, &'a [u64], Vec<u8>);

/// A safetensors file with these tensors.
pub fn safetensors(pieces: &[Piece<'_>]) -> Vec<u8> {
    let (mut data, mut keys) = (Vec::new(), Vec::new());
    for (name, dtype, shape, bytes) in pieces {
        let start = data.len();
        data.extend(bytes);
        keys.push(format!(
            "\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{start},{}]}}",
            data.len()
        ));
    }
    let header = format!("{{{}}}", keys.join(","));
    let header = format!("{header}{}", " ".repeat(header.len().next_multiple_of(8) - header.len()));
    tensor::raw_safetensors(header.len() as u64, header.as_bytes(), &data)
}

/// Bits that look random, and are always the same.
fn spread(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Numbers around zero, few of them far from it; another `seed` gives others.
pub fn trained(seed: u64, count: usize) -> Vec<f32> {
    let one = |index: u64| {
        let part = |nth: u64| {
            let bits = spread(
                (seed << 32 | index).wrapping_mul(4).wrapping_add(nth).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            );
            f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX) - 0.5
        };
        #[expect(clippy::cast_possible_truncation, reason = "numbers of single precision are what is wanted")]
        let number = ((0..4).map(part).sum::<f64>() * 0.05) as f32;
        number
    };
    (0..count as u64).map(one).collect()
}

/// Their bytes in single precision.
pub fn single(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Their bytes in the type of 16 bits that is cut from single precision.
pub fn brain(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().skip(2)).collect()
}

/// Puts a payload into the lowest bits of each number of this size, the highest bit of the payload first.
pub fn hide_in_bits(bytes: &mut [u8], size: usize, count: usize, payload: &[u8]) {
    let bits: Vec<u8> =
        payload.iter().flat_map(|byte| (0..8).rev().map(move |index| byte >> index & 1)).collect();
    let groups = bits.chunks(count).map(|bits| bits.iter().fold(0, |all, bit| all << 1 | bit));
    for (number, group) in bytes.chunks_exact_mut(size).zip(groups) {
        if let [low, ..] = number {
            *low = *low >> count << count | group;
        }
    }
}

/// Puts a payload into the lowest bytes of each number of this size, the higher byte first.
pub fn hide_in_bytes(bytes: &mut [u8], size: usize, count: usize, payload: &[u8]) {
    for (number, group) in bytes.chunks_exact_mut(size).zip(payload.chunks(count)) {
        for (low, byte) in number.iter_mut().take(count).rev().zip(group) {
            *low = *byte;
        }
    }
}
