//! Settings that name what is to be called.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::nemo;
use crate::known::Capability;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that name what is to be called.
pub static RULE: Rule = Rule {
    id: "config-instantiates",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name a Python object that is to be called",
    why: "Loaders that build objects from settings (`hydra`, Lightning, NeMo, latent diffusion, torchtune, sentence transformers, `jsonpickle`) import whatever is named and call it with what stands beside it. A name that can run code, start processes or reach files is code execution (CVE-2025-23304); an unknown name is medium, since a person has to look. Classes of well-known libraries that hold data are not reported.",
    advice: "Do not instantiate these settings. Ask which class is meant, and use a loader that allows only a list of names.",
    references: &["CWE-470", "CWE-94", "CVE-2025-23304", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "target",
            files: || {
                one("model.json", r#"{"model":{"_target_":"os.system","command":"echo weighbridge-demo"}}"#)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-builtin",
            files: || one("model.json", r#"{"_target_":"builtins.exec","_args_":["0"]}"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-through-a-module",
            files: || {
                one("model.json", r#"{"_target_":"nemo.utils.os.system","_args_":["echo weighbridge-demo"]}"#)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-list",
            files: || one("model.json", r#"[{"callbacks":[{"_target_":"subprocess.Popen"}]}]"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-method",
            files: || {
                one("model.json", r#"{"_target_":"nemo.collections.asr.models.EncDecCTCModel.restore_from"}"#)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-unknown",
            files: || one("model.json", r#"{"_target_":"demo.models.Demo"}"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "target-twin",
            files: || {
                one(
                    "model.json",
                    r#"{"optim":{"_target_":"torch.optim.AdamW","lr":0.001},"encoder":{"_target_":"nemo.collections.asr.modules.ConformerEncoder"}}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "class-path",
            files: || {
                one("lightning.json", r#"{"class_path":"subprocess.run","init_args":{"args":["true"]}}"#)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "class-path-twin",
            files: || {
                one("lightning.json", r#"{"class_path":"torch.nn.Linear","init_args":{"in_features":1}}"#)
            },
            fires: &[],
        },
        Example {
            name: "diffusion-target",
            files: || {
                let text = "model:\n  target: os.system\n  params:\n    command: echo weighbridge-demo\n";
                one("v1-inference.yaml", text)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "diffusion-target-twin",
            files: || {
                let text =
                    "model:\n  target: ldm.models.autoencoder.AutoencoderKL\n  params:\n    embed_dim: 4\n";
                one("v1-inference.yaml", text)
            },
            fires: &[],
        },
        Example {
            name: "component",
            files: || one("recipe.yaml", "tokenizer:\n  _component_: subprocess.run\n  args: [echo]\n"),
            fires: &["config-instantiates"],
        },
        Example {
            name: "component-twin",
            files: || {
                one("recipe.yaml", "tokenizer:\n  _component_: torchtune.models.llama3.llama3_tokenizer\n")
            },
            fires: &[],
        },
        Example {
            name: "activation",
            files: || one("2_Dense/config.json", r#"{"in_features":1,"activation_function":"os.abort"}"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "activation-twin",
            files: || {
                let dense = r#"{"in_features":1,"activation_function":"torch.nn.modules.activation.Tanh"}"#;
                one("2_Dense/config.json", dense)
            },
            fires: &[],
        },
        Example {
            name: "router",
            files: || one("router_config.json", r#"{"types":{"0_Q":"os.system"}}"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "router-twin",
            files: || one("router_config.json", r#"{"types":{"0_Q":"sentence_transformers.models.Dense"}}"#),
            fires: &[],
        },
        Example {
            name: "py-object",
            files: || one("spec.json", r#"{"py_object":"os.popen"}"#),
            fires: &["config-instantiates"],
        },
        Example {
            name: "py-object-twin",
            files: || one("spec.json", r#"{"py_object":"torch.nn.ReLU"}"#),
            fires: &[],
        },
        Example {
            name: "jsonpickle",
            files: || {
                one("data.json", r#"{"a":{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["true"]}]}}"#)
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "jsonpickle-twin",
            files: || one("data.json", r#"{"a":{"py/object":"collections.OrderedDict"}}"#),
            fires: &[],
        },
        Example {
            name: "nemo",
            files: || {
                let config = "model:\n  _target_: subprocess.run\n  args: [echo weighbridge-demo]\n";
                one("model.nemo", nemo::archive(config).build())
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "nemo-method",
            files: || {
                let config = "model:\n  _target_: transformers.AutoModel.from_pretrained\n";
                one("model.nemo", nemo::archive(config).build())
            },
            fires: &["config-instantiates"],
        },
        Example {
            name: "nemo-interpolated",
            files: || one("model.nemo", nemo::archive("model:\n  _target_: torch.nn.${kind}\n").build()),
            fires: &["config-instantiates"],
        },
        Example {
            name: "nemo-twin",
            files: || one("model.nemo", nemo::archive("model:\n  _target_: torch.nn.Linear\n").build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

/// Modules whose classes are what their names say, built with the operands that stand beside them.
const LIBRARIES: [&str; 14] = [
    "diffusers.",
    "lightning.",
    "nemo.collections.",
    "nemo.core.",
    "omegaconf.",
    "peft.",
    "pytorch_lightning.",
    "torch.nn.",
    "torch.optim.",
    "torch.utils.data.",
    "torchaudio.transforms.",
    "torchmetrics.",
    "torchvision.transforms.",
    "transformers.",
];

const KEYS: [&str; 7] =
    ["_target_", "class_path", "py/function", "py/object", "py/reduce", "py/type", "py_object"];

/// Keys that only some loaders call what they name of.
const CALLED: [&str; 4] = ["_component_", "activation_function", "target", "types"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        let last = config_key::last(key);
        let called = config_key::has(key, &CALLED);
        if value.is_empty() || !called && !KEYS.contains(&last) {
            continue;
        }
        let capability = config_key::capability(value);
        // Under these keys most files have words of their own.
        if called && !capability.is_dangerous() {
            continue;
        }
        let data = matches!(capability, Capability::Data | Capability::Value | Capability::Rebuild);
        if data || (!capability.is_dangerous() && is_class_of_library(value)) {
            continue;
        }
        let message = format!("`{key}` names `{value}`, which {}", capability.words());
        let finding = findings.add(place, message);
        if !capability.is_dangerous() {
            finding.severity = Severity::Medium;
        }
    }
}

fn is_class_of_library(path: &str) -> bool {
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let class =
        path.rsplit('.').next().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    plain && class && LIBRARIES.iter().any(|library| path.starts_with(library))
}
