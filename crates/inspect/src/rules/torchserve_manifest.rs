//! `TorchServe` archives whose manifest does not fit them, or that bring code along.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::torchserve::torchserve_has;
use crate::samples::{one, torchserve};
use crate::text;

/// `TorchServe` archives whose manifest does not fit them, or that bring code along.
pub static RULE: Rule = Rule {
    id: "torchserve-manifest",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A TorchServe archive brings Python code along, or names files that it does not have",
    why: "The handler and the model file of the manifest are imported by the server, and its requirements may be installed, \
          when the archive is registered: that is what the format is for, and low. A path or an address that leads out of \
          the archive, a file that is not there, and a manifest without its fields are medium: `torch-model-archiver` writes \
          none of them.",
    advice: "Read the handler before you register the archive; prefer the handlers that TorchServe has itself.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "handler",
            files: || {
                one("model.mar", torchserve::archive("demo.py:run", &[("demo.py", b"import math\n")]).build())
            },
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "handler-twin",
            files: || one("model.mar", torchserve::archive("text_classifier", &[]).build()),
            fires: &[],
        },
        Example {
            name: "requirements",
            files: || {
                let manifest = r#"{"model":{"modelName":"demo","handler":"base_handler","requirementsFile":"requirements.txt"}}"#;
                one("model.mar", torchserve::manifest(manifest, &[("requirements.txt", b"numpy\n")]).build())
            },
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "not-there",
            files: || one("model.mar", torchserve::archive("demo.py", &[]).build()),
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "outside",
            files: || {
                let manifest =
                    r#"{"model":{"modelName":"demo","handler":"base_handler","extraFiles":"../demo.txt"}}"#;
                one("model.mar", torchserve::manifest(manifest, &[]).build())
            },
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "address",
            files: || {
                let manifest = r#"{"model":{"modelName":"demo","handler":"base_handler","serializedFile":"http://demo.example/m.pt"}}"#;
                one("model.mar", torchserve::manifest(manifest, &[]).build())
            },
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "no-handler",
            files: || {
                one("model.mar", torchserve::manifest(r#"{"model":{"modelName":"demo"}}"#, &[]).build())
            },
            fires: &["torchserve-manifest"],
        },
        Example {
            name: "extra-twin",
            files: || {
                let manifest = r#"{"model":{"modelName":"demo","handler":"base_handler","extraFiles":"a.txt, data/b.txt"}}"#;
                let words: &[u8] = b"Ordinary words.\n";
                one(
                    "model.mar",
                    torchserve::manifest(manifest, &[("a.txt", words), ("b.txt", words)]).build(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::BadValue, Kind::Missing, Kind::OutOfBounds, Kind::Unparsable] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.format() == "torchserve") {
            findings.add(place, &problem.detail);
        }
    }
    for (place, key, value) in facts.metadata().filter(|(place, ..)| place.format() == "torchserve") {
        let name = value.split(':').next().unwrap_or(value);
        let what = match key {
            "handler" if !torchserve_has(name) => "is imported by the server",
            "modelFile" if !value.is_empty() => "is imported by the server",
            "requirementsFile" if !value.is_empty() => "may be installed by the server",
            _ => continue,
        };
        findings.add(place, format!("its `{key}`, `{}`, {what}", text::shown(value, 120))).severity =
            Severity::Low;
    }
}
