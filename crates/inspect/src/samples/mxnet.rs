//! Graphs and arrays of MXNet.

use super::{File, one};

/// A graph of one operator with these attributes, and what it needs.
pub fn symbol(operator: &str, attributes: &str) -> String {
    graph(operator, attributes, "[[0, 0, 0]]")
}

fn graph(operator: &str, attributes: &str, inputs: &str) -> String {
    format!(
        r#"{{"nodes": [{{"op": "null", "name": "data", "inputs": []}}, {{"op": "{operator}", "name": "node", "attrs": {{{attributes}}}, "inputs": {inputs}}}], "arg_nodes": [0], "node_row_ptr": [0, 1, 2], "heads": [[1, 0, 0]], "attrs": {{"mxnet_version": ["int", 10901]}}}}"#
    )
}

/// A graph of one operator.
pub fn with(operator: &str, attributes: &str) -> Vec<File> {
    one("net-symbol.json", symbol(operator, attributes))
}

/// A graph whose operator takes its inputs from there.
pub fn taking(inputs: &str) -> Vec<File> {
    one("net-symbol.json", graph("Activation", "", inputs))
}

/// A graph with another inside its operator.
pub fn around(operator: &str) -> Vec<File> {
    let inner = symbol(operator, "");
    let outer = symbol("_foreach", "")
        .replace(r#""inputs": [[0"#, &format!(r#""subgraphs": [{inner}], "inputs": [[0"#));
    one("net-symbol.json", outer)
}

/// An array of this type.
pub fn array(kind: u32, shape: &[u64], data: &[u8]) -> Vec<u8> {
    let mut array = 0xf993_fac9_u32.to_le_bytes().to_vec();
    array.extend([0; 4]);
    array.extend(u32::try_from(shape.len()).unwrap_or_default().to_le_bytes());
    array.extend(shape.iter().flat_map(|dimension| dimension.to_le_bytes()));
    array.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    array.extend(kind.to_le_bytes());
    array.extend(data);
    array
}

/// A list of arrays.
pub fn params(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let count = (arrays.len() as u64).to_le_bytes();
    let mut file = [0x112_u64.to_le_bytes(), [0; 8], count].concat();
    file.extend(arrays.iter().flat_map(|(_, array)| array));
    file.extend(count);
    for (name, _) in arrays {
        file.extend((name.len() as u64).to_le_bytes());
        file.extend(name.bytes());
    }
    file
}

/// A list of two arrays, of which one has no name.
pub fn unnamed(array: &[u8]) -> Vec<u8> {
    let one = 1_u64.to_le_bytes();
    let head = [0x112_u64.to_le_bytes(), [0; 8], 2_u64.to_le_bytes()].concat();
    [&head[..], array, array, &one, &one, b"a"].concat()
}

/// A file of one array.
pub fn weighing(array: Vec<u8>) -> Vec<File> {
    one("net-0001.params", params(&[("arg:weight", array)]))
}
