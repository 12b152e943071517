//! Files of one model that contradict each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use weighbridge_domain::facts::{Coverage, What};
use weighbridge_domain::{Confidence, Severity};

use super::shard_missing::{Part, base, sets};
use crate::facts::{Facts, Place};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{File, one, tensor};

/// Files of one model that contradict each other.
pub static RULE: Rule = Rule {
    id: "shard-contradiction",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The files of a model do not agree on what is in which of them",
    why: "Loaders differ in which of the descriptions they follow: a tensor that the index does not name, or that is in \
          two files, is loaded by some and not by others. A total that does not add up, a tensor in a file that the \
          index does not give it to, and a part whose name does not say its number are low.",
    advice: "Find out which of the files was changed, and ask for a model whose files were written together.",
    references: &["CWE-345", "CWE-436", "AML.T0018"],
    examples: &[
        Example { name: "index", files: || index(&[("a", 1)], &[("b", 1)], 2), fires: &[] },
        Example {
            name: "index-without-tensor",
            files: || index(&[("c", 1)], &[("b", 1)], 2),
            fires: &["shard-contradiction"],
        },
        Example {
            name: "tensor-without-index",
            files: || index(&[("a", 1), ("c", 1)], &[("b", 1)], 2),
            fires: &["shard-contradiction"],
        },
        Example {
            name: "tensor-in-two-files",
            files: || index(&[("a", 1)], &[("b", 1), ("a", 1)], 2),
            fires: &["shard-contradiction"],
        },
        Example {
            name: "total",
            files: || index(&[("a", 1)], &[("b", 1)], 3),
            fires: &["shard-contradiction"],
        },
        Example { name: "split", files: || split(["1-of-00002", "2-of-00002"], [0, 1], 2), fires: &[] },
        Example {
            name: "split-number",
            files: || split(["1-of-00002", "2-of-00002"], [1, 0], 2),
            fires: &["shard-contradiction"],
        },
        Example {
            name: "split-twice",
            files: || split(["1-of-00002", "2-of-00002"], [0, 0], 2),
            fires: &["shard-contradiction", "shard-missing"],
        },
        Example {
            name: "split-tensors",
            files: || split(["1-of-00002", "2-of-00002"], [0, 1], 3),
            fires: &["shard-contradiction"],
        },
        Example {
            name: "split-count",
            files: || split(["1-of-00003", "2-of-00003"], [0, 1], 2),
            fires: &["shard-contradiction"],
        },
    ],
    check: Check::Folder(check),
};

