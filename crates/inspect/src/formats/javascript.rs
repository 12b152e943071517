//! JavaScript: read word by word, never run. Names are followed through `require`, imports, assignments and brackets, so that
//! a call is told by the name of what it calls. Grammar: ECMA-262, 16th edition.

mod evaluate;
mod lexer;
mod reader;
mod scope;
#[cfg(test)]
mod tests;
mod value;

use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::command::{self, Runner};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::script;
use crate::text;
use crate::walk::Visit;

/// JavaScript.
pub static FORMAT: Format = Format {
    id: "javascript",
    title: "JavaScript",
    extensions: &["cjs", "js", "mjs"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["script"],
    docs: "Recognised by its name, and by a first line that names Node, Deno or Bun. Comments, texts, templates and regular \
           expressions are told apart as the language does it. Calls and names are resolved through `require`, `import`, \
           assignments, members in brackets, `.call`, `.bind` and `constructor`; constants through sums, templates, lists, \
           `atob`, `Buffer.from` and `String.fromCharCode`. Facts are the calls that act (processes, code made of text, \
           network, native code, credentials that are read), commands, long encoded literals, and names that are made to be \
           unreadable. Each says whether it runs as soon as the file does: at the top, in a function that is called there, in \
           a callback of a timer or promise. Text that is run is read as well. Types and markup in it (TypeScript, JSX) are \
           not. The first 8 MiB are read.",
    recognise,
    read,
    samples: script::ordinary,
};

/// The longest source that is read whole.
const LONGEST: u64 = 8 << 20;

/// The key under which it is told how many names are made to be unreadable.
pub(crate) const OBSCURED: &str = "obscured-names";

fn recognise(probe: &Probe<'_>) -> Recognition {
    if let Some(rest) = probe.head.strip_prefix(b"#!") {
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let words = line.split(|byte| matches!(byte, b' ' | b'/' | b'\t' | b'\r'));
        let mut named = words.filter(|word| matches!(*word, b"node" | b"nodejs" | b"deno" | b"bun"));
        return Recognition::certain_if(named.next().is_some() && probe.is_text());
    }
    Recognition::guess_if(probe.ends_with(FORMAT.extensions) && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    tell(visit, &source, 0)
}

/// The text of a source of a bounded length, with every byte where it stands.
pub(super) fn source(visit: &mut Visit<'_>) -> Result<String, Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {} were read", text::bytes(LONGEST)));
    }
    Ok(command::text_of_bytes(&visit.input.read(0, LONGEST)?))
}

/// Tells what is found in a source that begins at this offset.
pub(super) fn tell(visit: &mut Visit<'_>, source: &str, from: u64) -> Result<(), Fault> {
    let length = source.len() as u64;
    visit.budget.memory(length.saturating_mul(lexer::MEMORY))?;
    let tokens = lexer::tokens(source, visit.budget)?;
    let place = |at: usize| from.saturating_add(at as u64);
    let line = |at: usize| {
        let before = source.as_bytes().get(..at).unwrap_or_default();
        memchr::memchr_iter(b'\n', before).count().saturating_add(1)
    };
    if let Some(at) = tokens.too_deep {
        visit.problem(
            place(at),
            Kind::TooDeep,
            "its brackets are nested more deeply than anybody writes them",
        );
        visit.incomplete("its brackets are nested too deeply");
    }
    if let Some(at) = tokens.broken {
        visit.incomplete(format!("line {} has a text that does not end", line(at)));
    }
    let meter = visit.budget.meter();
    let read = reader::read(source, &tokens, visit.budget, &meter)?;
    drop(tokens);
    for (at, what) in read.found {
        visit.fact(place(at), what);
    }
    for (at, when, text) in read.commands {
        command::emit(visit, Runner::new("javascript", when, place(at)).at(place(at)), &text);
    }
    if let Some(count) = read.obscured {
        visit.fact(from, What::Metadata { key: OBSCURED.to_owned(), value: count.to_string() });
    }
    if let Some(missed) = read.missed {
        visit.incomplete(missed);
    }
    meter.check()
}
