//! Models that come without any terms.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::{Facts, Place};
use crate::samples::licence::{beside, text};
use crate::samples::{File, adapter, one};

/// Models that come without any terms.
pub static RULE: Rule = Rule {
    id: "licence-missing",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model comes with a card, and nothing says under which terms",
    why: "What has no licence may not be used, copied or changed, whoever can download it. Looked at are the card, texts of \
          licences beside it and in the folders above, and the metadata of the weights. Weights without a card are not told: \
          they may be a part of something.",
    advice: "Ask the publisher, and keep the answer.",
    references: &[],
    examples: &[
        Example {
            name: "card",
            files: || beside("datasets: example/rows", weights("model.safetensors")),
            fires: &["card-section-missing", "licence-missing"],
        },
        Example {
            name: "card-twin",
            files: || beside("datasets: example/rows\nlicense: mit", weights("model.safetensors")),
            fires: &[],
        },
        Example {
            name: "plain-readme",
            files: || [one("README.md", "# Demo\n"), weights("model.safetensors")].concat(),
            fires: &["licence-missing"],
        },
        Example {
            name: "text-above-twin",
            files: || {
                let mut files = one("LICENSE", text("MIT"));
                files.extend(one("small/README.md", "# Demo\n"));
                files.extend(weights("small/model.safetensors"));
                files
            },
            fires: &[],
        },
    ],
    check: Check::Scan(check),
};

fn weights(path: &str) -> Vec<File> {
    one(path, adapter::tensors(&[("a", &[4][..])]))
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    let cards: Vec<(&str, &Facts)> =
        files.iter().filter(|(path, _)| terms::is_card(path)).map(|(path, facts)| (*path, *facts)).collect();
    if cards.is_empty() {
        return;
    }
    let with_weights = terms::with_weights(files);
    let is_declared =
        |facts: &Facts| facts.licences().any(|(_, licence)| terms::DECLARED.contains(&licence.source));
    let stated: BTreeSet<&str> =
        files.iter().filter(|(_, facts)| is_declared(facts)).map(|(path, _)| terms::folder(path)).collect();
    for (path, facts) in cards {
        let folder = terms::folder(path);
        let above =
            std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| terms::folder(folder)));
        let Some(reading) = facts.readings.first() else { continue };
        if with_weights.contains(folder) && !above.into_iter().any(|folder| stated.contains(folder)) {
            let message =
                "neither the card nor a text beside it nor the weights say under which terms they come";
            findings.add_in(path.to_owned(), Place { reading, at: None, position: None }, message);
        }
    }
}
