//! Models, graphs, nodes and their attributes.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::tensor;
use crate::detect::{self, Probe};
use crate::formats::graph::{Operators, References};
use crate::formats::layout::{Notes, hole, name};
use crate::formats::protobuf::{Field, Message, Value, Wire};
use crate::limits::Fault;
use crate::walk::Visit;

/// Fields of a model that are text or messages, other than its graph.
pub(super) const TEXTS: [u32; 9] = [2, 3, 4, 6, 8, 14, 20, 25, 26];

/// Fields of a graph, all of them text or messages.
pub(super) const GRAPH: [u32; 10] = [1, 2, 5, 10, 11, 12, 13, 14, 15, 16];

/// Fields with higher numbers than this do not belong to any version there will be soon.
const FURTHEST: u32 = 100;

/// Bytes kept of a name, before it is cut for a fact.
const NAME: usize = 4096;

/// Versions of the format and of sets of operators that can be true.
const VERSIONS: std::ops::RangeInclusive<u64> = 1..=1000;

/// The first byte of a model can be this.
pub(super) fn is_tag(byte: u64) -> bool {
    let number = u32::try_from(byte >> 3).unwrap_or_default();
    match byte & 7 {
        0 => matches!(number, 1 | 5),
        2 => number == 7 || TEXTS.contains(&number),
        _ => false,
    }
}

/// Reads a model.
pub(super) fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let wire = Wire::new(&visit.input);
    let mut reader = Reader {
        visit,
        wire,
        notes: Notes::default(),
        operators: Operators::default(),
        references: References::default(),
        imports: BTreeMap::new(),
        functions: BTreeSet::new(),
        tensors: Vec::new(),
        blobs: Vec::new(),
    };
    let result = reader.model();
    // What was read counts, wherever the reading ended.
    reader.finish()?;
    result
}

pub(super) struct Reader<'v, 'a> {
    pub(super) visit: &'v mut Visit<'a>,
    pub(super) wire: Wire,
    pub(super) notes: Notes,
    operators: Operators,
    pub(super) references: References,
    /// Sets of operators with their versions.
    imports: BTreeMap<String, u64>,
    /// Set and name of functions that the model defines.
    functions: BTreeSet<(String, String)>,
    /// Tensors whose bytes are in the file.
    pub(super) tensors: Vec<Tensor>,
    /// Where other bytes are that could be a file: offset and length.
    pub(super) blobs: Vec<(u64, u64)>,
}

impl Reader<'_, '_> {
    fn model(&mut self) -> Result<(), Fault> {
        let mut model = self.wire.whole();
        let mut version = None;
        while let Some(field) = self.wire.next(&mut model)? {
            self.visit.budget.tick()?;
            match (field.number, field.value) {
                (1, Value::Number(number)) => version = Some(number),
                (2, Value::Bytes(text)) => self.metadata(field.at, "producer_name", text)?,
                (3, Value::Bytes(text)) => self.metadata(field.at, "producer_version", text)?,
                (4, Value::Bytes(text)) => self.metadata(field.at, "domain", text)?,
                (5, Value::Number(_)) | (26, Value::Bytes(_)) => {}
                (6, Value::Bytes(text)) => self.metadata(field.at, "doc_string", text)?,
                (7, Value::Bytes(graph)) => self.graph(graph)?,
                (8, Value::Bytes(import)) => self.import(field.at, import)?,
                (14, Value::Bytes(property)) => self.property(field.at, property)?,
                (20, Value::Bytes(training)) => self.training(training)?,
                (25, Value::Bytes(function)) => self.function(function)?,
                _ => self.unknown("a model", field)?,
            }
        }
        match version {
            Some(version) if !VERSIONS.contains(&version) => {
                let detail = format!("the version of the format is {version}");
                self.notes.problem(self.visit, 0, Kind::BadValue, detail);
            }
            None => {
                let detail = "it does not say which version of the format it is";
                self.notes.problem(self.visit, 0, Kind::Missing, detail);
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Fault> {
        for (domain, at) in self.operators.domains() {
            if !self.imports.contains_key(domain) {
                let domain = if domain.is_empty() { "ai.onnx" } else { domain };
                let detail = format!("operators of the set `{domain}` are used, but it is not imported");
                self.notes.problem(self.visit, at, Kind::Missing, detail);
            }
        }
        let functions = &self.functions;
        self.operators.tell(self.visit, "onnx", |domain, name| {
            functions.contains(&(domain.to_owned(), name.to_owned()))
        });
        let tensors = self.tensors.iter().map(|tensor| (tensor.start, tensor.length));
        let blobs: Vec<_> = tensors.chain(self.blobs.iter().copied()).collect();
        for tensor in self.tensors {
            self.visit.fact(tensor.start, What::Tensor(tensor));
        }
        self.notes.disguised(self.visit, blobs)
    }

    fn metadata(&mut self, at: u64, key: &str, text: Message) -> Result<(), Fault> {
        let text = self.wire.text(text, 2 << 20)?;
        self.notes.metadata(self.visit, at, key, &text)
    }

    /// A key with its value.
    pub(super) fn pair(&mut self, mut pair: Message, limit: usize) -> Result<[String; 2], Fault> {
        let mut texts = [String::new(), String::new()];
        while let Some(field) = self.wire.next(&mut pair)? {
            match (field.number, field.value) {
                (1, Value::Bytes(key)) => texts[0] = self.wire.text(key, NAME)?,
                (2, Value::Bytes(value)) => texts[1] = self.wire.text(value, limit)?,
                _ => self.unknown("an entry", field)?,
            }
        }
        Ok(texts)
    }

    fn property(&mut self, at: u64, property: Message) -> Result<(), Fault> {
        let [key, value] = self.pair(property, 2 << 20)?;
        self.notes.metadata(self.visit, at, &key, &value)
    }

    fn import(&mut self, at: u64, mut import: Message) -> Result<(), Fault> {
        let (mut domain, mut version) = (String::new(), 0);
        while let Some(field) = self.wire.next(&mut import)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => domain = self.wire.text(text, NAME)?,
                (2, Value::Number(number)) => version = number,
                _ => self.unknown("an import", field)?,
            }
        }
        let shown = name(&domain);
        if !VERSIONS.contains(&version) {
            let detail = format!("the version of the set `{shown}` is {}", version.cast_signed());
            self.notes.problem(self.visit, at, Kind::BadValue, detail);
        }
        self.notes.remember(self.visit, (domain.len() as u64).saturating_add(128))?;
        self.imports.insert(standard(domain), version);
        Ok(())
    }

    fn training(&mut self, mut training: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut training)? {
            match (field.number, field.value) {
                (1 | 2, Value::Bytes(graph)) => self.graph(graph)?,
                (3 | 4, Value::Bytes(_)) => {}
                _ => self.unknown("a training", field)?,
            }
        }
        Ok(())
    }

