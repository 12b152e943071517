//! Images that take in a model without a revision.

use weighbridge_domain::{Confidence, Severity};

use super::model_reference_floating::{is_fixed, is_named};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{REVISION, dockerfile};
use crate::text;

/// Images that take in a model without a revision.
pub static RULE: Rule = Rule {
    id: "image-bakes-model",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Dockerfile fetches a model, or starts one, without a revision that cannot move",
    why: "Two builds of the same Dockerfile have different weights, and none of them can be traced to a revision that was looked \
          at.",
    advice: "Name the revision by its whole digest (40 hexadecimal digits), or copy weights that were scanned.",
    references: &["CWE-494", "CWE-829", "AML.T0010"],
    examples: &[
        Example {
            name: "fetched",
            files: || dockerfile("RUN hf download example/model --local-dir /model"),
            fires: ID,
        },
        Example {
            name: "fetched-twin",
            files: || {
                dockerfile(&format!("RUN hf download example/model --revision {REVISION} --local-dir /model"))
            },
            fires: &[],
        },
        Example {
            name: "address",
            files: || dockerfile("RUN wget https://example.org/example/model/resolve/main/model.gguf"),
            fires: ID,
        },
        Example {
            name: "started",
            files: || dockerfile("CMD [\"vllm\", \"serve\", \"example/model\"]"),
            fires: ID,
        },
        Example {
            name: "started-twin",
            files: || dockerfile("CMD [\"vllm\", \"serve\", \"/model\"]"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-bakes-model"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let references = facts.model_references().filter(|(place, _)| place.format() == "dockerfile");
    for (place, reference) in references.filter(|(_, one)| is_named(one) && !is_fixed(one)) {
        let name = text::shown(&reference.name, 120);
        findings.add(place, format!("the model `{name}` gets into the image by a name that can move"));
    }
}
