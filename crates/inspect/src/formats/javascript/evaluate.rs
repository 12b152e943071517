//! Values of expressions: names through `require`, imports and brackets, texts through sums and decoding.

use std::rc::Rc;

use super::lexer::Kind;
use super::reader::Reader;
use super::value::{LONGEST as LONGEST_TEXT, Value, unescaped};
use crate::formats::python::base64;
use crate::known::effects::effect_in;

/// Names of the object that holds what every script has.
const GLOBAL: [&str; 7] = ["frames", "global", "globalThis", "parent", "self", "top", "window"];

/// Objects that every script has, and packages that are used under one name.
#[rustfmt::skip]
const ROOTS: [&str; 12] = [
    "Buffer", "Bun", "Deno", "JSON", "String", "axios", "jQuery", "module", "navigator", "os", "process", "unpacker",
];

/// Tokens of one expression that are looked at.
const LONGEST: usize = 4096;
/// Levels of expressions in expressions.
const DEEPEST: usize = 12;
/// Items of a list or call.
const MOST_ITEMS: usize = 4096;

/// A call on the way to a value: the token of its opening bracket, what is called, and with what.
pub(super) type Called = (usize, Rc<str>, Vec<Value>);

impl<'a> Reader<'a> {
    /// The value of the expression from a token on, up to `,`, `;`, a closing bracket or an operator other than `+`; and
    /// the token behind it.
    pub(super) fn value(&mut self, at: usize, depth: usize) -> (Value, usize) {
        let (mut value, mut next) = self.chain(at, depth, &mut None);
        for _ in 0..MOST_ITEMS {
            if self.word(next) != "+" {
                break;
            }
            let (other, behind) = self.chain(next.saturating_add(1), depth, &mut None);
            value = self.sum(value, other);
            next = behind;
        }
        (value, next)
    }

    fn sum(&mut self, value: Value, other: Value) -> Value {
        if self.is_tired() {
            return Value::Unknown;
        }
        let sum = value.plus(other);
        self.spend(1, sum.as_text().map_or(0, str::len));
        sum
    }

    /// Takes the work for values made anew, and bytes that are copied or looked at.
    fn spend(&mut self, values: usize, bytes: usize) {
        self.work = self.work.saturating_add(values).saturating_add(bytes >> 6);
    }

    /// The value of a name, literal or bracket and what is asked of it by `.`, `[…]` and `(…)`. Calls are told when wanted.
    pub(super) fn chain(
        &mut self,
        at: usize,
        depth: usize,
        told: &mut Option<Vec<Called>>,
    ) -> (Value, usize) {
        self.work = self.work.saturating_add(1);
        let Some(below) = depth.checked_sub(1).filter(|_| !self.is_tired()) else {
            return (Value::Unknown, at);
        };
        let (mut value, mut next) = self.first(at, below);
        for _ in 0..LONGEST {
            match self.word(next) {
                "." | "?." => {
                    let member = next.saturating_add(1);
                    match self.kind(member) {
                        Some(Kind::Word) => {
                            let name = self.word(member);
                            value = Self::member(value, name);
                            next = member.saturating_add(1);
                        }
                        // `a?.[b]`, `a?.(b)`
                        _ if self.word(next) == "?." => next = member,
                        _ => break,
                    }
                }
                "[" => {
                    let (index, _) = self.value(next.saturating_add(1), below);
                    value = match (&value, &index) {
                        (Value::List(items), Value::Number(number)) => number
                            .parse()
                            .ok()
                            .and_then(|at: usize| items.get(at))
                            .cloned()
                            .unwrap_or_default(),
                        (Value::Made(_), _) => value,
                        (_, Value::Text(name)) => Self::member(value, name),
                        _ => Value::Unknown,
                    };
                    next = self.behind(next);
                }
                "(" => {
                    let arguments = self.arguments(next, below);
                    if let (Some(told), Value::Name(name)) = (told.as_mut(), &value) {
                        told.push((next, Rc::clone(name), arguments.clone()));
                    }
                    value = self.given(value, arguments);
                    next = self.behind(next);
                }
                _ => break,
            }
        }
        (value, next)
    }

    /// Values in brackets.
    pub(super) fn arguments(&mut self, open: usize, depth: usize) -> Vec<Value> {
        let end = self.pair(open);
        let mut values = Vec::new();
        let mut at = open.saturating_add(1);
        while at < end && values.len() < MOST_ITEMS && !self.is_tired() {
            let (value, mut next) = self.value(at, depth);
            // What follows a value makes it another one: `a ? b : c`, `a => b`.
            let whole = next >= end || self.word(next) == ",";
            values.push(match value {
                value @ Value::Made(_) => value,
                value if whole => value,
                _ => Value::Unknown,
            });
            while next < end && self.word(next) != "," {
                self.work = self.work.saturating_add(1);
                next = self.behind(next);
            }
            at = next.saturating_add(1);
        }
        values
    }

