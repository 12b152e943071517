//! Settings that name a pipeline or a way of generating in files of a repository.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::rules::config_key;
use crate::samples::one;

/// Settings that name a pipeline or a way of generating in files of a repository.
pub static RULE: Rule = Rule {
    id: "config-custom-pipeline",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The settings name a pipeline, or a way of generating, in Python files of a repository",
    why: "A loader that was told to trust remote code imports those files, and their code runs. Medium while they lie beside the settings, high when they are in another repository.",
    advice: "Load without `trust_remote_code` and without custom pipelines, or read the named files first.",
    references: &["CWE-829", "CWE-494", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "transformers",
            files: || {
                one(
                    "config.json",
                    r#"{"custom_pipelines":{"text-generation":{"impl":"demo_pipeline.DemoPipeline","pt":"AutoModelForCausalLM"}}}"#,
                )
            },
            fires: &["config-custom-pipeline"],
        },
        Example {
            name: "transformers-elsewhere",
            files: || {
                one(
                    "config.json",
                    r#"{"custom_pipelines":{"demo":{"impl":"other/demo--demo_pipeline.DemoPipeline"}}}"#,
                )
            },
            fires: &["config-custom-pipeline"],
        },
        Example {
            name: "transformers-twin",
            files: || {
                one(
                    "config.json",
                    r#"{"task_specific_params":{"text-generation":{"do_sample":true,"max_length":50}}}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "diffusers",
            files: || {
                one(
                    "model_index.json",
                    r#"{"_class_name":["demo_pipeline","DemoPipeline"],"vae":["diffusers","AutoencoderKL"]}"#,
                )
            },
            fires: &["config-custom-pipeline"],
        },
        Example {
            name: "diffusers-twin",
            files: || {
                one(
                    "model_index.json",
                    r#"{"_class_name":"StableDiffusionPipeline","vae":["diffusers","AutoencoderKL"]}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "diffusers-argument",
            files: || one("settings.json", r#"{"custom_pipeline":"lpw_stable_diffusion"}"#),
            fires: &["config-custom-pipeline"],
        },
        Example {
            name: "diffusers-argument-twin",
            files: || one("settings.json", r#"{"custom_pipeline":null}"#),
            fires: &[],
        },
        Example {
            name: "generate",
            files: || one("generation_config.json", r#"{"custom_generate":"other/demo","max_length":20}"#),
            fires: &["config-custom-pipeline"],
        },
        Example {
            name: "generate-twin",
            files: || one("generation_config.json", r#"{"custom_generate":null,"max_length":20}"#),
            fires: &[],
        },
        Example {
            name: "code",
            files: || one("settings.json", r#"{"custom_code":true}"#),
            fires: &["config-custom-pipeline"],
        },
        Example { name: "code-twin", files: || one("settings.json", r#"{"custom_code":false}"#), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.settings() {
        let last = config_key::last(key);
        let named = match last {
            "impl" => config_key::has(key, &["custom_pipelines"]),
            "custom_pipeline" | "custom_generate" | "custom_code" => true,
            "_class_name" => place.format() == "pipeline-index" && key.ends_with(".0"),
            _ => false,
        };
        if !named || value.is_empty() || value.eq_ignore_ascii_case("false") {
            continue;
        }
        let elsewhere = value.contains("--") || (last.starts_with("custom_") && value.contains('/'));
        let finding = findings.add(place, format!("`{key}` is `{value}`"));
        if !elsewhere {
            finding.severity = Severity::Medium;
        }
    }
}
