//! What formats of graphs share: counting operators, and naming files outside once.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::{ExternalTensor, Operator, Reference, Tensor, What};

use super::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Bytes that an operator or a reference takes beside its text.
const ITEM: u64 = 256;

/// Counts the operators of a graph; each is told once, at the first node that uses it.
#[derive(Debug, Default)]
pub(super) struct Operators {
    used: BTreeMap<String, BTreeMap<String, Use>>,
}

#[derive(Debug)]
struct Use {
    at: u64,
    node: String,
    count: u64,
}

impl Operators {
    /// A node at `at` uses an operator. Its name is asked for only when it is the first.
    pub(super) fn add(
        &mut self,
        visit: &Visit<'_>,
        notes: &mut Notes,
        at: u64,
        [domain, operator]: [&str; 2],
        node: impl FnOnce() -> String,
    ) -> Result<(), Fault> {
        if let Some(used) = self.used.get_mut(domain).and_then(|set| set.get_mut(operator)) {
            used.count = used.count.saturating_add(1);
            return Ok(());
        }
        let node = name(&node());
        let text = domain.len().saturating_add(operator.len()).saturating_mul(2).saturating_add(node.len());
        notes.remember(visit, ITEM.saturating_add(text as u64))?;
        let set = self.used.entry(domain.to_owned()).or_default();
        set.insert(operator.to_owned(), Use { at, node, count: 1 });
        Ok(())
    }

    /// The sets whose operators are used, each with the first node that does.
    pub(super) fn domains(&self) -> impl Iterator<Item = (&str, u64)> {
        self.used.iter().map(|(domain, set)| {
            (domain.as_str(), set.values().map(|used| used.at).min().unwrap_or_default())
        })
    }

    /// Notes them as facts; `defined` says of which the file says itself what they do.
    pub(super) fn tell(
        self,
        visit: &mut Visit<'_>,
        dialect: &'static str,
        defined: impl Fn(&str, &str) -> bool,
    ) {
        for (domain, set) in self.used {
            for (name, Use { at, node, count }) in set {
                let defined = defined(&domain, &name);
                let operator = Operator { dialect, domain: domain.clone(), name, node, count, defined };
                visit.fact(at, What::Operator(operator));
            }
        }
    }
}

/// Names files outside, each role and path once.
#[derive(Debug, Default)]
pub(super) struct References {
    told: BTreeSet<(&'static str, String)>,
}

impl References {
    /// The model names a file or an address as a part of itself.
    pub(super) fn add(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        at: u64,
        role: &'static str,
        target: &str,
    ) -> Result<(), Fault> {
        let target = name(target);
        if self.told.contains(&(role, target.clone())) {
            return Ok(());
        }
        notes.remember(visit, ITEM.saturating_add((target.len() as u64).saturating_mul(2)))?;
        self.told.insert((role, target.clone()));
        visit.fact(at, What::Reference(Reference { role, target, range: None }));
        Ok(())
    }

    /// The bytes of a tensor lie in another file.
    pub(super) fn tensor(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        at: u64,
        file: &str,
        tensor: Tensor,
    ) -> Result<(), Fault> {
        self.add(visit, notes, at, TENSOR_DATA, file)?;
        let file = name(file);
        notes.remember_tensor(visit, &tensor)?;
        notes.remember(visit, file.len() as u64)?;
        visit.fact(at, What::ExternalTensor(ExternalTensor { file, tensor }));
        Ok(())
    }
}

/// The role of files that hold the bytes of tensors.
pub(crate) const TENSOR_DATA: &str = "tensor data";
