//! What gets a name: assignments to names, attributes and items, and patterns of `match`.

use std::borrow::Cow;
use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, Pattern};

use super::Reader;
use crate::formats::python::fold;
use crate::formats::python::value::{Given, Value};

/// The longest name of an attribute or item of a variable.
const LONGEST_KEY: usize = 128;

impl<'a> Reader<'a> {
    pub(in crate::formats::python) fn bind(&mut self, name: impl Into<Cow<'a, str>>, value: Value) {
        let name = name.into();
        if !self.spend_bindings(1) {
            return;
        }
        let perhaps = self.perhaps > 0;
        let of_file = self.scopes.get(self.scope).is_some_and(|scope| scope.of_file.contains(&*name));
        let scope = if of_file { 0 } else { self.scope };
        if let Some(class) = self.body_of.and_then(|class| self.classes.get_mut(class))
            && value.is_known()
            && let Cow::Borrowed(name) = name
        {
            class.attributes.insert(name, value.clone());
        }
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.bind(name, value, perhaps);
        }
    }

    /// Binds a name of the file, from wherever it is.
    fn bind_in_file(&mut self, name: String, value: Value) {
        if !self.spend_bindings(1) {
            return;
        }
        let perhaps = self.perhaps > 0;
        if let Some(scope) = self.scopes.first_mut() {
            scope.bind(Cow::Owned(name), value, perhaps);
        }
    }

    /// Gives what stands on the left of an assignment a value.
    pub(in crate::formats::python) fn assign(&mut self, target: &'a Expr, value: &Value) {
        match target {
            Expr::Name(name) => self.bind(&*name.id, value.clone()),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                self.unpack(elts, value);
            }
            Expr::Attribute(attribute) if value.is_known() => {
                let object = self.value(&attribute.value);
                self.set_attribute(&object, &attribute.value, &attribute.attr, value);
                if let Value::Instance(class) | Value::Class(class) = object
                    && let Some(class) = self.classes.get_mut(class)
                {
                    class.attributes.insert(&attribute.attr, value.clone());
                }
            }
            Expr::Subscript(subscript) if value.matters() => {
                let index = self.value(&subscript.slice);
                let Value::Text(key) = &index else {
                    return self.place(&subscript.value, &index, value);
                };
                match self.value(&subscript.value) {
                    Value::Globals => self.bind_in_file(key.to_string(), value.clone()),
                    Value::Name(name) if &*name == "sys.modules" => {
                        self.bind_in_file(format!("sys.modules[{key}]"), value.clone());
                    }
                    Value::Name(name) | Value::Names(name) if &*name == "builtins" => {
                        self.bind_in_file(key.to_string(), value.clone());
                    }
                    _ => self.place(&subscript.value, &index, value),
                }
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value) {
        let items = match value {
            Value::Items(_, items) => items.to_vec(),
            _ => Vec::new(),
        };
        if !self.spend(items.len().saturating_mul(16)) {
            return;
        }
        let starred = targets.iter().position(Expr::is_starred_expr);
        let fits = match starred {
            Some(_) => items.len().saturating_add(1) >= targets.len(),
            None => items.len() == targets.len(),
        };
        let taken = items.len().saturating_add(1).saturating_sub(targets.len());
        for (index, target) in targets.iter().enumerate() {
            let behind = starred.is_some_and(|starred| index > starred);
            let at = if behind { index.saturating_add(taken).saturating_sub(1) } else { index };
            // Targets are as deep as brackets.
            let value = items.get(at).filter(|_| fits).unwrap_or(&Value::Unknown);
            match target {
                Expr::Starred(starred) => {
                    let all = items.get(at..at.saturating_add(taken)).filter(|_| fits);
                    let all = all.map_or(Value::Unknown, |all| Value::items("list", all.to_vec()));
                    if let Expr::Name(name) = &*starred.value {
                        self.bind(&*name.id, all);
                    }
                }
                Expr::Tuple(_) | Expr::List(_) => {
                    if self.depth < 100 {
                        self.depth = self.depth.saturating_add(1);
                        self.assign(target, value);
                        self.depth = self.depth.saturating_sub(1);
                    }
                }
                target => self.assign(target, value),
            }
        }
    }

    /// `object.name = value`, as far as it is not told of the classes of the file.
    fn set_attribute(&mut self, object: &Value, written: &'a Expr, name: &str, value: &Value) {
        match object {
            Value::Name(module) if &**module == "builtins" => {
                self.bind_in_file(name.to_owned(), value.clone());
            }
            Value::Class(_) | Value::Instance(_) => {}
            _ if value.matters() => self.place(written, &Value::text(name), value),
            _ => {}
        }
    }

    /// `setattr(object, name, value)`
    pub(in crate::formats::python) fn set_by_name(&mut self, call: &'a ast::ExprCall, arguments: &[Given]) {
        if let ([written, ..], [(_, object), (_, Value::Text(name)), (_, value)]) =
            (&*call.arguments.args, arguments)
        {
            self.set_attribute(&object.clone(), written, name, value);
        }
    }

    /// `globals().update({…})`
    pub(in crate::formats::python) fn bind_all(&mut self, items: &[Value]) {
        for pair in items.chunks_exact(2).take(64) {
            if let [Value::Text(name), value] = pair {
                self.bind_in_file(name.to_string(), value.clone());
            }
        }
    }

    /// Remembers what an attribute or item of a variable is.
    fn place(&mut self, object: &'a Expr, key: &Value, value: &Value) {
        if let Some(key) = key_of(object, key) {
            self.placed = true;
            self.bind(key, value.clone());
        }
    }

    /// What an attribute or item of a variable was given.
    pub(in crate::formats::python) fn placed_at(&mut self, object: &'a Expr, key: &Value) -> Option<Value> {
        if !self.placed {
            return None;
        }
        let key = key_of(object, key)?;
        Some(self.lookup(&key)).filter(Value::is_known)
    }

    /// `items.append(value)`
    pub(in crate::formats::python) fn appended(&mut self, call: &'a ast::ExprCall) {
        let Expr::Attribute(function) = &*call.func else { return };
        if !matches!(&*function.attr, "add" | "append" | "appendleft" | "insert") {
            return;
        }
        if let (Expr::Name(name), Some(value)) = (&*function.value, call.arguments.args.last())
            && let Value::Items(kind, items) = self.value(&function.value)
            && kind != "dict"
            && items.len() < 64
        {
            let value = self.value(value);
            if value.matters() {
                let first = matches!(&*function.attr, "appendleft" | "insert");
                let mut items = items.to_vec();
                items.insert(if first { 0 } else { items.len() }, value);
                self.bind(&*name.id, Value::items("list", items));
            }
        }
    }

    /// Gives the names in a pattern what they stand for.
    pub(super) fn capture(&mut self, pattern: &'a Pattern, value: &Value, depth: usize) {
        let Some(deeper) = depth.checked_sub(1) else { return };
        match pattern {
            Pattern::MatchAs(ast::PatternMatchAs { pattern, name, .. }) => {
                if let Some(name) = name {
                    self.bind(name.as_str(), value.clone());
                }
                if let Some(pattern) = pattern {
                    self.capture(pattern, value, deeper);
                }
            }
            Pattern::MatchOr(either) => {
                for pattern in &either.patterns {
                    self.capture(pattern, value, deeper);
                }
            }
            Pattern::MatchClass(class) => {
                for keyword in &class.arguments.keywords {
                    let value = self.attribute_of(value, &keyword.attr);
                    self.capture(&keyword.pattern, &value, deeper);
                }
                if let [pattern] = &*class.arguments.patterns {
                    self.capture(pattern, value, deeper);
                }
            }
            Pattern::MatchMapping(mapping) => {
                for (key, pattern) in mapping.keys.iter().zip(&mapping.patterns) {
                    let key = self.value(key);
                    let value = self.item_of(value, &key);
                    self.capture(pattern, &value, deeper);
                }
            }
            Pattern::MatchSequence(sequence) => {
                let items = fold::items_of(value).unwrap_or_default();
                let rests = sequence.patterns.iter().filter(|one| one.is_match_star()).count();
                if !self.spend(items.len().saturating_mul(rests.saturating_add(1)).saturating_mul(32)) {
                    return;
                }
                for (at, pattern) in sequence.patterns.iter().enumerate() {
                    if let Pattern::MatchStar(star) = pattern
                        && let Some(name) = &star.name
                    {
                        let rest: Rc<[Value]> = items.iter().skip(at).cloned().collect();
                        self.bind(name.as_str(), Value::Items("list", rest));
                    }
                    let value = items.get(at).unwrap_or(&Value::Unknown);
                    self.capture(pattern, value, deeper);
                }
            }
            _ => {}
        }
    }
}

/// A name for an attribute or item of a variable, which no variable can have.
fn key_of(object: &Expr, key: &Value) -> Option<String> {
    let key = match key {
        Value::Text(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        _ => return None,
    };
    let mut path = key;
    let mut object = object;
    for _ in 0..4 {
        if path.len() > LONGEST_KEY {
            return None;
        }
        match object {
            Expr::Name(name) => return Some(format!("{}[{path}]", name.id)),
            Expr::Attribute(attribute) => {
                path = format!("{}][{path}", attribute.attr);
                object = &attribute.value;
            }
            _ => return None,
        }
    }
    None
}
