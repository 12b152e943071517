//! What Torch, the library for Lua, wrote: numbers, texts, tables, objects by the names of their classes, and functions as
//! the code that Lua dumped. Specification: `File.lua` of torch7.

mod walk;

use weighbridge_domain::facts::What;

use self::walk::Walk;
use super::layout::{self, Notes};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::torch7;
use crate::walk::Visit;

/// Torch's binary and text files.
pub static FORMAT: Format = Format {
    id: "torch7",
    title: "Torch7 file",
    extensions: &["net", "t7", "th"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["text"],
    docs: "Both forms, binary (with 8-byte sizes) and text. Every item is walked; tensors with the keys that lead to them, the \
           names of all classes, and functions with the names in their code are facts. Classes that read their own bytes, \
           such as those of `tds`, end the walk. Nothing that still runs writes such files, so that what is read was never \
           compared with what Torch says: files count as not inspected, whatever is found.",
    recognise,
    read,
    samples: torch7::ordinary,
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let object = probe.starts(b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V ") || probe.starts(b"4\n1\n3\nV ");
    let dumped = |at: usize| probe.has_at(at, b"\x1bL");
    let function = probe.starts(b"\x06\0\0\0") && dumped(8)
        || (probe.starts(b"\x08\0\0\0") || probe.starts(b"\x07\0\0\0")) && dumped(12);
    let number = |at: usize| {
        let bytes = probe.head.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    // A table, and as its first key a number or a short text.
    let begins = probe.starts(b"\x03\0\0\0\x01\0\0\0") && matches!(number(8), Some(1..0x0100_0000));
    let key = match (number(12), number(16)) {
        (Some(1), _) => true,
        (Some(2), Some(length @ 1..=255)) => {
            let end = usize::try_from(length).unwrap_or_default().saturating_add(20);
            probe.head.get(20..end).is_some_and(|key| key.iter().all(|byte| matches!(byte, 0x20..0x7f)))
        }
        _ => false,
    };
    if object || function || begins && key {
        return Recognition::Certain;
    }
    let text = probe.starts(b"3\n1\n") && probe.is_text();
    Recognition::guess_if(probe.ends_with(FORMAT.extensions) && (text || begins))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let head = visit.input.read(0, 1)?;
    let text = head.first().is_some_and(u8::is_ascii_digit);
    let mut notes = Notes::default();
    let mut walk = Walk::new(Cursor::new(&visit.input), text, &mut notes);
    let read = walk.run(visit);
    let classes = std::mem::take(&mut walk.classes);
    let end = walk.end();
    for (class, at) in classes {
        visit.fact(at, What::Metadata { key: "class".to_owned(), value: layout::name(&class) });
    }
    read?;
    let rest = visit.input.len().saturating_sub(end);
    if rest > 0 && !(text && rest < 4) {
        notes.behind(visit, end..visit.input.len(), 1)?;
    }
    Ok(())
}