    fn function(&mut self, mut function: Message) -> Result<(), Fault> {
        let (mut domain, mut called) = (String::new(), String::new());
        while let Some(field) = self.wire.next(&mut function)? {
            self.visit.budget.tick()?;
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => called = self.wire.text(text, NAME)?,
                (7, Value::Bytes(node)) => self.node(node)?,
                (9, Value::Bytes(import)) => self.import(field.at, import)?,
                (10, Value::Bytes(text)) => domain = self.wire.text(text, NAME)?,
                (11, Value::Bytes(attribute)) => {
                    self.attribute(attribute, "")?;
                }
                (14, Value::Bytes(property)) => self.property(field.at, property)?,
                (2 | 3, Value::Number(_)) | (4..=6 | 8 | 12 | 13, Value::Bytes(_)) => {}
                _ => self.unknown("a function", field)?,
            }
        }
        let text = domain.len().saturating_add(called.len());
        self.notes.remember(self.visit, (text as u64).saturating_add(128))?;
        self.functions.insert((standard(domain), called));
        Ok(())
    }

    fn graph(&mut self, mut graph: Message) -> Result<(), Fault> {
        let mut named = BTreeSet::new();
        let mut memory = 0_u64;
        while let Some(field) = self.wire.next(&mut graph)? {
            self.visit.budget.tick()?;
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node)?,
                (5, Value::Bytes(message)) => {
                    let name = self.tensor(message, "")?;
                    let text = (name.len() as u64).saturating_add(64);
                    self.notes.remember(self.visit, text)?;
                    memory = memory.saturating_add(text);
                    if !name.is_empty() && named.contains(&name) {
                        let detail = format!("two tensors are called `{name}`");
                        self.notes.problem(self.visit, field.at, Kind::Duplicate, detail);
                    }
                    named.insert(name);
                }
                (15, Value::Bytes(sparse)) => self.sparse(sparse, "")?,
                (16, Value::Bytes(property)) => self.property(field.at, property)?,
                (2 | 10..=14, Value::Bytes(_)) => {}
                _ => self.unknown("a graph", field)?,
            }
        }
        self.notes.forget(memory);
        Ok(())
    }

    fn node(&mut self, mut node: Message) -> Result<(), Fault> {
        let at = node.start;
        let [mut called, mut operator, mut domain] = [None; 3];
        let mut output = None;
        let mut context = Context::default();
        while let Some(field) = self.wire.next(&mut node)? {
            match (field.number, field.value) {
                (2, Value::Bytes(text)) => output = output.or(Some(text)),
                (3, Value::Bytes(text)) => called = Some(text),
                (4, Value::Bytes(text)) => operator = Some(text),
                (7, Value::Bytes(text)) => domain = Some(text),
                (5, Value::Bytes(attribute)) => {
                    let node = match called.filter(|name| !name.is_empty()).or(output) {
                        Some(text) => self.wire.text(text, NAME)?,
                        None => String::new(),
                    };
                    context.note(&self.attribute(attribute, &node)?);
                }
                (1 | 6 | 8 | 9 | 10, Value::Bytes(_)) => {}
                _ => self.unknown("a node", field)?,
            }
        }
        let text = |wire: &Wire, text: Option<Message>| match text {
            Some(text) => wire.text(text, NAME),
            None => Ok(String::new()),
        };
        let operator = text(&self.wire, operator)?;
        let domain = standard(text(&self.wire, domain)?);
        let called = text(&self.wire, called)?;
        if operator == "EPContext" {
            self.compiled(at, &context)?;
        }
        self.operators.add(self.visit, &mut self.notes, at, [&domain, &operator], || called)
    }

    /// A node that stands for a part which was compiled for a device: its program is in the node or in a file beside.
    fn compiled(&mut self, at: u64, context: &Context) -> Result<(), Fault> {
        let Some(cache) = context.cache else { return Ok(()) };
        if context.beside {
            let path = self.wire.text(cache, NAME)?;
            return self.references.add(self.visit, &mut self.notes, at, "compiled program", &path);
        }
        Ok(())
    }

    /// An attribute; what it says is handed back where nodes need it.
    fn attribute(&mut self, mut attribute: Message, node: &str) -> Result<Attribute, Fault> {
        let mut said = Attribute::default();
        while let Some(field) = self.wire.next(&mut attribute)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => said.name = self.wire.text(text, NAME)?,
                (3, Value::Number(number)) => said.number = Some(number),
                (4, Value::Bytes(text)) => {
                    said.text = Some(text);
                    self.blob(text)?;
                }
                (9, Value::Bytes(text)) => self.blob(text)?,
                (5 | 10, Value::Bytes(tensor)) => {
                    self.tensor(tensor, &said.called(node))?;
                }
                (22 | 23, Value::Bytes(tensor)) => self.sparse(tensor, &said.called(node))?,
                (6 | 11, Value::Bytes(graph)) => self.graph(graph)?,
                (2 | 7, Value::Four(_))
                | (8 | 20, Value::Number(_))
                | (7 | 8 | 13 | 14 | 15 | 21, Value::Bytes(_)) => {}
                _ => self.unknown("an attribute", field)?,
            }
        }
        Ok(said)
    }

    fn sparse(&mut self, mut sparse: Message, called: &str) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut sparse)? {
            match (field.number, field.value) {
                (1, Value::Bytes(values)) => {
                    self.tensor(values, called)?;
                }
                (2, Value::Bytes(indices)) => {
                    self.tensor(indices, &format!("{called}/indices"))?;
                }
                (3, Value::Number(_) | Value::Bytes(_)) => {}
                _ => self.unknown("a sparse tensor", field)?,
            }
        }
        Ok(())
    }

    fn tensor(&mut self, message: Message, called: &str) -> Result<String, Fault> {
        tensor::read(self, message, called)
    }

    /// Bytes that may be a file of their own.
    pub(super) fn blob(&mut self, bytes: Message) -> Result<(), Fault> {
        const LEAST: u64 = 64;
        if bytes.len() >= LEAST {
            self.notes.remember(self.visit, 16)?;
            self.blobs.push((bytes.start, bytes.len()));
        }
        Ok(())
    }

    /// A field that the schema does not have; readers step over it.
    pub(super) fn unknown(&mut self, of: &str, field: Field) -> Result<(), Fault> {
        let Some(bytes) = field.message().filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        if field.number > FURTHEST {
            let detail = format!(
                "{} in a field of {of} that no reader looks at",
                crate::text::count(bytes.len(), "byte")
            );
            self.notes.problem(self.visit, bytes.start, Kind::Hole, detail);
        }
        let input = bytes.of(&self.visit.input);
        if !detect::recognise(&Probe::new(&input, "")?).is_empty() {
            self.notes.part(self.visit, &hole(bytes.start), input)?;
        }
        Ok(())
    }
}

/// The standard set has two names.
fn standard(domain: String) -> String {
    if domain == "ai.onnx" { String::new() } else { domain }
}

/// What an attribute says.
#[derive(Default)]
struct Attribute {
    name: String,
    number: Option<u64>,
    text: Option<Message>,
}

impl Attribute {
    /// What its tensors are called that have no name.
    fn called(&self, node: &str) -> String {
        if node.is_empty() { self.name.clone() } else { format!("{node}/{}", self.name) }
    }
}

/// What the attributes of a compiled node say.
#[derive(Default)]
struct Context {
    /// The program, or the path of its file.
    cache: Option<Message>,
    /// It is in a file beside the model.
    beside: bool,
}

impl Context {
    fn note(&mut self, attribute: &Attribute) {
        match attribute.name.as_str() {
            "ep_cache_context" => self.cache = attribute.text,
            "embed_mode" => self.beside = attribute.number == Some(0),
            _ => {}
        }
    }
}
