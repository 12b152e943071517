//! CRC-32 with Castagnoli's polynomial, and how tables mask it.

use std::sync::LazyLock;

/// The polynomial, its lowest bit first.
const POLYNOMIAL: u32 = 0x82f6_3b78;

static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let mut crc = u32::try_from(byte).unwrap_or_default();
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
        }
        crc
    })
});

/// The CRC of bytes.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let table = &*TABLE;
    !bytes.iter().fold(!0, |crc: u32, byte| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ table.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}

/// A CRC as it is written beside the bytes: masked, because the CRC of bytes that hold their own CRC says little.
pub(crate) fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_one() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<_>>()), 0x46dd_794e);
        assert_eq!(masked(0), 0xa282_ead8);
    }
}
