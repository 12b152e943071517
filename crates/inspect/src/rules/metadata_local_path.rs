//! A model tells where on its maker's machine files lie.

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{boosting, one};
use crate::text;

/// The rule.
pub static RULE: Rule = Rule {
    id: "metadata-local-path",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The parameters of a training name files on the machine of whoever trained",
    why: "LightGBM writes its parameters into the model: paths of data, of other models and of lists of machines. They tell names of people, of folders and of hosts, and programs that train on from the model may read them.",
    advice: "Before you publish the model, save it again without them; as a receiver, do not train on with parameters taken from the file.",
    references: &["CWE-200"],
    examples: &[
        Example {
            name: "data",
            files: || {
                one("model.txt", boosting::LightGbm::new().parameter("data", "/home/demo/train.csv").build())
            },
            fires: &["metadata-local-path"],
        },
        Example {
            name: "data-twin",
            files: || one("model.txt", boosting::LightGbm::new().parameter("data", "train.csv").build()),
            fires: &[],
        },
        Example {
            name: "machines",
            files: || {
                one(
                    "model.txt",
                    boosting::LightGbm::new()
                        .parameter("machine_list_filename", r"C:\Users\demo\machines.txt")
                        .build(),
                )
            },
            fires: &["metadata-local-path"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata().filter(|(place, _, _)| place.format() == "lightgbm") {
        let drive =
            matches!(value.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
        let absolute = value.starts_with('/') || value.starts_with(r"\\") || drive;
        if let Some(parameter) = key.strip_prefix("parameters.").filter(|_| absolute) {
            let value = text::shown(value, 200);
            findings.add(place, format!("the parameter `{parameter}` is the path `{value}`"));
        }
    }
}
