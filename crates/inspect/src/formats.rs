//! File formats: how each is recognised and read into facts. Formats say what is there; they never judge.
//!
//! To add one: a file in `formats/` with a `pub static FORMAT`, and a line in [`FORMATS`]. The generic tests, the fuzz
//! target, the documentation page and the support table are derived from it.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

pub mod bundle;
pub mod bzip2;
pub mod catboost;
pub mod chat_template;
pub mod checkpoint;
pub mod cntk;
mod codec;
pub(crate) mod command;
pub mod compose;
pub mod coreml;
pub mod dockerfile;
pub mod editor;
pub mod engine;
pub mod executorch;
mod flatbuffers;
pub mod flax;
pub mod generation_config;
pub mod ggml;
pub mod gguf;
pub mod git;
pub(crate) mod graph;
pub mod gzip;
pub mod hdf5;
pub mod html;
mod image;
pub mod java;
pub mod javascript;
pub mod json;
pub mod keras;
pub(crate) mod layout;
pub mod licence_text;
pub mod lightgbm;
pub mod llamafile;
pub mod lz4;
pub mod lzma;
pub mod makefile;
pub mod manifest;
pub mod media;
pub mod mnn;
pub mod model_card;
pub mod model_config;
pub mod modelfile;
pub mod mxnet;
pub mod ncnn;
pub mod nemo;
pub mod notebook;
pub mod npy;
pub mod oci;
pub mod onnx;
pub mod openvino;
pub mod orbax;
pub mod ort;
pub mod packages;
pub mod paddle;
mod passages;
mod pbtxt;
pub mod pickle;
pub mod pmml;
pub mod program;
pub mod protobuf;
pub mod python;
pub mod r;
pub mod rar;
pub mod recognised;
pub mod safetensors;
pub mod safetensors_index;
pub mod sevenz;
pub mod shell;
pub mod skops;
pub mod source;
pub(crate) mod sstable;
mod streams;
pub mod tar;
pub mod tensor_data;
pub mod tensorflow;
pub(crate) mod terms;
pub mod text;
pub mod tflite;
pub mod tokenizer;
pub mod tokenizer_config;
pub mod torch;
pub mod torch7;
pub mod torchscript;
pub mod torchserve;
pub mod unit;
pub mod workflow;
pub mod xgboost;
mod xml;
pub mod xz;
pub mod yaml;
pub mod zip;
pub mod zlib;
pub mod zstd;

use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::File;
use crate::walk::Visit;

