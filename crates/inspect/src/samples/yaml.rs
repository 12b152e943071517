//! YAML documents: ordinary ones of several libraries, and ways to build hostile ones.

use super::{File, one};

/// A document in a file of its own.
pub fn yaml(source: &str) -> Vec<File> {
    one("config.yaml", source)
}

/// A document whose aliases stand for ten to the power of `levels` values.
pub fn aliases(levels: usize) -> Vec<File> {
    let mut source = "a0: &a0 [x]\n".to_owned();
    for level in 1..=levels {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        source.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    yaml(&source)
}

/// Configuration files of ordinary models.
pub fn ordinary() -> Vec<File> {
    let mut files = one("hyperparams.yaml", SPEECH);
    files.extend(one("model_config.yaml", HYDRA));
    files.extend(one("MLmodel", TRACKED));
    files.extend(one("data.yaml", DATA));
    files
}

const SPEECH: &str = "\
# Layers of a recogniser of speakers.
pretrained_path: example/speakers
sample_rate: 16000
n_mels: 80
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
activation: !name:torch.nn.LeakyReLU
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: [1024, 1024, 3072]
modules:
    embedding_model: !ref <embedding_model>
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    loadables: {embedding_model: !ref <embedding_model>}
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
";

const HYDRA: &str = "\
name: demo
sample_rate: &rate 16000
preprocessor:
  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor
  sample_rate: *rate
optim:
  name: adamw
  lr: 1.0e-3
  betas: [0.9, 0.98]
notes: >-
  Text over
  several lines: with a colon
empty: ~
...
---
second: document
";

const TRACKED: &str = "\
artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.11.9
  sklearn: {code: null, pickled_model: model.pkl, sklearn_version: 1.7.1}
utc_time_created: '2026-01-01 00:00:00.000000'
";

const DATA: &str = "\
defaults: &defaults
  shape: !!python/tuple [640, 640]
  scale: !!float 1
train:
  <<: *defaults
  names: {0: 'cat', 1: \"dog\\u0021\"}
  ? [a, b]
  : c
";
