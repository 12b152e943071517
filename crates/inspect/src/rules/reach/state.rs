//! States that objects are given, class by class: some classes run text that they find in theirs.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use weighbridge_domain::facts::{Call, CallKind, Name, Term, What};

use super::call::class_of;
use super::wrapped::partial_of;
use crate::facts::Facts;
use crate::known::state::{is_argument_parser, running_keys};
use crate::known::{Capability, classify};

/// What is known of the states that objects are given.
#[derive(Debug, Default)]
pub(super) struct States<'a> {
    /// The classes that run text in their state and are given another one than their library writes, part by part.
    changed: HashSet<(usize, &'a Name)>,
    /// Parts in which something is given a state that may be of any class.
    unexplained: HashSet<usize>,
    /// The states of partial functions, which say what they call, by the call that made them.
    partials: HashMap<(usize, &'a Call), Vec<&'a [Term]>>,
    entered: Cell<bool>,
}

impl<'a> States<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let mut states = Self::default();
        for fact in facts.facts.iter().take_while(|_| facts.clock.step()) {
            let What::Call(Call { kind: CallKind::SetState, callee, arguments }) = &fact.what else {
                continue;
            };
            states.add(fact.reading, callee, arguments);
        }
        states
    }

    fn add(&mut self, reading: usize, callee: &'a Term, arguments: &'a [Term]) {
        match callee {
            Term::Call(made) if partial_of(made).is_some() => {
                self.partials.entry((reading, made)).or_default().push(arguments);
            }
            Term::Call(made) => match class_of(made) {
                Some(class) => {
                    let keys = running_keys(&class.module);
                    if !keys.is_empty() && !is_harmless(arguments, keys) {
                        self.changed.insert((reading, class));
                    }
                }
                None if is_explained(made) => {}
                None => {
                    self.unexplained.insert(reading);
                }
            },
            Term::Global(class) => {
                self.changed.insert((reading, class));
            }
            _ => {
                self.unexplained.insert(reading);
            }
        }
    }

    /// Classes that run text in their state are harmless while every state in this part is what their library writes.
    pub(super) fn are_harmless(&self, reading: usize, class: &Name) -> bool {
        !running_keys(&class.module).is_empty()
            && !self.changed.contains(&(reading, class))
            && !self.unexplained.contains(&reading)
            && classify(&class.module, &class.name).capability == Capability::CarriesCode
    }

    /// The states of the partial functions that are made by this call.
    pub(super) fn partials<'s>(&'s self, reading: usize, partial: &'s Call) -> &'s [&'s [Term]] {
        self.partials.get(&(reading, partial)).map_or(&[], Vec::as_slice)
    }

    /// Allows to follow what a state names, unless that is done already.
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        (!self.entered.replace(true)).then_some(Inside(&self.entered))
    }
}

/// As long as it lives, a state is followed.
#[derive(Debug)]
pub(super) struct Inside<'a>(&'a Cell<bool>);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// What a call returns is new and of the library that the function is of, or an iterator.
fn is_explained(made: &Call) -> bool {
    if made.kind == CallKind::Persistent {
        return true;
    }
    let Term::Global(name) = made.callee.as_ref() else { return false };
    if made.arguments.iter().any(mentions_running) || passes_on(name) {
        return false;
    }
    match classify(&name.module, &name.name).capability {
        Capability::Data | Capability::Rebuild => true,
        Capability::Wraps => match name.name.as_str() {
            "getitem" | "next" | "partialmethod" => false,
            _ if iterates(name) => true,
            _ => matches!(made.arguments.first(), Some(Term::Global(_))),
        },
        _ => false,
    }
}

/// May return one of its operands: of an array type of objects, the object.
pub(in crate::rules) fn passes_on(name: &Name) -> bool {
    matches!(name.module.as_str(), "numpy.core.multiarray" | "numpy._core.multiarray")
        && name.name == "scalar"
        || matches!(name.module.as_str(), "operator" | "_operator")
}

/// A class that runs what is in its state is somewhere in it.
fn mentions_running(term: &Term) -> bool {
    match term {
        Term::Global(name) => !running_keys(&name.module).is_empty(),
        Term::Call(call) => mentions_running(&call.callee) || call.arguments.iter().any(mentions_running),
        Term::Items { items, .. } => items.iter().any(mentions_running),
        _ => false,
    }
}

/// Makes an iterator, which calls its first operand.
pub(super) fn iterates(name: &Name) -> bool {
    matches!(name.module.as_str(), "builtins" | "__builtin__" | "itertools")
        && matches!(
            name.name.as_str(),
            "map"
                | "filter"
                | "iter"
                | "imap"
                | "ifilter"
                | "starmap"
                | "takewhile"
                | "dropwhile"
                | "filterfalse"
                | "ifilterfalse"
        )
}

fn is_harmless(arguments: &[Term], keys: &[&str]) -> bool {
    let [Term::Items { kind, items, omitted: 0 }] = arguments else { return false };
    kind == "dict"
        && items.chunks(2).all(|pair| match pair {
            [Term::Text { text: key, cut: false }, value] => {
                !keys.contains(&key.as_str())
                    || match value {
                        Term::Text { text, cut: false } => {
                            key == "_parse_arg_template" && is_argument_parser(text)
                        }
                        Term::Literal { text } => text == "None" || text == "False",
                        _ => false,
                    }
            }
            _ => false,
        })
}
