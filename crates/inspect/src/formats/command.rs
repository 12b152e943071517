//! Command lines, wherever they stand: the shell's language read into programs and words.
//!
//! [`emit`] is for a text that a shell runs (a script, `RUN`, `run:`, `os.system`, `!` in a notebook), [`emit_words`] for
//! programs that are started without one (`ENTRYPOINT ["…"]`, `subprocess.run([…])`). Both note one [`Command`] for each
//! pipeline, in order. What wraps a program (`sudo`, `env`, `xargs`) is taken off; texts that a shell runs in its turn
//! (`sh -c`, `eval`, documents) are read too, with quotes and escapes undone and variables of the same text put in their
//! places. Python among them is inspected as a part of its own. Models and images that commands ask for are noted, too.

mod functions;
mod groups;
mod inline;
pub(super) mod models;
mod output;
mod redirects;
mod shell;
mod simple;
mod word;
mod wrapping;

use weighbridge_domain::facts::{Command, What, When};

pub(crate) use self::shell::{Inline, Line};
use self::shell::{Shell, State};
use self::word::Word;
use crate::input::Input;
use crate::limits::Meter;
use crate::walk::Visit;

/// Whose commands they are, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runner<'a> {
    /// What runs them: `sh`, `dockerfile`, `compose`, `workflow`, `notebook`, `python`, `makefile`.
    pub(crate) name: &'static str,
    /// When they run.
    pub(crate) when: When,
    /// Where the text stands in the reading.
    pub(crate) place: Place<'a>,
    /// Variables that are set outside of the text.
    pub(crate) variables: &'a [(String, String)],
}

impl<'a> Runner<'a> {
    /// A runner of a text that stands in the reading, byte for byte, from this offset on.
    pub(crate) fn new(name: &'static str, when: When, from: u64) -> Self {
        Self { name, when, place: Place::From(from), variables: &[] }
    }

    /// The same for a text that has a place, and whose bytes have none.
    #[must_use]
    pub(crate) fn at(self, at: u64) -> Self {
        Self { place: Place::At(at), ..self }
    }

    /// The same for a text made of pieces: where each begins in the text, and in the reading.
    #[must_use]
    pub(crate) fn pieces(self, pieces: &'a [(usize, u64)]) -> Self {
        Self { place: Place::Pieces(pieces), ..self }
    }

    /// The same, with variables.
    #[must_use]
    pub(crate) fn knowing(self, variables: &'a [(String, String)]) -> Self {
        Self { variables, ..self }
    }
}

/// Where a text stands in a reading.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// Byte for byte from here on.
    From(u64),
    /// Here, with other bytes.
    At(u64),
    /// In pieces.
    Pieces(&'a [(usize, u64)]),
}

impl Place<'_> {
    fn of(self, at: usize) -> u64 {
        match self {
            Self::From(from) => from.saturating_add(at as u64),
            Self::At(at) => at,
            Self::Pieces(pieces) => {
                let before = pieces.iter().rev().find(|(start, _)| *start <= at);
                let (start, from) = before.or(pieces.first()).copied().unwrap_or_default();
                from.saturating_add(at.saturating_sub(start) as u64)
            }
        }
    }
}

/// What a text of commands says.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Its pipelines in order.
    pub(crate) lines: Vec<Line>,
    /// Python that they run.
    pub(crate) python: Vec<Inline>,
    /// What was not understood: where, and what.
    pub(crate) unread: Vec<(usize, &'static str)>,
}

/// Bytes that may be put in the place of variables and read as nested texts, beside four times the text itself.
const ALLOWANCE: usize = 256 << 10;

/// Reads a text as a shell does. Where the meter stops it, it ends.
pub(crate) fn read(text: &str, variables: &[(String, String)], meter: &Meter) -> Script {
    let allowance = text.len().saturating_mul(4).saturating_add(ALLOWANCE);
    let mut state = State::new(variables, allowance, meter);
    let lines = Shell::new(text, 0, None, &mut state).script();
    Script { lines, python: state.python, unread: state.unread }
}

/// Reads the words of a program that is started without a shell.
pub(crate) fn read_words(words: &[String], meter: &Meter) -> Script {
    let length = words.iter().map(String::len).sum::<usize>();
    let mut state = State::new(&[], length.saturating_mul(4).saturating_add(ALLOWANCE), meter);
    let given = words.iter().map(|word| Word::of(word)).collect();
    let settled = Shell::new("", 0, Some(0), &mut state).settle(given, &[], Vec::new(), 0);
    let text = text_of(words);
    let lines = vec![Line { at: 0, text, programs: settled.programs }];
    Script { lines, python: state.python, unread: state.unread }
}

/// Words in one line, bounded.
fn text_of(words: &[String]) -> String {
    let mut text = words.join(" ");
    text.truncate(text.floor_char_boundary(512));
    text
}

/// Bytes as text in which every character stands where it stands in the bytes: what is not UTF-8 is replaced byte by byte.
pub(crate) fn text_of_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{1a}'));
    }
    text
}

/// Notes the commands of a text that a shell runs.
pub(crate) fn emit(visit: &mut Visit<'_>, runner: Runner<'_>, text: &str) {
    let meter = visit.budget.meter();
    note(visit, runner, read(text, runner.variables, &meter));
    stopped(visit, &meter);
}

/// Notes the command that these words are, when no shell is asked to run them.
pub(crate) fn emit_words(visit: &mut Visit<'_>, runner: Runner<'_>, words: &[String]) {
    if !words.is_empty() {
        let meter = visit.budget.meter();
        note(visit, runner, read_words(words, &meter));
        stopped(visit, &meter);
    }
}

fn stopped(visit: &mut Visit<'_>, meter: &Meter) {
    if let Err(fault) = meter.check() {
        visit.incomplete(fault.to_string());
    }
}

fn note(visit: &mut Visit<'_>, runner: Runner<'_>, script: Script) {
    let Runner { name, when, place, .. } = runner;
    for Line { at, text, programs } in script.lines {
        if let Err(fault) = visit.budget.tick() {
            return visit.incomplete(fault.to_string());
        }
        for program in &programs {
            models::of_program(visit, place.of(at), program, &text);
        }
        visit.fact(place.of(at), What::Command(Command { runner: name, when, programs, text }));
    }
    for Inline { at, source } in script.python {
        let member = format!("command-{}.py", place.of(at));
        if let Err(fault) = visit.embed(&member, Input::bytes(source.into_bytes())) {
            visit.incomplete(fault.to_string());
        }
    }
    if let Some((_, why)) = script.unread.first() {
        visit.incomplete(format!("{why} was not understood in its commands"));
    }
}

#[cfg(test)]
mod tests;
