//! Plain text: inert until a more particular format claims it, or its name promises something that text cannot be.

use super::{Format, Support};
use crate::detect::{Recognition, promised_beyond_text, text_length};
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;

/// Plain text.
pub static FORMAT: Format = Format {
    id: "text",
    title: "Plain text",
    extensions: &["csv", "gitattributes", "gitignore", "log", "markdown", "md", "rst", "tsv", "txt"],
    support: Support::Inert,
    carries_code: false,
    refines: &[],
    docs: "UTF-8 text without control characters. Nothing loads it, so nothing in it is read but that it is text to its \
           end. Under a name that promises a format which is not text it counts as not inspected, and so does a pointer \
           that Git LFS puts in the place of a file.",
    recognise: |probe| Recognition::guess_if(probe.is_text() && !probe.input.is_empty()),
    read,
    samples: || samples::one("notes.txt", "Ordinary words.\n"),
};

/// Bytes read at once.
const BLOCK: usize = 256 << 10;

/// What a pointer of Git LFS begins with, and how long one may be.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";
const LONGEST_POINTER: u64 = 1024;

/// It is a pointer of Git LFS, by its beginning and its length.
pub(crate) fn is_pointer(head: &[u8], length: u64) -> bool {
    length <= LONGEST_POINTER && head.starts_with(POINTER)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let length = visit.input.len();
    let mut block = vec![0; BLOCK.min(usize::try_from(length).unwrap_or(BLOCK))];
    let mut at = 0_u64;
    while at < length {
        visit.budget.tick()?;
        let count = visit.input.fill(&mut block, at)?;
        let (text, cut) = text_length(block.get(..count).unwrap_or_default());
        at = at.saturating_add(text as u64);
        if text == 0 || text < count && !cut {
            visit.incomplete(format!("it is text up to byte {at}, and no format recognised what follows"));
            return Ok(());
        }
    }
    if is_pointer(&block, length) {
        visit.incomplete("a pointer of Git LFS, whose file was not downloaded; fetch it with `git lfs pull`");
    } else if let Some(format) = promised_beyond_text(visit.name) {
        visit.incomplete(format!("it is only text, under a name that promises {}", format.title));
    }
    Ok(())
}
