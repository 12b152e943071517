//! Facts about graphs of operators and layers, and about what a model names outside itself.

use serde::Serialize;

use super::Name;

/// An operator, layer or function that a graph uses; told once for each reading, name and domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// Whose operators they are: `coreml`, `executorch`, `onnx`, `openvino`, `paddle`, `tensorflow`, `tflite`, `torch`, …
    pub dialect: &'static str,
    /// The set it belongs to as the file writes it; empty for the standard set, or where there are no sets.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// Name of the first node that uses it; may be empty.
    pub node: String,
    /// How many nodes use it.
    pub count: u64,
    /// The file itself says what it does.
    pub defined: bool,
}

/// A Python object that a loader builds because the file names it: a Keras layer, a node of a skops tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Whose objects they are: `keras`, `skops`, …
    pub dialect: &'static str,
    /// Module and name; the module is empty where the file gives none.
    pub name: Name,
    /// Keys and indexes from the root to it, joined by `.`.
    pub path: String,
    /// How often the name stands in the reading.
    pub count: u64,
}

/// Another file or address that the model names as a part of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// What it is for, as people say it: `tensor data`, `vocabulary`, `library`.
    pub role: &'static str,
    /// The path or address as written, bounded.
    pub target: String,
    /// Offset and length of the bytes that are meant in it, where they are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<(u64, u64)>,
}
