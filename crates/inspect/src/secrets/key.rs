//! The key under which digests of secrets are made, so that the same secret is recognised in several reports.

use sha2::{Digest as _, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// Bytes that a key has at least.
const SHORTEST: usize = 16;

/// A key of HMAC-SHA256. Without one no digest of a secret is made: it could be guessed back.
#[derive(Clone)]
pub struct Key([u8; BLOCK]);

impl Key {
    /// Makes one of these bytes; `None` when there are too few of them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < SHORTEST {
            return None;
        }
        let mut block = [0; BLOCK];
        let digest = Sha256::digest(bytes);
        let bytes = if bytes.len() > BLOCK { digest.as_slice() } else { bytes };
        for (to, from) in block.iter_mut().zip(bytes) {
            *to = *from;
        }
        Some(Self(block))
    }

    /// The digest of a secret.
    pub fn fingerprint(&self, secret: &[u8]) -> String {
        let inner =
            Sha256::new().chain_update(self.0.map(|byte| byte ^ 0x36)).chain_update(secret).finalize();
        let outer = Sha256::new().chain_update(self.0.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
        outer.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        // RFC 4231, cases 6 (a key longer than a block) and one made with the standard library of Python.
        let key = Key::new(&[0xaa; 131]).unwrap();
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(key.fingerprint(text), "60e431591ee0b67f0d8a26aacbf5b77f");
        let key = Key::new(b"0123456789abcdef").unwrap();
        assert_eq!(key.fingerprint(b"value"), "b14c4f9b6250524c8d3bad08ce67bfff");
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
