//! What an expression of a file comes to: names through imports and assignments, constants through what is done to them.

mod calls;
mod returns;

use std::borrow::Cow;
use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, FStringPart, InterpolatedStringElement, Number, UnaryOp};

use super::fold;
use super::reader::Reader;
use super::value::{ANY, LONGEST, MOST_ITEMS, Value};

/// Levels of an expression that are followed.
const DEEPEST: usize = 24;
/// The class of all objects.
const OBJECT: &str = "builtins.object";

impl<'a> Reader<'a> {
    /// What an expression comes to.
    pub(super) fn value(&mut self, expression: &'a Expr) -> Value {
        self.evaluate(expression, DEEPEST)
    }

    /// What `target += value` comes to.
    pub(super) fn added(&mut self, target: &'a Expr, operator: ast::Operator, value: &'a Expr) -> Value {
        let left = match target {
            Expr::Name(name) => self.lookup(&name.id),
            _ => Value::Unknown,
        };
        let right = self.value(value);
        self.folded(operator, &left, &right)
    }

    fn folded(&mut self, operator: ast::Operator, left: &Value, right: &Value) -> Value {
        if !self.spend(cost(left).saturating_add(cost(right))) {
            return Value::Unknown;
        }
        let value = fold::binary(operator, left, right);
        self.spend(cost(&value));
        value
    }

    fn evaluate(&mut self, expression: &'a Expr, depth: usize) -> Value {
        let Some(deeper) = depth.checked_sub(1) else { return Value::Unknown };
        if !self.spend(4) {
            return Value::Unknown;
        }
        match expression {
            Expr::Name(name) => self.lookup(&name.id),
            Expr::Attribute(attribute) => {
                if self.placed
                    && let Some(value) = self.placed_at(&attribute.value, &Value::text(&attribute.attr))
                {
                    return value;
                }
                let object = self.evaluate(&attribute.value, deeper);
                // What the language brings along says where it is from.
                if matches!(object, Value::Unknown)
                    && &*attribute.attr == "__self__"
                    && attribute.value.is_name_expr()
                {
                    return Value::name("builtins");
                }
                if let Value::Instance(class) = object
                    && self.properties
                    && let Some(method) = self.method(class, &attribute.attr)
                    && self.codes.get(method).copied().flatten().is_some_and(|code| code.is_property)
                {
                    return self.returned(method, &[], deeper);
                }
                self.attribute_of(&object, &attribute.attr)
            }
            Expr::Call(call) => self.result(call, deeper),
            Expr::StringLiteral(text) => Value::text(text.value.to_str()),
            Expr::BytesLiteral(literal) => match literal.value.as_slice() {
                [one] => Value::bytes(one.as_slice()),
                _ => Value::bytes(&literal.value.bytes().take(LONGEST).collect::<Vec<u8>>()),
            },
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(number) => number.as_i64().map_or(Value::Unknown, Value::Int),
                _ => Value::Unknown,
            },
            Expr::BooleanLiteral(literal) => Value::Word(if literal.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => Value::Word("None"),
            Expr::UnaryOp(ast::ExprUnaryOp { op: UnaryOp::USub, operand, .. }) => {
                match self.evaluate(operand, deeper) {
                    Value::Int(number) => number.checked_neg().map_or(Value::Unknown, Value::Int),
                    _ => Value::Unknown,
                }
            }
            Expr::BinOp(_) => self.chain(expression, deeper),
            Expr::FString(literal) => self.interpolated(literal, deeper),
            Expr::Subscript(subscript) => self.item(subscript, deeper),
            Expr::List(ast::ExprList { elts, .. }) => self.items("list", elts, deeper),
            Expr::Tuple(ast::ExprTuple { elts, .. }) => self.items("tuple", elts, deeper),
            Expr::Set(ast::ExprSet { elts, .. }) => self.items("set", elts, deeper),
            Expr::Dict(dict) => {
                let mut items = Vec::new();
                for item in dict.items.iter().take(64) {
                    let Some(key) = &item.key else {
                        if let Value::Items("dict", more) = self.evaluate(&item.value, deeper) {
                            items.extend(more.iter().cloned());
                        }
                        continue;
                    };
                    items.push(self.evaluate(key, deeper));
                    items.push(self.evaluate(&item.value, deeper));
                }
                Value::items("dict", items)
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                self.comprehended(elt, generators, deeper)
            }
            Expr::Named(named) => self.evaluate(&named.value, deeper),
            Expr::Await(ast::ExprAwait { value, .. }) | Expr::Starred(ast::ExprStarred { value, .. }) => {
                self.evaluate(value, deeper)
            }
            Expr::If(ast::ExprIf { body, orelse, .. }) => {
                let value = self.evaluate(body, deeper);
                if value.is_known() { value } else { self.evaluate(orelse, deeper) }
            }
            Expr::BoolOp(operation) => {
                let values = operation.values.iter().take(8);
                let mut known = Value::Unknown;
                for value in values {
                    known = self.evaluate(value, deeper);
                    if known.is_known() {
                        break;
                    }
                }
                known
            }
            _ => Value::Unknown,
        }
    }

