//! `config.json` and its like: which classes make the model, and from where.

use super::json::{self, Scope};
use super::{Format, Support};
use crate::samples::{self, adapter, config};

/// `config.json`.
pub static FORMAT: Format = Format {
    id: "model-config",
    title: "Settings of a model",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`config.json`: the keys by which loaders choose classes, repositories and kernels, and how many layers of what size \
           the model has, by which the tensors beside it are judged.",
    recognise: |probe| json::is_named(probe, &["config.json"]),
    read: |visit| json::read(visit, Scope::Model),
    samples: || samples::one("config.json", config::MODEL),
};

/// `adapter_config.json`.
pub static ADAPTER: Format = Format {
    id: "adapter-config",
    title: "Settings of an adapter",
    docs: "`adapter_config.json` of PEFT: besides what is read of `config.json`, the kind of the adapter, its rank, its target \
           modules, and the modules that it replaces, by which the tensors of the adapter beside it are judged.",
    recognise: |probe| json::is_named(probe, &["adapter_config.json"]),
    read: |visit| json::read(visit, Scope::Adapter),
    samples: || adapter::lora(&[]),
    ..FORMAT
};

/// `modules.json` of a sentence transformer.
pub static MODULES: Format = Format {
    id: "modules-index",
    title: "Modules of a sentence transformer",
    docs: "`modules.json`: which classes are imported, and the folders of their files.",
    recognise: |probe| json::is_named(probe, &["modules.json"]),
    read: |visit| json::read(visit, Scope::Modules),
    samples: || samples::one("modules.json", config::MODULES),
    ..FORMAT
};

/// `model_index.json` of a pipeline.
pub static PIPELINE: Format = Format {
    id: "pipeline-index",
    title: "Components of a pipeline",
    docs: "`model_index.json`: from which library each component's class is imported.",
    recognise: |probe| json::is_named(probe, &["model_index.json"]),
    read: |visit| json::read(visit, Scope::Pipeline),
    samples: || samples::one("model_index.json", config::PIPELINE),
    ..FORMAT
};
