//! One pass over the tokens: blocks and functions, what names stand for, and what is called.

use weighbridge_domain::facts::{Argument, Encoded, Use, What, When};

use super::evaluate::{LEVELS, decoded, module_name};
use super::lexer::{Kind, Tokens};
use super::scope::{Function, Functions, Scopes};
use super::value::{Value, kept, unescaped};
use crate::known::effects::{Effect, effect_in};
use crate::known::places::{is_secret_name, place};
use crate::limits::{Budget, Fault, Meter};
use crate::text;

/// The longest line that is kept.
const LONGEST_LINE: usize = 200;
/// Text shorter than this is not looked at for an encoding.
const SHORTEST_ENCODED: usize = 512;
/// Text inside text that is run: how often, and how long.
const MOST_NESTED: usize = 3;
const LONGEST_NESTED: usize = 256 << 10;
/// The longest command that is read.
const LONGEST_SHELL: usize = 64 << 10;
/// Names that are bound by one pattern.
const MOST_NAMES: usize = 1000;
/// What is told of one source, the functions in it, and the blocks in blocks.
const MOST_FOUND: usize = 100_000;
const MOST_FUNCTIONS: usize = 1 << 20;
const MOST_FRAMES: usize = 10_000;
/// Names like `_0x1a2b`, from which on they are told.
const FEWEST_OBSCURED: u64 = 20;

/// Functions that run what they are given.
#[rustfmt::skip]
const RUNNERS: [&str; 12] = [
    "Promise", "catch", "finally", "forEach", "map", "nextTick", "queueMicrotask", "ready", "setImmediate", "setInterval",
    "setTimeout", "then",
];

/// Names of functions that a host calls by itself.
const HANDLERS: [&str; 5] = ["onload", "onmessage", "onopen", "main", "activate"];

/// Functions that make one text of many values, or send it.
const WRITERS: [&str; 7] = ["URLSearchParams", "entries", "fetch", "post", "send", "stringify", "write"];

/// Names that are known in messages of others only, and of which nothing is to be told.
const QUIET: [&str; 3] = ["globalThis.setImmediate", "globalThis.setInterval", "globalThis.setTimeout"];

/// What runs as one: a block, a function, or an arrow with an expression behind it.
#[derive(Debug)]
struct Frame {
    /// The token that ends it.
    end: usize,
    /// The brackets open where an arrow stands, behind which a comma ends it.
    arrow: Option<usize>,
    /// The function around it.
    outer: usize,
}

/// Something found: where, in which function.
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) function: usize,
    pub(super) what: Seen,
}

/// What was found.
pub(super) enum Seen {
    Use {
        name: String,
        arguments: Option<Vec<Argument>>,
    },
    Encoded {
        alphabet: &'static str,
        length: u64,
    },
    /// A text that a shell runs.
    Shell(String),
    /// What came out of a text that is run.
    Inner(Vec<What>),
}

/// A pass over a source.
pub(super) struct Reader<'a> {
    source: &'a str,
    tokens: &'a Tokens,
    pub(super) scopes: Scopes<'a>,
    functions: Functions<'a>,
    function: usize,
    frames: Vec<Frame>,
    /// Tokens of the brackets that are open.
    open: Vec<usize>,
    found: Vec<Found>,
    pub(super) work: usize,
    most_work: usize,
    meter: &'a Meter,
    nested: usize,
    names: u64,
    obscured: u64,
    missed: Option<&'static str>,
}

/// What is read of a source.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// With offsets in the source.
    pub(super) found: Vec<(usize, What)>,
    /// Commands that run in a shell.
    pub(super) commands: Vec<(usize, When, String)>,
    pub(super) missed: Option<&'static str>,
    /// Names that are made to be unreadable, when there are many.
    pub(super) obscured: Option<u64>,
    /// The work that was done.
    work: usize,
}

/// Reads a source; nothing more than was found is told when the meter stops it.
pub(super) fn read(source: &str, tokens: &Tokens, budget: &Budget, meter: &Meter) -> Result<Read, Fault> {
    let most_work = tokens.all.len().saturating_mul(64).saturating_add(1 << 20);
    read_within(source, tokens, budget, meter, (0, 0, most_work))
}

