//! What the first releases of PyTorch wrote: a tar of four members. `sys_info` and `pickle` are pickles; `storages` and
//! `tensors` count and describe, pickle by pickle, the raw numbers that stand between the pickles.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Name, Tensor, Term, What};

use super::{ENDINGS, item_size};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::pickle::{Context, walk_program};
use crate::formats::tar::{self, Member};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::torch;
use crate::walk::Visit;

/// The tar of four members.
pub static FORMAT: Format = Format {
    id: "torch-tar",
    title: "PyTorch tar",
    extensions: ENDINGS,
    support: Support::Inspected,
    carries_code: true,
    refines: &["tar"],
    docs: "What the first releases of PyTorch wrote. Everything that is read of a tar; all pickles in its four members are \
           walked, also those between the raw numbers, whose sizes are checked. Other members are inspected by their content.",
    recognise,
    read,
    samples: || vec![("model.pt".to_owned(), torch::tar())],
};

const MEMBERS: [&str; 4] = ["sys_info", "pickle", "storages", "tensors"];

fn recognise(probe: &Probe<'_>) -> Recognition {
    // The names stand at the beginning of 512-byte headers; the first members are short enough to show them all or most.
    let (blocks, _) = probe.head.as_chunks::<512>();
    let named = |name: &str| {
        blocks
            .iter()
            .any(|block| block.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0)))
    };
    let is_tar = (tar::FORMAT.recognise)(probe) == Recognition::Certain;
    Recognition::certain_if(is_tar && named("pickle") && (named("storages") || named("tensors")))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let members = tar::read_members(visit)?;
    for member in members.iter().filter(|member| is_ours(member)) {
        let end = member.data.saturating_add(member.size);
        let mut cursor = Cursor::at(&visit.input.slice(0, end), member.data);
        match member.name.as_str() {
            "storages" => read_storages(visit, &mut cursor)?,
            "tensors" => read_tensors(visit, &mut cursor)?,
            _ => {
                program(visit, &mut cursor)?;
            }
        }
        let behind = cursor.position();
        if cursor.remaining() > 0 {
            let message = format!(
                "{} at the end of `{}` that nothing reads",
                crate::text::count(cursor.remaining(), "byte"),
                member.name
            );
            visit.problem(behind, Kind::TrailingBytes, message);
            visit.embed("trailing-data", visit.input.slice(behind, end.saturating_sub(behind)))?;
        }
    }
    tar::embed(visit, &members, |member| !is_ours(member))
}

fn is_ours(member: &Member) -> bool {
    MEMBERS.contains(&member.name.as_str())
}

/// Walks one program; what it leaves.
fn program(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<Option<Term>, Fault> {
    let outcome = walk_program(visit, cursor, &mut Context::default())?;
    if !outcome.stopped {
        return Err(Fault::Unparsable(format!("a pickle breaks at byte {}", outcome.end)));
    }
    Ok(outcome.root)
}

/// A program that leaves a number.
fn count(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<u64, Fault> {
    let at = cursor.position();
    match program(visit, cursor)? {
        Some(Term::Literal { text }) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| Fault::Unparsable(format!("there is no count at byte {at}")))
}

/// How many; then for each a tuple of key, device and class, the number of elements, and the raw bytes; then the views.
fn read_storages(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
    for _ in 0..count(visit, cursor)? {
        let at = cursor.position();
        let (key, class) = match program(visit, cursor)? {
            Some(Term::Items { items, .. }) => {
                (items.first().map(ToString::to_string), class_of(items.get(2)))
            }
            _ => (None, None),
        };
        let (Some(name), Some(class)) = (key, class) else {
            return Err(Fault::Unparsable(format!("there is no description of a storage at byte {at}")));
        };
        let elements = cursor.u64()?;
        let start = cursor.position();
        let Some(length) = item_size(&class).and_then(|size| size.checked_mul(elements)) else {
            return Err(Fault::Unsupported(format!(
                "the storage `{name}` has the class `{class}`, which is not known"
            )));
        };
        cursor.skip(length)?;
        visit.fact(
            start,
            What::Tensor(Tensor { name, dtype: class.name, shape: vec![elements], start, length }),
        );
    }
    program(visit, cursor)?;
    Ok(())
}

fn class_of(term: Option<&Term>) -> Option<Name> {
    match term {
        Some(Term::Global(name)) => Some(name.clone()),
        _ => None,
    }
}

/// How many; then for each a tuple, the number of dimensions, the sizes, the strides, and the offset.
fn read_tensors(visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
    for _ in 0..count(visit, cursor)? {
        program(visit, cursor)?;
        let dimensions = u64::from(cursor.u32()?);
        // Four bytes of padding; sizes and strides; the offset.
        cursor.skip(dimensions.saturating_mul(16).saturating_add(12))?;
    }
    Ok(())
}
