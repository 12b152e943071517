//! The directory of a zip, or the several that different readers would find.

use std::collections::HashSet;
use std::io;

use memchr::memrchr_iter;
use weighbridge_domain::facts::problem::Kind;

use super::member::{self, Central, Member};
use super::record::{CENTRAL, END, Header, LOCAL, long, name, number, short, shown};
use super::{gaps, record};
use crate::cursor::Cursor;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::walk::Visit;

/// What a zip says about its members.
#[derive(Debug, Default)]
pub struct Directory {
    /// The members, with every name and every content that one of its readers would see.
    pub members: Vec<Member>,
    /// What is wrong: offset, kind, and the sentence.
    pub(super) problems: Vec<(u64, Kind, String)>,
    /// What could not be read.
    pub(super) missed: Vec<String>,
    /// Offset and length of the comment.
    pub(super) comment: Option<(u64, u64)>,
    /// Where the last record ends, when bytes follow.
    pub(super) end: Option<u64>,
    /// Ranges that the records at the end take.
    pub(super) records: Vec<(u64, u64)>,
    /// Ranges that their comments take.
    pub(super) comments: Vec<(u64, u64)>,
}

/// Problems kept of one archive, and reasons for what was missed.
const MOST_PROBLEMS: usize = 2000;
const MOST_MISSED: usize = 20;

impl Directory {
    pub(super) fn problem(&mut self, at: u64, kind: Kind, detail: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push((at, kind, detail));
        }
    }

    pub(super) fn missed(&mut self, why: String) {
        if self.missed.len() < MOST_MISSED {
            self.missed.push(why);
        }
    }
}

/// Reads the directory of the zip being visited, and notes what it says and what is wrong with it.
pub fn read_directory(visit: &mut Visit<'_>) -> Result<Directory, Fault> {
    let directory = find(&visit.input, visit.budget)?;
    directory.report(visit)?;
    Ok(directory)
}

/// An end record.
#[derive(Debug, Clone)]
struct End {
    at: u64,
    /// Where the end records begin, with those of zip64.
    begin: u64,
    count: u64,
    size: u64,
    offset: u64,
    comment: u64,
    /// The same without zip64, where that differs.
    narrow: Option<(u64, u64, u64)>,
    several_disks: bool,
}

impl End {
    /// Its comment reaches exactly to the end of the file.
    fn is_exact(&self, input: &Input) -> bool {
        self.at.saturating_add(22).saturating_add(self.comment) == input.len()
    }
}

/// Where one kind of reader finds a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: u64,
    size: u64,
    count: u64,
    /// Added to every offset.
    shift: i64,
}

/// End records looked at.
const MOST_ENDS: usize = 16;

/// End records from the last to the first, which point to a directory. `tail` is the last part of the input.
fn ends(input: &Input, tail: &[u8]) -> io::Result<Vec<End>> {
    let start = input.len().saturating_sub(tail.len() as u64);
    let mut found = Vec::new();
    let mut looked_at = 0_usize;
    let mut rest = tail;
    while let Some(at) = last_end(rest) {
        let record = rest.get(at..).unwrap_or_default();
        let position = start.saturating_add(at as u64);
        let whole = tail.get(at..).unwrap_or(record);
        if whole.len() >= 22 {
            let end = read_end(input, position, whole)?;
            if end.count == 0 && end.size == 0 || !places(input, &end)?.is_empty() {
                found.push(end);
            }
            looked_at = looked_at.saturating_add(1);
        }
        if looked_at >= MOST_ENDS {
            break;
        }
        rest = rest.get(..at.saturating_add(3)).unwrap_or_default();
    }
    Ok(found)
}

/// Where the last end record begins. Its last byte is what is looked for, which most tails have seldom.
fn last_end(bytes: &[u8]) -> Option<usize> {
    memrchr_iter(END[3], bytes)
        .filter_map(|last| last.checked_sub(3))
        .find(|at| bytes.get(*at..).is_some_and(|record| record.starts_with(&END)))
}

fn read_end(input: &Input, at: u64, record: &[u8]) -> io::Result<End> {
    let narrow = (number(record, 10, 2), number(record, 12, 4), number(record, 16, 4));
    let mut end = End {
        at,
        begin: at,
        count: narrow.0,
        size: narrow.1,
        offset: narrow.2,
        comment: number(record, 20, 2),
        narrow: None,
        several_disks: !matches!((short(record, 4), short(record, 6)), (0 | 0xffff, 0 | 0xffff)),
    };
    let Some(before) = at.checked_sub(20) else { return Ok(end) };
    let locator = input.read(before, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(end);
    }
    // Right before the locator, or where that says.
    for place in [at.checked_sub(76), Some(number(&locator, 8, 8))].into_iter().flatten() {
        let wide = input.read(place, 56)?;
        if wide.len() == 56 && wide.starts_with(b"PK\x06\x06") {
            (end.count, end.size, end.offset) =
                (number(&wide, 32, 8), number(&wide, 40, 8), number(&wide, 48, 8));
            end.begin = place.min(before);
            let same = |narrow: u64, wide: u64, mark: u64| narrow == mark || narrow == wide;
            let agree = same(narrow.0, end.count, 0xffff)
                && same(narrow.1, end.size, 0xffff_ffff)
                && same(narrow.2, end.offset, 0xffff_ffff);
            end.narrow = (!agree).then_some(narrow);
            break;
        }
    }
    Ok(end)
}

