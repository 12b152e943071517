//! Goes over a syntax tree in the order in which Python would: what a file does at once, then the bodies of its functions.

mod bindings;
mod define;
mod statements;

pub(super) use self::define::count;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, InterpolatedStringElement, Pattern, Stmt};
use ruff_text_size::TextRange;
use weighbridge_domain::facts::{What, When};

use super::Role;
use super::scope::{Class, Code, Scope, Unit, spread};
use super::value::Value;
use crate::limits::Meter;

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
    /// The code of each unit that is a function.
    pub(super) codes: Vec<Option<Code<'a>>>,
    waiting: VecDeque<Waiting<'a>>,
    /// What calls give to parameters of functions, by number.
    given: HashMap<usize, Vec<(usize, Value)>>,
    /// What functions give when nothing is known of their arguments.
    pub(super) results: HashMap<usize, Value>,
    /// The code, the names and the class body that it is at.
    pub(super) unit: usize,
    pub(super) scope: usize,
    pub(super) body_of: Option<usize>,
    /// What happens here happens only perhaps.
    perhaps: usize,
    depth: usize,
    /// In annotations nothing runs.
    quiet: bool,
    /// Attributes or items of variables were given values.
    pub(super) placed: bool,
    /// Some attributes are functions.
    pub(super) properties: bool,
    pub(super) role: Role,
    /// How deep it is in text that is run by text.
    pub(super) nested: usize,
    /// Functions of the file of which it is followed what they give.
    pub(super) following: usize,
    found: usize,
    /// Pickles that it loads from its own text, and where.
    pub(super) programs: Vec<(u64, Vec<u8>)>,
    /// Bytes of constants that were worked on.
    pub(super) work: usize,
    /// The time, and the memory for what is found.
    pub(super) meter: &'a Meter,
    /// Why not all was looked at.
    pub(super) missed: Option<&'static str>,
}

/// A function whose body was not yet gone over.
struct Waiting<'a> {
    unit: usize,
    code: Code<'a>,
    defaults: Vec<Value>,
    /// How deep in the tree it is.
    depth: usize,
}

/// What is known of a text that a file runs, beside the text.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// How deep it is in text that is run by text.
    pub(super) nested: usize,
    /// Bytes of constants that were worked on.
    pub(super) work: usize,
    /// Names that stand for something outside of the file, with what that is.
    pub(super) names: Vec<(String, String)>,
}

/// Names that a text hands to the file that runs it, at most.
const MOST_NAMES: usize = 200;

/// What was found in a file, with offsets, why not all was looked at, and what it leaves to what runs it.
pub(super) struct Told {
    pub(super) found: Vec<(u64, What)>,
    pub(super) missed: Option<&'static str>,
    /// Pickles that it loads from its own text.
    pub(super) programs: Vec<(u64, Vec<u8>)>,
    pub(super) around: Around,
}

/// Work for one file: bytes of constants, and what other steps cost beside them.
const MOST_WORK: usize = 64 << 20;
/// What it costs to give a name a value.
const BINDING: usize = 64;

/// Goes over a file.
pub(super) fn read<'a>(
    source: &'a str,
    body: &'a [Stmt],
    role: Role,
    around: Around,
    meter: &'a Meter,
) -> Told {
    let Around { nested, work, names } = around;
    let when = match role {
        Role::Setup => When::Installed,
        Role::Module => When::Loaded,
        Role::Cell => When::Called,
    };
    let mut reader = Reader {
        source,
        scopes: vec![Scope::default()],
        units: Vec::new(),
        codes: Vec::new(),
        classes: Vec::new(),
        waiting: VecDeque::new(),
        given: HashMap::new(),
        results: HashMap::new(),
        unit: 0,
        scope: 0,
        body_of: None,
        perhaps: 0,
        depth: 0,
        quiet: false,
        placed: false,
        properties: false,
        role,
        nested,
        following: 0,
        found: 0,
        programs: Vec::new(),
        work,
        meter,
        missed: None,
    };
    if let Some(scope) = reader.scopes.first_mut() {
        for (name, outside) in names {
            scope.bind(Cow::Owned(name), Value::name(&outside), false);
        }
    }
    reader.add_unit("", when);
    reader.visit_body(body);
    while let Some(waiting) = reader.waiting.pop_front() {
        reader.function(waiting);
    }
    let names = reader.scopes.first().into_iter().flat_map(Scope::outside);
    let names =
        names.take(MOST_NAMES).map(|(name, outside)| (name.to_owned(), outside.to_string())).collect();
    let around = Around { nested, work: reader.work, names };
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
    Told { found, missed: reader.missed, programs: reader.programs, around }
}