    fn first(&mut self, at: usize, depth: usize) -> (Value, usize) {
        let next = at.saturating_add(1);
        match self.kind(at) {
            Some(Kind::Text) => {
                let literal = self.word(at);
                let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
                self.work = self.work.saturating_add(inner.len() >> 6);
                (if inner.len() > 1 << 16 { Value::Unknown } else { Value::text(&unescaped(inner)) }, next)
            }
            Some(Kind::Number) => (Value::Number(Rc::from(self.word(at))), next),
            Some(Kind::Template) => self.template(at, depth),
            Some(Kind::Word) => match self.word(at) {
                "await" | "new" => self.first(next, depth),
                "function" => (self.unpacker(next), at),
                "require" | "import" if self.word(next) == "(" => {
                    let module = self.arguments(next, depth).into_iter().next();
                    let value = match module.as_ref().and_then(Value::as_text) {
                        Some(module) => Value::name(module_name(module)),
                        None => Value::Unknown,
                    };
                    (value, self.behind(next))
                }
                word => (self.named(word), next),
            },
            Some(Kind::Mark) => match self.word(at) {
                "[" => {
                    let items = self.arguments(at, depth);
                    (Value::List(Rc::from(items)), self.behind(at))
                }
                // `(0, eval)`; what is long is a function or a calculation.
                "(" if self.pair(at).saturating_sub(at) < LONGEST => {
                    // A function that is called where it stands is no value.
                    let last = self.arguments(at, depth).pop();
                    (last.unwrap_or_default(), self.behind(at))
                }
                "(" => (Value::Unknown, self.behind(at)),
                _ => (Value::Unknown, at),
            },
            _ => (Value::Unknown, at),
        }
    }

    /// What packers of scripts write: `function(p,a,c,k,e,d){…}(…)`.
    fn unpacker(&mut self, open: usize) -> Value {
        let letters = ["(", "p", ",", "a", ",", "c", ",", "k", ",", "e"];
        let is_one = (open..).zip(letters).all(|(at, letter)| self.word(at) == letter);
        if is_one { Value::made(&Rc::from("unpacker.unpack"), Vec::new()) } else { Value::Unknown }
    }

    fn template(&mut self, at: usize, depth: usize) -> (Value, usize) {
        let mut value = Value::text("");
        let mut piece = at;
        for _ in 0..MOST_ITEMS {
            let text = self.word(piece);
            let inner = text.get(1..).unwrap_or_default();
            if let Some(text) = inner.strip_suffix("${") {
                let (inside, _) = self.value(piece.saturating_add(1), depth);
                let end = self.pair(piece);
                if end <= piece {
                    return (Value::Unknown, piece.saturating_add(1));
                }
                self.spend(1, text.len());
                let front = self.sum(value, Value::text(&unescaped(text)));
                value = self.sum(front, inside);
                piece = end;
            } else {
                let text = inner.strip_suffix('`').unwrap_or(inner);
                return (value.plus(Value::text(&unescaped(text))), piece.saturating_add(1));
            }
        }
        (Value::Unknown, piece.saturating_add(1))
    }

    /// A name by itself.
    pub(super) fn named(&self, word: &'a str) -> Value {
        let word_text = if word.contains('\\') { unescaped(word) } else { word.to_owned() };
        if let Some(value) = self.scopes.get(&word_text) {
            return value.clone();
        }
        global(&word_text)
    }

