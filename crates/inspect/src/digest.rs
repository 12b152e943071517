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
use crate::walk::wrong_crc32;

/// Bytes read at once.
const BLOCK: usize = 512 << 10;

/// Computes the digest of a file and settles the checksums its facts are waiting for.
pub(crate) fn digest(
    input: &Input,
    facts: &mut Facts,
    budget: &Budget,
    done: &AtomicU64,
) -> Result<Digest, Fault> {
    let mut checksums = std::mem::take(&mut facts.checksums);
    checksums.sort_by_key(|checksum| checksum.range.start);
    // Hostile archives name the same bytes many times; each byte is paid for a bounded number of times.
    let mut allowed = input.len().saturating_mul(4);
    checksums.retain(|checksum| {
        let length = checksum.range.end.saturating_sub(checksum.range.start);
        let fits = length <= allowed;
        if fits {
            allowed = allowed.saturating_sub(length);
        } else {
            facts.not_inspected_in(
                checksum.reading,
                "its checksums were not verified: too many of them are over the same bytes".to_owned(),
            );
        }
        fits
    });

    let mut sha = Sha256::new();
    let mut block = vec![0; BLOCK.min(usize::try_from(input.len()).unwrap_or(BLOCK).max(1))];
    let mut at = 0_u64;
    let mut next = 0;
    let mut active: Vec<(usize, crc32fast::Hasher)> = Vec::new();
    loop {
        budget.tick()?;
        let count = input.fill(&mut block, at)?;
        let bytes = block.get(..count).unwrap_or_default();
        let end = at.saturating_add(count as u64);
        sha.update(bytes);
        while let Some(checksum) =
            checksums.get(next).filter(|checksum| checksum.range.start < end || count == 0)
        {
            if checksum.range.start < end || checksum.range.is_empty() {
                active.push((next, crc32fast::Hasher::new()));
            }
            next += 1;
        }
        active.retain_mut(|(index, hasher)| {
            let Some(checksum) = checksums.get(*index) else { return false };
            let from = checksum.range.start.saturating_sub(at);
            let to = checksum.range.end.saturating_sub(at).min(count as u64);
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
        done.fetch_add(count as u64, Ordering::Relaxed);
        if count == 0 {
            break;
        }
        at = end;
    }
    if at < input.len() {
        return Err(
            io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read").into()
        );
    }
    Ok(Digest(sha.finalize().into()))
}
