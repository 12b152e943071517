//! `TorchServe`: a zip with a model and the Python code that answers requests with it, told by a manifest.

use std::collections::BTreeMap;

use serde::Deserialize;
use weighbridge_domain::facts::problem::Kind;

use super::layout::{self, Notes};
use super::zip::{self, Directory};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::path;
use crate::samples::{one, torchserve};
use crate::text;
use crate::walk::Visit;

/// Archives of `TorchServe`.
pub static FORMAT: Format = Format {
    id: "torchserve",
    title: "TorchServe archive",
    extensions: &["mar"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["torch", "zip"],
    docs: "A zip with `MAR-INF/MANIFEST.json`. The fields of the manifest are facts, and whether the files that it names are in \
           the archive; every member is inspected by its content.",
    recognise: |probe: &Probe<'_>| {
        Recognition::certain_if(zip::has_member(probe, |member| member == MANIFEST))
    },
    read,
    samples: || one("model.mar", torchserve::archive("image_classifier", &[]).build()),
};

const MANIFEST: &str = "MAR-INF/MANIFEST.json";

/// The longest manifest that is read.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(default)]
    model: BTreeMap<String, serde_json::Value>,
}

/// Fields that name files; several stand between commas in the last two.
const FILES: [&str; 6] =
    ["serializedFile", "modelFile", "requirementsFile", "configFile", "extraFiles", "handler"];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    let mut notes = Notes::default();
    for member in directory.members.iter().filter(|member| member.name == MANIFEST) {
        let Some(content) = zip::open(visit, member)? else { continue };
        let bytes = content.read(0, LONGEST)?;
        match serde_json::from_slice::<Manifest>(&bytes) {
            Ok(manifest) => fields(visit, &mut notes, &directory, member.at, &manifest)?,
            Err(error) => {
                notes.problem(visit, member.at, Kind::Unparsable, format!("the manifest is broken: {error}"));
            }
        }
    }
    zip::embed(visit, &directory, |_| true)
}

fn fields(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    directory: &Directory,
    at: u64,
    manifest: &Manifest,
) -> Result<(), Fault> {
    for key in ["modelName", "handler"] {
        if !manifest.model.contains_key(key) {
            notes.problem(visit, at, Kind::BadValue, format!("the manifest has no `{key}`"));
        }
    }
    for (key, value) in &manifest.model {
        let Some(value) = value.as_str() else { continue };
        notes.metadata(visit, at, key, value)?;
        if !FILES.contains(&key.as_str()) || value.is_empty() {
            continue;
        }
        for file in value.split(',').map(str::trim).filter(|file| !file.is_empty()) {
            // A handler may be the name of one of TorchServe's own, and of a function behind a colon.
            let file = if key == "handler" { file.split(':').next().unwrap_or(file) } else { file };
            if key == "handler" && torchserve_has(file) {
                continue;
            }
            let name = layout::name(file);
            let there = |member: &str| {
                member == file
                    || key == "handler" && member.strip_suffix(".py") == Some(file)
                    || key == "extraFiles" && member.rsplit('/').next() == file.rsplit('/').next()
            };
            if file.contains("://") || path::escape(file).is_some() {
                let detail =
                    format!("its `{key}` is `{}`, which is no file of the archive", text::shown(file, 120));
                notes.problem(visit, at, Kind::OutOfBounds, detail);
            } else if !directory.members.iter().any(|member| there(&member.name)) {
                let detail = format!("its `{key}`, `{name}`, is not in the archive");
                notes.problem(visit, at, Kind::Missing, detail);
            }
        }
    }
    Ok(())
}

/// Handlers that `TorchServe` brings along.
pub(crate) fn torchserve_has(handler: &str) -> bool {
    const OWN: [&str; 5] =
        ["base_handler", "image_classifier", "image_segmenter", "object_detector", "text_classifier"];
    OWN.contains(&handler) || matches!(handler, "text_handler" | "vision_handler" | "request_envelope")
}
