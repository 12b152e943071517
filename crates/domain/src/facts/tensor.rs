//! Facts about tensors and arrays.

use serde::Serialize;

/// A tensor or array as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tensor {
    /// Its name; empty where the format has none.
    pub name: String,
    /// Type of its elements, in the format's own words.
    pub dtype: String,
    /// Its dimensions in the order in which the format writes them.
    pub shape: Vec<u64>,
    /// Offset of its first byte in the reading's bytes.
    pub start: u64,
    /// Length in bytes.
    pub length: u64,
}

/// A tensor whose bytes lie in another file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExternalTensor {
    /// The path of that file as written, bounded.
    pub file: String,
    /// The tensor; its offset counts in that file.
    pub tensor: Tensor,
}
