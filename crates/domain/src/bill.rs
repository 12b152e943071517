//! The vocabulary of a bill of material: what a model is made of, and of every statement about it how it is known.

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use crate::facts::card::Topic;
use crate::facts::{Origin, Package};
use crate::{Digest, Severity};

/// What a model is made of.
#[derive(Debug, Clone)]
pub struct Bill {
    /// What looked.
    pub maker: Maker,
    /// The day it is made out for, when one was given.
    pub date: Option<Timestamp>,
    /// The address of the package, when one was given.
    pub purl: Option<String>,
    /// The files.
    pub manifest: Manifest,
    /// What is stated about the model, what counts most first.
    pub stated: BTreeMap<Field, Vec<Stated>>,
    /// Models it is made from.
    pub bases: Vec<Base>,
    /// Data sets that are named.
    pub datasets: Vec<Stated>,
    /// Terms it comes under.
    pub terms: Vec<Terms>,
    /// What it says about itself to people.
    pub passages: Vec<(Topic, Stated)>,
    /// Results that are stated.
    pub results: Vec<TestResult>,
    /// Software packages that are asked for.
    pub parts: Vec<Part>,
    /// What was found, by rule.
    pub weaknesses: Vec<Weakness>,
    /// What was not, or not wholly, looked at, sorted by path.
    pub missed: Vec<Missed>,
    /// What else is not in it, and why.
    pub notes: Vec<String>,
}

/// What made a bill.
#[derive(Debug, Clone)]
pub struct Maker {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Names the set of rules.
    pub ruleset: String,
}

/// The files that a model is.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The digest of the sorted list of paths, sizes and digests.
    pub digest: Digest,
    /// A digest of the manifest and of all else that the bill is made from: what was given, and the set of rules.
    pub identity: Digest,
    /// The files, sorted by path.
    pub files: Vec<File>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path below what was asked for, with `/` between its parts, fit to be shown.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest, where it could be read.
    pub sha256: Option<Digest>,
    /// Ids of the formats that its bytes are.
    pub formats: Vec<&'static str>,
    /// `inspected`, `inert` or `not-inspected`.
    pub coverage: &'static str,
    /// The tensors in it.
    pub tensors: Tensors,
}

/// Tensors, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tensors {
    /// How many there are.
    pub count: u64,
    /// Their elements all together.
    pub elements: u64,
    /// How many there are of each type, in the format's own words.
    pub types: BTreeMap<String, u64>,
}

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// By whoever asked for the bill.
    Given,
    /// From what a program goes by when it loads the model.
    Read,
    /// From what the publisher wrote for people.
    Declared,
    /// By counting what is there.
    Counted,
}

impl Known {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Read => "read",
            Self::Declared => "declared",
            Self::Counted => "counted",
        }
    }
}

/// A value, how it is known, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The value, bounded and fit to be shown.
    pub value: String,
    /// How it is known.
    pub known: Known,
    /// The file, as `path!member`; empty when it is from no one file.
    pub place: String,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What the model is called.
    Name,
    /// Which version of it this is.
    Version,
    /// What it is.
    Description,
    /// Who made it.
    Author,
    /// The family of its architecture.
    Family,
    /// Its architecture.
    Architecture,
    /// What kind of adapter it is.
    Adapter,
    /// What it does.
    Task,
    /// The library that it is for.
    Library,
    /// Human languages.
    Language,
    /// How many parameters it has.
    Parameters,
    /// Types of its tensors, each with how many there are.
    TensorType,
    /// How its numbers are packed.
    Quantisation,
    /// Tokens that it can take at once.
    ContextLength,
    /// Its tokenizer.
    Tokenizer,
    /// Words of its tokenizer.
    VocabularySize,
    /// What hubs sort it by.
    Tag,
}

