//! A tolerant reader of the shell's language: lists, pipelines, groups, redirections. Not the whole grammar: what is not
//! understood is said and passed over.

use std::collections::HashMap;

use weighbridge_domain::facts::{Feed, Program};

use super::functions::entry;
use super::redirects::redirect_group;
use super::word::Word;
use super::wrapping::Settled;
use crate::limits::Meter;

/// A pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Where it begins in the text.
    pub(crate) at: usize,
    /// The text itself, bounded.
    pub(crate) text: String,
    /// Its programs.
    pub(crate) programs: Vec<Program>,
}

/// Text in another language that a command runs.
#[derive(Debug, Clone)]
pub(crate) struct Inline {
    /// Where the command begins in the text.
    pub(crate) at: usize,
    /// The text.
    pub(crate) source: String,
}

/// What is known beside the place in the text.
#[derive(Debug)]
pub(super) struct State<'v> {
    /// Variables that are set outside of the text.
    pub(super) given: &'v [(String, String)],
    pub(super) variables: HashMap<String, Word>,
    /// Functions, and the programs that they run.
    pub(super) functions: HashMap<String, Vec<Program>>,
    /// Other names of commands.
    pub(super) aliases: HashMap<String, String>,
    /// Bytes that may still be put in the place of variables and read as nested text.
    pub(super) allowance: usize,
    /// What was not understood: where, and what.
    pub(super) unread: Vec<(usize, &'static str)>,
    /// Python that commands run.
    pub(super) python: Vec<Inline>,
    /// The time, and the memory for commands.
    pub(super) meter: &'v Meter,
}

impl<'v> State<'v> {
    pub(super) fn new(given: &'v [(String, String)], allowance: usize, meter: &'v Meter) -> Self {
        Self {
            given,
            variables: HashMap::new(),
            functions: HashMap::new(),
            aliases: HashMap::new(),
            allowance,
            unread: Vec::new(),
            python: Vec::new(),
            meter,
        }
    }

    /// The value of a variable, if it may still be used.
    pub(super) fn value(&mut self, name: &str) -> Option<&Word> {
        if !self.variables.contains_key(name) {
            let (_, value) = self.given.iter().rev().find(|(known, _)| known == name)?;
            self.variables.insert(name.to_owned(), Word::of(value));
        }
        let value = self.variables.get(name)?;
        self.allowance = self.allowance.checked_sub(value.cost())?;
        Some(value)
    }

    pub(super) fn set(&mut self, name: &str, value: Word) {
        if value.is_short() && self.variables.len() < MOST_VARIABLES {
            self.variables.insert(name.to_owned(), value);
        } else {
            self.variables.remove(name);
        }
    }

    fn unread(&mut self, at: usize, why: &'static str) {
        if self.unread.len() < MOST_UNREAD && !self.unread.iter().any(|(_, known)| *known == why) {
            self.unread.push((at, why));
        }
    }
}

const MOST_VARIABLES: usize = 4096;
const MOST_UNREAD: usize = 16;
/// Words of one command that are looked at.
pub(super) const MOST_WORDS: usize = 4096;
/// Programs of one command that are looked at.
pub(super) const MOST_PROGRAMS: usize = 256;
/// How deeply groups, substitutions and nested texts are followed.
const DEEPEST: usize = 48;
/// Bytes kept of the text of a command.
const TEXT_KEPT: usize = 512;

/// A place in a text.
pub(super) struct Shell<'s, 'v> {
    pub(super) source: &'s str,
    pub(super) at: usize,
    pub(super) end: usize,
    depth: usize,
    /// Behind the line break here lies a document; where it ends.
    pub(super) jump: Option<(usize, usize)>,
    /// Where the text stands in the outer text, when not each of its bytes has a place there.
    pub(super) fixed: Option<usize>,
    /// Something reads what the commands here print.
    captured: bool,
    pub(super) state: &'s mut State<'v>,
}

/// A redirection with its word; of a document, the text.
pub(super) struct Redirected {
    pub(super) sign: &'static str,
    pub(super) word: Word,
}

/// A part of a pipeline.
pub(super) enum Element {
    Nothing,
    Programs(Settled),
    Lines(Vec<Line>, Vec<Redirected>),
}

