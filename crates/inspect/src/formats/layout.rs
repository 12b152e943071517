//! What formats of tensors share: how tensors lie in a file, and bounds on how much is said about them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::{Format, Support, pickle, terms};
use crate::detect::{self, Probe};
use crate::input::Input;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Problems of one kind noted for one reading; a hostile header could make millions.
const MOST_PROBLEMS: u64 = 100;

/// Parts whose bytes are inspected: holes, and tensors that begin like files.
const MOST_PARTS: u64 = 64;

/// Tensors that begin like files and are looked at to see whether they are.
const MOST_PROBES: u64 = 1000;

/// What programs, archives and pickles begin with. Random weights begin with the shorter ones now and then, so that their
/// formats have to recognise them before anything is said.
const BEGINNINGS: [&[u8]; 12] = [
    b"\x7fELF",
    b"MZ",
    b"\0asm",
    b"dex\n",
    b"PK\x03\x04",
    b"\x80\x04\x95",
    b"\x80\x05\x95",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
];

/// What these begin with in base64 and in hexadecimal digits.
const ENCODED: [&str; 11] =
    ["f0VM", "TV", "AGFz", "ZGV4", "UEsD", "7f454c46", "7F454C46", "4d5a", "4D5A", "504b0304", "504B0304"];

/// Bytes of values that are looked at because they begin like files.
const MOST_LOOKED_AT: u64 = 64 << 20;

/// Bytes kept of a name.
const NAME_KEPT: usize = 1024;

/// Bytes kept of one value of a header, and of all of them.
const VALUE_KEPT: usize = 1 << 20;
const VALUES_KEPT: usize = 16 << 20;

/// Bytes that a fact takes beside its text.
const FACT: u64 = 256;

/// Notes facts about one header within bounds of number and memory.
#[derive(Debug, Default)]
pub(super) struct Notes {
    problems: BTreeMap<Kind, u64>,
    memory: u64,
    values: usize,
    parts: u64,
    probes: u64,
    looked_at: u64,
    types: BTreeSet<String>,
    /// Texts of licences that were compared.
    texts: u64,
}

impl Notes {
    /// Notes a problem, unless there were too many of its kind.
    pub(super) fn problem(&mut self, visit: &mut Visit<'_>, at: u64, kind: Kind, detail: impl Into<String>) {
        let count = self.problems.entry(kind).or_default();
        *count = count.saturating_add(1);
        if *count <= MOST_PROBLEMS {
            visit.problem(at, kind, detail);
        }
    }

    /// Notes the first tensor of each type that the format does not have.
    pub(super) fn unknown_type(&mut self, visit: &mut Visit<'_>, at: u64, dtype: &str, detail: String) {
        if (self.types.len() as u64) < MOST_PROBLEMS && self.types.insert(name(dtype)) {
            self.problem(visit, at, Kind::UnknownType, detail);
        }
    }

    /// Takes memory for something that the file makes us remember.
    pub(super) fn remember(&mut self, visit: &Visit<'_>, bytes: u64) -> Result<(), Fault> {
        self.memory = self.memory.saturating_add(bytes);
        visit.budget.memory(self.memory)
    }

    /// Gives back memory that was taken.
    pub(super) fn forget(&mut self, bytes: u64) {
        self.memory = self.memory.saturating_sub(bytes);
    }

    /// Notes a key of the header with its value.
    pub(super) fn metadata(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        key: &str,
        value: &str,
    ) -> Result<(), Fault> {
        if value.len() > VALUE_KEPT {
            let detail = format!("the value of `{}` is {} long", name(key), text::bytes(value.len() as u64));
            self.problem(visit, at, Kind::TooLong, detail);
        }
        let limit = VALUE_KEPT.min(VALUES_KEPT.saturating_sub(self.values).max(NAME_KEPT));
        let value = text::kept(value.as_bytes(), limit);
        self.values = self.values.saturating_add(value.len());
        self.remember(visit, FACT.saturating_add(value.len() as u64))?;
        self.disguised_value(visit, at, key, &value)?;
        terms::metadata(visit, at, key, &value, &mut self.texts);
        visit.fact(at, What::Metadata { key: name(key), value });
        Ok(())
    }

