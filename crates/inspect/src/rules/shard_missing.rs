//! A model in several files of which some are not there.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::shard_path_escape::is_plain;
use crate::facts::{Facts, Place, Sort};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, tensor};

/// A model in several files of which some are not there.
pub static RULE: Rule = Rule {
    id: "shard-missing",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model is in several files, and some of them are not there",
    why: "What is not there was not inspected, and a loader may fetch it from elsewhere. When none of the files that an \
          index names is there, only the index was asked for, or the same weights are there in another format: then it \
          is only worth knowing.",
    advice: "Scan the whole model, with all of its files in one folder.",
    references: &["CWE-345"],
    examples: &[
        Example { name: "index", files: || index(&["1"]), fires: &["shard-missing"] },
        Example { name: "index-twin", files: || index(&["1", "2"]), fires: &[] },
        Example { name: "index-alone", files: || index(&[]), fires: &["shard-missing"] },
        Example {
            name: "torch",
            files: || {
                one(
                    "pytorch_model.bin.index.json",
                    r#"{"metadata":{},"weight_map":{"a":"pytorch_model-1.bin"}}"#,
                )
            },
            fires: &["shard-missing"],
        },
        Example { name: "split", files: || split(&[0, 2]), fires: &["shard-missing"] },
        Example { name: "split-twin", files: || split(&[0, 1, 2]), fires: &[] },
    ],
    check: Check::Folder(check),
};

/// An index of two files and those of them that are there.
fn index(there: &[&str]) -> Vec<File> {
    let mut files = one(
        "model.safetensors.index.json",
        r#"{"weight_map":{"t1":"model-1.safetensors","t2":"model-2.safetensors"}}"#,
    );
    for part in there {
        let header = format!(r#"{{"t{part}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
        files.push((format!("model-{part}.safetensors"), tensor::safetensors(&header, 1)));
    }
    files
}

/// Parts of a model in three.
fn split(there: &[u16]) -> Vec<File> {
    let part = |number: &u16| {
        let gguf = tensor::Gguf::new()
            .text("general.architecture", "llama")
            .raw(b"split.no", 2, &number.to_le_bytes())
            .raw(b"split.count", 2, &[3, 0])
            .raw(b"split.tensors.count", 5, &[3, 0, 0, 0])
            .tensor(&format!("t{number}"), &[8], 0, 32);
        (format!("model-0000{}-of-00003.gguf", number + 1), gguf.build())
    };
    there.iter().map(part).collect()
}

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let there: BTreeSet<&str> = files.iter().map(|(path, _)| base(path)).collect();
    for (path, facts) in files {
        let mut named: BTreeMap<&str, Place<'_>> = BTreeMap::new();
        for (place, what) in facts.of(Sort::Shard) {
            if let What::Shard { file, .. } = what
                && is_plain(file)
            {
                named.entry(file).or_insert(place);
            }
        }
        let missing = named.iter().filter(|(file, _)| !there.contains(*file));
        if let Some((_, place)) = named.first_key_value().filter(|_| missing.clone().count() == named.len()) {
            let message = format!("none of the {} files that it names is in the folder", named.len());
            findings.add_in((*path).to_owned(), *place, message).severity = Severity::Info;
            continue;
        }
        for (file, place) in missing {
            findings.add_in((*path).to_owned(), *place, format!("`{file}` is not in the folder"));
        }
    }
    for set in sets(files).into_values() {
        let Some(part) = set.first() else { continue };
        let numbers: BTreeSet<u64> = set.iter().map(|part| part.number).collect();
        let there = numbers.range(..part.count).count() as u64;
        let missing = part.count.saturating_sub(there);
        if let Some(first) = (0..part.count).find(|number| !numbers.contains(number)) {
            let message = format!(
                "{missing} of {} parts are not in the folder, the first is {}",
                part.count,
                first + 1
            );
            findings.add_in(part.path.to_owned(), part.place, message);
        }
    }
}

/// A file that says it is one of a set.
pub(super) struct Part<'a> {
    pub(super) path: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) place: Place<'a>,
    pub(super) number: u64,
    pub(super) count: u64,
    pub(super) tensors: Option<u64>,
    /// Number, from 1, and count in its name.
    pub(super) named: Option<(u64, u64)>,
}

/// Files that say they are parts, by what their names have in common and how many parts there are.
pub(super) fn sets<'a>(files: &[(&'a str, &'a Facts)]) -> BTreeMap<(&'a str, u64), Vec<Part<'a>>> {
    let mut sets: BTreeMap<_, Vec<Part<'_>>> = BTreeMap::new();
    for (path, facts) in files {
        for (place, what) in facts.of(Sort::Split) {
            let What::Split { number, count, tensors } = *what else { continue };
            let (stem, named) =
                parse(base(path)).map_or((base(path), None), |(stem, n, of)| (stem, Some((n, of))));
            let part = Part { path, facts, place, number, count, tensors, named };
            sets.entry((stem, count)).or_default().push(part);
        }
    }
    sets
}

/// `stem-00001-of-00003.gguf`.
fn parse(name: &str) -> Option<(&str, u64, u64)> {
    let (rest, count) = name.strip_suffix(".gguf")?.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, count.parse().ok()?))
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