/// An index that gives `a` to the first of two files and `b` to the second.
fn index(first: &[(&str, usize)], second: &[(&str, usize)], total: u64) -> Vec<File> {
    let text = format!(
        r#"{{"metadata":{{"total_size":{total}}},"weight_map":{{"a":"model-1.safetensors","b":"model-2.safetensors"}}}}"#
    );
    let mut files = one("model.safetensors.index.json", text);
    for (number, tensors) in [(1, first), (2, second)] {
        let mut at = 0;
        let mut entries = Vec::new();
        for (name, length) in tensors {
            let end = at + length;
            entries
                .push(format!(r#""{name}":{{"dtype":"U8","shape":[{length}],"data_offsets":[{at},{end}]}}"#));
            at = end;
        }
        let header = format!("{{{}}}", entries.join(","));
        files.push((format!("model-{number}.safetensors"), tensor::safetensors(&header, at)));
    }
    files
}

/// Two parts with these names and numbers that say how many tensors they have together; they have two.
fn split(names: [&str; 2], numbers: [u16; 2], tensors: u8) -> Vec<File> {
    let part = |(name, number): (&str, u16)| {
        let gguf = tensor::Gguf::new()
            .text("general.architecture", "llama")
            .raw(b"split.no", 2, &number.to_le_bytes())
            .raw(b"split.count", 2, &[2, 0])
            .raw(b"split.tensors.count", 5, &[tensors, 0, 0, 0])
            .tensor(name, &[8], 0, 32);
        (format!("model-0000{name}.gguf"), gguf.build())
    };
    names.into_iter().zip(numbers).map(part).collect()
}

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let mut named: HashMap<&str, (&str, &Facts)> = HashMap::new();
    for (path, facts) in files {
        named.entry(base(path)).or_insert((path, facts));
    }
    for (path, facts) in files {
        compare(path, facts, &named, findings);
    }
    for set in sets(files).values() {
        compare_parts(set, findings);
    }
}

/// Compares an index with the files it names.
fn compare(path: &str, index: &Facts, files: &HashMap<&str, (&str, &Facts)>, findings: &mut Findings<'_>) {
    let mut shards: BTreeMap<&str, BTreeMap<&str, Place<'_>>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for (place, what) in index.iter() {
        if let What::Shard { tensor, file } = what {
            shards.entry(file).or_default().insert(tensor, place);
            named.insert(tensor.as_str());
        }
    }
    let mut total = Some(0_u64);
    for (file, tensors) in &shards {
        let shard = files.get(file).filter(|(_, shard)| is_known(shard));
        let Some((shard_path, shard)) = shard else {
            total = None;
            continue;
        };
        let mut there = BTreeSet::new();
        for (place, tensor) in shard.tensors() {
            let name = tensor.name.as_str();
            there.insert(name);
            total = total.and_then(|total| total.checked_add(tensor.length));
            if tensors.contains_key(name) {
                continue;
            }
            let (message, severity) = if named.contains(name) {
                (
                    format!("`{name}` is in this file, but `{}` gives it to another", base(path)),
                    Severity::Medium,
                )
            } else {
                (format!("`{name}` is in this file, but not in `{}`", base(path)), Severity::Medium)
            };
            findings.add_in((*shard_path).to_owned(), place, message).severity = severity;
        }
        for (name, place) in tensors.iter().filter(|(name, _)| !there.contains(*name)) {
            findings.add_in(path.to_owned(), *place, format!("`{name}` is not in `{file}`"));
        }
    }
    let said = index.metadata().find(|(_, key, _)| *key == "total_size");
    if let (Some((place, _, said)), Some(total), false) = (said, total, shards.is_empty())
        && said.parse() != Ok(total)
    {
        let message = format!("`total_size` is {said}, but the tensors have {total} bytes");
        findings.add_in(path.to_owned(), place, message).severity = Severity::Low;
    }
}

/// All of its tensors are known.
fn is_known(facts: &Facts) -> bool {
    facts
        .parts()
        .any(|place| place.format() == "safetensors" && place.reading.coverage == Coverage::Inspected)
}

/// Compares the parts of a set with their names and with each other.
fn compare_parts(set: &[Part<'_>], findings: &mut Findings<'_>) {
    let mut numbers = BTreeMap::new();
    for part in set {
        let agrees = part.named.is_none_or(|named| named == (part.number.saturating_add(1), part.count));
        if !agrees || part.number >= part.count {
            let number = part.number.saturating_add(1);
            let message = format!("it says it is part {number} of {}, but its name does not", part.count);
            findings.add_in(part.path.to_owned(), part.place, message).severity = Severity::Low;
        }
        if let Some(other) = numbers.insert(part.number, part.path) {
            let message = format!("`{}` says it is the same part", base(other));
            findings.add_in(part.path.to_owned(), part.place, message);
        }
    }
    let complete = set.first().is_some_and(|first| numbers.len() as u64 == first.count);
    let total: u64 = set.iter().map(|part| part.facts.tensors().count() as u64).sum();
    for part in set.iter().filter(|_| complete) {
        if let Some(said) = part.tensors.filter(|said| *said != total) {
            let message =
                format!("it says that all parts together have {said} tensors, but they have {total}");
            findings.add_in(part.path.to_owned(), part.place, message);
        }
    }
}