    /// What a name stands for.
    pub(super) fn lookup(&mut self, name: &str) -> Value {
        let mut scope = self.scope;
        let mut own = true;
        for _ in 0..64 {
            let Some(names) = self.scopes.get(scope) else { break };
            let found = if own { names.now(name) } else { names.ever(name) };
            if let Some(value) = found {
                return value.clone();
            }
            let Some(outer) = names.outer else { break };
            scope = outer;
            own = false;
        }
        match name {
            "get_ipython" => Value::name("IPython.get_ipython"),
            "__builtins__" => Value::name("builtins"),
            _ if calls::BUILTINS.binary_search(&name).is_ok() => Value::name(&format!("builtins.{name}")),
            _ => Value::Unknown,
        }
    }

    /// `object.name`
    pub(super) fn attribute_of(&mut self, object: &Value, name: &str) -> Value {
        // What a function or a frame knows of the file it is from.
        match (object, name) {
            (_, "f_builtins" | "__builtins__") => return Value::Names(Rc::from("builtins")),
            (Value::Function(_), "__globals__" | "func_globals") => return Value::Globals,
            (Value::Name(path), "__globals__" | "func_globals") => {
                let module = path.rsplit_once('.').map_or(ANY, |(module, _)| module);
                let module = if path.starts_with("builtins.object") { ANY } else { module };
                return Value::Names(Rc::from(module));
            }
            (_, "__globals__" | "f_globals" | "f_locals" | "func_globals") => {
                return Value::Names(Rc::from(ANY));
            }
            (Value::Name(_) | Value::Function(_), "__call__" | "__func__" | "__wrapped__") => {
                return object.clone();
            }
            _ => {}
        }
        match object {
            Value::Name(module) if name == "__dict__" => Value::Names(Rc::clone(module)),
            Value::Name(path) if name == "__self__" => {
                path.rsplit_once('.').map_or(Value::Unknown, |(module, _)| Value::name(module))
            }
            Value::Name(path)
                if &**path == OBJECT && matches!(name, "__base__" | "__bases__" | "__mro__" | "mro") =>
            {
                object.clone()
            }
            Value::Name(module) => Value::inside(module, name),
            Value::Class(class) | Value::Instance(class) => match self.method(*class, name) {
                Some(method) => Value::Function(method),
                None => self.attribute(*class, name).unwrap_or(Value::Unknown),
            },
            // What is read off a result is as good as the result.
            Value::Made(_) if matches!(name, "text" | "content" | "data" | "stdout" | "body") => {
                object.clone()
            }
            Value::Made(made) => Value::name(&format!("{}.{name}", made.callee)),
            Value::Text(_) | Value::Bytes(_) | Value::Items(..) | Value::Int(_) | Value::Word(_)
                if name == "__class__" =>
            {
                Value::name(OBJECT)
            }
            _ => Value::Unknown,
        }
    }

    /// A sum is as deep as it is long: its parts are taken one after the other.
    fn chain(&mut self, expression: &'a Expr, depth: usize) -> Value {
        let mut parts = Vec::new();
        let mut first = expression;
        while let Expr::BinOp(ast::ExprBinOp { left, op, right, .. }) = first {
            if parts.len() >= MOST_ITEMS {
                return Value::Unknown;
            }
            parts.push((*op, &**right));
            first = left;
        }
        let mut value = self.evaluate(first, depth);
        for (operator, right) in parts.into_iter().rev() {
            if matches!(value, Value::Unknown) && operator != ast::Operator::Add {
                return Value::Unknown;
            }
            let right = self.evaluate(right, depth);
            value = self.folded(operator, &value, &right);
        }
        value
    }

