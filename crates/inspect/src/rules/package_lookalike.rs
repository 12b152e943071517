//! Packages whose names could be taken for those of well-known ones.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::is_from_index;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::package_names::{Likeness, alike};
use crate::samples::{one, packages};

/// Packages whose names could be taken for those of well-known ones.
pub static RULE: Rule = Rule {
    id: "package-lookalike",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The name of a package could be taken for that of a well-known one",
    why: "Such names are registered by people who wait for slips of the hand, and what is installed under them runs. The names \
          are compared with some hundreds that repositories of models ask for: by how they look (`0` for `o`, letters of other \
          alphabets, other separators), by slips (a letter too many, too few, another, or two swapped), by the order of their words, and by \
          a word in front or behind that promises another build. The last two, and two slips in a long name, are medium. That a name is \
          like another says nothing about who made the package.",
    advice: "Look at what the package is, and who makes it. If another was meant, change the name and find out what was installed \
             until now.",
    references: &["CWE-1357", "AML.T0010"],
    examples: &[
        Example { name: "slip", files: || pip("transfomers"), fires: ALIKE },
        Example { name: "slip-twin", files: || pip("transformers"), fires: &[] },
        Example { name: "swapped-letters", files: || pip("reqeusts"), fires: ALIKE },
        Example { name: "doubled-letter", files: || pip("diffuserss"), fires: ALIKE },
        Example { name: "digit", files: || pip("t0rch"), fires: ALIKE },
        Example { name: "digit-twin", files: || pip("torch"), fires: &[] },
        Example { name: "two-letters-as-one", files: || pip("nurnpy"), fires: ALIKE },
        Example { name: "other-alphabet", files: || pip("num\u{440}y"), fires: ALIKE },
        Example { name: "separator", files: || pip("hugging-face-hub"), fires: ALIKE },
        Example { name: "separator-twin", files: || pip("huggingface_hub"), fires: &[] },
        Example { name: "words", files: || pip("hub-huggingface"), fires: ALIKE },
        Example { name: "two-slips", files: || pip("sentence-transfomer"), fires: ALIKE },
        Example { name: "promise", files: || pip("diffusers-gpu"), fires: ALIKE },
        Example { name: "promise-twin", files: || pip("onnxruntime-gpu"), fires: &[] },
        Example {
            name: "npm",
            files: || one("package.json", r#"{"dependencies": {"@modelcontextprotoco1/sdk": "1.0.0"}}"#),
            fires: ALIKE,
        },
        Example {
            name: "npm-twin",
            files: || one("package.json", r#"{"dependencies": {"@modelcontextprotocol/sdk": "1.0.0"}}"#),
            fires: &[],
        },
        Example {
            name: "lock",
            files: || one("poetry.lock", packages::POETRY_LOCK.replace("\"numpy\"", "\"numpi\"")),
            fires: ALIKE,
        },
        Example { name: "lock-twin", files: || one("poetry.lock", packages::POETRY_LOCK), fires: &[] },
        Example {
            name: "bill",
            files: || one("demo.cdx.json", packages::CYCLONEDX.replace("numpy", "numpi")),
            fires: ALIKE,
        },
        Example {
            name: "conda",
            files: || one("environment.yml", "channels: [conda-forge]\ndependencies: [scikit-lern==1.5.2]\n"),
            fires: ALIKE,
        },
        Example {
            name: "conda-twin",
            files: || one("environment.yml", "channels: [conda-forge]\ndependencies: [pytorch==2.5.1]\n"),
            fires: &[],
        },
        Example {
            name: "folder-twin",
            files: || one("pyproject.toml", "[tool.poetry.dependencies]\nnumpi = {path = \"numpi\"}\n"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ALIKE: &[&str] = &["package-lookalike"];

fn pip(name: &str) -> Vec<crate::samples::File> {
    let hash = packages::SHA256;
    one("requirements.txt", format!("{name}==1.0 --hash={hash}\n"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for (place, package) in facts.packages() {
        let asked = is_from_index(package) || matches!(package.origin, Origin::Url { .. });
        if !asked || !seen.insert((package.ecosystem, package.name.as_str())) {
            continue;
        }
        let Some(alike) = alike(package.ecosystem, &package.name) else { continue };
        let (how, severity) = match alike.likeness {
            Likeness::Looks => ("looks like", Severity::High),
            Likeness::Slip => ("is one slip of the hand away from", Severity::High),
            Likeness::Order => ("has the words in another order of", Severity::Medium),
            Likeness::Slips => ("is two slips of the hand away from", Severity::Medium),
            Likeness::Affix => ("has one word more than", Severity::Medium),
        };
        let finding = findings.add(place, format!("`{}` {how} `{}`", package.name, alike.known));
        finding.severity = severity;
        if severity < Severity::High {
            finding.confidence = Confidence::Low;
        }
    }
}
