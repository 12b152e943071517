//! What rules find, within bounds: of many findings of one rule the first are kept, and any that are worse.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::{Call, Term};
use weighbridge_domain::{Finding, Location};

use super::Rule;
use crate::facts::Place;
use crate::secrets::{Known, masked, masked_with};
use crate::text;

/// Where rules put what they find.
#[derive(Debug)]
pub struct Findings<'a> {
    rule: &'static Rule,
    path: &'a str,
    found: Vec<Finding>,
    more: usize,
    /// The last of those that are more; how bad it is, its rule says after it was added.
    spare: Option<Finding>,
}

/// Findings of one rule kept for one file; the rest is counted.
const KEPT: usize = 50;

impl Findings<'_> {
    /// The file, as reports show it.
    pub fn path(&self) -> &str {
        self.path
    }

    /// Adds a finding at a place; its severity and confidence may be lowered on what is returned.
    pub fn add(&mut self, place: Place<'_>, message: impl AsRef<str>) -> &mut Finding {
        let path = self.path.to_owned();
        self.add_in(path, place, message)
    }

    /// Adds a finding in another file of the folder.
    pub fn add_in(&mut self, path: String, place: Place<'_>, message: impl AsRef<str>) -> &mut Finding {
        self.keep_worse();
        let Place { reading, at: offset, position } = place;
        let location = Location { path, member: text::shown(&reading.member, 1024), offset, position };
        let finding = Finding {
            rule: self.rule.id.to_owned(),
            severity: self.rule.severity,
            confidence: self.rule.confidence,
            fingerprint: String::new(),
            location,
            message: text::shown(&masked(message.as_ref()), 500),
            excerpt: None,
            call: None,
        };
        if self.found.len() < KEPT {
            self.found.push(finding);
            return self.found.last_mut().unwrap_or_else(|| unreachable!("one was pushed"));
        }
        self.more = self.more.saturating_add(1);
        self.spare.insert(finding)
    }

    /// Many mild findings do not crowd out a bad one.
    fn keep_worse(&mut self) {
        let Some(spare) = self.spare.take() else { return };
        if let Some(mildest) = self.found.iter_mut().rev().min_by_key(|finding| finding.severity)
            && mildest.severity < spare.severity
        {
            *mildest = spare;
        }
    }
}

fn fingerprint(finding: &Finding, known: &Known) -> String {
    let Finding { rule, location, message, .. } = finding;
    let mut hasher = Sha256::new();
    for part in [rule, &location.path, &location.member, message] {
        // Reports say names without secrets, and a digest must not say more.
        hasher.update(masked_with(part, known).as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// No finding gives away a secret, whatever it quotes.
fn mask(finding: &mut Finding, known: &Known) {
    mask_text(&mut finding.message, known);
    if let Some(excerpt) = &mut finding.excerpt {
        mask_text(excerpt, known);
    }
    if let Some(call) = &mut finding.call {
        mask_call(call, known);
    }
}

fn mask_text(text: &mut String, known: &Known) {
    if let Cow::Owned(without) = masked_with(text, known) {
        *text = without;
    }
}

fn mask_call(call: &mut Call, known: &Known) {
    mask_term(&mut call.callee, known);
    call.arguments.iter_mut().for_each(|term| mask_term(term, known));
}

fn mask_term(term: &mut Term, known: &Known) {
    match term {
        Term::Text { text, .. } | Term::Literal { text } => mask_text(text, known),
        Term::Call(call) => mask_call(call, known),
        Term::Items { items, .. } => items.iter_mut().for_each(|term| mask_term(term, known)),
        Term::Global(name) => {
            mask_text(&mut name.module, known);
            mask_text(&mut name.name, known);
        }
        Term::Bytes { .. } | Term::Unknown => {}
    }
}

/// Runs a rule, and adds what it found.
pub(super) fn run(
    rule: &'static Rule,
    path: &str,
    known: &Known,
    found: &mut Vec<Finding>,
    check: impl FnOnce(&mut Findings<'_>),
) {
    let mut findings = Findings { rule, path, found: Vec::new(), more: 0, spare: None };
    check(&mut findings);
    findings.keep_worse();
    for finding in &mut findings.found {
        mask(finding, known);
        finding.fingerprint = fingerprint(finding, known);
    }
    if let (more @ 1.., Some(last)) = (findings.more, findings.found.last_mut()) {
        last.message.push_str(&format!(" (and {more} more like this)"));
    }
    found.append(&mut findings.found);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use weighbridge_domain::Severity;
    use weighbridge_domain::facts::{Coverage, Reading};

    use super::*;
    use crate::input::Input;
    use crate::limits::{Clock, Limits};
    use crate::rules::{judge_file, judge_folder};
    use crate::samples::program;

    #[test]
    fn when_the_time_is_over_facts_end_and_the_file_is_not_inspected() {
        let (mut facts, found) = crate::inspect(&Input::bytes(program::elf()), "a.png", &Limits::default());
        assert_eq!((found.len(), facts.iter().count(), facts.parts().count()), (2, 1, 1));
        facts.clock = Clock::new(Some(Instant::now()), Some(Duration::from_secs(3)));
        assert_eq!((facts.iter().count(), facts.parts().count()), (0, 0));
        let mut found = Vec::new();
        judge_file("a.png", &mut facts, &mut found);
        judge_folder(&[("a.png", &facts)], &mut found);
        assert!(found.is_empty());
        let told = "its findings are not complete: limit reached: time (3s); raise it with --time";
        let why = match &facts.readings[0].coverage {
            Coverage::NotInspected { why } => why,
            _ => "",
        };
        assert!(why.ends_with(told), "{why}");
    }

    #[test]
    fn a_bad_finding_behind_many_mild_ones_is_kept() {
        let reading = Reading { member: Arc::from(""), format: None, size: 0, coverage: Coverage::Inspected };
        let place = Place { reading: &reading, at: None, position: None };
        let mut found = Vec::new();
        run(&super::super::embedded_program::RULE, "a", &Known::default(), &mut found, |findings| {
            for number in 0..100 {
                findings.add(place, format!("mild {number}")).severity = Severity::Low;
            }
            findings.add(place, "bad").severity = Severity::Critical;
            findings.add(place, "mild").severity = Severity::Low;
        });
        assert_eq!(found.len(), KEPT);
        let bad: Vec<&Finding> =
            found.iter().filter(|finding| finding.severity == Severity::Critical).collect();
        assert_eq!(bad.len(), 1);
        assert!(bad[0].message.starts_with("bad (and 52 more"), "{}", bad[0].message);
        assert!(found.iter().all(|finding| finding.fingerprint.len() == 32));
    }
}
