//! What came of one file, and what of it rules over whole folders need.

use std::io;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Coverage, Reading, Weights, What};
use weighbridge_domain::{Digest, Finding};

use super::Options;
use super::find::Asked;
use super::opened::Mark;
use crate::bill::Sheet;
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::Budget;
use crate::report::{FileReport, NotInspected};
use crate::rules;
use crate::walk::walk;

/// What came of one file.
pub(crate) struct Outcome {
    pub(crate) report: FileReport,
    pub(super) findings: Vec<Finding>,
    pub(super) not_inspected: Vec<NotInspected>,
    pub(super) parts: u64,
    /// Facts that rules over whole folders need.
    pub(crate) facts: Facts,
    pub(super) weighed: Weighed,
    /// What changes when the file changes.
    pub(super) mark: Option<Mark>,
}

impl Outcome {
    /// What follows from the facts about a file of this size, digest and mark.
    pub(crate) fn of(
        asked: &Asked,
        mut facts: Facts,
        (size, sha256, mark): (u64, Option<Digest>, Option<Mark>),
        options: &Options,
    ) -> Self {
        let mut findings = Vec::new();
        facts.known.remember(asked.shown.as_bytes());
        rules::judge_file(&asked.shown, &mut facts, &mut findings);
        let not_inspected = facts
            .readings
            .iter()
            .filter_map(|reading| match &reading.coverage {
                Coverage::NotInspected { why } => Some(NotInspected {
                    path: asked.shown.clone(),
                    member: crate::text::shown(&reading.member, 1024),
                    format: reading.format,
                    why: crate::text::shown(why, 400),
                }),
                _ => None,
            })
            .collect();
        // Facts name their reading by its number, so then all are listed.
        let listed = |reading: &Reading| options.facts || !reading.member.is_empty();
        let report = FileReport {
            path: asked.shown.clone(),
            size,
            sha256,
            formats: facts.readings.iter().filter(|r| r.member.is_empty()).filter_map(|r| r.format).collect(),
            coverage: FileReport::coverage_of(&facts.readings),
            parts: facts.readings.iter().filter(|r| listed(r)).take(MOST_PARTS).cloned().collect(),
            facts: if options.facts { facts.facts.clone() } else { Vec::new() },
            sheet: options.bill.then(|| Box::new(Sheet::of(&asked.shown, &facts))),
        };
        let parts = facts.readings.len() as u64;
        let weighed = Weighed::of(&facts);
        facts.thin();
        Self { report, findings, not_inspected, parts, facts, weighed, mark }
    }

    /// Nothing is known about this file.
    pub(crate) fn unread(asked: &Asked) -> Self {
        let path = asked.shown.clone();
        let why = "its reader failed: a defect of Weighbridge, please report it".to_owned();
        let missed = NotInspected { path: path.clone(), member: String::new(), format: None, why };
        let (sha256, formats, parts, facts) = (None, Vec::new(), Vec::new(), Vec::new());
        let coverage = FileReport::NOT_INSPECTED;
        Self {
            report: FileReport { path, size: 0, sha256, formats, coverage, parts, facts, sheet: None },
            findings: Vec::new(),
            not_inspected: vec![missed],
            parts: 1,
            facts: Facts::default(),
            weighed: Weighed::default(),
            mark: None,
        }
    }

    /// The file could not be opened.
    pub(crate) fn unreadable(asked: &Asked, error: &io::Error, options: &Options) -> Self {
        let mut facts = walk(&Input::bytes(Vec::new()), "", &mut Budget::new(&options.limits, None));
        facts.not_inspected_in(0, format!("could not be read: {error}"));
        facts.note_link(asked.link.as_ref());
        Self::of(asked, facts, (0, None, None), options)
    }
}

/// Parts listed for one file.
const MOST_PARTS: usize = 10_000;

/// Settings that rules over whole folders look at are those of adapters, models and pipelines.
fn is_of_folders(reading: Option<&Reading>) -> bool {
    reading.is_some_and(|reading| {
        matches!(reading.format, Some("adapter-config" | "model-config" | "pipeline-index"))
    })
}

/// What was done about the numbers in tensors.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weighed {
    /// Tensors that there are.
    tensors: u64,
    read: u64,
    bytes: u64,
    others: u64,
}

impl Weighed {
    fn of(facts: &Facts) -> Self {
        let mut weighed = Self::default();
        for fact in &facts.facts {
            match &fact.what {
                What::Tensor(_) => weighed.tensors += 1,
                What::Weights(Weights::Read { tensors, bytes, others, .. }) => {
                    weighed.read += tensors;
                    weighed.bytes += bytes;
                    weighed.others += others;
                }
                _ => {}
            }
        }
        weighed
    }

    pub(super) fn of_all(outcomes: &[Outcome]) -> Self {
        outcomes.iter().fold(Self::default(), |sum, Outcome { weighed, .. }| Self {
            tensors: sum.tensors + weighed.tensors,
            read: sum.read + weighed.read,
            bytes: sum.bytes.saturating_add(weighed.bytes),
            others: sum.others + weighed.others,
        })
    }

    pub(super) fn note(self, options: &Options) -> Option<String> {
        let Self { tensors, read, bytes, others } = self;
        let count = |count| crate::text::count(count, "tensor");
        if tensors == 0 {
            return None;
        } else if !options.weights {
            return Some("the numbers in tensors were not read; --weights reads them".to_owned());
        }
        let mut note = format!("the numbers of {} ({}) were read", count(read), crate::text::bytes(bytes));
        if others > 0 {
            let why = "quantised, of another type, or not lying there as they are";
            note.push_str(&format!("; those of {} were not: {why}", count(others)));
        }
        Some(note)
    }
}

impl Facts {
    /// Keeps only what rules over whole folders look at.
    fn thin(&mut self) {
        self.facts.retain(|fact| {
            let outer = self.readings.get(fact.reading).is_some_and(|reading| reading.member.is_empty());
            let total = matches!(&fact.what, What::Metadata { key, .. } if key == "total_size" || key.ends_with(".block_count"));
            let named = matches!(
                fact.what,
                What::ExternalTensor(_)
                    | What::Package(_)
                    | What::Card(_)
                    | What::Licence(_)
                    | What::Vocabulary { .. }
                    | What::Reference(_)
                    | What::Setting { .. }
                    | What::Tensor(_)
                    | What::Shard { .. }
                    | What::Split { .. }
            );
            let setting = matches!(fact.what, What::Setting { .. });
            let disagrees = matches!(&fact.what, What::Problem(problem) if problem.kind == Kind::Disagreement);
            outer && (total || disagrees || named && (!setting || is_of_folders(self.readings.get(fact.reading))))
        });
        self.facts.shrink_to_fit();
    }
}
