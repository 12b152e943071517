//! Text that a file runs as code, in whatever form it hands it over.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged as _, TextRange};

use crate::formats::pickle;
use crate::formats::python::reader::{Around, Reader};
use crate::formats::python::value::{Given, Value};
use crate::known::effects::effect;

/// Text inside text that is run: how often.
const MOST_NESTED: usize = 6;
/// Pickles of one source.
const MOST_PROGRAMS: usize = 64;
/// The longest text that is read.
const LONGEST: usize = 256 << 10;
/// Names of the file that a text is told of.
const MOST_NAMES: usize = 500;
/// What a text costs beside its length, and each of the names that it is told of.
const TEXT: usize = 4096;
const NAME: usize = 64;

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
        let mut looked_at = 0_usize;
        for _ in 0..64 {
            let Some(known) = scope else { break };
            looked_at = looked_at.saturating_add(known.len());
            let outside = known.outside().map(|(name, outside)| (name.to_owned(), outside.to_string()));
            let left = MOST_NAMES.saturating_sub(names.len());
            // What is further in comes last and counts.
            names.splice(0..0, outside.take(left));
            scope = known.outer.and_then(|outer| self.scopes.get(outer));
        }
        if !self.spend(looked_at) {
            return;
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

    /// Bytes of the source that are loaded as a pickle.
    pub(super) fn load_program(&mut self, range: TextRange, arguments: &[Given]) {
        let Some(program) = arguments.iter().find_map(|(_, value)| program_in(value, 4)) else { return };
        if self.programs.iter().any(|(_, known)| *known == program) || self.quiet() {
            return;
        }
        if self.programs.len() >= MOST_PROGRAMS {
            self.missed = Some("it loads more pickles than are looked at");
        } else if self.meter.keep(program.len()) {
            self.programs.push((u64::from(range.start().to_u32()), program));
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
        let cost = source.len().saturating_mul(16).saturating_add(names.len().saturating_mul(NAME));
        if !self.spend(cost.saturating_add(TEXT)) {
            return None;
        }
        let around = Around { nested: self.nested.saturating_add(1), work: self.work, names };
        let inner = super::super::read_text(source, self.role, around, self.meter);
        self.work = self.work.max(inner.around.work);
        self.missed = self.missed.or(inner.missed);
        for (_, what) in inner.found {
            self.note(range, what);
        }
        for (_, program) in inner.programs {
            self.load_program(range, &[(None, Value::bytes(&program))]);
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

/// A pickle that is a value, or that a file in memory is made of.
fn program_in(value: &Value, depth: usize) -> Option<Vec<u8>> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::Bytes(bytes) => pickle::is_program(bytes).then(|| bytes.to_vec()),
        Value::Made(made) => made.arguments.iter().take(4).find_map(|(_, value)| program_in(value, deeper)),
        _ => None,
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
