//! What an expression comes to, as far as that is known without running it.

use std::rc::Rc;

use weighbridge_domain::facts::{Argument, Call, CallKind, Name, Term};

use crate::known::effects::{Effect, effect, has_effects};

/// The module whose names these are is not known.
pub(super) const ANY: &str = "__globals__";

/// The longest text or number of bytes that is followed.
pub(super) const LONGEST: usize = 1 << 20;
/// Items of a list, and arguments of a call, that are followed.
pub(super) const MOST_ITEMS: usize = 4096;
/// Of text, what a fact keeps.
const KEPT_TEXT: usize = 400;
/// Of items and arguments, how many a fact keeps.
const KEPT_ITEMS: usize = 12;
/// How deep the values are that a fact keeps.
const KEPT_DEPTH: usize = 5;
/// What all values of a fact may take together: bytes of text, and some for each value.
const KEPT: usize = 8 << 10;
const KEPT_VALUE: usize = 64;
/// Values looked at to know how deep one is, and what is said of one with more.
const MOST_LOOKED_AT: usize = 1024;
const TOO_DEEP: usize = 1000;

/// What an expression comes to.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Unknown,
    Text(Rc<str>),
    /// Text with gaps, written `{}`.
    Pieces(Rc<str>),
    Bytes(Rc<[u8]>),
    Int(i64),
    /// `True`, `False`, `None`.
    Word(&'static str),
    /// Something that an import or the language gives, by its dotted name.
    Name(Rc<str>),
    /// The dictionary of names in a module.
    Names(Rc<str>),
    /// The dictionary of names of this file.
    Globals,
    /// What a call of something known gave.
    Made(Rc<Made>),
    Items(&'static str, Rc<[Self]>),
    /// A function of this file.
    Function(usize),
    /// A class of this file.
    Class(usize),
    /// An object of a class of this file.
    Instance(usize),
}

/// An argument, with its name when it has one.
pub(super) type Given = (Option<Rc<str>>, Value);

/// A call, and what it was called with.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) callee: Rc<str>,
    pub(super) arguments: Vec<Given>,
    /// How deep calls are nested in it.
    pub(super) depth: usize,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        if text.len() > LONGEST { Self::Unknown } else { Self::Text(Rc::from(text)) }
    }

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        if bytes.len() > LONGEST { Self::Unknown } else { Self::Bytes(Rc::from(bytes)) }
    }

    pub(super) fn name(name: &str) -> Self {
        // Longer paths are written by nobody, and each step would copy them.
        if name.len() > 256 { Self::Unknown } else { Self::Name(Rc::from(name)) }
    }

    /// A name in a module. Modules lend what they have imported themselves: `torch.os` is `os`.
    pub(super) fn inside(module: &str, name: &str) -> Self {
        const LENT: [&str; 19] = [
            "_posixsubprocess",
            "base64",
            "builtins",
            "ctypes",
            "importlib",
            "marshal",
            "nt",
            "os",
            "pickle",
            "posix",
            "pty",
            "requests",
            "runpy",
            "shutil",
            "socket",
            "subprocess",
            "sys",
            "urllib",
            "webbrowser",
        ];
        if name == "__builtins__" {
            return Self::name("builtins");
        }
        // `random._os` is `os`, too.
        let plain = if LENT.contains(&name) { name } else { name.trim_start_matches('_') };
        let foreign = !module.starts_with('.') && module != plain && module != "asyncio";
        let lent = LENT.contains(&plain) && foreign;
        if lent { Self::name(plain) } else { Self::name(&format!("{module}.{name}")) }
    }

    /// `module.__dict__[name]`; where the module is not known, what the name can only be.
    pub(super) fn among(module: &str, name: &str) -> Self {
        if module != ANY {
            return Self::inside(module, name);
        }
        let acts = |name: &str| {
            matches!(effect(name), Some(Effect::StartsProcess | Effect::RunsCode | Effect::Imports))
        };
        match Self::inside(module, name) {
            Self::Name(found) if !found.starts_with(ANY) => Self::Name(found),
            _ => ["os", "builtins", "subprocess"]
                .iter()
                .map(|module| format!("{module}.{name}"))
                .find(|name| acts(name))
                .map_or(Self::Unknown, |name| Self::name(&name)),
        }
    }

    /// It matters who gets it: something that acts, or that leads there.
    pub(super) fn matters(&self) -> bool {
        match self {
            Self::Name(name) => has_effects(name),
            Self::Names(_)
            | Self::Globals
            | Self::Made(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_) => true,
            _ => false,
        }
    }

    /// Of items that come one after the other, the one that matters most; one that is alone stands for itself.
    pub(super) fn one_of(items: &[Self]) -> Self {
        let matters = |item: &&Self| match item {
            Self::Items(_, inner) => inner.iter().any(Self::matters),
            other => other.matters(),
        };
        match items {
            [one] => one.clone(),
            items => items.iter().take(64).find(matters).cloned().unwrap_or(Self::Unknown),
        }
    }

    pub(super) fn made(callee: &str, arguments: Vec<Given>) -> Self {
        let depth = arguments.iter().map(|(_, value)| value.depth()).max().unwrap_or_default();
        if depth > 16 {
            return Self::Unknown;
        }
        Self::Made(Rc::new(Made { callee: Rc::from(callee), arguments, depth: depth.saturating_add(1) }))
    }

    pub(super) fn items(kind: &'static str, items: Vec<Self>) -> Self {
        if items.len() > MOST_ITEMS || items.iter().any(|item| item.depth() > 16) {
            return Self::Unknown;
        }
        Self::Items(kind, Rc::from(items))
    }

    fn depth(&self) -> usize {
        let mut left = MOST_LOOKED_AT;
        self.depth_within(&mut left)
    }

    /// The same, looking at so many values at most: one may stand in many places. What has more counts as too deep.
    fn depth_within(&self, left: &mut usize) -> usize {
        match self {
            Self::Made(made) => made.depth,
            Self::Items(_, items) => {
                let mut deepest = 0_usize;
                for item in items.iter().take(64) {
                    let Some(rest) = left.checked_sub(1) else { return TOO_DEEP };
                    *left = rest;
                    deepest = deepest.max(item.depth_within(left));
                }
                deepest.saturating_add(1)
            }
            _ => 0,
        }
    }

    /// Text whose characters are all known.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text, known wholly or in pieces.
    pub(super) fn as_pieces(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Pieces(text) => Some(text),
            _ => None,
        }
    }

    /// It may be of consequence what it is.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Word(_) | Self::Int(_))
    }

    /// As a fact keeps it, within what is left for it.
    fn bounded(&self, depth: usize, left: &mut usize) -> Term {
        let Some(rest) = left.checked_sub(KEPT_VALUE).filter(|_| depth > 0) else { return Term::Unknown };
        *left = rest;
        if let Self::Text(text) | Self::Pieces(text) = self {
            *left = left.saturating_sub(text.len().min(KEPT_TEXT));
        }
        match self {
            Self::Text(text) => kept(text, false),
            Self::Pieces(text) => kept(text, true),
            Self::Bytes(bytes) => Term::Bytes { length: bytes.len() as u64 },
            Self::Int(number) => Term::Literal { text: number.to_string() },
            Self::Word(word) => Term::Literal { text: (*word).to_owned() },
            Self::Name(name) | Self::Names(name) => Term::Global(global(name)),
            Self::Made(made) => Term::Call(Call {
                kind: CallKind::Call,
                callee: Box::new(Term::Global(global(&made.callee))),
                arguments: made
                    .arguments
                    .iter()
                    .take(KEPT_ITEMS)
                    .map(|(_, value)| value.bounded(depth.saturating_sub(1), left))
                    .collect(),
            }),
            Self::Items(kind, items) => Term::Items {
                kind: (*kind).to_owned(),
                items: items
                    .iter()
                    .take(KEPT_ITEMS)
                    .map(|item| item.bounded(depth.saturating_sub(1), left))
                    .collect(),
                omitted: items.len().saturating_sub(KEPT_ITEMS) as u64,
            },
            Self::Unknown | Self::Globals | Self::Function(_) | Self::Class(_) | Self::Instance(_) => {
                Term::Unknown
            }
        }
    }
}

fn kept(text: &str, cut: bool) -> Term {
    let (text, cut_here) = crate::secrets::cut(text, KEPT_TEXT);
    Term::Text { text, cut: cut || cut_here }
}

/// Module and name of a dotted name.
fn global(name: &str) -> Name {
    let (module, name) = name.rsplit_once('.').unwrap_or(("", name));
    Name { module: module.to_owned(), name: name.to_owned() }
}

/// Arguments as a fact keeps them.
pub(super) fn kept_arguments(arguments: &[Given]) -> Vec<Argument> {
    let mut left = KEPT;
    let one = |(name, value): &Given| Argument {
        name: name.as_ref().map(ToString::to_string),
        value: value.bounded(KEPT_DEPTH, &mut left),
    };
    arguments.iter().take(KEPT_ITEMS).map(one).collect()
}