/// The same for one that stood in others so often, with the work that was done and that may be done.
fn read_within(
    source: &str,
    tokens: &Tokens,
    budget: &Budget,
    meter: &Meter,
    (nested, work, most_work): (usize, usize, usize),
) -> Result<Read, Fault> {
    let mut reader = Reader {
        source,
        tokens,
        scopes: Scopes::default(),
        functions: Functions::new(),
        function: 0,
        frames: Vec::new(),
        open: Vec::new(),
        found: Vec::new(),
        work,
        most_work,
        meter,
        nested,
        names: 0,
        obscured: 0,
        missed: None,
    };
    for at in 0..tokens.all.len() {
        if !meter.step() {
            break;
        }
        reader.token(at, budget)?;
    }
    Ok(reader.finish())
}

impl<'a> Reader<'a> {
    /// The text of a token; empty behind the last.
    pub(super) fn word(&self, at: usize) -> &'a str {
        let range = self.tokens.all.get(at).map(|token| token.at as usize..token.end as usize);
        range.and_then(|range| self.source.get(range)).unwrap_or_default()
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.all.get(at).map(|token| token.kind)
    }

    /// The other bracket of a pair; itself when there is none.
    pub(super) fn pair(&self, at: usize) -> usize {
        self.tokens.all.get(at).map_or(at, |token| token.pair as usize)
    }

    /// The token behind one, or behind the brackets that it opens.
    pub(super) fn behind(&self, at: usize) -> usize {
        self.pair(at).max(at).saturating_add(1)
    }

    /// Whether enough was done.
    pub(super) fn is_tired(&mut self) -> bool {
        if self.work > self.most_work {
            self.missed = Some("not all values in it were followed");
        }
        self.work > self.most_work || !self.meter.step()
    }

    fn before(&self, at: usize, by: usize) -> &'a str {
        at.checked_sub(by).map_or("", |at| self.word(at))
    }

    fn offset(&self, at: usize) -> usize {
        self.tokens.all.get(at).map_or(self.source.len(), |token| token.at as usize)
    }

    fn line(&self, offset: usize) -> String {
        let from = self.source.floor_char_boundary(offset.saturating_sub(LONGEST_LINE / 2));
        let before = self.source.get(from..offset).unwrap_or_default();
        let start =
            before.rfind(['\n', '\r']).map_or(from, |newline| from.saturating_add(newline).saturating_add(1));
        let end = self.source.floor_char_boundary(start.saturating_add(LONGEST_LINE).min(self.source.len()));
        let line = self.source.get(start..end).unwrap_or_default();
        line.split(['\n', '\r']).next().unwrap_or_default().trim().to_owned()
    }

    fn note_use(&mut self, at: usize, name: &str, arguments: Option<&[Value]>) {
        let (arguments, bytes) = arguments.map(kept).unzip();
        let lines = LONGEST_LINE.saturating_mul(2);
        if self.meter.keep(bytes.unwrap_or(0).saturating_add(name.len()).saturating_add(lines)) {
            self.note(at, Seen::Use { name: name.to_owned(), arguments });
        }
    }

    fn note_shell(&mut self, at: usize, line: String) {
        // It is read in its turn.
        self.work = self.work.saturating_add(line.len());
        if !self.is_tired() && self.meter.keep(line.len()) {
            self.note(at, Seen::Shell(line));
        }
    }

    fn note(&mut self, at: usize, what: Seen) {
        if self.found.len() >= MOST_FOUND {
            self.missed = Some("it calls too much to be told");
            return;
        }
        self.found.push(Found { at: self.offset(at), function: self.function, what });
    }

    fn token(&mut self, at: usize, budget: &Budget) -> Result<(), Fault> {
        self.leave(at);
        match self.kind(at) {
            Some(Kind::Word) => self.word_at(at, budget)?,
            Some(Kind::Text | Kind::Template) => self.literal(at),
            Some(Kind::Mark) => self.mark(at, budget)?,
            _ => {}
        }
        Ok(())
    }

    /// Ends what ends in front of or at this token.
    fn leave(&mut self, at: usize) {
        let word = self.word(at);
        let closes =
            matches!(word, ")" | "]" | "}") || self.kind(at) == Some(Kind::Template) && word.starts_with('}');
        if closes {
            while self.open.last().is_some_and(|open| self.pair(*open) <= at) {
                self.open.pop();
            }
        }
        while let Some(frame) = self.frames.last() {
            let ends = match frame.arrow {
                Some(open) => self.open.len() < open || self.open.len() == open && matches!(word, "," | ";"),
                None => at >= frame.end,
            };
            if !ends {
                break;
            }
            self.function = frame.outer;
            self.frames.pop();
            self.scopes.close();
        }
    }

    fn mark(&mut self, at: usize, budget: &Budget) -> Result<(), Fault> {
        let next = at.saturating_add(1);
        match self.word(at) {
            "{" => {
                self.block(at);
                self.open.push(at);
            }
            "=>" if self.word(next) != "{" => self.arrow(at),
            "(" => {
                // `(0, eval)(…)`, `(await import('a')).b(…)`: a value in brackets of which something is asked.
                let behind = self.word(self.behind(at));
                let is_value =
                    !matches!(at.checked_sub(1).and_then(|before| self.kind(before)), Some(Kind::Word))
                        && !matches!(self.before(at, 1), ")" | "]" | "?.");
                if is_value && self.pair(at) > at && matches!(behind, "(" | "." | "[" | "?.") {
                    self.chained(at, budget)?;
                }
                self.open.push(at);
            }
            "[" => {
                if self.pair(at) > at && self.word(self.behind(at)) == "." && !self.is_operand(at) {
                    self.chained(at, budget)?;
                }
                self.open.push(at);
            }
            _ => {}
        }
        Ok(())
    }

    /// The token in front of this one ends a value.
    fn is_operand(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        match self.kind(before) {
            Some(Kind::Mark) => matches!(self.word(before), ")" | "]" | "?."),
            Some(Kind::Word) => {
                !matches!(self.word(before), "return" | "await" | "typeof" | "in" | "of" | "case" | "new")
            }
            _ => true,
        }
    }

    /// A brace opens: a function, a block or an object.
    fn block(&mut self, at: usize) {
        let end = self.pair(at);
        let end = if end > at { end } else { self.tokens.all.len() };
        let outer = self.function;
        if !self.is_room() {
            return;
        }
        self.scopes.open();
        if let Some((start, parameters, name)) = self.head(at) {
            self.enter(start, parameters, name, end);
        }
        self.frames.push(Frame { end, arrow: None, outer });
    }

    fn is_room(&mut self) -> bool {
        let room = self.frames.len() < MOST_FRAMES && self.functions.all.len() < MOST_FUNCTIONS;
        if !room {
            self.missed = Some("it has too many functions to be followed");
        }
        room
    }

    /// An arrow with an expression behind it.
    fn arrow(&mut self, at: usize) {
        let outer = self.function;
        let Some((start, parameters, name)) = self.head(at.saturating_add(1)) else { return };
        if !self.is_room() {
            return;
        }
        self.scopes.open();
        self.enter(start, parameters, name, 0);
        self.frames.push(Frame { end: usize::MAX, arrow: Some(self.open.len()), outer });
    }

    /// For the begin of a function's body: where the function begins, the tokens of its parameters, and its name.
    fn head(&self, body: usize) -> Option<(usize, std::ops::Range<usize>, &'a str)> {
        let arrow = self.before(body, 1) == "=>";
        let last = body.checked_sub(if arrow { 2 } else { 1 })?;
        if self.word(last) != ")" {
            // `a => …`
            let is_one = arrow && self.kind(last) == Some(Kind::Word);
            return is_one.then(|| (last, last..last.saturating_add(1), self.given_name(last)));
        }
        let open = self.pair(last);
        if open >= last {
            return None;
        }
        let parameters = open.saturating_add(1)..last;
        if arrow {
            return Some((open, parameters, self.given_name(open)));
        }
        let front = open.checked_sub(1)?;
        match self.word(front) {
            "if" | "for" | "while" | "switch" | "catch" | "with" | "await" => None,
            "function" => Some((front, parameters, self.given_name(front))),
            "*" if self.before(front, 1) == "function" => {
                Some((front.saturating_sub(1), parameters, self.given_name(front.saturating_sub(1))))
            }
            name if self.kind(front) == Some(Kind::Word) => Some((front, parameters, name)),
            "]" => Some((front, parameters, "")),
            _ => None,
        }
    }

    /// The name that a function without one gets: `name = …`, `name: …`.
    fn given_name(&self, start: usize) -> &'a str {
        let start = if self.before(start, 1) == "async" { start.saturating_sub(1) } else { start };
        let is_name = start.checked_sub(2).is_some_and(|at| self.kind(at) == Some(Kind::Word));
        if matches!(self.before(start, 1), "=" | ":") && is_name { self.before(start, 2) } else { "" }
    }

    fn enter(&mut self, start: usize, parameters: std::ops::Range<usize>, name: &'a str, end: usize) {
        let start = if self.before(start, 1) == "async" { start.saturating_sub(1) } else { start };
        let mut at_once = HANDLERS.contains(&name);
        // `(function(){…})()`, `(() => {…}).call(this)`, `!function(){…}()`
        if end > 0 && self.word(start) != name {
            let behind = end.saturating_add(1);
            let behind = if self.word(behind) == ")" { behind.saturating_add(1) } else { behind };
            let method = self.word(behind.saturating_add(1));
            at_once |=
                self.word(behind) == "(" || self.word(behind) == "." && matches!(method, "call" | "apply");
        }
        // `setTimeout(() => …)`, `.then(function(){…})`
        if matches!(self.before(start, 1), "(" | ",")
            && let Some(open) = self.open.last()
            && RUNNERS.contains(&self.before(*open, 1))
        {
            at_once = true;
        }
        let parent = self.function;
        self.functions.all.push(Function { name, parent, at_once });
        self.function = self.functions.all.len().saturating_sub(1);
        for at in parameters.take(MOST_NAMES) {
            if self.kind(at) == Some(Kind::Word) {
                let name = self.word(at);
                self.scopes.declare(name, Value::Unknown);
            }
        }
    }

    fn word_at(&mut self, at: usize, budget: &Budget) -> Result<(), Fault> {
        let word = self.word(at);
        self.names = self.names.saturating_add(1);
        if word
            .strip_prefix("_0x")
            .is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            self.obscured = self.obscured.saturating_add(1);
        }
        let next = at.saturating_add(1);
        if matches!(self.before(at, 1), "." | "?.") {
            // What makes functions has no other name behind a value.
            if word == "constructor" && self.word(next) == "(" {
                self.constructor(at);
            }
            return Ok(());
        }
        match word {
            "const" | "let" | "var" => {
                let end = self.pair(next);
                if self.word(next) == "{" && end > next && self.word(end.saturating_add(1)) == "=" {
                    let (value, _) = self.value(end.saturating_add(2), LEVELS);
                    self.bind_names(next, &value);
                }
                return Ok(());
            }
            "new" | "await" | "return" | "typeof" | "void" => return Ok(()),
            "import" if self.word(next) != "(" && self.word(next) != "." => {
                self.import(next);
                return Ok(());
            }
            _ => {}
        }
        let declared = matches!(self.before(at, 1), "const" | "let" | "var");
        if self.word(next) == "="
            && self.word(next.saturating_add(1)) != "="
            && (declared || !self.is_key(at))
        {
            let (value, end) = self.value(next.saturating_add(1), LEVELS);
            let whole = self.is_end(end);
            let value = if whole || matches!(value, Value::Made(_)) { value } else { Value::Unknown };
            if declared || self.before(at, 1) == "," && self.scopes.get(word).is_none() {
                self.scopes.declare(word, value);
            } else {
                self.scopes.assign(word, value);
            }
            return Ok(());
        }
        if declared && !matches!(self.word(next), "(" | ".") {
            self.scopes.declare(word, Value::Unknown);
            return Ok(());
        }
        if self.before(at, 1) == "function" || self.before(at, 2) == "function" && self.before(at, 1) == "*" {
            self.scopes.declare(word, Value::Unknown);
            return Ok(());
        }
        if self.word(next) == "(" {
            // `name(…) {`: a method of an object or class.
            if self.word(self.behind(next)) == "{" {
                return Ok(());
            }
            self.functions.call(self.function, word);
        }
        if self.is_key(at) {
            return Ok(());
        }
        self.chained(at, budget)
    }

    /// A name in front of `:`: a key of an object, or a label.
    fn is_key(&self, at: usize) -> bool {
        self.word(at.saturating_add(1)) == ":" && matches!(self.before(at, 1), "{" | ",")
    }

    /// A value ends at this token.
    fn is_end(&self, at: usize) -> bool {
        matches!(self.word(at), "" | "," | ";" | ")" | "]" | "}") || self.is_new_line(at)
    }

    fn is_new_line(&self, at: usize) -> bool {
        let end =
            at.checked_sub(1).and_then(|before| self.tokens.all.get(before)).map(|token| token.end as usize);
        let between = end.and_then(|end| self.source.get(end..self.offset(at)));
        between.is_some_and(|between| between.contains(['\n', '\r'])) && self.kind(at) == Some(Kind::Word)
    }

    /// `import a, * as b from 'c'`, `import {a as b} from 'c'`, and what `const {a: b} = require('c')` binds.
    fn import(&mut self, from: usize) {
        let mut end = from;
        for _ in 0..MOST_NAMES {
            if matches!(self.kind(end), None | Some(Kind::Text)) || self.word(end) == ";" {
                break;
            }
            end = end.saturating_add(1);
        }
        if self.kind(end) != Some(Kind::Text) {
            return;
        }
        let module = unescaped(self.word(end).trim_matches(['"', '\'']));
        let module = Value::name(module_name(&module));
        let mut at = from;
        while at < end {
            match self.word(at) {
                "{" => {
                    self.bind_names(at, &module);
                    at = self.behind(at);
                    continue;
                }
                "from" | "as" | "*" | "," | "type" => {}
                name if self.kind(at) == Some(Kind::Word) => self.scopes.declare(name, module.clone()),
                _ => {}
            }
            at = at.saturating_add(1);
        }
    }

    /// `{a, b: c, d as e}` names members of a value.
    fn bind_names(&mut self, open: usize, of: &Value) {
        let end = self.pair(open);
        let mut at = open.saturating_add(1);
        while at < end {
            let member = self.word(at);
            let mut name = member;
            let mut next = at.saturating_add(1);
            if matches!(self.word(next), ":" | "as") {
                name = self.word(next.saturating_add(1));
                next = next.saturating_add(2);
            }
            if self.kind(at) == Some(Kind::Word) {
                let value = match of {
                    Value::Name(object) if member == "default" => Value::name(object),
                    Value::Name(object) if &**object == "globalThis" => self.named(member),
                    Value::Name(object) => Value::name(&format!("{object}.{member}")),
                    Value::Made(_) => of.clone(),
                    _ => Value::Unknown,
                };
                self.scopes.declare(name, value);
            }
            while next < end && self.word(next) != "," {
                next = self.behind(next);
            }
            at = next.saturating_add(1);
        }
    }

    /// A name or value of which something may be asked.
    fn chained(&mut self, at: usize, budget: &Budget) -> Result<(), Fault> {
        let mut told = Some(Vec::new());
        let (value, end) = self.chain(at, LEVELS, &mut told);
        for (open, name, arguments) in told.into_iter().flatten() {
            self.called(open, &name, arguments, budget)?;
        }
        let Value::Name(name) = &value else { return Ok(()) };
        let name = name.to_string();
        self.handed(at, end, &name);
        Ok(())
    }

    /// A name that is used and not called.
    fn handed(&mut self, at: usize, end: usize, name: &str) {
        if let Some(key) = name.strip_prefix("process.env.") {
            if is_secret_name(key) {
                self.note_use(at, "process.env", Some(&[Value::text(key)]));
            }
            return;
        }
        let in_call = at.checked_sub(2).is_some_and(|before| self.kind(before) == Some(Kind::Word));
        let passed = (self.before(at, 1) == "(" && in_call || matches!(self.before(at, 1), "," | "..."))
            && matches!(self.word(end), ")" | "," | "}" | ";");
        // Parameters are no arguments.
        let around = self.open.last().map_or("", |open| self.word(self.behind(*open)));
        let passed = passed && !matches!(around, "{" | "=>");
        let worth = match effect_in("javascript", name) {
            Some(Effect::StartsProcess | Effect::Native) => passed,
            // `.then(eval)`
            Some(Effect::RunsCode) => passed && name == "globalThis.eval" && self.before(at, 1) == "(",
            // To hand the environment on to a process is usual; to write it out is not.
            Some(Effect::Environment) => passed && WRITERS.contains(&self.before(at, 2)),
            // `new XMLHttpRequest`
            Some(Effect::Network) => self.before(at, 1) == "new",
            _ => false,
        };
        if worth {
            self.note_use(at, name, None);
        }
    }

    /// `[].constructor.constructor('…')`, `''.sub.constructor('…')`: the function that makes functions of text.
    fn constructor(&mut self, at: usize) {
        let twice = self.before(at, 2) == "constructor" && matches!(self.before(at, 3), "." | "?.");
        let arguments = self.arguments(at.saturating_add(1), LEVELS);
        let is_text = matches!(arguments.as_slice(), [Value::Text(_) | Value::Made(_)]);
        if is_text && (twice || self.before(at, 2) != "this") {
            self.note_use(at, "globalThis.Function", Some(&arguments));
        }
    }

    /// Something with a name outside of the file is called.
    fn called(
        &mut self,
        open: usize,
        name: &str,
        mut arguments: Vec<Value>,
        budget: &Budget,
    ) -> Result<(), Fault> {
        let mut name = name;
        if let Some((function, "call" | "apply")) = name.rsplit_once('.')
            && effect_in("javascript", function).is_some()
        {
            name = function;
            arguments = arguments.into_iter().skip(1).collect();
        }
        let Some(effect) = effect_in("javascript", name) else { return Ok(()) };
        let first = arguments.first();
        let text = first.and_then(Value::as_text);
        let worth = match effect {
            Effect::Decodes | Effect::Environment => false,
            Effect::Reads => text.is_some_and(|path| place(path).is_some()),
            Effect::RunsCode if QUIET.contains(&name) => {
                matches!(first, Some(Value::Text(_) | Value::Made(_)))
            }
            // What libraries ask for the object that holds everything.
            Effect::RunsCode => text != Some("return this"),
            _ => true,
        };
        if effect == Effect::StartsProcess && name.starts_with("child_process.") {
            let shell = matches!(name.rsplit('.').next(), Some("exec" | "execSync"));
            let mut line =
                first.and_then(|first| decoded(first).or_else(|| first.as_text().map(str::to_owned)));
            if !shell && let (Some(line), Some(Value::List(rest))) = (&mut line, arguments.get(1)) {
                for word in rest.iter() {
                    if line.len() >= LONGEST_SHELL {
                        break;
                    }
                    line.push_str(&format!(
                        " '{}'",
                        word.as_text().unwrap_or("$unknown").replace('\'', "'\\''")
                    ));
                }
            }
            if let Some(line) = line.filter(|line| line.len() < LONGEST_SHELL) {
                self.note_shell(open, line);
            }
        }
        if effect == Effect::RunsCode {
            let last = arguments.last();
            let inner = last.and_then(|last| match last {
                Value::Text(text) => Some(text.to_string()),
                made => decoded(made),
            });
            if let Some(inner) = inner {
                self.run_text(open, &inner, budget)?;
            }
        }
        if worth {
            self.note_use(open, name, Some(&arguments));
        }
        Ok(())
    }

    /// Text that is run is read as a source of its own.
    fn run_text(&mut self, at: usize, source: &str, budget: &Budget) -> Result<(), Fault> {
        if self.nested >= MOST_NESTED || source.len() > LONGEST_NESTED {
            self.missed = Some("text that it runs was not looked at");
            return Ok(());
        }
        self.work = self.work.saturating_add(source.len());
        if self.is_tired() {
            return Ok(());
        }
        let tokens = super::lexer::tokens(source, budget)?;
        let within = (self.nested.saturating_add(1), self.work, self.most_work);
        let inner = read_within(source, &tokens, budget, self.meter, within)?;
        self.work = inner.work;
        self.missed = self.missed.or(inner.missed);
        self.note(at, Seen::Inner(inner.found.into_iter().map(|(_, what)| what).collect()));
        for (_, _, command) in inner.commands {
            self.note_shell(at, command);
        }
        Ok(())
    }

    fn literal(&mut self, at: usize) {
        let bytes = self.word(at).trim_matches(['"', '\'', '`']).as_bytes();
        if bytes.len() >= SHORTEST_ENCODED
            && let Some(alphabet) = text::alphabet(bytes)
        {
            self.note(at, Seen::Encoded { alphabet, length: bytes.len() as u64 });
        }
        // `'…'.constructor.constructor`, `"a".concat("b")` are followed from where their value is used.
    }

    fn finish(mut self) -> Read {
        let when = self.functions.when();
        let mut read = Read { missed: self.missed, work: self.work, ..Read::default() };
        for Found { at, function, what } in std::mem::take(&mut self.found) {
            let when = when.get(function).copied().unwrap_or(When::Called);
            match what {
                Seen::Use { name, arguments } => {
                    let one = Use {
                        language: "javascript",
                        name,
                        arguments,
                        when,
                        within: self.functions.within(function),
                        text: self.line(at),
                    };
                    read.found.push((at, What::Use(one)));
                }
                Seen::Encoded { alphabet, length } => {
                    read.found.push((at, What::Encoded(Encoded { alphabet, length, when })));
                }
                Seen::Shell(text) => read.commands.push((at, when, text)),
                Seen::Inner(all) => {
                    for what in all {
                        let what = match what {
                            What::Use(one) => What::Use(Use { when: one.when.min(when), ..one }),
                            other => other,
                        };
                        read.found.push((at, what));
                    }
                }
            }
        }
        if self.obscured >= FEWEST_OBSCURED && self.obscured.saturating_mul(20) > self.names {
            read.obscured = Some(self.obscured);
        }
        read
    }
}
