//! Members of a zip: what the directory and the member's own header say, compared.

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::facts::problem::Kind;

use super::directory::Directory;
use super::record::{
    AES, DESCRIPTOR, ENCRYPTED, Header, Local, MARKED_END, STREAMED, local, long, name, number, shown,
};
use crate::input::Input;
use crate::path::explains;
use crate::text;

/// A member of a zip.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name, escaped where it is not UTF-8.
    pub name: String,
    /// What it claims to be.
    pub kind: EntryKind,
    /// Unix permission bits, where the archive has them.
    pub mode: Option<u32>,
    /// Offset of its own header.
    pub at: u64,
    /// Offset of its content; `None` when there is no header where the directory says.
    pub data: Option<u64>,
    /// How it is packed.
    pub method: u16,
    /// Length of the packed content, as recorded.
    pub packed: u64,
    /// Length of the content, as recorded.
    pub size: u64,
    /// Recorded CRC-32.
    pub crc: Option<u32>,
    /// Marked as encrypted.
    pub encrypted: bool,
    /// Packed by LZMA, its end is marked.
    pub(super) marked_end: bool,
    /// The same member is listed already, with another description of its content.
    pub repeats: bool,
    /// End of its content and of what belongs to it.
    pub(super) end: u64,
}

impl Member {
    /// Where its packed content ends, as recorded.
    pub(super) fn end_of_data(&self) -> u64 {
        self.data.unwrap_or(self.at).saturating_add(self.packed)
    }
}

/// A record of the directory.
#[derive(Debug, Clone)]
pub(super) struct Central {
    pub(super) header: Header,
    /// System it was made on, and version.
    pub(super) made_by: u16,
    /// Attributes of the file on that system.
    pub(super) attributes: u32,
    /// Offset of the local header, shifted as the reader would.
    pub(super) at: u64,
    /// Offset of this record.
    pub(super) record: u64,
}

/// Adds what a record of the directory and the header it points to say.
pub(super) fn add(directory: &mut Directory, input: &Input, central: &Central) -> std::io::Result<()> {
    let local = local(input, central.at)?;
    let header = &central.header;
    let member = describe(input, header, central, local.as_ref())?;
    let Some(local) = local else {
        let why = format!(
            "`{}` has no header at byte {}, where the directory says",
            shown(&header.name),
            central.at
        );
        directory.problem(central.record, Kind::OutOfBounds, why);
        directory.missed(format!("`{}` is not where the directory says", shown(&header.name)));
        directory.members.push(member);
        return Ok(());
    };
    let mut differs = Vec::new();
    let listed = compare(header, &local.header, &mut differs);
    let end = local.data.saturating_add(header.packed);
    let (descriptor, wrong) = descriptor(input, end, header, local.header.flags | header.flags)?;
    differs.extend(wrong);
    for differ in differs {
        directory.problem(central.at, Kind::Disagreement, format!("`{}`: {differ}", shown(&header.name)));
    }
    if end > input.len() {
        let why = format!("`{}` ends at byte {end}, behind the end of the archive", shown(&header.name));
        directory.problem(central.at, Kind::OutOfBounds, why);
        directory.missed(format!("`{}` ends early", shown(&header.name)));
    }
    let member = Member { data: Some(local.data), end: end.saturating_add(descriptor), ..member };
    if header.name != local.header.name {
        // Readers of streams see this name.
        directory.members.push(Member {
            name: name(&local.header.name),
            repeats: false,
            data: None,
            ..member.clone()
        });
    }
    if let Some(other) = &header.other_name
        && !explains(other, &header.name)
    {
        let why = format!("an extra field gives the name `{}`", shown(other));
        directory.problem(central.record, Kind::Disagreement, format!("`{}`: {why}", shown(&header.name)));
        directory.members.push(Member { name: name(other), data: None, ..member.clone() });
    }
    if !listed {
        // Readers of streams see this content.
        let other = &local.header;
        directory.members.push(Member {
            name: name(&other.name),
            method: other.method,
            packed: if other.flags & STREAMED == 0 { other.packed } else { header.packed },
            size: if other.flags & STREAMED == 0 { other.size } else { header.size },
            crc: (other.flags & STREAMED == 0).then_some(other.crc),
            encrypted: other.flags & ENCRYPTED != 0,
            marked_end: other.flags & MARKED_END != 0,
            repeats: true,
            ..member.clone()
        });
    }
    directory.members.push(member);
    Ok(())
}

/// A member that only its own header names. `room` is where other parts begin.
pub(super) fn unlisted(found: &Local, at: u64, room: u64) -> Member {
    let header = &found.header;
    let unknown = header.flags & STREAMED != 0 && header.packed == 0;
    let packed = if unknown { room.saturating_sub(found.data) } else { header.packed };
    Member {
        name: name(&header.name),
        kind: if header.name.ends_with(b"/") { EntryKind::Folder } else { EntryKind::File },
        mode: None,
        at,
        data: Some(found.data),
        method: header.method,
        packed,
        size: if unknown { 0 } else { header.size },
        crc: (header.flags & STREAMED == 0).then_some(header.crc),
        encrypted: header.flags & ENCRYPTED != 0,
        marked_end: header.flags & MARKED_END != 0,
        repeats: false,
        end: found.data.saturating_add(packed),
    }
}

