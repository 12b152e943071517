//! tar: headers of 512 bytes, each followed by its member's content. Specification: POSIX `ustar` and `pax`, and the
//! GNU manual's "Basic Tar Format".

mod header;
mod pax;

use std::collections::BTreeMap;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Entry, EntryKind, What};

use super::streams::{first_non_zero, note, trailing};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::path::explains;
use crate::samples::archive::Tar;
use crate::text;
use crate::walk::Visit;
use header::{BLOCK, Header};

const WORDS: &[u8] = b"Ordinary words.\n";

/// tar.
pub static FORMAT: Format = Format {
    id: "tar",
    title: "tar",
    extensions: &["tar"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All forms: the old one without magic (recognised by its checksum), ustar, pax and GNU with their long names. \
           Members behind the end mark, which only some readers see, are read too. Pax records that contradict the header, \
           broken headers, and bytes behind the end are facts. Sparse members are inspected as stored, with their holes \
           left out, and count as not wholly inspected. Volumes of a set are not put together.",
    recognise,
    read,
    samples: || {
        let (begin, end) = ("folder".repeat(30), "/notes.txt");
        let long = format!("{begin}{end}");
        vec![
            ("ustar.tar".to_owned(), ordinary(Tar::new()).build()),
            ("old.tar".to_owned(), Tar::old().file("notes.txt", WORDS).build()),
            ("gnu.tar".to_owned(), ordinary(Tar::gnu()).gnu_long(&long, WORDS).build()),
            ("pax.tar".to_owned(), ordinary(Tar::new()).pax(&[("path", &long)], &begin, WORDS).build()),
        ]
    },
};

/// Members of every ordinary kind. A function, not a closure: rustc before 1.97 lets two calls of a closure share one
/// constant as their by-value argument (rust-lang/rust#155241).
fn ordinary(tar: Tar) -> Tar {
    tar.folder("notes/")
        .file("notes/a.txt", WORDS)
        .symlink("notes/b.txt", "a.txt")
        .hard_link("notes/c.txt", "notes/a.txt")
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    let Some(block) = probe.head.first_chunk::<BLOCK>() else { return Recognition::No };
    let has_magic = block.get(257..).is_some_and(|magic| magic.starts_with(b"ustar"));
    if header::checksum_fits(block) && (has_magic || Header::new(block).is_plausible()) {
        return Recognition::Certain;
    }
    let empty = probe.ends_with(FORMAT.extensions) && probe.head.iter().all(|byte| *byte == 0);
    Recognition::guess_if(has_magic || empty)
}

/// Names of the first members, without `./`, as far as the head of a file shows them.
pub fn names<'p>(probe: &'p Probe<'_>) -> impl Iterator<Item = &'p [u8]> {
    let (blocks, _) = probe.head.as_chunks::<BLOCK>();
    blocks.iter().filter(|block| header::checksum_fits(block)).filter_map(|block| {
        let name = block.split(|byte| *byte == 0).next()?;
        Some(name.strip_prefix(b"./").unwrap_or(name))
    })
}

/// A member of a tar.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name, escaped where it is not UTF-8.
    pub name: String,
    /// What it claims to be.
    pub kind: EntryKind,
    /// Offset of its header.
    pub at: u64,
    /// Offset of its content.
    pub data: u64,
    /// Length of its content.
    pub size: u64,
    mode: u32,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let members = read_members(visit)?;
    embed(visit, &members, |_| true)
}

/// Reads all headers of the tar being visited and notes what they say; bytes behind the end are queued.
pub fn read_members(visit: &mut Visit<'_>) -> Result<Vec<Member>, Fault> {
    let mut reader =
        Reader { cursor: Cursor::new(&visit.input), members: Vec::new(), global: BTreeMap::new() };
    let end = reader.read(visit);
    for member in &reader.members {
        visit.budget.entry()?;
        let Member { name, kind, size, mode, at, .. } = member.clone();
        visit.fact(
            at,
            What::Entry(Entry { name, kind, size, packed: size, mode: Some(mode), encrypted: false }),
        );
    }
    let end = end?;
    // The end mark and what fills the last record up are zeros.
    if first_non_zero(visit, &visit.input.from(end))?.is_some() {
        trailing(visit, end)?;
    }
    Ok(reader.members)
}

/// Queues the content of members for inspection, as slices of the archive.
pub fn embed(
    visit: &mut Visit<'_>,
    members: &[Member],
    mut wanted: impl FnMut(&Member) -> bool,
) -> Result<(), Fault> {
    for member in members {
        let content = visit.input.slice(member.data, member.size);
        if !content.is_empty() && wanted(member) {
            visit.embed(&member.name, content)?;
        }
    }
    Ok(())
}

/// The longest extended header or long name that is read.
const LONGEST_RECORD: u64 = 1 << 20;