    /// A value that is a program, an archive or a pickle, plain or encoded.
    fn disguised_value(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        key: &str,
        value: &str,
    ) -> Result<(), Fault> {
        let bare = value.split_once(";base64,").filter(|(kind, _)| kind.len() < 64);
        let value = bare.map_or(value, |(_, value)| value).as_bytes();
        let encoded = ENCODED.iter().any(|beginning| value.starts_with(beginning.as_bytes()));
        if value.len() < SHORTEST || !(encoded || begins_like_file(value) || pickle::may_be_program(value)) {
            return Ok(());
        }
        self.looked_at = self.looked_at.saturating_add(value.len() as u64);
        if self.looked_at > MOST_LOOKED_AT {
            visit.incomplete("more values begin like files than are looked at");
            return Ok(());
        }
        visit.budget.tick()?;
        let is_file = |bytes: &[u8]| {
            pickle::is_program(bytes)
                || begins_like_file(bytes) && !formats_of(&Input::bytes(bytes.to_vec())).is_empty()
        };
        let read = &mut |packed: &mut dyn std::io::Read| pickle::unpacked(visit, packed);
        let Some((layers, content)) = pickle::unwrapped(value.to_vec(), is_file, read)? else {
            return Ok(());
        };
        let input = Input::bytes(content);
        let layers = if layers.is_empty() { String::new() } else { format!(" ({})", layers.join(", ")) };
        let what = format!("the value of `{}`{layers}", name(key));
        self.disguise(visit, at, &what, &format!("metadata-at-{at}"), input)
    }

    /// Notes that something is a file, and queues that for inspection.
    fn disguise(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        what: &str,
        part: &str,
        input: Input,
    ) -> Result<(), Fault> {
        let formats = formats_of(&input);
        let titles: Vec<_> = formats.iter().map(|format| format.title).collect();
        let titles = if titles.is_empty() { pickle::FORMAT.title.to_owned() } else { titles.join(", ") };
        // That a program is there is said of the part itself.
        if formats.iter().all(|format| format.support == Support::Inspected) {
            self.problem(visit, at, Kind::Disguised, format!("{what} is a whole file: {titles}"));
        }
        self.part(visit, part, input)
    }

    /// Takes memory for a tensor: its fact, and what is needed to see how it lies.
    pub(super) fn remember_tensor(&mut self, visit: &Visit<'_>, tensor: &Tensor) -> Result<(), Fault> {
        let text = tensor.name.len().saturating_add(tensor.shape.len().saturating_mul(8));
        self.remember(visit, FACT.saturating_add(64).saturating_add(text as u64))
    }

