//! What a comparison keeps of one file of one revision.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::{Coverage, Tensor, What};

use super::content::{self, Content};
use super::norms::Number;
use crate::facts::Facts;
use crate::formats;
use crate::input::Input;
use crate::limits::Budget;

/// The longest part that gets a digest of its own.
const LONGEST_PART: u64 = 64 << 20;

/// The longest `adapter_config.json`.
const LONGEST_ADAPTER: u64 = 1 << 20;

/// One file of one revision.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) sha256: Option<Digest>,
    /// Ids of the formats its bytes are.
    pub(crate) formats: Vec<&'static str>,
    /// Every reading of every part; empty when the other revision has the same bytes.
    pub(crate) parts: Vec<Part>,
    pub(crate) tensors: Vec<Held>,
    /// What `adapter_config.json` says.
    pub(crate) adapter: Option<Value>,
}

/// One reading of one part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) member: Arc<str>,
    pub(crate) format: &'static str,
    pub(crate) size: u64,
    /// Absent for what is too long, and for what holds tensors, which are compared one by one.
    pub(crate) sha256: Option<Digest>,
    pub(crate) content: Content,
    /// What it makes a loader look up.
    pub(crate) names: BTreeSet<Named>,
    /// Keys of its header, where it has one.
    pub(crate) metadata: content::Settings,
    /// Why it was not, or not wholly, read.
    pub(crate) unread: Option<String>,
}

/// Something that a file makes its loader look up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// `Python name`, `operator`, `object` or `reference`.
    pub(crate) what: &'static str,
    pub(crate) name: String,
}

/// A tensor and where its bytes are.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) member: Arc<str>,
    pub(crate) format: &'static str,
    pub(crate) tensor: Tensor,
    /// Where it lies in the file on disk; nothing when it came out of a decoder, or not all of it is there.
    pub(crate) range: Option<Range<u64>>,
    pub(crate) number: Option<Number>,
}

impl Held {
    /// Whether its bytes can be compared with those of the other, one by one.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (a, b) = (&self.tensor, &other.tensor);
        (&a.dtype, &a.shape, a.length) == (&b.dtype, &b.shape, b.length)
    }
}

/// The tensors of a file, in the order of its facts.
pub(crate) fn tensors(facts: &Facts, inputs: &[Input], root: &Input) -> Vec<Held> {
    let mut held = Vec::new();
    let big = is_big_endian(root);
    for fact in &facts.facts {
        let (What::Tensor(tensor), Some(reading)) = (&fact.what, facts.readings.get(fact.reading)) else {
            continue;
        };
        let slice = inputs.get(fact.reading).map(|input| input.slice(tensor.start, tensor.length));
        let whole = slice.filter(|slice| slice.len() == tensor.length);
        let format = reading.format.unwrap_or_default();
        let foreign = big && format == "gguf";
        held.push(Held {
            member: Arc::clone(&reading.member),
            format,
            tensor: tensor.clone(),
            range: whole.and_then(|slice| slice.range_in(root)),
            number: if foreign { None } else { Number::of(&tensor.dtype) },
        });
    }
    held
}

/// GGUF whose version only makes sense the other way round.
fn is_big_endian(root: &Input) -> bool {
    let head = root.read(0, 8).unwrap_or_default();
    matches!(head.as_slice(), [b'G', b'G', b'U', b'F', 0, ..])
}

impl Version {
    /// What is kept; parts only when the other revision has other bytes.
    pub(crate) fn new(
        path: &str,
        size: u64,
        sha256: Option<Digest>,
        tensors: Vec<Held>,
        facts: &Facts,
        inputs: &[Input],
        differs: bool,
        budget: &Budget,
    ) -> Self {
        let outer = facts.readings.iter().filter(|reading| reading.member.is_empty());
        let mut version = Self {
            path: path.to_owned(),
            size,
            sha256,
            formats: outer.filter_map(|reading| reading.format).collect(),
            parts: Vec::new(),
            tensors,
            adapter: None,
        };
        if path.rsplit('/').next() == Some("adapter_config.json") {
            let text = inputs.first().and_then(|input| input.read(0, LONGEST_ADAPTER).ok());
            version.adapter = text.and_then(|text| serde_json::from_slice(&text).ok());
        }
        if differs {
            version.read_parts(facts, inputs, budget);
        }
        version
    }

    fn read_parts(&mut self, facts: &Facts, inputs: &[Input], budget: &Budget) {
        for (reading, input) in facts.readings.iter().zip(inputs) {
            let whole: &str = if reading.member.is_empty() { &self.path } else { &reading.member };
            let name = whole.rsplit(['/', '!']).next().unwrap_or(whole).to_lowercase();
            let format = reading.format.unwrap_or_default();
            // Python runs it by its name, with characters in it that make it no text.
            let is_python = format.is_empty()
                && formats::source::PYTHON
                    .extensions
                    .iter()
                    .any(|ending| name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.')));
            let format = if is_python { formats::source::PYTHON.id } else { format };
            self.parts.push(Part {
                member: Arc::clone(&reading.member),
                format,
                size: reading.size,
                sha256: if reading.member.is_empty() { self.sha256 } else { part_digest(input, budget) },
                content: content::read(input, format, &name, budget),
                names: BTreeSet::new(),
                metadata: content::Settings::new(),
                unread: match &reading.coverage {
                    Coverage::NotInspected { why } => Some(why.clone()),
                    _ => None,
                },
            });
        }
        for fact in &facts.facts {
            let Some(part) = self.parts.get_mut(fact.reading) else { continue };
            let (what, name) = match &fact.what {
                What::Import(import) => {
                    ("Python name", import.name.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string))
                }
                What::Operator(operator) => {
                    let domain = Some(&operator.domain).filter(|domain| !domain.is_empty());
                    let domain = domain.map_or_else(String::new, |domain| format!("{domain}."));
                    ("operator", format!("{domain}{} ({})", operator.name, operator.dialect))
                }
                What::Object(object) => {
                    let module = Some(&object.name.module).filter(|module| !module.is_empty());
                    let module = module.map_or_else(String::new, |module| format!("{module}."));
                    ("object", format!("{module}{} ({})", object.name.name, object.dialect))
                }
                What::Reference(reference) => {
                    ("reference", format!("{} ({})", reference.target, reference.role))
                }
                What::Metadata { key, value } if part.format == "safetensors" || part.format == "npy" => {
                    part.metadata.insert(key.clone(), value.clone());
                    continue;
                }
                What::Tensor(_) if !part.member.is_empty() => {
                    part.sha256 = None;
                    continue;
                }
                _ => continue,
            };
            part.names.insert(Named { what, name });
        }
    }
}

fn part_digest(input: &Input, budget: &Budget) -> Option<Digest> {
    if input.len() > LONGEST_PART {
        return None;
    }
    let mut hasher = Sha256::new();
    let mut at = 0;
    while at < input.len() {
        budget.tick().ok()?;
        let block = input.read(at, 128 << 10).ok().filter(|block| !block.is_empty())?;
        hasher.update(&block);
        at += block.len() as u64;
    }
    Some(Digest(hasher.finalize().into()))
}

impl Version {
    /// A file that could not be opened.
    pub(crate) fn unreadable(path: &str) -> Self {
        let (formats, parts, tensors) = (Vec::new(), Vec::new(), Vec::new());
        Self { path: path.to_owned(), size: 0, sha256: None, formats, parts, tensors, adapter: None }
    }
}
