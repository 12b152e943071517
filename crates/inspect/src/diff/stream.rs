//! Two files read side by side, once: the digest of each, and from the same blocks whether the tensors they share are the
//! same and how far their values moved. No digest a tensor is needed for that: the bytes themselves are compared.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use weighbridge_domain::Digest;

use super::change::Norms;
use super::norms::Sums;
use crate::digest::Pass;
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::number::Number;

/// Bytes of each file read at once: two blocks stay in a core's cache while they are hashed and compared.
const BLOCK: u64 = 512 << 10;

/// What is less is not worth a second thread.
const SMALL: u64 = 64 << 10;

/// A tensor that both files have, of the same type and shape: where it lies in each.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) old: Range<u64>,
    pub(crate) new: Range<u64>,
    pub(crate) number: Option<Number>,
}

/// What came of comparing one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) same: bool,
    /// Where its values are understood.
    pub(crate) norms: Option<Norms>,
}

/// One file while it is read from front to back.
pub(crate) struct Reader<'a> {
    input: &'a Input,
    facts: &'a mut Facts,
    pass: Pass,
    at: u64,
    block: Vec<u8>,
    budget: &'a Budget,
    done: &'a AtomicU64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        input: &'a Input,
        facts: &'a mut Facts,
        budget: &'a Budget,
        done: &'a AtomicU64,
    ) -> Self {
        let pass = Pass::new(input.len(), facts);
        Self { input, facts, pass, at: 0, block: Vec::new(), budget, done }
    }

    /// Reads and hashes the next bytes. There are fewer only at the end of the file.
    fn take(&mut self, length: u64) -> Result<(), Fault> {
        self.budget.tick()?;
        self.block.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        let count = self.input.fill(&mut self.block, self.at)?;
        self.block.truncate(count);
        self.pass.take(&self.block, self.facts);
        self.at = self.at.saturating_add(count as u64);
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        if (count as u64) < length { Err(Fault::Truncated { at: self.at }) } else { Ok(()) }
    }

    /// Reads and hashes everything before `to`.
    fn advance(&mut self, to: u64) -> Result<(), Fault> {
        while self.at < to {
            self.take(to.saturating_sub(self.at).min(BLOCK))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Digest, Fault> {
        self.advance(self.input.len())?;
        self.pass.finish(self.input.len(), self.facts)
    }
}

/// Both at once, when it is worth it.
fn both<A: Send, B: Send>(length: u64, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if length < SMALL { (a(), b()) } else { rayon::join(a, b) }
}

/// What came of reading two files side by side: the digest of each, and of each shared tensor what came of it.
pub(crate) type Outcome = (Result<Digest, Fault>, Result<Digest, Fault>, Vec<Option<Compared>>);

/// The digests of both files, each `Err` when that file could not be read to its end, and what came of each shared tensor:
/// nothing for those that do not stand in the same order in both files, or that could not be read.
pub(crate) fn compare(mut old: Reader<'_>, mut new: Reader<'_>, shared: &[Shared]) -> Outcome {
    let mut order: Vec<usize> = (0..shared.len()).collect();
    order.sort_by_key(|index| (shared[*index].old.start, shared[*index].new.start));
    let mut compared = vec![None; shared.len()];
    let mut faults = (Ok(()), Ok(()));
    for index in order {
        let tensor = &shared[index];
        if tensor.old.start < old.at || tensor.new.start < new.at {
            continue;
        }
        let ahead = (tensor.old.start - old.at).max(tensor.new.start - new.at);
        faults = both(ahead, || old.advance(tensor.old.start), || new.advance(tensor.new.start));
        if faults.0.is_err() || faults.1.is_err() {
            break;
        }
        let mut state = State::default();
        let mut left = tensor.old.end.saturating_sub(tensor.old.start);
        while left > 0 {
            let length = left.min(BLOCK);
            faults = both(length, || old.take(length), || new.take(length));
            if faults.0.is_err() || faults.1.is_err() {
                break;
            }
            if state.add(&old.block, &new.block, tensor.number) {
                let before = tensor.old.start..old.at.saturating_sub(length);
                faults.0 = state.add_same(
                    &old.input.slice(before.start, before.end - before.start),
                    tensor.number,
                    old.budget,
                );
            }
            left -= length;
        }
        if faults.0.is_err() || faults.1.is_err() {
            break;
        }
        compared[index] = Some(state.compared(tensor.number));
    }
    let (old, new) =
        rayon::join(|| faults.0.and_then(|()| old.finish()), || faults.1.and_then(|()| new.finish()));
    (old, new, compared)
}

/// Compares two ranges by positioned reads, where reading in order did not.
pub(crate) fn compare_ranges(
    old: &Input,
    new: &Input,
    number: Option<Number>,
    budget: &Budget,
) -> Result<Compared, Fault> {
    let mut state = State::default();
    let mut at = 0;
    while at < old.len() {
        budget.tick()?;
        let (a, b) = both(old.len() - at, || old.read(at, BLOCK), || new.read(at, BLOCK));
        let (a, b) = (a?, b?);
        if a.is_empty() || a.len() != b.len() {
            return Err(Fault::Truncated { at });
        }
        if state.add(&a, &b, number) {
            state.add_same(&old.slice(0, at), number, budget)?;
        }
        at += a.len() as u64;
    }
    Ok(state.compared(number))
}

/// One tensor while it is compared.
#[derive(Default)]
struct State {
    differs: bool,
    sums: Sums,
}

impl State {
    /// Goes on with two blocks. Norms are only summed in tensors that differ: the first blocks that do say so, and what was
    /// before them is to be added.
    fn add(&mut self, old: &[u8], new: &[u8], number: Option<Number>) -> bool {
        // Halves of whole elements.
        let half = (old.len() / 2).next_multiple_of(64).min(old.len());
        let (old, new) = (old.split_at(half), new.split_at(half));
        let asked = number.filter(|_| !self.sums.is_settled());
        let before = self.differs;
        let (a, b) = both(
            old.0.len() as u64,
            || one(old.0, new.0, asked, before),
            || one(old.1, new.1, asked, before),
        );
        self.differs |= a.0 || b.0;
        for ((differs, sums), (old, new)) in [(a, (old.0, new.0)), (b, (old.1, new.1))] {
            self.sums.add(sums);
            // The other half says that the tensor differs.
            if let (false, false, true, Some(number)) = (before, differs, self.differs, asked) {
                self.sums.add(Sums::of(number, old, new));
            }
        }
        self.differs && !before
    }

    /// Adds what was the same before the first difference.
    fn add_same(&mut self, before: &Input, number: Option<Number>, budget: &Budget) -> Result<(), Fault> {
        let Some(number) = number else { return Ok(()) };
        let mut at = 0;
        while at < before.len() && !self.sums.is_settled() {
            budget.tick()?;
            let block = before.read(at, BLOCK)?;
            if block.is_empty() {
                return Err(Fault::Truncated { at });
            }
            self.sums.add(Sums::of(number, &block, &block));
            at += block.len() as u64;
        }
        Ok(())
    }

    fn compared(self, number: Option<Number>) -> Compared {
        Compared { same: !self.differs, norms: number.map(|_| self.sums.norms()) }
    }
}

/// Whether blocks differ, and the sums where they or those before them do.
fn one(old: &[u8], new: &[u8], number: Option<Number>, before: bool) -> (bool, Sums) {
    let differs = old != new;
    let number = number.filter(|_| differs || before);
    (differs, number.map_or_else(Sums::default, |number| Sums::of(number, old, new)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn digest(bytes: &[u8]) -> Digest {
        use sha2::Digest as _;
        Digest(sha2::Sha256::digest(bytes).into())
    }

    #[test]
    fn files_are_hashed_once_and_their_tensors_compared() {
        let length = usize::try_from(BLOCK * 2 + 12).unwrap();
        let old: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
        // The same tensors behind a longer header; one of them has another value at its end.
        let mut new = [&[7; 16], &old[..]].concat();
        *new.last_mut().unwrap() ^= 1;
        let end = old.len() as u64;
        let shared = [
            (100..end - 4, None),
            (0..100, Some(Number::U8)),
            (end - 4..end, Some(Number::U8)),
            (4..50, None),
        ]
        .map(|(range, number)| Shared { new: range.start + 16..range.end + 16, old: range, number });
        let (a, b) = (Input::bytes(old.clone()), Input::bytes(new.clone()));
        let (mut facts, mut others) = (Facts::default(), Facts::default());
        let budget = Budget::new(&Limits::default(), None);
        let done = AtomicU64::new(0);
        let (x, y, compared) = compare(
            Reader::new(&a, &mut facts, &budget, &done),
            Reader::new(&b, &mut others, &budget, &done),
            &shared,
        );
        assert_eq!((x.unwrap(), y.unwrap()), (digest(&old), digest(&new)));
        assert_eq!(done.into_inner(), (old.len() + new.len()) as u64);
        let same: Vec<_> = compared.iter().map(|compared| compared.map(|compared| compared.same)).collect();
        assert_eq!(same, [Some(true), Some(true), Some(false), None], "the last lies inside another");
        assert!((compared[2].unwrap().norms.unwrap().difference - 1.0).abs() < 1e-9);
        let range = |input: &Input, range: &Range<u64>| input.slice(range.start, range.end - range.start);
        let later = compare_ranges(&range(&a, &shared[3].old), &range(&b, &shared[3].new), None, &budget);
        assert!(later.unwrap().same);
    }

    #[test]
    fn a_file_that_ends_early_has_no_digest() {
        struct Short;
        impl crate::input::ReadAt for Short {
            fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
                Ok(if offset == 0 { buffer.len().min(10) } else { 0 })
            }
        }
        let short = Input::new(std::sync::Arc::new(Short), 20);
        let whole = Input::bytes(vec![0; 20]);
        let (mut facts, mut others) = (Facts::default(), Facts::default());
        let budget = Budget::new(&Limits::default(), None);
        let done = AtomicU64::new(0);
        let (x, y, compared) = compare(
            Reader::new(&short, &mut facts, &budget, &done),
            Reader::new(&whole, &mut others, &budget, &done),
            &[Shared { old: 0..20, new: 0..20, number: None }],
        );
        assert!(x.is_err() && y.is_ok() && compared[0].is_none());
    }
}
