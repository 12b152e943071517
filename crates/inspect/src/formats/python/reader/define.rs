//! Functions, classes and imports: what they name, and when what is in them runs.

use std::rc::Rc;

use ruff_python_ast::visitor::{self, Visitor as _};
use ruff_python_ast::{self as ast, Expr};
use weighbridge_domain::facts::When;

use super::{Reader, Waiting};
use crate::formats::python::scope::{Body, Class, Code, Scope, Unit, when_named};
use crate::formats::python::value::Value;

/// Parameters of which is remembered what they are given.
const MOST_GIVEN: usize = 16;

impl<'a> Reader<'a> {
    pub(super) fn add_unit(&mut self, name: &str, when: When) -> usize {
        let around = self.body_of.and_then(|class| self.classes.get(class)).map_or("", |class| class.name);
        let outer = self.units.get(self.unit).map_or("", |unit| &*unit.within);
        let mut within = String::new();
        for part in [outer, around, name] {
            if !part.is_empty() && within.len() < 200 {
                if !within.is_empty() {
                    within.push('.');
                }
                within.push_str(part);
            }
        }
        self.units.push(Unit {
            within: Rc::from(within),
            when,
            calls: Vec::new(),
            outer: self.unit,
            calls_inside: Vec::new(),
            found: Vec::new(),
        });
        self.codes.push(None);
        self.units.len().saturating_sub(1)
    }

    /// The code that is being looked at calls a function of the file.
    pub(in crate::formats::python) fn calls(&mut self, called: usize) {
        if let Some(unit) = self.units.get_mut(self.unit)
            && !unit.calls.contains(&called)
            && unit.calls.len() < 1000
        {
            unit.calls.push(called);
        }
    }

    /// A unit calls what a function gives it that stands in that function.
    pub(in crate::formats::python) fn calls_inside(&mut self, unit: usize, function: usize) {
        if let Some(unit) = self.units.get_mut(unit)
            && !unit.calls_inside.contains(&function)
            && unit.calls_inside.len() < 100
        {
            unit.calls_inside.push(function);
        }
    }

    /// A method of a class of the file, or of those it is made from.
    pub(in crate::formats::python) fn method(&self, class: usize, name: &str) -> Option<usize> {
        self.along(class, |class| class.methods.get(name).copied())
    }

    /// An attribute of a class of the file, or of those it is made from.
    pub(in crate::formats::python) fn attribute(&self, class: usize, name: &str) -> Option<Value> {
        self.along(class, |class| class.attributes.get(name).cloned())
    }

    fn along<T>(&self, class: usize, find: impl Fn(&Class<'a>) -> Option<T>) -> Option<T> {
        let class = self.classes.get(class)?;
        if let Some(found) = find(class) {
            return Some(found);
        }
        let mut waiting: Vec<usize> = class.bases.iter().rev().copied().collect();
        for _ in 0..16 {
            let class = self.classes.get(waiting.pop()?)?;
            if let Some(found) = find(class) {
                return Some(found);
            }
            waiting.extend(class.bases.iter().rev());
        }
        None
    }

    /// Python calls these methods of an object or class of the file by itself.
    pub(in crate::formats::python) fn touches(&mut self, value: &Value, methods: &[&str]) {
        if let Value::Instance(class) | Value::Class(class) = value {
            for name in methods {
                if let Some(method) = self.method(*class, name) {
                    self.calls(method);
                }
            }
        }
    }

    pub(super) fn wait(&mut self, unit: usize, code: Code<'a>) {
        let defaults = code.parameters.map_or_else(Vec::new, |parameters| {
            let all = parameters.iter_non_variadic_params();
            all.map(|one| one.default.as_deref().map_or(Value::Unknown, |default| self.value(default)))
                .collect()
        });
        if let Some(known) = self.codes.get_mut(unit) {
            *known = Some(code);
        }
        self.waiting.push_back(Waiting { unit, code, defaults, depth: self.depth });
    }

    /// The code of a function that stands here.
    pub(super) fn code(&self, parameters: Option<&'a ast::Parameters>, body: Body<'a>) -> Code<'a> {
        // Names of a class body are not seen by its methods.
        let scope = if self.body_of.is_some() {
            self.scopes.get(self.scope).and_then(|scope| scope.outer).unwrap_or_default()
        } else {
            self.scope
        };
        Code { parameters, body, scope, class: self.body_of, is_property: false }
    }

