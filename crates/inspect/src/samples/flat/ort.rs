//! Models of ONNX Runtime.

use super::{Flat, file, table, text};

/// A model with one operator, and a weight of floats with these dimensions and so many bytes.
pub fn model(domain: &str, operator: &str, shape: &[u64], bytes: usize) -> Vec<u8> {
    model_with(domain, operator, shape, &vec![1; bytes])
}

/// The same with these bytes.
pub fn model_with(domain: &str, operator: &str, shape: &[u64], bytes: &[u8]) -> Vec<u8> {
    let weight = table(vec![
        (0, text("weight")),
        (2, Flat::Longs(shape.to_vec())),
        (3, Flat::Word(1)),
        (4, Flat::Bytes(bytes.to_vec())),
    ]);
    let node = table(vec![(0, text("node")), (2, text(domain)), (5, text(operator))]);
    let graph = table(vec![(0, Flat::List(vec![weight])), (2, Flat::List(vec![node]))]);
    let model = table(vec![(0, Flat::Long(9)), (2, text("demo")), (7, graph)]);
    file(Some(*b"ORTM"), &table(vec![(0, text("6")), (1, model)]))
}
