//! One pass over a file: its SHA-256, and the CRC-32 of the ranges that formats asked for, from the same blocks.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Problem, What};

use crate::facts::Facts;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::walk::{Checksum, wrong_crc32};
use crate::weights::Weighing;

/// Bytes read at once.
const BLOCK: usize = 512 << 10;

/// Blocks that are shorter are not worth a second thread.
const SHORT: usize = 64 << 10;

/// Computes the digest of a file and settles the checksums its facts are waiting for; from the same blocks, what is asked
/// of the numbers in its tensors.
pub(crate) fn digest(
    input: &Input,
    facts: &mut Facts,
    budget: &Budget,
    done: &AtomicU64,
    mut weighing: Option<&mut Weighing>,
) -> Result<Digest, Fault> {
    let mut pass = Pass::new(input.len(), facts);
    let mut block = vec![0; BLOCK.min(usize::try_from(input.len()).unwrap_or(BLOCK).max(1))];
    loop {
        budget.tick()?;
        let count = input.fill(&mut block, pass.at)?;
        done.fetch_add(count as u64, Ordering::Relaxed);
        if count == 0 {
            return pass.finish(input.len(), facts);
        }
        let (at, bytes) = (pass.at, block.get(..count).unwrap_or_default());
        match &mut weighing {
            Some(weighing) if count >= SHORT && weighing.wants(at, count as u64) => {
                rayon::join(|| pass.take(bytes, facts), || weighing.take(at, bytes));
            }
            Some(weighing) => {
                pass.take(bytes, facts);
                weighing.take(at, bytes);
            }
            None => pass.take(bytes, facts),
        }
    }
}

/// What is computed while a file is read from front to back.
pub(crate) struct Pass {
    sha: Sha256,
    checksums: Vec<Checksum>,
    /// The first checksum that has not begun.
    next: usize,
    active: Vec<(usize, crc32fast::Hasher)>,
    at: u64,
}

impl Pass {
    /// Nothing of a file of this length is read yet.
    pub(crate) fn new(length: u64, facts: &mut Facts) -> Self {
        let mut checksums = std::mem::take(&mut facts.checksums);
        checksums.sort_by_key(|checksum| checksum.range.start);
        // Hostile archives name the same bytes many times; each byte is paid for a bounded number of times.
        let mut allowed = length.saturating_mul(4);
        checksums.retain(|checksum| {
            let length = checksum.range.end.saturating_sub(checksum.range.start);
            let fits = length <= allowed;
            if fits {
                allowed = allowed.saturating_sub(length);
            } else {
                let why = "its checksums were not verified: too many of them are over the same bytes";
                facts.not_inspected_in(checksum.reading, why.to_owned());
            }
            fits
        });
        Self { sha: Sha256::new(), checksums, next: 0, active: Vec::new(), at: 0 }
    }

    /// The next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8], facts: &mut Facts) {
        self.sha.update(bytes);
        self.check(bytes, facts);
        self.at = self.at.saturating_add(bytes.len() as u64);
    }

    /// There are no more bytes; there should have been `length`.
    pub(crate) fn finish(mut self, length: u64, facts: &mut Facts) -> Result<Digest, Fault> {
        self.check(&[], facts);
        if self.at < length {
            let why = "it became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why).into());
        }
        Ok(Digest(self.sha.finalize().into()))
    }

    /// Goes on with the checksums over these bytes; those that begin at the end have none.
    fn check(&mut self, bytes: &[u8], facts: &mut Facts) {
        let (at, count) = (self.at, bytes.len() as u64);
        let end = at.saturating_add(count);
        while let Some(checksum) =
            self.checksums.get(self.next).filter(|checksum| checksum.range.start < end || count == 0)
        {
            if checksum.range.start < end || checksum.range.is_empty() {
                self.active.push((self.next, crc32fast::Hasher::new()));
            }
            self.next += 1;
        }
        let checksums = &self.checksums;
        self.active.retain_mut(|(index, hasher)| {
            let Some(checksum) = checksums.get(*index) else { return false };
            let from = checksum.range.start.saturating_sub(at);
            let to = checksum.range.end.saturating_sub(at).min(count);
            let range =
                usize::try_from(from).unwrap_or(usize::MAX)..usize::try_from(to).unwrap_or(usize::MAX);
            hasher.update(bytes.get(range).unwrap_or_default());
            if checksum.range.end > end {
                return true;
            }
            let found = hasher.clone().finalize();
            if found != checksum.expected {
                let detail = wrong_crc32(&checksum.name, checksum.expected, found);
                facts.push_to(
                    checksum.reading,
                    Some(checksum.at),
                    What::Problem(Problem::new(Kind::Checksum, detail)),
                );
            }
            false
        });
    }
}
