//! Graphs of OpenVINO, objects of R, and TorchScript and packages of torch against those who write and read them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Seek as _, SeekFrom};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::Coverage;
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
            assert_eq!(reading.coverage, Coverage::Inspected, "{why}");
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

/// Tensors by their names, with type, shape and the digest of their bytes.
fn tensors(facts: &Facts, file: &std::path::Path) -> BTreeMap<String, Value> {
    let mut bytes = Vec::new();
    std::fs::File::open(file).unwrap().read_to_end(&mut bytes).unwrap();
    let told = facts.tensors().map(|(_, tensor)| {
        let start = usize::try_from(tensor.start).unwrap();
        let held = &bytes[start..start + usize::try_from(tensor.length).unwrap()];
        let digest: String = Sha256::digest(held).iter().map(|byte| format!("{byte:02x}")).collect();
        (tensor.name.clone(), json!({ "type": tensor.dtype, "shape": tensor.shape, "sha256": digest }))
    });
    told.collect()
}

#[test]
fn scripts_of_torch_are_what_torch_says() {
    for reference in files("torchscript-library") {
        let (facts, findings) = reference.inspect();
        assert_ordinary(&reference.path, &findings, &[]);
        for reading in &facts.readings {
            let why = format!("{}: {:?}", reference.path, reading.coverage);
            assert!(!matches!(reading.coverage, Coverage::NotInspected { .. }), "{why}");
        }
        // Classes of native code are not operators, and what is of the language itself is not told apart by its writer.
        let found: BTreeSet<_> = facts
            .operators()
            .filter(|(_, one)| !one.domain.starts_with("classes.") && one.domain != "prim")
            .map(|(_, one)| match &*one.domain {
                "" => format!("aten::{}", one.name),
                domain => format!("{domain}::{}", one.name),
            })
            .collect();
        assert_eq!(json!(found), reference.expected["operators"], "{}", reference.path);
        // Others are constants, and weights under a second name.
        let found = tensors(&facts, &reference.file);
        for (name, tensor) in reference.expected["tensors"].as_object().unwrap() {
            assert_eq!(found.get(name), Some(tensor), "{}: {name}", reference.path);
        }
    }
}

#[test]
fn packages_of_torch_are_what_torch_says() {
    for reference in files("torch-package") {
        let (facts, findings) = reference.inspect();
        let found = |key: &str| -> Vec<_> {
            facts.metadata().filter(|(_, found, _)| *found == key).map(|(.., value)| value).collect()
        };
        assert_eq!(json!(found("source")), reference.expected["sources"], "{}", reference.path);
        let mut imported: Vec<_> = found("extern_modules")[0].split(", ").collect();
        imported.sort_unstable();
        assert_eq!(json!(imported), reference.expected["imported"], "{}", reference.path);
        assert_eq!(
            json!(tensors(&facts, &reference.file)),
            reference.expected["tensors"],
            "{}",
            reference.path
        );
        // A source in it is what the finding is about, and is not inspected.
        let fired: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        let wanted = if found("source").is_empty() { &[][..] } else { &["package-carries-source"] };
        assert_eq!(fired, wanted, "{}", reference.path);
    }
}
