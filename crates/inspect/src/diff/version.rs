//! What a comparison keeps of one file of one revision.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::{self, Card, Coverage, Licence, Tensor, What};

use super::cells;
use super::content::{self, Content};
use crate::facts::Facts;
use crate::formats::{self, notebook};
use crate::input::Input;
use crate::limits::Budget;
use crate::number::Number;
use crate::scan::Mark;

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
    /// What tells whether it is still the file that was read.
    pub(crate) mark: Option<Mark>,
    /// The folder that everything in an archive is in, where there is one: `torch.save` names it after the file.
    pub(crate) root: String,
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
    /// Absent for what is too long.
    pub(crate) sha256: Option<Digest>,
    /// It has tensors, which are compared one by one.
    pub(crate) holds_tensors: bool,
    pub(crate) content: Content,
    /// What it makes a loader look up.
    pub(crate) names: BTreeSet<Named>,
    /// Software packages and the indexes they come from: each with its name, and what is said of it.
    pub(crate) packages: BTreeMap<Asked, BTreeSet<Package>>,
    /// Keys of its header, where it has one.
    pub(crate) metadata: content::Settings,
    /// Terms that it states.
    pub(crate) licences: Vec<Licence>,
    /// What it tells people, when it is a model card.
    pub(crate) card: Option<Card>,
    /// The ids of its cells, when it is a notebook.
    pub(crate) cell_ids: Vec<Option<String>>,
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

/// A package or an index by its ecosystem and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    pub(crate) index: bool,
    pub(crate) ecosystem: &'static str,
    pub(crate) name: String,
}

/// What is said of a package or an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    /// The version, or the constraint.
    pub(crate) version: String,
    /// The place that it is from, or how an index is used.
    pub(crate) place: String,
    /// Its digests, sorted.
    pub(crate) hashes: Vec<String>,
}

impl Package {
    fn of(package: &facts::Package) -> Self {
        let place = match &package.origin {
            facts::Origin::Index => String::new(),
            facts::Origin::NamedIndex { index } => index.clone(),
            // Another commit is another version.
            facts::Origin::Url { url } | facts::Origin::Repository { url, .. } => url.clone(),
            facts::Origin::Path { path } => path.clone(),
        };
        let revision = match &package.origin {
            facts::Origin::Repository { revision, .. } => revision.clone(),
            _ => None,
        };
        let version = package.pin.clone().or(revision).unwrap_or_else(|| package.constraint.clone());
        let mut hashes = package.hashes.clone();
        hashes.sort_unstable();
        Self { version, place, hashes }
    }
}

/// A tensor and where its bytes are.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) member: Arc<str>,
    pub(crate) format: &'static str,
    pub(crate) tensor: Tensor,
    /// Its bytes lie together in its part as they are in memory.
    pub(crate) in_place: bool,
    /// Where it lies in the file on disk; nothing when it came out of a decoder, or not all of it is there.
    pub(crate) range: Option<Range<u64>>,
    pub(crate) number: Option<Number>,
}

impl Held {
    /// Both have the same type and shape. Two formats may have two words for one type.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (a, b) = (&self.tensor, &other.tensor);
        let same_type = a.dtype == b.dtype
            || self.format != other.format && self.number.is_some() && self.number == other.number;
        same_type && a.shape == b.shape
    }

    /// There is nothing to compare: it has no elements.
    pub(crate) fn is_empty(&self) -> bool {
        self.in_place && self.tensor.length == 0
    }
}

/// The tensors of a file, in the order of its facts.
pub(crate) fn tensors(facts: &Facts, inputs: &[Input], root: &Input) -> Vec<Held> {
    let mut held: Vec<Held> = Vec::new();
    let big = is_big_endian(facts, inputs, root);
    for fact in &facts.facts {
        let Some((reading, input)) = facts.readings.get(fact.reading).zip(inputs.get(fact.reading)) else {
            continue;
        };
        match (&fact.what, held.last_mut()) {
            (What::Tensor(tensor), _) => {
                let format = reading.format.unwrap_or_default();
                let mut new = Held::new(Arc::clone(&reading.member), format, tensor.clone(), input, root);
                new.number = new.number.filter(|_| !big && format != "r");
                held.push(new);
            }
            (What::Scattered, Some(last)) => {
                (last.in_place, last.range, last.number) = (false, None, None);
            }
            _ => {}
        }
    }
    held
}

impl Held {
    /// A tensor in a part of a file.
    pub(crate) fn new(
        member: Arc<str>,
        format: &'static str,
        tensor: Tensor,
        part: &Input,
        root: &Input,
    ) -> Self {
        let slice = part.slice(tensor.start, tensor.length);
        let range = slice.range_in(root).filter(|_| slice.len() == tensor.length);
        // Where values are written in another way, the length gives it away.
        let plain = |number: &Number| {
            let mut sizes = tensor.shape.iter();
            sizes.try_fold(number.size(), |length, size| length.checked_mul(*size)) == Some(tensor.length)
        };
        let number = Number::of(&tensor.dtype).filter(plain);
        Self { member, format, tensor, in_place: true, range, number }
    }
}

