//! Values as people read them, and as they are compared: bounded trees, and short byte strings that are equal when two
//! calls would look the same.

use weighbridge_domain::facts::{Call, Term};

use super::calls::Calls;
use super::containers::{Containers, Kind};
use super::leaf::{self, Source};
use super::names::Names;
use super::value::{Value, View};
use crate::limits::Fault;

/// Terms in one tree.
const MOST_TERMS: usize = 96;
/// Nesting of one tree.
const MOST_DEPTH: usize = 12;
/// Bytes of a text that are shown.
const SHOWN: usize = 1024;
/// Bytes of a text that are compared where all texts count.
const COMPARED: usize = 1024;
/// Bytes of a text that are compared where only names count.
const NAME: usize = 32;
/// Nesting that is compared.
const COMPARED_DEPTH: usize = 4;
/// Values that are compared.
const COMPARED_VALUES: usize = 64;

/// As a number of values to make, this is too much: so one call is told from another of the same kind.
pub(super) const HUGE: u64 = 100_000_000;

/// Which texts tell two calls apart. What does not is not shown either, as it would stand for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Texts {
    /// All.
    All,
    /// Short ones behind the first argument.
    Later,
    /// None.
    None,
}

impl Texts {
    /// What holds for an argument at this position.
    fn at(self, position: usize) -> Inner {
        match self {
            Self::All => Inner::All,
            Self::Later if position > 0 => Inner::Names,
            Self::Later | Self::None => Inner::None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inner {
    All,
    Names,
    None,
    /// As none, and results are told apart by their form only.
    Shape,
}

/// What is needed to look at a value.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) containers: &'a Containers,
    pub(super) names: &'a Names,
    pub(super) calls: &'a Calls,
}

impl Scene<'_> {
    /// The value as people read it.
    pub(super) fn term(&self, value: Value) -> Result<Term, Fault> {
        self.build(value, Inner::All, &mut { MOST_TERMS }, 0)
    }

    /// The arguments of a call as people read them.
    /// Those at `hidden` stand for others and are not shown.
    pub(super) fn arguments(
        &self,
        arguments: &[Value],
        texts: Texts,
        hidden: &[usize],
    ) -> Result<Vec<Term>, Fault> {
        let mut left = MOST_TERMS;
        let items = arguments.iter().enumerate();
        items
            .map(|(position, value)| {
                if hidden.contains(&position) {
                    return Ok(Term::Unknown);
                }
                self.build(*value, texts.at(position), &mut left, 0)
            })
            .collect()
    }

    fn build(&self, value: Value, texts: Inner, left: &mut usize, depth: usize) -> Result<Term, Fault> {
        let Some(fewer) = left.checked_sub(1).filter(|_| depth < MOST_DEPTH) else {
            return Ok(Term::Unknown);
        };
        *left = fewer;
        let literal = |text: &str| Term::Literal { text: text.to_owned() };
        Ok(match value.view() {
            View::None => literal("None"),
            View::Bool(true) => literal("True"),
            View::Bool(false) => literal("False"),
            View::Int(value) => Term::Literal { text: value.to_string() },
            View::Number(at) => match leaf::number(self.source, at)? {
                Some(text) => Term::Literal { text },
                None => Term::Unknown,
            },
            View::Text(_) => match texts {
                Inner::None | Inner::Shape => Term::Unknown,
                _ => match leaf::text(self.source, value, SHOWN)? {
                    Some((text, cut)) if texts == Inner::All || text.len() <= NAME => {
                        Term::Text { text, cut }
                    }
                    _ => Term::Unknown,
                },
            },
            View::Bytes(at) | View::ByteArray(at) => {
                let length = leaf::leaf(self.source, at)?.map_or(0, |leaf| leaf.length);
                Term::Bytes { length }
            }
            View::EmptyTuple => Term::Items { kind: "tuple".to_owned(), items: Vec::new(), omitted: 0 },
            View::Global(index) => {
                let name = self.names.get(index).and_then(|entry| entry.import.name.clone());
                name.map_or(Term::Unknown, Term::Global)
            }
            View::Result(made) => match self.calls.get(made.call) {
                Some(entry) => Term::Call(copy_call(&entry.call, left, depth.saturating_add(1))),
                None => Term::Unknown,
            },
            View::Node(index) => match (self.containers.kind(index), self.containers.items(index)) {
                (Some(kind), Some((items, more))) => {
                    let inner = if texts == Inner::All { Inner::All } else { Inner::None };
                    let mut shown = Vec::new();
                    for item in items {
                        if *left == 0 {
                            break;
                        }
                        shown.push(self.build(*item, inner, left, depth.saturating_add(1))?);
                    }
                    let hidden = items.len().saturating_sub(shown.len()) as u64;
                    Term::Items {
                        kind: kind.word().to_owned(),
                        items: shown,
                        omitted: more.saturating_add(hidden),
                    }
                }
                _ => Term::Unknown,
            },
            View::Unknown | View::Missing | View::Buffer => Term::Unknown,
        })
    }

    /// Writes what tells the arguments of one call from those of another, and says which of them were compared in part.
    pub(super) fn compare(
        &self,
        arguments: &[Value],
        texts: Texts,
        out: &mut Vec<u8>,
    ) -> Result<Vec<usize>, Fault> {
        self.compare_all(arguments, |position| texts.at(position), out)
    }

    /// The same for no more than their form.
    pub(super) fn compare_shape(&self, arguments: &[Value], out: &mut Vec<u8>) -> Result<(), Fault> {
        self.compare_all(arguments, |_| Inner::Shape, out).map(|_| ())
    }

    fn compare_all(
        &self,
        arguments: &[Value],
        texts: impl Fn(usize) -> Inner,
        out: &mut Vec<u8>,
    ) -> Result<Vec<usize>, Fault> {
        let mut partly = Vec::new();
        let mut left = COMPARED_VALUES;
        let mut before = out.len();
        for (position, value) in arguments.iter().enumerate() {
            let start = out.len();
            if !self.write(*value, texts(position), out, &mut left, 0)? {
                partly.push(position);
            }
            // Runs of the same are one: a longer list of numbers makes no other call.
            if position > 1 && out.get(before..start) == out.get(start..) {
                out.truncate(start);
            } else {
                before = start;
            }
        }
        Ok(partly)
    }

    /// Writes what tells a value from others; false when only a part of it was written.
    fn write(
        &self,
        value: Value,
        texts: Inner,
        out: &mut Vec<u8>,
        left: &mut usize,
        depth: usize,
    ) -> Result<bool, Fault> {
        let Some(fewer) = left.checked_sub(1).filter(|_| depth < COMPARED_DEPTH) else {
            out.push(b'~');
            return Ok(false);
        };
        *left = fewer;
        match value.view() {
            View::Global(index) => {
                out.push(b'g');
                out.extend_from_slice(&index.to_le_bytes());
            }
            View::Result(made) => {
                let (tag, call) = if texts == Inner::Shape {
                    (b's', self.calls.get(made.call).map_or(made.call, |entry| entry.shape))
                } else {
                    (b'r', made.call)
                };
                out.push(tag);
                out.extend_from_slice(&call.to_le_bytes());
            }
            View::Text(at) => self.write_text(at, texts, out)?,
            View::Node(index) => return self.write_items(index, texts, out, left, depth),
            View::EmptyTuple => out.extend_from_slice(b"()"),
            View::Unknown | View::Missing => out.push(b'?'),
            View::None => out.push(b'n'),
            View::Bool(value) => out.push(if value { b'1' } else { b'0' }),
            View::Int(value) if value.unsigned_abs() >= HUGE => out.push(b'H'),
            View::Int(_) => out.push(b'i'),
            // Of numbers that do not fit into a value, floating-point ones are no counts.
            View::Number(at) => {
                let code = self.source.read(at, 1)?.first().copied();
                out.push(if matches!(code, Some(b'G' | b'F')) { b'f' } else { b'H' });
            }
            View::Bytes(_) | View::ByteArray(_) | View::Buffer => out.push(b'b'),
        }
        Ok(true)
    }

    fn write_text(&self, at: u64, texts: Inner, out: &mut Vec<u8>) -> Result<(), Fault> {
        let limit = match texts {
            Inner::All => COMPARED,
            Inner::Names => NAME,
            Inner::None | Inner::Shape => 0,
        };
        let leaf = if limit > 0 { leaf::leaf(self.source, at)? } else { None };
        let Some(leaf) = leaf.filter(|leaf| texts == Inner::All || leaf.length <= limit as u64) else {
            out.push(b'T');
            return Ok(());
        };
        let length = usize::try_from(leaf.length).unwrap_or(limit).min(limit);
        out.push(b't');
        out.extend_from_slice(&leaf.length.to_le_bytes());
        out.extend_from_slice(&self.source.read(leaf.start, length)?);
        if leaf.length > limit as u64 {
            // What is not compared is like nothing else.
            out.extend_from_slice(&at.to_le_bytes());
        }
        Ok(())
    }

    fn write_items(
        &self,
        index: u32,
        texts: Inner,
        out: &mut Vec<u8>,
        left: &mut usize,
        depth: usize,
    ) -> Result<bool, Fault> {
        let kind = self.containers.kind(index);
        out.push(match kind {
            Some(Kind::Tuple) => b'(',
            Some(Kind::List) => b'[',
            Some(Kind::Dict) => b'{',
            Some(Kind::Set) => b'<',
            Some(Kind::FrozenSet) | None => b'|',
        });
        let inner = if matches!(texts, Inner::All | Inner::Shape) { texts } else { Inner::None };
        let Some((items, more)) = self.containers.items(index) else {
            out.push(b'?');
            return Ok(false);
        };
        let mut whole = more == 0;
        // Of a dictionary, a key and its value are one: as runs of them, other keys would have other values.
        let width = if kind == Some(Kind::Dict) { 2 } else { 1 };
        let mut before = out.len();
        for group in items.chunks(width) {
            let start = out.len();
            for item in group {
                whole &= self.write(*item, inner, out, left, depth.saturating_add(1))?;
            }
            if start > before && out.get(before..start) == out.get(start..) {
                out.truncate(start);
            } else {
                before = start;
            }
        }
        out.push(b')');
        Ok(whole)
    }

    /// Writes what tells one persistent id from another: its form and the names in it, not which object it asks for.
    pub(super) fn compare_persistent(&self, id: Value, out: &mut Vec<u8>) -> Result<(), Fault> {
        let items = match id.view() {
            View::Node(index) => self.containers.items(index).map_or(&[][..], |(items, _)| items),
            _ => &[id],
        };
        for (position, item) in items.iter().enumerate() {
            out.push(match item.view() {
                View::Text(_) => b't',
                View::Int(_) | View::Number(_) => b'i',
                View::Bytes(_) => b'b',
                View::None => b'n',
                View::Global(_) => b'g',
                View::Result(_) => b'r',
                View::Node(_) | View::EmptyTuple => b'(',
                _ => b'.',
            });
            match item.view() {
                View::Text(_) if position == 0 && items.len() > 1 => {
                    self.write(*item, Inner::Names, out, &mut 1, 0)?;
                }
                View::Global(_) | View::Result(_) => {
                    self.write(*item, Inner::Shape, out, &mut 1, 0)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A copy of a call that takes part in the same bound.
fn copy_call(call: &Call, left: &mut usize, depth: usize) -> Call {
    let callee = Box::new(copy_term(&call.callee, left, depth));
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        if *left == 0 {
            arguments.push(Term::Unknown);
            break;
        }
        arguments.push(copy_term(argument, left, depth));
    }
    Call { kind: call.kind, callee, arguments }
}

fn copy_term(term: &Term, left: &mut usize, depth: usize) -> Term {
    let Some(fewer) = left.checked_sub(1).filter(|_| depth < MOST_DEPTH) else { return Term::Unknown };
    *left = fewer;
    let depth = depth.saturating_add(1);
    match term {
        Term::Call(call) => Term::Call(copy_call(call, left, depth)),
        Term::Items { kind, items, omitted } => {
            let shown: Vec<_> =
                items.iter().map_while(|item| (*left > 0).then(|| copy_term(item, left, depth))).collect();
            let hidden = items.len().saturating_sub(shown.len()) as u64;
            Term::Items { kind: kind.clone(), items: shown, omitted: omitted.saturating_add(hidden) }
        }
        other => other.clone(),
    }
}
