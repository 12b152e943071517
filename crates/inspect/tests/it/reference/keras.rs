//! Keras: every object that a configuration asks for, and the weights beside it.

use std::collections::BTreeMap;

use serde_json::json;
use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::Facts;

use super::{Reference, assert_ordinary, files};

fn assert_objects(file: &Reference, facts: &Facts) {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for (_, object) in facts.objects() {
        *found.entry(object.name.to_string()).or_default() += object.count;
    }
    assert_eq!(json!(found), file.expected["objects"], "{}", file.path);
    for reading in &facts.readings {
        let member = &reading.member;
        assert_ne!(reading.format, None, "{}!{member}", file.path);
        assert!(matches!(reading.coverage, Coverage::Inspected), "{}!{member}: {reading:?}", file.path);
    }
}

#[test]
fn archives_hold_what_keras_says() {
    for file in files("keras") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_eq!(facts.readings[0].format, Some("keras"), "{}", file.path);
        assert_objects(&file, &facts);
        let version =
            facts.metadata().find(|(place, key, _)| place.format() == "keras" && *key == "keras_version");
        assert_eq!(json!(version.unwrap().2), file.expected["metadata"]["keras_version"], "{}", file.path);
        let found: BTreeMap<_, _> = facts
            .tensors()
            .map(|(place, tensor)| {
                assert_eq!(&*place.reading.member, "model.weights.h5", "{}", file.path);
                let rest = json!({
                    "dtype": tensor.dtype, "shape": tensor.shape, "start": tensor.start, "length": tensor.length,
                });
                (tensor.name.clone(), rest)
            })
            .collect();
        assert_eq!(json!(found), file.expected["datasets"], "{}", file.path);
    }
}

#[test]
fn older_files_and_architectures_hold_what_keras_says() {
    let older = files("hdf5").into_iter().filter(|file| !file.expected["objects"].is_null());
    let mut count = 0;
    for file in older.chain(files("keras-json")).chain(files("keras-metadata")) {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_objects(&file, &facts);
        count += 1;
    }
    assert!(count == 0 || count >= 10, "{count} files");
}