struct Reader {
    cursor: Cursor,
    members: Vec<Member>,
    global: BTreeMap<String, Vec<u8>>,
}

/// What the headers in front of a member say about it.
#[derive(Default)]
struct Pending {
    pax: BTreeMap<String, Vec<u8>>,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

impl Reader {
    /// Reads to the end; returns where bytes begin that belong to no member.
    fn read(&mut self, visit: &mut Visit<'_>) -> Result<u64, Fault> {
        let length = visit.input.len();
        let mut pending = Pending::default();
        let mut end_mark = None;
        let mut behind_end = false;
        while self.cursor.remaining() >= BLOCK as u64 {
            visit.budget.tick()?;
            if self.members.len() as u64 > visit.budget.limits().members {
                visit.incomplete(format!("only the first {} members were read", self.members.len()));
                return Ok(length);
            }
            let at = self.cursor.position();
            let block = self.cursor.array::<BLOCK>()?;
            if block.iter().all(|byte| *byte == 0) {
                end_mark = end_mark.or(Some(at));
                continue;
            }
            if !header::checksum_fits(&block) {
                if let Some(end) = end_mark {
                    return Ok(end);
                }
                note(visit, at, Kind::Unparsable, "there is no header where one should be");
                visit.incomplete(format!("there is no header at byte {at}"));
                match self.next_header(visit)? {
                    Some(next) => self.cursor.seek(next),
                    None => return Ok(at),
                }
                continue;
            }
            if end_mark.take().is_some() && !behind_end {
                behind_end = true;
                let why = "members behind the end mark: some readers stop before them";
                note(visit, at, Kind::Hidden, why);
            }
            self.read_member(visit, at, &Header::new(&block), &mut pending)?;
            if self.cursor.position() > length {
                break;
            }
        }
        Ok(end_mark.unwrap_or_else(|| self.cursor.position().min(length)))
    }

