//! All facts about one file, as rules see them.

use std::sync::OnceLock;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{
    Address, Call, Card, Command, Construct, Entry, ExternalTensor, Fact, Image, Import, Licence,
    ModelReference, Name, Object, Operator, Package, PackageIndex, PackageScript, Problem, Reading,
    Reference, Secret, Tensor, Use, Weights, What,
};
use weighbridge_domain::finding::Position;

use crate::limits::Clock;
use crate::rules::reach::Reach;
use crate::secrets::Known;
use crate::walk::Checksum;

/// All facts about one file and everything inside it.
#[derive(Debug, Default)]
pub struct Facts {
    /// The parts that were read, and as what.
    pub readings: Vec<Reading>,
    /// What was observed in them.
    pub facts: Vec<Fact>,
    pub(crate) checksums: Vec<Checksum>,
    pub(crate) undecided: bool,
    /// Secrets that were found: nothing that is told of the file holds a piece of one.
    pub(crate) known: Known,
    /// Until when rules may look at them.
    pub(crate) clock: Clock,
    /// What loaders reach, worked out when a rule first asks.
    pub(crate) reached: OnceLock<Vec<Reach>>,
}

/// Where a fact was observed.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The part it was observed in.
    pub reading: &'a Reading,
    /// The offset inside that part.
    pub at: Option<u64>,
    /// The same place in a text.
    pub position: Option<Position>,
}

impl Place<'_> {
    /// The id of the format it was read as, or nothing.
    pub fn format(&self) -> &'static str {
        self.reading.format.unwrap_or_default()
    }

    /// It was read as a format whose files are programs for Python's loader of pickles.
    pub fn is_of_pickles(&self) -> bool {
        matches!(self.format(), "pickle" | "torch" | "torch-stream" | "torch-tar")
    }

    /// It was read as JSON of one kind or another.
    pub fn is_of_settings(&self) -> bool {
        matches!(
            self.format(),
            "adapter-config"
                | "bill-of-materials"
                | "devcontainer"
                | "editor-tasks"
                | "generation-config"
                | "json"
                | "mcp-servers"
                | "model-config"
                | "modules-index"
                | "npm-lock"
                | "npm-manifest"
                | "pipeline-index"
                | "pipfile-lock"
                | "tokenizer"
                | "tokenizer-config"
        )
    }

    /// It was read as a list of software packages.
    pub fn is_of_packages(&self) -> bool {
        matches!(
            self.format(),
            "bill-of-materials"
                | "conda-environment"
                | "conda-explicit"
                | "conda-lock"
                | "npm-conf"
                | "npm-lock"
                | "npm-manifest"
                | "pdm-lock"
                | "pip-conf"
                | "pipfile"
                | "pipfile-lock"
                | "pnpm-lock"
                | "poetry-lock"
                | "pylock"
                | "pyproject"
                | "requirements"
                | "setup-cfg"
                | "uv-conf"
                | "uv-lock"
                | "yarn-lock"
        )
    }

    /// It was read as program text in Python.
    pub fn is_of_python(&self) -> bool {
        matches!(self.format(), "notebook-cell" | "python")
    }

    /// It was read as a script that browsers and their like run.
    pub fn is_of_javascript(&self) -> bool {
        matches!(self.format(), "html" | "javascript")
    }

    /// It was read as a format of boosted trees.
    pub fn is_of_trees(&self) -> bool {
        matches!(self.format(), "catboost" | "lightgbm" | "xgboost")
    }

    /// It was read as a format of tensors, an index of them, or another format of models with a header of its own.
    pub fn is_of_tensors(&self) -> bool {
        self.format().starts_with("tensorflow")
            || matches!(
                self.format(),
                "catboost"
                    | "cntk"
                    | "coreml"
                    | "coreml-compiled"
                    | "coreml-package"
                    | "coreml-weights"
                    | "executorch"
                    | "flax"
                    | "ggml"
                    | "gguf"
                    | "hdf5"
                    | "lightgbm"
                    | "mnn"
                    | "mxnet"
                    | "mxnet-params"
                    | "ncnn"
                    | "npy"
                    | "ocdbt"
                    | "onnx"
                    | "openvino"
                    | "orbax"
                    | "ort"
                    | "paddle"
                    | "paddle-params"
                    | "paddle-pir"
                    | "pmml"
                    | "r"
                    | "rknn"
                    | "safetensors"
                    | "safetensors-index"
                    | "skops"
                    | "tensor-data"
                    | "tensorrt"
                    | "tflite"
                    | "torch7"
                    | "xgboost"
                    | "zarr"
            )
    }
}

