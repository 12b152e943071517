//! What a file calls and names, as facts. Only what is known to act, or where something is found that matters, is one.

mod magics;
mod models;
mod texts;

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged as _, TextRange};
use weighbridge_domain::facts::{Command, Encoded, Use, What, When};

use super::commands;
use super::fold;
use super::reader::{Reader, is_path};
use super::value::{Given, Value, kept_arguments};
use crate::formats::command::{Line, Script};
use crate::known::effects::{Effect, effect};
use crate::known::places::{is_secret_name, place};
use crate::text;

/// The longest line that is kept.
const LONGEST_LINE: usize = 200;
/// What it costs to read a command, beside its length.
const COMMAND: usize = 256;
/// Text shorter than this is not looked at for an encoding.
const SHORTEST_ENCODED: usize = 512;

/// Names by which functions of the file are run that are handed over.
#[rustfmt::skip]
const RUNNERS: [&str; 17] = [
    "Process", "Thread", "Timer", "apply", "apply_async", "call_soon", "create_task", "filter", "map", "partial", "reduce",
    "register", "run", "run_in_executor", "run_until_complete", "start_new_thread", "submit",
];

/// Names by which functions from outside the file are called that are handed over.
#[rustfmt::skip]
const CALLERS: [&str; 42] = [
    "Process", "Thread", "Timer", "accumulate", "add_done_callback", "addaudithook", "apply_async", "call", "call_at",
    "call_later", "call_soon", "call_soon_threadsafe", "callback", "defaultdict", "dropwhile", "filter", "filterfalse",
    "finalize", "groupby", "imap", "imap_unordered", "iter", "map", "map_async", "max", "min", "reduce", "register",
    "register_at_fork", "run_in_executor", "setprofile", "settrace", "signal", "sort", "sorted", "starmap",
    "start_new_thread", "sub", "subn", "submit", "takewhile", "to_thread",
];

/// It starts processes or runs code as soon as it is called.
fn acts(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    match effect(name) {
        Some(Effect::StartsProcess) => true,
        Some(Effect::RunsCode) => {
            !matches!(last, "CodeType" | "FunctionType" | "compile" | "compile_command")
        }
        _ => false,
    }
}