    /// Notes how tensors lie in `data`. Each begins where the one before it ends, or at the next multiple of `alignment`;
    /// bytes that belong to no tensor are queued for inspection.
    pub(super) fn lay_out(
        &mut self,
        visit: &mut Visit<'_>,
        tensors: &[Tensor],
        data: Range<u64>,
        alignment: u64,
    ) -> Result<(), Fault> {
        let mut order: Vec<&Tensor> = tensors.iter().collect();
        order.sort_by_key(|tensor| (tensor.start, tensor.length));
        let mut end = data.start;
        let mut last: Option<&Tensor> = None;
        let mut outside: Option<(&Tensor, u64)> = None;
        for (index, tensor) in order.into_iter().enumerate() {
            if index.is_multiple_of(4096) {
                visit.budget.tick()?;
            }
            let stop = tensor.start.checked_add(tensor.length).filter(|stop| *stop <= data.end);
            if stop.is_none() {
                let (_, count) = outside.get_or_insert((tensor, 0));
                *count = count.saturating_add(1);
            }
            if let Some(before) = last.filter(|_| tensor.start < end) {
                let detail = if tensor.length == 0 {
                    format!("`{}` is empty and lies inside `{}`", tensor.name, before.name)
                } else {
                    let shared = stop.unwrap_or(data.end).min(end).saturating_sub(tensor.start);
                    let shared = crate::text::count(shared, "byte");
                    format!("`{}` and `{}` share {shared}", before.name, tensor.name)
                };
                self.problem(visit, tensor.start, Kind::Overlap, detail);
            } else {
                self.gap(visit, end..tensor.start.min(data.end), alignment)?;
            }
            let stop = stop.unwrap_or(data.end);
            if last.is_none() || stop > end {
                end = end.max(stop);
                last = Some(tensor);
            }
        }
        if let Some((tensor, count)) = outside {
            let Tensor { name, start, length, .. } = tensor;
            let others = others(count);
            let detail =
                format!("`{name}`{others}: {length} bytes from {start}, but the file ends at {}", data.end);
            self.problem(visit, *start, Kind::OutOfBounds, detail);
        }
        self.behind(visit, end..data.end, alignment)?;
        self.disguised(visit, tensors.iter().map(|tensor| (tensor.start, tensor.length)))
    }

    /// Tensors, given by offset and length, whose bytes are a program, an archive or a pickle.
    pub(super) fn disguised(
        &mut self,
        visit: &mut Visit<'_>,
        tensors: impl IntoIterator<Item = (u64, u64)>,
    ) -> Result<(), Fault> {
        for (start, length) in tensors.into_iter().filter(|(_, length)| *length >= SHORTEST_PROGRAM) {
            let bytes = visit.input.slice(start, length);
            if !may_be_file(&bytes.read(0, BEGINNING)?) {
                continue;
            }
            visit.budget.tick()?;
            self.probes = self.probes.saturating_add(1);
            if self.probes > MOST_PROBES {
                visit.incomplete("more tensors begin like files than are looked at");
                return Ok(());
            }
            self.disguised_bytes(visit, start, bytes)?;
        }
        Ok(())
    }

    /// The same for the bytes of one tensor, as they are in memory.
    pub(super) fn disguised_bytes(
        &mut self,
        visit: &mut Visit<'_>,
        start: u64,
        bytes: Input,
    ) -> Result<(), Fault> {
        let known = begins_like_file(&bytes.read(0, BEGINNING)?);
        if known && !formats_of(&bytes).is_empty() || pickle::is_disguised(&bytes) {
            self.disguise(visit, start, "a tensor", &format!("tensor-at-{start}"), bytes)?;
        }
        Ok(())
    }

    /// Queues bytes for inspection.
    pub(super) fn part(&mut self, visit: &mut Visit<'_>, name: &str, bytes: Input) -> Result<(), Fault> {
        self.parts = self.parts.saturating_add(1);
        if self.parts > MOST_PARTS {
            visit.incomplete("more parts beside and in tensors than are inspected");
            return Ok(());
        }
        visit.embed(name, bytes)
    }

    /// Bytes between two tensors.
    fn gap(&mut self, visit: &mut Visit<'_>, gap: Range<u64>, alignment: u64) -> Result<(), Fault> {
        if gap.is_empty() {
            return Ok(());
        }
        let length = gap.end.saturating_sub(gap.start);
        let zeros = is_zero(visit, &gap)?;
        if aligned(gap.start, alignment) >= gap.end {
            if !zeros {
                let detail = format!(
                    "{} of padding between tensors, not all zero",
                    crate::text::count(length, "byte")
                );
                self.problem(visit, gap.start, Kind::Hole, detail);
            }
            return Ok(());
        }
        let which = if zeros { "zero bytes" } else { "bytes" };
        let detail = format!("{length} {which} between tensors belong to none");
        self.problem(visit, gap.start, Kind::Hole, detail);
        if zeros {
            return Ok(());
        }
        let bytes = visit.input.slice(gap.start, length);
        self.part(visit, &hole(gap.start), bytes)
    }

