//! Addresses of wallets, told from anything else by their checksums.

use sha2::{Digest as _, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Bitcoin's older form: 25 bytes in base 58, of which the last four are a checksum.
pub(super) fn is_base58(text: &[u8]) -> bool {
    if !(26..=35).contains(&text.len()) || !matches!(text.first(), Some(b'1' | b'3')) {
        return false;
    }
    let mut bytes = [0_u8; 25];
    for character in text {
        let Some(digit) = BASE58.iter().position(|known| known == character) else { return false };
        let mut carry = u32::try_from(digit).unwrap_or_default();
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let (body, checksum) = bytes.split_at(21);
    let twice = Sha256::digest(Sha256::digest(body));
    twice.starts_with(checksum)
}

/// Bitcoin's newer form: base 32 with a checksum in its last six characters.
pub(super) fn is_bech32(text: &[u8]) -> bool {
    let Some(data) = text.strip_prefix(b"bc1") else { return false };
    if !(14..=74).contains(&data.len()) {
        return false;
    }
    let mut values = vec![3_u32, 3, 0, 2, 3];
    for character in data {
        let Some(value) = BECH32.iter().position(|known| known == character) else { return false };
        values.push(u32::try_from(value).unwrap_or_default());
    }
    let checksum = polymod(&values);
    checksum == 1 || checksum == 0x2bc8_30a3
}

fn polymod(values: &[u32]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |checksum: u32, value| {
        let top = checksum >> 25;
        let shifted = (checksum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR.iter().enumerate().fold(
            shifted,
            |sum, (bit, generator)| {
                if top >> bit & 1 == 1 { sum ^ generator } else { sum }
            },
        )
    })
}

/// Ethereum's form: `0x` and 40 digits, whose case is a checksum. Without capitals it could be any number.
pub(super) fn is_ethereum(text: &[u8]) -> bool {
    let Some(digits) = text.strip_prefix(b"0x").filter(|digits| digits.len() == 40) else { return false };
    let mixed = digits.iter().any(u8::is_ascii_lowercase) && digits.iter().any(u8::is_ascii_uppercase);
    if !mixed || !digits.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let hash = keccak256(&digits.to_ascii_lowercase());
    digits.iter().enumerate().all(|(at, digit)| {
        let byte = hash.get(at / 2).copied().unwrap_or_default();
        let nibble = if at % 2 == 0 { byte >> 4 } else { byte & 15 };
        !digit.is_ascii_alphabetic() || digit.is_ascii_uppercase() == (nibble >= 8)
    })
}

/// Keccak-256 of a text shorter than one block, as it was before it became SHA-3.
fn keccak256(text: &[u8]) -> Vec<u8> {
    const RATE: usize = 136;
    let mut block = [0_u8; RATE];
    for (to, from) in block.iter_mut().zip(text) {
        *to = *from;
    }
    if let Some(end) = block.get_mut(text.len()) {
        *end ^= 1;
    }
    block[RATE - 1] ^= 0x80;
    let mut state = [0_u64; 25];
    for (lane, bytes) in state.iter_mut().zip(block.as_chunks::<8>().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    permute(&mut state);
    state.iter().take(4).flat_map(|lane| lane.to_le_bytes()).collect()
}

fn permute(state: &mut [u64; 25]) {
    const ROTATIONS: [u32; 24] =
        [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
    const LANES: [usize; 24] =
        [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
    let mut register = 1_u8;
    for _ in 0..24 {
        let column = |x: usize, state: &[u64; 25]| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]);
        let columns: Vec<u64> = (0..5).map(|x| column(x, state)).collect();
        for (index, lane) in state.iter_mut().enumerate() {
            *lane ^= columns[(index + 4) % 5] ^ columns[(index + 1) % 5].rotate_left(1);
        }
        let mut last = state[1];
        for (lane, rotation) in LANES.iter().zip(ROTATIONS) {
            last = std::mem::replace(&mut state[*lane], last.rotate_left(rotation));
        }
        for row in state.as_chunks_mut::<5>().0 {
            let before = *row;
            for (x, lane) in row.iter_mut().enumerate() {
                *lane = before[x] ^ (!before[(x + 1) % 5] & before[(x + 2) % 5]);
            }
        }
        // The constants of the rounds come from a shift register.
        for bit in 0..7_u32 {
            if register & 1 == 1 {
                state[0] ^= 1 << ((1_u64 << bit) - 1);
            }
            register = register << 1 ^ if register >> 7 == 1 { 0x71 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_tell_addresses_from_anything_else() {
        // The first address there was, and the examples of the proposals that describe the other forms.
        assert!(is_base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert!(!is_base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"));
        assert!(is_bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(is_bech32(b"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        assert!(!is_bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
        assert!(is_ethereum(b"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert!(is_ethereum(b"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"));
        assert!(!is_ethereum(b"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"));
        assert!(!is_ethereum(b"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
    }
}
