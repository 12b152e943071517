//! All facts about one file, as rules see them.

mod sort;

use std::sync::OnceLock;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{
    Address, Call, Card, Command, Construct, Entry, ExternalTensor, Fact, Image, Import, Licence,
    ModelReference, Name, Object, Operator, Package, PackageIndex, PackageScript, Problem, Reading,
    Reference, Secret, Tensor, Use, Weights, What,
};
use weighbridge_domain::finding::Position;

pub(crate) use self::sort::{Sort, Sorts};
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
    /// The sorts of fact that there are.
    pub(crate) sorts: Sorts,
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
        self.placed(&self.facts)
    }

    /// The facts of one sort with their places, until the time is over.
    pub(crate) fn of(&self, sort: Sort) -> impl Iterator<Item = (Place<'_>, &What)> {
        let facts = if self.sorts.has(sort) { self.facts.as_slice() } else { &[] };
        self.placed(facts).filter(move |(_, what)| Sort::of(what) == sort)
    }

    fn placed<'a>(&'a self, facts: &'a [Fact]) -> impl Iterator<Item = (Place<'a>, &'a What)> {
        facts.iter().take_while(|_| self.clock.step()).filter_map(|fact| {
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
        self.of(Sort::Problem).filter_map(move |(place, what)| match what {
            What::Problem(problem) if problem.kind == kind => Some((place, problem)),
            _ => None,
        })
    }

    /// Contradictions of one kind in the frames of archives and compressed streams.
    pub fn archive_problems(&self, kind: Kind) -> impl Iterator<Item = (Place<'_>, &Problem)> {
        self.of(Sort::Archive).filter_map(move |(place, what)| match what {
            What::Archive(problem) if problem.kind == kind => Some((place, problem)),
            _ => None,
        })
    }

    /// Names that are looked up, where they are known.
    pub fn names(&self) -> impl Iterator<Item = (Place<'_>, &Name)> {
        self.imports().filter_map(|(place, import)| Some((place, import.name.as_ref()?)))
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
        self.of(Sort::Setting).filter_map(|(place, what)| match what {
            What::Setting { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// Tags of YAML values: key path and tag.
    pub fn tags(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.of(Sort::Tagged).filter_map(|(place, what)| match what {
            What::Tagged { key, tag } => Some((place, key.as_str(), tag.as_str())),
            _ => None,
        })
    }

    /// Header keys and values.
    pub fn metadata(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.of(Sort::Metadata).filter_map(|(place, what)| match what {
            What::Metadata { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// What files that build, deploy or start something say beside commands and images: key and value.
    pub fn directives(&self) -> impl Iterator<Item = (Place<'_>, &str, &str)> {
        self.of(Sort::Directive).filter_map(|(place, what)| match what {
            What::Directive { key, value } => Some((place, key.as_str(), value.as_str())),
            _ => None,
        })
    }
}

/// The facts of a sort, under a name.
macro_rules! by_sort {
    ($($(#[$doc:meta])* $name:ident: $sort:ident($of:ty);)*) => {
        impl Facts {$(
            $(#[$doc])*
            pub fn $name(&self) -> impl Iterator<Item = (Place<'_>, &$of)> {
                self.of(Sort::$sort).filter_map(|(place, what)| match what {
                    What::$sort(one) => Some((place, one)),
                    _ => None,
                })
            }
        )*}
    };
}

by_sort! {
    /// Python objects that are looked up.
    imports: Import(Import);
    /// What is called, built and changed while loading.
    calls: Call(Call);
    /// Tensors and arrays.
    tensors: Tensor(Tensor);
    /// Tensors whose bytes lie in other files.
    external_tensors: ExternalTensor(ExternalTensor);
    /// Members of archives.
    entries: Entry(Entry);
    /// Secrets, described without giving them away.
    secrets: Secret(Secret);
    /// Addresses that text names.
    addresses: Address(Address);
    /// Constructs in templates.
    templates: Template(Construct);
    /// Names that program text uses.
    uses: Use(Use);
    /// Commands.
    commands: Command(Command);
    /// Container images that text builds on or runs.
    images: Image(Image);
    /// Models that text asks a hub for.
    model_references: ModelReference(ModelReference);
    /// Operators that graphs use.
    operators: Operator(Operator);
    /// Objects that loaders build by name.
    objects: Object(Object);
    /// Files and addresses that a model names as parts of itself.
    references: Reference(Reference);
    /// Software packages that are asked for; where each stands is its place, and the format tells the kind of list.
    packages: Package(Package);
    /// Places that packages are looked for in.
    package_indexes: PackageIndex(PackageIndex);
    /// Statements of terms.
    licences: Licence(Licence);
    /// What model cards tell.
    cards: Card(Card);
    /// Packages that run a program of their own when they are installed.
    package_scripts: PackageScript(PackageScript);
    /// What the numbers in tensors show.
    weights: Weights(Weights);
}
