//! Statements: what they call, and what they give names.

use ruff_python_ast::visitor::{self, Visitor as _};
use ruff_python_ast::{self as ast, Expr, Stmt};
use weighbridge_domain::facts::When;

use super::Reader;
use crate::formats::python::Role;
use crate::formats::python::scope::Body;
use crate::formats::python::value::Value;

/// Levels of a pattern that are followed.
const DEEPEST_PATTERN: usize = 16;

impl<'a> Reader<'a> {
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

    pub(super) fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function_def(function),
            Stmt::ClassDef(class) => self.class_def(class),
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Global(global) => self.global_names(global),
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
                    self.bind(&*name.id, value);
                } else {
                    self.visit_expr(&assign.target);
                }
            }
            Stmt::If(branch) => self.branches(branch),
            Stmt::For(ast::StmtFor { target, iter, body, orelse, .. }) => {
                self.visit_expr(iter);
                let items = self.value(iter);
                self.touches(&items, &["__aiter__", "__anext__", "__iter__", "__next__"]);
                let value = Self::item_in_turn(&items);
                self.assign(target, &value);
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
            Stmt::With(with) => {
                for item in &with.items {
                    self.visit_expr(&item.context_expr);
                    let value = self.value(&item.context_expr);
                    self.touches(&value, &["__aenter__", "__aexit__", "__enter__", "__exit__"]);
                    if let Some(target) = &item.optional_vars {
                        self.bring(std::slice::from_ref(&**target), &item.context_expr);
                        let value = self.entered(value);
                        self.visit_expr(target);
                        self.assign(target, &value);
                    }
                }
                self.visit_body(&with.body);
            }
            Stmt::Match(ast::StmtMatch { subject, cases, .. }) => {
                self.visit_expr(subject);
                let value = self.value(subject);
                for case in cases {
                    self.visit_pattern(&case.pattern);
                    self.perhaps = self.perhaps.saturating_add(1);
                    self.capture(&case.pattern, &value, DEEPEST_PATTERN);
                    if let Some(guard) = &case.guard {
                        self.visit_expr(guard);
                    }
                    self.visit_body(&case.body);
                    self.perhaps = self.perhaps.saturating_sub(1);
                }
            }
            Stmt::IpyEscapeCommand(escape) => self.escape(escape.range, escape.kind, &escape.value),
            other => visitor::walk_stmt(self, other),
        }
    }

    pub(in crate::formats::python) fn global_names(&mut self, global: &'a ast::StmtGlobal) {
        if self.spend_bindings(global.names.len())
            && let Some(scope) = self.scopes.get_mut(self.scope)
        {
            scope.of_file.extend(global.names.iter().map(ast::Identifier::as_str));
        }
    }

    /// What stands for an item while a loop goes over all.
    pub(in crate::formats::python) fn item_in_turn(items: &Value) -> Value {
        match items {
            Value::Items("dict", items) => {
                let keys: Vec<Value> =
                    items.chunks_exact(2).filter_map(|pair| pair.first().cloned()).collect();
                Value::one_of(&keys)
            }
            Value::Items(_, items) => Value::one_of(items),
            _ => Value::Unknown,
        }
    }

    /// What `with value as …` gives.
    fn entered(&mut self, value: Value) -> Value {
        if let Value::Instance(class) = value
            && let Some(method) = self.method(class, "__enter__").or_else(|| self.method(class, "__aenter__"))
        {
            return self.returned(method, &[], 8);
        }
        value
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
            let mut code = self.code(lambda.parameters.as_deref(), Body::Expression(&lambda.body));
            code.class = None;
            self.wait(unit, code);
            self.bind(&*name.id, Value::Function(unit));
            return;
        }
        self.visit_expr(value);
        self.bring(targets, value);
        let written = value;
        let value = self.value(written);
        for target in targets {
            self.taken(target, &value, written);
            self.assign(target, &value);
        }
    }

    /// A function that acts gets a name by which Python calls it.
    fn taken(&mut self, target: &'a Expr, value: &Value, written: &'a Expr) {
        let hook = match target {
            Expr::Name(name) => {
                self.body_of.is_some() && name.id.starts_with("__") && name.id.ends_with("__")
            }
            Expr::Attribute(attribute) => match self.value(&attribute.value) {
                Value::Name(module) => matches!(&*module, "builtins" | "sys" | "threading"),
                Value::Class(_) | Value::Instance(_) => {
                    attribute.attr.starts_with("__") && attribute.attr.ends_with("__")
                }
                _ => false,
            },
            _ => false,
        };
        if hook {
            self.hand_on(value, &[], written);
        }
    }

    /// Remembers names of what was decoded or fetched.
    fn bring(&mut self, targets: &'a [Expr], value: &'a Expr) {
        let [Expr::Name(name)] = targets else { return };
        if let Expr::Call(call) = value
            && let Value::Function(function) = self.value(&call.func)
            && let Some(scope) = self.scopes.get_mut(self.scope)
        {
            scope.given_by.insert(&name.id, function);
        }
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
