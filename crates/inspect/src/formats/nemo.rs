//! `NeMo`: a tar with the settings of a model, from which it is built, and its weights.

use super::tar;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::archive::Tar;
use crate::samples::{one, torch};
use crate::walk::Visit;

/// Models of `NeMo`.
pub static FORMAT: Format = Format {
    id: "nemo",
    title: "NeMo model",
    extensions: &["nemo"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["tar"],
    docs: "A tar, plain or in gzip, with `model_config.yaml`. The settings are read as YAML, where every `_target_` counts; \
           weights, tokenizers and everything else in it are inspected by their content.",
    recognise,
    read,
    samples: || one("model.nemo", archive(CONFIG).build()),
};

const CONFIG: &str = "target: nemo.collections.asr.models.EncDecCTCModel\nencoder:\n  _target_: \
                      nemo.collections.asr.modules.ConformerEncoder\n  n_layers: ${model_defaults.layers}\n";

/// A model with these settings.
pub fn archive(config: &str) -> Tar {
    Tar::new()
        .folder("./")
        .file("./model_config.yaml", config.as_bytes())
        .file("./model_weights.ckpt", &torch::zip())
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    let is_tar = || (tar::FORMAT.recognise)(probe) == Recognition::Certain;
    Recognition::certain_if(tar::names(probe).any(|name| name == b"model_config.yaml") && is_tar())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let members = tar::read_members(visit)?;
    tar::embed(visit, &members, |_| true)
}
