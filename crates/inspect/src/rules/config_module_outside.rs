//! Settings that import a class from an unusual library.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that import a class from an unusual library.
pub static RULE: Rule = Rule {
    id: "config-module-outside",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings import a class from a library that such models do not use",
    why: "The loader imports the module that is named here and takes the class from it; an installed package, or a file of the repository, then runs. High when the name can do harm by itself, otherwise medium, and low for `__main__`, which is the script that saved the file.",
    advice: "Ask what the module is for. Do not install a package because settings name it.",
    references: &["CWE-470", "CWE-829", "CWE-1357", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "modules",
            files: || {
                one("modules.json", r#"[{"idx":0,"name":"0","path":"","type":"custom_demo.Transformer"}]"#)
            },
            fires: &["config-module-outside"],
        },
        Example {
            name: "modules-standard-library",
            files: || one("modules.json", r#"[{"idx":0,"name":"0","path":"","type":"subprocess.Popen"}]"#),
            fires: &["config-module-outside"],
        },
        Example {
            name: "modules-twin",
            files: || {
                one(
                    "modules.json",
                    r#"[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}]"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "pipeline",
            files: || {
                one("model_index.json", r#"{"_class_name":"DemoPipeline","unet":["demo_unet","DemoUNet"]}"#)
            },
            fires: &["config-module-outside"],
        },
        Example {
            name: "pipeline-standard-library",
            files: || one("model_index.json", r#"{"_class_name":"DemoPipeline","unet":["os","system"]}"#),
            fires: &["config-module-outside"],
        },
        Example {
            name: "pipeline-twin",
            files: || {
                one(
                    "model_index.json",
                    r#"{"_class_name":"DemoPipeline","unet":["diffusers","UNet2DModel"],"image_encoder":[null,null]}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "adapter",
            files: || {
                one(
                    "adapter_config.json",
                    r#"{"auto_mapping":{"base_model_class":"DemoModel","parent_library":"demo.modeling"},"peft_type":"LORA"}"#,
                )
            },
            fires: &["config-module-outside"],
        },
        Example {
            name: "adapter-script",
            files: || {
                one(
                    "adapter_config.json",
                    r#"{"auto_mapping":{"base_model_class":"DemoModel","parent_library":"__main__"},"peft_type":"LORA"}"#,
                )
            },
            fires: &["config-module-outside"],
        },
        Example {
            name: "adapter-twin",
            files: || {
                one(
                    "adapter_config.json",
                    r#"{"auto_mapping":{"base_model_class":"LlamaForCausalLM","parent_library":"transformers.models.llama.modeling_llama"},"peft_type":"LORA"}"#,
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

/// Libraries of pipelines, and the folders of the library of pipelines that its own files name.
const OF_PIPELINES: &[&str] = &[
    "alt_diffusion",
    "animatediff",
    "audioldm",
    "audioldm2",
    "consistency_models",
    "controlnet",
    "dance_diffusion",
    "deepfloyd_if",
    "diffusers",
    "flux",
    "hunyuan_video",
    "hunyuandit",
    "kandinsky",
    "kandinsky2_2",
    "kandinsky3",
    "kolors",
    "latent_diffusion",
    "ltx",
    "lumina",
    "musicldm",
    "onnxruntime",
    "optimum",
    "paint_by_example",
    "pixart_alpha",
    "sana",
    "shap_e",
    "spectrogram_diffusion",
    "stable_audio",
    "stable_cascade",
    "stable_diffusion",
    "stable_diffusion_3",
    "stable_diffusion_safe",
    "stable_diffusion_xl",
    "stable_video_diffusion",
    "transformers",
    "unclip",
    "unidiffuser",
    "versatile_diffusion",
    "wuerstchen",
];

const OF_ADAPTERS: &[&str] = &["diffusers", "peft", "sentence_transformers", "timm", "torch", "transformers"];

const OF_SENTENCES: &[&str] = &["pylate", "sentence_transformers"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let settings: Vec<_> = facts.settings().collect();
    for (index, (place, key, value)) in settings.iter().enumerate() {
        let last = config_key::last(key);
        let (usual, full) = match place.format() {
            "modules-index" if last == "type" => (OF_SENTENCES, (*value).to_owned()),
            "pipeline-index" if key.ends_with(".0") && last != "_class_name" => {
                let class = settings
                    .get(index + 1)
                    .filter(|(_, next, _)| next.strip_suffix(".1") == key.strip_suffix(".0"));
                (
                    OF_PIPELINES,
                    class.map_or_else(|| (*value).to_owned(), |(_, _, class)| format!("{value}.{class}")),
                )
            }
            _ if last == "parent_library" && config_key::has(key, &["auto_mapping"]) => {
                (OF_ADAPTERS, (*value).to_owned())
            }
            _ => continue,
        };
        let root = full.split('.').next().unwrap_or_default();
        let dangerous = config_key::capability(&full).is_dangerous();
        if value.is_empty() || (usual.contains(&root) && !dangerous) {
            continue;
        }
        let finding = findings.add(*place, format!("`{key}` imports `{full}`"));
        if root == "__main__" {
            finding.severity = Severity::Low;
        } else if !dangerous {
            finding.severity = Severity::Medium;
        }
    }
}
