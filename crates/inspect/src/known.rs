//! What a Python name in a pickle can do when a loader reaches it, judged by its name alone.
//!
//! The names are data: `known/python.txt` (the interpreter and its standard library), `known/packages.txt` (what in
//! other packages can do harm), `known/libraries.txt` (what ordinary files contain), `known/families.txt` (classes by
//! pattern) and `known/python2.txt` (how a loader renames what Python 2 wrote). Danger wins over an allowance, but for a
//! function of a serialiser that is listed by its very name inside a dangerous tree; no name is allowed because of a
//! prefix: an attribute path is allowed only where that very path is listed.

pub mod keras;
pub mod operators;
pub(crate) mod package_indexes;
pub(crate) mod package_names;
pub mod programs;
pub mod state;
mod table;

use std::borrow::Cow;

use table::{Entry, TABLE};

/// What an imported Python name can do when a loader reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// A class or constant that can only hold data.
    Data,
    /// A harmless function that ordinary files carry as a value; serialisers never call it.
    Value,
    /// A harmless function that serialisers call to make an object anew.
    Rebuild,
    /// Harmless itself, and as dangerous as its first operand: `functools.partial`, `copyreg._reconstructor`.
    Wraps,
    /// Runs the text, code or function it is given.
    RunsCode,
    /// Starts a process.
    StartsProcess,
    /// Turns text into the object of that name, or hands out objects by name.
    ResolvesNames,
    /// Reads another pickle, model or other format that can run code.
    Loads,
    /// Calls or loads native code.
    Native,
    /// Writes, moves or removes files.
    WritesFiles,
    /// Reads files.
    ReadsFiles,
    /// Talks to other hosts.
    Network,
    /// Changes the running interpreter or process, or a scanner in it.
    ProcessState,
    /// Builds functions or classes out of code that the file carries.
    CarriesCode,
    /// Not known: a person has to look.
    Unknown,
    /// A private module of the standard library, or one not known to be harmless.
    UnknownPrivate,
}

impl Capability {
    /// Whether reaching the name can do harm by itself. Not knowing a name is no danger, and no clearance either.
    #[must_use]
    pub const fn is_dangerous(self) -> bool {
        self.rank() > Self::UnknownPrivate.rank()
    }

    /// What the name can do, as the end of a sentence about it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Data => "can only hold data",
            Self::Value => "is a function that does no harm",
            Self::Rebuild => "can only rebuild data",
            Self::Wraps => "can do what its first operand can do",
            Self::RunsCode => "can run code",
            Self::StartsProcess => "can start a process",
            Self::ResolvesNames => "can reach other objects by name",
            Self::Loads => "can load another pickle or model",
            Self::Native => "can call native code",
            Self::WritesFiles => "can write or remove files",
            Self::ReadsFiles => "can read files",
            Self::Network => "can use the network",
            Self::ProcessState => "can change the running process",
            Self::CarriesCode => "can run code that the file carries",
            Self::Unknown => "is not known",
            Self::UnknownPrivate => "is a part of Python that serialisers do not use",
        }
    }

    /// From the harmless to the worst; everything above `UnknownPrivate` is dangerous.
    const fn rank(self) -> u8 {
        match self {
            Self::Data => 0,
            Self::Value => 1,
            Self::Rebuild => 2,
            Self::Wraps => 3,
            Self::Unknown => 4,
            Self::UnknownPrivate => 5,
            Self::ReadsFiles => 6,
            Self::ProcessState => 7,
            Self::CarriesCode => 8,
            Self::ResolvesNames => 9,
            Self::Loads => 10,
            Self::Network => 11,
            Self::WritesFiles => 12,
            Self::Native => 13,
            Self::StartsProcess => 14,
            Self::RunsCode => 15,
        }
    }
}

/// What is known of one Python name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it can do.
    pub capability: Capability,
    /// The very name is listed, and is what it is however it is called. Where this is false and the capability is
    /// `Data`, a family matched: that holds only for objects built as serialisers build them, made without operands
    /// and then given their state.
    pub exact: bool,
    /// The name is in the list of torch's weights-only loader.
    pub weights_only: bool,
    /// A remark for the reader of a finding: why, or which advisory told of it.
    pub note: Option<&'static str>,
}

impl Known {
    const fn plain(capability: Capability) -> Self {
        Self { capability, exact: false, weights_only: false, note: None }
    }

    const fn rank(&self) -> u8 {
        self.capability.rank()
    }
}

/// Says what the global `name` of `module` can do. For protocol 4 and later `name` may be an attribute path (`a.b.c`).
///
/// The name is judged as written and as a loader renames it (see [`python3_name`]); the worse answer is given.
#[must_use]
pub fn classify(module: &str, name: &str) -> Known {
    let written = judge(module, name);
    let (new_module, new_name) = python3_name(module, name);
    if new_module == module && new_name == name {
        return written;
    }
    let renamed = judge(&new_module, &new_name);
    let worst = if renamed.rank() > written.rank() { renamed } else { written };
    Known { weights_only: renamed.weights_only && worst.capability == renamed.capability, ..worst }
}

/// The name that a loader of Python 3 looks up for a name that Python 2 wrote (`fix_imports`, protocols 0 to 2).
#[must_use]
pub fn python3_name<'a>(module: &'a str, name: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let (new_module, new_name) = TABLE
        .renamed_name(module, name)
        .and_then(|new| new.split_once(' '))
        .or_else(|| TABLE.renamed_module(module).map(|new| (new, name)))
        .unwrap_or((module, name));
    (Cow::Borrowed(new_module), Cow::Borrowed(new_name))
}

/// Longer paths are written by no library; following one step by step would be work for an attacker's sake.
const LONGEST_PATH: usize = 512;

fn judge(module: &str, name: &str) -> Known {
    let exact = TABLE.exact(module, name);
    let tree = TABLE.tree(module, Capability::is_dangerous);
    // A function that serialisers call may be listed inside a tree of which everything else is dangerous.
    let inside = |entry: &Entry| {
        let deeper = tree.is_some_and(|tree| tree.module.len() < entry.module.len());
        deeper && entry.capability == Capability::Rebuild && !name.contains('.')
    };
    match exact {
        Some(entry) if tree.is_none() || entry.capability.is_dangerous() || inside(entry) => {
            return entry.known();
        }
        _ => {}
    }
    let reached = if module.len() + name.len() > LONGEST_PATH {
        name.contains('.').then_some(Known::plain(Capability::ResolvesNames))
    } else {
        TABLE.reached(module, name)
    };
    if let Some(danger) = tree.map(Entry::known).into_iter().chain(reached).max_by_key(Known::rank) {
        return danger;
    }
    if let Some(entry) = TABLE.family(module, name).or_else(|| TABLE.tree(module, |_| true)) {
        return Known { exact: false, ..entry.known() };
    }
    Known::plain(if is_private(module) { Capability::UnknownPrivate } else { Capability::Unknown })
}

/// Whether a module is private by its name; `__main__` and its like are not.
fn is_private(module: &str) -> bool {
    module.starts_with('_') && !module.starts_with("__")
}

#[cfg(test)]
mod tests;
