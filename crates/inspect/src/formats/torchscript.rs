//! `TorchScript`: the Python-like text in a PyTorch zip (`code/`), which PyTorch compiles when it loads the file. It has
//! operators, control flow and constants; there is no import, and nothing of Python can be reached from it.
//! Written by `torch/csrc/jit/serialization/python_print.cpp`.

mod export;
mod lexer;
mod package;
mod words;

use std::collections::HashSet;

use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use self::lexer::{Lexer, Token};
use super::graph::Operators;
use super::layout::{self, Notes};
use super::{Format, Support};
use crate::detect::{Probe, Recognition, has_extension};
use crate::limits::Fault;
use crate::samples::torchscript;
use crate::text;
use crate::walk::Visit;

pub use export::{FORMAT as EXPORT, GRAPH};
pub use package::FORMAT as PACKAGE;

/// The text of `TorchScript`.
pub static FORMAT: Format = Format {
    id: "torchscript",
    title: "TorchScript code",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["python"],
    docs: "The members `code/**.py` of a PyTorch zip, recognised by that place. Every operator is a fact; so are the classes \
           of native code (`torch.classes`), constants that are addresses or paths, and what TorchScript does not have: \
           imports, calls of Python, names with double underscores other than its own. The zip's pickles (`constants.pkl`, \
           `bytecode.pkl`, `*.debug_pkl`) are walked as pickles, `extra/` is inspected by its content.",
    recognise,
    read,
    samples: torchscript::ordinary,
};

/// The longest text that is read.
const LONGEST: u64 = 16 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let place = probe.path_in("torch").is_some_and(is_code);
    Recognition::certain_if(place && probe.is_text())
}

/// `code/…py`, or that below the one folder of the zip.
fn is_code(path: &str) -> bool {
    let mut parts = path.split('/');
    let in_code = parts.next() == Some("code") || parts.next() == Some("code");
    in_code && parts.next().is_some() && has_extension(path, "py")
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes of the code were read"));
    }
    let bytes = visit.input.read(0, LONGEST)?;
    let mut notes = Notes::default();
    notes.remember(visit, bytes.len() as u64)?;
    let source = String::from_utf8_lossy(&bytes);
    let mut reader = Reader { given: names_given(&source), notes, ..Reader::default() };
    let mut lexer = Lexer::new(&source).peekable();
    let mut count = 0_u32;
    while let Some((at, token)) = lexer.next() {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick()?;
        }
        let at = at as u64;
        let mut value = true;
        match token {
            Token::Line(indent) => {
                reader.line(indent);
                value = false;
            }
            Token::Text(text) => reader.text(visit, at, &text),
            Token::Number => {}
            Token::Mark(mark) => {
                if mark == '^' && !reader.behind_value {
                    reader.foreign(visit, at, "has `^`, which calls a Python function by its name");
                }
                value = matches!(mark, ')' | ']' | '}');
                reader.behind_dot = mark == '.';
                reader.behind_value = value;
                continue;
            }
            Token::Name(name) => {
                value = !words::KEYWORDS.contains(&name);
                let mut path = vec![name];
                while let Some((_, Token::Mark('.'))) = lexer.peek() {
                    lexer.next();
                    match lexer.peek() {
                        Some((_, Token::Name(next))) if path.len() < MOST_STEPS => path.push(next),
                        _ => break,
                    }
                    lexer.next();
                }
                let called = matches!(lexer.peek(), Some((_, Token::Mark('('))));
                reader.name(visit, at, &path, called)?;
            }
        }
        reader.behind_value = value;
        reader.behind_dot = false;
    }
    reader.operators.tell(visit, "torch", |_, _| false);
    Ok(())
}

/// Steps of an attribute path that are looked at.
const MOST_STEPS: usize = 64;

/// Constants that are addresses or paths, kept of one member.
const MOST_CONSTANTS: u64 = 100;

/// What is known while the text is read.
#[derive(Debug, Default)]
struct Reader<'s> {
    notes: Notes,
    /// Names that the text itself gives to something.
    given: HashSet<&'s str>,
    operators: Operators,
    indent: usize,
    class: String,
    function: String,
    /// The first word of the statement.
    statement: &'s str,
    /// The last name of the statement.
    last: &'s str,
    /// What stood before is a value: an operator between two values may follow.
    behind_value: bool,
    /// An attribute of a value that is no path of names follows.
    behind_dot: bool,
    constants: u64,
}

impl<'s> Reader<'s> {
    fn line(&mut self, indent: usize) {
        self.indent = indent;
        self.statement = "";
        self.last = "";
    }

