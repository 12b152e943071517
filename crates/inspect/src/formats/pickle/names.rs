//! The names that a program looks up: each once, with a count.

use std::collections::HashMap;

use weighbridge_domain::facts::{Import, Name};

use super::leaf::{self, Source};
use super::value::{Value, View};
use crate::known::state::running_keys;
use crate::limits::Fault;

/// The longest module or attribute path that is kept as a name.
const LONGEST: usize = super::leaf::LONGEST_LINE;

/// The opcode that looks a name up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lookup {
    Global,
    StackGlobal,
    Inst,
    Extension(u64),
}

impl Lookup {
    const fn word(self) -> &'static str {
        match self {
            Self::Global => "GLOBAL",
            Self::StackGlobal => "STACK_GLOBAL",
            Self::Inst => "INST",
            Self::Extension(code) if code <= 0xff => "EXT1",
            Self::Extension(code) if code <= 0xffff => "EXT2",
            Self::Extension(_) => "EXT4",
        }
    }
}

/// Callables that the walk itself has to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Any,
    /// Is given the bytes of another program.
    Loads,
    /// Makes the type of an array's elements.
    Dtype,
    /// Raw array bytes follow once its state is set.
    ArrayBytes,
    /// Its state names a file with an array.
    ArrayFile,
    /// Makes an instance of its first argument.
    MakesFirst,
    /// Runs text that is in its state, or calls a function that is.
    RunsState,
    /// Makes a tensor of a storage, or of another tensor.
    MakesTensor,
}

/// A name that was looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) import: Import,
    pub(super) at: u64,
    pub(super) role: Role,
}

/// All names.
#[derive(Debug, Default)]
pub(super) struct Names {
    entries: Vec<Entry>,
    index: HashMap<Box<[u8]>, u32>,
    pairs: HashMap<(Value, Value), u32>,
    key: Vec<u8>,
    reported: usize,
    memory: u64,
}

impl Names {
    /// Notes that a name is looked up; bytes that are not UTF-8, or too long, are a name nobody knows.
    pub(super) fn look_up(&mut self, lookup: Lookup, at: u64, name: Option<(&[u8], &[u8])>) -> Value {
        self.key.clear();
        self.key.extend_from_slice(lookup.word().as_bytes());
        if let Some((module, name)) = name {
            self.key.push(b'\n');
            self.key.extend_from_slice(module);
            self.key.push(b'\n');
            self.key.extend_from_slice(name);
        }
        if let Lookup::Extension(code) = lookup {
            self.key.extend_from_slice(&code.to_le_bytes());
        }
        if let Some(&index) = self.index.get(self.key.as_slice()) {
            self.count(index);
            return Value::global(index);
        }
        let name = name
            .filter(|(module, name)| module.len() < LONGEST && name.len() < LONGEST)
            .and_then(|(module, name)| {
                Some((std::str::from_utf8(module).ok()?, std::str::from_utf8(name).ok()?))
            })
            .map(|(module, name)| Name { module: module.to_owned(), name: name.to_owned() });
        let extension = if let Lookup::Extension(code) = lookup { Some(code) } else { None };
        let role = name.as_ref().map_or(Role::Any, role);
        let Ok(index) = u32::try_from(self.entries.len()) else { return Value::UNKNOWN };
        let import = Import { name, opcode: lookup.word(), extension, count: 1 };
        self.entries.push(Entry { import, at, role });
        self.memory = self.memory.saturating_add(256).saturating_add(self.key.len().saturating_mul(2) as u64);
        self.index.insert(self.key.as_slice().into(), index);
        Value::global(index)
    }

    /// Notes that two values from the stack are looked up as module and name.
    pub(super) fn look_up_values(
        &mut self,
        source: &Source<'_>,
        at: u64,
        module: Value,
        name: Value,
    ) -> Result<Value, Fault> {
        if let Some(&index) = self.pairs.get(&(module, name)) {
            self.count(index);
            return Ok(Value::global(index));
        }
        let found = match (leaf::text(source, module, LONGEST)?, leaf::text(source, name, LONGEST)?) {
            (Some((module, false)), Some((name, false))) => {
                self.look_up(Lookup::StackGlobal, at, Some((module.as_bytes(), name.as_bytes())))
            }
            _ => self.look_up(Lookup::StackGlobal, at, None),
        };
        if let View::Global(index) = found.view() {
            self.pairs.insert((module, name), index);
            self.memory = self.memory.saturating_add(48);
        }
        Ok(found)
    }

