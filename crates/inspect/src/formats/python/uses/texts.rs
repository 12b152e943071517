//! Text that a file runs as code, in whatever form it hands it over.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged as _, TextRange};

use crate::formats::python::reader::{Around, Reader};
use crate::formats::python::value::{Given, Value};
use crate::known::effects::effect;

/// Text inside text that is run: how often.
const MOST_NESTED: usize = 6;
/// The longest text that is read.
const LONGEST: usize = 256 << 10;
/// Names of the file that a text is told of.
const MOST_NAMES: usize = 500;

impl<'a> Reader<'a> {
    /// Texts among the arguments of what runs code.
    pub(super) fn run_texts(&mut self, range: TextRange, name: &str, arguments: &[Given]) {
        let last = name.rsplit('.').next().unwrap_or_default();
        let arguments = arguments.iter().filter(|(name, _)| name.as_deref() != Some("self"));
        match last {
            "run_path" | "run_module" | "execfile" | "testfile" | "run_file" => {}
            "run_cell_magic" | "run_line_magic" => {
                let given: Vec<&str> = arguments.filter_map(|(_, value)| value.as_pieces()).collect();
                self.run_magic(range, &given);
            }
            "run_docstring_examples" => {
                if let Some(text) = arguments.into_iter().find_map(|(_, value)| value.as_text()) {
                    let lines = text.lines().map(str::trim_start);
                    let code: Vec<&str> = lines
                        .filter_map(|line| line.strip_prefix(">>> ").or_else(|| line.strip_prefix("... ")))
                        .collect();
                    self.run_source(range, &code.join("\n"));
                }
            }
            "Timer" | "repeat" | "timeit" => {
                for (_, value) in arguments.take(2) {
                    self.run_value(range, value);
                }
            }
            _ => {
                if let Some((_, value)) = arguments.into_iter().next() {
                    self.run_value(range, value);
                }
            }
        }
    }

    fn run_value(&mut self, range: TextRange, value: &Value) {
        match value {
            Value::Text(text) => self.run_source(range, &text.clone()),
            Value::Bytes(bytes) => {
                let source = String::from_utf8_lossy(bytes).into_owned();
                self.run_source(range, &source);
            }
            _ => {}
        }
    }

    /// Text that is run is read as a file of its own, with the names of this one.
    pub(in crate::formats::python) fn run_source(&mut self, range: TextRange, source: &str) {
        let mut names: Vec<(String, String)> = Vec::new();
        let mut scope = self.scopes.get(self.scope);
        for _ in 0..64 {
            let Some(known) = scope else { break };
            let outside = known.outside().map(|(name, outside)| (name.to_owned(), outside.to_string()));
            let left = MOST_NAMES.saturating_sub(names.len());
            // What is further in comes last and counts.
            names.splice(0..0, outside.take(left));
            scope = known.outer.and_then(|outer| self.scopes.get(outer));
        }
        if let Some(told) = self.run_with(range, source, names) {
            for (name, outside) in told {
                let new = Value::name(&outside);
                if !matches!((self.lookup(&name), &new), (Value::Name(old), Value::Name(new)) if old == *new)
                {
                    self.bind(name, new);
                }
            }
        }
    }

    /// Text that is run by another program.
    pub(super) fn run_alone(&mut self, range: TextRange, source: &str) {
        self.run_with(range, source, Vec::new());
    }

    /// Reads a text with these names; gives the names that it leaves.
    fn run_with(
        &mut self,
        range: TextRange,
        source: &str,
        names: Vec<(String, String)>,
    ) -> Option<Vec<(String, String)>> {
        if self.nested >= MOST_NESTED || source.len() > LONGEST {
            self.missed = Some("text that it runs was not looked at");
            return None;
        }
        let work = self.work.saturating_add(source.len().saturating_mul(16));
        let around = Around { nested: self.nested.saturating_add(1), work, names };
        let inner = super::super::read_text(source, self.role, around);
        self.work = self.work.max(inner.around.work);
        self.missed = self.missed.or(inner.missed);
        for (_, what) in inner.found {
            self.note(range, what);
        }
        Some(inner.around.names)
    }

    /// Calls that take the name of what they call out of what they are given.
    pub(super) fn runs_configured(&mut self, name: &str, call: &'a ast::ExprCall) {
        let keys: &[&str] = match name {
            "logging.config.dictConfig" => &["()", "class"],
            "hydra.utils.call" | "hydra.utils.instantiate" => &["_target_"],
            "inspect.get_annotations"
            | "typing.ForwardRef"
            | "typing.get_type_hints"
            | "typing_extensions.get_type_hints" => {
                let arguments = self.arguments(call, 12);
                for text in arguments.iter().flat_map(|(_, value)| texts(value, 6)) {
                    if text.contains('(') {
                        self.run_source(call.range(), &text);
                    }
                }
                return;
            }
            _ => return,
        };
        let arguments = self.arguments(call, 12);
        let mut targets: Vec<(String, Vec<Given>)> = Vec::new();
        for (given, value) in &arguments {
            targeted(value, keys, 8, &mut targets);
            if let (Some(given), Value::Text(path)) = (given, value)
                && keys.contains(&&**given)
            {
                targets.push((path.to_string(), vec![(None, Value::Unknown)]));
            }
        }
        for (target, arguments) in targets.into_iter().take(64) {
            if let Some(effect) = effect(&target) {
                self.act(&target, effect, arguments, None, call.range());
            }
        }
    }
}

/// Names under these keys of dictionaries, with what stands beside them.
fn targeted(value: &Value, keys: &[&str], depth: usize, out: &mut Vec<(String, Vec<Given>)>) {
    let (Value::Items(kind, items), Some(deeper)) = (value, depth.checked_sub(1)) else { return };
    for item in items.iter() {
        if out.len() < 64 {
            targeted(item, keys, deeper, out);
        }
    }
    if *kind != "dict" {
        return;
    }
    let is_key =
        |pair: &[Value]| pair.first().and_then(Value::as_text).is_some_and(|key| keys.contains(&key));
    for pair in items.chunks_exact(2).filter(|pair| is_key(pair)) {
        if let Some(Value::Text(path)) = pair.last() {
            let rest = items.chunks_exact(2).filter(|pair| !is_key(pair)).take(8);
            let rest = rest.filter_map(|pair| pair.last().cloned()).map(|value| (None, value));
            out.push((path.to_string(), rest.collect()));
        }
    }
}

/// Texts in a value.
fn texts(value: &Value, depth: usize) -> Vec<String> {
    let Some(deeper) = depth.checked_sub(1) else { return Vec::new() };
    match value {
        Value::Text(text) => vec![text.to_string()],
        Value::Items(_, items) => items.iter().take(64).flat_map(|item| texts(item, deeper)).collect(),
        Value::Made(made) => {
            made.arguments.iter().take(16).flat_map(|(_, value)| texts(value, deeper)).collect()
        }
        _ => Vec::new(),
    }
}
