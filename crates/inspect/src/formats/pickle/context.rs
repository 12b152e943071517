//! What is observed while programs are walked; shared by all programs of one part.

use std::collections::HashSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::secret::AddressContext;
use weighbridge_domain::facts::{Name, Problem, Reference, Tensor, What};

use super::calls::Calls;
use super::names::Names;
use super::payload::Candidate;
use crate::secrets::{Collected, Form, Scope, Text};
use crate::walk::Visit;

/// Contradictions of one kind that are kept.
const MOST_PROBLEMS: usize = 16;
/// Files with arrays that are kept.
const MOST_FILES: usize = 10_000;
/// Arrays that are kept.
const MOST_TENSORS: usize = 100_000;
/// Values that are handed on as programs of their own.
const MOST_EMBEDDED: usize = 10_000;
/// Bytes of values that are looked at because they begin like a program.
const MOST_LOOKED_AT: u64 = 256 << 20;
/// Strings that are kept because they may hold a secret.
const MOST_TEXTS: usize = 1000;
/// Bytes of them.
const TEXTS: usize = 4 << 20;
/// Programs that are reported each for itself.
const MOST_PROGRAMS: usize = 1000;

/// A persistent id that names a tensor's storage, as `torch.save` writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Storage {
    /// The storage's class.
    pub(crate) class: Option<Name>,
    /// The key: the name of the member or the number of the block that holds the bytes.
    pub(crate) key: String,
    /// The device it was on.
    pub(crate) location: String,
    /// Number of elements.
    pub(crate) elements: u64,
    /// Offset of the opcode that asks for it.
    pub(crate) at: u64,
}

/// What is observed while the programs of one input are walked.
#[derive(Default)]
pub(crate) struct Context<'a> {
    /// Is told of every storage that a program asks for, as often as it does.
    pub(crate) storages: Option<&'a mut dyn FnMut(Storage)>,
    pub(super) names: Names,
    pub(super) calls: Calls,
    /// Values that may be programs.
    pub(super) candidates: Vec<Candidate>,
    /// Do not look into values.
    shallow: bool,
    problems: Vec<(u64, Problem)>,
    tensors: Vec<(u64, Tensor)>,
    side_files: Vec<(u64, String)>,
    named_files: HashSet<String>,
    embedded: HashSet<u64>,
    /// Texts that may hold a secret, with their offsets.
    texts: Vec<(u64, Vec<u8>)>,
    looked_at: u64,
    programs: usize,
    /// Why not everything was looked at.
    pub(super) incomplete: Option<String>,
    /// Opcodes that may still be tried in a second reading of array bytes.
    pub(super) tries: Option<u64>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("names", &self.names.len()).field("calls", &self.calls.len()).finish()
    }
}

impl<'a> Context<'a> {
    /// Nothing observed yet; values are not looked into.
    pub(super) fn shallow() -> Self {
        Self { shallow: true, ..Self::default() }
    }

    /// Nothing observed yet; `storages` is told of every storage that a program asks for.
    pub(crate) fn collecting(storages: &'a mut dyn FnMut(Storage)) -> Self {
        Self { storages: Some(storages), ..Self::default() }
    }

    /// The same, without looking into values.
    pub(super) fn surveying(storages: &'a mut dyn FnMut(Storage)) -> Self {
        Self { shallow: true, ..Self::collecting(storages) }
    }

    pub(super) fn problem(&mut self, at: u64, kind: Kind, detail: impl Into<String>) {
        if self.problems.iter().filter(|(_, problem)| problem.kind == kind).count() < MOST_PROBLEMS {
            self.problems.push((at, Problem::new(kind, detail)));
        }
    }

    pub(super) fn tensor(&mut self, tensor: Tensor) {
        if self.tensors.len() < MOST_TENSORS {
            self.tensors.push((tensor.start, tensor));
        }
    }

