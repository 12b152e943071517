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