    /// Bytes of a file of tensors that belong to none that is known. Writers fill up to the size of a page with zeros, and
    /// leave what they wrote before; a file of its own is inspected as one.
    pub(super) fn beside(&mut self, visit: &mut Visit<'_>, gap: Range<u64>) -> Result<(), Fault> {
        if gap.is_empty() || is_zero(visit, &gap)? {
            return Ok(());
        }
        let length = gap.end.saturating_sub(gap.start);
        let detail = format!("{} of no tensor of a model beside it", crate::text::count(length, "byte"));
        self.problem(visit, gap.start, Kind::Hole, detail);
        let bytes = visit.input.slice(gap.start, length);
        if detect::recognise(&Probe::new(&bytes, "")?).is_empty() {
            return Ok(());
        }
        self.part(visit, &hole(gap.start), bytes)
    }

    /// Bytes behind the last tensor.
    pub(super) fn behind(
        &mut self,
        visit: &mut Visit<'_>,
        rest: Range<u64>,
        alignment: u64,
    ) -> Result<(), Fault> {
        if rest.is_empty() {
            return Ok(());
        }
        let length = rest.end.saturating_sub(rest.start);
        if !is_zero(visit, &rest)? {
            let detail =
                format!("{} behind the last tensor, part of none", crate::text::count(length, "byte"));
            self.problem(visit, rest.start, Kind::TrailingBytes, detail);
            let bytes = visit.input.slice(rest.start, length);
            return visit.embed(TRAILING, bytes);
        }
        if aligned(rest.start, alignment) < rest.end {
            let detail = format!("{length} zero bytes behind the last tensor");
            self.problem(visit, rest.start, Kind::TrailingZeros, detail);
        }
        Ok(())
    }
}

/// Values shorter than this are no files.
const SHORTEST: usize = 16;

/// Programs shorter than this do nothing worth the name.
const SHORTEST_PROGRAM: u64 = 12;

/// Bytes by which files are told from numbers at first sight.
pub(super) const BEGINNING: u64 = 16;

/// Whether bytes that begin like this may be a program, an archive or a pickle.
pub(super) fn may_be_file(beginning: &[u8]) -> bool {
    begins_like_file(beginning) || pickle::begins_disguised(beginning)
}

fn begins_like_file(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|magic| bytes.starts_with(magic))
}

/// What these bytes are, whatever they are called.
fn formats_of(input: &Input) -> Vec<&'static Format> {
    Probe::new(input, "").map(|probe| detect::recognise(&probe)).unwrap_or_default()
}

/// The part that is behind the last tensor.
pub(crate) const TRAILING: &str = "trailing-bytes";

/// The part that is a hole which begins here.
pub(crate) fn hole(start: u64) -> String {
    format!("hole-at-{start}")
}

/// The rest of so many things of which the first is named.
pub(super) fn others(count: u64) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        others => format!(" and {others} more"),
    }
}

/// A name as it may be kept.
pub(super) fn name(name: &str) -> String {
    text::kept(name.as_bytes(), NAME_KEPT)
}

/// The next multiple of `alignment`, a power of two.
pub(super) fn aligned(at: u64, alignment: u64) -> u64 {
    let mask = alignment.saturating_sub(1);
    at.saturating_add(mask) & !mask
}

/// Whether all of these bytes are zero.
fn is_zero(visit: &Visit<'_>, range: &Range<u64>) -> Result<bool, Fault> {
    let mut at = range.start;
    while at < range.end {
        visit.budget.tick()?;
        let block = visit.input.read(at, range.end.saturating_sub(at).min(256 << 10))?;
        if block.is_empty() {
            return Err(Fault::Truncated { at });
        }
        if block.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at = at.saturating_add(block.len() as u64);
    }
    Ok(true)
}