    pub(super) fn function(&mut self, waiting: Waiting<'a>) {
        let code = waiting.code;
        self.unit = waiting.unit;
        self.depth = waiting.depth;
        self.body_of = None;
        self.perhaps = 0;
        self.scopes.push(Scope::inside(code.scope));
        self.scope = self.scopes.len().saturating_sub(1);
        let given = self.given.remove(&waiting.unit).unwrap_or_default();
        if let Some(parameters) = code.parameters {
            for (at, (one, default)) in
                parameters.iter_non_variadic_params().zip(waiting.defaults).enumerate()
            {
                let given = given.iter().find(|(number, _)| *number == at).map(|(_, value)| value.clone());
                self.bind(one.parameter.name.as_str(), given.unwrap_or(default));
            }
            for one in parameters.vararg.iter().chain(&parameters.kwarg) {
                self.bind(one.name.as_str(), Value::Unknown);
            }
            if let Some(class) = code.class
                && let Some(first) = parameters.iter_non_variadic_params().next()
            {
                self.bind(first.parameter.name.as_str(), Value::Instance(class));
            }
        }
        match code.body {
            Body::Block(body) => self.visit_body(body),
            Body::Expression(expression) => self.visit_expr(expression),
        }
    }

    /// Remembers what a call gives to the parameters of a function of the file, where that matters.
    pub(in crate::formats::python) fn give(&mut self, unit: usize, call: &'a ast::ExprCall) {
        let Some(code) = self.codes.get(unit).copied().flatten() else { return };
        let Some(parameters) = code.parameters else { return };
        let skipped = usize::from(code.class.is_some());
        // Each name is looked for among all parameters.
        let keywords = call.arguments.keywords.len().min(MOST_GIVEN);
        if !self.spend(keywords.saturating_mul(count(parameters)).saturating_mul(4)) {
            return;
        }
        let positional = call.arguments.args.iter().take(MOST_GIVEN).enumerate();
        let mut all: Vec<(usize, Value)> = Vec::new();
        for (at, argument) in positional {
            if argument.is_starred_expr() {
                break;
            }
            all.push((at.saturating_add(skipped), self.value(argument)));
        }
        for keyword in call.arguments.keywords.iter().take(MOST_GIVEN) {
            let named = parameters
                .iter_non_variadic_params()
                .position(|one| keyword.arg.as_deref() == Some(one.parameter.name.as_str()));
            if let Some(at) = named {
                all.push((at, self.value(&keyword.value)));
            }
        }
        all.retain(|(_, value)| matches!(value, Value::Name(_) | Value::Names(_) | Value::Function(_)));
        all.retain(|(_, value)| value.matters());
        if !all.is_empty() {
            let given = self.given.entry(unit).or_default();
            for (at, value) in all {
                if given.len() < MOST_GIVEN && !given.iter().any(|(known, _)| *known == at) {
                    given.push((at, value));
                }
            }
        }
    }

