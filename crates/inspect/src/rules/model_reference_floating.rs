//! Models that are asked for without a revision that cannot move.

use std::collections::HashSet;

use weighbridge_domain::facts::ModelReference;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{REVISION, pod, script, service};
use crate::samples::{File, one};
use crate::text;

/// Models that are asked for without a revision that cannot move.
pub static RULE: Rule = Rule {
    id: "model-reference-floating",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model is asked for by a name, a branch or a tag, and not by a revision that cannot move",
    why: "The publisher, or whoever takes over the name, can put other weights there, and other code: what is served tomorrow is \
          not what was looked at. Medium in manifests that deploy; low in Compose files and Modelfiles; only worth knowing in \
          scripts and programs, whose users choose their models.",
    advice: "Name the revision by its whole digest (40 hexadecimal digits), or serve a copy that was scanned.",
    references: &["CWE-494", "CWE-829", "AML.T0010"],
    examples: &[
        Example { name: "served", files: || script("vllm serve example/model"), fires: ID },
        Example {
            name: "served-branch",
            files: || script("vllm serve example/model --revision main"),
            fires: ID,
        },
        Example {
            name: "served-twin",
            files: || script(&format!("vllm serve example/model --revision {REVISION}")),
            fires: &[],
        },
        Example { name: "served-folder-twin", files: || script("vllm serve ./model"), fires: &[] },
        Example {
            name: "module",
            files: || script("python3 -m vllm.entrypoints.openai.api_server --model=example/model"),
            fires: ID,
        },
        Example {
            name: "launcher",
            files: || script("text-generation-launcher --model-id example/model"),
            fires: ID,
        },
        Example { name: "ggml", files: || script("llama-server -hf example/model:Q4_K_M"), fires: ID },
        Example {
            name: "fetched",
            files: || script("hf download example/model --local-dir model"),
            fires: ID,
        },
        Example {
            name: "fetched-twin",
            files: || script(&format!("hf download example/model --revision {REVISION}")),
            fires: &[],
        },
        Example {
            name: "address",
            files: || script("wget https://example.org/example/model/resolve/main/model.gguf"),
            fires: ID,
        },
        Example {
            name: "address-twin",
            files: || {
                script(&format!("wget https://example.org/example/model/resolve/{REVISION}/model.gguf"))
            },
            fires: &[],
        },
        Example { name: "ollama", files: || script("ollama pull demo:7b"), fires: ID },
        Example { name: "manifest", files: || arguments("[--model, example/model]"), fires: ID },
        Example { name: "manifest-twin", files: || arguments("[--model, /models/demo]"), fires: &[] },
        Example { name: "composed", files: || service("    command: vllm serve example/model"), fires: ID },
        Example {
            name: "storage",
            files: || {
                one(
                    "isvc.yaml",
                    "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nspec:\n  predictor:\n    model:\n      storageUri: hf://example/model\n",
                )
            },
            fires: ID,
        },
        Example { name: "modelfile", files: || one("Modelfile", "FROM demo:7b\n"), fires: ID },
        Example { name: "modelfile-twin", files: || modelfile_and_weights(), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["model-reference-floating"];

fn arguments(list: &str) -> Vec<File> {
    pod(&format!("    args: {list}"))
}

fn modelfile_and_weights() -> Vec<File> {
    let mut files = one("Modelfile", "FROM ./model.gguf\n");
    files.extend(one("model.gguf", crate::samples::llamafile::weights()));
    files
}

/// The revision cannot move.
pub(super) fn is_fixed(reference: &ModelReference) -> bool {
    let revision = reference.revision.as_deref().unwrap_or_default();
    let digits = revision.strip_prefix("sha256:").unwrap_or(revision);
    matches!(digits.len(), 40 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// It names a model of a hub, as far as that is known.
pub(super) fn is_named(reference: &ModelReference) -> bool {
    let name = reference.name.as_str();
    let bare =
        matches!(reference.asked_by.as_str(), "FROM" | "ADAPTER") || reference.asked_by.starts_with("ollama");
    let shape = bare || name.split('/').count() == 2;
    shape
        && !name.is_empty()
        && !name.starts_with(['.', '/', '~', '-'])
        && !name.contains(['$', '{', '<', '\\', ' ', '%'])
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = HashSet::new();
    let references = facts.model_references().filter(|(place, _)| place.format() != "dockerfile");
    for (place, reference) in references.filter(|(_, one)| is_named(one) && !is_fixed(one)) {
        if !seen.insert((&reference.name, &reference.revision)) {
            continue;
        }
        let name = text::shown(&reference.name, 120);
        let message = match &reference.revision {
            Some(revision) => {
                format!("the model `{name}` is asked for by `{}`, which can move", text::shown(revision, 80))
            }
            None => format!("the model `{name}` is asked for without a revision"),
        };
        findings.add(place, message).severity = match place.format() {
            "manifest" => Severity::Medium,
            "compose" | "modelfile" => Severity::Low,
            _ => Severity::Info,
        };
    }
}