impl<'a> Reader<'a> {
    /// Takes work that costs as much as so many bytes of constants; false when there was enough of it, or no time.
    pub(super) fn spend(&mut self, cost: usize) -> bool {
        self.work = self.work.saturating_add(cost);
        if self.work > MOST_WORK {
            self.missed = Some("its constants are too much to work out");
            return false;
        }
        self.meter.step()
    }

    /// The same for so many names that get values.
    pub(super) fn spend_bindings(&mut self, count: usize) -> bool {
        self.spend(count.saturating_mul(BINDING))
    }

    /// What stands here does not run.
    pub(super) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Notes something that was found where it stands.
    pub(super) fn note(&mut self, range: TextRange, what: What) {
        if self.quiet {
            return;
        }
        if !self.meter.keep(size_of::<What>()) {
            return;
        }
        self.found = self.found.saturating_add(1);
        if self.found > MOST_FOUND {
            self.missed = Some("more calls that matter than are kept");
        } else if let Some(unit) = self.units.get_mut(self.unit) {
            unit.found.push((u64::from(range.start().to_u32()), what));
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
            let items = self.value(&generator.iter);
            self.touches(&items, &["__aiter__", "__anext__", "__iter__", "__next__"]);
            self.scope = inner;
            let value = Self::item_in_turn(&items);
            self.assign(&generator.target, &value);
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
                    self.property(attribute);
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
            Expr::Lambda(lambda) => self.lambda(lambda, None),
            Expr::BinOp(ast::ExprBinOp { left, right, .. }) => {
                self.operated(left);
                self.operated(right);
                visitor::walk_expr(self, expression);
            }
            Expr::Compare(comparison) => {
                self.operated(&comparison.left);
                visitor::walk_expr(self, expression);
            }
            Expr::UnaryOp(operation) => {
                self.operated(&operation.operand);
                visitor::walk_expr(self, expression);
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

    /// A function without a name, called at once with these arguments or perhaps later.
    pub(super) fn lambda(&mut self, lambda: &'a ast::ExprLambda, call: Option<&'a ast::ExprCall>) {
        if let Some(parameters) = &lambda.parameters {
            visitor::walk_parameters(self, parameters);
        }
        let arguments = call.map(|call| self.arguments(call, 8)).unwrap_or_default();
        let outer = self.scope;
        self.scopes.push(Scope::inside(outer));
        self.scope = self.scopes.len().saturating_sub(1);
        self.bind_parameters(lambda.parameters.as_deref(), None, &arguments);
        self.visit_expr(&lambda.body);
        self.scope = outer;
    }

    /// An object of a class of the file stands beside an operator.
    fn operated(&mut self, operand: &'a Expr) {
        const OPERATORS: [&str; 24] = [
            "__add__",
            "__and__",
            "__contains__",
            "__eq__",
            "__floordiv__",
            "__ge__",
            "__gt__",
            "__invert__",
            "__le__",
            "__lshift__",
            "__lt__",
            "__matmul__",
            "__mod__",
            "__mul__",
            "__ne__",
            "__neg__",
            "__or__",
            "__pos__",
            "__pow__",
            "__radd__",
            "__rshift__",
            "__sub__",
            "__truediv__",
            "__xor__",
        ];
        if !self.classes.is_empty() && matches!(operand, Expr::Call(_) | Expr::Name(_)) {
            let value = self.value(operand);
            if matches!(value, Value::Instance(_)) {
                self.touches(&value, &OPERATORS);
            }
        }
    }

    /// An attribute that is worked out where it is read.
    fn property(&mut self, attribute: &'a ast::ExprAttribute) {
        if !self.properties {
            return;
        }
        if let Value::Instance(class) = self.value(&attribute.value) {
            let method = self.method(class, &attribute.attr);
            let code = method.and_then(|method| self.codes.get(method).copied().flatten());
            match (method, code) {
                (Some(method), Some(code)) if code.is_property => self.calls(method),
                (None, _) if self.attribute(class, &attribute.attr).is_none() => {
                    self.touches(&Value::Instance(class), &["__getattr__"]);
                }
                _ => {}
            }
        }
    }

    /// Goes one level down; not when the tree is deeper than any that Python takes.
    fn descend(&mut self, step: impl FnOnce(&mut Self)) {
        if !self.meter.step() {
            return;
        }
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
        // Text in it is worked out by those who ask for what it says.
        if let Expr::StringLiteral(text) = expr
            && text.value.to_str().contains('(')
        {
            self.run_source(text.range, text.value.to_str());
        }
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
