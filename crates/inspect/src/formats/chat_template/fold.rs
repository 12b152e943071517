//! What expressions come to, as far as constants decide it: names that are put together from pieces are seen whole.

mod calls;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use weighbridge_domain::facts::Holder;

use super::syntax::{Id, Kind, Node, Operator, Target};
use super::text_methods;
use super::values::{Computed, Fold, Rest, Value, bounded, combine, items_of, lookup};
pub(super) use calls::output_of;

/// What a call reaches.
#[derive(Debug, Clone, Copy)]
pub(super) enum Called<'t> {
    /// A function or macro by its name.
    Function(&'t str),
    /// A method of a value, by its name.
    Method(Id, &'t str),
    /// Something else.
    Other,
}

/// Folds expressions in the order of the source.
#[derive(Debug)]
pub(super) struct Folder<'t, 's> {
    nodes: &'t [Node<'s>],
    /// What each expression comes to.
    folds: Vec<Fold>,
    /// The attribute, key or variable that each expression's value comes from.
    origins: Vec<Option<Rc<str>>>,
    variables: HashMap<String, (Fold, Option<Rc<str>>)>,
    /// Variables that texts are added to, round by round.
    growing: HashSet<String>,
    macros: HashMap<&'s str, Vec<&'s str>>,
    /// Bytes of text that were put together.
    spent: usize,
    /// Variables that still become more are not followed.
    widening: bool,
    /// What an expression that was not folded comes to.
    unknown: Fold,
}

/// Bytes of text that may be put together for one template.
const ENOUGH: usize = 4 << 20;

/// What every template has and is no data. Nothing of it is looked up by name.
const OBJECTS: &[&str] = &[
    "_",
    "caller",
    "cycler",
    "dict",
    "gettext",
    "joiner",
    "lipsum",
    "loop",
    "namespace",
    "ngettext",
    "raise_exception",
    "range",
    "self",
    "strftime_now",
    "super",
];