    /// The next block that is a header, as tools find it that go on after an error.
    fn next_header(&mut self, visit: &Visit<'_>) -> Result<Option<u64>, Fault> {
        while self.cursor.remaining() >= BLOCK as u64 {
            visit.budget.tick()?;
            let at = self.cursor.position();
            let block = self.cursor.array::<BLOCK>()?;
            if header::checksum_fits(&block) && Header::new(&block).is_plausible() {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn read_member(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        header: &Header,
        pending: &mut Pending,
    ) -> Result<(), Fault> {
        let data = self.cursor.position();
        let size = header.size.unwrap_or_default();
        if header.size.is_none() {
            note(visit, at, Kind::BadValue, "the size is not a number");
        }
        match header.kind {
            b'x' | b'X' | b'g' | b'L' | b'K' => {
                if size > LONGEST_RECORD || size > self.cursor.remaining() {
                    note(visit, at, Kind::BadValue, format!("an extended header of {size} bytes"));
                    visit.incomplete("an extended header is too long");
                } else {
                    let content = visit.input.read(data, size)?;
                    self.keep(visit, at, header.kind, &content, pending);
                }
                self.cursor.seek(after(data, size));
                return Ok(());
            }
            _ => {}
        }
        let mut before = std::mem::take(pending);
        for (key, value) in &self.global {
            before.pax.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self.add(visit, at, header, &before)
    }

    fn keep(&mut self, visit: &mut Visit<'_>, at: u64, kind: u8, content: &[u8], pending: &mut Pending) {
        let until_zero = || content.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        match kind {
            b'L' => pending.name = Some(until_zero()),
            b'K' => pending.link = Some(until_zero()),
            _ => {
                let mut repeated = Vec::new();
                let records = if kind == b'g' { &mut self.global } else { &mut pending.pax };
                let whole = pax::read(content, records, &mut repeated);
                if kind == b'g' && ["path", "linkpath", "size"].iter().any(|key| records.contains_key(*key)) {
                    let why = "a global header gives a name or size to all members that follow";
                    note(visit, at, Kind::Disagreement, why);
                }
                if !whole {
                    note(
                        visit,
                        at,
                        Kind::BadValue,
                        "an extended header is not made of `length key=value` lines",
                    );
                }
                for key in repeated {
                    note(
                        visit,
                        at,
                        Kind::Disagreement,
                        format!("`{key}` stands twice in an extended header"),
                    );
                }
            }
        }
    }

    /// Adds a member and moves behind its content.
    fn add(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        header: &Header,
        before: &Pending,
    ) -> Result<(), Fault> {
        let mut data = self.cursor.position();
        let mut size = header.size.unwrap_or_default();
        let name = settle(visit, at, "path", &header.name, before.name.as_deref(), before);
        let link = settle(visit, at, "linkpath", &header.link, before.link.as_deref(), before);
        if let Some(stated) = before.pax.get("size") {
            match std::str::from_utf8(stated).ok().and_then(|text| text.parse::<u64>().ok()) {
                Some(stated) if stated != size => {
                    // Only sizes that do not fit into the header's twelve digits belong here.
                    if stated < 1 << 33 {
                        let why = format!(
                            "`{}` has {stated} bytes by its extended header, {size} by its own",
                            show(&name)
                        );
                        note(visit, at, Kind::Disagreement, why);
                    }
                    size = stated;
                }
                Some(_) => {}
                None => note(visit, at, Kind::BadValue, "the size in an extended header is not a number"),
            }
        }
        let shown = show(&name);
        let kind = match header.kind {
            b'1' => EntryKind::HardLink { target: show(&link) },
            b'2' => EntryKind::Symlink { target: show(&link) },
            b'3' | b'4' | b'6' => EntryKind::Special,
            b'5' | b'D' => EntryKind::Folder,
            0 | b'0' if header.name.ends_with(b"/") => EntryKind::Folder,
            _ => EntryKind::File,
        };
        let sparse = header.kind == b'S' || before.pax.keys().any(|key| key.starts_with("GNU.sparse."));
        if sparse {
            data = self.skip_sparse_map(header)?;
            visit.incomplete(format!("`{shown}` is sparse; its holes were left out"));
            if let Some(other) = before.pax.get("GNU.sparse.name") {
                let name = show(other);
                self.members.push(Member {
                    name,
                    kind: EntryKind::File,
                    at,
                    data,
                    size: 0,
                    mode: header.mode,
                });
            }
        } else if !matches!(header.kind, 0 | b'0'..=b'7' | b'D' | b'V') {
            let why =
                format!("`{shown}` is of the unknown type `{}`", char::from(header.kind).escape_default());
            note(visit, at, Kind::UnknownType, why);
            if header.kind == b'M' {
                visit.incomplete(format!("`{shown}` began in another volume"));
            }
        }
        let holds_content = match header.kind {
            b'1' | b'2' => size > 0 && content_follows(visit, at, data, size, &shown)?,
            b'3' | b'4' | b'5' | b'6' | b'V' => false,
            _ => true,
        };
        let size = if holds_content { size } else { 0 };
        if size > visit.input.len().saturating_sub(data) {
            let why = format!("`{shown}` ends behind the end of the archive");
            note(visit, at, Kind::Truncated, why.as_str());
            visit.incomplete(why);
        }
        self.members.push(Member { name: shown, kind, at, data, size, mode: header.mode });
        self.cursor.seek(after(data, size));
        Ok(())
    }

    /// Old GNU sparse members have their map in blocks between the header and the content.
    fn skip_sparse_map(&mut self, header: &Header) -> Result<u64, Fault> {
        let mut more = header.kind == b'S' && header.more_sparse;
        while more {
            let block = self.cursor.array::<BLOCK>()?;
            more = block.get(504).is_some_and(|more| *more != 0);
        }
        Ok(self.cursor.position())
    }
}

/// The name that readers of today use, out of the three that may be given.
fn settle(
    visit: &mut Visit<'_>,
    at: u64,
    key: &str,
    short: &[u8],
    long: Option<&[u8]>,
    before: &Pending,
) -> Vec<u8> {
    let pax = before.pax.get(key).map(Vec::as_slice);
    let chosen = pax.or(long).unwrap_or(short);
    for other in [long.unwrap_or(short), short] {
        if other != chosen && !explains(chosen, other) && !other.is_empty() {
            let why = format!("`{}` is called `{}` by an older header", show(chosen), show(other));
            note(visit, at, Kind::Disagreement, why);
            break;
        }
    }
    chosen.to_vec()
}

/// Whether content stands behind the header of a link that has a size: readers differ.
fn content_follows(visit: &mut Visit<'_>, at: u64, data: u64, size: u64, name: &str) -> Result<bool, Fault> {
    let header_at = |place: u64| -> Result<bool, Fault> {
        let block = visit.input.read(place, BLOCK as u64)?;
        Ok(block
            .first_chunk()
            .is_none_or(|block| block.iter().all(|b| *b == 0) || header::checksum_fits(block)))
    };
    let (directly, behind) = (header_at(data)?, header_at(after(data, size))?);
    if directly && behind {
        let why = format!(
            "the link `{name}` has content of {}, which some readers take for members",
            crate::text::count(size, "byte")
        );
        note(visit, at, Kind::Disagreement, why);
    }
    Ok(!directly)
}

/// The first block behind content.
fn after(data: u64, size: u64) -> u64 {
    data.saturating_add(size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX))
}

/// A name as text: what is not UTF-8 is written as `%NN`.
fn show(name: &[u8]) -> String {
    text::escaped(name.get(..1 << 16).unwrap_or(name))
}
