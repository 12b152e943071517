//! TensorFlow's graphs and checkpoints: every operator with its number, every function, constant and tensor.

use std::collections::BTreeMap;
use std::fs::File;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::{Coverage, What};
use weighbridge_inspect::Facts;
use weighbridge_inspect::input::Input;

use super::{Reference, assert_ordinary, files};

/// The paths of the machine that a graph for training was made on.
const ALLOWED: [&str; 1] = ["reference-escape"];

fn inspect(reference: &Reference) -> Facts {
    let (facts, findings) = reference.inspect();
    assert_ordinary(&reference.path, &findings, &ALLOWED);
    let format = facts.readings[0].format;
    assert_eq!(format, reference.expected["format"].as_str(), "{}", reference.path);
    for reading in &facts.readings {
        assert_eq!(reading.coverage, Coverage::Inspected, "{}", reference.path);
    }
    facts
}

fn compare_graphs(format: &str) {
    for reference in files(format) {
        let facts = inspect(&reference);
        let mut operators: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, operator) in facts.operators() {
            assert_eq!(operator.dialect, "tensorflow");
            *operators.entry(&operator.name).or_default() += operator.count;
        }
        assert_eq!(json!(operators), reference.expected["operators"], "{}", reference.path);
        let functions: BTreeMap<_, _> = facts
            .metadata()
            .filter_map(|(_, key, value)| Some((key.strip_prefix("functions.")?, value)))
            .map(|(name, nodes)| (name, nodes.split(' ').next().unwrap().parse::<u64>().unwrap()))
            .collect();
        assert_eq!(json!(functions), reference.expected["functions"], "{}", reference.path);
        let mut constants: Vec<_> =
            facts.tensors().map(|(_, tensor)| json!([tensor.name, tensor.dtype, tensor.shape])).collect();
        constants.sort_by_key(|constant| constant[0].to_string());
        let mut expected = reference.expected["constants"].as_array().unwrap().clone();
        expected.sort_by_key(|constant| constant[0].to_string());
        assert_eq!(constants, expected, "{}", reference.path);
        let assets = facts.references().filter(|(_, reference)| reference.role == "asset");
        let assets: Vec<_> = assets.map(|(_, asset)| asset.target.strip_prefix("assets/").unwrap()).collect();
        let expected = reference.expected.get("assets").cloned().unwrap_or(json!([]));
        assert_eq!(json!(assets), expected, "{}", reference.path);
    }
}

#[test]
fn saved_models_are_what_tensorflow_says() {
    compare_graphs("tensorflow-saved-model");
}

#[test]
fn frozen_graphs_are_what_tensorflow_says() {
    compare_graphs("tensorflow-graph");
}

#[test]
fn meta_graphs_are_what_tensorflow_says() {
    compare_graphs("tensorflow-meta-graph");
}

#[test]
fn graphs_as_text_are_what_tensorflow_says() {
    compare_graphs("tensorflow-text");
}

#[test]
fn checkpoints_hold_the_tensors_that_tensorflow_reads() {
    for reference in files("tensorflow-checkpoint") {
        let facts = inspect(&reference);
        let folder = reference.file.parent().unwrap();
        let mut expected = reference.expected["tensors"].as_object().unwrap().clone();
        // What is in pieces is told piece by piece.
        let mut pieces: BTreeMap<String, u64> = BTreeMap::new();
        for (_, external) in facts.external_tensors() {
            let tensor = &external.tensor;
            if let Some((name, _)) = tensor.name.split_once(" (piece ") {
                *pieces.entry(name.to_owned()).or_default() += tensor.length;
                continue;
            }
            let wanted = expected.remove(&tensor.name).unwrap();
            let described = json!({"dtype": tensor.dtype, "shape": tensor.shape});
            assert_eq!(described["dtype"], wanted["dtype"], "{}: {}", reference.path, tensor.name);
            assert_eq!(described["shape"], wanted["shape"], "{}: {}", reference.path, tensor.name);
            let data = Input::file(File::open(folder.join(&external.file)).unwrap()).unwrap();
            let data = data.read(tensor.start, tensor.length).unwrap();
            if wanted["dtype"] != "DT_STRING" {
                let digest: String = Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(json!(tensor.length), wanted["length"], "{}: {}", reference.path, tensor.name);
                assert_eq!(json!(digest), wanted["sha256"], "{}: {}", reference.path, tensor.name);
            }
        }
        for (name, length) in pieces {
            let wanted = expected.remove(&name).unwrap();
            assert_eq!(json!(length), wanted["length"], "{}: {name}", reference.path);
        }
        assert!(expected.is_empty(), "{}: {expected:?}", reference.path);
    }
}

#[test]
fn lists_of_checkpoints_and_fingerprints_are_read() {
    for reference in files("tensorflow-checkpoint-state") {
        let facts = inspect(&reference);
        let of = |wanted: &str| -> Vec<Value> {
            let all = facts.iter().filter_map(|(_, what)| match what {
                What::Setting { key, value } if key == wanted => Some(json!(value)),
                _ => None,
            });
            all.collect()
        };
        assert_eq!(of("model_checkpoint_path"), [reference.expected["newest"].clone()]);
        assert_eq!(json!(of("all_model_checkpoint_paths")), reference.expected["all"]);
    }
    for reference in files("tensorflow-fingerprint") {
        let facts = inspect(&reference);
        let found: BTreeMap<_, _> = facts.metadata().map(|(_, key, value)| (key, value)).collect();
        assert_eq!(json!(found["saved_model_checksum"]), reference.expected["checksum"]);
        assert_eq!(json!(found["uuid"]), reference.expected["uuid"]);
    }
}
