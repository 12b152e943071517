//! What an expression of a file comes to: names through imports and assignments, constants through what is done to them.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, FStringPart, InterpolatedStringElement, Number, UnaryOp};

use super::fold;
use super::reader::Reader;
use super::value::{Given, LONGEST, MOST_ITEMS, Value};
use crate::known::effects::{Effect, effect, has_effects};

/// Levels of an expression that are followed.
const DEEPEST: usize = 24;
/// Bytes of constants that are worked on in one file.
const MOST_WORK: usize = 64 << 20;

/// Names of the language that are followed wherever a file does not give them another meaning.
#[rustfmt::skip]
const BUILTINS: [&str; 34] = [
    "__builtins__", "__import__", "bytearray", "bytes", "chr", "compile", "delattr", "dict", "eval", "exec", "execfile",
    "filter", "get_ipython", "getattr", "globals", "hasattr", "input", "int", "list", "locals", "map", "object", "open",
    "ord", "range", "repr", "reversed", "setattr", "sorted", "str", "tuple", "unichr", "unicode", "vars",
];

/// Functions whose arguments are followed although they do nothing to the world.
fn is_followed(name: &str) -> bool {
    name.starts_with("builtins.")
        || name.starts_with("os.path.")
        || name.starts_with("pathlib.")
        || name.starts_with("codecs.")
        || matches!(
            name,
            "functools.partial" | "operator.attrgetter" | "operator.methodcaller" | "io.BytesIO"
        )
        || effect(name).is_some()
}

