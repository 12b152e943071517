//! What is known of a value without running anything.

use std::rc::Rc;

use weighbridge_domain::facts::{Argument, Call, CallKind, Name, Term};

/// The longest text that is put together.
pub(super) const LONGEST: usize = 64 << 10;
/// Characters of a text, items of a list and levels of calls that a fact keeps.
const KEPT: usize = 200;
const KEPT_ITEMS: usize = 8;
const KEPT_DEPTH: usize = 4;
/// Bytes that the arguments of one fact take at most, and what each value takes beside its text.
const KEPT_BYTES: usize = 8 << 10;
const KEPT_VALUE: usize = 64;

/// A value.
#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    #[default]
    Unknown,
    Text(Rc<str>),
    Number(Rc<str>),
    /// Something that has a name outside of the file: `child_process.exec`.
    Name(Rc<str>),
    List(Rc<[Self]>),
    /// What a call of something with a name gives, or what is made of it.
    Made(Rc<Made>),
}

/// A call of something with a name.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) callee: Rc<str>,
    pub(super) arguments: Vec<Value>,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        if text.len() > LONGEST { Self::Unknown } else { Self::Text(Rc::from(text)) }
    }

    pub(super) fn name(name: &str) -> Self {
        if name.len() > 120 { Self::Unknown } else { Self::Name(Rc::from(name)) }
    }

    pub(super) fn made(callee: &Rc<str>, arguments: Vec<Self>) -> Self {
        Self::Made(Rc::new(Made { callee: Rc::clone(callee), arguments }))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The sum of two values.
    pub(super) fn plus(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Made(_), _) => self,
            (_, Self::Made(_)) => other,
            (Self::Text(one), _) | (Self::Number(one), Self::Text(_)) => match other.as_text() {
                Some(other) if one.len().saturating_add(other.len()) <= LONGEST => {
                    Self::text(&format!("{one}{other}"))
                }
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// As a fact keeps it, within what is left for it: one value may stand in many places.
    fn term(&self, depth: usize, left: &mut usize) -> Term {
        let (Some(below), Some(rest)) = (depth.checked_sub(1), left.checked_sub(KEPT_VALUE)) else {
            return Term::Unknown;
        };
        *left = rest;
        match self {
            Self::Unknown => Term::Unknown,
            Self::Text(text) => {
                let end = text.floor_char_boundary(KEPT);
                *left = left.saturating_sub(end);
                Term::Text { text: text.get(..end).unwrap_or_default().to_owned(), cut: end < text.len() }
            }
            Self::Number(text) => Term::Literal { text: text.chars().take(40).collect() },
            Self::Name(name) => Term::Global(split(name)),
            Self::List(items) => Term::Items {
                kind: "list".to_owned(),
                items: items.iter().take(KEPT_ITEMS).map(|item| item.term(below, left)).collect(),
                omitted: items.len().saturating_sub(KEPT_ITEMS) as u64,
            },
            Self::Made(made) => Term::Call(Call {
                kind: CallKind::Call,
                callee: Box::new(Term::Global(split(&made.callee))),
                arguments: made
                    .arguments
                    .iter()
                    .take(KEPT_ITEMS)
                    .map(|item| item.term(below, left))
                    .collect(),
            }),
        }
    }
}

fn split(name: &str) -> Name {
    let (module, name) = name.rsplit_once('.').unwrap_or(("", name));
    Name { module: module.to_owned(), name: name.to_owned() }
}

/// Arguments as a fact keeps them, and the bytes that they take.
pub(super) fn kept(arguments: &[Value]) -> (Vec<Argument>, usize) {
    let mut left = KEPT_BYTES;
    let one = |value: &Value| Argument { name: None, value: value.term(KEPT_DEPTH, &mut left) };
    let arguments = arguments.iter().take(KEPT_ITEMS).map(one).collect();
    (arguments, KEPT_BYTES.saturating_sub(left))
}

/// What a literal between its quotation marks says.
pub(super) fn unescaped(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('b') => text.push('\u{8}'),
            Some('v') => text.push('\u{b}'),
            Some('f') => text.push('\u{c}'),
            Some('\n') | None => {}
            Some('x') => text.extend(code(&mut rest, 2)),
            Some('u') if rest.as_str().starts_with('{') => {
                rest.next();
                let digits: String = rest.by_ref().take(7).take_while(|c| *c != '}').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some('u') => text.extend(code(&mut rest, 4)),
            Some(digit @ '0'..='7') => {
                let mut number = digit.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(next) = rest.as_str().chars().next().and_then(|c| c.to_digit(8)) else { break };
                    let more = number.saturating_mul(8).saturating_add(next);
                    if more > 255 {
                        break;
                    }
                    number = more;
                    rest.next();
                }
                text.extend(char::from_u32(number));
            }
            Some(other) => text.push(other),
        }
    }
    text
}

fn code(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let number = rest.as_str().get(..digits).and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
    for _ in 0..digits {
        rest.next();
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_escapes() {
        for (literal, expected) in [
            (r"ch\x69ld\u005fprocess", "child_process"),
            (r"\u{65}v\141l", "eval"),
            ("a\\\nb\\'", "ab'"),
            (r"\xZ", "Z"),
        ] {
            assert_eq!(unescaped(literal), expected, "{literal}");
        }
    }
}
