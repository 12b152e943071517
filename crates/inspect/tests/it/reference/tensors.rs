//! safetensors, GGUF and numpy arrays: every tensor with its type, shape and place, and the metadata.

use std::collections::BTreeMap;
use std::fs::File;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::{Coverage, Tensor, What};
use weighbridge_inspect::Facts;
use weighbridge_inspect::input::Input;

use super::{assert_ordinary, files};

fn assert_inspected(path: &str, facts: &Facts, format: &str) {
    let reading = &facts.readings[0];
    assert_eq!((reading.format, &reading.coverage), (Some(format), &Coverage::Inspected), "{path}");
}

/// The tensors of the file itself.
fn tensors(facts: &Facts) -> Vec<&Tensor> {
    facts.tensors().filter(|(place, _)| place.reading.member.is_empty()).map(|(_, tensor)| tensor).collect()
}

fn metadata(facts: &Facts) -> BTreeMap<&str, &str> {
    facts.metadata().map(|(_, key, value)| (key, value)).collect()
}

#[test]
fn safetensors_are_what_the_reference_reader_says() {
    for file in files("safetensors") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_inspected(&file.path, &facts, "safetensors");
        let begin = 8 + file.expected["header_size"].as_u64().unwrap();
        let found: BTreeMap<_, _> = tensors(&facts)
            .into_iter()
            .map(|tensor| {
                let offsets = [tensor.start - begin, tensor.start + tensor.length - begin];
                let rest = json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": offsets});
                (tensor.name.clone(), rest)
            })
            .collect();
        assert_eq!(json!(found), file.expected["tensors"], "{}", file.path);
        let expected = &file.expected["metadata"];
        let expected = if expected.is_null() { json!({}) } else { expected.clone() };
        assert_eq!(json!(metadata(&facts)), expected, "{}", file.path);
    }
}

#[test]
fn tensors_of_torch_have_the_names_types_shapes_and_bytes_they_were_saved_with() {
    let mut seen = 0;
    for file in ["torch-zip", "torch-legacy", "torch-library"].into_iter().flat_map(files) {
        let Some(expected) = file.expected.get("tensors") else { continue };
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let input = Input::file(File::open(&file.file).unwrap()).unwrap();
        let found: BTreeMap<_, _> = tensors(&facts)
            .into_iter()
            .map(|tensor| {
                let bytes = input.read(tensor.start, tensor.length).unwrap();
                let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                let rest = json!({"type": tensor.dtype, "shape": tensor.shape, "sha256": digest});
                (tensor.name.clone(), rest)
            })
            .collect();
        assert_eq!(json!(found), *expected, "{}", file.path);
        seen += found.len();
    }
    assert!(seen > 600 || files("torch-zip").is_empty(), "{seen} tensors");
}

#[test]
fn indexes_are_read_whole() {
    for file in files("index") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_inspected(&file.path, &facts, "safetensors-index");
        let shards: BTreeMap<_, _> = facts
            .iter()
            .filter_map(|(_, what)| match what {
                What::Shard { tensor, file } => Some((tensor.clone(), file.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(json!(shards), file.expected["index"]["weight_map"], "{}", file.path);
    }
}

#[test]
fn gguf_is_what_the_reference_reader_says() {
    for file in files("gguf") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_inspected(&file.path, &facts, "gguf");
        let begin = file.expected["data_offset"].as_u64().unwrap();
        let found: Vec<_> = tensors(&facts)
            .into_iter()
            .map(|tensor| {
                json!({
                    "name": tensor.name, "offset": tensor.start - begin, "shape": tensor.shape,
                    "size": tensor.length, "type": tensor.dtype,
                })
            })
            .collect();
        assert_eq!(json!(found), file.expected["tensors"], "{}", file.path);

        let found = metadata(&facts);
        let expected = file.expected["fields"].as_object().unwrap();
        assert_eq!(
            found.keys().copied().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{}",
            file.path
        );
        for (key, field) in expected {
            if key.starts_with("tokenizer.chat_template") {
                let member = format!("{key}.jinja");
                let template = facts.readings.iter().find(|reading| *reading.member == *member);
                let length = field["value"].as_str().unwrap().len() as u64;
                assert_eq!(template.map(|reading| reading.size), Some(length), "{}: {key}", file.path);
                continue;
            }
            let found = found[key.as_str()];
            match &field["value"] {
                Value::String(text) => assert_eq!(found, text, "{}: {key}", file.path),
                Value::Number(number) if field["types"][0].as_str().unwrap().starts_with("FLOAT") => {
                    assert_eq!(found.parse().ok(), number.as_f64(), "{}: {key}", file.path);
                }
                Value::Array(items) if field["types"] == json!(["ARRAY", "STRING"]) && items.len() <= 64 => {
                    let items: Vec<_> = items.iter().map(|item| item.as_str().unwrap()).collect();
                    assert_eq!(found, items.join(", "), "{}: {key}", file.path);
                }
                // Of other arrays only the length is kept, and the reference reader flattens nested ones.
                Value::Array(_) => {
                    assert!(found.starts_with("an array of "), "{}: {key}: {found}", file.path);
                }
                other => assert_eq!(found, other.to_string(), "{}: {key}", file.path),
            }
        }
    }
}

#[test]
fn numpy_arrays_are_what_numpy_says() {
    for file in files("npy") {
        let (facts, findings) = file.inspect();
        let array = &file.expected["array"];
        let objects = file.expected.get("streams").is_some();
        let allowed = if objects { &["numpy-object-array"][..] } else { &["header-too-long"] };
        assert_ordinary(&file.path, &findings, allowed);
        assert_eq!(
            findings.iter().any(|finding| finding.rule == "numpy-object-array"),
            objects,
            "{}",
            file.path
        );
        assert_inspected(&file.path, &facts, "npy");
        let [tensor] = tensors(&facts)[..] else { panic!("{} has other than one array", file.path) };
        assert_eq!(json!(tensor.start), array["data_offset"], "{}", file.path);
        assert_eq!(json!(tensor.shape), array["shape"], "{}", file.path);
        match array["descr"].as_str() {
            Some(descr) => assert_eq!(tensor.dtype, descr, "{}", file.path),
            None if tensor.dtype.len() < 1000 => {
                // Python's tuples are lists in JSON.
                let ours =
                    tensor.dtype.replace(",)", ")").replace('(', "[").replace(')', "]").replace('\'', "\"");
                let ours: Value = serde_json::from_str(&ours).unwrap();
                assert_eq!(ours, array["descr"], "{}", file.path);
            }
            None => {}
        }
        if objects {
            let rest = facts.readings.iter().find(|reading| &*reading.member == "array.pkl").unwrap();
            assert_eq!(rest.size, tensor.length, "{}", file.path);
        } else {
            let count: u64 = tensor.shape.iter().product();
            assert_eq!(
                json!(tensor.length),
                json!(count * array["itemsize"].as_u64().unwrap()),
                "{}",
                file.path
            );
        }
    }
}
