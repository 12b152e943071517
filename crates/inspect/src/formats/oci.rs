//! Container images: tars as `docker save` and OCI tools write them, their layers, and the documents of an image layout.
//! Specification: OCI Image Format 1.1.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Reference, What};

use super::layout::{self, Notes};
use super::tar::{self, Member};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{oci, one};
use crate::text;
use crate::walk::Visit;

/// A tar of a whole image.
pub static IMAGE: Format = Format {
    id: "oci-image",
    title: "Container image",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["tar"],
    docs: "A tar with `blobs/sha256/` or with a folder for each layer, as `docker save` and OCI tools write it. Every blob is \
           compared with the digest in its name, and the documents with the blobs that are there. Layers and everything else \
           are inspected by their content.",
    recognise: |probe: &Probe<'_>| {
        let is_ours = |name: &[u8]| {
            let first = name.split(|byte| *byte == b'/').next().unwrap_or_default();
            name == b"oci-layout"
                || name.starts_with(b"blobs/sha256/")
                || is_digest(first) && (name.ends_with(b"/VERSION") || name.ends_with(b"/layer.tar"))
        };
        let is_tar = || (tar::FORMAT.recognise)(probe) == Recognition::Certain;
        Recognition::certain_if(tar::names(probe).any(is_ours) && is_tar())
    },
    read: read_image,
    samples: || {
        let mut files = one("image.tar", oci::image(oci::LAYER).build());
        files.extend(one("saved.tar", oci::saved().build()));
        files
    },
};

/// A layer of an image.
pub static LAYER: Format = Format {
    id: "oci-layer",
    title: "Layer of a container image",
    refines: &["tar"],
    docs: "A tar whose name is a digest, in an image also with `.tar` behind it, or `layer.tar`. Everything that is read of a \
           tar; links and special files are those of a system and lead nowhere outside of the image. Members `.wh.*` remove \
           what lower layers have.",
    recognise: |probe: &Probe<'_>| {
        let in_image = probe.path_in("oci-image").and_then(|path| path.strip_suffix(".tar"));
        let digest = in_image.unwrap_or(&probe.name);
        let named = is_digest(digest.as_bytes()) || probe.name == "layer.tar";
        let is_tar = || (tar::FORMAT.recognise)(probe) == Recognition::Certain;
        Recognition::certain_if(named && is_tar() && (IMAGE.recognise)(probe) == Recognition::No)
    },
    read: |visit| {
        let members = tar::read_members(visit)?;
        tar::embed(visit, &members, |_| true)
    },
    samples: || {
        one(&format!("blobs/sha256/{}", oci::digest(&oci::layer(oci::LAYER))), oci::layer(oci::LAYER))
    },
    ..IMAGE
};

/// A document of an image: its index, its manifests.
pub static DOCUMENT: Format = Format {
    id: "oci-manifest",
    title: "Document of a container image",
    carries_code: false,
    refines: &["json"],
    docs: "`index.json` and manifests of an image layout in a folder: the blobs that they name must be there, and no longer \
           than they say. A file in `blobs/sha256` is compared with the digest in its name.",
    recognise: |probe: &Probe<'_>| {
        let named = probe.name == "index.json" || is_digest(probe.name.as_bytes());
        let small = probe.head.len() as u64 == probe.input.len();
        Recognition::certain_if(named && small && document(&probe.head).is_some())
    },
    read: read_document,
    samples: oci::folder,
    ..IMAGE
};

/// 64 hexadecimal digits.
fn is_digest(name: &[u8]) -> bool {
    name.len() == 64 && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The digest that the path of a file in an image layout promises.
pub(crate) fn promised_digest(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/')?;
    let in_layout = folder == "blobs/sha256" || folder.ends_with("/blobs/sha256");
    (in_layout && is_digest(name.as_bytes())).then_some(name)
}

/// What a document names.
#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    config: Option<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
    size: u64,
}