/// What it is handed to, it is handed to for being called. Methods by these names are found in libraries that call nothing.
fn is_handed_on(value: &Value, by_name: bool) -> bool {
    match value {
        Value::Name(name) => acts(name) && (by_name || effect(name) == Some(Effect::StartsProcess)),
        Value::Items(_, items) => {
            by_name && items.iter().take(64).any(|item| matches!(item, Value::Name(name) if acts(name)))
        }
        Value::Made(made) => match made.arguments.first() {
            Some((_, Value::Name(name))) => match &*made.callee {
                "builtins.getattr" => true,
                "functools.partial" => acts(name),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// What is put there is called whenever something is imported.
fn is_hook(name: &str) -> bool {
    name.starts_with("sys.meta_path.") || name.starts_with("sys.path_hooks.")
}

impl<'a> Reader<'a> {
    /// The line at an offset.
    pub(super) fn line(&self, at: usize) -> String {
        let from = self.source.floor_char_boundary(at.saturating_sub(LONGEST_LINE));
        let before = self.source.get(from..at).unwrap_or_default();
        let start =
            before.rfind(['\n', '\r']).map_or(from, |newline| from.saturating_add(newline).saturating_add(1));
        let end = self.source.floor_char_boundary(start.saturating_add(LONGEST_LINE).min(self.source.len()));
        let line = self.source.get(start..end).unwrap_or_default();
        line.split(['\n', '\r']).next().unwrap_or_default().trim().to_owned()
    }

    fn within(&self) -> Rc<str> {
        self.units.get(self.unit).map_or_else(|| Rc::from(""), |unit| Rc::clone(&unit.within))
    }

    fn note_use(&mut self, range: TextRange, name: &str, arguments: Option<&[Given]>) {
        let one = Use {
            language: "python",
            name: name.to_owned(),
            arguments: arguments.map(kept_arguments),
            when: When::Installed,
            within: self.within().to_string(),
            text: self.line(range.start().to_usize()),
        };
        self.note(range, What::Use(one));
    }

    fn note_commands(&mut self, range: TextRange, runner: &'static str, script: Script) {
        let text = self.line(range.start().to_usize());
        for Line { programs, .. } in script.lines {
            let text = text.clone();
            self.note(range, What::Command(Command { runner, when: When::Installed, programs, text }));
        }
        for inline in script.python {
            self.run_alone(range, &inline.source);
        }
    }

    /// A call.
    pub(super) fn call(&mut self, call: &'a ast::ExprCall) {
        let callee = self.value(&call.func);
        self.called(&callee, call);
        self.appended(call);
        // What is called was told; what it is an attribute of may be a call itself.
        match &*call.func {
            Expr::Name(_) => {}
            Expr::Attribute(attribute) => {
                if !is_path(&attribute.value) {
                    self.visit(&attribute.value);
                }
            }
            Expr::Lambda(lambda) => self.lambda(lambda, Some(call)),
            other => self.visit(other),
        }
        let runner = match &*call.func {
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            Expr::Name(name) => name.id.as_str(),
            _ => "",
        };
        let runs = RUNNERS.contains(&runner);
        let hands_on = CALLERS.contains(&runner);
        let hooks = matches!(&callee, Value::Name(name) if is_hook(name));
        let named = matches!(&callee, Value::Name(_));
        let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
        for argument in call.arguments.args.iter().chain(keywords) {
            if hooks || runs && is_path(argument) {
                match self.value(argument) {
                    Value::Function(function) => self.calls(function),
                    Value::Class(class) | Value::Instance(class) if hooks => self.hooked(class),
                    Value::Class(class) => self.made(class),
                    _ => {}
                }
            }
            let value = if hands_on { self.value(argument) } else { Value::Unknown };
            if hands_on && is_handed_on(&value, named) {
                let rest = self.handed_with(call, argument);
                self.hand_on(&value, &rest, argument);
            } else if is_path(argument) {
                self.named(argument, true);
            } else {
                self.visit(argument);
            }
        }
    }

    /// What a function gets that is handed on to another, which calls it.
    fn handed_with(&mut self, call: &'a ast::ExprCall, handed: &'a Expr) -> Vec<Given> {
        let named = call.arguments.keywords.iter().find(|one| one.arg.as_deref() == Some("args"));
        let behind = call.arguments.args.iter().skip_while(|one| !std::ptr::eq(*one, handed)).skip(1);
        let mut values: Vec<Value> = Vec::new();
        for argument in behind.chain(named.map(|one| &one.value)).take(8) {
            match self.value(argument) {
                Value::Items(_, items) => values.extend(items.iter().take(8).cloned()),
                other => values.push(other),
            }
        }
        values.into_iter().map(|value| (None, value)).collect()
    }

    /// A function from outside the file is called by what it is handed to.
    pub(super) fn hand_on(&mut self, value: &Value, arguments: &[Given], written: &'a Expr) {
        match value {
            Value::Name(name) => {
                if let Some(effect) = effect(name).filter(|_| acts(name)) {
                    let arguments =
                        if arguments.is_empty() { vec![(None, Value::Unknown)] } else { arguments.to_vec() };
                    self.act(name, effect, arguments, None, written.range());
                }
            }
            Value::Items(_, items) => {
                for item in items.iter().filter(|item| matches!(item, Value::Name(_))).take(8) {
                    self.hand_on(item, &[], written);
                }
            }
            Value::Made(made) if matches!(&*made.callee, "builtins.getattr" | "functools.partial") => {
                match made.arguments.first() {
                    Some((_, name @ Value::Name(_))) if &*made.callee == "functools.partial" => {
                        let rest: Vec<Given> = made.arguments.iter().skip(1).cloned().collect();
                        self.hand_on(name, &rest, written);
                    }
                    _ => self.note_use(written.range(), "builtins.getattr", Some(&made.arguments)),
                }
            }
            _ => {}
        }
    }

    fn visit(&mut self, expression: &'a Expr) {
        ruff_python_ast::visitor::Visitor::visit_expr(self, expression);
    }

    /// An object of a class of the file is made.
    fn made(&mut self, class: usize) {
        for name in ["__del__", "__init__", "__new__", "__post_init__"] {
            if let Some(method) = self.method(class, name) {
                self.calls(method);
            }
        }
    }

    /// Python asks an object of a class of the file whenever something is imported.
    fn hooked(&mut self, class: usize) {
        self.touches(
            &Value::Instance(class),
            &[
                "__call__",
                "create_module",
                "exec_module",
                "find_loader",
                "find_module",
                "find_spec",
                "load_module",
            ],
        );
    }

    fn called(&mut self, callee: &Value, call: &'a ast::ExprCall) {
        match callee {
            Value::Name(name) if &**name == "builtins.setattr" => {
                let arguments = self.arguments(call, 8);
                self.set_by_name(call, &arguments);
            }
            Value::Name(name) => {
                let object = match &*call.func {
                    Expr::Attribute(function) => self.value(&function.value),
                    _ => Value::Unknown,
                };
                let own = matches!(object, Value::Made(_)).then(|| vec![(Some(Rc::from("self")), object)]);
                self.known(name, own, call);
            }
            Value::Function(function) => {
                self.calls(*function);
                self.give(*function, call);
                // It may give the file names.
                self.value_of_call(call);
            }
            Value::Class(class) => {
                self.made(*class);
                self.value_of_call(call);
            }
            Value::Instance(_) => self.touches(callee, &["__call__", "forward"]),
            Value::Made(made) => match (&*made.callee, made.arguments.first()) {
                ("functools.partial", Some((_, Value::Name(name)))) => {
                    let before = made.arguments.iter().skip(1).cloned().collect();
                    self.known(name, Some(before), call);
                }
                ("operator.methodcaller", Some((_, Value::Text(method)))) => {
                    let object = self
                        .arguments(call, 8)
                        .into_iter()
                        .next()
                        .map_or(Value::Unknown, |(_, object)| object);
                    if let Value::Name(name) = self.attribute_of(&object, method) {
                        let before = made.arguments.iter().skip(1).cloned().collect();
                        self.known(&name, Some(before), call);
                    }
                }
                ("builtins.getattr", _) => {
                    self.note_use(call.range(), "builtins.getattr", Some(&made.arguments));
                }
                ("types.FunctionType", _) => {
                    self.note_use(call.range(), "types.FunctionType.__call__", Some(&made.arguments));
                }
                _ => {}
            },
            _ => {}
        }
        self.called_indirectly(callee, call);
        if let Expr::Attribute(function) = &*call.func
            && matches!(&*function.attr, "from_pretrained" | "from_config" | "from_hub" | "from_single_file")
        {
            let asked_by = match callee {
                Value::Name(name) => name
                    .rsplit('.')
                    .take(2)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect::<Vec<_>>()
                    .join("."),
                _ => function.attr.to_string(),
            };
            self.asks_hub(&asked_by, call);
        }
    }

    /// What a call calls beside what it names.
    fn called_indirectly(&mut self, callee: &Value, call: &'a ast::ExprCall) {
        match (&*call.func, callee) {
            // A function that another function of the file gives.
            (Expr::Call(inner), Value::Unknown) => {
                if let Value::Function(function) = self.value(&inner.func) {
                    self.calls_inside(self.unit, function);
                }
            }
            (Expr::Name(name), Value::Unknown) => {
                let by = self.scopes.get(self.scope).and_then(|scope| scope.given_by.get(name.id.as_str()));
                if let Some(function) = by.copied() {
                    self.calls_inside(self.unit, function);
                }
            }
            (Expr::Attribute(function), Value::Unknown) if &*function.attr == "start" => {
                let object = self.value(&function.value);
                self.touches(&object, &["run"]);
            }
            (Expr::Attribute(function), Value::Unknown) if &*function.attr == "update" => {
                if let (Value::Globals, [argument]) = (self.value(&function.value), &*call.arguments.args) {
                    match self.value(argument) {
                        Value::Names(module) => self.import_all(&module),
                        Value::Items("dict", items) => self.bind_all(&items),
                        _ => {}
                    }
                }
            }
            (Expr::Name(name), _)
                if matches!(
                    name.id.as_str(),
                    "bool"
                        | "bytes"
                        | "format"
                        | "hash"
                        | "int"
                        | "iter"
                        | "len"
                        | "list"
                        | "next"
                        | "print"
                        | "repr"
                        | "reversed"
                        | "set"
                        | "sorted"
                        | "str"
                        | "sum"
                        | "tuple"
                ) && !self.classes.is_empty() =>
            {
                for argument in call.arguments.args.iter().take(4) {
                    if let object @ Value::Instance(_) = self.value(argument) {
                        self.touches(
                            &object,
                            &[
                                "__bool__",
                                "__bytes__",
                                "__format__",
                                "__hash__",
                                "__int__",
                                "__iter__",
                                "__len__",
                                "__next__",
                                "__repr__",
                                "__reversed__",
                                "__str__",
                            ],
                        );
                    }
                }
            }
            _ => {}
        }
    }

    fn value_of_call(&mut self, call: &'a ast::ExprCall) {
        let arguments = call.arguments.args.iter().take(8);
        let mut known = Vec::new();
        for argument in arguments {
            known.push((None, self.value(argument)));
        }
        match self.value(&call.func) {
            Value::Function(function) => {
                self.returned(function, &known, 8);
            }
            Value::Class(class) => {
                if let Some(method) = self.method(class, "__init__") {
                    self.returned(method, &known, 8);
                }
            }
            _ => {}
        }
    }

    /// A call of something that has a name outside the file.
    fn known(&mut self, name: &str, before: Option<Vec<Given>>, call: &'a ast::ExprCall) {
        self.runs_configured(name, call);
        let Some(effect) = effect(name) else { return };
        let mut arguments = before.unwrap_or_default();
        arguments.extend(self.arguments(call, 12));
        if effect == Effect::Hub {
            self.asks_hub(name, call);
        }
        self.act(name, effect, arguments, call.arguments.args.first(), call.range());
    }

    /// Something that has a name outside the file is called with these arguments.
    fn act(
        &mut self,
        name: &str,
        effect: Effect,
        mut arguments: Vec<Given>,
        written: Option<&'a Expr>,
        range: TextRange,
    ) {
        let first = arguments.iter().find(|(name, _)| name.as_deref() != Some("self"));
        let path = first.and_then(|(_, value)| fold::path_text(value));
        let worth = match effect {
            Effect::Decodes => false,
            // A module whose name is known is resolved where it is used.
            Effect::Imports => {
                let plain =
                    matches!(name, "builtins.__import__" | "importlib.import_module" | "importlib.reload");
                !plain || !first.is_some_and(|(_, value)| matches!(value, Value::Text(_) | Value::Name(_)))
            }
            Effect::Environment => match first.map(|(_, value)| value) {
                Some(Value::Text(key)) => is_secret_name(key) || !name.starts_with("os."),
                Some(_) => false,
                None => true,
            },
            Effect::Reads | Effect::Writes => Self::reaches_place(name, &arguments, path.as_deref()),
            Effect::Hub => name.starts_with("torch.hub."),
            _ => true,
        };
        if effect == Effect::StartsProcess
            && self.spend(COMMAND.saturating_add(fold::length(&arguments).saturating_mul(4)))
            && let Some(script) = commands::of_call(name, &arguments, self.meter)
        {
            self.note_commands(range, "python", script);
        }
        if effect == Effect::RunsCode {
            self.run_texts(range, name, &arguments);
        }
        if effect == Effect::Loads {
            self.load_program(range, &arguments);
        }
        // What a constant was made of is told with what it came to.
        if matches!(effect, Effect::RunsCode | Effect::StartsProcess | Effect::Loads)
            && let Some(expression) = written
            && let Some(by) = self.brought_by(expression, 8)
            && let Some((_, value)) = arguments.iter_mut().find(|(name, _)| name.is_none())
        {
            *value = Value::made(&by, vec![(None, value.clone())]);
        }
        if worth {
            self.note_use(range, name, Some(&arguments));
        }
    }

    /// Whether a call that reads or writes reaches a place that matters.
    fn reaches_place(name: &str, arguments: &[Given], path: Option<&str>) -> bool {
        let own = |value: &Value| fold::path_text(value).is_some_and(|path| place(&path).is_some());
        let object = arguments.iter().find(|(name, _)| name.as_deref() == Some("self"));
        let moved = name.starts_with("shutil.") || name.starts_with("os.");
        path.is_some_and(|path| place(path).is_some())
            || object.is_some_and(|(_, value)| own(value))
            || moved && arguments.iter().take(3).any(|(_, value)| own(value))
    }

    /// A name that is used and not called here.
    pub(super) fn named(&mut self, expression: &'a Expr, passed: bool) {
        let Value::Name(name) = self.value(expression) else { return };
        let worth = match effect(&name) {
            Some(
                Effect::StartsProcess | Effect::RunsCode | Effect::Imports | Effect::Native | Effect::Loads,
            ) => true,
            Some(Effect::Environment) => passed && matches!(&*name, "os.environ" | "os.environb"),
            _ => false,
        };
        if worth {
            self.note_use(expression.range(), &name, None);
        }
    }

    /// `value[index]`
    pub(super) fn subscript(&mut self, subscript: &'a ast::ExprSubscript) {
        if !subscript.ctx.is_load() || !is_path(&subscript.value) {
            return;
        }
        if !self.classes.is_empty() {
            let object = self.value(&subscript.value);
            self.touches(&object, &["__class_getitem__", "__getitem__", "__missing__"]);
        }
        if let (Value::Name(name), Value::Text(key)) =
            (self.value(&subscript.value), self.value(&subscript.slice))
            && &*name == "os.environ"
            && is_secret_name(&key)
        {
            self.note_use(subscript.range, "os.environ", Some(&[(None, Value::Text(key))]));
        }
    }

    /// A decorator is called with what stands below it.
    pub(super) fn decorated(&mut self, decorator: &'a Expr, unit: usize) {
        match self.value(decorator) {
            Value::Function(function) => {
                self.calls(function);
                self.calls_inside(unit, function);
            }
            Value::Class(class) => self.made(class),
            instance @ Value::Instance(_) => self.touches(&instance, &["__call__"]),
            Value::Name(name) if RUNNERS.contains(&name.rsplit('.').next().unwrap_or_default()) => {
                self.calls(unit);
            }
            Value::Name(name) if effect(&name).is_some() => {
                self.note_use(decorator.range(), &name, Some(&[(None, Value::Unknown)]));
            }
            _ => {
                if let Expr::Call(call) = decorator
                    && let Value::Function(function) = self.value(&call.func)
                {
                    self.calls_inside(self.unit, function);
                }
            }
        }
    }

    /// A literal of text or bytes.
    pub(super) fn literal(&mut self, range: TextRange, bytes: &[u8]) {
        if bytes.len() < SHORTEST_ENCODED {
            return;
        }
        if let Some(alphabet) = text::alphabet(bytes) {
            let length = bytes.len() as u64;
            self.note(range, What::Encoded(Encoded { alphabet, length, when: When::Installed }));
        }
    }
}