/// Where readers find the directory that an end record speaks of: right before it, or at the offset it gives.
fn places(input: &Input, end: &End) -> io::Result<Vec<Place>> {
    let mut found = Vec::new();
    let wide = (end.count, end.size, end.offset, end.begin);
    let narrow = end.narrow.map(|(count, size, offset)| (count, size, offset, end.at));
    for (count, size, offset, begin) in [Some(wide), narrow].into_iter().flatten() {
        let before = begin.checked_sub(size).map(|at| (at, at.checked_signed_diff(offset)));
        let given = (offset < begin).then_some((offset, Some(0)));
        for (at, shift) in [before, given].into_iter().flatten() {
            let Some(shift) = shift else { continue };
            let place = Place { at, size, count, shift };
            let known = found.iter().any(|other: &Place| other.at == at && other.shift == shift);
            if !known && input.read(at, 4)? == CENTRAL {
                found.push(place);
            }
        }
    }
    Ok(found)
}

/// Whether there is an end record that points to a directory, and whether it reaches to the end of the file.
pub(super) fn end_of(input: &Input, tail: &[u8]) -> Option<bool> {
    let ends = ends(input, tail).ok()?;
    let end = ends.iter().find(|end| end.count > 0 || end.size > 0)?;
    Some(end.is_exact(input))
}

/// Bytes and names looked at to recognise a file.
const PEEK: u64 = 1 << 20;

/// The first names of the directory.
pub(super) fn peek(input: &Input, tail: &[u8]) -> Vec<String> {
    let places =
        ends(input, tail).ok().and_then(|ends| places(input, ends.first()?).ok()).unwrap_or_default();
    let mut names = Vec::new();
    for place in places {
        let window = input.slice(0, place.at.saturating_add(place.size.min(PEEK)));
        let mut cursor = Cursor::at(&window, place.at);
        while let Ok(Some(central)) = read_central(&mut cursor, 0) {
            names.push(name(&central.header.name));
        }
    }
    names
}

/// The record of the directory at the cursor.
fn read_central(cursor: &mut Cursor, shift: i64) -> Result<Option<Central>, Fault> {
    let record = cursor.position();
    let fixed = match cursor.peek(46) {
        Ok(bytes) if bytes.starts_with(&CENTRAL) => cursor.array::<46>()?,
        _ => return Ok(None),
    };
    let length = |at| usize::from(short(&fixed, at));
    let name = cursor.take(length(28))?.to_vec();
    let extra = cursor.take(length(30))?.to_vec();
    cursor.skip(length(32) as u64)?;
    let mut offset = u64::from(long(&fixed, 42));
    let header = Header::new(fixed.get(6..).unwrap_or_default(), &name, &extra, Some(&mut offset));
    let at = offset.checked_add_signed(shift).unwrap_or(u64::MAX);
    Ok(Some(Central { header, made_by: short(&fixed, 4), attributes: long(&fixed, 38), at, record }))
}

/// Reads everything that a zip says about its members.
pub(super) fn find(input: &Input, budget: &Budget) -> Result<Directory, Fault> {
    let mut directory = Directory::default();
    let tail = input.read(input.len().saturating_sub(65_557), 65_557)?;
    let ends = ends(input, &tail)?;
    // The last one, which most readers take, and one that strict readers would take instead.
    let last = ends.first();
    let strict =
        ends.iter().skip(1).find(|end| end.is_exact(input) && !last.is_some_and(|last| last.is_exact(input)));
    if last.is_none() {
        directory.problem(input.len(), Kind::Truncated, "there is no directory at the end".to_owned());
        directory.missed("there is no directory at the end".to_owned());
    }
    let mut read: Vec<Place> = Vec::new();
    for end in last.into_iter().chain(strict) {
        let behind = end.at.saturating_add(22).saturating_add(end.comment);
        directory.records.push((end.begin, end.at.saturating_add(22).min(input.len())));
        directory.comments.push((end.at.saturating_add(22).min(input.len()), behind.min(input.len())));
        if end.several_disks {
            directory.missed("it is one of several disks".to_owned());
        }
        if behind > input.len() {
            let why = format!("the comment of {} bytes ends behind the end of the archive", end.comment);
            directory.problem(end.at, Kind::OutOfBounds, why);
        } else if end.comment > 0 {
            directory.comment = Some((end.at.saturating_add(22), end.comment));
        }
        if end.narrow.is_some() {
            let why = "the end record and its zip64 form speak of different directories".to_owned();
            directory.problem(end.at, Kind::Disagreement, why);
        }
        for place in places(input, end)? {
            if read.iter().any(|other| other.at == place.at && other.shift == place.shift) {
                continue;
            }
            if !read.is_empty() {
                let why = format!("other readers find another directory, at byte {}", place.at);
                directory.problem(end.at, Kind::Disagreement, why);
            }
            read.push(place);
            read_members(&mut directory, input, place, end, budget)?;
        }
    }
    gaps::settle(&mut directory, input, budget)?;
    Ok(directory)
}

