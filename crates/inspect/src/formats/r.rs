//! R's own serialisation: `.rds` holds one object, `.RData` a workspace of named ones. Besides data there can be calls,
//! functions, byte code, and promises, which R evaluates when they are first used.
//! Specification: R Internals 1.8, and `src/main/serialize.c`.

mod places;
mod source;
mod task;
mod walk;

use weighbridge_domain::facts::{Operator, What};

use self::source::Form;
use self::walk::Walk;
use super::layout::Notes;
use super::streams;
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::r;
use crate::walk::Visit;

/// R objects and workspaces.
pub static FORMAT: Format = Format {
    id: "r",
    title: "R object",
    extensions: &["rda", "rdata", "rds"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Objects and workspaces of versions 2 and 3 in all three forms (XDR, native, text), usually inside gzip, bzip2 or xz. \
           Every item is walked, byte code too. The names of all functions that calls, functions and promises call, vectors \
           with their names and dimensions, name spaces, vectors of other classes (ALTREP), and objects that only a hook of \
           the writer can make are facts.",
    recognise,
    read,
    samples: r::ordinary,
};

/// What a workspace begins with, in front of its form.
const WORKSPACES: [&[u8]; 6] = [b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n"];

fn workspace(head: &[u8]) -> Option<&[u8]> {
    WORKSPACES.iter().find_map(|magic| head.strip_prefix(*magic))
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    let is_workspace = workspace(&probe.head).is_some();
    let head = workspace(&probe.head).unwrap_or(&probe.head);
    let object = matches!(
        head,
        [b'X', b'\n', 0, 0, 0, 2 | 3, 0, _, _, _, 0, ..]
            | [b'B', b'\n', 2 | 3, 0, 0, 0, ..]
            | [b'A', b'\n', b'2' | b'3', b'\n', b'0'..=b'9', ..]
    );
    Recognition::certain_if(object || is_workspace)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let head = visit.input.read(0, 16)?;
    let start = if workspace(&head).is_some() { 5 } else { 0 };
    let mut cursor = Cursor::at(&visit.input, start);
    let form = match cursor.array::<2>()? {
        [b'X', b'\n'] => Form::Xdr,
        [b'B', b'\n'] => Form::Native,
        [b'A', b'\n'] => Form::Ascii,
        _ => return Err(Fault::Unparsable(format!("there is no form of R's at byte {start}"))),
    };
    let mut notes = Notes::default();
    let mut walk = Walk::new(cursor, form, &mut notes);
    let read = walk.header(visit).and_then(|()| walk.run(visit));
    for ((code, name), (at, count)) in std::mem::take(&mut walk.calls) {
        let (domain, name) = match name.strip_prefix("altrep ") {
            Some(class) => ("altrep", class.to_owned()),
            None => (code.word(), name),
        };
        let operator = Operator {
            dialect: "r",
            domain: domain.to_owned(),
            name,
            node: String::new(),
            count,
            defined: false,
        };
        visit.fact(at, What::Operator(operator));
    }
    walk.tensors(visit)?;
    for (key, (count, at)) in [("functions", walk.functions), ("external pointers", walk.pointers)] {
        if let Some(at) = at {
            visit.fact(at, What::Metadata { key: key.to_owned(), value: count.to_string() });
        }
    }
    for value in std::mem::take(&mut walk.namespaces) {
        visit.fact(0, What::Metadata { key: "name space".to_owned(), value });
    }
    let end = read?;
    let rest = visit.input.from(end);
    let blank = form == Form::Ascii && rest.len() < 16;
    if !blank && !rest.is_empty() {
        streams::trailing(visit, end)?;
    }
    Ok(())
}
