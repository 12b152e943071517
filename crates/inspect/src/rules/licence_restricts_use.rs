//! Licences that do not allow every use, and what they ask.

use std::collections::BTreeSet;

use weighbridge_domain::facts::LicenceSource;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, terms};
use crate::facts::Facts;
use crate::licence::{Grant, Row, Training};
use crate::samples::licence::{LLAMA_TITLE, beside};
use crate::samples::one;
use crate::text::shown;

/// Licences that do not allow every use, and what they ask.
pub static RULE: Rule = Rule {
    id: "licence-restricts-use",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A licence bars some uses, or asks for something beyond its own text and notices",
    why: "No commercial use, research only, thresholds of users or revenue, fields of use, places, names to show, outputs that \
          must not train other models: whether that matters depends on what the model is for. Where commercial use, running it \
          for others, or making models from it is not granted, the finding is low, otherwise it is information.",
    advice: "Compare with the intended use: `weighbridge licence PATH --commercial --hosted …` answers allow, duties, refuse, \
             or needs counsel.",
    references: &[],
    examples: &[
        Example {
            name: "non-commercial",
            files: || one("README.md", "---\nlicense: cc-by-nc-4.0\n---\n# Demo\n"),
            fires: &["licence-restricts-use"],
        },
        Example {
            name: "non-commercial-twin",
            files: || one("README.md", "---\nlicense: cc-by-4.0\n---\n# Demo\n"),
            fires: &[],
        },
        Example {
            name: "threshold-and-names",
            files: || one("LICENSE", LLAMA_TITLE),
            fires: &["licence-restricts-use"],
        },
        Example {
            name: "name-of-other",
            files: || beside("license: other\nlicense_name: flux-1-dev-non-commercial-license", Vec::new()),
            fires: &["licence-restricts-use"],
        },
        Example {
            name: "name-of-other-twin",
            files: || beside("license: other\nlicense_name: our-own-terms", Vec::new()),
            fires: &[],
        },
        Example {
            name: "base-model",
            files: || {
                one("config.json", r#"{"model_type":"llama","_name_or_path":"meta-llama/Llama-2-7b-hf"}"#)
            },
            fires: &["licence-restricts-use"],
        },
        Example {
            name: "base-model-twin",
            files: || one("config.json", r#"{"model_type":"llama","_name_or_path":"./Llama-2-7b-hf"}"#),
            fires: &[],
        },
    ],
    check: Check::Folder(check),
};

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let mut sources = terms::DECLARED.to_vec();
    sources.push(LicenceSource::BaseModel);
    let mut told = BTreeSet::new();
    for said in terms::said(files, &sources) {
        let Some(row) = said.row().filter(|row| !terms::restrictions(row).is_empty()) else { continue };
        if !told.insert(row.id.as_str()) {
            continue;
        }
        let from = match said.licence.source {
            LicenceSource::BaseModel => {
                format!("the terms of its base model `{}`", shown(&said.licence.stated, 100))
            }
            _ => format!("`{}`", row.id),
        };
        let message = format!("{from}: {}", asks(row).join("; "));
        let finding = findings.add_in(said.path.to_owned(), said.place, message);
        let bars = [row.commercial, row.hosted, row.derivatives].contains(&Grant::No);
        finding.severity = if bars { Severity::Low } else { Severity::Info };
        finding.confidence =
            if said.licence.source == LicenceSource::BaseModel { Confidence::Low } else { row.confidence };
    }
}

/// What a row bars and asks for, the weightiest first.
fn asks(row: &Row) -> Vec<String> {
    let grants = [
        ("commercial use", row.commercial),
        ("running it for others", row.hosted),
        ("derivatives", row.derivatives),
        ("passing on", row.redistribution),
    ];
    let mut asks: Vec<String> = grants
        .iter()
        .filter(|(_, grant)| *grant != Grant::Yes)
        .map(|(what, grant)| format!("{what}: {}", grant.word()))
        .collect();
    asks.extend(
        row.threshold.iter().map(|threshold| format!("with {}: {}", threshold.shown(), threshold.effect)),
    );
    if let Some(territory) = &row.territory {
        asks.push(format!("not in {}: {}", territory.excluded.join(", "), territory.scope));
    }
    if let Some(outputs) = &row.outputs {
        asks.push(format!("outputs: {outputs}"));
    } else if !matches!(row.training, Training::Yes | Training::Unclear) {
        asks.push(format!("training others with outputs: {}", row.training.word()));
    }
    asks.extend(row.naming.iter().map(|naming| format!("names: {naming}")));
    if !row.field_of_use.is_empty() {
        asks.push(format!("uses: {}", row.field_of_use.join(", ")));
    } else if row.aup.is_some() {
        asks.push("a policy of acceptable use".to_owned());
    }
    asks
}
