//! The JSON files that loaders of models read by name: which classes, which code, which other repositories.
//! Specification: the configuration pages of transformers, diffusers, peft and sentence-transformers.

use super::json::{self, named};
use super::settings::Profile;
use super::{Format, Support};
use crate::detect::Recognition;
use crate::samples::{self, config};

/// `config.json`.
pub static MODEL: Format = Format {
    id: "model-config",
    title: "Model configuration",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`config.json` and `params.json`: which class a loader makes, and `auto_map`, by which it runs code of a repository.",
    recognise: |probe| named(probe, &["config.json", "params.json", "config_sentence_transformers.json"]),
    read: |visit| json::read(visit, Profile::default()),
    samples: config::models,
};

/// `tokenizer_config.json` and its companions.
pub static TOKENIZER_CONFIG: Format = Format {
    id: "tokenizer-config",
    title: "Tokenizer configuration",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`tokenizer_config.json`, `special_tokens_map.json` and `chat_template.json`. Chat templates in it are read on \
           their own.",
    recognise: |probe| {
        named(
            probe,
            &[
                "tokenizer_config.json",
                "special_tokens_map.json",
                "chat_template.json",
                "chat_templates.json",
            ],
        )
    },
    read: |visit| json::read(visit, Profile { skip: &["added_tokens_decoder"], ..Profile::default() }),
    samples: config::tokenizers,
};

/// `preprocessor_config.json` and its kin.
pub static PROCESSOR_CONFIG: Format = Format {
    id: "processor-config",
    title: "Processor configuration",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "What is done to pictures, sound and video before the model: `processor_config.json`, `preprocessor_config.json` \
           and their kin.",
    recognise: |probe| {
        named(
            probe,
            &[
                "feature_extractor_config.json",
                "image_processor_config.json",
                "preprocessor_config.json",
                "processor_config.json",
                "video_preprocessor_config.json",
                "video_processor_config.json",
            ],
        )
    },
    read: |visit| json::read(visit, Profile::default()),
    samples: config::processors,
};

/// `generation_config.json`.
pub static GENERATION_CONFIG: Format = Format {
    id: "generation-config",
    title: "Generation configuration",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`generation_config.json`: how text is generated, and by whose code.",
    recognise: |probe| named(probe, &["generation_config.json"]),
    read: |visit| json::read(visit, Profile::default()),
    samples: || {
        samples::one(
            "generation_config.json",
            r#"{"_from_model_config": true, "bos_token_id": 1, "do_sample": true, "eos_token_id": [2, 3], "temperature": 0.6, "top_p": 0.9, "transformers_version": "4.57.0"}"#,
        )
    },
};

/// `adapter_config.json`.
pub static ADAPTER_CONFIG: Format = Format {
    id: "adapter-config",
    title: "Adapter configuration",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`adapter_config.json` of peft: which model it belongs to, and which classes it maps to.",
    recognise: |probe| named(probe, &["adapter_config.json"]),
    read: |visit| json::read(visit, Profile::default()),
    samples: config::adapters,
};

/// `model_index.json`.
pub static PIPELINE_INDEX: Format = Format {
    id: "pipeline-index",
    title: "Pipeline of diffusers",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`model_index.json`: the parts of a pipeline, each with the library and class that loads it.",
    recognise: |probe| named(probe, &["model_index.json", "modular_model_index.json"]),
    read: |visit| json::read(visit, Profile { pairs: true, ..Profile::default() }),
    samples: config::pipelines,
};

/// `modules.json`.
pub static MODULE_LIST: Format = Format {
    id: "module-list",
    title: "Modules of sentence-transformers",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "`modules.json` and `router_config.json`: the modules of a model, each with the class that is imported for it.",
    recognise: |probe| named(probe, &["modules.json"]),
    read: |visit| json::read(visit, Profile { keys: &["path", "type"], ..Profile::default() }),
    samples: config::modules,
};

/// `tokenizer.json`.
pub static TOKENIZER: Format = Format {
    id: "tokenizer",
    title: "Tokenizer",
    extensions: &[],
    support: Support::Inert,
    carries_code: false,
    refines: &["json", "text"],
    docs: "`tokenizer.json`: a vocabulary and how text is cut into it. Data that nothing runs; checked to be JSON to its end.",
    recognise: |probe| {
        let head = |key: &[u8]| probe.head.windows(key.len()).any(|window| window == key);
        let like = head(b"\"added_tokens\"") && head(b"\"version\"");
        let recognised = named(probe, &["tokenizer.json"]);
        if like && probe.is_json() { Recognition::Certain } else { recognised }
    },
    read: |visit| json::read(visit, Profile { skip: &["added_tokens", "model"], ..Profile::default() }),
    samples: config::vocabularies,
};

/// Notebooks.
pub static NOTEBOOK: Format = Format {
    id: "notebook",
    title: "Jupyter notebook",
    extensions: &["ipynb"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["json", "text"],
    docs: "Recognised by its name and content. Its cells are programs.",
    recognise: |probe| Recognition::certain_if(probe.ends_with(&["ipynb"]) && probe.is_json()),
    read: |_| Ok(()),
    samples: || {
        samples::one("demo.ipynb", r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#)
    },
};
