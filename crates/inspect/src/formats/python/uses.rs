//! What a file calls and names, as facts. Only what is known to act, or where something is found that matters, is one.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, IpyEscapeKind};
use ruff_text_size::{Ranged as _, TextRange};
use weighbridge_domain::facts::{Command, Encoded, ModelReference, Use, What, When};

use super::commands;
use super::fold;
use super::reader::{Reader, is_path};
use super::value::{Given, Value, kept_arguments};
use crate::formats::command::{self, Line, Script};
use crate::known::effects::{Effect, effect};
use crate::known::places::{is_secret_name, place};
use crate::text;

/// The longest line that is kept.
const LONGEST_LINE: usize = 200;
/// Text shorter than this is not looked at for an encoding.
const SHORTEST_ENCODED: usize = 512;
/// Text inside text that is run: how often.
const MOST_NESTED: usize = 3;

/// Names by which functions of the file are run that are handed over.
#[rustfmt::skip]
const RUNNERS: [&str; 17] = [
    "Process", "Thread", "Timer", "apply", "apply_async", "call_soon", "create_task", "filter", "map", "partial", "reduce",
    "register", "run", "run_in_executor", "run_until_complete", "start_new_thread", "submit",
];

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
            self.run_source(range, &inline.source);
        }
    }

    /// A call.
    pub(super) fn call(&mut self, call: &'a ast::ExprCall) {
        let callee = self.value(&call.func);
        self.called(&callee, call);
        // What is called was told; what it is an attribute of may be a call itself.
        match &*call.func {
            Expr::Name(_) => {}
            Expr::Attribute(attribute) => {
                if !is_path(&attribute.value) {
                    self.visit(&attribute.value);
                }
            }
            other => self.visit(other),
        }
        let runner = match &*call.func {
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            Expr::Name(name) => name.id.as_str(),
            _ => "",
        };
        let runs = RUNNERS.contains(&runner);
        let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
        for argument in call.arguments.args.iter().chain(keywords) {
            if runs && is_path(argument) {
                match self.value(argument) {
                    Value::Function(function) => self.calls(function),
                    Value::Class(class) => self.made(class),
                    _ => {}
                }
            }
            if is_path(argument) { self.named(argument, true) } else { self.visit(argument) }
        }
    }

    fn visit(&mut self, expression: &'a Expr) {
        ruff_python_ast::visitor::Visitor::visit_expr(self, expression);
    }

    /// An object of a class of the file is made.
    fn made(&mut self, class: usize) {
        for name in ["__init__", "__new__", "__post_init__"] {
            if let Some(method) = self.method(class, name) {
                self.calls(method);
            }
        }
    }

    fn called(&mut self, callee: &Value, call: &'a ast::ExprCall) {
        match callee {
            Value::Name(name) => {
                let object = match &*call.func {
                    Expr::Attribute(function) => self.value(&function.value),
                    _ => Value::Unknown,
                };
                let own = matches!(object, Value::Made(_)).then(|| vec![(Some(Rc::from("self")), object)]);
                self.known(name, own, call);
            }
            Value::Function(function) => self.calls(*function),
            Value::Class(class) => self.made(*class),
            Value::Instance(class) => {
                for name in ["__call__", "forward"] {
                    if let Some(method) = self.method(*class, name) {
                        self.calls(method);
                    }
                }
            }
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
                _ => {}
            },
            _ => {}
        }
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

    /// A call of something that has a name outside the file.
    fn known(&mut self, name: &str, before: Option<Vec<Given>>, call: &'a ast::ExprCall) {
        let Some(effect) = effect(name) else { return };
        let mut arguments = before.unwrap_or_default();
        arguments.extend(self.arguments(call, 12));
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
            Effect::Hub => {
                self.asks_hub(name, call);
                name.starts_with("torch.hub.")
            }
            _ => true,
        };
        if effect == Effect::StartsProcess
            && let Some(script) = commands::of_call(name, &arguments)
        {
            self.note_commands(call.range(), "python", script);
        }
        if matches!(name.rsplit('.').next(), Some("exec" | "eval" | "compile" | "run_cell")) {
            self.run_text(call.range(), &arguments);
        }
        // What a constant was made of is told with what it came to.
        if matches!(effect, Effect::RunsCode | Effect::StartsProcess | Effect::Loads)
            && let Some(expression) = call.arguments.args.first()
            && let Some(by) = self.brought_by(expression, 8)
            && let Some((_, value)) = arguments.iter_mut().find(|(name, _)| name.is_none())
        {
            *value = Value::made(&by, vec![(None, value.clone())]);
        }
        if worth {
            self.note_use(call.range(), name, Some(&arguments));
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

    /// Text that is run is read as a file of its own.
    fn run_text(&mut self, range: TextRange, arguments: &[Given]) {
        let Some((_, value)) = arguments.first() else { return };
        let source = match value {
            Value::Text(text) => text.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => return,
        };
        self.run_source(range, &source);
    }

    fn run_source(&mut self, range: TextRange, source: &str) {
        if self.nested >= MOST_NESTED || source.len() > 256 << 10 {
            self.missed = Some("text that it runs was not looked at");
            return;
        }
        self.work = self.work.saturating_add(source.len().saturating_mul(16));
        let inner = super::read_text(source, self.role, self.nested.saturating_add(1));
        self.missed = self.missed.or(inner.missed);
        for (_, what) in inner.found {
            self.note(range, what);
        }
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
            Value::Function(function) => self.calls(function),
            Value::Name(name) if RUNNERS.contains(&name.rsplit('.').next().unwrap_or_default()) => {
                self.calls(unit);
            }
            Value::Name(name) if effect(&name).is_some() => {
                self.note_use(decorator.range(), &name, Some(&[(None, Value::Unknown)]));
            }
            _ => {}
        }
    }

    /// A model is asked for.
    fn asks_hub(&mut self, asked_by: &str, call: &'a ast::ExprCall) {
        let arguments = self.arguments(call, 8);
        let of = |wanted: &[&str]| {
            let mut named = arguments
                .iter()
                .filter(|(name, _)| name.as_deref().is_some_and(|name| wanted.contains(&name)));
            named.next().map(|(_, value)| value)
        };
        let trusts = of(&["trust_remote_code"]).is_some_and(|value| matches!(value, Value::Word("True")));
        let position = usize::from(asked_by == "transformers.pipeline");
        let positional = arguments.get(position).filter(|(name, _)| name.is_none()).map(|(_, value)| value);
        let name = of(&[
            "repo_id",
            "model",
            "pretrained_model_name_or_path",
            "repo_or_dir",
            "model_name",
            "model_id",
        ]);
        let mut name = name.or(positional).and_then(Value::as_text).unwrap_or_default().to_owned();
        if asked_by == "torch.hub.load"
            && let Some(Value::Text(model)) = arguments.get(1).map(|(_, value)| value)
        {
            name = format!("{name} {model}");
        }
        if trusts {
            let all: Vec<_> = arguments.iter().take(8).cloned().collect();
            self.note_use(call.range(), asked_by, Some(&all));
        }
        if name.is_empty() || name.len() > 300 {
            return;
        }
        let reference = ModelReference {
            asked_by: asked_by.to_owned(),
            name,
            revision: of(&["revision"]).and_then(Value::as_text).map(str::to_owned),
            trusts_remote_code: trusts,
            text: self.line(call.range().start().to_usize()),
        };
        self.note(call.range(), What::ModelReference(reference));
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

    /// A line of a notebook that is no Python.
    pub(super) fn escape(&mut self, range: TextRange, kind: IpyEscapeKind, value: &str) {
        let value = value.trim();
        let (first, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        match kind {
            IpyEscapeKind::Shell | IpyEscapeKind::ShCap => {
                self.note_commands(range, "notebook", command::read(value, &[]));
            }
            IpyEscapeKind::Magic | IpyEscapeKind::Magic2 => match first {
                "sx" | "system" | "bash" | "sh" | "script" => {
                    self.note_commands(range, "notebook", command::read(rest, &[]));
                }
                "pip" | "conda" | "mamba" | "uv" => {
                    self.note_commands(range, "notebook", command::read(value, &[]));
                }
                "run" | "load" | "loadpy" | "load_ext" | "reload_ext" | "macro" | "cython" | "writefile" => {
                    let arguments = [(None, Value::text(rest))];
                    self.note_use(range, &format!("IPython.magic.{first}"), Some(&arguments));
                }
                _ => {}
            },
            _ => {}
        }
    }
}
