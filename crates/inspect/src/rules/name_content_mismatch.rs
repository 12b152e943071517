//! A name that promises another format than the bytes are.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Sort};
use crate::formats::{self, Support};
use crate::samples::flax;
use crate::samples::{self, program};

/// A name that promises another format than the bytes are.
pub static RULE: Rule = Rule {
    id: "name-content-mismatch",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The name promises another format than the bytes are",
    why: "Loaders choose by content, people and filters by name. A file that can run code under the name of one that cannot \
          is how such files get past both. Medium when neither or both can carry code, low when nothing can act.",
    advice: "Do not load it by its name. Ask the publisher why the name differs, or rename it to what it is and scan again.",
    references: &["CWE-646", "CWE-434", "AML.T0010"],
    examples: &[
        Example {
            name: "program-named-picture",
            files: || samples::one("figure.png", program::wasm()),
            fires: &["embedded-program", "name-content-mismatch"],
        },
        Example {
            name: "picture-named-sound",
            files: || samples::one("figure.wav", samples::picture()),
            fires: &["name-content-mismatch"],
        },
        Example { name: "picture", files: || samples::one("figure.png", samples::picture()), fires: &[] },
        Example {
            name: "text-named-pickle",
            files: || samples::one("model.pkl", "just words"),
            fires: &["name-content-mismatch"],
        },
        Example {
            name: "settings-named-weights",
            files: || samples::one("model.ckpt", r#"{"model_type":"demo"}"#),
            fires: &["name-content-mismatch"],
        },
        Example {
            name: "text-pickle",
            files: || samples::one("model.pkl", "(dp0\nVlayers\np1\nI2\ns."),
            fires: &[],
        },
        Example { name: "no-ending", files: || samples::one("figure", samples::picture()), fires: &[] },
        Example {
            name: "pointer-twin",
            files: || {
                let digest = "0".repeat(64);
                let pointer =
                    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 3\n");
                samples::one("model.safetensors", pointer)
            },
            fires: &[],
        },
        Example {
            name: "text-after-pointer",
            files: || {
                let more = "words\n".repeat(200);
                samples::one(
                    "model.safetensors",
                    format!("version https://git-lfs.github.com/spec/v1\n{more}"),
                )
            },
            fires: &["name-content-mismatch"],
        },
        Example { name: "text-named-table", files: || samples::one("words.csv", "just words"), fires: &[] },
        Example {
            name: "flax",
            files: || samples::one("flax_model.msgpack", b"\x80\x04]\x94.".to_vec()),
            fires: &["name-content-mismatch"],
        },
        Example {
            name: "flax-twin",
            files: || samples::one("flax_model.msgpack", flax::model()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, what) in facts.of(Sort::NameDisagrees) {
        let What::NameDisagrees { extension, claimed, hides_code } = what else { continue };
        let title =
            |id: &str| formats::find(id).map_or("an unknown format", |format| format.title).to_owned();
        let claimed: Vec<_> = claimed.iter().map(|id| title(id)).collect();
        let message = format!(
            "the name ends in `.{extension}` ({}), but the content is {}",
            claimed.join(", "),
            title(place.format())
        );
        let inert = formats::find(place.format()).is_some_and(|format| format.support == Support::Inert);
        findings.add(place, message).severity = match (hides_code, inert) {
            (true, _) => Severity::High,
            (false, true) => Severity::Low,
            (false, false) => Severity::Medium,
        };
    }
}
