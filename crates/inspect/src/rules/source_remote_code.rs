//! Python sources that let a hub's models run their own code.

use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale, Told, is_word};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::source::{forward, function, module};

/// Python sources that let a hub's models run their own code.
pub static RULE: Rule = Rule {
    id: "source-remote-code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Python source loads another model and lets its code run",
    why: "With `trust_remote_code=True`, and with `torch.hub.load`, the code of another repository runs, as it is on the day of \
          loading. Medium when that happens on import or while the model is loaded or answers; low elsewhere, as in programs \
          that show how a model is used.",
    advice: "Pin the other model to a revision, scan it too, or use a model whose code is in the library.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "from-pretrained",
            files: || {
                forward(
                    "from transformers import AutoModel",
                    "AutoModel.from_pretrained('demo/demo', trust_remote_code=True)",
                )
            },
            fires: &["model-reference-floating", "source-remote-code"],
        },
        Example {
            name: "from-pretrained-twin",
            files: || forward("from transformers import AutoModel", "AutoModel.from_pretrained('demo/demo')"),
            fires: &["model-reference-floating"],
        },
        Example {
            name: "refused-twin",
            files: || {
                forward(
                    "from transformers import AutoModel",
                    "AutoModel.from_pretrained('demo/demo', trust_remote_code=False)",
                )
            },
            fires: &["model-reference-floating"],
        },
        Example {
            name: "torch-hub",
            files: || function("import torch", "x = torch.hub.load('demo/demo', 'demo')"),
            fires: FIRES,
        },
        Example {
            name: "torch-hub-twin",
            files: || function("import torch", "x = torch.hub.load('/demo', 'demo', source='local')"),
            fires: &[],
        },
        Example {
            name: "pipeline",
            files: || {
                module(
                    "from transformers import pipeline\np = pipeline('demo', model='demo/demo', trust_remote_code=True)",
                )
            },
            fires: &["model-reference-floating", "source-remote-code"],
        },
        Example {
            name: "pipeline-twin",
            files: || module("from transformers import pipeline\np = pipeline('demo', model='demo/demo')"),
            fires: &["model-reference-floating"],
        },
        Example {
            name: "data-set",
            files: || {
                function("import datasets", "datasets.load_dataset('demo/demo', trust_remote_code=True)")
            },
            fires: FIRES,
        },
        Example {
            name: "data-set-twin",
            files: || function("import datasets", "datasets.load_dataset('demo/demo')"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-remote-code"];

const SCALE: Scale = [Severity::Low, Severity::Medium, Severity::Medium];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in facts.uses().filter(|(place, _)| place.is_of_python()) {
        let hub = one.name == "torch.hub.load"
            && !matches!(source::argument(one, "source", 2), Some(weighbridge_domain::facts::Term::Text { text, .. }) if text == "local");
        if hub || is_word(one, "trust_remote_code", "True") {
            told.add(
                findings,
                place,
                one,
                source::at(SCALE, one.when),
                if hub {
                    "lets the code of another repository run"
                } else {
                    "lets the code of the model run"
                },
            );
        }
    }
}
