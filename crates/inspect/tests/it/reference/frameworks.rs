//! Graphs of OpenVINO, objects of R and code of TorchScript against those who write and read them.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_inspect::Facts;

use super::{assert_ordinary, files};

/// How often each operator is used, by its set.
fn operators(facts: &Facts) -> BTreeMap<String, u64> {
    facts.operators().map(|(_, one)| (format!("{} {}", one.domain, one.name), one.count)).collect()
}

fn numbers(value: &Value) -> BTreeMap<String, u64> {
    let pairs = value.as_object().unwrap().iter();
    pairs.map(|(name, count)| (name.clone(), count.as_u64().unwrap())).collect()
}

#[test]
fn graphs_of_openvino_are_those_that_openvino_reads() {
    for reference in files("openvino") {
        let (facts, findings) = reference.inspect();
        // Of the sets of operators the file names one for each node; ours are those that are not numbered.
        let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
        for (name, count) in numbers(&reference.expected["operators"]) {
            let (_, kind) = name.split_once(' ').unwrap();
            let kind = match kind {
                "Constant" => "Const",
                "Relu" => "ReLU",
                "Softmax" => "SoftMax",
                kind => kind,
            };
            *wanted.entry(format!(" {kind}")).or_default() += count;
        }
        assert_eq!(operators(&facts), wanted, "{}", reference.path);
        let mut weights = std::fs::File::open(reference.file.with_extension("bin")).unwrap();
        let mut found = serde_json::Map::new();
        for (_, external) in facts.external_tensors() {
            let tensor = &external.tensor;
            let mut bytes = vec![0; usize::try_from(tensor.length).unwrap()];
            weights.seek(SeekFrom::Start(tensor.start)).unwrap();
            weights.read_exact(&mut bytes).unwrap();
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            found.insert(
                tensor.name.clone(),
                json!({ "dtype": tensor.dtype, "shape": tensor.shape, "sha256": digest }),
            );
        }
        assert_eq!(Value::Object(found), reference.expected["constants"], "{}", reference.path);
        assert_ordinary(&reference.path, &findings, &[]);
    }
}

#[test]
fn vectors_of_r_are_those_that_r_says_are_there() {
    for reference in files("r") {
        let (facts, findings) = reference.inspect();
        let found: serde_json::Map<_, _> = facts
            .tensors()
            .map(|(_, one)| (one.name.clone(), json!({ "dtype": one.dtype, "shape": one.shape })))
            .collect();
        assert_eq!(Value::Object(found), reference.expected["vectors"], "{}", reference.path);
        assert_ordinary(&reference.path, &findings, &[]);
    }
}

#[test]
fn models_of_r_are_walked_to_their_end() {
    for reference in files("r-other") {
        let (facts, findings) = reference.inspect();
        assert!(facts.readings.iter().any(|reading| reading.format == Some("r")), "{}", reference.path);
        for reading in &facts.readings {
            let why = format!("{}: {:?}", reference.path, reading.coverage);
            assert_eq!(reading.coverage, weighbridge_domain::facts::Coverage::Inspected, "{why}");
        }
        assert_ordinary(&reference.path, &findings, &[]);
    }
}

#[test]
fn operators_of_torchscript_are_those_in_its_code() {
    for reference in files("torchscript") {
        let (facts, findings) = reference.inspect();
        assert_eq!(operators(&facts), numbers(&reference.expected["operators"]), "{}", reference.path);
        assert_ordinary(&reference.path, &findings, &[]);
    }
}