    pub(super) fn side_file(&mut self, at: u64, name: String) {
        if self.named_files.contains(&name) {
            return;
        }
        if self.named_files.len() >= MOST_FILES {
            self.incomplete = Some("names more files with arrays than are kept".to_owned());
            return;
        }
        self.named_files.insert(name.clone());
        self.side_files.push((at, name));
    }

    /// Keeps a value to look into.
    pub(super) fn candidate(&mut self, candidate: Candidate) {
        if !self.shallow {
            self.candidates.push(candidate);
        }
    }

    /// Looks at a string for what it would give away.
    #[inline(never)]
    pub(super) fn string(&mut self, at: u64, text: &[u8]) {
        if self.shallow || self.texts.len() >= MOST_TEXTS || !crate::secrets::may_tell(text) {
            return;
        }
        let kept: usize = self.texts.iter().map(|(_, text)| text.len()).sum();
        if kept <= TEXTS {
            self.texts.push((at, text.to_vec()));
        }
    }

    /// Whether a value may be handed on as a part of its own: each once, and not too many.
    pub(super) fn may_embed(&mut self, at: u64) -> bool {
        if self.embedded.len() >= MOST_EMBEDDED {
            self.incomplete = Some("too many values are programs of their own".to_owned());
            return false;
        }
        self.embedded.insert(at)
    }

    /// Whether so many bytes of a value may be looked at.
    pub(super) fn may_look_at(&mut self, bytes: u64) -> bool {
        self.looked_at = self.looked_at.saturating_add(bytes);
        let may = self.looked_at <= MOST_LOOKED_AT;
        if !may {
            self.incomplete = Some("too many values look like programs of their own".to_owned());
        }
        may
    }

    /// The kinds of contradictions that were not reported yet.
    #[cfg(test)]
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<_> = self.problems.iter().map(|(_, problem)| problem.kind).collect();
        kinds.dedup();
        kinds
    }

    pub(super) fn memory(&self) -> u64 {
        self.names
            .memory()
            .saturating_add(self.calls.memory())
            .saturating_add((self.tensors.len() as u64).saturating_mul(128))
    }

    /// Hands over what was observed since the last time, in the order of the offsets.
    pub(super) fn report(&mut self, visit: &mut Visit<'_>, program: Option<(u64, What)>) {
        let mut facts: Vec<(u64, What)> = Vec::new();
        facts.extend(self.names.take_new().map(|entry| (entry.at, What::Import(entry.import.clone()))));
        facts.extend(self.calls.take_new().map(|entry| (entry.at, What::Call(entry.call.clone()))));
        facts.extend(self.problems.drain(..).map(|(at, problem)| (at, What::Problem(problem))));
        facts.extend(self.tensors.drain(..).map(|(at, tensor)| (at, What::Tensor(tensor))));
        facts.extend(
            self.side_files
                .drain(..)
                .map(|(at, target)| (at, What::Reference(Reference { role: "array", target, range: None }))),
        );
        facts.extend(self.told(visit));
        if let Some(program) = program.filter(|_| self.programs < MOST_PROGRAMS) {
            self.programs = self.programs.saturating_add(1);
            facts.push(program);
        }
        facts.sort_by_key(|(at, _)| *at);
        for (at, what) in facts {
            visit.fact(at, what);
        }
        if self.calls.dropped() > 0 {
            visit.incomplete(format!("{} more kinds of calls than are kept", self.calls.dropped()));
        }
        if let Some(why) = self.incomplete.take() {
            visit.incomplete(why);
        }
    }

    /// What the strings since the last time give away.
    fn told(&mut self, visit: &mut Visit<'_>) -> Vec<(u64, What)> {
        let text = Text { scope: Scope::All, context: AddressContext::Settings, form: Form::Plain };
        let mut collected = Collected::default();
        for (at, string) in self.texts.drain(..) {
            collected.string(at, &string, text, visit.budget.key());
        }
        collected.into_facts(visit.known())
    }
}
