//! Where TensorStore keeps what it reads: a folder, a database in one, a bucket, an address.

use serde_json::Value;

/// The role of folders and stores of arrays. They are no files, so that nothing is said when one is not there.
pub(crate) const ARRAYS: &str = "arrays";

/// Keys of a store under which a place stands.
pub(in crate::formats) const PLACES: [&str; 4] = ["base", "base_url", "kvstore", "path"];

/// The place that a store names.
pub(in crate::formats) fn target(store: &Value) -> Option<String> {
    let mut store = store;
    for _ in 0..16 {
        let text = |key: &str| store.get(key).and_then(Value::as_str);
        if let Some(place) = store.as_str() {
            return Some(place.to_owned());
        }
        let path = text("path").unwrap_or_default();
        if let Some(bucket) = text("bucket") {
            return Some(bucket_address(bucket, path));
        }
        if let Some(address) = text("base_url") {
            return Some(format!("{address}{path}"));
        }
        match store.get("base") {
            Some(base) => store = base,
            None => return text("path").map(str::to_owned),
        }
    }
    None
}

/// A bucket as an address.
pub(in crate::formats) fn bucket_address(bucket: &str, path: &str) -> String {
    format!("bucket://{bucket}/{path}")
}
