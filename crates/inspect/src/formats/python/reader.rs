//! Goes over a syntax tree in the order in which Python would: what a file does at once, then the bodies of its functions.

use std::collections::VecDeque;
use std::rc::Rc;

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, InterpolatedStringElement, Pattern, Stmt};
use ruff_text_size::TextRange;
use weighbridge_domain::facts::{What, When};

use super::Role;
use super::scope::{Class, Scope, Unit, spread, when_named};
use super::value::Value;

/// Levels of a tree that are followed.
pub(super) const DEEPEST: usize = 20_000;
/// What is found in one source, at most.
const MOST_FOUND: usize = 10_000;

/// What is known while a file is read.
pub(super) struct Reader<'a> {
    pub(super) source: &'a str,
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) units: Vec<Unit>,
    pub(super) classes: Vec<Class<'a>>,
    waiting: VecDeque<Waiting<'a>>,
    /// The code, the names and the class body that it is at.
    pub(super) unit: usize,
    pub(super) scope: usize,
    body_of: Option<usize>,
    /// What happens here happens only perhaps.
    perhaps: usize,
    depth: usize,
    /// In annotations nothing runs.
    quiet: bool,
    pub(super) role: Role,
    /// How deep it is in text that is run by text.
    pub(super) nested: usize,
    found: usize,
    /// Bytes of constants that were worked on.
    pub(super) work: usize,
    /// Why not all was looked at.
    pub(super) missed: Option<&'static str>,
}

/// A function whose body was not yet gone over.
struct Waiting<'a> {
    unit: usize,
    scope: usize,
    class: Option<usize>,
    parameters: Option<&'a ast::Parameters>,
    defaults: Vec<Value>,
    body: Body<'a>,
    /// How deep in the tree it is.
    depth: usize,
}

