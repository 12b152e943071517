//! What expressions come to, as far as constants decide it: names that are put together from pieces are seen whole.

use std::collections::HashMap;
use std::rc::Rc;

use super::syntax::{Arguments, Id, Kind, Node, Operator, Target};
use super::text_methods;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(Rc<str>),
    Integer(i64),
    List(Rc<[Self]>),
    Dictionary(Rc<[(Self, Self)]>),
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Rc::from(text))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// What is known of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fold {
    /// Data: nothing.
    Unknown,
    /// A text that the template puts together, but from what is not known.
    Built,
    /// One of these.
    Known(Vec<Value>),
}

/// Values kept for one expression.
const MOST: usize = 8;

impl Fold {
    fn of(value: Option<Value>) -> Self {
        value.map_or(Self::Unknown, |value| Self::Known(vec![value]))
    }

    pub(super) fn values(&self) -> &[Value] {
        if let Self::Known(values) = self { values } else { &[] }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.values().iter().filter_map(Value::as_text)
    }

    /// Either of two.
    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => {
                let mut values = a.clone();
                for value in b {
                    if values.len() < MOST && !values.contains(value) {
                        values.push(value.clone());
                    }
                }
                Self::Known(values)
            }
            (Self::Known(known), _) | (_, Self::Known(known)) => Self::Known(known.clone()),
            (Self::Built, _) | (_, Self::Built) => Self::Built,
            _ => Self::Unknown,
        }
    }

    /// The value of a function of this.
    fn map(&self, apply: impl Fn(&Value) -> Option<Value>) -> Self {
        match self {
            Self::Known(values) => {
                let values: Vec<_> = values.iter().filter_map(apply).collect();
                if values.is_empty() { Self::Built } else { Self::Known(values) }
            }
            other => other.clone(),
        }
    }
}

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
    pub(super) folds: Vec<Fold>,
    /// The attribute, key or variable that each expression's value comes from.
    pub(super) origins: Vec<Option<Rc<str>>>,
    variables: HashMap<String, (Fold, Option<Rc<str>>)>,
    macros: HashMap<&'s str, Vec<&'s str>>,
    /// Bytes of text that were put together.
    spent: usize,
}

/// Bytes of text that may be put together for one template.
const ENOUGH: usize = 4 << 20;

