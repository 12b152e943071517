//! Models for engines: TensorRT, RKNN, ncnn, MNN.

use super::flat::{Flat, file, table, text};
use super::{File, one};

/// An engine of TensorRT that has this name in it, and these bytes.
pub fn tensorrt(name: &str, inside: &[u8]) -> Vec<u8> {
    let mut file = b"ptrt\0\0\0\0".to_vec();
    file.extend([7; 24]);
    file.extend(name.bytes());
    file.extend([0; 8]);
    file.extend(inside);
    file.extend([9; 16]);
    file
}

/// An engine in a file.
pub fn compiled(name: &str, inside: &[u8]) -> Vec<File> {
    one("model.engine", tensorrt(name, inside))
}

/// An engine behind a description.
pub fn described(description: &str) -> Vec<File> {
    let length = u32::try_from(description.len()).unwrap_or_default().to_le_bytes();
    one("model.engine", [&length[..], description.as_bytes(), &tensorrt("", b"")].concat())
}

/// A model of RKNN with this version and description.
pub fn rknn(version: u64, description: &str) -> Vec<u8> {
    rknn_with(version, b"weighbridge", description)
}

/// A model of RKNN that has these bytes in it.
pub fn rknn_with(version: u64, inside: &[u8], description: &str) -> Vec<u8> {
    let mut file = b"RKNN\0\0\0\0".to_vec();
    file.extend(version.to_le_bytes());
    file.extend((inside.len() as u64).to_le_bytes());
    file.resize(if version > 1 { 24 } else { 64 }, 0);
    file.extend(inside);
    file.extend((description.len() as u64).to_le_bytes());
    file.extend(description.bytes());
    file
}

/// A graph of ncnn that says it has so many layers.
pub fn ncnn(operator: &str, layers: u32) -> String {
    format!(
        "7767517\n{layers} 2\nInput            in0      0 1 in0\n{operator}             node     1 1 in0 out0 0=1.0e-1 -23303=2,1,2\n"
    )
}

/// The same in numbers, with this number for the second layer.
pub fn ncnn_numbers(kind: u32, layers: u32) -> Vec<u8> {
    let end = (-233_i32).cast_unsigned();
    let lists = (-23300_i32).cast_unsigned();
    let numbers = [7_767_517, layers, 2, 16, 0, 1, 0, end, kind, 1, 1, 0, 1, 0, 5, lists, 2, 1, 2, end];
    numbers.iter().flat_map(|number: &u32| number.to_le_bytes()).collect()
}

/// A model of MNN with an operator of this kind, what it names, and the file of its weights.
pub fn mnn(kind: u32, named: &str, weights: &str) -> Vec<u8> {
    let main = table(vec![(0, text(named))]);
    let operator = table(vec![(2, main), (3, text("node")), (5, Flat::Word(kind)), (7, text(weights))]);
    file(None, &table(vec![(0, text("demo")), (3, Flat::List(vec![operator]))]))
}

/// A model of MNN in a file.
pub fn mnn_file(kind: u32, named: &str, weights: &str) -> Vec<File> {
    one("model.mnn", mnn(kind, named, weights))
}
