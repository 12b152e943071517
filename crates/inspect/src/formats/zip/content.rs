//! The content of a zip's members.

use std::collections::HashSet;

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::facts::problem::Kind;

use super::directory::Directory;
use super::member::Member;
use crate::detect::{Probe, recognise};
use crate::formats::codec::{Decoder, Tally};
use crate::formats::streams::{embed_if_known, note, source};
use crate::input::Input;
use crate::limits::Fault;
use crate::walk::Visit;

/// Stored members may overlap until they have this many times the bytes of the archive.
const MOST_COPIES: u64 = 4;

/// Queues the content of the members for inspection; those that `wanted` refuses only have their checksum checked, which
/// for a packed one means nothing is done.
pub fn embed(
    visit: &mut Visit<'_>,
    directory: &Directory,
    mut wanted: impl FnMut(&Member) -> bool,
) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let mut allowed = visit.input.len().saturating_mul(MOST_COPIES);
    for member in &directory.members {
        visit.budget.tick()?;
        let Some(data) = member.data else { continue };
        if member.packed == 0 || !seen.insert((data, member.packed, member.method)) {
            continue;
        }
        if member.packed > allowed {
            visit.incomplete("the members overlap so often that some were not inspected");
            continue;
        }
        allowed = allowed.saturating_sub(member.packed);
        if !wanted(member) {
            if member.method == 0 && !member.encrypted {
                open(visit, member)?;
            }
            continue;
        }
        let is_link = matches!(member.kind, EntryKind::Symlink { .. });
        let content = open(visit, member)?;
        if member.kind == EntryKind::Folder && content.as_ref().is_some_and(|content| !content.is_empty()) {
            note(visit, member.at, Kind::BadValue, format!("`{}` is a folder, but has content", member.name));
        }
        match content {
            Some(content) if !content.is_empty() && (!is_link || content.len() > 4096) => {
                visit.embed(&member.name, content)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The content of a member, as far as it can be read; notes what is wrong with it. What is stored is not copied.
pub fn open(visit: &mut Visit<'_>, member: &Member) -> Result<Option<Input>, Fault> {
    let Some(data) = member.data else { return Ok(None) };
    let packed = visit.input.slice(data, member.packed);
    if member.encrypted {
        return open_encrypted(visit, member, packed);
    }
    if member.method == 0 {
        if member.packed != member.size {
            disagreement(visit, member, member.packed);
        }
        if let Some(crc) = member.crc.filter(|_| packed.len() == member.packed && !member.repeats) {
            visit.crc32(member.at, &member.name, &packed, crc)?;
        }
        return Ok(Some(packed));
    }
    let Some((skipped, decoder)) = decoder(visit, member, &packed) else {
        let why = format!("`{}` is packed by method {}, which is not supported", member.name, member.method);
        note(visit, member.at, Kind::UnknownType, why.as_str());
        visit.incomplete(why);
        return Ok(None);
    };
    unpack(visit, member, data.saturating_add(skipped), decoder).map(Some)
}

/// Unpacks a member whose packed bytes begin at `data`.
fn unpack(visit: &mut Visit<'_>, member: &Member, data: u64, decoder: Decoder) -> Result<Input, Fault> {
    let packed = member.end_of_data().saturating_sub(data);
    let mut tally = Tally::new(decoder);
    let (mut content, mut error) = visit.expand(&mut tally)?;
    let mut taken = tally.inner().taken();
    if error.is_some()
        && !visit.budget.is_exceeded()
        && taken >= packed
        && member.end_of_data() < visit.input.len()
    {
        // The packed bytes may go on behind the size recorded: readers of streams do.
        let rest = visit.input.from(member.data.unwrap_or(data));
        if let Some((_, decoder)) = self::decoder(visit, member, &rest) {
            let mut longer = Tally::new(decoder);
            let (more, end) = visit.expand(&mut longer)?;
            if end.is_none() && more.len() > content.len() {
                taken = longer.inner().taken();
                let why = format!(
                    "`{}` goes on for {}, but {packed} are recorded",
                    member.name,
                    crate::text::count(taken, "byte")
                );
                note(visit, member.at, Kind::Disagreement, why);
                (content, error, tally) = (more, None, longer);
            }
        }
    }
    if visit.budget.is_exceeded() {
        return Ok(content);
    }
    if let Some(error) = error {
        let why = format!("`{}` cannot be decompressed to its end: {error}", member.name);
        note(visit, member.at, Kind::Truncated, why.as_str());
        visit.incomplete(why);
        return Ok(content);
    }
    if let Some(crc) = member.crc.filter(|crc| *crc != tally.crc32() && !member.repeats) {
        let why = crate::walk::wrong_crc32(&member.name, crc, tally.crc32());
        note(visit, member.at, Kind::Checksum, why);
    }
    if member.crc.is_some() && tally.count() != member.size {
        disagreement(visit, member, tally.count());
    }
    if taken < packed && member.crc.is_some() {
        let at = data.saturating_add(taken);
        let rest = visit.input.slice(at, packed.saturating_sub(taken));
        let why = format!(
            "`{}` has {} behind the end of its packed content",
            member.name,
            crate::text::count(rest.len(), "byte")
        );
        note(visit, at, Kind::Hole, why);
        embed_if_known(visit, &format!("{}<rest>", member.name), rest)?;
    }
    Ok(content)
}

fn disagreement(visit: &mut Visit<'_>, member: &Member, found: u64) {
    let why = format!(
        "`{}` has {}, but {} are recorded",
        member.name,
        crate::text::count(found, "byte"),
        member.size
    );
    note(visit, member.at, Kind::Disagreement, why);
}

/// Some loaders do not look at the mark: what is marked as encrypted but is not has to be inspected.
fn open_encrypted(visit: &mut Visit<'_>, member: &Member, packed: Input) -> Result<Option<Input>, Fault> {
    let plain = if member.method == 0 {
        let known = !recognise(&Probe::new(&packed, &member.name)?).is_empty();
        known.then_some(packed)
    } else {
        match decoder(visit, member, &packed) {
            Some((_, decoder)) => {
                let mut tally = Tally::new(decoder);
                let (content, error) = visit.expand(&mut tally)?;
                let known = !recognise(&Probe::new(&content, &member.name)?).is_empty();
                let whole = error.is_none() && tally.count() == member.size;
                (!content.is_empty() && (whole || known)).then_some(content)
            }
            None => None,
        }
    };
    if plain.is_some() {
        let why = format!("`{}` is marked as encrypted, but is not", member.name);
        note(visit, member.at, Kind::Disagreement, why);
    } else {
        note(visit, member.at, Kind::Encrypted, format!("`{}` is encrypted", member.name));
        visit.incomplete(format!("`{}` is encrypted", member.name));
    }
    Ok(plain)
}

/// The decoder of a member's method, and where in the packed bytes it begins.
fn decoder(visit: &Visit<'_>, member: &Member, packed: &Input) -> Option<(u64, Decoder)> {
    let memory = visit.budget.limits().memory;
    let decoder = match member.method {
        8 => Decoder::deflate(source(packed, 0)),
        12 => Decoder::bzip2(source(packed, 0)),
        14 => {
            // Two bytes of version, two of length, five of properties; a mark ends it, or the size does.
            let head = packed.read(0, 9).ok()?;
            let properties = head.get(4..)?.first_chunk::<5>()?;
            let size = Some(member.size).filter(|_| !member.marked_end);
            return Some((9, Decoder::raw_lzma(source(packed, 9), *properties, size, memory).ok()?));
        }
        20 | 93 => Decoder::zstd(source(packed, 0), memory),
        95 => Decoder::xz(source(packed, 0), memory),
        _ => return None,
    };
    Some((0, decoder))
}
