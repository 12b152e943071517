//! Texts of licences that are none that is known, or nearly one.

use weighbridge_domain::facts::LicenceSource;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::licence::text;
use crate::samples::one;
use crate::text::shown;

/// Texts of licences that are none that is known, or nearly one.
pub static RULE: Rule = Rule {
    id: "licence-unclear",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The text of a licence is nearly one that is known, or like none",
    why: "A sentence more can take away what the rest grants: `non-commercial` in the middle of a text that everybody knows. \
          The nearest text is named with the first line that differs; all such lines are among the facts (`--facts`). Medium \
          where a line that was added takes something back, low otherwise. A text that is like none is told as information.",
    advice: "Have somebody read the lines that differ, or the text where it is like none, before it is relied on.",
    references: &[],
    examples: &[
        Example {
            name: "clause-more",
            files: || {
                one("LICENSE", format!("{}\nThe Software may be used for research only.\n", text("MIT")))
            },
            fires: &["licence-unclear"],
        },
        Example { name: "clause-more-twin", files: || one("LICENSE", text("MIT")), fires: &[] },
        Example {
            name: "word-more",
            files: || {
                let grant = "license to reproduce";
                one("LICENSE", text("Apache-2.0").replacen(grant, &format!("non-commercial {grant}"), 1))
            },
            fires: &["licence-unclear"],
        },
        Example { name: "word-more-twin", files: || one("LICENSE", text("Apache-2.0")), fires: &[] },
        Example {
            name: "own-words",
            files: || {
                one("LICENSE", "You may look at this model on weekdays, if you tell us what you saw in it.\n")
            },
            fires: &["licence-unclear"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, licence) in facts.licences() {
        if licence.id.is_some() || licence.source != LicenceSource::Text {
            continue;
        }
        let Some(nearest) = &licence.nearest else {
            findings.add(place, "the text is like no licence that is known").severity = Severity::Info;
            continue;
        };
        let first =
            nearest.difference.first().map_or_else(String::new, |line| format!(": {}", shown(line, 160)));
        let likeness = licence.likeness.unwrap_or_default();
        let message = format!(
            "the text is nearest to `{}` ({}.{} % alike), and differs{first}",
            shown(&nearest.id, 60),
            likeness / 10,
            likeness % 10
        );
        let finding = findings.add(place, message);
        if !takes_back(&nearest.difference) {
            finding.severity = Severity::Low;
        }
    }
}

/// A sentence among the lines that the text has besides forbids or narrows something.
fn takes_back(difference: &[String]) -> bool {
    const ALONE: [&str; 4] = ["commons clause", "non commercial", "noncommercial", "research only"];
    const LIMITS: [&str; 11] = [
        "except",
        "forbidden",
        "no",
        "not",
        "only",
        "personal",
        "prohibited",
        "prohibits",
        "restrict",
        "restricted",
        "restriction",
    ];
    const TOPICS: [&str; 14] = [
        "academic",
        "commercial",
        "commercially",
        "compete",
        "competing",
        "educational",
        "government",
        "military",
        "monthly",
        "production",
        "research",
        "revenue",
        "sell",
        "surveillance",
    ];
    let added: Vec<&str> = difference.iter().filter_map(|line| line.strip_prefix('+')).collect();
    let added = added.join(" ").to_ascii_lowercase();
    added.split(['.', ';']).any(|sentence| {
        let words: Vec<&str> =
            sentence.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
        let plain = words.join(" ");
        ALONE.iter().any(|phrase| plain.contains(phrase)) || has(&LIMITS) && has(&TOPICS)
    })
}