    /// `value.name`
    fn member(value: Value, name: &str) -> Value {
        match &value {
            Value::Name(object) => match (&**object, name) {
                ("globalThis", "require") => Value::Unknown,
                ("globalThis", name) => global(name),
                (_, "default" | "promises") => value,
                (object, name) => Value::name(&format!("{object}.{name}")),
            },
            Value::Made(_) => value,
            Value::Text(_) | Value::List(_) => match name {
                // Methods that are called next.
                "concat" | "join" | "reverse" | "split" | "toString" | "trim" => {
                    Value::made(&Rc::from(format!("{METHOD}{name}")), vec![value])
                }
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn given(&mut self, value: Value, arguments: Vec<Value>) -> Value {
        match &value {
            Value::Name(name) => {
                self.spend(arguments.len(), 0);
                of_known(name, arguments)
            }
            Value::Made(made) => match (made.callee.strip_prefix(METHOD), made.arguments.first()) {
                (Some(method), Some(of)) => self.method_of(of, method, &arguments),
                _ => value,
            },
            _ => Value::Unknown,
        }
    }

    /// What a method of a text or list gives.
    fn method_of(&mut self, of: &Value, method: &str, arguments: &[Value]) -> Value {
        match of {
            Value::Text(text) => self.spend(1, text.len()),
            Value::List(items) => self.spend(items.len(), 0),
            _ => {}
        }
        if self.is_tired() {
            return Value::Unknown;
        }
        let text = arguments.first().and_then(Value::as_text);
        match (of, method) {
            (Value::Text(one), "split") => {
                let parts: Vec<Value> = match text {
                    Some("") => one
                        .chars()
                        .take(MOST_ITEMS)
                        .map(|c| Value::text(c.encode_utf8(&mut [0; 4])))
                        .collect(),
                    Some(by) => one.split(by).take(MOST_ITEMS).map(Value::text).collect(),
                    None => return Value::Unknown,
                };
                self.spend(parts.len(), 0);
                Value::List(Rc::from(parts))
            }
            (Value::Text(one), "concat") => {
                let mut all = Value::Text(Rc::clone(one));
                for other in arguments {
                    all = self.sum(all, other.clone());
                }
                all
            }
            (Value::Text(one), "trim") => Value::text(one.trim()),
            (Value::Text(one), "toString") => Value::Text(Rc::clone(one)),
            (Value::List(items), "reverse") => Value::List(items.iter().rev().cloned().collect()),
            (Value::List(items), "join") => {
                let joined = joined(items.iter().map(Value::as_text), text.unwrap_or(","));
                self.spend(1, joined.as_text().map_or(0, str::len));
                joined
            }
            _ => Value::Unknown,
        }
    }
}

/// Texts put together, when all of them are known and it is short enough to be followed.
fn joined<'t>(texts: impl Iterator<Item = Option<&'t str>>, by: &str) -> Value {
    let mut all = String::new();
    for (at, text) in texts.enumerate() {
        let Some(text) = text else { return Value::Unknown };
        let by = if at == 0 { "" } else { by };
        if all.len().saturating_add(by.len()).saturating_add(text.len()) > LONGEST_TEXT {
            return Value::Unknown;
        }
        all.push_str(by);
        all.push_str(text);
    }
    Value::text(&all)
}

/// Stands before the names of methods of texts and lists, while it is not known whether they are called.
const METHOD: &str = "method of a literal: ";

/// What every script finds under a name.
fn global(word: &str) -> Value {
    if GLOBAL.contains(&word) {
        return Value::name("globalThis");
    }
    let full = format!("globalThis.{word}");
    match effect_in("javascript", &full) {
        Some(_) => Value::name(&full),
        None if word == "$" => Value::name("jQuery"),
        None if ROOTS.contains(&word) => Value::name(word),
        None => Value::Unknown,
    }
}

/// The name of a module without the prefix of those of Node.
pub(super) fn module_name(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}

/// What a call of something with a name gives.
fn of_known(name: &Rc<str>, arguments: Vec<Value>) -> Value {
    let text = |at: usize| arguments.get(at).and_then(Value::as_text);
    match &**name {
        "util.promisify" => arguments.into_iter().next().unwrap_or_default(),
        "process.mainModule.require" | "module.require" => {
            text(0).map_or(Value::Unknown, |module| Value::name(module_name(module)))
        }
        "os.homedir" => Value::text("~"),
        "path.join" | "path.resolve" => joined(arguments.iter().filter_map(Value::as_text).map(Some), "/"),
        "String.fromCharCode" | "String.fromCodePoint" => {
            let code = |value: &Value| match value {
                Value::Number(number) => number.parse().ok().and_then(char::from_u32),
                _ => None,
            };
            match arguments.iter().map(code).collect::<Option<String>>() {
                Some(text) if !text.is_empty() => Value::made(name, vec![Value::text(&text)]),
                _ => Value::made(name, arguments),
            }
        }
        "Buffer.from" if !matches!(text(1), Some("base64" | "hex" | "base64url" | "latin1" | "binary")) => {
            arguments.into_iter().next().filter(|first| first.as_text().is_some()).unwrap_or_default()
        }
        full => match full.rsplit_once('.') {
            // `exec.bind(…)` is `exec`; `exec.call(…)` is told where it stands.
            Some((function, "bind")) if effect_in("javascript", function).is_some() => Value::name(function),
            _ => Value::made(name, arguments),
        },
    }
}

/// The text that a value made of constants comes to, when it was encoded.
pub(super) fn decoded(value: &Value) -> Option<String> {
    let Value::Made(made) = value else { return None };
    let text = made.arguments.first().and_then(Value::as_text)?;
    let bytes = match (&*made.callee, made.arguments.get(1).and_then(Value::as_text)) {
        ("globalThis.atob", _) | ("Buffer.from", Some("base64" | "base64url")) => base64(text.as_bytes())?,
        ("String.fromCharCode" | "String.fromCodePoint", _) => text.as_bytes().to_vec(),
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

/// How deeply expressions are looked at.
pub(super) const LEVELS: usize = DEEPEST;
