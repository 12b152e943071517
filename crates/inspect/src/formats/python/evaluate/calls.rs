//! What calls come to.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};

use super::cost;
use crate::formats::python::fold;
use crate::formats::python::reader::Reader;
use crate::formats::python::scope::Body;
use crate::formats::python::value::{ANY, Given, Made, Value};
use crate::known::effects::{Effect, effect, has_effects};

/// Names of the language that are followed wherever a file does not give them another meaning.
#[rustfmt::skip]
pub(super) const BUILTINS: [&str; 39] = [
    "__builtins__", "__import__", "bytearray", "bytes", "chr", "classmethod", "compile", "delattr", "dict", "eval", "exec",
    "execfile", "filter", "get_ipython", "getattr", "globals", "hasattr", "input", "int", "iter", "list", "locals", "map",
    "next", "object", "open", "ord", "range", "repr", "reversed", "setattr", "sorted", "staticmethod", "str", "tuple", "type",
    "unichr", "unicode", "vars",
];

/// Functions whose arguments are followed although they do nothing to the world.
fn is_followed(name: &str) -> bool {
    name.starts_with("builtins.")
        || name.starts_with("os.path.")
        || name.starts_with("pathlib.")
        || name.starts_with("codecs.")
        || matches!(
            name,
            "copy.copy"
                | "copy.deepcopy"
                | "functools.partial"
                | "importlib.util.find_spec"
                | "importlib.util.module_from_spec"
                | "inspect.getattr_static"
                | "io.BytesIO"
                | "operator.attrgetter"
                | "operator.getitem"
                | "operator.itemgetter"
                | "operator.methodcaller"
                | "types.ModuleType.__getattribute__"
                | "typing.cast"
        )
        || takes_name(name)
        || effect(name).is_some()
}

/// It gives what its first argument names with dots.
fn takes_name(name: &str) -> bool {
    matches!(
        name,
        "django.utils.module_loading.import_string"
            | "hydra.utils.get_class"
            | "hydra.utils.get_method"
            | "hydra.utils.get_object"
            | "hydra.utils.get_static_method"
            | "pkgutil.resolve_name"
            | "pydoc.locate"
            | "werkzeug.utils.import_string"
            | "zope.dottedname.resolve.resolve"
    )
}

type Arguments = Vec<Given>;