/// Every format, in alphabetical order of the ids. Where several only guess, the first wins; `text` guesses last.
pub static FORMATS: &[&Format] = &[
    &sevenz::FORMAT,
    &model_config::ADAPTER,
    &recognised::ARROW,
    &packages::bill::FORMAT,
    &bzip2::FORMAT,
    &catboost::FORMAT,
    &chat_template::FORMAT,
    &cntk::FORMAT,
    &cntk::OLDER,
    &compose::FORMAT,
    &packages::conda::FORMAT,
    &packages::conda_explicit::FORMAT,
    &packages::conda_lock::FORMAT,
    &coreml::FORMAT,
    &coreml::compiled::FORMAT,
    &coreml::package::FORMAT,
    &coreml::blob::FORMAT,
    &editor::CONTAINER,
    &program::DEX,
    &dockerfile::FORMAT,
    &editor::TASKS,
    &program::ELF,
    &executorch::FORMAT,
    &flax::FORMAT,
    &generation_config::FORMAT,
    &ggml::FORMAT,
    &gguf::FORMAT,
    &git::DATA,
    &git::CONFIG,
    &gzip::FORMAT,
    &hdf5::FORMAT,
    &html::FORMAT,
    &media::IMAGE,
    &bundle::JAVA_ARCHIVE,
    &java::CLASS,
    &javascript::FORMAT,
    &json::FORMAT,
    &keras::FORMAT,
    &tensorflow::KERAS_METADATA,
    &licence_text::FORMAT,
    &lightgbm::FORMAT,
    &llamafile::FORMAT,
    &lz4::FORMAT,
    &lzma::FORMAT,
    &program::MACH_O,
    &makefile::FORMAT,
    &manifest::FORMAT,
    &editor::SERVERS,
    &mnn::FORMAT,
    &model_card::FORMAT,
    &model_config::FORMAT,
    &modelfile::FORMAT,
    &model_config::MODULES,
    &mxnet::FORMAT,
    &mxnet::PARAMS,
    &ncnn::FORMAT,
    &nemo::FORMAT,
    &notebook::FORMAT,
    &notebook::CELL,
    &packages::pip_conf::NPM,
    &packages::npm_lock::FORMAT,
    &packages::npm::FORMAT,
    &npy::FORMAT,
    &bundle::NPZ,
    &orbax::DATABASE,
    &oci::IMAGE,
    &oci::LAYER,
    &oci::DOCUMENT,
    &onnx::FORMAT,
    &openvino::FORMAT,
    &orbax::FORMAT,
    &ort::FORMAT,
    &paddle::FORMAT,
    &paddle::params::FORMAT,
    &paddle::pir::FORMAT,
    &recognised::PARQUET,
    &recognised::PDF,
    &packages::pdm_lock::FORMAT,
    &program::PE,
    &pickle::FORMAT,
    &packages::pip_conf::FORMAT,
    &model_config::PIPELINE,
    &packages::pipfile::FORMAT,
    &packages::pipfile::LOCK,
    &pmml::FORMAT,
    &packages::pnpm_lock::FORMAT,
    &packages::poetry_lock::FORMAT,
    &packages::pylock::FORMAT,
    &packages::pyproject::FORMAT,
    &python::FORMAT,
    &r::FORMAT,
    &rar::FORMAT,
    &packages::requirements::FORMAT,
    &engine::RKNN,
    &safetensors::FORMAT,
    &safetensors_index::FORMAT,
    &program::SCRIPT,
    &media::SENTENCEPIECE,
    &packages::setup_cfg::FORMAT,
    &shell::FORMAT,
    &skops::FORMAT,
    &media::SOUND,
    &source::SOURCE,
    &recognised::SQLITE,
    &tar::FORMAT,
    &tensor_data::FORMAT,
    &checkpoint::INDEX,
    &checkpoint::STATE,
    &tensorflow::FINGERPRINT,
    &tensorflow::GRAPH,
    &tensorflow::HUB_MODULE,
    &tensorflow::META_GRAPH,
    &tensorflow::SAVED_MODEL,
    &tensorflow::TEXT,
    &engine::TENSORRT,
    &tflite::FORMAT,
    &tokenizer::FORMAT,
    &tokenizer_config::FORMAT,
    &torch::ZIP,
    &torchscript::EXPORT,
    &torchscript::GRAPH,
    &torchscript::PACKAGE,
    &torch::STREAM,
    &torch::TAR,
    &torch7::FORMAT,
    &torchscript::FORMAT,
    &torchserve::FORMAT,
    &unit::FORMAT,
    &packages::pip_conf::UV,
    &packages::uv_lock::FORMAT,
    &program::WASM,
    &workflow::FORMAT,
    &xgboost::FORMAT,
    &xz::FORMAT,
    &yaml::FORMAT,
    &packages::yarn_lock::FORMAT,
    &orbax::ZARR,
    &orbax::PIECE,
    &zip::FORMAT,
    &zlib::FORMAT,
    &zstd::FORMAT,
    &text::FORMAT,
];

/// One file format.
pub struct Format {
    /// Its name as its authors write it, in lower case.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// File name endings that promise this format, lower case, without the first dot.
    pub extensions: &'static [&'static str],
    /// How far we read it.
    pub support: Support,
    /// A loader of this format can be made to run code by the file.
    pub carries_code: bool,
    /// Ids of more general formats whose reading this one replaces.
    pub refines: &'static [&'static str],
    /// What is read and what is not, in Markdown.
    pub docs: &'static str,
    /// Whether these bytes are of this format.
    pub recognise: fn(&Probe<'_>) -> Recognition,
    /// Reads the bytes into facts. Bad input is a fact, not an error.
    pub read: fn(&mut Visit<'_>) -> Result<(), Fault>,
    /// Ordinary files of this format: silent, and seeds of the fuzz target.
    pub samples: fn() -> Vec<File>,
}

/// How far a format is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Tensors, operators and code-bearing parts are read.
    Inspected,
    /// Recognised; carries no code and is left at that.
    Inert,
    /// Recognised; not inspected, and the report says so.
    Recognised,
}

/// The format with this id.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.id == id)
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
