//! The file as addresses: blocks with bounds, who claims which bytes, and what went wrong.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use weighbridge_domain::facts::problem::Kind;

use super::fields::{Fields, Sizes};
use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// The longest block of structure that is read.
const MOST_BLOCK: u64 = 64 << 20;

/// Bytes of all values that are looked at.
const MOST_VALUES: u64 = 1 << 30;

/// Bytes of memory that a claim takes.
const CLAIM: u64 = 48;

/// Why a part of the file could not be read; other parts still can.
#[derive(Debug)]
pub(super) enum Flaw {
    /// Nothing more can be read at all.
    Fault(Fault),
    /// It is not as the specification says.
    Bad { at: u64, kind: Kind, detail: String },
    /// It is of a variant that is not read here.
    Unread(String),
}

impl Flaw {
    pub(super) fn bad(at: u64, kind: Kind, detail: impl Into<String>) -> Self {
        Self::Bad { at, kind, detail: detail.into() }
    }

    pub(super) fn unread(why: impl Into<String>) -> Self {
        Self::Unread(why.into())
    }
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Flaw {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}

pub(super) type Read<T> = Result<T, Flaw>;

/// Bytes that belong to something.
#[derive(Debug, Clone)]
struct Claim {
    start: u64,
    end: u64,
    by: By,
}

/// Whose bytes they are.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// Structure of this kind.
    Structure(&'static str),
    /// Elements of the dataset with this path.
    Data(Rc<str>),
}

impl By {
    fn words(&self) -> String {
        match self {
            Self::Structure(what) => format!("the {what}"),
            Self::Data(path) => format!("`{path}`"),
        }
    }
}

/// Where the objects of a global heap are: index, offset, length.
pub(super) type Objects = Vec<(u64, u64, u64)>;

/// What is known while a file is read.
#[derive(Debug)]
pub(super) struct Source<'s, 'v> {
    pub(super) visit: &'s mut Visit<'v>,
    pub(super) notes: Notes,
    /// What all addresses are counted from.
    pub(super) base: u64,
    pub(super) sizes: Sizes,
    claims: Vec<Claim>,
    /// Addresses of structure that was read; nothing is read as structure twice.
    read: HashSet<u64>,
    /// Objects of global heaps, by the address of the heap.
    pub(super) heaps: HashMap<u64, Rc<Objects>>,
    /// Values of datasets and attributes that were handed on.
    pub(super) embedded: u64,
    /// Bytes of values that were looked at.
    pub(super) looked_at: u64,
}

impl<'s, 'v> Source<'s, 'v> {
    pub(super) fn new(visit: &'s mut Visit<'v>, base: u64, sizes: Sizes) -> Self {
        Self {
            visit,
            notes: Notes::default(),
            base,
            sizes,
            claims: Vec::new(),
            read: HashSet::new(),
            heaps: HashMap::new(),
            embedded: 0,
            looked_at: 0,
        }
    }

    /// Where an address is in the bytes of this reading.
    pub(super) fn position(&self, address: u64) -> u64 {
        self.base.saturating_add(address)
    }

    /// The position of so many bytes at an address, which must be there.
    pub(super) fn within(&self, address: u64, length: u64, what: &str) -> Read<u64> {
        let at = self.position(address);
        let end = self.base.checked_add(address).and_then(|at| at.checked_add(length));
        if end.is_none_or(|end| end > self.visit.input.len()) {
            let detail =
                format!("{what}: {length} bytes from {at}, but the file ends at {}", self.visit.input.len());
            return Err(Flaw::bad(at.min(self.visit.input.len()), Kind::OutOfBounds, detail));
        }
        Ok(at)
    }

    /// Bytes of structure, which may be read several times.
    pub(super) fn peek(&mut self, address: u64, length: u64, what: &'static str) -> Read<Vec<u8>> {
        let at = self.within(address, length, what)?;
        if length > MOST_BLOCK {
            return Err(Flaw::unread(format!("a {what} of {}", text::bytes(length))));
        }
        self.visit.budget.tick()?;
        Ok(self.visit.input.read(at, length)?)
    }

    /// Bytes of structure, which belong to one thing only.
    pub(super) fn block(&mut self, address: u64, length: u64, what: &'static str) -> Read<Vec<u8>> {
        let bytes = self.peek(address, length, what)?;
        self.notes.remember(self.visit, 16)?;
        if !self.read.insert(address) {
            let at = self.position(address);
            return Err(Flaw::bad(at, Kind::Overlap, format!("the {what} at {at} is used twice")));
        }
        self.claim(address, length, By::Structure(what))?;
        Ok(bytes)
    }

    /// Notes whose bytes these are.
    pub(super) fn claim(&mut self, address: u64, length: u64, by: By) -> Read<()> {
        if length > 0 {
            self.notes.remember(self.visit, CLAIM)?;
            let start = self.position(address);
            self.claims.push(Claim { start, end: start.saturating_add(length), by });
        }
        Ok(())
    }

