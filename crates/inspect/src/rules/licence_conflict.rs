//! Statements of terms in one folder that contradict each other.

use std::collections::BTreeSet;

use weighbridge_domain::facts::LicenceSource;
use weighbridge_domain::{Confidence, Severity};

use super::terms::{self, Said};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::licence::{Class, Copyleft, are_compatible};
use crate::samples::licence::{LLAMA_TITLE, beside, text};
use crate::samples::{File, one, tensor};
use crate::text::shown;

/// Statements of terms in one folder that contradict each other.
pub static RULE: Rule = Rule {
    id: "licence-conflict",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "The card, the text of a licence and the metadata of weights beside it name different licences",
    why: "Nobody can say which terms hold: a tag is one click, a text may have come with the code, and metadata is copied by \
          converters. Whoever relies on the mildest may have no rights at all. A text that keeps all rights back contradicts \
          any licence. Of several licences on one side, one that the other side names is enough; a family (`other`, `cc`, \
          `gpl`) contradicts none of its members. Low where all of them let everybody do everything and ask for a notice at \
          most (`mit` and `apache-2.0`).",
    advice: "Ask the publisher which one holds, or keep to the strictest. `weighbridge licence PATH` shows what each allows.",
    references: &[],
    examples: &[
        Example {
            name: "tag-and-text",
            files: || beside("license: mit\ndatasets: example/rows", one("LICENSE", text("Apache-2.0"))),
            fires: &["licence-conflict"],
        },
        Example {
            name: "tag-and-text-twin",
            files: || {
                beside("license: apache-2.0\ndatasets: example/rows", one("LICENSE", text("Apache-2.0")))
            },
            fires: &[],
        },
        Example {
            name: "tag-and-title",
            files: || beside("license: apache-2.0", one("LICENSE.txt", LLAMA_TITLE)),
            fires: &["licence-conflict", "licence-restricts-use"],
        },
        Example {
            name: "tag-and-no-rights",
            files: || beside("license: apache-2.0\ndatasets: example/rows", one("LICENSE", RESERVED)),
            fires: &["licence-conflict", "licence-unclear"],
        },
        Example {
            name: "tag-and-no-rights-twin",
            files: || beside("license: other\ndatasets: example/rows", one("LICENSE", RESERVED)),
            fires: &["licence-unclear"],
        },
        Example {
            name: "several-tags-twin",
            files: || beside("license: [mit, apache-2.0]", one("LICENSE", text("MIT"))),
            fires: &[],
        },
        Example {
            name: "family-twin",
            files: || beside("license: cc", one("LICENSE", text("CC-BY-4.0"))),
            fires: &[],
        },
        Example { name: "gguf", files: || weights("gpl-3.0"), fires: &["licence-conflict"] },
        Example { name: "gguf-twin", files: || weights("mit"), fires: &[] },
        Example {
            name: "safetensors",
            files: || {
                let header = r#"{"__metadata__":{"license":"cc-by-4.0"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
                beside(
                    "license: mit\ndatasets: example/rows",
                    one("model.safetensors", tensor::safetensors(header, 4)),
                )
            },
            fires: &["licence-conflict"],
        },
    ],
    check: Check::Folder(check),
};

/// A text that gives nobody anything.
const RESERVED: &str = "Copyright Example. All rights reserved. You may not use this model without written permission from Example.\n";

/// A card under the MIT licence and weights that say this one.
fn weights(licence: &str) -> Vec<File> {
    let file = tensor::Gguf::new().text("general.architecture", "llama").text("general.license", licence);
    beside("license: mit\ndatasets: example/rows", one("model.gguf", file.tensor("a", &[4], 0, 16).build()))
}

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let said = terms::said(files, &terms::DECLARED);
    // A name that nobody knows may be any of them.
    let unknown = |source| said.iter().any(|said| said.licence.source == source && said.id().is_none());
    let of = |source| said.iter().filter(move |said| said.licence.source == source && said.id().is_some());
    let compare = |one: LicenceSource, other: &[&Said<'_>], findings: &mut Findings<'_>| {
        let first: Vec<&Said<'_>> = of(one).collect();
        let agree =
            |a: &Said<'_>, b: &Said<'_>| a.id().zip(b.id()).is_some_and(|(a, b)| are_compatible(a, b));
        let any = first.iter().any(|a| other.iter().any(|b| agree(a, b)));
        let (Some(told), false) = (other.first(), first.is_empty() || unknown(one) || any) else {
            return false;
        };
        let message =
            format!("{} says {}, and {} says {}", place(&first), names(&first), place(other), names(other));
        let finding = findings.add_in(told.path.to_owned(), told.place, message);
        if first.iter().chain(other).all(|said| is_permissive(said)) {
            finding.severity = Severity::Low;
        }
        true
    };
    let named: Vec<&Said<'_>> = of(LicenceSource::Card).collect();
    let family = |said: &&Said<'_>| said.row().is_some_and(|row| row.class == Class::Family);
    let withheld = said.iter().find_map(|said| Some((said, said.licence.withholds.as_deref()?)));
    if let Some((text, words)) = withheld
        && !named.is_empty()
        && !unknown(LicenceSource::Card)
        && !named.iter().any(family)
    {
        let (card, own) = (place(&named), text.file());
        let message = format!(
            "{card} says {}, and `{}` keeps the rights back: {}",
            names(&named),
            shown(own, 60),
            shown(words, 160)
        );
        findings.add_in(text.path.to_owned(), text.place, message);
    }
    let texts: Vec<&Said<'_>> = of(LicenceSource::Text).collect();
    let differs = !unknown(LicenceSource::Text) && compare(LicenceSource::Card, &texts, findings);
    let mut files: Vec<&str> = of(LicenceSource::Metadata).map(|said| said.path).collect();
    files.dedup();
    for file in files {
        let own: Vec<&Said<'_>> = of(LicenceSource::Metadata).filter(|said| said.path == file).collect();
        if !compare(LicenceSource::Card, &own, findings) && !differs {
            compare(LicenceSource::Text, &own, findings);
        }
    }
}

/// It lets everybody do everything, for a notice at most.
fn is_permissive(said: &Said<'_>) -> bool {
    said.row().is_some_and(|row| {
        matches!(row.copyleft, Copyleft::None)
            && row.class != Class::Family
            && terms::restrictions(row).is_empty()
    })
}

fn place(said: &[&Said<'_>]) -> String {
    let files: BTreeSet<&str> = said.iter().map(|said| said.file()).collect();
    let shown: Vec<String> = files.into_iter().take(3).map(|file| format!("`{}`", shown(file, 60))).collect();
    shown.join(" and ")
}

fn names(said: &[&Said<'_>]) -> String {
    let ids: BTreeSet<&str> = said.iter().filter_map(|said| said.id()).collect();
    let shown: Vec<String> = ids.into_iter().take(4).map(|id| format!("`{}`", shown(id, 60))).collect();
    shown.join(" and ")
}