fn read_members(
    directory: &mut Directory,
    input: &Input,
    place: Place,
    end: &End,
    budget: &Budget,
) -> Result<(), Fault> {
    let mut seen: HashSet<(u64, String)> =
        directory.members.iter().map(|member| (member.at, member.name.clone())).collect();
    let window = input.slice(0, end.begin.max(place.at));
    let mut cursor = Cursor::at(&window, place.at);
    let stated_end = place.at.saturating_add(place.size);
    let mut count = 0_u64;
    let mut uncounted = 0_u64;
    let mut remembered = 0_u64;
    loop {
        budget.tick()?;
        let central = match read_central(&mut cursor, place.shift) {
            Ok(Some(central)) => central,
            Ok(None) => break,
            Err(Fault::Io(error)) => return Err(error.into()),
            Err(fault) => {
                directory.problem(cursor.position(), Kind::Truncated, format!("the directory {fault}"));
                directory.missed(format!("the directory {fault}"));
                break;
            }
        };
        remembered = remembered.saturating_add(central.header.name.len() as u64).saturating_add(512);
        if count >= budget.limits().members || remembered > budget.limits().memory {
            directory.missed(format!("only the first {count} members of the directory were read; raise --max-members or --max-memory"));
            break;
        }
        if central.record >= stated_end || count >= place.count {
            uncounted = uncounted.saturating_add(1);
            if uncounted == 1 {
                let why = format!(
                    "`{}` stands in the directory behind the {} members and {} bytes that it should have",
                    shown(&central.header.name),
                    place.count,
                    place.size
                );
                directory.problem(central.record, Kind::Hidden, why);
            }
        }
        count = count.saturating_add(1);
        if seen.insert((central.at, name(&central.header.name))) {
            member::add(directory, input, &central)?;
        }
    }
    let behind = cursor.position();
    directory.records.push((place.at, behind.max(place.at)));
    if count < place.count && count < budget.limits().members {
        let why = format!("the directory should have {} members, but has {count}", place.count);
        directory.problem(place.at, Kind::BadCount, why);
    }
    Ok(())
}

/// A local header that may be searched for: its own fields make sense.
pub(super) fn plausible(found: &record::Local, at: u64, end: u64) -> bool {
    let header = &found.header;
    let streamed = header.flags & record::STREAMED != 0;
    !header.name.is_empty()
        && header.name.len() <= 4096
        && header.name.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)
        && header.needed & 0xff <= 63
        && header.flags & IMPOSSIBLE == 0
        && METHODS.contains(&header.method)
        && found.data <= end
        && found.data > at
        && (streamed || found.data.saturating_add(header.packed) <= end)
}

/// Where local headers could begin in these bytes.
pub(super) fn find_local(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let begins = |(at, window): &(usize, &[u8])| *window == LOCAL && may_be_local(rest.get(*at..));
    rest.windows(4).enumerate().find(begins).map(|(at, _)| at.saturating_add(from))
}

/// Whether these bytes may be a plausible header, as far as they go; most that are not are told without reading them.
fn may_be_local(bytes: Option<&[u8]>) -> bool {
    let Some(header) = bytes.and_then(<[u8]>::first_chunk::<30>) else { return true };
    let [_, _, _, _, needed, _, low, high, method, rest @ ..] = header;
    let length = u16::from_le_bytes([header[26], header[27]]);
    let flags = u16::from_le_bytes([*low, *high]);
    let method = u16::from_le_bytes([*method, rest[0]]);
    *needed <= 63 && flags & IMPOSSIBLE == 0 && METHODS.contains(&method) && (1..=4096).contains(&length)
}

/// Flags that no archiver sets, and the methods of compression there are.
const IMPOSSIBLE: u16 = 0xd780;
const METHODS: [u16; 11] = [0, 1, 6, 8, 9, 12, 14, 93, 95, 98, 99];
