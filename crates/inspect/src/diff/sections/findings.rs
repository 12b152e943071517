//! Findings: what the rules say of one revision and not of the other.

use weighbridge_domain::Severity;

use super::{Check, Section};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::{ChangedFinding, Whole};
use crate::{report, text};

/// Findings.
pub static SECTION: Section = Section {
    id: "finding",
    title: "Findings",
    docs: "What `weighbridge scan` finds in the new revision and not in the old one: the same rule, file, member and message \
           count as the same finding, also where the file was renamed. One that says other numbers than before changed: it counts \
           as a new one where a number or the severity rose, and is a note otherwise. New findings that are high or critical are red, medium \
           ones amber, others notes. Findings that are gone are notes.",
    check: Check::Whole(check),
};

/// Findings that are told one by one.
const MOST: usize = 500;

fn check(whole: &Whole<'_>, out: &mut Vec<Change>) {
    for finding in whole.findings.added.iter().take(MOST) {
        let (_, excerpt) = report::details(finding);
        let message = format!("new {} finding: {}", finding.severity, finding.message);
        let place = (finding.location.path.as_str(), finding.location.member.as_str());
        let change = Change::new("finding", risk(finding.severity), Kind::Added, place, message);
        out.push(change.about(&finding.rule).values(None, excerpt.as_deref()));
    }
    let rest = whole.findings.added.get(MOST..).unwrap_or_default();
    if let Some(worst) = rest.iter().map(|finding| finding.severity).max() {
        let details = rest
            .iter()
            .map(|finding| Detail::new(&finding.location.to_string(), None, Some(&finding.message)));
        let message = text::count(rest.len() as u64, "more new finding");
        let change = Change::new("finding", risk(worst), Kind::Added, ("", ""), message);
        out.push(change.details(details.collect()));
    }
    for changed in whole.findings.changed.iter().take(MOST) {
        let ChangedFinding { old, new } = changed;
        let place = (new.location.path.as_str(), new.location.member.as_str());
        let message = format!("a {} finding says other numbers: {}", new.severity, new.message);
        let change = Change::new("finding", risk_of(changed), Kind::Changed, place, message).about(&new.rule);
        out.push(change.values(Some(&old.message), Some(&new.message)));
    }
    let rest = whole.findings.changed.get(MOST..).unwrap_or_default();
    if let Some(worst) = rest.iter().map(risk_of).max() {
        let message = format!("other numbers in {}", text::count(rest.len() as u64, "more finding"));
        out.push(Change::new("finding", worst, Kind::Changed, ("", ""), message));
    }
    if !whole.findings.gone.is_empty() {
        let details = whole.findings.gone.iter().map(|finding| {
            let message = format!("{}: {}", finding.rule, finding.message);
            Detail::new(&finding.location.to_string(), Some(&message), None)
        });
        let count = whole.findings.gone.len();
        let verb = if count == 1 { "is" } else { "are" };
        let message = format!("{} {verb} gone", text::count(count as u64, "finding"));
        let change = Change::new("finding", Risk::Note, Kind::Removed, ("", ""), message);
        out.push(change.details(details.collect()));
    }
}

fn risk(severity: Severity) -> Risk {
    match severity {
        Severity::Critical | Severity::High => Risk::Red,
        Severity::Medium => Risk::Amber,
        Severity::Low | Severity::Info => Risk::Note,
    }
}

/// There is more of it, or it is worse: that counts as if it were new.
fn risk_of(ChangedFinding { old, new }: &ChangedFinding) -> Risk {
    let more = numbers(&new.message).zip(numbers(&old.message)).any(|(new, old)| new > old);
    if more || new.severity > old.severity { risk(new.severity) } else { Risk::Note }
}

/// The numbers in a message that stand outside of quotations.
fn numbers(message: &str) -> impl Iterator<Item = f64> {
    let outside = message.split('`').step_by(2);
    let words = outside.flat_map(|text| text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')));
    words.filter_map(|word| word.replace(',', "").trim_end_matches('.').parse().ok())
}
