//! Python pickles of protocols 0 to 5: programs for a stack machine that looks names up and calls what it finds.
//! Followed symbolically: every name and every call is noted, and none is made.
//! Reference: `Lib/pickle.py`, `Lib/pickletools.py` and `Modules/_pickle.c` of `CPython`.

mod act;
mod calls;
mod containers;
mod context;
mod framing;
mod joblib;
mod leaf;
mod lines;
mod machine;
mod marshal;
mod memo;
mod names;
mod numbers;
mod opcodes;
mod payload;
mod recognise;
mod terms;
#[cfg(test)]
mod tests;
mod value;
mod views;
mod walk;

use weighbridge_domain::facts::problem::Kind;

use super::{Format, Support};
use crate::cursor::Cursor;
use crate::input::Input;
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;

pub(crate) use context::{Context, Storage};
pub(super) use marshal::{begins_code, names as code_names};
pub(crate) use names::is_given_bytes;
pub(super) use payload::base64;
pub(super) use payload::{may_be_program, unpacked, unwrapped};
pub(super) use recognise::{begins_disguised, is_disguised, is_program};
pub(crate) use views::View;
pub(crate) use walk::{survey, walk_program};

/// Python pickles.
pub static FORMAT: Format = Format {
    id: "pickle",
    title: "Python pickle",
    extensions: &["pkl", "pickle", "pk", "p", "joblib", "dill", "pt", "pth", "bin", "ckpt", "pdparams", "pdopt"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "\
Protocols 0 to 5, and several programs one after another. Every opcode is followed on a model of the loader's stack, \
marks and memo; nothing is executed. Every name that is looked up and every call that is made is reported, also where the \
result is thrown away, where the name comes out of the memo or is computed, and where the program breaks afterwards.

Array bytes that joblib writes between the opcodes are passed over by their type and shape, and are also read as the \
opcodes that another loader would take them for. Arrays of objects are programs of their own and are followed in place.

Bytes and texts that are themselves a pickle, plain or behind base64, hexadecimal digits, zlib, gzip, bzip2 or xz, and \
bytes that are given to a loader, are inspected as parts of their own.

Not followed: what a class does with the state it is given, and code objects, of which only the names are listed.",
    recognise: recognise::recognise,
    read,
    samples: samples::pickle::ordinary,
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    let mut context = Context::default();
    while walk_program(visit, &mut cursor, &mut context)?.stopped && goes_on(visit, &cursor)? {}
    Ok(())
}

/// Whether another program begins where one ended. What is there instead, is noted.
fn goes_on(visit: &mut Visit<'_>, cursor: &Cursor) -> Result<bool, Fault> {
    let end = cursor.position();
    let rest = cursor.input().from(end);
    if rest.is_empty() {
        return Ok(false);
    }
    if recognise::begins_program(&rest) {
        return Ok(true);
    }
    if is_zero(visit, &rest)? {
        visit.problem(
            end,
            Kind::TrailingZeros,
            format!("{} behind the program", crate::text::count(rest.len(), "zero byte")),
        );
    } else {
        visit.problem(
            end,
            Kind::TrailingBytes,
            format!("{} behind the program", crate::text::count(rest.len(), "byte")),
        );
        visit.embed("trailing-data", rest)?;
    }
    Ok(false)
}

fn is_zero(visit: &Visit<'_>, input: &Input) -> Result<bool, Fault> {
    const BLOCK: u64 = 256 << 10;
    let mut at = 0;
    while at < input.len() {
        visit.budget.tick()?;
        let block = input.read(at, BLOCK)?;
        if block.is_empty() || block.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at = at.saturating_add(block.len() as u64);
    }
    Ok(true)
}
