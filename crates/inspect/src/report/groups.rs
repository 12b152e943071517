//! What belongs together, put together: findings that say the same in many places, and parts missed for one reason.

use std::collections::{BTreeMap, HashMap};

use weighbridge_domain::{Finding, Severity};

use super::Report;
use crate::formats;

/// Findings of one rule that say the same about several places; the worst first.
#[derive(Debug)]
pub struct Group<'a> {
    /// The first of them.
    pub first: &'a Finding,
    /// All of them.
    pub findings: Vec<&'a Finding>,
}

impl Group<'_> {
    /// The severity that all of them have.
    pub fn severity(&self) -> Option<Severity> {
        let severity = self.first.severity;
        self.findings.iter().all(|finding| finding.severity == severity).then_some(severity)
    }
}

/// Puts together what has the same rule, message and call, in the order of the first of each.
pub fn grouped<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known = HashMap::new();
    for finding in findings {
        let says =
            (&finding.rule, &finding.message, &finding.call, &finding.excerpt, finding.confidence.word());
        let index = *known.entry(says).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { first: finding, findings: vec![finding] }),
        }
    }
    groups
}

/// A reason of not inspecting, and the parts it is about.
#[derive(Debug)]
pub struct Missed {
    /// The reason, with what the parts were recognised as.
    pub why: String,
    /// The parts, as `path!member`.
    pub places: Vec<String>,
}

/// What was not inspected by reason, the one with the most parts first.
pub fn missed(report: &Report) -> Vec<Missed> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in &report.not_inspected {
        let title = part.format.and_then(formats::find).map(|format| format.title);
        let why = match title {
            Some(title) if !part.why.starts_with(title) => format!("{title}: {}", part.why),
            _ => part.why.clone(),
        };
        reasons.entry(why).or_default().push(part.place().to_string());
    }
    let mut reasons: Vec<Missed> = reasons.into_iter().map(|(why, places)| Missed { why, places }).collect();
    reasons.sort_by_key(|missed| std::cmp::Reverse(missed.places.len()));
    reasons
}
