//! Hashes of keys: quick for the short words of vocabularies, and of a secret, so that no file can choose them.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Builds hashers with a secret of their own.
#[derive(Debug, Clone, Copy)]
pub(in crate::formats) struct Keyed(u64, u64);

impl Keyed {
    pub(in crate::formats) fn new() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(0), random.hash_one(1))
    }
}

impl BuildHasher for Keyed {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        let Self(state, secret) = *self;
        Folding { state, secret }
    }
}

/// Multiplies eight bytes with a secret at a time and adds both halves of the product.
#[derive(Debug)]
pub(in crate::formats) struct Folding {
    state: u64,
    secret: u64,
}

impl Folding {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word).wrapping_mul(u128::from(self.secret | 1));
        let bytes = product.to_le_bytes();
        let (halves, _) = bytes.as_chunks::<8>();
        let [low, high] = halves else { return };
        let (low, high) = (u64::from_le_bytes(*low), u64::from_le_bytes(*high));
        self.state = low.wrapping_add(high).rotate_left(23) ^ self.secret;
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        // The last piece begins inside the one before it, so that no byte is read alone.
        if let Some(last) = bytes.last_chunk::<8>() {
            let (words, _) = bytes.as_chunks::<8>();
            for word in words {
                self.mix(u64::from_le_bytes(*word));
            }
            self.mix(u64::from_le_bytes(*last));
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let word = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
            self.mix(word);
        } else {
            self.mix(bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
        self.state = self.state.wrapping_add(bytes.len() as u64);
    }

    /// What stands behind a text.
    fn write_u8(&mut self, byte: u8) {
        self.mix(byte.into());
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tells_words_apart() {
        let keyed = Keyed::new();
        let words = (0..100_000).map(|n| format!("{n}")).chain((0..20).map(|n| "\0".repeat(n)));
        let words: Vec<String> = words.collect();
        let hashes: HashSet<u64> = words.iter().map(|word| keyed.hash_one(word)).collect();
        assert_eq!(hashes.len(), words.len());
        // Tables go by some bits of a hash.
        let low: HashSet<u64> = words.iter().map(|word| keyed.hash_one(word) & 0xffff).collect();
        let high: HashSet<u64> = words.iter().map(|word| keyed.hash_one(word) >> 48).collect();
        assert!(low.len() > 45_000 && high.len() > 45_000, "{} {}", low.len(), high.len());
        assert_ne!(keyed.hash_one("a"), Keyed::new().hash_one("a"));
    }
}
