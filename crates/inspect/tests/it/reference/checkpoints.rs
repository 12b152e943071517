//! Flax and MXNet: every array, every operator.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::input::Input;

use super::{Reference, files};

/// Every array of a file: its name, type, shape and bytes.
fn compare_arrays(file: &Reference, format: &str) {
    let (facts, findings) = file.inspect();
    assert!(findings.is_empty(), "{}: {findings:?}", file.path);
    assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
    assert_eq!(facts.readings[0].format, Some(format), "{}", file.path);
    let input = Input::file(std::fs::File::open(&file.file).unwrap()).unwrap();
    let arrays: BTreeMap<&str, Value> = facts
        .tensors()
        .map(|(_, tensor)| {
            let bytes = input.read(tensor.start, tensor.length).unwrap();
            let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let array = json!({ "dtype": tensor.dtype, "shape": tensor.shape, "sha256": digest });
            (tensor.name.as_str(), array)
        })
        .collect();
    assert_eq!(json!(arrays), file.expected["tensors"], "{}", file.path);
}

#[test]
fn arrays_of_flax_are_those_that_flax_reads() {
    for file in files("flax") {
        compare_arrays(&file, "flax");
    }
}

#[test]
fn arrays_of_mxnet_are_those_that_mxnet_reads() {
    for file in files("mxnet-params") {
        compare_arrays(&file, "mxnet-params");
    }
}

#[test]
fn operators_of_mxnet_are_those_of_its_graphs() {
    for file in files("mxnet") {
        let (facts, findings) = file.inspect();
        assert!(findings.is_empty(), "{}: {findings:?}", file.path);
        assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
        assert_eq!(facts.readings[0].format, Some("mxnet"), "{}", file.path);
        let used: BTreeMap<&str, u64> =
            facts.operators().map(|(_, operator)| (operator.name.as_str(), operator.count)).collect();
        assert_eq!(json!(used), file.expected["operators"], "{}", file.path);
    }
}