    /// A name, or the path of names and attributes that begins with it.
    fn name(&mut self, visit: &mut Visit<'_>, at: u64, path: &[&'s str], called: bool) -> Result<(), Fault> {
        let first = path.first().copied().unwrap_or_default();
        if self.behind_dot {
            self.underscores(visit, at, path);
            return Ok(());
        }
        let begins = self.statement.is_empty();
        let before = std::mem::replace(&mut self.last, path.last().copied().unwrap_or_default());
        if begins {
            self.statement = first;
        }
        if matches!(self.statement, "import" | "from") {
            // Files of 2018 and 2019 import other code of the archive.
            let ours = matches!(first, "__torch__" | "import") || before.starts_with("__torch__");
            if !ours && before == self.statement {
                self.foreign(visit, at, &format!("imports `{}`", shown(path)));
            }
            return Ok(());
        }
        match before {
            "class" => {
                self.class = layout::name(first);
                self.function.clear();
                return Ok(());
            }
            "def" => {
                if self.indent == 0 {
                    self.class.clear();
                }
                self.function = layout::name(first);
            }
            _ if begins && self.indent == 0 => self.class.clear(),
            _ => {}
        }
        if words::FOREIGN_KEYWORDS.contains(&first) && path.len() == 1 {
            self.foreign(visit, at, &format!("has `{first}`"));
            return Ok(());
        }
        match path {
            ["torch", "ops", "load_library" | "load_libraries", ..] => {
                self.foreign(visit, at, &format!("calls `{}`, which loads native code", shown(path)));
            }
            ["torch", "autograd", name @ ("grad" | "backward")] | ["torch", name] if called => {
                self.operator(visit, at, "", name)?;
            }
            ["torch", "ops", domain, name, ..] | ["ops", domain, name] => {
                self.operator(visit, at, domain, name)?;
            }
            ["__torch__", "torch", "classes", domain, name, ..] => {
                self.operator(visit, at, &format!("classes.{domain}"), name)?;
            }
            ["torch" | "ops" | "__torch__" | "CONSTANTS", ..] => {
                let plain = matches!(path, ["__torch__" | "CONSTANTS", ..]) || !called;
                if !plain {
                    self.foreign(visit, at, &format!("calls `{}`", shown(path)));
                }
                self.underscores(visit, at, path);
            }
            [name] => {
                let known = words::FUNCTIONS.contains(name)
                    || words::KEYWORDS.contains(name)
                    || self.given.contains(name);
                if called && !known && before != "def" {
                    self.foreign(visit, at, &format!("calls `{}`", shown(path)));
                }
                self.underscores(visit, at, path);
            }
            [root, ..] => {
                if self.given.contains(root) || words::VALUES.contains(root) {
                    self.underscores(visit, at, path);
                } else {
                    let verb = if called { "calls" } else { "names" };
                    self.foreign(visit, at, &format!("{verb} `{}`", shown(path)));
                }
            }
            [] => {}
        }
        Ok(())
    }

    /// Names with double underscores on both sides that `TorchScript` does not write.
    fn underscores(&mut self, visit: &mut Visit<'_>, at: u64, path: &[&str]) {
        let odd = |name: &&&str| {
            name.len() > 4
                && name.starts_with("__")
                && name.ends_with("__")
                && words::UNDERSCORED.binary_search(*name).is_err()
        };
        if let Some(name) = path.iter().find(odd) {
            let detail = format!("the code has the name `{}`", text::shown(name, 80));
            self.notes.problem(visit, at, Kind::BadValue, detail);
        }
    }

    fn foreign(&mut self, visit: &mut Visit<'_>, at: u64, what: &str) {
        let detail = format!("the code {what}");
        self.notes.problem(visit, at, Kind::UnknownCode, detail);
    }

    fn operator(&mut self, visit: &Visit<'_>, at: u64, domain: &str, name: &str) -> Result<(), Fault> {
        let domain = if domain == "aten" { "" } else { domain };
        let key = [&*layout::name(domain), &*layout::name(name)];
        self.operators.add(visit, &mut self.notes, at, key, || match (&*self.class, &*self.function) {
            ("", function) => function.to_owned(),
            (class, function) => format!("{class}.{function}"),
        })
    }

    fn text(&mut self, visit: &mut Visit<'_>, at: u64, value: &str) {
        if is_place(value) && self.constants < MOST_CONSTANTS {
            self.constants = self.constants.saturating_add(1);
            let value = text::kept(value.as_bytes(), 1024);
            visit.fact(at, What::Metadata { key: "constant".to_owned(), value });
        }
    }
}

fn shown(path: &[&str]) -> String {
    text::shown(&path.join("."), 120)
}

/// Whether a constant is an address or a path from the root.
fn is_place(value: &str) -> bool {
    let address = value.split_once("://").is_some_and(|(scheme, rest)| {
        let scheme = scheme.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        !scheme.is_empty() && rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '/'))
    });
    let plain = !value.contains(char::is_whitespace);
    let root = value.strip_prefix('/').is_some_and(|rest| rest.len() > 2 && rest.contains('/'));
    let drive = matches!(value.as_bytes(), [b'A'..=b'Z' | b'a'..=b'z', b':', b'\\' | b'/', ..]);
    address || plain && (root || drive || value.starts_with("\\\\") || value.starts_with("~/"))
}

/// Names that the text gives to something: parameters, variables, functions.
fn names_given(source: &str) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut before = None;
    let mut tokens = Lexer::new(source).map(|(_, token)| token).peekable();
    let mut depth = 0_usize;
    while let Some(token) = tokens.next() {
        if let Token::Name(name) = token {
            let next = tokens.peek();
            let given = match next {
                Some(Token::Mark('=' | ':') | Token::Name("in")) => true,
                Some(Token::Mark(',')) => depth == 0,
                _ => matches!(before, Some(Token::Name("def" | "class" | "as" | "for"))),
            };
            if given && before != Some(Token::Mark('.')) {
                names.insert(name);
            }
        }
        match token {
            Token::Mark('(' | '[' | '{') => depth = depth.saturating_add(1),
            Token::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = Some(token);
    }
    names
}