impl<'s, 'v> Shell<'s, 'v> {
    pub(super) fn new(source: &'s str, depth: usize, fixed: Option<usize>, state: &'s mut State<'v>) -> Self {
        Self { source, at: 0, end: source.len(), depth, jump: None, fixed, captured: false, state }
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.at..self.end).unwrap_or_default()
    }

    pub(super) fn since(&self, start: usize) -> &'s str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.end);
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// The place in the outer text.
    pub(super) fn place(&self) -> usize {
        self.fixed.unwrap_or(self.at)
    }

    pub(super) fn unread(&mut self, why: &'static str) {
        let at = self.place();
        self.state.unread(at, why);
    }

    /// Does something one level deeper, unless that is too deep.
    pub(super) fn nested<T: Default>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST {
            self.unread("commands nested too deeply");
            self.at = self.end;
            return T::default();
        }
        self.depth = self.depth.saturating_add(1);
        let out = inner(self);
        self.depth = self.depth.saturating_sub(1);
        out
    }

    /// All of it.
    pub(super) fn script(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        self.list(&[], &mut lines);
        lines
    }

    /// The programs of a substitution whose bracket was just passed.
    pub(super) fn substitution(&mut self) -> Vec<Program> {
        let mut lines = Vec::new();
        let captured = std::mem::replace(&mut self.captured, true);
        self.nested(|shell| {
            shell.list(&[")"], &mut lines);
        });
        self.captured = captured;
        flat(lines)
    }

    /// The programs of a text that is no piece of this one.
    pub(super) fn programs_of(&mut self, text: &str, at: usize) -> Vec<Program> {
        flat(self.lines_of(text, at))
    }

    /// The lines of a text that is no piece of this one.
    pub(super) fn lines_of(&mut self, text: &str, at: usize) -> Vec<Line> {
        let Some(allowance) = self.state.allowance.checked_sub(text.len()) else {
            self.unread("more nested text than is read");
            return Vec::new();
        };
        self.state.allowance = allowance;
        if self.depth >= DEEPEST {
            self.unread("commands nested too deeply");
            return Vec::new();
        }
        let place = self.fixed.unwrap_or(at);
        Shell::new(text, self.depth.saturating_add(1), Some(place), self.state).script()
    }

    /// Passes over blanks, remarks and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t', '\r']) {
                self.skip(1);
            } else if rest.starts_with("\\\n") {
                self.skip(2);
            } else if rest.starts_with("\\\r\n") {
                self.skip(3);
            } else if rest.starts_with('#') {
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            } else {
                return;
            }
        }
    }

    /// Passes over a line break, and the documents behind it.
    pub(super) fn line_break(&mut self) {
        match self.jump.take() {
            Some((from, to)) if from <= self.at => self.at = to.max(self.at).min(self.end),
            other => {
                self.jump = other;
                self.skip(1);
            }
        }
    }

    pub(super) fn blank_lines(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return;
            }
            self.line_break();
        }
    }

    /// Commands up to one of these words or signs, which is passed over.
    pub(super) fn list(&mut self, closers: &[&'static str], out: &mut Vec<Line>) -> Option<&'static str> {
        loop {
            if !self.state.meter.step() {
                // Whoever asked for it says so.
                self.at = self.end;
            }
            self.blanks();
            let rest = self.rest();
            match rest.chars().next()? {
                '\n' => self.line_break(),
                ')' => {
                    self.skip(1);
                    if closers.contains(&")") {
                        return Some(")");
                    }
                    self.unread("a bracket that nothing opened");
                }
                ';' => {
                    let sign = [";;&", ";;", ";&"].into_iter().find(|sign| rest.starts_with(sign));
                    self.skip(sign.map_or(1, str::len));
                    if sign.is_some() && closers.contains(&";;") {
                        return Some(";;");
                    }
                }
                '&' if rest.starts_with("&>") => self.pipeline(out),
                '&' | '|' => self.skip(1),
                _ => {
                    let reserved = self.reserved();
                    if let Some(closer) = closers.iter().copied().find(|closer| *closer == reserved) {
                        self.skip(reserved.len());
                        return Some(closer);
                    }
                    self.pipeline(out);
                }
            }
        }
    }

    /// The word here as it stands in the text, to be compared with words of the language.
    pub(super) fn reserved(&self) -> &'s str {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || ";&|()<>'\"\\$`".contains(c);
        rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Commands that are joined by `|`.
    pub(super) fn pipeline(&mut self, out: &mut Vec<Line>) {
        let start = self.at;
        let place = self.place();
        let mut programs: Vec<Program> = Vec::new();
        let mut exits: Option<Vec<usize>> = None;
        loop {
            let element = self.nested(|shell| Some(shell.element())).unwrap_or(Element::Nothing);
            self.blanks();
            let rest = self.rest();
            let piped = rest.starts_with('|') && !rest.starts_with("||");
            let base = programs.len();
            let entry = match element {
                Element::Nothing => None,
                Element::Programs(mut settled) => {
                    self.run_arguments(&mut settled, place);
                    if piped || exits.is_some() || self.captured {
                        self.expand_function(&mut settled);
                    }
                    append(&mut programs, settled.programs);
                    settled.entry
                }
                Element::Lines(lines, redirects) => {
                    if !piped && exits.is_none() && redirects.is_empty() {
                        out.extend(lines);
                        break;
                    }
                    let more = flat(lines);
                    let (entry, as_what) = entry(&more);
                    append(&mut programs, more);
                    let feed = Feed { to: base.saturating_add(entry), as_what };
                    redirect_group(&mut programs, feed, redirects);
                    Some((entry, as_what))
                }
            };
            if let Some((entry, as_what)) = entry {
                let feeds = Feed { to: base.saturating_add(entry), as_what };
                self.connect(&mut programs, exits.take().unwrap_or_default(), feeds, place);
            }
            let ends =
                (base..programs.len()).filter(|at| programs.get(*at).is_some_and(|one| one.feeds.is_none()));
            exits = Some(ends.collect());
            if !piped {
                break;
            }
            self.skip(if rest.starts_with("|&") { 2 } else { 1 });
            self.blank_lines();
        }
        if self.at == start {
            self.skip(self.peek().map_or(0, char::len_utf8));
        }
        if programs.len() >= MOST_PROGRAMS {
            self.unread("a command of more programs than are looked at");
            programs.truncate(MOST_PROGRAMS);
        }
        if !programs.is_empty() {
            programs.shrink_to_fit();
            let text = self.since(start).trim();
            let text = text.get(..text.floor_char_boundary(TEXT_KEPT)).unwrap_or_default().to_owned();
            self.state.meter.keep(weight(&programs).saturating_add(text.len()).saturating_add(LINE));
            out.push(Line { at: place, text, programs });
        }
    }

    /// One part of a pipeline.
    pub(super) fn element(&mut self) -> Element {
        loop {
            self.blanks();
            let rest = self.rest();
            if rest.starts_with("((") && self.is_arithmetic() {
                self.brackets();
                return self.group(Vec::new());
            }
            if rest.starts_with('(') {
                self.skip(1);
                let mut lines = Vec::new();
                self.list(&[")"], &mut lines);
                return self.group(lines);
            }
            let reserved = self.reserved();
            let closer = match reserved {
                "!" | "coproc" | "do" | "elif" | "else" | "then" | "time" => {
                    self.skip(reserved.len());
                    continue;
                }
                "fi" | "done" | "esac" | "}" => {
                    self.skip(reserved.len());
                    return Element::Nothing;
                }
                "{" => "}",
                "if" => "fi",
                "for" | "select" | "until" | "while" => "done",
                "case" => return self.case(),
                "function" => {
                    self.skip(reserved.len());
                    self.blanks();
                    let name = self.reserved().to_owned();
                    self.skip(name.len());
                    self.blanks();
                    if self.rest().starts_with('(') {
                        self.brackets();
                    }
                    self.blank_lines();
                    return self.function(&name);
                }
                "[[" => {
                    self.condition();
                    return self.group(Vec::new());
                }
                _ => return self.simple(),
            };
            self.skip(reserved.len());
            if matches!(reserved, "for" | "select") {
                self.loop_head();
            }
            let mut lines = Vec::new();
            self.list(&[closer], &mut lines);
            return self.group(lines);
        }
    }

    /// A group, with the redirections behind it.
    pub(super) fn group(&mut self, lines: Vec<Line>) -> Element {
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if !self.redirect(&mut redirects) {
                return Element::Lines(lines, redirects);
            }
        }
    }

    /// Words up to a sign that ends commands.
    pub(super) fn words(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            let word = self.word();
            if self.at == start {
                return words;
            }
            self.push(&mut words, word);
        }
    }

    pub(super) fn push(&mut self, words: &mut Vec<Word>, word: Word) {
        if words.len() < MOST_WORDS {
            words.extend(word.split());
        } else {
            self.unread("a command of more words than are looked at");
        }
    }
}

