//! Checkpoints of JAX's libraries: every array.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::input::Input;

use super::{assert_ordinary, files};

#[test]
fn arrays_of_flax_are_those_that_flax_reads() {
    for file in files("flax") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert!(findings.is_empty(), "{}: {findings:?}", file.path);
        assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
        assert_eq!(facts.readings[0].format, Some("flax"), "{}", file.path);
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
}
