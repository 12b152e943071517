//! Facts about what a Python loader would look up and call.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Python object by module and (possibly dotted) name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The module.
    pub module: String,
    /// The attribute path inside it.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

/// A name that is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// What is looked up; `None` when it cannot be known without running the program.
    pub name: Option<Name>,
    /// The opcode that looks it up.
    pub opcode: &'static str,
    /// The number in the loader's table of extensions, when it is looked up by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<u64>,
    /// How often.
    pub count: u64,
}

/// Something that happens to an object while a pickle loads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// How it is called.
    pub kind: CallKind,
    /// What is called or changed.
    pub callee: Box<Term>,
    /// With what.
    pub arguments: Vec<Term>,
}

/// In which way an object is called or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// `callee(*arguments)`: `REDUCE`, `INST`, `OBJ`.
    Call,
    /// `callee.__new__(callee, *arguments)`: `NEWOBJ`, `NEWOBJ_EX`.
    New,
    /// `callee.__setstate__(state)` or an update of its attributes: `BUILD`.
    SetState,
    /// `callee[key] = value`, `callee.append(value)`, `callee.add(value)` on something that is not a plain container.
    Fill,
    /// The loader is asked for the object with this persistent id.
    Persistent,
}

/// A value as the program would have it, bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Term {
    /// Text, perhaps cut.
    Text {
        /// What of it is kept.
        text: String,
        /// It was longer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
    },
    /// Bytes.
    Bytes {
        /// How many.
        length: u64,
    },
    /// A number, `None`, `True` or `False`, as Python writes it.
    Literal {
        /// As Python writes it.
        text: String,
    },
    /// An object looked up by name.
    Global(Name),
    /// The result of a call.
    Call(Call),
    /// A tuple, list, set or dictionary (keys and values in turn).
    Items {
        /// `tuple`, `list`, `set` or `dict`.
        kind: String,
        /// The first of its items.
        items: Vec<Self>,
        /// How many more there are.
        omitted: u64,
    },
    /// Not known without running the program.
    Unknown,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments = Joined(&self.arguments);
        match self.kind {
            CallKind::Call => write!(f, "{}({arguments})", self.callee),
            CallKind::New => write!(f, "{}.__new__({arguments})", self.callee),
            CallKind::SetState => write!(f, "{}.__setstate__({arguments})", self.callee),
            CallKind::Fill => write!(f, "{}.update({arguments})", self.callee),
            CallKind::Persistent => write!(f, "persistent_load({arguments})"),
        }
    }
}

struct Joined<'a>(&'a [Term]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            term.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, cut } => write!(f, "{text:?}{}", if *cut { "…" } else { "" }),
            Self::Bytes { length: 1 } => f.write_str("<1 byte>"),
            Self::Bytes { length } => write!(f, "<{length} bytes>"),
            Self::Literal { text } => f.write_str(text),
            Self::Global(name) => name.fmt(f),
            Self::Call(call) => call.fmt(f),
            Self::Items { kind, items, omitted } => {
                let (open, close) = match kind.as_str() {
                    "list" => ("[", "]"),
                    "tuple" if items.len() == 1 && *omitted == 0 => ("(", ",)"),
                    "tuple" => ("(", ")"),
                    "frozenset" => ("frozenset({", "})"),
                    _ => ("{", "}"),
                };
                f.write_str(open)?;
                if kind == "dict" {
                    for (index, pair) in items.chunks(2).enumerate() {
                        if index > 0 {
                            f.write_str(", ")?;
                        }
                        match pair {
                            [key, value] => write!(f, "{key}: {value}")?,
                            _ => Joined(pair).fmt(f)?,
                        }
                    }
                } else {
                    Joined(items).fmt(f)?;
                }
                if *omitted > 0 {
                    write!(f, ", … {omitted} more")?;
                }
                f.write_str(close)
            }
            Self::Unknown => f.write_str("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(kind: &str, items: Vec<Term>, omitted: u64) -> Term {
        Term::Items { kind: kind.to_owned(), items, omitted }
    }

    #[test]
    fn writes_a_call_as_people_read_it() {
        let text = |text: &str| Term::Text { text: text.to_owned(), cut: false };
        let global = |module: &str, name: &str| {
            Term::Global(Name { module: module.to_owned(), name: name.to_owned() })
        };
        let number = |text: &str| Term::Literal { text: text.to_owned() };
        let inner = Call {
            kind: CallKind::Call,
            callee: Box::new(global("builtins", "getattr")),
            arguments: vec![global("os", "path"), text("join")],
        };
        let outer = Call {
            kind: CallKind::New,
            callee: Box::new(Term::Call(inner)),
            arguments: vec![
                items("dict", vec![text("a"), number("1"), text("b"), items("list", vec![], 0)], 3),
                items("tuple", vec![number("1")], 0),
                items("frozenset", vec![number("2")], 0),
                Term::Bytes { length: 3 },
                Term::Unknown,
            ],
        };
        assert_eq!(
            outer.to_string(),
            r#"builtins.getattr(os.path, "join").__new__({"a": 1, "b": [], … 3 more}, (1,), frozenset({2}), <3 bytes>, ?)"#
        );
    }
}