/// Bytes that a line takes beside its text and its programs, as it is and as a fact.
const LINE: usize = 512;

/// Bytes that programs take.
pub(super) fn weight(programs: &[Program]) -> usize {
    let texts = programs.iter().flat_map(|program| {
        program.words.iter().chain(program.redirects.iter().map(|redirect| &redirect.target))
    });
    texts.fold(programs.len().saturating_mul(size_of::<Program>()), |sum, text| {
        sum.saturating_add(text.len()).saturating_add(64)
    })
}

/// All programs of these lines, one behind the other.
pub(super) fn flat(lines: Vec<Line>) -> Vec<Program> {
    let mut programs = Vec::new();
    for line in lines {
        append(&mut programs, line.programs);
    }
    programs
}

/// Adds programs that have numbers of their own.
pub(super) fn append(programs: &mut Vec<Program>, more: Vec<Program>) {
    let base = programs.len();
    if base >= MOST_PROGRAMS {
        return;
    }
    programs.extend(more.into_iter().map(|mut program| {
        if let Some(feed) = &mut program.feeds {
            feed.to = feed.to.saturating_add(base);
        }
        program
    }));
}

/// Lets all programs from one number on, that feed none, feed this one.
pub(super) fn feed(programs: &mut [Program], from: usize, feed: Feed) {
    for (at, program) in programs.iter_mut().enumerate().skip(from) {
        if program.feeds.is_none() && at != feed.to {
            program.feeds = Some(feed);
        }
    }
}