impl Facts {
    /// Every fact with its place, until the time is over.
    pub fn iter(&self) -> impl Iterator<Item = (Place<'_>, &What)> {
        self.facts.iter().take_while(|_| self.clock.step()).filter_map(|fact| {
            let reading = self.readings.get(fact.reading)?;
            Some((Place { reading, at: fact.at, position: fact.position }, &fact.what))
        })
    }

    /// Every part with its place, until the time is over.
    pub fn parts(&self) -> impl Iterator<Item = Place<'_>> {
        self.readings.iter().take_while(|_| self.clock.step()).map(|reading| Place {
            reading,
            at: None,
            position: None,
        })
    }

    /// Contradictions of one kind.
    pub fn problems(&self, kind: Kind) -> impl Iterator<Item = (Place<'_>, &Problem)> {
        self.iter().filter_map(move |(place, what)| match what {
            What::Problem(problem) if problem.kind == kind => Some((place, problem)),
            _ => None,
        })
    }

    /// Contradictions of one kind in the frames of archives and compressed streams.
    pub fn archive_problems(&self, kind: Kind) -> impl Iterator<Item = (Place<'_>, &Problem)> {
        self.iter().filter_map(move |(place, what)| match what {
            What::Archive(problem) if problem.kind == kind => Some((place, problem)),
            _ => None,
        })
    }

    /// Python objects that are looked up.
    pub fn imports(&self) -> impl Iterator<Item = (Place<'_>, &Import)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Import(import) => Some((place, import)),
            _ => None,
        })
    }

    /// Names that are looked up, where they are known.
    pub fn names(&self) -> impl Iterator<Item = (Place<'_>, &Name)> {
        self.imports().filter_map(|(place, import)| Some((place, import.name.as_ref()?)))
    }

    /// What is called, built and changed while loading.
    pub fn calls(&self) -> impl Iterator<Item = (Place<'_>, &Call)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Call(call) => Some((place, call)),
            _ => None,
        })
    }

    /// Tensors and arrays.
    pub fn tensors(&self) -> impl Iterator<Item = (Place<'_>, &Tensor)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Tensor(tensor) => Some((place, tensor)),
            _ => None,
        })
    }

    /// Tensors whose bytes lie in other files.
    pub fn external_tensors(&self) -> impl Iterator<Item = (Place<'_>, &ExternalTensor)> {
        self.iter().filter_map(|(place, what)| match what {
            What::ExternalTensor(tensor) => Some((place, tensor)),
            _ => None,
        })
    }

    /// Members of archives.
    pub fn entries(&self) -> impl Iterator<Item = (Place<'_>, &Entry)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Entry(entry) => Some((place, entry)),
            _ => None,
        })
    }

    /// Members of archives, archive by archive.
    pub fn archives(&self) -> Vec<Vec<(Place<'_>, &Entry)>> {
        let mut archives: Vec<Vec<(Place<'_>, &Entry)>> = Vec::new();
        for (place, entry) in self.entries() {
            match archives.last_mut() {
                Some(members)
                    if members.last().is_some_and(|(last, _)| std::ptr::eq(last.reading, place.reading)) =>
                {
                    members.push((place, entry));
                }
                _ => archives.push(vec![(place, entry)]),
            }
        }
        archives
    }

    /// Settings of configuration files: key path and value.
    pub fn settings(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Setting { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// Tags of YAML values: key path and tag.
    pub fn tags(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Tagged { key, tag } => Some((place, key.as_str(), tag.as_str())),
            _ => None,
        })
    }

    /// Header keys and values.
    pub fn metadata(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Metadata { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// Secrets, described without giving them away.
    pub fn secrets(&self) -> impl Iterator<Item = (Place<'_>, &Secret)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Secret(secret) => Some((place, secret)),
            _ => None,
        })
    }

    /// Addresses that text names.
    pub fn addresses(&self) -> impl Iterator<Item = (Place<'_>, &Address)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Address(address) => Some((place, address)),
            _ => None,
        })
    }

    /// Constructs in templates.
    pub fn templates(&self) -> impl Iterator<Item = (Place<'_>, &Construct)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Template(construct) => Some((place, construct)),
            _ => None,
        })
    }

    /// Names that program text uses.
    pub fn uses(&self) -> impl Iterator<Item = (Place<'_>, &Use)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Use(one) => Some((place, one)),
            _ => None,
        })
    }

    /// Commands.
    pub fn commands(&self) -> impl Iterator<Item = (Place<'_>, &Command)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Command(command) => Some((place, command)),
            _ => None,
        })
    }

    /// What files that build, deploy or start something say beside commands and images: key and value.
    pub fn directives(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Directive { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// Container images that text builds on or runs.
    pub fn images(&self) -> impl Iterator<Item = (Place<'_>, &Image)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Image(image) => Some((place, image)),
            _ => None,
        })
    }

    /// Models that text asks a hub for.
    pub fn model_references(&self) -> impl Iterator<Item = (Place<'_>, &ModelReference)> {
        self.iter().filter_map(|(place, what)| match what {
            What::ModelReference(reference) => Some((place, reference)),
            _ => None,
        })
    }

    /// Operators that graphs use.
    pub fn operators(&self) -> impl Iterator<Item = (Place<'_>, &Operator)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Operator(operator) => Some((place, operator)),
            _ => None,
        })
    }

    /// Objects that loaders build by name.
    pub fn objects(&self) -> impl Iterator<Item = (Place<'_>, &Object)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Object(object) => Some((place, object)),
            _ => None,
        })
    }

    /// Files and addresses that a model names as parts of itself.
    pub fn references(&self) -> impl Iterator<Item = (Place<'_>, &Reference)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Reference(reference) => Some((place, reference)),
            _ => None,
        })
    }

    /// Software packages that are asked for; where each stands is its place, and the format tells the kind of list.
    pub fn packages(&self) -> impl Iterator<Item = (Place<'_>, &Package)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Package(package) => Some((place, package)),
            _ => None,
        })
    }

    /// Places that packages are looked for in.
    pub fn package_indexes(&self) -> impl Iterator<Item = (Place<'_>, &PackageIndex)> {
        self.iter().filter_map(|(place, what)| match what {
            What::PackageIndex(index) => Some((place, index)),
            _ => None,
        })
    }

    /// Statements of terms.
    pub fn licences(&self) -> impl Iterator<Item = (Place<'_>, &Licence)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Licence(licence) => Some((place, licence)),
            _ => None,
        })
    }

    /// What model cards tell.
    pub fn cards(&self) -> impl Iterator<Item = (Place<'_>, &Card)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Card(card) => Some((place, card)),
            _ => None,
        })
    }

    /// Packages that run a program of their own when they are installed.
    pub fn package_scripts(&self) -> impl Iterator<Item = (Place<'_>, &PackageScript)> {
        self.iter().filter_map(|(place, what)| match what {
            What::PackageScript(script) => Some((place, script)),
            _ => None,
        })
    }

    /// What the numbers in tensors show.
    pub fn weights(&self) -> impl Iterator<Item = (Place<'_>, &Weights)> {
        self.iter().filter_map(|(place, what)| match what {
            What::Weights(weights) => Some((place, weights)),
            _ => None,
        })
    }
}
