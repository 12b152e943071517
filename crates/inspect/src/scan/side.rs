//! Files that no format recognises, and that a model among the scanned files names as the place of its tensors.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use weighbridge_domain::facts::{Coverage, Reading, Tensor};

use super::find::Asked;
use super::opened::{mark, open};
use super::{Options, Outcome};
use crate::facts::Facts;
use crate::formats::graph::TENSOR_DATA;
use crate::formats::tensor_data;
use crate::input::Input;
use crate::limits::Budget;
use crate::path;
use crate::report::FileReport;
use crate::walk::walk_as;
use crate::weights::Weighing;

/// Inspects those files by what the models say of them.
pub(crate) fn inspect(
    outcomes: &mut [Outcome],
    asked: &[Asked],
    options: &Options,
    deadline: Option<Instant>,
) {
    let described = described(outcomes);
    for (outcome, asked) in outcomes.iter_mut().zip(asked) {
        let Some(tensors) = described.get(&outcome.report.path) else { continue };
        if !is_unknown(&outcome.facts.readings) {
            continue;
        }
        let mut budget = Budget::new(&options.limits, deadline).with_key(options.secret_key.as_ref());
        let Some(mut facts) = read(outcome, asked, tensors, &mut budget, options) else { continue };
        facts.note_link(asked.link.as_ref());
        let FileReport { size, sha256, .. } = &outcome.report;
        *outcome = Outcome::of(asked, facts, (*size, *sha256, outcome.mark), options);
    }
}

/// Nothing but that no format recognised it is known of a file.
fn is_unknown(readings: &[Reading]) -> bool {
    matches!(readings, [Reading { format: None, coverage: Coverage::NotInspected { .. }, size: 1.., .. }])
}

/// What models say is in other files, by the paths of these.
fn described(outcomes: &[Outcome]) -> BTreeMap<String, Vec<Tensor>> {
    let mut described: BTreeMap<String, Vec<Tensor>> = BTreeMap::new();
    for outcome in outcomes {
        let beside = |file: &str| path::beside(&outcome.report.path, file);
        for (_, reference) in outcome.facts.references().filter(|(_, one)| one.role == TENSOR_DATA) {
            let Some(file) = beside(&reference.target) else { continue };
            let tensors = described.entry(file).or_default();
            if let Some((start, length)) = reference.range {
                let (name, dtype) = (String::new(), String::new());
                tensors.push(Tensor { name, dtype, shape: Vec::new(), start, length });
            }
        }
        for (_, external) in outcome.facts.external_tensors() {
            if let Some(tensors) = beside(&external.file).and_then(|file| described.get_mut(&file)) {
                tensors.push(external.tensor.clone());
            }
        }
    }
    described
}

/// Reads the file again, now as what the models say it is; nothing when it is another file by now.
fn read(
    outcome: &Outcome,
    asked: &Asked,
    tensors: &[Tensor],
    budget: &mut Budget,
    options: &Options,
) -> Option<Facts> {
    let (file, before) = open(&asked.path).ok()?;
    if Some(mark(&before)) != outcome.mark {
        return None;
    }
    let input = Input::file(file).ok()?;
    let mut facts = walk_as(Some(&tensor_data::FORMAT), &input, &asked.shown, tensors, budget);
    if let Some(rules) = &options.yara {
        rules.run(&mut facts, std::slice::from_ref(&input), budget);
    }
    if options.weights {
        let weighing = Weighing::new(&facts, std::slice::from_ref(&input), &input);
        facts.weigh(weighing, budget);
    }
    let after = fs::symlink_metadata(&asked.path).ok()?;
    (Some(mark(&after)) == outcome.mark).then_some(facts)
}