/// Numbers in it are the other way round: GGUF whose version only makes sense so, and archives of torch that say so.
fn is_big_endian(facts: &Facts, inputs: &[Input], root: &Input) -> bool {
    let head = root.read(0, 8).unwrap_or_default();
    let said = facts.readings.iter().zip(inputs).any(|(reading, input)| {
        reading.member.ends_with("/byteorder") && input.read(0, 3).is_ok_and(|word| word == b"big")
    });
    said || matches!(head.as_slice(), [b'G', b'G', b'U', b'F', 0, ..])
}

/// The folder that all members are in, with the slash behind it.
pub(crate) fn root_of(facts: &Facts) -> String {
    let mut members =
        facts.readings.iter().map(|reading| &*reading.member).filter(|member| !member.is_empty());
    let first = members.next().and_then(|first| Some(first.split_at(first.find('/')? + 1).0));
    let shared = first.filter(|root| members.all(|member| member.starts_with(root)));
    shared.unwrap_or_default().to_owned()
}

/// The path of a member below the folder that all are in.
pub(crate) fn below<'a>(root: &str, member: &'a str) -> &'a str {
    member.strip_prefix(root).unwrap_or(member)
}

impl Version {
    /// What is kept; parts are read when the other revision has other bytes.
    pub(crate) fn new(
        path: &str,
        size: u64,
        sha256: Option<Digest>,
        tensors: Vec<Held>,
        facts: &Facts,
    ) -> Self {
        let outer = facts.readings.iter().filter(|reading| reading.member.is_empty());
        let formats = outer.filter_map(|reading| reading.format).collect();
        Self { size, sha256, root: root_of(facts), formats, tensors, ..Self::unreadable(path) }
    }

    /// A file that could not be opened.
    pub(crate) fn unreadable(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            size: 0,
            sha256: None,
            mark: None,
            root: String::new(),
            formats: Vec::new(),
            parts: Vec::new(),
            tensors: Vec::new(),
            adapter: None,
        }
    }

    /// What `adapter_config.json` says, when this is one.
    pub(crate) fn read_adapter(&mut self, input: &Input) {
        if self.path.rsplit('/').next() == Some("adapter_config.json") {
            let text = input.read(0, LONGEST_ADAPTER).ok();
            self.adapter = text.and_then(|text| serde_json::from_slice(&text).ok());
        }
    }

    /// Keeps what is compared of every part.
    pub(crate) fn read_parts(&mut self, facts: &Facts, inputs: &[Input], budget: &Budget) {
        for (reading, input) in facts.readings.iter().zip(inputs) {
            let whole: &str = if reading.member.is_empty() { &self.path } else { &reading.member };
            let name = whole.rsplit(['/', '!']).next().unwrap_or(whole).to_lowercase();
            let format = reading.format.unwrap_or_default();
            // Python runs it by its name, with characters in it that make it no text.
            let is_python = format.is_empty()
                && formats::python::FORMAT
                    .extensions
                    .iter()
                    .any(|ending| name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.')));
            let format = if is_python { formats::python::FORMAT.id } else { format };
            self.parts.push(Part {
                member: Arc::clone(&reading.member),
                format,
                size: reading.size,
                sha256: if reading.member.is_empty() { self.sha256 } else { part_digest(input, budget) },
                content: content::read(input, format, &name, budget),
                holds_tensors: false,
                names: BTreeSet::new(),
                packages: BTreeMap::new(),
                metadata: content::Settings::new(),
                licences: Vec::new(),
                card: None,
                cell_ids: if format == notebook::FORMAT.id { cells::ids(input, budget) } else { Vec::new() },
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
                // Settings and vocabularies are read again, with all that they hold.
                What::Metadata { key, value } if matches!(part.content, Content::Other) => {
                    let known = part.metadata.entry(key.clone()).or_default();
                    known.push_str(if known.is_empty() { "" } else { ", " });
                    known.push_str(value);
                    continue;
                }
                What::Package(package) => {
                    let (index, ecosystem, name) = (false, package.ecosystem, package.name.clone());
                    let asked = Asked { index, ecosystem, name };
                    part.packages.entry(asked).or_default().insert(Package::of(package));
                    continue;
                }
                What::PackageIndex(index) => {
                    let place = match (index.unchecked, index.extra) {
                        (true, _) => "unchecked",
                        (_, true) => "extra",
                        _ => "",
                    };
                    let asked = Asked { index: true, ecosystem: index.ecosystem, name: index.index.clone() };
                    let said =
                        Package { version: String::new(), place: place.to_owned(), hashes: Vec::new() };
                    part.packages.entry(asked).or_default().insert(said);
                    continue;
                }
                What::Licence(licence) => {
                    part.licences.push(licence.clone());
                    continue;
                }
                What::Card(card) => {
                    part.card = Some(card.clone());
                    continue;
                }
                What::Tensor(_) => {
                    part.holds_tensors = true;
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