impl<'t, 's> Folder<'t, 's> {
    pub(super) fn new(nodes: &'t [Node<'s>]) -> Self {
        Self {
            nodes,
            folds: Vec::new(),
            origins: Vec::new(),
            variables: HashMap::new(),
            macros: HashMap::new(),
            spent: 0,
        }
    }

    /// Begins again with what is now known of all variables.
    pub(super) fn again(&mut self) {
        self.folds.clear();
        self.origins.clear();
    }

    /// What each item of an expression's value may be.
    pub(super) fn items(&self, id: Id) -> Fold {
        match self.fold(id) {
            Fold::Known(values) => values.iter().map(items_of).fold(Fold::Unknown, |all, one| all.or(&one)),
            other => other.clone(),
        }
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
        self.folds.get(id).unwrap_or(&Fold::Unknown)
    }

    pub(super) fn origin(&self, id: Id) -> Option<Rc<str>> {
        self.origins.get(id).cloned().flatten()
    }

    /// Notes what a variable may be.
    pub(super) fn assign(&mut self, target: &Target<'s>, fold: &Fold, origin: Option<Rc<str>>) {
        let key = match target.attribute {
            Some(attribute) => format!("{}.{attribute}", target.name),
            None => target.name.to_owned(),
        };
        match self.variables.get_mut(&key) {
            Some((before, source)) => {
                *before = before.or(fold);
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
        let mut fold = if self.exhausted() { Fold::Built } else { self.value(&node.kind) };
        let size: usize = fold.texts().map(str::len).sum();
        if !matches!(node.kind, Kind::Text(..)) {
            self.spent = self.spent.saturating_add(size);
        }
        if self.exhausted() {
            fold = Fold::Built;
        }
        let origin = self.origin_of(&node.kind);
        self.folds.push(fold);
        self.origins.push(origin);
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
                Called::Function(name) => Some(Rc::from(name)),
                Called::Other => None,
            },
            Kind::Binary(_, left, right) => self.origin(*left).or_else(|| self.origin(*right)),
            Kind::Choice { yes, no, .. } => self.origin(*yes).or_else(|| no.and_then(|no| self.origin(no))),
            _ => None,
        }
    }

    fn value(&mut self, kind: &Kind<'s>) -> Fold {
        match kind {
            Kind::Text(text, true) => Fold::of(Some(Value::text(text))),
            Kind::Text(_, false) => Fold::Built,
            Kind::Integer(value) => Fold::of(value.map(Value::Integer)),
            Kind::Name(name) => self.variables.get(*name).map_or(Fold::Unknown, |(fold, _)| fold.clone()),
            Kind::Attribute(of, name) => self.attribute(*of, name),
            Kind::Item(of, key) => self.item(*of, *key),
            Kind::Slice(of, parts) => self.slice(*of, parts),
            Kind::Call(of, arguments) => self.call(*of, arguments),
            Kind::Filter(Some(of), name, arguments) => self.filter(*of, name, arguments),
            Kind::Negative(of) => self.fold(*of).map(|value| match value {
                Value::Integer(value) => value.checked_neg().map(Value::Integer),
                _ => None,
            }),
            Kind::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Kind::Choice { yes, no, .. } => {
                no.map_or_else(|| self.fold(*yes).clone(), |no| self.fold(*yes).or(self.fold(no)))
            }
            Kind::List(items) => {
                self.all(items).map_or(Fold::Unknown, |items| Fold::Known(vec![Value::List(items.into())]))
            }
            Kind::Dictionary(pairs) => {
                let keys: Vec<_> = pairs.iter().map(|(key, _)| *key).collect();
                let values: Vec<_> = pairs.iter().map(|(_, value)| *value).collect();
                match (self.all(&keys), self.all(&values)) {
                    (Some(keys), Some(values)) => {
                        let pairs: Vec<_> = keys.into_iter().zip(values).collect();
                        Fold::Known(vec![Value::Dictionary(pairs.into())])
                    }
                    _ => Fold::Unknown,
                }
            }
            Kind::Literal | Kind::Test(..) | Kind::Not(_) | Kind::Filter(None, ..) => Fold::Unknown,
        }
    }

    /// The first value of each, when all are known and not many.
    fn all(&self, ids: &[Id]) -> Option<Vec<Value>> {
        if ids.len() > 1024 {
            return None;
        }
        ids.iter().map(|id| self.fold(*id).values().first().cloned()).collect()
    }

    fn attribute(&self, of: Id, name: &str) -> Fold {
        let fold = self.fold(of).map(|value| lookup(value, &Value::text(name)));
        if let Fold::Known(_) = fold {
            return fold;
        }
        // `namespace.attribute`: the variable's own name is its origin.
        let key = self.origin(of).map(|origin| format!("{origin}.{name}"));
        key.and_then(|key| self.variables.get(&key)).map_or(Fold::Unknown, |(fold, _)| fold.clone())
    }

    fn item(&self, of: Id, key: Id) -> Fold {
        match (self.fold(of), self.fold(key)) {
            (Fold::Known(values), Fold::Known(keys)) => {
                let found: Vec<_> = values
                    .iter()
                    .flat_map(|value| keys.iter().filter_map(move |key| lookup(value, key)))
                    .take(MOST)
                    .collect();
                if found.is_empty() { Fold::Unknown } else { Fold::Known(found) }
            }
            // Some item of constants.
            (Fold::Known(_), _) => self.items(of),
            (Fold::Built, _) => Fold::Built,
            (_, Fold::Known(keys)) => keys
                .iter()
                .filter_map(Value::as_text)
                .map(|key| self.attribute(of, key))
                .fold(Fold::Unknown, |all, one| all.or(&one)),
            _ => Fold::Unknown,
        }
    }

    fn slice(&self, of: Id, parts: &[Option<Id>; 3]) -> Fold {
        let bounds = parts.map(|part| match part {
            None => Some(None),
            Some(id) => match self.fold(id).values() {
                [Value::Integer(value)] => Some(Some(*value)),
                _ => None,
            },
        });
        self.fold(of).map(|value| {
            let [Some(start), Some(stop), Some(step)] = bounds else { return None };
            text_methods::slice(value, start, stop, step.unwrap_or(1))
        })
    }

    fn call(&mut self, of: Id, arguments: &Arguments<'s>) -> Fold {
        let (receiver, method) = match self.called(of) {
            Called::Function(name) => {
                if let Some(parameters) = self.macros.get(name).cloned() {
                    self.bind(&parameters, arguments);
                    return Fold::Unknown;
                }
                if name == "dict" {
                    let pairs = arguments.named.iter().map(|(name, id)| {
                        let value = self.fold(*id).values().first().cloned();
                        (Value::text(name), value.unwrap_or_else(|| Value::text("")))
                    });
                    return Fold::Known(vec![Value::Dictionary(pairs.collect())]);
                }
                return Fold::Unknown;
            }
            Called::Method(receiver, method) => (receiver, method),
            Called::Other => return Fold::Unknown,
        };
        self.apply(receiver, method, arguments)
    }

    /// A method of a text, or the filter of the same name.
    fn apply(&self, receiver: Id, name: &str, arguments: &Arguments<'s>) -> Fold {
        let builds = matches!(name, "join" | "format" | "format_map" | "replace" | "decode" | "string");
        let unknown =
            if builds && self.fold(receiver) != &Fold::Unknown { Fold::Built } else { Fold::Unknown };
        match (self.fold(receiver), self.all(&arguments.positional)) {
            (Fold::Known(values), Some(given)) => {
                let named: Vec<_> = arguments
                    .named
                    .iter()
                    .filter_map(|(name, id)| Some((*name, self.fold(*id).values().first().cloned()?)))
                    .collect();
                let found: Vec<_> = values
                    .iter()
                    .filter_map(|value| text_methods::apply(value, name, &given, &named))
                    .collect();
                if found.is_empty() { unknown } else { Fold::Known(found) }
            }
            (Fold::Built, _) => Fold::Built,
            _ => unknown,
        }
    }

    fn filter(&self, of: Id, name: &str, arguments: &Arguments<'s>) -> Fold {
        match name {
            "default" | "d" => {
                let other = arguments.positional.first().map_or(Fold::Unknown, |id| self.fold(*id).clone());
                self.fold(of).or(&other)
            }
            "first" | "last" | "random" | "min" | "max" => {
                let items = self.fold(of).values().iter().map(|value| match (name, value) {
                    ("first", Value::List(items)) => Fold::of(items.first().cloned()),
                    ("last", Value::List(items)) => Fold::of(items.last().cloned()),
                    _ => items_of(value),
                });
                items.fold(Fold::Unknown, |all, one| all.or(&one))
            }
            "list" | "e" | "escape" | "forceescape" | "safe" | "unique" | "sort" | "map" | "select"
            | "reject" => self.fold(of).clone(),
            // `a|join` of what is not known is put together all the same.
            "join" if self.fold(of) == &Fold::Unknown => Fold::Built,
            _ => self.apply(of, name, arguments),
        }
    }

    fn binary(&self, operator: Operator, left: Id, right: Id) -> Fold {
        let (a, b) = (self.fold(left), self.fold(right));
        match operator {
            Operator::And | Operator::Or => a.or(b),
            Operator::Concatenate => combine(a, b, text_methods::concatenate).unwrap_or(Fold::Built),
            Operator::Add => combine(a, b, text_methods::add).unwrap_or_else(|| {
                let text = |fold: &Fold| *fold == Fold::Built || fold.texts().next().is_some();
                if text(a) || text(b) { Fold::Built } else { Fold::Unknown }
            }),
            Operator::Multiply => combine(a, b, text_methods::multiply).unwrap_or(Fold::Unknown),
            Operator::Subtract => combine(a, b, text_methods::subtract).unwrap_or(Fold::Unknown),
            Operator::Modulo if a.texts().next().is_some() => {
                combine(a, b, text_methods::percent).unwrap_or(Fold::Built)
            }
            _ => Fold::Unknown,
        }
    }

    fn bind(&mut self, parameters: &[&'s str], arguments: &Arguments<'s>) {
        let positional = parameters.iter().copied().zip(arguments.positional.iter().copied());
        let given: Vec<_> = positional.chain(arguments.named.iter().copied()).collect();
        for (name, id) in given {
            let (fold, origin) = (self.fold(id).clone(), self.origin(id));
            self.assign(&Target { name, attribute: None }, &fold, origin);
        }
    }

    /// What a call of this expression reaches.
    pub(super) fn called(&self, of: Id) -> Called<'t> {
        match self.nodes.get(of).map(|node| &node.kind) {
            Some(Kind::Name(name)) => Called::Function(name),
            Some(Kind::Attribute(receiver, name)) => Called::Method(*receiver, name),
            Some(Kind::Item(receiver, key)) => match self.nodes.get(*key).map(|node| &node.kind) {
                Some(Kind::Text(name, _)) => Called::Method(*receiver, name),
                _ => Called::Other,
            },
            _ => Called::Other,
        }
    }
}

