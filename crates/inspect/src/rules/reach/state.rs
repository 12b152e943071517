//! States that objects are given, class by class: some classes run text that they find in theirs.

use std::collections::HashSet;

use weighbridge_domain::facts::{Call, CallKind, Name, Term, What};

use super::call::class_of;
use crate::facts::Facts;
use crate::known::state::{is_argument_parser, running_keys};
use crate::known::{Capability, classify};

/// The classes that run text in their state and are given another one than their library writes, part by part.
#[derive(Debug)]
pub(super) struct States<'a> {
    changed: HashSet<(usize, &'a Name)>,
}

impl<'a> States<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let changed = facts.facts.iter().filter_map(|fact| {
            let What::Call(Call { kind: CallKind::SetState, callee, arguments }) = &fact.what else {
                return None;
            };
            let (class, harmless) = match callee.as_ref() {
                Term::Call(made) => {
                    let class = class_of(made)?;
                    (class, is_harmless(arguments, running_keys(&class.module)))
                }
                Term::Global(class) => (class, false),
                _ => return None,
            };
            (!harmless && !running_keys(&class.module).is_empty()).then_some((fact.reading, class))
        });
        Self { changed: changed.collect() }
    }

    /// Classes that run text in their state are harmless while every state in this part is what their library writes.
    pub(super) fn are_harmless(&self, reading: usize, class: &Name) -> bool {
        !running_keys(&class.module).is_empty()
            && !self.changed.contains(&(reading, class))
            && classify(&class.module, &class.name).capability == Capability::CarriesCode
    }
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
