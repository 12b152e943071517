//! TensorFlow Lite: every operator with its count, every tensor with its type, dimensions and bytes.

use std::collections::BTreeMap;
use std::fs::File;

use serde_json::json;
use weighbridge_domain::facts::{Coverage, Operator};
use weighbridge_inspect::input::Input;

use super::{assert_ordinary, files};

#[test]
fn tflite_is_what_the_generated_reader_says() {
    for file in files("tflite") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let reading = &facts.readings[0];
        assert_eq!(
            (reading.format, &reading.coverage),
            (Some("tflite"), &Coverage::Inspected),
            "{}",
            file.path
        );
        // What begins with `Flex` is an operator of TensorFlow.
        let called = |operator: &Operator| match operator.dialect {
            "tensorflow" => format!("Flex{}", operator.name),
            _ => operator.name.clone(),
        };
        let operators: BTreeMap<_, _> =
            facts.operators().map(|(_, operator)| (called(operator), operator.count)).collect();
        assert_eq!(json!(operators), file.expected["model"]["operators"], "{}", file.path);
        let signatures: Vec<_> = facts
            .metadata()
            .filter_map(|(_, key, value)| key.starts_with("signature.").then_some(value))
            .collect();
        assert_eq!(json!(signatures), file.expected["model"]["signatures"], "{}", file.path);
        let input = Input::file(File::open(&file.file).unwrap()).unwrap();
        let tensors: Vec<_> = facts
            .tensors()
            .map(|(_, tensor)| {
                let bytes = input.read(tensor.start, tensor.length).unwrap();
                let bytes: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                json!({"name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape, "bytes": bytes})
            })
            .collect();
        assert_eq!(json!(tensors), file.expected["model"]["tensors"], "{}", file.path);
    }
}