type Arguments = Vec<Given>;

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
        if self.work > MOST_WORK {
            return Value::Unknown;
        }
        let value = fold::binary(operator, left, right);
        self.work = self.work.saturating_add(cost(&value));
        value
    }

    fn evaluate(&mut self, expression: &'a Expr, depth: usize) -> Value {
        let Some(deeper) = depth.checked_sub(1) else { return Value::Unknown };
        self.work = self.work.saturating_add(4);
        if self.work > MOST_WORK {
            self.missed = Some("its constants are too much to work out");
            return Value::Unknown;
        }
        match expression {
            Expr::Name(name) => self.lookup(&name.id),
            Expr::Attribute(attribute) => {
                let object = self.evaluate(&attribute.value, deeper);
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
                    let Some(key) = &item.key else { continue };
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
            _ if BUILTINS.binary_search(&name).is_ok() => Value::name(&format!("builtins.{name}")),
            _ => Value::Unknown,
        }
    }

    /// `object.name`
    pub(super) fn attribute_of(&mut self, object: &Value, name: &str) -> Value {
        match object {
            Value::Name(module) if name == "__dict__" => Value::Names(Rc::clone(module)),
            Value::Name(module) if &**module == "builtins.__import__" && name == "__self__" => {
                Value::name("builtins")
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
        self.work = self.work.saturating_add(out.len());
        if whole { Value::text(&out) } else { fold::pieces(&out) }
    }

    fn items(&mut self, kind: &'static str, items: &'a [Expr], depth: usize) -> Value {
        if items.len() > MOST_ITEMS || self.work > MOST_WORK {
            return Value::Unknown;
        }
        self.work = self.work.saturating_add(items.len().saturating_mul(32));
        Value::items(kind, items.iter().map(|item| self.evaluate(item, depth)).collect())
    }

    /// `[… for name in items]`, for items that are known.
    fn comprehended(
        &mut self,
        element: &'a Expr,
        generators: &'a [ast::Comprehension],
        depth: usize,
    ) -> Value {
        let [ast::Comprehension { target: Expr::Name(target), iter, ifs, .. }] = generators else {
            return Value::Unknown;
        };
        let items = self.evaluate(iter, depth);
        let Some(items) = fold::items_of(&items).filter(|_| ifs.is_empty()) else { return Value::Unknown };
        let outer = self.scope;
        self.scopes.push(super::scope::Scope::inside(outer));
        self.scope = self.scopes.len().saturating_sub(1);
        let mut values = Vec::new();
        for item in items {
            if self.work > MOST_WORK {
                break;
            }
            self.work = self.work.saturating_add(256);
            if let Some(scope) = self.scopes.get_mut(self.scope) {
                scope.bind(&target.id, item, false);
            }
            values.push(self.evaluate(element, depth));
        }
        self.scopes.pop();
        self.scope = outer;
        Value::items("list", values)
    }

    /// `value[index]`
    fn item(&mut self, subscript: &'a ast::ExprSubscript, depth: usize) -> Value {
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
            self.work = self.work.saturating_add(cost(&value));
            return match bounds {
                (Some(lower), Some(upper), Some(step)) if self.work < MOST_WORK => {
                    fold::sliced(&value, lower, upper, step)
                }
                _ => Value::Unknown,
            };
        }
        let index = self.evaluate(&subscript.slice, depth);
        match (&value, &index) {
            (Value::Names(module), Value::Text(name)) => Value::name(&format!("{module}.{name}")),
            (Value::Name(module), Value::Text(name))
                if matches!(&**module, "builtins" | "builtins.__builtins__") =>
            {
                Value::name(&format!("builtins.{name}"))
            }
            (Value::Name(modules), Value::Text(name)) if &**modules == "sys.modules" => Value::name(name),
            (Value::Name(mapping), _) if &**mapping == "os.environ" => {
                Value::made("os.environ", vec![(None, index.clone())])
            }
            (Value::Globals, Value::Text(name)) => self.global(name),
            (Value::Items("dict", items), key) => {
                let same = |one: &Value| match (one, key) {
                    (Value::Text(one), Value::Text(other)) => one == other,
                    (Value::Int(one), Value::Int(other)) => one == other,
                    _ => false,
                };
                let mut pairs = items.chunks_exact(2);
                let pair = pairs.find(|pair| pair.first().is_some_and(same));
                pair.and_then(|pair| pair.last()).cloned().unwrap_or(Value::Unknown)
            }
            (Value::Items(..) | Value::Bytes(_) | Value::Text(_), Value::Int(at)) => {
                let end = if *at == -1 { None } else { at.checked_add(1) };
                match (&value, fold::sliced(&value, Some(*at), end, None)) {
                    (Value::Text(_), one) => one,
                    (_, one) => fold::items_of(&one)
                        .and_then(|items| items.into_iter().next())
                        .unwrap_or(Value::Unknown),
                }
            }
            (Value::Made(_), _) => value,
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

    /// The arguments of a call, behind those that it had before.
    pub(super) fn arguments(&mut self, call: &'a ast::ExprCall, depth: usize) -> Arguments {
        let mut arguments: Arguments = Vec::new();
        for argument in call.arguments.args.iter().take(64) {
            let value = self.evaluate(argument, depth);
            match (argument, &value) {
                (Expr::Starred(_), Value::Items(_, items)) => {
                    arguments.extend(items.iter().take(64).map(|item| (None, item.clone())));
                }
                (Expr::Starred(_), _) => arguments.push((None, Value::Unknown)),
                _ => arguments.push((None, value)),
            }
        }
        for keyword in call.arguments.keywords.iter().take(64) {
            let value = self.evaluate(&keyword.value, depth);
            match &keyword.arg {
                Some(name) => arguments.push((Some(Rc::from(name.as_str())), value)),
                None => arguments.push((Some(Rc::from("**")), value)),
            }
        }
        arguments
    }

    /// What a call comes to.
    fn result(&mut self, call: &'a ast::ExprCall, depth: usize) -> Value {
        if let Expr::Attribute(function) = &*call.func {
            let object = self.evaluate(&function.value, depth);
            match &object {
                Value::Text(_) | Value::Bytes(_) | Value::Pieces(_) | Value::Items(..) => {
                    if self.work > MOST_WORK {
                        return Value::Unknown;
                    }
                    let arguments = self.arguments(call, depth);
                    let value = fold::method(&object, &function.attr, &arguments);
                    self.work = self.work.saturating_add(cost(&value));
                    return value;
                }
                Value::Made(made) => {
                    let passed_on = matches!(
                        &*function.attr,
                        "decode"
                            | "encode"
                            | "strip"
                            | "rstrip"
                            | "lstrip"
                            | "replace"
                            | "read"
                            | "readlines"
                            | "splitlines"
                            | "getvalue"
                            | "json"
                            | "format"
                            | "expanduser"
                            | "resolve"
                            | "absolute"
                            | "as_posix"
                            | "joinpath"
                    );
                    if passed_on {
                        return object;
                    }
                    // A method of an object that a class of a known module makes.
                    let name = format!("{}.{}", made.callee, function.attr.as_str());
                    return if is_followed(&name) {
                        let mut arguments = vec![(Some(Rc::from("self")), object.clone())];
                        arguments.extend(self.arguments(call, depth));
                        Value::made(&name, arguments)
                    } else {
                        Value::Unknown
                    };
                }
                _ => {}
            }
            let callee = self.attribute_of(&object, &function.attr);
            return self.called_result(&callee, call, depth);
        }
        let callee = self.evaluate(&call.func, depth);
        self.called_result(&callee, call, depth)
    }

    fn called_result(&mut self, callee: &Value, call: &'a ast::ExprCall, depth: usize) -> Value {
        match callee {
            Value::Name(name) if is_followed(name) => {
                let arguments = self.arguments(call, depth);
                self.of_known(name, arguments)
            }
            Value::Name(name) if has_effects(name) => Value::made(name, Vec::new()),
            Value::Class(class) => Value::Instance(*class),
            Value::Made(made) => {
                let arguments = self.arguments(call, depth);
                self.called_made(made, arguments)
            }
            _ => Value::Unknown,
        }
    }

    /// A call of something that a call gave: `partial(f, 1)(2)`, `attrgetter("a")(b)`.
    fn called_made(&mut self, made: &super::value::Made, arguments: Arguments) -> Value {
        let first = made.arguments.first().map(|(_, value)| value);
        match (&*made.callee, first) {
            ("functools.partial", Some(Value::Name(name))) => {
                let all = made.arguments.iter().skip(1).cloned().chain(arguments).collect();
                self.of_known(name, all)
            }
            ("operator.attrgetter", Some(Value::Text(path))) => {
                let mut object = arguments.into_iter().next().map_or(Value::Unknown, |(_, object)| object);
                for name in path.split('.').take(16) {
                    object = self.attribute_of(&object, name);
                }
                object
            }
            _ => Value::Unknown,
        }
    }

    /// The function that decoded or fetched what an expression comes to.
    pub(super) fn brought_by(&mut self, expression: &'a Expr, depth: usize) -> Option<Rc<str>> {
        let deeper = depth.checked_sub(1)?;
        self.work = self.work.saturating_add(4);
        match expression {
            Expr::Name(name) => {
                let mut scope = self.scopes.get(self.scope);
                for _ in 0..64 {
                    let names = scope?;
                    if let Some(by) = names.brought.get(name.id.as_str()) {
                        return Some(Rc::clone(by));
                    }
                    scope = self.scopes.get(names.outer?);
                }
                None
            }
            Expr::Call(call) => {
                if let Value::Name(name) = self.evaluate(&call.func, deeper)
                    && (matches!(effect(&name), Some(Effect::Decodes | Effect::Network))
                        || name.starts_with("marshal."))
                {
                    return Some(name);
                }
                let object = match &*call.func {
                    Expr::Attribute(function) => self.brought_by(&function.value, deeper),
                    _ => None,
                };
                object.or_else(|| {
                    call.arguments.args.iter().take(4).find_map(|argument| self.brought_by(argument, deeper))
                })
            }
            Expr::Attribute(ast::ExprAttribute { value, .. })
            | Expr::Subscript(ast::ExprSubscript { value, .. })
            | Expr::Await(ast::ExprAwait { value, .. }) => self.brought_by(value, deeper),
            Expr::Named(named) => self.brought_by(&named.value, deeper),
            Expr::BinOp(ast::ExprBinOp { left, right, .. }) => {
                self.brought_by(left, deeper).or_else(|| self.brought_by(right, deeper))
            }
            _ => None,
        }
    }

    fn of_known(&mut self, name: &str, arguments: Arguments) -> Value {
        let first = arguments.first().map_or(Value::Unknown, |(_, value)| value.clone());
        let second = arguments.get(1).map_or(Value::Unknown, |(_, value)| value.clone());
        match (name, &first, &second) {
            ("builtins.getattr", Value::Names(module), Value::Text(name)) => {
                Value::name(&format!("{module}.{name}"))
            }
            ("builtins.getattr", object, Value::Text(name)) => {
                let value = self.attribute_of(object, name);
                if value.is_known() { value } else { Value::made("builtins.getattr", arguments) }
            }
            ("builtins.__import__" | "importlib.__import__", Value::Text(module), _) => {
                let from = arguments.iter().any(|(name, _)| name.as_deref() == Some("fromlist"))
                    || arguments.len() > 3;
                let root = module.split('.').next().unwrap_or_default();
                Value::name(if from { module } else { root })
            }
            ("importlib.import_module", Value::Text(module), _) => Value::name(module),
            ("pkgutil.resolve_name" | "pydoc.locate", Value::Text(path), _) => {
                Value::name(&path.replace(':', "."))
            }
            ("builtins.globals" | "builtins.locals", ..) => Value::Globals,
            ("builtins.vars", Value::Unknown, _) if arguments.is_empty() => Value::Globals,
            ("builtins.vars", Value::Name(module), _) => Value::Names(Rc::clone(module)),
            _ => {
                if self.work > MOST_WORK {
                    return Value::Unknown;
                }
                let value = fold::call(name, &arguments);
                self.work = self.work.saturating_add(value.as_ref().map_or(0, cost));
                value.unwrap_or_else(|| Value::made(name, arguments))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::BUILTINS;

    #[test]
    fn names_of_the_language_are_sorted() {
        assert!(BUILTINS.is_sorted());
    }
}
