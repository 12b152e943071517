//! What a template consists of. Expressions lie in one list, each behind its parts, so that neither reading nor dropping
//! them needs a deep stack; statements are a flat list of steps.

use std::borrow::Cow;

/// Index of an expression in [`Template::nodes`].
pub(super) type Id = usize;

/// A template as written.
#[derive(Debug, Default)]
pub(super) struct Template<'s> {
    /// Expressions; each stands behind those it contains.
    pub(super) nodes: Vec<Node<'s>>,
    /// Statements in the order of the source.
    pub(super) steps: Vec<Step<'s>>,
    /// Places that cannot be parsed, and the source that was skipped there.
    pub(super) faults: Vec<Fault<'s>>,
}

/// A place that cannot be parsed, and the tag that was skipped for it.
#[derive(Debug)]
pub(super) struct Fault<'s> {
    pub(super) at: usize,
    pub(super) why: &'static str,
    pub(super) skipped: &'s str,
}

/// An expression and the bytes it was made of.
#[derive(Debug)]
pub(super) struct Node<'s> {
    pub(super) kind: Kind<'s>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug)]
pub(super) enum Kind<'s> {
    Name(&'s str),
    /// A string; `false` when an escape in it could not be followed.
    Text(Cow<'s, str>, bool),
    Integer(Option<i64>),
    /// `true`, `none`, a float: of no interest.
    Literal,
    Attribute(Id, &'s str),
    Item(Id, Id),
    Slice(Id, [Option<Id>; 3]),
    Call(Id, Arguments<'s>),
    /// `None` in a `filter` or `set` block, which filters its body.
    Filter(Option<Id>, &'s str, Arguments<'s>),
    Test(Id, &'s str, Arguments<'s>),
    Negative(Id),
    Not(Id),
    Binary(Operator, Id, Id),
    /// `yes if test else no`.
    Choice {
        test: Id,
        yes: Id,
        no: Option<Id>,
    },
    /// A list or tuple.
    List(Vec<Id>),
    Dictionary(Vec<(Id, Id)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Not,
    Equal,
    NotEqual,
    Order,
    In,
    NotIn,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// What a call, filter or test is given.
#[derive(Debug, Default)]
pub(super) struct Arguments<'s> {
    pub(super) positional: Vec<Id>,
    pub(super) named: Vec<(&'s str, Id)>,
}

/// A statement, or the begin or end of one, and how many expressions there are up to it.
#[derive(Debug)]
pub(super) struct Step<'s> {
    pub(super) kind: StepKind<'s>,
    pub(super) at: usize,
    pub(super) nodes: Id,
}

#[derive(Debug)]
pub(super) enum StepKind<'s> {
    /// Text that is put out.
    Data(&'s str),
    /// An expression that is put out.
    Emit(Id),
    /// An expression that is only evaluated.
    Evaluate,
    Set(Vec<Target<'s>>, Id),
    Open(Block<'s>),
    /// `elif` or `else` of the open block.
    Otherwise,
    Close,
    /// `include`, `import`, `from`, `extends`.
    Load(&'s str, Id),
}

/// What is assigned to: a name, or an attribute of a namespace.
#[derive(Debug, Clone)]
pub(super) struct Target<'s> {
    pub(super) name: &'s str,
    pub(super) attribute: Option<&'s str>,
}

#[derive(Debug)]
pub(super) enum Block<'s> {
    For {
        targets: Vec<Target<'s>>,
        values: Id,
    },
    If,
    Macro {
        name: &'s str,
        parameters: Vec<(&'s str, Option<Id>)>,
    },
    /// `set` with a body; whether filters change what it puts out.
    Capture(Vec<Target<'s>>, bool),
    /// `call`, `filter`, `with`, `block`, `autoescape`, `generation` and the like.
    Other,
}

impl Kind<'_> {
    /// Calls `with` for each expression that this one contains.
    pub(super) fn for_parts(&self, mut with: impl FnMut(Id)) {
        let mut all = |arguments: &Arguments<'_>| {
            arguments.positional.iter().for_each(|id| with(*id));
            arguments.named.iter().for_each(|(_, id)| with(*id));
        };
        match self {
            Self::Name(_) | Self::Text(..) | Self::Integer(_) | Self::Literal => {}
            Self::Call(of, arguments) | Self::Test(of, _, arguments) => {
                all(arguments);
                with(*of);
            }
            Self::Filter(of, _, arguments) => {
                all(arguments);
                of.map(&mut with);
            }
            Self::Attribute(of, _) | Self::Negative(of) | Self::Not(of) => with(*of),
            Self::Item(a, b) | Self::Binary(_, a, b) => {
                with(*a);
                with(*b);
            }
            Self::Slice(of, parts) => {
                with(*of);
                parts.iter().flatten().for_each(|id| with(*id));
            }
            Self::Choice { test, yes, no } => {
                with(*test);
                with(*yes);
                no.map(&mut with);
            }
            Self::List(items) => items.iter().for_each(|id| with(*id)),
            Self::Dictionary(pairs) => pairs.iter().for_each(|(key, value)| {
                with(*key);
                with(*value);
            }),
        }
    }
}