fn describe(
    input: &Input,
    header: &Header,
    central: &Central,
    local: Option<&Local>,
) -> std::io::Result<Member> {
    let mode = central.attributes >> 16;
    let is_unix = matches!(central.made_by >> 8, 3 | 19);
    let kind = match mode & 0o17_0000 {
        0o12_0000 => EntryKind::Symlink { target: link_target(input, header, local)? },
        // What was packed from a pipe has content; it unpacks to a file.
        0o01_0000 if header.size > 0 => EntryKind::File,
        0o01_0000 | 0o02_0000 | 0o06_0000 | 0o14_0000 => EntryKind::Special,
        0o04_0000 => EntryKind::Folder,
        _ if header.name.ends_with(b"/") => EntryKind::Folder,
        _ => EntryKind::File,
    };
    Ok(Member {
        name: name(&header.name),
        kind,
        mode: (is_unix && mode != 0).then_some(mode & 0o7777),
        at: central.at,
        data: None,
        method: header.method,
        packed: header.packed,
        size: header.size,
        crc: Some(header.crc),
        encrypted: header.flags & ENCRYPTED != 0 || header.method == AES,
        marked_end: header.flags & MARKED_END != 0,
        repeats: false,
        end: central.at,
    })
}

/// The longest target of a link that is read.
const LONGEST_TARGET: u64 = 4096;

/// The content of a symbolic link is its target.
fn link_target(input: &Input, header: &Header, local: Option<&Local>) -> std::io::Result<String> {
    use std::io::Read as _;
    let Some(local) = local else { return Ok(String::new()) };
    let packed = input.slice(local.data, header.packed.min(LONGEST_TARGET));
    let mut target = Vec::new();
    match header.method {
        8 => {
            let decoder = crate::formats::codec::Decoder::deflate(Box::new(packed.reader()));
            // What comes out before an error is the target that a reader would see.
            let _ = decoder.take(LONGEST_TARGET).read_to_end(&mut target);
        }
        _ => target = packed.read(0, LONGEST_TARGET)?,
    }
    Ok(text::kept(&target, 4096))
}

/// Compares both headers of a member. False when a reader of streams would see other content.
fn compare(central: &Header, local: &Header, differs: &mut Vec<String>) -> bool {
    let mut same_content = true;
    if central.name != local.name {
        differs.push(format!("its own header calls it `{}`", shown(&local.name)));
    }
    if central.method != local.method {
        differs.push(format!(
            "packed by method {} in the directory, {} in its own header",
            central.method, local.method
        ));
        same_content = false;
    }
    if (central.flags ^ local.flags) & ENCRYPTED != 0 {
        differs.push("marked as encrypted in only one of its headers".to_owned());
    }
    let streamed = local.flags & STREAMED != 0;
    let mut number = |what: &str, central: u64, local: u64| {
        // In a member written as a stream, zeros (or, with zip64, the largest number) stand for "see behind".
        let differ = central != local && !(streamed && matches!(local, 0 | 0xffff_ffff));
        if differ {
            differs.push(format!("{what} is {central} in the directory, {local} in its own header"));
        }
        differ
    };
    if number("its packed size", central.packed, local.packed) {
        same_content = false;
    }
    number("its size", central.size, local.size);
    number("its CRC-32", u64::from(central.crc), u64::from(local.crc));
    same_content
}

/// Length of the data descriptor at `at`, and how it contradicts the directory.
fn descriptor(input: &Input, at: u64, header: &Header, flags: u16) -> std::io::Result<(u64, Option<String>)> {
    if flags & STREAMED == 0 {
        return Ok((0, None));
    }
    let bytes = input.read(at, 24)?;
    let signed = bytes.starts_with(&DESCRIPTOR);
    for skip in if signed { [4, 0] } else { [0, 0] } {
        let fields = bytes.get(skip..).unwrap_or_default();
        for width in [4_usize, 8] {
            let length = width.saturating_mul(2).saturating_add(4);
            let matches = fields.len() >= length
                && long(fields, 0) == header.crc
                && number(fields, 4, width) == header.packed
                && number(fields, width.saturating_add(4), width) == header.size;
            if matches {
                return Ok((length.saturating_add(skip) as u64, None));
            }
        }
    }
    if !signed {
        return Ok((0, None));
    }
    let (crc, packed, size) = (long(&bytes, 4), long(&bytes, 8), long(&bytes, 12));
    let why = format!(
        "the record behind it says CRC-32 {crc:08x}, {packed} bytes for {size}, unlike the directory"
    );
    Ok((16, Some(why)))
}
