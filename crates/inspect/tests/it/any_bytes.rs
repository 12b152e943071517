//! Any bytes: no panic, and an answer. The same body as the fuzz target, from a fixed seed, for some seconds.

use std::time::{Duration, Instant};

use weighbridge_inspect::formats::FORMATS;
use weighbridge_inspect::fuzz;

/// A small generator (xorshift64*), so that a failure repeats.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

/// Changes a seed as a fuzzer would: bytes, numbers, lengths, cuts, repeats, splices.
fn mutate(random: &mut Random, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len().max(1));
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] = random.next().to_le_bytes()[0],
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => {
                let number = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX][random.below(8)];
                let width = [1, 2, 4, 8][random.below(4)];
                for (to, from) in bytes.iter_mut().skip(at).take(width).zip(number.to_le_bytes()) {
                    *to = from;
                }
            }
            4 => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(random.below(64)).copied().collect();
                bytes.splice(at..at, piece);
            }
            5 => {
                let from = random.below(other.len());
                bytes.splice(at.., other.iter().skip(from).copied());
            }
            6 => {
                let end = (at + random.below(16)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            _ => {
                let fill = random.next().to_le_bytes()[0];
                bytes.splice(at..at, std::iter::repeat_n(fill, random.below(300)));
            }
        }
    }
    bytes
}

#[test]
fn any_bytes_get_an_answer_and_no_panic() {
    let seeds = fuzz::seeds();
    let mut random = Random(0x5eed);
    let begin = Instant::now();
    let mut rounds = 0;
    // At least one round over everything, then until the time is over.
    while rounds < seeds.len() || begin.elapsed() < Duration::from_secs(5) {
        let (name, seed) = &seeds[rounds % seeds.len()];
        let (_, other) = &seeds[random.below(seeds.len())];
        let mut bytes = mutate(&mut random, seed, other);
        if let (Some(first), 0) = (bytes.first_mut(), random.below(4)) {
            *first = u8::try_from(random.below(FORMATS.len() + 1)).unwrap();
        }
        let facts = fuzz::inspect(&bytes);
        assert!(bytes.is_empty() || !facts.readings.is_empty(), "{name}: nothing is said about {bytes:?}");
        rounds += 1;
    }
}