    /// Takes bytes of values, which several things may name, from what may be looked at.
    pub(super) fn look_at(&mut self, bytes: u64) -> Read<()> {
        self.looked_at = self.looked_at.saturating_add(bytes).saturating_add(64);
        if self.looked_at > MOST_VALUES {
            return Err(Flaw::unread("more values than are looked at"));
        }
        self.visit.budget.tick()?;
        Ok(())
    }

    /// Fields of bytes that begin at this position.
    pub(super) fn fields<'a>(&self, bytes: &'a [u8], address: u64) -> Fields<'a> {
        Fields::new(bytes, self.position(address), self.sizes)
    }

    /// Compares the four bytes behind a block of structure with the block.
    pub(super) fn checksum(&mut self, address: u64, bytes: &[u8], what: &str) {
        let Some((content, recorded)) = bytes.split_last_chunk::<4>() else { return };
        let (recorded, found) = (u32::from_le_bytes(*recorded), checksum(content));
        if recorded != found {
            let at = self.position(address);
            let detail = format!("the {what} has the checksum {found:08x}, but {recorded:08x} is recorded");
            self.notes.problem(self.visit, at, Kind::Checksum, detail);
        }
    }

    /// Notes a problem.
    pub(super) fn problem(&mut self, at: u64, kind: Kind, detail: impl Into<String>) {
        self.notes.problem(self.visit, at, kind, detail);
    }

    /// Notes why something could not be read, unless nothing more can be read.
    pub(super) fn note(&mut self, flaw: Flaw, of: &str) -> Result<(), Fault> {
        let why = match flaw {
            Flaw::Fault(fault) => return Err(fault),
            Flaw::Bad { at, kind, detail } => {
                let detail = if of.is_empty() { detail } else { format!("`{of}`: {detail}") };
                self.problem(at, kind, detail);
                format!("`{}` could not be read", text::shown(&name(of), 100))
            }
            Flaw::Unread(why) => format!("`{}`: {why}", text::shown(&name(of), 100)),
        };
        self.visit.incomplete(why);
        Ok(())
    }

    /// Notes the claims that share bytes.
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        let mut claims = std::mem::take(&mut self.claims);
        claims.sort_by_key(|claim| (claim.start, claim.end));
        let mut last: Option<&Claim> = None;
        for (index, claim) in claims.iter().enumerate() {
            if index.is_multiple_of(4096) {
                self.visit.budget.tick()?;
            }
            if let Some(before) = last.filter(|before| claim.start < before.end) {
                let shared = claim.end.min(before.end).saturating_sub(claim.start);
                let shared = crate::text::count(shared, "byte");
                let detail = match (&before.by, &claim.by) {
                    (By::Data(a), By::Data(b)) if a == b => {
                        format!("two chunks of `{a}` share {shared}")
                    }
                    (a, b) => format!("{} and {} share {shared}", a.words(), b.words()),
                };
                self.notes.problem(self.visit, claim.start, Kind::Overlap, detail);
            }
            if last.is_none_or(|before| claim.end > before.end) {
                last = Some(claim);
            }
        }
        Ok(())
    }
}

/// Bob Jenkins' `lookup3`, which guards the newer structures.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let start = 0xdead_beef_u32.wrapping_add(length);
    let (mut a, mut b, mut c) = (start, start, start);
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, after) = rest.split_at(12);
        rest = after;
        [a, b, c] = added([a, b, c], block);
        for (turn, turn_b, turn_c) in [(4, 6, 8), (16, 19, 4)] {
            a = a.wrapping_sub(c) ^ c.rotate_left(turn);
            c = c.wrapping_add(b);
            b = b.wrapping_sub(a) ^ a.rotate_left(turn_b);
            a = a.wrapping_add(c);
            c = c.wrapping_sub(b) ^ b.rotate_left(turn_c);
            b = b.wrapping_add(a);
        }
    }
    if rest.is_empty() {
        return c;
    }
    [a, b, c] = added([a, b, c], rest);
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// Adds up to twelve bytes to three numbers.
fn added(mut sums: [u32; 3], bytes: &[u8]) -> [u32; 3] {
    for (sum, bytes) in sums.iter_mut().zip(bytes.chunks(4)) {
        let mut whole = [0; 4];
        for (to, from) in whole.iter_mut().zip(bytes) {
            *to = *from;
        }
        *sum = sum.wrapping_add(u32::from_le_bytes(whole));
    }
    sums
}

#[cfg(test)]
mod tests {
    #[test]
    fn checksums_are_those_of_lookup3() {
        // From the driver in `lookup3.c`.
        assert_eq!(super::checksum(b""), 0xdead_beef);
        assert_eq!(super::checksum(b"Four score and seven years ago"), 0x1777_0551);
    }
}
