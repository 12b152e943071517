//! HDF5: every dataset with its type, shape and place, and every attribute.

use std::collections::BTreeMap;

use serde_json::json;
use weighbridge_domain::facts::Coverage;

use super::{assert_ordinary, files};

#[test]
fn hdf5_is_what_h5py_says() {
    for file in files("hdf5") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let reading = &facts.readings[0];
        assert_eq!(
            (reading.format, &reading.coverage),
            (Some("hdf5"), &Coverage::Inspected),
            "{}",
            file.path
        );
        let expected = file.expected["datasets"].as_object().unwrap();
        let found: BTreeMap<_, _> = facts
            .tensors()
            .filter(|(place, _)| place.reading.member.is_empty())
            .map(|(_, tensor)| {
                // Where a compact dataset lies in its header, h5py does not say.
                let known = expected.get(&tensor.name).is_none_or(|expected| !expected["start"].is_null());
                let start = known.then_some(tensor.start);
                let rest = json!({"dtype": tensor.dtype, "shape": tensor.shape, "start": start, "length": tensor.length});
                (tensor.name.clone(), rest)
            })
            .collect();
        for (name, expected) in expected {
            assert_eq!(found.get(name), Some(expected), "{}: {name}", file.path);
        }
        assert_eq!(found.len(), expected.len(), "{}", file.path);

        let expected = file.expected["attributes"].as_object().unwrap();
        let found: BTreeMap<_, _> = facts
            .metadata()
            .filter(|(place, ..)| place.format() == "hdf5" && place.reading.member.is_empty())
            .map(|(_, key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        for (key, expected) in expected {
            // Of long texts the beginning is kept.
            let expected = expected.as_str().unwrap();
            let kept = expected.get(..16 << 10).unwrap_or(expected);
            assert_eq!(found.get(key).map(String::as_str), Some(kept), "{}: {key}", file.path);
        }
        assert_eq!(found.len(), expected.len(), "{}", file.path);
    }
}
