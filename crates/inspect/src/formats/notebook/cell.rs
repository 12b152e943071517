//! One code cell of a notebook: Python with lines for a shell and magics, or all of it for another program.

use weighbridge_domain::facts::{Argument, Term, Use, What, When};

use crate::detect::{Probe, Recognition};
use crate::formats::command::{self, Runner};
use crate::formats::python::{self, Role};
use crate::formats::{Format, Support};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::notebook;
use crate::text;
use crate::walk::Visit;

/// Cell of a notebook.
pub static FORMAT: Format = Format {
    id: "notebook-cell",
    title: "Cell of a notebook",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["python", "text"],
    docs: "A code cell, by its place in a notebook. Read as Python, with IPython's lines for a shell (`!`, `%sx`) and magics; \
           `%%bash`, `%%sh` and `%%script` are commands line by line, what `%%writefile` writes is a part. It runs when \
           somebody runs it, so nothing in it counts as run on loading.",
    recognise,
    read,
    samples: notebook::ordinary,
};

/// Lines that wrap a cell.
const MOST_WRAPPED: usize = 8;
/// The longest cell that is read.
const LONGEST: u64 = 8 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let cell = |path: &str| path.starts_with("cell[") && path.ends_with(']');
    Recognition::certain_if(probe.path_in("notebook").is_some_and(cell))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        return Err(Fault::Unsupported(format!("the cell is longer than {}", text::bytes(LONGEST))));
    }
    visit.budget.memory(visit.input.len().saturating_mul(4))?;
    let bytes = visit.input.read(0, LONGEST)?;
    let source = String::from_utf8_lossy(&bytes).into_owned();
    cell(visit, &source)
}

/// What a cell says; one whose first line only watches or keeps what it prints is the cell below that line.
fn cell(visit: &mut Visit<'_>, source: &str) -> Result<(), Fault> {
    let mut blank = source.to_owned();
    for _ in 0..MOST_WRAPPED {
        let begin = blank.len().saturating_sub(blank.trim_start().len());
        let first = blank.get(begin..).unwrap_or_default().lines().next().unwrap_or_default();
        let name =
            first.strip_prefix("%%").and_then(|magic| magic.split_whitespace().next()).unwrap_or_default();
        let end = begin.saturating_add(first.len());
        let behind = blank.get(end..).unwrap_or_default();
        let wraps = matches!(name, "capture" | "debug" | "memit" | "prun" | "time" | "timeit");
        if !wraps || !behind.trim_start().starts_with("%%") {
            break;
        }
        blank = format!("{}{behind}", " ".repeat(end));
    }
    one(visit, &blank)
}

fn one(visit: &mut Visit<'_>, source: &str) -> Result<(), Fault> {
    let begin = source.len().saturating_sub(source.trim_start().len());
    let (first, rest) =
        source.get(begin..).unwrap_or_default().split_once('\n').unwrap_or((source.trim(), ""));
    let Some(magic) = first.strip_prefix("%%") else {
        return python::tell(visit, source, Role::Cell, |at| at as u64);
    };
    let (name, arguments) = magic.trim().split_once(char::is_whitespace).unwrap_or((magic.trim(), ""));
    let behind = source.len().saturating_sub(rest.len());
    match name {
        "script" if arguments.contains("python") => {
            let blank = " ".repeat(behind.saturating_sub(1));
            return python::tell(visit, &dedented(&format!("{blank}\n{rest}")), Role::Cell, |at| at as u64);
        }
        "!" | "bash" | "sh" | "script" | "system" | "sx" | "cmd" | "powershell" => {
            command::emit(visit, Runner::new("notebook", When::Called, behind as u64), rest);
        }
        "writefile" | "file" => {
            note(visit, name, arguments, first);
            let path = arguments.split_whitespace().last().unwrap_or("written");
            visit.embed(&text::shown(path, 200), Input::bytes(rest.as_bytes().to_vec()))?;
        }
        "html" | "HTML" | "javascript" | "js" | "svg" | "SVG" => {
            super::markup::tell(visit, name, &format!("<script>{rest}"));
        }
        "R" | "cython" | "julia" | "perl" | "ruby" | "node" | "pypy" => {
            note(visit, name, arguments, first);
            visit.incomplete(format!("a cell for `{}` is not read", text::shown(name, 40)));
        }
        "latex" | "markdown" | "sql" | "bigquery" => {}
        _ => {
            // What stands behind these is run, too.
            if matches!(name, "prun" | "time" | "timeit")
                && !arguments.starts_with('-')
                && !arguments.is_empty()
            {
                python::tell(visit, &format!("%time {arguments}"), Role::Cell, |_| begin as u64)?;
            }
            // What times or captures a cell runs it as Python.
            let blank = " ".repeat(behind.saturating_sub(1));
            let source = if rest.is_empty() { String::new() } else { format!("{blank}\n{rest}") };
            return python::tell(visit, &dedented(&source), Role::Cell, |at| at as u64);
        }
    }
    Ok(())
}

/// Blanks of an empty first line are no indentation.
fn dedented(source: &str) -> String {
    match source.split_once('\n') {
        Some((blank, rest)) => format!("{}#\n{rest}", blank.get(1..).unwrap_or_default()),
        None => source.to_owned(),
    }
}

fn note(visit: &mut Visit<'_>, magic: &str, arguments: &str, line: &str) {
    let value = Term::Text { text: text::kept(arguments.as_bytes(), 400), cut: false };
    let one = Use {
        language: "python",
        name: format!("IPython.magic.{magic}"),
        arguments: Some(vec![Argument { name: None, value }]),
        when: When::Called,
        within: String::new(),
        text: text::kept(line.as_bytes(), 200),
    };
    visit.fact(0, What::Use(one));
}
