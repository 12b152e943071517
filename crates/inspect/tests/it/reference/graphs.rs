//! Graphs of ONNX, of ONNX Runtime and of ExecuTorch: every operator with its set and number, every tensor with its type, shape and bytes, and the metadata.

use std::fs::File;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::{Coverage, Tensor, What};
use weighbridge_inspect::Facts;
use weighbridge_inspect::input::Input;

use super::{Reference, assert_ordinary, files};

fn operators(facts: &Facts) -> Value {
    let mut operators: Vec<_> = facts
        .operators()
        .map(|(_, operator)| (&operator.domain, &operator.name, operator.count, operator.defined))
        .collect();
    operators.sort();
    json!(operators)
}

fn described(tensor: &Tensor) -> Map<String, Value> {
    let fact = json!({"name": tensor.name, "type": tensor.dtype, "shape": tensor.shape});
    fact.as_object().unwrap().clone()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The tensors in no order, with what the reference reader says of their bytes.
fn tensors(file: &Reference, facts: &Facts) -> Vec<Value> {
    let input = Input::file(File::open(&file.file).unwrap()).unwrap();
    let bytes = input.read(0, input.len()).unwrap();
    let mut tensors = Vec::new();
    for (_, what) in facts.iter() {
        match what {
            What::Tensor(tensor) => {
                let mut fact = described(tensor);
                let from = usize::try_from(tensor.start).unwrap();
                let to = from + usize::try_from(tensor.length).unwrap();
                // Texts stand apart, each with its own length.
                let part = if tensor.dtype == "STRING" { &[] } else { &bytes[from..to] };
                fact.insert("digest".to_owned(), json!(digest(part)));
                tensors.push(Value::Object(fact));
            }
            What::ExternalTensor(external) => {
                let mut fact = described(&external.tensor);
                fact.insert("location".to_owned(), json!(external.file));
                fact.insert("offset".to_owned(), json!(external.tensor.start.to_string()));
                fact.insert("length".to_owned(), json!(external.tensor.length.to_string()));
                tensors.push(Value::Object(fact));
            }
            _ => {}
        }
    }
    sorted(tensors)
}

fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(ToString::to_string);
    values
}

#[test]
fn models_of_onnx_runtime_are_what_its_own_tables_say() {
    for file in files("ort") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let reading = &facts.readings[0];
        assert_eq!((reading.format, &reading.coverage), (Some("ort"), &Coverage::Inspected), "{}", file.path);
        assert_eq!(operators(&facts), file.expected["operators"], "{}", file.path);
        let expected = file.expected["tensors"].as_array().unwrap().clone();
        assert_eq!(tensors(&file, &facts), sorted(expected), "{}", file.path);
        let found: Map<_, _> =
            facts.metadata().map(|(_, key, value)| (key.to_owned(), json!(value))).collect();
        for (key, value) in file.expected["properties"].as_object().unwrap() {
            assert_eq!(found.get(key), Some(value), "{}: {key}", file.path);
        }
    }
}

#[test]
fn programs_of_executorch_are_what_executorch_says() {
    for file in files("executorch") {
        let (facts, findings) = file.inspect();
        // A backend that is not in every build.
        assert_ordinary(&file.path, &findings, &["operator-unknown"]);
        let reading = &facts.readings[0];
        assert_eq!(
            (reading.format, &reading.coverage),
            (Some("executorch"), &Coverage::Inspected),
            "{}",
            file.path
        );
        let found: Map<_, _> = facts
            .operators()
            .map(|(_, one)| (format!("{} {}", one.domain, one.name), json!(one.count)))
            .collect();
        assert_eq!(Value::Object(found), file.expected["operators"], "{}", file.path);
        let expected = file.expected["tensors"].as_array().unwrap().clone();
        assert_eq!(tensors(&file, &facts), sorted(expected), "{}", file.path);
        let methods: Vec<_> = facts
            .metadata()
            .filter_map(|(_, key, value)| key.starts_with("method.").then_some(value))
            .collect();
        assert_eq!(json!(methods), file.expected["methods"], "{}", file.path);
    }
}

#[test]
fn onnx_is_what_the_reference_reader_says() {
    compare("onnx");
}

#[test]
fn core_ml_is_what_coremltools_says() {
    compare("coreml");
}

fn compare(format: &str) {
    for file in files(format) {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let reading = &facts.readings[0];
        assert_eq!(
            (reading.format, &reading.coverage),
            (Some(format), &Coverage::Inspected),
            "{}",
            file.path
        );
        assert_eq!(operators(&facts), file.expected["operators"], "{}", file.path);
        let expected = file.expected["tensors"].as_array().unwrap().clone();
        assert_eq!(tensors(&file, &facts), sorted(expected), "{}", file.path);
        for (key, value) in file.expected["properties"].as_object().unwrap() {
            let found = facts.metadata().find(|(_, found, _)| found == key).map(|(.., value)| value);
            assert_eq!(found, value.as_str(), "{}: {key}", file.path);
        }
    }
}

/// Values are named by the place of their description; their shape is in the program alone.
#[test]
fn weights_of_core_ml_are_those_that_coremltools_reads() {
    for file in files("coreml-weights") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_eq!(facts.readings[0].format, Some("coreml-weights"), "{}", file.path);
        let found: Vec<_> = tensors(&file, &facts)
            .iter()
            .map(|tensor| json!([tensor["name"], tensor["type"], tensor["shape"][0], tensor["digest"]]))
            .collect();
        let expected: Vec<_> = file.expected["tensors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tensor| json!([tensor["name"], tensor["type"], tensor["values"], tensor["digest"]]))
            .collect();
        assert_eq!(sorted(found), sorted(expected), "{}", file.path);
    }
}
