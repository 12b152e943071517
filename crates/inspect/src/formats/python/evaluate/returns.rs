//! What functions of the file give: their bodies are gone through with what they are called with, as far as that is known.

use ruff_python_ast::{self as ast, Expr, Stmt};

use crate::formats::python::reader::{Reader, count};
use crate::formats::python::scope::{Body, Scope};
use crate::formats::python::value::{Given, Value};

/// Functions that call each other, of which it is followed what they give.
const DEEPEST: usize = 5;
/// What one statement costs, in bytes of constants.
const STATEMENT: usize = 32;

impl<'a> Reader<'a> {
    /// What a function of the file gives for these arguments.
    pub(in crate::formats::python) fn returned(
        &mut self,
        unit: usize,
        arguments: &[Given],
        depth: usize,
    ) -> Value {
        let Some(code) = self.codes.get(unit).copied().flatten() else { return Value::Unknown };
        let Some(deeper) = depth.checked_sub(1) else { return Value::Unknown };
        if self.following >= DEEPEST {
            return Value::Unknown;
        }
        let known = arguments.iter().any(|(_, value)| value.is_known());
        if !known && let Some(value) = self.results.get(&unit) {
            return value.clone();
        }
        // Functions that call themselves give nothing new.
        self.results.insert(unit, Value::Unknown);
        self.following = self.following.saturating_add(1);
        let outer = (self.scope, self.body_of.take(), self.scopes.len());
        self.scopes.push(Scope::inside(code.scope));
        self.scope = self.scopes.len().saturating_sub(1);
        self.bind_parameters(code.parameters, code.class, arguments);
        let value = match code.body {
            Body::Expression(expression) => self.evaluate(expression, deeper),
            Body::Block(body) => self.given_by(body, deeper).unwrap_or(Value::Unknown),
        };
        self.scopes.truncate(outer.2);
        (self.scope, self.body_of) = (outer.0, outer.1);
        self.following = self.following.saturating_sub(1);
        if known {
            self.results.remove(&unit);
        } else {
            self.results.insert(unit, value.clone());
        }
        value
    }

    /// Gives parameters what a call gives them, or what they have when it gives nothing.
    pub(in crate::formats::python) fn bind_parameters(
        &mut self,
        parameters: Option<&'a ast::Parameters>,
        class: Option<usize>,
        arguments: &[Given],
    ) {
        let Some(parameters) = parameters else { return };
        // Each is looked for among all arguments.
        if !self.spend(count(parameters).saturating_mul(arguments.len())) {
            return;
        }
        let mut positional =
            arguments.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| value.clone());
        let mut object = class.map(Value::Instance);
        for one in parameters.iter_non_variadic_params() {
            let name = one.parameter.name.as_str();
            let named = arguments.iter().find(|(given, _)| given.as_deref() == Some(name));
            let given = object.take().or_else(|| match named {
                Some((_, value)) => Some(value.clone()),
                None => positional.next(),
            });
            let value = match (given, &one.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.value(default),
                (None, None) => Value::Unknown,
            };
            self.bind(name, value);
        }
        if let Some(rest) = &parameters.vararg {
            let rest_of = Value::items("tuple", positional.collect());
            self.bind(rest.name.as_str(), rest_of);
        }
        if let Some(rest) = &parameters.kwarg {
            self.bind(rest.name.as_str(), Value::Unknown);
        }
    }

    /// What these statements return or yield; of several values, the first that is known.
    fn given_by(&mut self, body: &'a [Stmt], depth: usize) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        let mut last = None;
        for statement in body {
            if !self.spend(STATEMENT) {
                break;
            }
            let given = match statement {
                Stmt::Return(ast::StmtReturn { value, .. }) => {
                    Some(value.as_deref().map_or(Value::Word("None"), |value| self.evaluate(value, deeper)))
                }
                Stmt::Expr(ast::StmtExpr { value, .. }) => match &**value {
                    Expr::Yield(ast::ExprYield { value: Some(value), .. }) => {
                        Some(self.evaluate(value, deeper))
                    }
                    _ => None,
                },
                Stmt::Import(import) => {
                    self.import(import);
                    None
                }
                Stmt::ImportFrom(import) => {
                    self.import_from(import);
                    None
                }
                Stmt::Global(global) => {
                    self.global_names(global);
                    None
                }
                Stmt::Assign(assign) => {
                    let value = self.evaluate(&assign.value, deeper);
                    for target in &assign.targets {
                        self.assign(target, &value);
                    }
                    None
                }
                Stmt::AnnAssign(ast::StmtAnnAssign { target, value: Some(value), .. }) => {
                    let value = self.evaluate(value, deeper);
                    self.assign(target, &value);
                    None
                }
                Stmt::AugAssign(assign) => {
                    if let Expr::Name(name) = &*assign.target {
                        let value = self.added(&assign.target, assign.op, &assign.value);
                        self.bind(&*name.id, value);
                    }
                    None
                }
                Stmt::If(ast::StmtIf { body, elif_else_clauses, .. }) => {
                    let mut given = self.given_by(body, deeper);
                    for clause in elif_else_clauses {
                        if given.as_ref().is_some_and(Value::is_known) {
                            break;
                        }
                        given = self.given_by(&clause.body, deeper).or(given);
                    }
                    given
                }
                Stmt::For(ast::StmtFor { target, iter, body, .. }) => {
                    let items = self.evaluate(iter, deeper);
                    let value = Self::item_in_turn(&items);
                    self.assign(target, &value);
                    self.given_by(body, deeper)
                }
                Stmt::While(ast::StmtWhile { body, .. }) | Stmt::With(ast::StmtWith { body, .. }) => {
                    self.given_by(body, deeper)
                }
                Stmt::Try(ast::StmtTry { body, handlers, .. }) => {
                    let mut given = self.given_by(body, deeper);
                    for ast::ExceptHandler::ExceptHandler(handler) in handlers {
                        if given.as_ref().is_some_and(Value::is_known) {
                            break;
                        }
                        given = self.given_by(&handler.body, deeper).or(given);
                    }
                    given
                }
                _ => None,
            };
            match given {
                Some(value) if value.is_known() => return Some(value),
                Some(value) => last = Some(value),
                None => {}
            }
        }
        last
    }
}
