//! Python sources: parsed as CPython would, never run. Names are followed through imports, assignments and constants, so
//! that a call is told by the name of what it calls. Grammar: the language reference of Python 3.14.

mod commands;
mod encoding;
mod evaluate;
mod fold;
mod guard;
mod reader;
mod scope;
#[cfg(test)]
mod tests;
mod uses;
mod value;

pub(in crate::formats) use fold::base64;

use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use self::reader::Around;
use super::command::models;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::{Fault, Meter};
use crate::samples::source;
use crate::text;
use crate::walk::Visit;

/// Python source.
pub static FORMAT: Format = Format {
    id: "python",
    title: "Python source",
    extensions: &["py", "pyi", "pyw"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["script"],
    docs: "Recognised by its name, by a first line that names Python, and as a `.pth` file of words with a line that Python \
           runs when it starts. Parsed into a syntax tree, not run. Calls and names are resolved through imports, assignments, attributes, `getattr`, `__import__`, `importlib`, `globals()`, `sys.modules` and their like; \
           constants through concatenation, formatting, slices, and decoding (Base64, hexadecimal, compression). Facts are \
           the calls that act (processes, code, network, native code, files that start things or hold keys), commands, \
           models that are asked for, long encoded literals, and characters that do not show. Each says when it runs: on \
           import, when a model is loaded or answers, on installation, or when it is called. What cannot be parsed \
           (Python 2, a slip) is passed over, and the part is not inspected. Up to 8 MiB are read.",
    recognise,
    read,
    samples: source::ordinary,
};

/// The longest source that is read.
const LONGEST: u64 = 8 << 20;
/// Memory that the tree of one token takes, and what is made of it.
const TOKEN: u64 = 160;
/// Levels for which the stack that there is will do.
const SHALLOW: usize = 100;
/// Stack that one level takes at most.
const LEVEL: usize = 12 << 10;
/// What is said of a tree that is too deep.
const TOO_DEEP: &str = "it is nested too deeply";

fn recognise(probe: &Probe<'_>) -> Recognition {
    // Python goes by the name, whatever the file begins with; a program for it need not have one. Other encodings than
    // UTF-8 are allowed; none of them has a byte 0.
    let first = probe.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let program = first.starts_with(b"#!")
        && !probe.name.contains('.')
        && first.windows(6).any(|part| part == b"python")
        && probe.is_text();
    let named = probe.ends_with(FORMAT.extensions) && !probe.input.is_empty() && !probe.head.contains(&0);
    if named || program { Recognition::Certain } else { Recognition::guess_if(is_site_path(probe)) }
}

/// Whether Python would run a line of this file when it starts: a list of folders, `something.pth`, in which a line may be
/// an import. Weights have that name, too.
fn is_site_path(probe: &Probe<'_>) -> bool {
    let imports = |line: &[u8]| line.starts_with(b"import ") || line.starts_with(b"import\t");
    probe.ends_with(&["pth"]) && probe.is_only_text() && probe.head.split(|byte| *byte == b'\n').any(imports)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let length = visit.input.len();
    if length > LONGEST {
        return Err(Fault::Unsupported(format!("the source is longer than {}", text::bytes(LONGEST))));
    }
    visit.budget.memory(length.saturating_mul(4))?;
    let bytes = visit.input.read(0, LONGEST)?;
    let (source, offsets) = encoding::decode(visit, bytes);
    let role = if visit.name == "setup.py" { Role::Setup } else { Role::Module };
    tell(visit, &source, role, |at| offsets.of(&source, at))
}

/// What a source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Role {
    /// It is imported.
    Module,
    /// It runs when something is installed.
    Setup,
    /// It is a cell of a notebook.
    Cell,
}

/// Tells what is found in a source.
pub(in crate::formats) fn tell(
    visit: &mut Visit<'_>,
    source: &str,
    role: Role,
    offset: impl Fn(usize) -> u64,
) -> Result<(), Fault> {
    let shape = guard::shape(source);
    visit.budget.memory((shape.tokens as u64).saturating_mul(TOKEN).saturating_add(source.len() as u64))?;
    visit.budget.tick()?;
    encoding::invisible(visit, source, &offset);
    let meter = visit.budget.meter();
    let read = read_shaped(source, role, Around::default(), shape, &meter);
    for (at, what) in read.found {
        if let What::Command(command) = &what {
            for program in &command.programs {
                models::of_program(
                    visit,
                    offset(usize::try_from(at).unwrap_or_default()),
                    program,
                    &command.text,
                );
            }
        }
        visit.fact(offset(usize::try_from(at).unwrap_or_default()), what);
    }
    for (at, program) in read.programs {
        let at = offset(usize::try_from(at).unwrap_or_default());
        visit.embed(&format!("bytes@{at}"), Input::bytes(program))?;
    }
    if let Some((at, error)) = read.error {
        let line = source
            .get(..at)
            .unwrap_or_default()
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            .saturating_add(1);
        visit.problem(
            offset(at),
            Kind::Unparsable,
            format!("line {line} is not Python: {}", text::shown(&error, 120)),
        );
        visit.incomplete(format!("line {line} cannot be parsed"));
    }
    if let Some(missed) = read.missed {
        if missed == TOO_DEEP {
            visit.problem(0, Kind::TooDeep, "the source is nested more deeply than Python takes");
        }
        visit.incomplete(missed);
    }
    meter.check()
}

/// What was read of a source.
#[derive(Debug, Default)]
struct Read {
    /// With offsets in the text.
    found: Vec<(u64, What)>,
    /// The first error, and where.
    error: Option<(usize, String)>,
    missed: Option<&'static str>,
    /// Pickles that it loads from its own text.
    programs: Vec<(u64, Vec<u8>)>,
    around: Around,
}

fn read_text(source: &str, role: Role, around: Around, meter: &Meter) -> Read {
    read_shaped(source, role, around, guard::shape(source), meter)
}

fn read_shaped(source: &str, role: Role, around: Around, shape: guard::Shape, meter: &Meter) -> Read {
    if shape.depth > reader::DEEPEST {
        return Read { missed: Some(TOO_DEEP), around, ..Read::default() };
    }
    let mode = if role == Role::Cell { Mode::Ipython } else { Mode::Module };
    // The parser makes its stack longer by itself.
    let parsed = parse_unchecked(source, ParseOptions::from(mode));
    let error =
        parsed.errors().first().map(|error| (error.location.start().to_usize(), error.error.to_string()));
    let Some(module) = parsed.try_into_module() else { return Read::default() };
    let nested = around.nested;
    let walk = move || {
        let told = reader::read(source, &module.syntax().body, role, around, meter);
        if told.missed == Some(TOO_DEEP) {
            // To throw it away would go as deep as it is. Only a text that is no Python comes here.
            std::mem::forget(module);
        }
        told
    };
    // Where the text is not Python, its tree may be deeper than its tokens tell.
    let levels = if error.is_some() { reader::DEEPEST } else { shape.depth };
    let told = if levels <= SHALLOW && nested == 0 {
        Some(walk())
    } else {
        let size = levels.max(SHALLOW).saturating_mul(LEVEL).saturating_add(1 << 20);
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, walk);
            let joined = thread.map(std::thread::ScopedJoinHandle::join);
            joined.ok().and_then(Result::ok)
        })
    };
    match told {
        Some(told) => Read {
            found: told.found,
            error,
            missed: told.missed,
            programs: told.programs,
            around: told.around,
        },
        None => Read { error, missed: Some(TOO_DEEP), ..Read::default() },
    }
}