impl<'t, 's> Folder<'t, 's> {
    pub(super) fn new(nodes: &'t [Node<'s>]) -> Self {
        Self {
            nodes,
            folds: Vec::new(),
            origins: Vec::new(),
            variables: HashMap::new(),
            growing: HashSet::new(),
            macros: HashMap::new(),
            spent: 0,
            widening: false,
            unknown: Fold::DATA,
        }
    }

    /// Begins again with what is now known of all variables.
    pub(super) fn again(&mut self) {
        self.folds.clear();
        self.origins.clear();
    }

    /// From now on, a variable that becomes more than it was may be any text.
    pub(super) fn widen(&mut self) {
        self.widening = true;
    }

    /// What each item of an expression's value may be.
    pub(super) fn items(&self, id: Id) -> Fold {
        let of = self.fold(id);
        let none = Fold { values: Vec::new(), ..of.clone() };
        of.values.iter().map(items_of).fold(none, |all, one| all.or(&one))
    }

    /// How many expressions were folded.
    pub(super) fn done(&self) -> usize {
        self.folds.len()
    }

    /// Constants stopped being followed: there was too much of them.
    pub(super) fn exhausted(&self) -> bool {
        self.spent > ENOUGH
    }

    pub(super) fn fold(&self, id: Id) -> &Fold {
        self.folds.get(id).unwrap_or(&self.unknown)
    }

    pub(super) fn origin(&self, id: Id) -> Option<Rc<str>> {
        self.origins.get(id).cloned().flatten()
    }

    /// Notes that a variable is what it was before and more, where that is a text.
    pub(super) fn grow(&mut self, target: &Target<'s>, value: Id) {
        if self.fold(value).is_made() && self.mentions(value, target) {
            self.growing.insert(key_of(target));
        }
    }

    /// A part of the expression is this variable.
    fn mentions(&self, id: Id, target: &Target<'s>) -> bool {
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            let Some(node) = self.nodes.get(id) else { continue };
            let found = match (&node.kind, target.attribute) {
                (Kind::Name(name), None) => *name == target.name,
                (Kind::Attribute(of, name), Some(attribute)) => {
                    let of = self.nodes.get(*of).map(|node| &node.kind);
                    *name == attribute && matches!(of, Some(Kind::Name(name)) if *name == target.name)
                }
                _ => false,
            };
            if found {
                return true;
            }
            node.kind.for_parts(|part| waiting.push(part));
        }
        false
    }

    /// What a variable may be.
    fn variable(&self, key: &str) -> Option<Fold> {
        let (fold, _) = self.variables.get(key)?;
        Some(if self.growing.contains(key) { fold.clone().widened().made() } else { fold.clone() })
    }

    /// Notes what a variable may be.
    pub(super) fn assign(&mut self, target: &Target<'_>, fold: &Fold, origin: Option<Rc<str>>) {
        let key = key_of(target);
        match self.variables.get_mut(&key) {
            Some((before, source)) => {
                let mut either = before.or(fold);
                if self.widening && either != *before {
                    either = either.widened();
                }
                *before = either;
                *source = origin.or_else(|| source.take());
            }
            None => {
                self.variables.insert(key, (fold.clone(), origin));
            }
        }
    }

    /// Notes a macro, so that what it is called with becomes known for its parameters.
    pub(super) fn define(&mut self, name: &'s str, parameters: Vec<&'s str>) {
        self.macros.insert(name, parameters);
    }

    pub(super) fn is_macro(&self, name: &str) -> bool {
        self.macros.contains_key(name)
    }

    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// Folds the next expression.
    pub(super) fn next(&mut self) {
        let Some(node) = self.nodes.get(self.folds.len()) else { return };
        let mut fold = if self.exhausted() { self.unfollowed(&node.kind) } else { self.value(&node.kind) };
        let size: usize = fold.texts().map(str::len).sum();
        if !matches!(node.kind, Kind::Text(..)) {
            self.spent = self.spent.saturating_add(size);
        }
        if self.exhausted() {
            fold = self.unfollowed(&node.kind);
        }
        let origin = self.origin_of(&node.kind);
        self.folds.push(fold);
        self.origins.push(origin);
    }

    /// What an expression comes to when constants are followed no longer.
    fn unfollowed(&self, kind: &Kind<'s>) -> Fold {
        let made = |id: &Id| self.fold(*id).is_made();
        match kind {
            Kind::Text(text, _) => Fold::known(Value::text(text)),
            Kind::Binary(Operator::Concatenate, ..) => Fold::BUILT,
            Kind::Binary(_, left, right) if made(left) || made(right) => Fold::BUILT,
            Kind::Filter(Some(of), ..) if made(of) => Fold::BUILT,
            _ => Fold::DATA,
        }
    }

    /// Where the value of an expression comes from.
    fn origin_of(&self, kind: &Kind<'s>) -> Option<Rc<str>> {
        let key = |id: Id| self.fold(id).texts().next().map(Rc::from);
        match kind {
            Kind::Name(name) => {
                let source = self.variables.get(*name).and_then(|(_, origin)| origin.clone());
                Some(source.unwrap_or_else(|| Rc::from(*name)))
            }
            Kind::Attribute(_, name) => Some(Rc::from(*name)),
            Kind::Item(of, name) => key(*name).or_else(|| self.origin(*of)),
            Kind::Slice(of, _) | Kind::Filter(Some(of), ..) | Kind::Negative(of) => self.origin(*of),
            Kind::Call(of, arguments) => match self.called(*of) {
                Called::Method(_, "get" | "pop") => arguments.positional.first().and_then(|id| key(*id)),
                Called::Method(receiver, _) => self.origin(receiver),
                Called::Function(name) if name != "namespace" => Some(Rc::from(name)),
                Called::Function(_) | Called::Other => None,
            },
            Kind::Binary(_, left, right) => self.origin(*left).or_else(|| self.origin(*right)),
            Kind::Choice { yes, no, .. } => self.origin(*yes).or_else(|| no.and_then(|no| self.origin(no))),
            _ => None,
        }
    }

    fn value(&mut self, kind: &Kind<'s>) -> Fold {
        match kind {
            Kind::Text(text, true) => Fold::known(Value::text(text)),
            Kind::Text(_, false) | Kind::Filter(None, ..) => Fold::BUILT,
            Kind::Integer(value) => value.map_or(Fold::NUMBER, |value| Fold::known(Value::Integer(value))),
            Kind::Name(name) => self.name(name),
            Kind::Attribute(of, name) => self.attribute(*of, name),
            Kind::Item(of, key) => self.item(*of, *key),
            Kind::Slice(of, parts) => self.slice(*of, parts),
            Kind::Call(of, arguments) => self.call(*of, arguments),
            Kind::Filter(Some(of), name, arguments) => self.filter(*of, name, arguments),
            Kind::Negative(of) => {
                let negated = self.fold(*of).values.iter().filter_map(|value| match value {
                    Value::Integer(value) => value.checked_neg().map(Value::Integer),
                    _ => None,
                });
                let fold = Fold::of(negated);
                if self.fold(*of).rest == Rest::Nothing && !fold.values.is_empty() {
                    fold
                } else {
                    fold.or(&Fold::NUMBER)
                }
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Kind::Choice { yes, no, .. } => {
                no.map_or_else(|| self.fold(*yes).clone(), |no| mixed(self.fold(*yes), self.fold(no)))
            }
            Kind::List(items) => self.list(items, |items| Value::List(items.into())),
            Kind::Dictionary(pairs) => {
                let all: Vec<Id> = pairs.iter().flat_map(|(key, value)| [*key, *value]).collect();
                self.list(&all, |items| {
                    let (pairs, _) = items.as_chunks::<2>();
                    Value::Dictionary(pairs.iter().map(|[key, value]| (key.clone(), value.clone())).collect())
                })
            }
            Kind::Literal | Kind::Test(..) | Kind::Not(_) => Fold::NUMBER,
        }
    }

    fn name(&self, name: &str) -> Fold {
        let object = OBJECTS.contains(&name) || self.is_macro(name);
        match self.variable(name) {
            // A loop may call its variable `dict`; what hides the others is worth a look.
            Some(fold) if object && !matches!(name, "_" | "dict" | "loop") => fold.or(&Fold::OBJECT),
            Some(fold) => fold,
            None if object => Fold::OBJECT,
            // Special tokens come with the template.
            None if name.ends_with("_token") => Fold { rest: Rest::Built, ..Fold::DATA },
            None => Fold::DATA,
        }
    }

    /// A list or table of what these come to.
    fn list(&self, ids: &[Id], build: impl Fn(Vec<Value>) -> Value) -> Fold {
        let mut fold = Fold::NONE;
        let mut items = Vec::new();
        let mut exact = true;
        for id in ids {
            let item = self.fold(*id);
            fold.rest = fold.rest.max(item.rest);
            fold.computed = fold.computed.max(item.computed);
            if item.holder == Holder::Object {
                fold.holder = Holder::Object;
            }
            exact &= item.only().is_some();
            items.extend(item.values.first().cloned());
        }
        let complete = items.len() == ids.len();
        let value = if complete && ids.len() <= 1024 { bounded(build(items)) } else { None };
        if !exact || value.is_none() {
            let made = ids.iter().any(|id| self.fold(*id).is_made());
            fold.rest = fold.rest.max(if made && complete { Rest::Built } else { Rest::Data });
        }
        fold.values.extend(value);
        fold
    }

    /// The values, when each is one that is known and they are not many.
    fn all(&self, ids: &[Id]) -> Option<Vec<Value>> {
        if ids.len() > 1024 {
            return None;
        }
        ids.iter().map(|id| self.fold(*id).only().cloned()).collect()
    }

    fn attribute(&self, of: Id, name: &str) -> Fold {
        let base = self.fold(of);
        let kind = self.nodes.get(of).map(|node| &node.kind);
        // `namespace.attribute`
        if let Some(Kind::Name(of)) = kind
            && let Some(fold) = self.variable(&format!("{of}.{name}"))
        {
            return fold;
        }
        let key = Value::text(name);
        let found: Vec<_> = base.values.iter().filter_map(|value| lookup(value, &key)).collect();
        if !found.is_empty() {
            let rest = if base.rest == Rest::Nothing { Rest::Nothing } else { base.rest.max(Rest::Data) };
            return Fold { rest, computed: base.computed, holder: base.holder, ..Fold::of(found) };
        }
        match (kind, name) {
            (Some(Kind::Name("loop")), "previtem" | "nextitem") => Fold::DATA,
            (Some(Kind::Name("loop")), _) => Fold::NUMBER,
            (Some(Kind::Name(name)), _) if OBJECTS.contains(name) => Fold::OBJECT,
            // What a namespace or another object has is data as far as is known.
            _ => match base.holder {
                Holder::Constant => Fold { holder: Holder::Constant, ..Fold::DATA },
                _ => Fold::DATA,
            },
        }
    }

    fn item(&self, of: Id, key: Id) -> Fold {
        let (base, keys) = (self.fold(of), self.fold(key));
        let mut fold = Fold { holder: base.holder, computed: base.computed, ..Fold::NONE };
        for value in &base.values {
            let found = keys.values.iter().filter_map(|key| lookup(value, key));
            fold = fold.or(&Fold::of(found));
            if keys.rest != Rest::Nothing {
                fold = fold.or(&items_of(value));
            }
            if matches!(value, Value::Text(_)) {
                fold = fold.made();
            }
        }
        if base.rest != Rest::Nothing {
            // `namespace["attribute"]`
            if let Some(Kind::Name(name)) = self.nodes.get(of).map(|node| &node.kind) {
                let variables = keys.texts().filter_map(|key| self.variable(&format!("{name}.{key}")));
                fold = variables.fold(fold, |all, one| all.or(&one));
            }
            if fold.values.is_empty() || base.rest == Rest::Built {
                fold.rest = fold.rest.max(base.rest);
            }
        } else if fold.values.is_empty() {
            fold.rest = fold.rest.max(Rest::Data);
        }
        // What a name that was put together gives may be anything.
        let computed = keys.computed != Computed::No && keys.rest != Rest::Number;
        let inexact = keys.rest != Rest::Nothing || base.holder != Holder::Data;
        if computed && inexact && keys.is_made() {
            fold.holder = Holder::Object;
        }
        fold
    }

    fn slice(&self, of: Id, parts: &[Option<Id>; 3]) -> Fold {
        let bounds = parts.map(|part| match part {
            None => Some(None),
            Some(id) => match self.fold(id).only() {
                Some(Value::Integer(value)) => Some(Some(*value)),
                _ => None,
            },
        });
        let fold = self.fold(of).map(|value| {
            let [Some(start), Some(stop), Some(step)] = bounds else { return None };
            text_methods::slice(value, start, stop, step.unwrap_or(1))
        });
        if fold.is_made() { fold.made() } else { fold }
    }

    fn binary(&self, operator: Operator, left: Id, right: Id) -> Fold {
        let (a, b) = (self.fold(left), self.fold(right));
        let numbers = |fold: &Fold| {
            fold.rest <= Rest::Number && fold.values.iter().all(|value| matches!(value, Value::Integer(_)))
        };
        match operator {
            Operator::And | Operator::Or => mixed(a, b),
            Operator::Concatenate => combine(a, b, Rest::Built, text_methods::concatenate).made(),
            Operator::Add if numbers(a) || numbers(b) => combine(a, b, Rest::Number, text_methods::add),
            Operator::Add => {
                let rest = if a.is_made() || b.is_made() { Rest::Built } else { Rest::Data };
                let fold = combine(a, b, rest, text_methods::add);
                let fold = Fold { holder: mixed(a, b).holder, ..fold };
                if rest == Rest::Built { fold.made() } else { fold }
            }
            Operator::Multiply if a.is_sized() || b.is_sized() => {
                combine(a, b, Rest::Built, text_methods::multiply).made()
            }
            Operator::Modulo if a.is_made() => combine(a, b, Rest::Built, text_methods::percent).made(),
            Operator::Modulo if !numbers(a) && !numbers(b) => Fold::DATA,
            Operator::Multiply => combine(a, b, Rest::Number, text_methods::multiply),
            Operator::Subtract => combine(a, b, Rest::Number, text_methods::subtract),
            Operator::Power => combine(a, b, Rest::Number, text_methods::power),
            _ => Fold::NUMBER,
        }
    }
}

/// Either of two; a constant that stands in for data is taken as data.
fn mixed(a: &Fold, b: &Fold) -> Fold {
    let mut either = a.or(b);
    if either.holder == Holder::Constant && (a.rest == Rest::Data || b.rest == Rest::Data) {
        either.holder = Holder::Data;
    }
    either
}

/// The name that a target is kept under.
fn key_of(target: &Target<'_>) -> String {
    match target.attribute {
        Some(attribute) => format!("{}.{attribute}", target.name),
        None => target.name.to_owned(),
    }
}
