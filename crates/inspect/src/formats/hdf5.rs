//! HDF5: groups, datasets and attributes behind addresses. Every structure is read, and no element of a tensor.
//! Specification: HDF5 File Format Specification 3.0; where it is silent, the library `libhdf5`.

mod array;
mod attribute;
mod chunks;
mod dataset;
mod datatype;
mod fields;
mod fractal;
mod group;
mod header;
mod heap;
mod source;
mod tree;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layout::name;
use super::streams::embed_if_known;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;
use fields::Sizes;
use group::Target;
use header::{CACHE_IMAGE, DATATYPE, DRIVER, LAYOUT, LINK, LINK_INFO, SYMBOL_TABLE};
use source::{By, Flaw, Read, Source};

pub(crate) use source::checksum;

/// HDF5, and so Keras `.h5`.
pub static FORMAT: Format = Format {
    id: "hdf5",
    title: "HDF5",
    extensions: &["h5", "hdf5", "hdf"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Superblocks 0 to 3 at any of the places where the library looks for one, both kinds of headers of objects, \
           groups of both kinds, attributes, types, shapes, and every layout and index of chunks: each dataset with its \
           type, shape and place, and the attributes as metadata. Bounds, overlaps, checksums and loops are checked. \
           Links into other files, external storage and sources of virtual datasets are references. A Keras model in an \
           attribute is inspected as JSON; values that are pickles or files of their own are inspected as such, and so are \
           datasets of bytes, those that Deflate packed by their first chunk. Not read, and reported as not inspected: \
           files in several parts, tables of shared messages, cache images, packed lists of bytes, and bytes packed in \
           other ways.",
    recognise,
    read,
    samples: samples::hdf5::ordinary,
};

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// How deeply groups are nested in ordinary files, and where reading ends.
const ORDINARY_DEPTH: usize = 64;
const MOST_DEPTH: usize = 1000;

/// How many links the library follows to reach an object.
const MOST_LINKS: usize = 16;

/// The first of the places where the library looks for the signature and finds it.
fn signature(input: &crate::input::Input) -> Option<u64> {
    let places = std::iter::successors(Some(0_u64), |at| Some(at.checked_mul(2)?.max(512)));
    let found = |at: &u64| input.read(*at, 8).is_ok_and(|bytes| bytes == SIGNATURE);
    places.take_while(|at| *at < input.len()).find(found)
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    match signature(probe.input) {
        // The first member of a tar stands there too, and is inspected as a member.
        Some(512) if probe.has_at(257, b"ustar") => Recognition::No,
        found => Recognition::certain_if(found.is_some()),
    }
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let Some(base) = signature(&visit.input) else {
        return Err(Fault::Unparsable("no signature".to_owned()));
    };
    if base > 0 {
        let front = visit.input.slice(0, base);
        embed_if_known(visit, "leading-bytes", front)?;
    }
    let sizes = Sizes { offset: 8, length: 8 };
    let mut source = Source::new(visit, base, sizes);
    let mut tensors = Vec::new();
    if let Err(flaw) = whole(&mut source, &mut tensors) {
        source.note(flaw, "")?;
    }
    source.settle()?;
    let Source { visit, mut notes, .. } = source;
    // Opaque elements were looked into one by one: pandas keeps pickles there.
    let plain = tensors.iter().map(|(tensor, _)| tensor).filter(|tensor| !tensor.dtype.starts_with("|V"));
    notes.disguised(visit, plain.map(|tensor| (tensor.start, tensor.length)))?;
    for (tensor, scattered) in tensors {
        let start = tensor.start;
        visit.fact(start, What::Tensor(tensor));
        if scattered {
            visit.fact(start, What::Scattered);
        }
    }
    Ok(())
}

/// Each with whether its bytes do not lie together.
type Tensors = Vec<(Tensor, bool)>;

/// Reads everything.
fn whole(source: &mut Source<'_, '_>, tensors: &mut Tensors) -> Read<()> {
    let (root, extension) = superblock(source)?;
    if let Some(extension) = extension {
        for message in header::messages(source, extension)? {
            let why = match message.kind {
                DRIVER => "it is one part of a file in several parts",
                CACHE_IMAGE => "its structure is kept a second time, in an image that was not read",
                _ => continue,
            };
            source.visit.incomplete(why);
        }
    }
    let Some(root) = root else {
        let at = source.position(0);
        return Err(Flaw::bad(at, Kind::BadValue, "it has no root"));
    };
    walk(source, root, tensors)
}

/// Reads the superblock: the address of the root, and of more about the file.
fn superblock(source: &mut Source<'_, '_>) -> Read<(Option<u64>, Option<u64>)> {
    const WHAT: &str = "superblock";
    let at = source.base;
    let room = source.visit.input.len().saturating_sub(at).min(128);
    let bytes = source.peek(0, room, WHAT)?;
    let mut fields = source.fields(&bytes, 0);
    fields.skip(8)?;
    let version = fields.u8()?;
    if version > 3 {
        return Err(Flaw::unread(format!("version {version} of the superblock")));
    }
    let older = version < 2;
    if older {
        fields.skip(4)?;
    }
    let sizes = Sizes { offset: fields.u8()?.into(), length: fields.u8()?.into() };
    if ![2, 4, 8].contains(&sizes.offset) || ![2, 4, 8].contains(&sizes.length) {
        let detail = format!("addresses of {} and lengths of {} bytes", sizes.offset, sizes.length);
        return Err(Flaw::bad(at, Kind::BadValue, detail));
    }
    source.sizes = sizes;
    fields.sizes = sizes;
    fields.skip(if older { 9 } else { 1 })?;
    if version == 1 {
        fields.skip(4)?;
    }
    let recorded = fields.offset()?;
    let second = fields.offset()?;
    let end = fields.offset()?;
    let (root, extension, length);
    if older {
        if fields.offset()?.is_some() {
            source.visit.incomplete("it is one part of a file in several parts");
        }
        fields.skip(sizes.offset as u64)?;
        root = fields.offset()?;
        fields.skip(24)?;
        extension = None;
        length = fields.at().saturating_sub(at);
    } else {
        root = fields.offset()?;
        extension = second;
        fields.skip(4)?;
        length = fields.at().saturating_sub(at);
        let checked = usize::try_from(length).ok().and_then(|length| bytes.get(..length));
        source.checksum(0, checked.unwrap_or_default(), WHAT);
    }
    source.claim(0, length, By::Structure(WHAT))?;
    // A file that something was put in front of, after it was written, has an older beginning recorded; readers then
    // count from where the signature is.
    let shift = recorded.map_or(0, |recorded| at.saturating_sub(recorded));
    ends(source, end, shift)?;
    Ok((root, extension))
}

/// Compares the recorded end with that of the file.
fn ends(source: &mut Source<'_, '_>, end: Option<u64>, shift: u64) -> Read<()> {
    let size = source.visit.input.len();
    let Some(end) = end.and_then(|end| end.checked_add(shift)) else {
        return Err(Flaw::bad(source.base, Kind::BadValue, "it does not say where it ends"));
    };
    if end > size {
        let detail = format!("the file is recorded to end at {end}, but ends at {size}");
        source.problem(size, Kind::Truncated, detail);
        source.visit.incomplete("it is shorter than recorded");
    } else if end >= source.base {
        source.notes.behind(source.visit, end..size, 1)?;
    }
    Ok(())
}

/// An object that waits to be read.
struct Waiting {
    address: u64,
    path: String,
    depth: usize,
    /// Position of the link that led there.
    at: u64,
}

/// Reads every object that can be reached, nearest first.
fn walk(source: &mut Source<'_, '_>, root: u64, tensors: &mut Tensors) -> Read<()> {
    let mut seen: HashMap<u64, String> = HashMap::new();
    let mut paths: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let at = source.position(root);
    let mut queue = VecDeque::from([Waiting { address: root, path: "/".to_owned(), depth: 0, at }]);
    while let Some(object) = queue.pop_front() {
        source.visit.budget.tick()?;
        if let Some(before) = seen.get(&object.address) {
            let inside = before == "/" || object.path.starts_with(&format!("{before}/"));
            if inside {
                let detail = format!("the link `{}` leads back to a group that holds it", name(&object.path));
                source.problem(object.at, Kind::BadValue, detail);
            }
            continue;
        }
        source
            .notes
            .remember(source.visit, (object.path.len() as u64).saturating_mul(2).saturating_add(128))?;
        seen.insert(object.address, object.path.clone());
        let found = match one(source, &object, tensors) {
            Ok(links) => links,
            Err(flaw) => {
                source.note(flaw, &object.path)?;
                continue;
            }
        };
        let depth = object.depth.saturating_add(1);
        if !found.is_empty() && depth == ORDINARY_DEPTH {
            let detail = format!("groups are nested more than {ORDINARY_DEPTH} levels deep");
            source.problem(object.at, Kind::TooDeep, detail);
        }
        let mut names = HashSet::new();
        for link in found {
            let group = object.path.trim_end_matches('/');
            let path = format!("{group}/{}", link.name);
            if link.name.is_empty() || link.name.contains('/') || link.name == "." {
                let detail = format!("a link is called `{}`", name(&link.name));
                source.problem(link.at, Kind::BadValue, detail);
            }
            if !names.insert(link.name) {
                let detail = format!("two links are called `{}`", name(&path));
                source.problem(link.at, Kind::Duplicate, detail);
            }
            match link.to {
                Target::Object(_) if depth > MOST_DEPTH => {
                    source.visit.incomplete("its groups are nested too deeply");
                }
                Target::Object(address) => {
                    source.notes.remember(source.visit, (path.len() as u64).saturating_add(96))?;
                    queue.push_back(Waiting { address, path, depth, at: link.at });
                }
                Target::Path(to) => {
                    let whole = if to.starts_with('/') { to } else { format!("{group}/{to}") };
                    let bytes = whole.len().saturating_add(path.len()) as u64;
                    source.notes.remember(source.visit, bytes.saturating_add(128))?;
                    paths.insert(path, (link.at, whole));
                }
                Target::External { file } => {
                    attribute::reference(source, link.at, "external link", &file, None)?;
                }
                Target::Other(kind) => {
                    let detail = format!(
                        "the link `{}` is of the kind {kind}, which only a program can follow",
                        name(&path)
                    );
                    source.problem(link.at, Kind::BadValue, detail);
                }
            }
        }
    }
    circles(source, &paths)
}

/// Reads one object: the links of a group; the tensor of a dataset is added.
fn one(source: &mut Source<'_, '_>, object: &Waiting, tensors: &mut Tensors) -> Read<Vec<group::Link>> {
    let messages = header::messages(source, object.address)?;
    attribute::attributes(source, &messages, &object.path)?;
    let has = |kind: u16| messages.iter().any(|message| message.kind == kind);
    if has(LAYOUT) {
        let tensor = dataset::dataset(source, &messages, object.path.trim_start_matches('/'))?;
        source.notes.remember_tensor(source.visit, &tensor.0)?;
        tensors.push(tensor);
    } else if !has(LINK) && !has(LINK_INFO) && !has(SYMBOL_TABLE) && !has(DATATYPE) {
        source.visit.incomplete(format!("`{}` is of no kind that is known", name(&object.path)));
    }
    group::links(source, &messages)
}

/// Soft links that lead in a circle.
fn circles(source: &mut Source<'_, '_>, paths: &BTreeMap<String, (u64, String)>) -> Read<()> {
    for (path, (at, to)) in paths {
        source.visit.budget.tick()?;
        let mut to = to.as_str();
        for _ in 0..MOST_LINKS {
            if to == path {
                let detail = format!("the link `{}` leads back to itself", name(path));
                source.problem(*at, Kind::BadValue, detail);
                break;
            }
            let Some((_, next)) = paths.get(to) else { break };
            to = next;
        }
    }
    Ok(())
}