impl<'a> Reader<'a> {
    /// The arguments of a call, behind those that it had before.
    pub(in crate::formats::python) fn arguments(
        &mut self,
        call: &'a ast::ExprCall,
        depth: usize,
    ) -> Arguments {
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
    pub(super) fn result(&mut self, call: &'a ast::ExprCall, depth: usize) -> Value {
        if let Expr::Lambda(lambda) = &*call.func {
            return self.of_lambda(lambda, call, depth);
        }
        if let Expr::Attribute(function) = &*call.func {
            let object = self.evaluate(&function.value, depth);
            if let Some(value) = self.by_method(&object, &function.attr, call, depth) {
                return value;
            }
            match &object {
                Value::Text(_) | Value::Bytes(_) | Value::Pieces(_) | Value::Items(..) => {
                    if !self.spend(cost(&object)) {
                        return Value::Unknown;
                    }
                    let arguments = self.arguments(call, depth);
                    let value = fold::method(&object, &function.attr, &arguments);
                    self.spend(cost(&value));
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

    /// What a function gives that is called where it stands.
    fn of_lambda(&mut self, lambda: &'a ast::ExprLambda, call: &'a ast::ExprCall, depth: usize) -> Value {
        let Some(deeper) = depth.checked_sub(1) else { return Value::Unknown };
        let arguments = self.arguments(call, deeper);
        let (outer, scopes) = (self.scope, self.scopes.len());
        self.scopes.push(crate::formats::python::scope::Scope::inside(outer));
        self.scope = scopes;
        self.bind_parameters(lambda.parameters.as_deref(), None, &arguments);
        let value = self.evaluate(&lambda.body, deeper);
        self.scopes.truncate(scopes);
        self.scope = outer;
        value
    }

    /// Methods that give what an object has under a name.
    fn by_method(
        &mut self,
        object: &Value,
        name: &str,
        call: &'a ast::ExprCall,
        depth: usize,
    ) -> Option<Value> {
        match (object, name) {
            (Value::Name(path), "__getitem__" | "get" | "pop" | "setdefault") if &**path != "sys.modules" => {
                None
            }
            (
                Value::Name(_) | Value::Names(_) | Value::Globals,
                "__getattr__" | "__getattribute__" | "__getitem__" | "get" | "pop" | "setdefault",
            ) => {
                let arguments = self.arguments(call, depth);
                match (name, arguments.as_slice()) {
                    ("__getattr__" | "__getattribute__", [(_, Value::Text(name))]) => {
                        Some(self.attribute_of(object, name))
                    }
                    // Of a class, called with the object.
                    ("__getattribute__", [(_, object), (_, Value::Text(name))]) => {
                        Some(self.attribute_of(object, name))
                    }
                    ("__getattribute__", [(_, object @ Value::Name(_)), _]) => Some(Value::made(
                        "builtins.getattr",
                        vec![(None, object.clone()), (None, Value::Unknown)],
                    )),
                    ("__getattr__" | "__getattribute__", _) => None,
                    (_, [(_, index), ..]) => Some(self.item_of(object, index)).filter(Value::is_known),
                    _ => None,
                }
            }
            // Which of them it will be is worked out.
            (Value::Names(module), "items" | "values") if &**module != ANY => {
                let module = Value::Name(Rc::clone(module));
                let any = Value::made("builtins.getattr", vec![(None, module), (None, Value::Unknown)]);
                let pair = vec![Value::Unknown, any.clone()];
                let one = if name == "items" { Value::items("tuple", pair) } else { any };
                Some(Value::items("list", vec![one]))
            }
            (_, "load_module") => {
                let arguments = self.arguments(call, depth);
                match arguments.first() {
                    Some((_, Value::Text(module))) => Some(Value::name(module)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn called_result(&mut self, callee: &Value, call: &'a ast::ExprCall, depth: usize) -> Value {
        match callee {
            Value::Name(name) if is_followed(name) => {
                let arguments = self.arguments(call, depth);
                self.of_known(name, arguments)
            }
            Value::Name(name) if has_effects(name) => Value::made(name, Vec::new()),
            Value::Class(class) => {
                // What it keeps of what it is given.
                if let Some(method) = self.method(*class, "__init__") {
                    let arguments = self.arguments(call, depth);
                    self.returned(method, &arguments, depth);
                }
                Value::Instance(*class)
            }
            Value::Function(function) => {
                let arguments = self.arguments(call, depth);
                self.returned(*function, &arguments, depth)
            }
            Value::Made(made) => {
                let arguments = self.arguments(call, depth);
                self.called_made(made, arguments)
            }
            _ => Value::Unknown,
        }
    }

    /// A call of something that a call gave: `partial(f, 1)(2)`, `attrgetter("a")(b)`.
    fn called_made(&mut self, made: &Made, arguments: Arguments) -> Value {
        let first = made.arguments.first().map(|(_, value)| value);
        match (&*made.callee, first) {
            ("functools.partial", Some(Value::Name(name))) => {
                let all = made.arguments.iter().skip(1).cloned().chain(arguments).collect();
                self.of_known(name, all)
            }
            ("operator.itemgetter", Some(key)) => {
                let object = arguments.into_iter().next().map_or(Value::Unknown, |(_, object)| object);
                self.item_of(&object, key)
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
    pub(in crate::formats::python) fn brought_by(
        &mut self,
        expression: &'a Expr,
        depth: usize,
    ) -> Option<Rc<str>> {
        let deeper = depth.checked_sub(1).filter(|_| self.spend(4))?;
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
                    _ => self.brought_by_own(call, deeper),
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

    /// The same for a call of a function of the file.
    fn brought_by_own(&mut self, call: &'a ast::ExprCall, depth: usize) -> Option<Rc<str>> {
        if let Expr::Lambda(lambda) = &*call.func {
            return self.brought_by(&lambda.body, depth);
        }
        let Value::Function(function) = self.evaluate(&call.func, depth) else { return None };
        match self.codes.get(function).copied().flatten()?.body {
            Body::Expression(expression) => self.brought_by(expression, depth),
            Body::Block(body) => body.iter().find_map(|statement| match statement {
                ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) => {
                    self.brought_by(value, depth)
                }
                _ => None,
            }),
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
            (name, Value::Text(path), _) if takes_name(name) => Value::name(&path.replace(':', ".")),
            ("importlib.reload", Value::Name(_), _) => first,
            ("importlib.util.find_spec", Value::Text(module), _) => Value::name(module),
            ("importlib.util.module_from_spec", Value::Name(module), _) if !module.contains("spec") => first,
            (
                "builtins.object.__getattribute__"
                | "builtins.type.__getattribute__"
                | "inspect.getattr_static"
                | "types.ModuleType.__getattribute__",
                object,
                Value::Text(name),
            ) => self.attribute_of(object, name),
            ("builtins.globals" | "builtins.locals", ..) => Value::Globals,
            ("builtins.vars", Value::Unknown, _) if arguments.is_empty() => Value::Globals,
            ("builtins.vars", Value::Name(module), _) => Value::Names(Rc::clone(module)),
            _ => {
                if !self.spend(arguments.iter().map(|(_, value)| cost(value)).sum()) {
                    return Value::Unknown;
                }
                let value = fold::call(name, &arguments);
                self.spend(value.as_ref().map_or(0, cost));
                value.unwrap_or_else(|| Value::made(name, arguments))
            }
        }
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