/// Either of the items of a value.
fn items_of(value: &Value) -> Fold {
    let items: Vec<_> = match value {
        Value::List(items) => items.iter().take(MOST).cloned().collect(),
        Value::Dictionary(pairs) => pairs.iter().take(MOST).map(|(_, value)| value.clone()).collect(),
        Value::Text(text) => {
            text.chars().take(MOST).map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect()
        }
        Value::Integer(_) => Vec::new(),
    };
    if items.is_empty() { Fold::Unknown } else { Fold::Known(items) }
}

fn lookup(value: &Value, key: &Value) -> Option<Value> {
    match (value, key) {
        (Value::Dictionary(pairs), key) => {
            pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value.clone())
        }
        (_, Value::Integer(index)) => text_methods::index(value, *index),
        _ => None,
    }
}

/// All combinations of two sets of values; nothing when there are none.
fn combine(a: &Fold, b: &Fold, apply: fn(&Value, &Value) -> Option<Value>) -> Option<Fold> {
    let pairs = a.values().iter().flat_map(|a| b.values().iter().map(move |b| (a, b)));
    let values: Vec<_> = pairs.filter_map(|(a, b)| apply(a, b)).take(MOST).collect();
    if values.is_empty() { None } else { Some(Fold::Known(values)) }
}
