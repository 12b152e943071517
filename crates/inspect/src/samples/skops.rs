//! Archives of skops.

use serde_json::{Value, json};

use super::archive::Zip;
use super::tensor;

/// A scaler with one array.
pub const ORDINARY: &str = "StandardScaler";

/// An archive with an estimator of scikit-learn of this class.
pub fn archive(class: &str) -> Vec<u8> {
    build(&node("sklearn.preprocessing._data", class, "ObjectNode"))
}

/// A node of a schema.
pub fn node(module: &str, class: &str, loader: &str) -> Value {
    json!({
        "__class__": class, "__module__": module, "__loader__": loader, "__id__": 1,
        "content": {
            "__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "__id__": 2,
            "content": {"scale_": array("1.npy")},
        },
    })
}

/// A node that takes an array from a member.
pub fn array(file: &str) -> Value {
    json!({
        "__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy",
        "file": file, "__id__": 3,
    })
}

/// A node for a method `func` of an object of `class` in `module`, which says that it is of `said`.
pub fn method(module: &str, class: &str, said: &str, func: &str) -> Value {
    json!({
        "__class__": said, "__module__": module, "__loader__": "MethodNode", "__id__": 4,
        "content": {"func": func, "obj": node(module, class, "ObjectNode")},
    })
}

/// An archive with this root, and a member for its array.
pub fn build(root: &Value) -> Vec<u8> {
    build_as(root, 2)
}

/// The same with this number as its protocol.
pub fn build_as(root: &Value, protocol: u64) -> Vec<u8> {
    let mut root = root.clone();
    if let Some(schema) = root.as_object_mut() {
        schema.insert("protocol".to_owned(), json!(protocol));
        schema.insert("_skops_version".to_owned(), json!("0.16.0"));
    }
    Zip::new()
        .stored("1.npy", &tensor::npy("'<f8'", "(2,)", &[1; 16]))
        .stored("schema.json", root.to_string().as_bytes())
        .build()
}