    fn interpolated(&mut self, literal: &'a ast::ExprFString, depth: usize) -> Value {
        let mut out = String::new();
        let mut whole = true;
        for part in literal.value.as_slice() {
            match part {
                FStringPart::Literal(text) => out.push_str(text.as_str()),
                FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        match element {
                            InterpolatedStringElement::Literal(text) => out.push_str(&text.value),
                            InterpolatedStringElement::Interpolation(inner) => {
                                match self.evaluate(&inner.expression, depth) {
                                    Value::Text(text) => out.push_str(&text),
                                    Value::Int(number) => out.push_str(&number.to_string()),
                                    other => {
                                        whole = false;
                                        out.push_str(other.as_pieces().unwrap_or("{}"));
                                    }
                                }
                            }
                        }
                        if out.len() > LONGEST {
                            return Value::Unknown;
                        }
                    }
                }
            }
        }
        self.spend(out.len());
        if whole { Value::text(&out) } else { fold::pieces(&out) }
    }

    fn items(&mut self, kind: &'static str, items: &'a [Expr], depth: usize) -> Value {
        if items.len() > MOST_ITEMS || !self.spend(items.len().saturating_mul(32)) {
            return Value::Unknown;
        }
        Value::items(kind, items.iter().map(|item| self.evaluate(item, depth)).collect())
    }

    /// `[… for name in items]`, for items that are known.
    fn comprehended(
        &mut self,
        element: &'a Expr,
        generators: &'a [ast::Comprehension],
        depth: usize,
    ) -> Value {
        let [ast::Comprehension { target, iter, ifs, .. }] = generators else { return Value::Unknown };
        let items = self.evaluate(iter, depth);
        let Some(items) = fold::items_of(&items) else { return Value::Unknown };
        let outer = self.scope;
        self.scopes.push(super::scope::Scope::inside(outer));
        self.scope = self.scopes.len().saturating_sub(1);
        let mut values = Vec::new();
        for item in items {
            if !self.spend(256) {
                break;
            }
            if let (Expr::Name(target), Some(scope)) = (target, self.scopes.get_mut(self.scope)) {
                scope.bind(Cow::Borrowed(&*target.id), item, false);
            } else {
                self.assign(target, &item);
            }
            values.push(self.evaluate(element, depth));
        }
        self.scopes.pop();
        self.scope = outer;
        if !ifs.is_empty() {
            // Which of them it takes is not known; it may be any that matters.
            if values.iter().any(|value| value.as_pieces().is_some()) {
                return Value::Unknown;
            }
            values.retain(Value::matters);
        }
        Value::items("list", values)
    }

    /// `value[index]`
    fn item(&mut self, subscript: &'a ast::ExprSubscript, depth: usize) -> Value {
        if self.placed {
            let index = self.evaluate(&subscript.slice, depth);
            if let Some(value) = self.placed_at(&subscript.value, &index) {
                return value;
            }
        }
        let value = self.evaluate(&subscript.value, depth);
        if matches!(value, Value::Unknown) {
            return Value::Unknown;
        }
        if let Expr::Slice(slice) = &*subscript.slice {
            let mut number = |part: &'a Option<Box<Expr>>| {
                let Some(part) = part else { return Some(None) };
                match self.evaluate(part, depth) {
                    Value::Int(number) => Some(Some(number)),
                    Value::Word("None") => Some(None),
                    _ => None,
                }
            };
            let bounds = (number(&slice.lower), number(&slice.upper), number(&slice.step));
            let goes_on = self.spend(cost(&value));
            return match bounds {
                (Some(lower), Some(upper), Some(step)) if goes_on => fold::sliced(&value, lower, upper, step),
                _ => Value::Unknown,
            };
        }
        let index = self.evaluate(&subscript.slice, depth);
        self.item_of(&value, &index)
    }

    /// `value[index]`, of values.
    pub(super) fn item_of(&mut self, value: &Value, index: &Value) -> Value {
        match (value, index) {
            (Value::Names(module), Value::Text(name)) => Value::among(module, name),
            (Value::Name(module), Value::Text(name))
                if matches!(&**module, "builtins" | "builtins.__builtins__") =>
            {
                Value::name(&format!("builtins.{name}"))
            }
            (Value::Name(modules), Value::Text(name)) if &**modules == "sys.modules" => Value::name(name),
            (Value::Name(path), _) if &**path == OBJECT => value.clone(),
            (Value::Name(mapping), _) if &**mapping == "os.environ" => {
                Value::made("os.environ", vec![(None, index.clone())])
            }
            (Value::Globals, Value::Text(name)) => self.global(name),
            (Value::Items("dict", _), key) => fold::of_dict(value, key),
            (Value::Items(_, items), Value::Int(at)) => fold::at_index(items, *at),
            (Value::Bytes(_) | Value::Text(_), Value::Int(at)) => {
                let end = if *at == -1 { None } else { at.checked_add(1) };
                match (value, fold::sliced(value, Some(*at), end, None)) {
                    (Value::Text(_), one) => one,
                    (_, one) => fold::items_of(&one)
                        .and_then(|items| items.into_iter().next())
                        .unwrap_or(Value::Unknown),
                }
            }
            (Value::Made(_), _) => value.clone(),
            _ => Value::Unknown,
        }
    }

    /// `globals()[name]`
    fn global(&mut self, name: &str) -> Value {
        let outer = std::mem::replace(&mut self.scope, 0);
        let value = self.lookup(name);
        self.scope = outer;
        value
    }
}

fn cost(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Pieces(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Items(_, items) => items.len().saturating_mul(32),
        _ => 16,
    }
}
