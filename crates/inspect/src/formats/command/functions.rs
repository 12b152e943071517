//! Functions of a script, and which program of a group takes what is piped into it.

use weighbridge_domain::facts::{FeedAs, Program};

use super::shell::{Element, Shell, append, weight};
use super::wrapping::Settled;
use crate::known::programs::{self, Asked};

/// Programs of one function, and functions, that are remembered.
const MOST_PROGRAMS: usize = 64;
const MOST_FUNCTIONS: usize = 1000;
/// Bytes that a program costs at least where a function is put in its place.
const COST: usize = 256;

impl Shell<'_, '_> {
    /// The body of a function, which is told where it stands.
    pub(super) fn function(&mut self, name: &str) -> Element {
        let element = self.nested(|shell| Some(shell.element())).unwrap_or(Element::Nothing);
        if let Element::Lines(lines, _) = &element
            && self.state.functions.len() < MOST_FUNCTIONS
        {
            let count: usize = lines.iter().map(|line| line.programs.len()).sum();
            if count <= MOST_PROGRAMS {
                let mut programs = Vec::new();
                for line in lines {
                    append(&mut programs, line.programs.clone());
                }
                if self.state.meter.keep(weight(&programs).saturating_add(name.len())) {
                    self.state.functions.insert(name.to_owned(), programs);
                }
            }
        }
        element
    }

    /// Adds what a function does with text among its arguments that it hands on to a shell: `eval "$@"`, `sh -c "$1"`.
    pub(super) fn run_arguments(&mut self, settled: &mut Settled, place: usize) {
        let Some((me, _)) = settled.entry else { return };
        let Some(words) = settled.programs.get(me).map(|program| &program.words) else { return };
        let Some(body) = words.first().and_then(|name| self.state.functions.get(name)) else { return };
        let arguments = words.get(1..).unwrap_or_default();
        let mut texts = Vec::new();
        for program in body {
            let own: Vec<&str> = program.words.iter().map(String::as_str).collect();
            let Some(Asked::Code(at)) = programs::asked(&own) else { continue };
            let code = match program.name() {
                "eval" => program.words.get(1..),
                _ => program.words.get(at..=at),
            };
            if let Some(code) = code.filter(|code| code.iter().any(|word| word.starts_with('$'))) {
                texts.push(given(code, arguments).join(" "));
            }
        }
        for text in texts {
            let told = self.state.unread.len();
            let more = self.programs_of(&text, place);
            self.state.unread.truncate(told);
            append(&mut settled.programs, more);
        }
    }

    /// Puts the programs of a function behind its name, where what it reads or prints goes on.
    pub(super) fn expand_function(&mut self, settled: &mut Settled) {
        let Some((me, FeedAs::Input)) = settled.entry else { return };
        let Some(words) = settled.programs.get(me).map(|program| program.words.clone()) else { return };
        let Some(body) = words.first().and_then(|name| self.state.functions.get(name)) else { return };
        let cost = weight(body).max(body.len().saturating_mul(COST));
        let Some(allowance) = self.state.allowance.checked_sub(cost) else { return };
        let mut body = body.clone();
        self.state.allowance = allowance;
        for program in &mut body {
            program.words = given(&program.words, words.get(1..).unwrap_or_default());
        }
        let base = settled.programs.len();
        let (entry, as_what) = entry(&body);
        append(&mut settled.programs, body);
        settled.entry = Some((base.saturating_add(entry), as_what));
    }
}

/// Words with the arguments of the function in their places.
fn given(words: &[String], arguments: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for word in words.iter().take(MOST_PROGRAMS) {
        let number = word.strip_prefix('$').and_then(|digit| digit.parse::<usize>().ok());
        match (word.as_str(), number.and_then(|number| number.checked_sub(1))) {
            ("$@" | "$*", _) => out.extend(arguments.iter().take(MOST_PROGRAMS).cloned()),
            (_, Some(at)) => out.extend(arguments.get(at).cloned()),
            _ => out.push(word.clone()),
        }
    }
    out
}

/// The program of a group that takes what is piped into the group, and as what.
pub(super) fn entry(programs: &[Program]) -> (usize, FeedAs) {
    // What `read` takes line by line is run by others.
    let read = programs.iter().filter(|program| matches!(program.name(), "mapfile" | "read" | "readarray"));
    let names: Vec<String> = read
        .flat_map(|program| program.arguments().iter().filter(|word| !word.starts_with('-')))
        .flat_map(|name| [format!("${name}"), format!("${{{name}")])
        .collect();
    let runs = |program: &Program| {
        let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
        let code = match programs::asked(&words) {
            Some(Asked::Code(at)) => words.get(at).copied(),
            _ => None,
        };
        let first = words.first().filter(|word| names.iter().any(|name| word.starts_with(&**name)));
        first.is_some() || code.is_some_and(|code| names.iter().any(|name| code.contains(&**name)))
    };
    if let Some(at) = programs.iter().position(runs) {
        return (at, FeedAs::Code);
    }
    let passes = |program: &Program| {
        matches!(program.name(), "[" | "cd" | "echo" | "export" | "read" | "set" | "test")
    };
    (programs.iter().position(|program| !passes(program)).unwrap_or(0), FeedAs::Input)
}