    fn count(&mut self, index: u32) {
        if let Some(entry) = self.entries.get_mut(index as usize) {
            entry.import.count = entry.import.count.saturating_add(1);
        }
    }

    pub(super) fn get(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)
    }

    /// The name that a value stands for.
    pub(super) fn name(&self, value: Value) -> Option<&Name> {
        match value.view() {
            View::Global(index) => self.get(index)?.import.name.as_ref(),
            _ => None,
        }
    }

    pub(super) fn role(&self, value: Value) -> Role {
        match value.view() {
            View::Global(index) => self.get(index).map_or(Role::Any, |entry| entry.role),
            _ => Role::Any,
        }
    }

    /// The call makes an object that names a file with an array.
    pub(super) fn makes_array_file(&self, callee: Value, arguments: &[Value]) -> bool {
        match (self.role(callee), arguments.first()) {
            (Role::ArrayFile, _) => true,
            (Role::MakesFirst, Some(class)) => self.role(*class) == Role::ArrayFile,
            _ => false,
        }
    }

    /// How many were looked up, each opcode for itself.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Those that were not reported yet.
    pub(super) fn take_new(&mut self) -> impl Iterator<Item = &Entry> {
        let from = std::mem::replace(&mut self.reported, self.entries.len());
        self.entries.get(from..).unwrap_or_default().iter()
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory
    }
}

/// The callable loads the bytes it is given, which are a pickle or hold one.
pub(crate) fn is_given_bytes(name: &Name) -> bool {
    match name.module.as_str() {
        "pickle"
        | "_pickle"
        | "cPickle"
        | "dill"
        | "dill._dill"
        | "cloudpickle"
        | "cloudpickle.cloudpickle" => {
            matches!(name.name.as_str(), "loads" | "_loads")
        }
        "torch.storage" => name.name == "_load_from_bytes",
        _ => false,
    }
}

fn role(name: &Name) -> Role {
    match (name.module.as_str(), name.name.as_str()) {
        ("numpy", "dtype") => Role::Dtype,
        ("copyreg" | "copy_reg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => Role::MakesFirst,
        ("joblib.numpy_pickle" | "sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper") => {
            Role::ArrayBytes
        }
        (
            "joblib.numpy_pickle"
            | "joblib.numpy_pickle_compat"
            | "sklearn.externals.joblib.numpy_pickle"
            | "sklearn.externals.joblib.numpy_pickle_compat",
            "NDArrayWrapper" | "ZNDArrayWrapper",
        ) => Role::ArrayFile,
        (
            "torch._utils" | "torch._tensor",
            "_rebuild_tensor"
            | "_rebuild_tensor_v2"
            | "_rebuild_tensor_v3"
            | "_rebuild_parameter"
            | "_rebuild_parameter_with_state"
            | "_rebuild_qtensor"
            | "_rebuild_from_type"
            | "_rebuild_from_type_v2",
        ) => Role::MakesTensor,
        _ if is_given_bytes(name) => Role::Loads,
        ("functools" | "_functools", "partial") => Role::RunsState,
        (module, _) if !running_keys(module).is_empty() => Role::RunsState,
        _ => Role::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;

    #[test]
    fn counts_each_name_once_for_each_opcode() {
        let mut names = Names::default();
        let first = names.look_up(Lookup::Global, 3, Some((b"os", b"system")));
        assert_eq!(names.look_up(Lookup::Global, 9, Some((b"os", b"system"))), first);
        assert_ne!(names.look_up(Lookup::Inst, 9, Some((b"os", b"system"))), first);
        names.look_up(Lookup::Extension(7), 9, None);
        names.look_up(Lookup::Extension(300), 9, None);
        let seen: Vec<_> =
            names.take_new().map(|entry| (entry.import.opcode, entry.at, entry.import.count)).collect();
        assert_eq!(seen, [("GLOBAL", 3, 2), ("INST", 9, 1), ("EXT1", 9, 1), ("EXT2", 9, 1)]);
        assert_eq!(names.take_new().count(), 0);
    }

    #[test]
    fn looks_values_up_only_when_both_are_text() {
        let mut names = Names::default();
        let input = Input::bytes(b"\x8c\x02os\x8c\x06system".to_vec());
        let source = Source { window: &[], base: 0, input: &input };
        let found = names.look_up_values(&source, 9, Value::text(0), Value::text(4)).unwrap();
        assert_eq!(names.name(found).unwrap().to_string(), "os.system");
        let computed = names.look_up_values(&source, 9, Value::text(0), Value::small(1)).unwrap();
        assert_eq!(names.name(computed), None);
    }
}
