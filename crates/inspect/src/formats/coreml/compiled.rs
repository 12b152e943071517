//! What Core ML's compiler makes of a model: an ML program as text, or a network as JSON.

use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::graph::{Operators, References};
use crate::formats::layout::Notes;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{coreml, one};
use crate::walk::Visit;

/// Compiled models.
pub static FORMAT: Format = Format {
    id: "coreml-compiled",
    title: "Compiled Core ML model",
    extensions: &["mil", "net"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["json"],
    docs: "The files of an `.mlmodelc` folder that have the model: `model.mil`, whose operations and files of weights are told, \
           recognised by its first word and its first function; and `model.espresso.net`, recognised by its keys.",
    recognise,
    read,
    samples: || one("model.mil", coreml::compiled("conv", "")),
};

/// The longest line: a constant that is in the text.
const LINE: usize = 16 << 20;

/// What a program begins with.
const PROGRAM: &[u8] = b"program(";

fn recognise(probe: &Probe<'_>) -> Recognition {
    let has = |word: &[u8]| probe.head.windows(word.len()).any(|window| window == word);
    let program = probe.starts(PROGRAM) && has(b"func ");
    let network =
        probe.first_character() == Some(b'{') && has(br#""transform_params""#) && has(br#""format_version""#);
    Recognition::certain_if((program || network) && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut operators = Operators::default();
    let result = statements(visit, &mut notes, &mut operators);
    // What was read counts, wherever the reading ended.
    operators.tell(visit, "coreml", |_, _| false);
    result
}

fn statements(visit: &mut Visit<'_>, notes: &mut Notes, operators: &mut Operators) -> Result<(), Fault> {
    let mut references = References::default();
    let mut cursor = Cursor::new(&visit.input);
    while cursor.remaining() > 0 {
        visit.budget.tick()?;
        let at = cursor.position();
        let left = usize::try_from(cursor.remaining()).unwrap_or(usize::MAX);
        let line = match cursor.line(LINE) {
            Ok(line) => String::from_utf8_lossy(line).into_owned(),
            // The last line may have no end.
            Err(Fault::Truncated { .. }) if left < LINE => {
                String::from_utf8_lossy(cursor.take(left)?).into_owned()
            }
            Err(fault) => return Err(fault),
        };
        for name in line.split(';').filter_map(operation) {
            visit.budget.tick()?;
            operators.add(visit, notes, at, ["mil", name], String::new)?;
        }
        for part in line.split("BLOBFILE(path = ").skip(1) {
            let Some(path) = part.split('"').nth(1) else { continue };
            let path = path.strip_prefix(super::program::HERE).unwrap_or(path);
            references.add(visit, notes, at, crate::formats::graph::TENSOR_DATA, path)?;
        }
    }
    Ok(())
}

/// The operation whose result a statement names.
fn operation(statement: &str) -> Option<&str> {
    let (_, rest) = statement.split_once("> ")?;
    let (_, rest) = rest.split_once(" = ")?;
    let (name, _) = rest.split_once('(')?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    plain.then_some(name)
}