enum Body<'a> {
    Block(&'a [Stmt]),
    Expression(&'a Expr),
}

/// Goes over a file. What was found comes with offsets; the second is true when the tree was too deep to be looked at.
pub(super) fn read<'a>(
    source: &'a str,
    body: &'a [Stmt],
    role: Role,
    nested: usize,
) -> (Vec<(u64, What)>, Option<&'static str>) {
    let when = match role {
        Role::Setup => When::Installed,
        Role::Module => When::Loaded,
        Role::Cell => When::Called,
    };
    let mut reader = Reader {
        source,
        scopes: vec![Scope::default()],
        units: Vec::new(),
        classes: Vec::new(),
        waiting: VecDeque::new(),
        unit: 0,
        scope: 0,
        body_of: None,
        perhaps: 0,
        depth: 0,
        quiet: false,
        role,
        nested,
        found: 0,
        work: 0,
        missed: None,
    };
    reader.add_unit("", when);
    reader.visit_body(body);
    while let Some(waiting) = reader.waiting.pop_front() {
        reader.function(waiting);
    }
    spread(&mut reader.units);
    let mut found = Vec::new();
    for unit in reader.units {
        for (at, mut what) in unit.found {
            match &mut what {
                What::Use(one) => one.when = one.when.min(unit.when),
                What::Command(one) => one.when = one.when.min(unit.when),
                What::Encoded(one) => one.when = one.when.min(unit.when),
                _ => {}
            }
            found.push((at, what));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    (found, reader.missed)
}

impl<'a> Reader<'a> {
    fn add_unit(&mut self, name: &str, when: When) -> usize {
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
        self.units.push(Unit { within: Rc::from(within), when, calls: Vec::new(), found: Vec::new() });
        self.units.len().saturating_sub(1)
    }

    /// Notes something that was found where it stands.
    pub(super) fn note(&mut self, range: TextRange, what: What) {
        if self.quiet {
            return;
        }
        self.found = self.found.saturating_add(1);
        if self.found > MOST_FOUND {
            self.missed = Some("more calls that matter than are kept");
        } else if let Some(unit) = self.units.get_mut(self.unit) {
            unit.found.push((u64::from(range.start().to_u32()), what));
        }
    }

    /// The code that is being looked at calls a function of the file.
    pub(super) fn calls(&mut self, called: usize) {
        if let Some(unit) = self.units.get_mut(self.unit)
            && !unit.calls.contains(&called)
            && unit.calls.len() < 1000
        {
            unit.calls.push(called);
        }
    }

    /// A method of a class of the file, or of those it is made from.
    pub(super) fn method(&self, class: usize, name: &str) -> Option<usize> {
        self.along(class, |class| class.methods.get(name).copied())
    }

    /// An attribute of a class of the file, or of those it is made from.
    pub(super) fn attribute(&self, class: usize, name: &str) -> Option<Value> {
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

    pub(super) fn bind(&mut self, name: &'a str, value: Value) {
        let perhaps = self.perhaps > 0;
        let of_file = self.scopes.get(self.scope).is_some_and(|scope| scope.of_file.contains(&name));
        let scope = if of_file { 0 } else { self.scope };
        if let Some(class) = self.body_of.and_then(|class| self.classes.get_mut(class))
            && value.is_known()
        {
            class.attributes.insert(name, value.clone());
        }
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.bind(name, value, perhaps);
        }
    }

    /// Gives what stands on the left of an assignment a value.
    fn assign(&mut self, target: &'a Expr, value: &Value) {
        match target {
            Expr::Name(name) => self.bind(&name.id, value.clone()),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let items = match value {
                    Value::Items(_, items) if items.len() == elts.len() => items.to_vec(),
                    _ => Vec::new(),
                };
                for (index, target) in elts.iter().enumerate() {
                    // Targets are as deep as brackets.
                    let value = items.get(index).unwrap_or(&Value::Unknown);
                    match target {
                        Expr::Name(name) => self.bind(&name.id, value.clone()),
                        Expr::Starred(starred) => {
                            if let Expr::Name(name) = &*starred.value {
                                self.bind(&name.id, Value::Unknown);
                            }
                        }
                        Expr::Tuple(_) | Expr::List(_) if self.depth < 100 => {
                            self.depth = self.depth.saturating_add(1);
                            self.assign(target, value);
                            self.depth = self.depth.saturating_sub(1);
                        }
                        _ => {}
                    }
                }
            }
            Expr::Attribute(attribute) if value.is_known() => {
                if let Value::Instance(class) | Value::Class(class) = self.value(&attribute.value)
                    && let Some(class) = self.classes.get_mut(class)
                {
                    class.attributes.insert(&attribute.attr, value.clone());
                }
            }
            _ => {}
        }
    }

    fn wait(&mut self, unit: usize, parameters: Option<&'a ast::Parameters>, body: Body<'a>) {
        let defaults = parameters.map_or_else(Vec::new, |parameters| {
            let all = parameters.iter_non_variadic_params();
            all.map(|one| one.default.as_deref().map_or(Value::Unknown, |default| self.value(default)))
                .collect()
        });
        // Names of a class body are not seen by its methods.
        let scope = if self.body_of.is_some() {
            self.scopes.get(self.scope).and_then(|scope| scope.outer).unwrap_or_default()
        } else {
            self.scope
        };
        let (class, depth) = (self.body_of, self.depth);
        self.waiting.push_back(Waiting { unit, scope, class, parameters, defaults, body, depth });
    }

    fn function(&mut self, waiting: Waiting<'a>) {
        self.unit = waiting.unit;
        self.depth = waiting.depth;
        self.body_of = None;
        self.perhaps = 0;
        self.scopes.push(Scope::inside(waiting.scope));
        self.scope = self.scopes.len().saturating_sub(1);
        if let Some(parameters) = waiting.parameters {
            for (one, default) in parameters.iter_non_variadic_params().zip(waiting.defaults) {
                self.bind(&one.parameter.name, default);
            }
            for one in parameters.vararg.iter().chain(&parameters.kwarg) {
                self.bind(&one.name, Value::Unknown);
            }
            if let Some(class) = waiting.class
                && let Some(first) = parameters.iter_non_variadic_params().next()
            {
                self.bind(&first.parameter.name, Value::Instance(class));
            }
        }
        match waiting.body {
            Body::Block(body) => self.visit_body(body),
            Body::Expression(expression) => self.visit_expr(expression),
        }
    }

    fn function_def(&mut self, function: &'a ast::StmtFunctionDef) {
        let unit =
            self.add_unit(&function.name, when_named(&function.name, self.body_of.is_some(), self.role));
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
            self.decorated(&decorator.expression, unit);
        }
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
            None => self.bind(&function.name, Value::Function(unit)),
        }
        self.wait(unit, Some(&function.parameters), Body::Block(&function.body));
    }

    fn class_def(&mut self, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        let mut bases = Vec::new();
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
            for base in arguments.args.iter().take(16) {
                if let Value::Class(base) = self.value(base) {
                    bases.push(base);
                }
            }
        }
        if let Some(parameters) = &class.type_params {
            self.visit_type_params(parameters);
        }
        let id = self.classes.len();
        self.classes.push(Class { name: &class.name, bases, ..Class::default() });
        self.bind(&class.name, Value::Class(id));
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

    fn import(&mut self, import: &'a ast::StmtImport) {
        for alias in &import.names {
            match &alias.asname {
                Some(name) => self.bind(name, Value::name(&alias.name)),
                None => {
                    let root = alias.name.split('.').next().unwrap_or_default();
                    self.bind(root, Value::name(root));
                }
            }
        }
    }

    fn import_from(&mut self, import: &'a ast::StmtImportFrom) {
        let dots = usize::try_from(import.level).unwrap_or_default().min(16);
        let module = format!("{}{}", ".".repeat(dots), import.module.as_deref().unwrap_or_default());
        for alias in &import.names {
            if alias.name.as_str() == "*" {
                self.import_all(&module);
                continue;
            }
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind(name, Value::inside(&module, &alias.name));
        }
    }

    /// `from module import *`
    fn import_all(&mut self, module: &str) {
        for name in crate::known::effects::names_of(module) {
            self.bind(name, Value::name(&format!("{module}.{name}")));
        }
    }

    /// What happens in it happens only perhaps.
    fn perhaps(&mut self, body: &'a [Stmt]) {
        self.perhaps = self.perhaps.saturating_add(1);
        self.visit_body(body);
        self.perhaps = self.perhaps.saturating_sub(1);
    }

    fn branches(&mut self, branch: &'a ast::StmtIf) {
        self.visit_expr(&branch.test);
        let as_program = self.unit == 0 && is_main(&branch.test) && self.role == Role::Module;
        if as_program {
            let unit = self.add_unit("", When::Called);
            let outer = std::mem::replace(&mut self.unit, unit);
            self.perhaps(&branch.body);
            self.unit = outer;
        } else {
            self.perhaps(&branch.body);
        }
        for clause in &branch.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.visit_expr(test);
            }
            self.perhaps(&clause.body);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function_def(function),
            Stmt::ClassDef(class) => self.class_def(class),
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Global(global) => {
                if let Some(scope) = self.scopes.get_mut(self.scope)
                    && scope.of_file.len() < 100
                {
                    scope.of_file.extend(global.names.iter().map(ast::Identifier::as_str));
                }
            }
            Stmt::Assign(assign) => self.assignment(&assign.targets, &assign.value),
            Stmt::AnnAssign(assign) => {
                self.visit_annotation(&assign.annotation);
                self.visit_expr(&assign.target);
                if let Some(value) = &assign.value {
                    self.assignment(std::slice::from_ref(&*assign.target), value);
                }
            }
            Stmt::AugAssign(assign) => {
                self.visit_expr(&assign.value);
                if let Expr::Name(name) = &*assign.target {
                    let value = self.added(&assign.target, assign.op, &assign.value);
                    self.bind(&name.id, value);
                } else {
                    self.visit_expr(&assign.target);
                }
            }
            Stmt::If(branch) => self.branches(branch),
            Stmt::For(ast::StmtFor { target, iter, body, orelse, .. }) => {
                self.visit_expr(iter);
                self.assign(target, &Value::Unknown);
                self.perhaps(body);
                self.perhaps(orelse);
            }
            Stmt::While(ast::StmtWhile { test, body, orelse, .. }) => {
                self.visit_expr(test);
                self.perhaps(body);
                self.perhaps(orelse);
            }
            Stmt::Try(ast::StmtTry { body, handlers, orelse, finalbody, .. }) => {
                self.perhaps(body);
                for handler in handlers {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    if let Some(kind) = &handler.type_ {
                        self.visit_expr(kind);
                    }
                    self.perhaps(&handler.body);
                }
                self.perhaps(orelse);
                self.perhaps(finalbody);
            }
            Stmt::With(ast::StmtWith { items, body, .. }) => {
                for item in items {
                    self.visit_expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bring(std::slice::from_ref(&**target), &item.context_expr);
                        let value = self.value(&item.context_expr);
                        self.visit_expr(target);
                        self.assign(target, &value);
                    }
                }
                self.visit_body(body);
            }
            Stmt::Match(_) => {
                self.perhaps = self.perhaps.saturating_add(1);
                visitor::walk_stmt(self, statement);
                self.perhaps = self.perhaps.saturating_sub(1);
            }
            Stmt::IpyEscapeCommand(escape) => self.escape(escape.range, escape.kind, &escape.value),
            other => visitor::walk_stmt(self, other),
        }
    }

    fn assignment(&mut self, targets: &'a [Expr], value: &'a Expr) {
        for target in targets {
            if !target.is_name_expr() {
                self.visit_expr(target);
            }
        }
        // A function without a name is one with a name here.
        if let (Expr::Lambda(lambda), [Expr::Name(name)]) = (value, targets) {
            if let Some(parameters) = &lambda.parameters {
                visitor::walk_parameters(self, parameters);
            }
            let unit = self.add_unit(&name.id, When::Called);
            self.wait(unit, lambda.parameters.as_deref(), Body::Expression(&lambda.body));
            self.bind(&name.id, Value::Function(unit));
            return;
        }
        self.visit_expr(value);
        self.bring(targets, value);
        let value = self.value(value);
        for target in targets {
            self.assign(target, &value);
        }
    }

    /// Remembers names of what was decoded or fetched.
    fn bring(&mut self, targets: &'a [Expr], value: &'a Expr) {
        let [Expr::Name(name)] = targets else { return };
        let by = self.brought_by(value, 6);
        let Some(scope) = self.scopes.get_mut(self.scope) else { return };
        match by {
            Some(by) => {
                scope.brought.insert(&name.id, by);
            }
            None if self.perhaps == 0 && !scope.brought.is_empty() => {
                scope.brought.remove(name.id.as_str());
            }
            None => {}
        }
    }

    /// Expressions with names of their own.
    fn comprehension(&mut self, expression: &'a Expr, generators: &'a [ast::Comprehension]) {
        let outer = self.scope;
        self.scopes.push(Scope::inside(outer));
        let inner = self.scopes.len().saturating_sub(1);
        for generator in generators {
            self.scope =
                if std::ptr::eq(generator, generators.first().unwrap_or(generator)) { outer } else { inner };
            self.visit_expr(&generator.iter);
            self.scope = inner;
            self.assign(&generator.target, &Value::Unknown);
            for test in &generator.ifs {
                self.visit_expr(test);
            }
        }
        match expression {
            Expr::DictComp(comprehension) => {
                if let Some(key) = &comprehension.key {
                    self.visit_expr(key);
                }
                self.visit_expr(&comprehension.value);
            }
            Expr::ListComp(ast::ExprListComp { elt, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, .. })
            | Expr::Generator(ast::ExprGenerator { elt, .. }) => self.visit_expr(elt),
            _ => {}
        }
        self.scope = outer;
        // Scopes inside it may be waited for by functions; the rest is empty and small.
        if self.scopes.len() == inner.saturating_add(1) {
            self.scopes.pop();
        }
    }

    fn expression(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => self.call(call),
            Expr::Name(name) if name.ctx.is_load() => self.named(expression, false),
            Expr::Attribute(attribute) => {
                if attribute.ctx.is_load() {
                    self.named(expression, false);
                }
                if !is_path(&attribute.value) {
                    self.visit_expr(&attribute.value);
                }
            }
            Expr::Subscript(subscript) => {
                self.subscript(subscript);
                visitor::walk_expr(self, expression);
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                let value = self.value(&named.value);
                self.assign(&named.target, &value);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    visitor::walk_parameters(self, parameters);
                }
                let outer = self.scope;
                self.scopes.push(Scope::inside(outer));
                self.scope = self.scopes.len().saturating_sub(1);
                for one in lambda.parameters.iter().flat_map(|parameters| parameters.iter()) {
                    self.bind(one.name(), Value::Unknown);
                }
                self.visit_expr(&lambda.body);
                self.scope = outer;
            }
            Expr::ListComp(ast::ExprListComp { generators, .. })
            | Expr::SetComp(ast::ExprSetComp { generators, .. })
            | Expr::DictComp(ast::ExprDictComp { generators, .. })
            | Expr::Generator(ast::ExprGenerator { generators, .. }) => {
                self.comprehension(expression, generators);
            }
            Expr::StringLiteral(literal) => self.literal(literal.range, literal.value.to_str().as_bytes()),
            Expr::BytesLiteral(literal) => {
                if let [one] = literal.value.as_slice() {
                    self.literal(literal.range, one.as_slice());
                } else {
                    let bytes: Vec<u8> = literal.value.bytes().collect();
                    self.literal(literal.range, &bytes);
                }
            }
            Expr::IpyEscapeCommand(escape) => self.escape(escape.range, escape.kind, &escape.value),
            other => visitor::walk_expr(self, other),
        }
    }

    /// Goes one level down; not when the tree is deeper than any that Python takes.
    fn descend(&mut self, step: impl FnOnce(&mut Self)) {
        if self.depth > DEEPEST {
            self.missed = Some(super::TOO_DEEP);
            return;
        }
        self.depth = self.depth.saturating_add(1);
        step(self);
        self.depth = self.depth.saturating_sub(1);
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.descend(|reader| reader.statement(stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.descend(|reader| reader.expression(expr));
    }

    fn visit_annotation(&mut self, expr: &'a Expr) {
        // Names in it do nothing; what it calls is called at once, up to Python 3.13.
        let calls = any_over_expr(expr, Expr::is_call_expr);
        let outer = std::mem::replace(&mut self.quiet, !calls);
        self.visit_expr(expr);
        self.quiet = outer;
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        self.descend(|reader| visitor::walk_pattern(reader, pattern));
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        self.descend(|reader| visitor::walk_interpolated_string_element(reader, element));
    }
}

/// A name, or names behind dots.
pub(super) fn is_path(expression: &Expr) -> bool {
    let mut expression = expression;
    // Longer chains are no names of anything.
    for _ in 0..64 {
        match expression {
            Expr::Attribute(attribute) => expression = &attribute.value,
            other => return other.is_name_expr(),
        }
    }
    false
}

/// `__name__ == "__main__"`
fn is_main(test: &Expr) -> bool {
    if let Expr::BoolOp(ast::ExprBoolOp { op: ast::BoolOp::And, values, .. }) = test {
        return values.iter().any(|value| value.is_compare_expr() && is_main(value));
    }
    let Expr::Compare(ast::ExprCompare { left, ops, comparators, .. }) = test else { return false };
    let ([ast::CmpOp::Eq], [right]) = (&**ops, &**comparators) else { return false };
    let is_name = |one: &Expr| matches!(one, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_word = |one: &Expr| matches!(one, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    is_name(left) && is_word(right) || is_word(left) && is_name(right)
}
