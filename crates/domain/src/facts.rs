//! What formats report: facts about bytes, without judgement.

pub mod archive;
pub mod card;
pub mod code;
pub mod graph;
pub mod licence;
pub mod package;
pub mod passage;
pub mod problem;
pub mod python;
pub mod secret;
pub mod template;
pub mod tensor;
pub mod weights;
pub mod yara;

use std::sync::Arc;

use serde::Serialize;

use crate::finding::Position;

pub use archive::{Entry, EntryKind};
pub use card::Card;
pub use code::{
    Argument, Command, Encoded, Feed, FeedAs, Image, ModelReference, Program, Redirect, Use, When,
};
pub use graph::{Object, Operator, Reference};
pub use licence::{Licence, LicenceSource, Nearest};
pub use package::{Origin, Package, PackageIndex, PackageScript};
pub use passage::Passage;
pub use problem::Problem;
pub use python::{Call, CallKind, Import, Name, Term};
pub use secret::{Address, Secret};
pub use template::{Access, Construct, Holder, Made};
pub use tensor::{ExternalTensor, Tensor};
pub use weights::Weights;
pub use yara::RuleMatch;

/// One way of reading one part of a file: the file itself, a member of an archive, a stream inside it.
/// Bytes that can be read in several ways have several readings.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    /// Where inside the file: empty for the file itself, `!` between nested containers.
    pub member: Arc<str>,
    /// Id of the format it was read as; `None` when no format recognised it.
    pub format: Option<&'static str>,
    /// Length in bytes.
    pub size: u64,
    /// How far we got.
    pub coverage: Coverage,
}

/// How much of a part was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Coverage {
    /// Every structure that could carry code was read.
    Inspected,
    /// Of a kind that carries no code, recognised and left at that: text, images, vocabularies.
    Inert,
    /// Not, or not wholly, looked at. Never counts as "nothing found".
    NotInspected {
        /// Why, in a few words.
        why: String,
    },
}

/// One observation.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// Index of the [`Reading`] it was made in.
    pub reading: usize,
    /// Byte offset inside that reading's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// The same place in a text.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What was observed.
    #[serde(flatten)]
    pub what: What,
}

/// What can be observed.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum What {
    /// A Python object is looked up by name.
    Import(Import),
    /// Something is called, built or changed while a pickle loads.
    Call(Call),
    /// Compiled Python code.
    Code {
        /// Names and short texts in its tables; bounded.
        names: Vec<String>,
    },
    /// A pickle program ended: how long it was.
    Program {
        /// Highest protocol it declares.
        protocol: u8,
        /// Number of opcodes.
        opcodes: u64,
        /// Offset behind its last opcode.
        end: u64,
    },
    /// A tensor or array.
    Tensor(Tensor),
    /// A tensor whose bytes lie in another file.
    ExternalTensor(ExternalTensor),
    /// Where the bytes of the tensor told before are said to be, they are in pieces, packed or written out, or not at all.
    Scattered,
    /// What the numbers in tensors show; only when a scan is asked to read them.
    Weights(Weights),
    /// A key of a header that describes the file.
    Metadata {
        /// The key.
        key: String,
        /// Its value, bounded.
        value: String,
    },
    /// A member of an archive, as the archive describes it.
    Entry(Entry),
    /// A key of a configuration file that can matter, with the path to it.
    Setting {
        /// Keys and indexes from the root, joined by `.`.
        key: String,
        /// Its value: the text of a string, otherwise its JSON; bounded.
        value: String,
    },
    /// A YAML value asks for an object of a certain kind.
    Tagged {
        /// Keys and indexes from the root, joined by `.`.
        key: String,
        /// The tag, with its handle written out.
        tag: String,
    },
    /// Program text uses a name.
    Use(Use),
    /// Program text holds much that is encoded.
    Encoded(Encoded),
    /// A command line.
    Command(Command),
    /// What a file that builds, deploys or starts something says beside commands and images: a variable, a right.
    Directive {
        /// The instruction, or keys and indexes from the root, joined by `.`.
        key: String,
        /// Its value, bounded.
        value: String,
    },
    /// A model that text asks a hub for.
    ModelReference(ModelReference),
    /// A container image that text builds on or runs.
    Image(Image),
    /// A software package that a file asks for.
    Package(Package),
    /// A place that packages are looked for in.
    PackageIndex(PackageIndex),
    /// A package that runs a program of its own when it is installed.
    PackageScript(PackageScript),
    /// Terms that the model or a part of it comes under.
    Licence(Licence),
    /// What a model card tells people about something, in its own words.
    Passage(Passage),
    /// Something that opens a door; described without giving it away.
    Secret(Secret),
    /// An address that text names.
    Address(Address),
    /// What a model card tells people.
    Card(Card),
    /// How many words a tokenizer has, besides those added to it.
    Vocabulary {
        /// The number.
        words: u64,
    },
    /// A construct in a template.
    Template(Construct),
    /// A graph uses an operator.
    Operator(Operator),
    /// A loader builds an object by its name.
    Object(Object),
    /// The model names another file or an address as a part of itself.
    Reference(Reference),
    /// An index says that a tensor is in a file.
    Shard {
        /// Name of the tensor.
        tensor: String,
        /// Name of the file as written.
        file: String,
    },
    /// The file says it is one of a set.
    Split {
        /// Number of this file, from 0.
        number: u64,
        /// How many there are.
        count: u64,
        /// How many tensors all of them have together, when it says so.
        #[serde(skip_serializing_if = "Option::is_none")]
        tensors: Option<u64>,
    },
    /// The name's ending belongs to other formats than the one found.
    NameDisagrees {
        /// The ending.
        extension: String,
        /// Ids of formats with that ending.
        claimed: Vec<&'static str>,
        /// The format found can carry code and none of the claimed ones can.
        hides_code: bool,
    },
    /// The same bytes are valid in several formats.
    Polyglot {
        /// Ids of those formats.
        formats: Vec<&'static str>,
    },
    /// A link on disk.
    Link {
        /// Where it points, as written.
        target: String,
        /// It leads out of the folder that was scanned.
        escapes: bool,
    },
    /// A rule of YARA that was brought along matches.
    RuleMatch(RuleMatch),
    /// Something is not as the format's specification says.
    Problem(Problem),
    /// The frame of an archive or compressed stream, as opposed to what is in it, is not as its specification says.
    Archive(Problem),
}