    pub(super) fn function_def(&mut self, function: &'a ast::StmtFunctionDef) {
        let when = if self.nested > 0 {
            // Who runs a text wants what is in it.
            self.units.first().map_or(When::Called, |unit| unit.when)
        } else {
            when_named(&function.name, self.body_of.is_some(), self.role)
        };
        let unit = self.add_unit(&function.name, when);
        let mut code = self.code(Some(&function.parameters), Body::Block(&function.body));
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
            self.decorated(&decorator.expression, unit);
            if let Expr::Name(name) = &decorator.expression {
                match name.id.as_str() {
                    "cached_property" | "property" => code.is_property = true,
                    "staticmethod" => code.class = None,
                    _ => {}
                }
            }
        }
        self.properties |= code.is_property || &*function.name == "__getattr__";
        visitor::walk_parameters(self, &function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
        if let Some(parameters) = &function.type_params {
            self.visit_type_params(parameters);
        }
        match self.body_of.and_then(|class| self.classes.get_mut(class)) {
            Some(class) => {
                class.methods.insert(&function.name, unit);
            }
            None => self.bind(function.name.as_str(), Value::Function(unit)),
        }
        self.wait(unit, code);
    }

    pub(super) fn class_def(&mut self, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
            self.decorated(&decorator.expression, self.unit);
        }
        let mut bases = Vec::new();
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
            for base in arguments.args.iter().take(16) {
                let base = self.value(base);
                self.touches(&base, &["__init_subclass__", "__mro_entries__"]);
                if let Value::Class(base) = base {
                    bases.push(base);
                }
            }
            for keyword in &arguments.keywords {
                if keyword.arg.as_deref() == Some("metaclass") {
                    let made_by = self.value(&keyword.value);
                    self.touches(&made_by, &["__call__", "__init__", "__new__", "__prepare__"]);
                    if let Value::Function(function) = made_by {
                        self.calls(function);
                    }
                }
            }
        }
        if let Some(parameters) = &class.type_params {
            self.visit_type_params(parameters);
        }
        let id = self.classes.len();
        self.classes.push(Class { name: &class.name, bases, ..Class::default() });
        self.bind(class.name.as_str(), Value::Class(id));
        let (scope, body_of) = (self.scope, self.body_of);
        let outer = if body_of.is_some() {
            self.scopes.get(scope).and_then(|scope| scope.outer).unwrap_or_default()
        } else {
            scope
        };
        self.scopes.push(Scope::inside(outer));
        self.scope = self.scopes.len().saturating_sub(1);
        self.body_of = Some(id);
        self.visit_body(&class.body);
        (self.scope, self.body_of) = (scope, body_of);
    }

    pub(in crate::formats::python) fn import(&mut self, import: &'a ast::StmtImport) {
        for alias in &import.names {
            if !self.spend(alias.name.len()) {
                return;
            }
            let root = alias.name.split('.').next().unwrap_or_default();
            // A module that the file has put there itself.
            let own =
                self.scopes.first().and_then(|scope| scope.now(&format!("sys.modules[{root}]"))).cloned();
            match (&alias.asname, own) {
                (Some(name), Some(own)) => self.bind(name.as_str(), own),
                (None, Some(own)) => self.bind(root, own),
                (Some(name), None) => self.bind(name.as_str(), Value::name(&alias.name)),
                (None, None) => self.bind(root, Value::name(root)),
            }
        }
    }

    pub(in crate::formats::python) fn import_from(&mut self, import: &'a ast::StmtImportFrom) {
        let dots = usize::try_from(import.level).unwrap_or_default().min(16);
        let module = format!("{}{}", ".".repeat(dots), import.module.as_deref().unwrap_or_default());
        for alias in &import.names {
            if !self.spend(module.len().saturating_add(alias.name.len())) {
                return;
            }
            if alias.name.as_str() == "*" {
                self.import_all(&module);
                continue;
            }
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind(name.as_str(), Value::inside(&module, &alias.name));
        }
    }

    /// `from module import *`
    pub(in crate::formats::python) fn import_all(&mut self, module: &str) {
        for name in crate::known::effects::names_of(module) {
            if !self.spend(module.len()) {
                return;
            }
            self.bind(name, Value::name(&format!("{module}.{name}")));
        }
    }
}

/// How many parameters have a name of their own.
pub(in crate::formats::python) fn count(parameters: &ast::Parameters) -> usize {
    let named = parameters.posonlyargs.len().saturating_add(parameters.args.len());
    named.saturating_add(parameters.kwonlyargs.len())
}