/// The longest document that is read.
const LONGEST: u64 = 4 << 20;

fn document(bytes: &[u8]) -> Option<Document> {
    let document: Document = serde_json::from_slice(bytes).ok()?;
    let names = !document.manifests.is_empty() || !document.layers.is_empty() || document.config.is_some();
    names.then_some(document)
}

fn read_document(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let bytes = visit.input.read(0, LONGEST)?;
    let document = document(&bytes).ok_or_else(|| Fault::Unparsable("it names no blobs".to_owned()))?;
    let folder = if visit.name == "index.json" { "blobs/sha256/" } else { "" };
    let all = document.manifests.into_iter().chain(document.layers).chain(document.config);
    for descriptor in all {
        visit.budget.tick()?;
        let name = descriptor.digest.strip_prefix("sha256:").unwrap_or(&descriptor.digest);
        let target = text::kept(format!("{folder}{name}").as_bytes(), 1024);
        let range = Some((0, descriptor.size));
        visit.fact(0, What::Reference(Reference { role: "image blob", target, range }));
    }
    Ok(())
}

/// What `manifest.json` of `docker save` names.
#[derive(Debug, Deserialize)]
struct Saved {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "Layers")]
    layers: Vec<String>,
}

fn read_image(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let members = tar::read_members(visit)?;
    let mut notes = Notes::default();
    let name = |member: &Member| member.name.trim_start_matches("./").to_owned();
    let mut blobs: BTreeMap<String, u64> = BTreeMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for member in &members {
        notes.remember(visit, 96_u64.saturating_add((member.name.len() as u64).saturating_mul(2)))?;
        names.insert(name(member));
        let content = visit.input.slice(member.data, member.size);
        if let Some(promised) = promised_digest(&name(member)).filter(|_| member.size > 0) {
            blobs.insert(promised.to_owned(), member.size);
            let found = sha256(visit, &content)?.to_string();
            if found != promised {
                let detail = format!("the blob `{promised}` has the digest {found}");
                notes.problem(visit, member.at, Kind::Disagreement, detail);
            }
        }
    }
    for member in members.iter().filter(|member| (1..LONGEST).contains(&member.size)) {
        let own = name(member);
        if own == "manifest.json" {
            let bytes = visit.input.read(member.data, member.size)?;
            for saved in serde_json::from_slice::<Vec<Saved>>(&bytes).unwrap_or_default() {
                for file in saved.layers.iter().chain([&saved.config]).filter(|file| !names.contains(*file)) {
                    let detail = format!("`{}` is named and not in the image", layout::name(file));
                    notes.problem(visit, member.at, Kind::Missing, detail);
                }
            }
        } else if promised_digest(&own).is_some() {
            let bytes = visit.input.read(member.data, member.size)?;
            let Some(document) = document(&bytes) else { continue };
            // An index may name images for other systems, which are left out.
            for Descriptor { digest, size } in document.layers.into_iter().chain(document.config) {
                visit.budget.tick()?;
                let there = digest.strip_prefix("sha256:").and_then(|digest| blobs.get(digest));
                let digest = layout::name(&digest);
                match there {
                    None => {
                        let detail = format!("the blob `{digest}` is named and not in the image");
                        notes.problem(visit, member.at, Kind::Missing, detail);
                    }
                    Some(found) if *found != size => {
                        let detail = format!("the blob `{digest}` has {found} bytes, but {size} are named");
                        notes.problem(visit, member.at, Kind::Disagreement, detail);
                    }
                    Some(_) => {}
                }
            }
        }
    }
    tar::embed(visit, &members, |_| true)
}

fn sha256(visit: &Visit<'_>, content: &Input) -> Result<Digest, Fault> {
    let mut hasher = Sha256::new();
    let mut at = 0_u64;
    loop {
        visit.budget.tick()?;
        let block = content.read(at, 512 << 10)?;
        if block.is_empty() {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(&block);
        at = at.saturating_add(block.len() as u64);
    }
}