impl Field {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Version => "version",
            Self::Description => "description",
            Self::Author => "author",
            Self::Family => "architecture-family",
            Self::Architecture => "architecture",
            Self::Adapter => "adapter",
            Self::Task => "task",
            Self::Library => "library",
            Self::Language => "language",
            Self::Parameters => "parameters",
            Self::TensorType => "tensor-type",
            Self::Quantisation => "quantisation",
            Self::ContextLength => "context-length",
            Self::Tokenizer => "tokenizer",
            Self::VocabularySize => "vocabulary-size",
            Self::Tag => "tag",
        }
    }
}

/// A model that this one is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its name as written.
    pub name: Stated,
    /// How this one is made from it: `finetune`, `adapter`, `quantized`, `merge`.
    pub relation: Option<String>,
}

/// Terms that a model comes under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// As written.
    pub stated: Stated,
    /// The id on the SPDX list, when it is there.
    pub spdx: Option<&'static str>,
    /// Found by comparing a text, and not declared.
    pub found: bool,
}

/// A result that is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// What was measured.
    pub name: String,
    /// The result as written, with where it is stated.
    pub value: Stated,
    /// On which data.
    pub dataset: Option<String>,
}

/// A software package that files ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The package, as the first of these files asks for it.
    pub package: Package,
    /// Files that ask for it, each with what it asks of its version.
    pub places: Vec<(String, String)>,
}

impl Part {
    /// Where it comes from when that is not the usual index.
    pub fn origin(&self) -> Option<String> {
        match &self.package.origin {
            Origin::Index => None,
            Origin::NamedIndex { index: one } | Origin::Url { url: one } | Origin::Path { path: one } => {
                Some(one.clone())
            }
            Origin::Repository { url, revision } => {
                Some(revision.as_ref().map_or_else(|| url.clone(), |revision| format!("{url}@{revision}")))
            }
        }
    }
}

/// What one rule found.
#[derive(Debug, Clone)]
pub struct Weakness {
    /// Id of the rule.
    pub rule: &'static str,
    /// The worst severity among its findings.
    pub severity: Severity,
    /// What it finds.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// `CWE-…`, `CVE-…`, `AML.…`.
    pub references: &'static [&'static str],
    /// Path, severity, and one line, for each finding.
    pub findings: Vec<(String, Severity, String)>,
}

/// A part that was not, or not wholly, looked at.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The file.
    pub path: String,
    /// The part of it; empty for the file itself.
    pub member: String,
    /// Why.
    pub why: String,
}

impl Bill {
    /// What counts most of what is stated about something.
    pub fn first(&self, field: Field) -> Option<&Stated> {
        self.stated.get(&field).and_then(|all| all.first())
    }

    /// Everything that is stated about something.
    pub fn all(&self, field: Field) -> impl Iterator<Item = &Stated> {
        self.stated.get(&field).into_iter().flatten()
    }

    /// What is said to people about something.
    pub fn told(&self, topic: Topic) -> impl Iterator<Item = &Stated> {
        self.passages.iter().filter(move |(about, _)| *about == topic).map(|(_, stated)| stated)
    }

    /// The file with this path, by its number.
    pub fn file(&self, path: &str) -> Option<usize> {
        self.manifest.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()
    }

    /// What was not looked at of the file or other thing with this path.
    pub fn missed_of(&self, path: &str) -> &[Missed] {
        let from = self.missed.partition_point(|missed| missed.path.as_str() < path);
        let rest = self.missed.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|missed| missed.path == path)).unwrap_or_default()
    }

    /// What was not looked at, and is no file: links that lead nowhere, pipes, and the whole of it.
    pub fn missed_elsewhere(&self) -> impl Iterator<Item = &Missed> {
        self.missed.iter().filter(|missed| self.file(&missed.path).is_none())
    }

    /// Files and folders that could not be read, or not to the end: their bytes are not accounted for.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let unhashed = self.manifest.files.iter().filter(|file| file.sha256.is_none());
        let others = self.missed_elsewhere().map(|missed| missed.path.as_str()).filter(|path| *path != ".");
        unhashed.map(|file| file.path.as_str()).chain(others)
    }
}
