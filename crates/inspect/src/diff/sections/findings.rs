//! Findings: what the rules say of one revision and not of the other.

use weighbridge_domain::Severity;

use super::{Check, Section};
use crate::diff::Whole;
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::{report, text};

/// Findings.
pub static SECTION: Section = Section {
    id: "finding",
    title: "Findings",
    docs: "What `weighbridge scan` finds in the new revision and not in the old one: the same rule, file, member and message \
           count as the same finding, also where the file was renamed. New findings that are high or critical are red, medium \
           ones amber, others notes. Findings that are gone are notes.",
    check: Check::Whole(check),
};

/// Findings that are told one by one.
const MOST: usize = 500;

fn check(whole: &Whole<'_>, out: &mut Vec<Change>) {
    for finding in whole.new_findings.iter().take(MOST) {
        let (_, excerpt) = report::details(finding);
        let message = format!("new {} finding: {}", finding.severity, finding.message);
        let place = (finding.location.path.as_str(), finding.location.member.as_str());
        let change = Change::new("finding", risk(finding.severity), Kind::Added, place, message);
        out.push(change.about(&finding.rule).values(None, excerpt.as_deref()));
    }
    let rest = whole.new_findings.get(MOST..).unwrap_or_default();
    if let Some(worst) = rest.iter().map(|finding| finding.severity).max() {
        let details = rest
            .iter()
            .map(|finding| Detail::new(&finding.location.to_string(), None, Some(&finding.message)));
        let message = text::count(rest.len() as u64, "more new finding");
        let change = Change::new("finding", risk(worst), Kind::Added, ("", ""), message);
        out.push(change.details(details.collect()));
    }
    if !whole.gone_findings.is_empty() {
        let details = whole.gone_findings.iter().map(|finding| {
            let message = format!("{}: {}", finding.rule, finding.message);
            Detail::new(&finding.location.to_string(), Some(&message), None)
        });
        let count = whole.gone_findings.len();
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
