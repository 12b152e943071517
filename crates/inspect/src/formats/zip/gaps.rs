//! What lies between the parts of a zip that its directory names: overlaps, holes, and members that it does not name.

use weighbridge_domain::facts::problem::Kind;

use super::directory::{Directory, find_local, plausible};
use super::member::unlisted;
use super::record::{DESCRIPTOR, STREAMED, local};
use crate::input::Input;
use crate::limits::{Budget, Fault};

/// Bytes searched at once.
const BLOCK: u64 = 256 << 10;

/// Overlaps reported one by one.
const MOST_OVERLAPS: u64 = 20;

/// Whose some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Member(usize),
    Record,
    Comment,
}

impl Holder {
    /// Whether sharing bytes with the other is a contradiction.
    fn minds(self, other: Self) -> bool {
        self != Self::Comment && other != Self::Comment && (self, other) != (Self::Record, Self::Record)
    }
}

/// Finds overlaps and gaps, and looks into the gaps.
pub(super) fn settle(directory: &mut Directory, input: &Input, budget: &Budget) -> Result<(), Fault> {
    let of = |ranges: &[(u64, u64)], holder| -> Vec<(u64, u64, Holder)> {
        ranges.iter().map(|(start, end)| (*start, *end, holder)).collect()
    };
    let mut parts = of(&directory.records, Holder::Record);
    parts.extend(of(&directory.comments, Holder::Comment));
    let members = directory.members.iter().enumerate();
    parts.extend(
        members
            .filter(|(_, member)| member.data.is_some() && !member.repeats)
            .map(|(index, member)| (member.at, member.end.min(input.len()), Holder::Member(index))),
    );
    parts.sort_unstable();
    let mut gaps = Vec::new();
    let mut covered = 0_u64;
    let mut holder = Holder::Comment;
    let mut overlaps = 0_u64;
    for (start, end, part) in parts {
        if start > covered {
            gaps.push((covered, start));
        } else if start < covered && end > start && holder.minds(part) {
            overlaps = overlaps.saturating_add(1);
            if overlaps <= MOST_OVERLAPS {
                let name = |holder: Holder| match holder {
                    Holder::Member(index) => {
                        directory.members.get(index).map_or_else(String::new, |member| {
                            format!("`{}`", member.name.chars().take(200).collect::<String>())
                        })
                    }
                    _ => "the directory".to_owned(),
                };
                let shared = covered.min(end).saturating_sub(start);
                let shared = crate::text::count(shared, "byte");
                let why = format!("{} and {} share {shared}", name(holder), name(part));
                directory.problem(start, Kind::Overlap, why);
            }
        }
        if end > covered {
            covered = end;
            holder = part;
        }
    }
    if overlaps > MOST_OVERLAPS {
        let why = format!("{} more members overlap", overlaps.saturating_sub(MOST_OVERLAPS));
        directory.problem(0, Kind::Overlap, why);
    }
    for (start, end) in gaps {
        look_into(directory, input, start, end, budget)?;
    }
    if directory.records.is_empty() {
        look_into(directory, input, covered, input.len(), budget)?;
    } else if covered < input.len() {
        directory.end = Some(covered);
    }
    Ok(())
}

/// Searches a gap for members, and says what else is in it.
fn look_into(
    directory: &mut Directory,
    input: &Input,
    start: u64,
    end: u64,
    budget: &Budget,
) -> Result<(), Fault> {
    let mut rest = start;
    let mut found = 0_u64;
    let mut other = None;
    // The last member found, when its length is not recorded in front of it.
    let mut open = None;
    let mut at = start;
    while at < end {
        budget.tick()?;
        // A header that begins near the end of a block is found at the beginning of the next.
        let block = input.read(at, BLOCK.min(end.saturating_sub(at)))?;
        if block.is_empty() {
            break;
        }
        let last = at.saturating_add(block.len() as u64) >= end;
        let mut from = 0;
        let mut next =
            at.saturating_add(if last { block.len() } else { block.len().saturating_sub(3).max(1) } as u64);
        while let Some(offset) = find_local(&block, from) {
            let position = at.saturating_add(offset as u64);
            from = offset.saturating_add(4);
            let Some(header) = local(input, position)?.filter(|header| plausible(header, position, end))
            else {
                continue;
            };
            if directory.members.len() as u64 >= budget.limits().members {
                directory.missed(format!(
                    "members that the directory does not name were not looked for: limit reached: members ({}); raise it with --max-members",
                    budget.limits().members
                ));
                return Ok(());
            }
            other = other.or(first_byte(input, rest, position)?);
            let member = unlisted(&header, position, end);
            let why = format!(
                "the directory does not name `{}`",
                member.name.chars().take(200).collect::<String>()
            );
            if !directory.records.is_empty() {
                directory.problem(position, Kind::Hidden, why);
            }
            cut_before(directory, input, open, position)?;
            open = (header.header.flags & STREAMED != 0 && header.header.packed == 0)
                .then_some(directory.members.len());
            found = found.saturating_add(1);
            rest = if header.header.packed == 0 { header.data } else { member.end };
            directory.members.push(member);
            let behind = rest.max(position.saturating_add(4));
            from = usize::try_from(behind.saturating_sub(at)).unwrap_or(usize::MAX);
            next = next.max(behind);
        }
        at = next.max(at.saturating_add(1));
    }
    cut_before(directory, input, open, end)?;
    let other = other.or(first_byte(input, rest, end)?);
    let Some(byte) = other else { return Ok(()) };
    let length = end.saturating_sub(start);
    let marks = input.read(start, 4)?;
    if length <= 24 && marks == DESCRIPTOR || start == 0 && length == 4 && marks == *b"PK00" {
        return Ok(());
    }
    if directory.records.is_empty() {
        // Without a directory nothing can be said about what belongs to a member.
        return Ok(());
    }
    let length = crate::text::count(length, "byte");
    let (kind, why) = if start == 0 {
        (Kind::LeadingBytes, format!("{length} in front of the first member"))
    } else {
        (Kind::Hole, format!("{length} between the members, part of none"))
    };
    if found == 0 || start == 0 {
        directory.problem(byte, kind, why);
    }
    Ok(())
}

/// A member whose length is not recorded in front of it ends where the next part begins, less the record behind it.
fn cut_before(directory: &mut Directory, input: &Input, open: Option<usize>, next: u64) -> Result<(), Fault> {
    let Some(member) = open.and_then(|index| directory.members.get_mut(index)) else { return Ok(()) };
    let Some(data) = member.data else { return Ok(()) };
    let mut end = next;
    for length in [16, 24] {
        let behind = next.saturating_sub(length);
        if behind >= data && input.read(behind, 4)? == DESCRIPTOR {
            end = behind;
        }
    }
    member.packed = end.saturating_sub(data);
    member.size = member.packed;
    member.end = next;
    Ok(())
}

/// Offset of the first byte that is not zero.
fn first_byte(input: &Input, start: u64, end: u64) -> Result<Option<u64>, Fault> {
    let mut at = start;
    while at < end {
        let block = input.read(at, BLOCK.min(end.saturating_sub(at)))?;
        if block.is_empty() {
            break;
        }
        if let Some(offset) = block.iter().position(|byte| *byte != 0) {
            return Ok(Some(at.saturating_add(offset as u64)));
        }
        at = at.saturating_add(block.len() as u64);
    }
    Ok(None)
}
