//! Orbax checkpoints, arrays of zarr, databases of TensorStore.

use super::archive::zstd;
use super::{File, one};
use crate::formats::sstable::crc32c::crc32c;

/// What zarr says of an array.
pub const ZARRAY: &str = r#"{"chunks":[2],"compressor":{"id":"zstd","level":1},"dimension_separator":".","dtype":"<f4","fill_value":null,"filters":null,"order":"C","shape":[2],"zarr_format":2}"#;

/// The documents of a checkpoint of one array.
pub fn checkpoint() -> Vec<File> {
    let mut files = tree("kernel", "kernel");
    files.extend(about(
        "orbax.checkpoint._src.handlers.pytree_checkpoint_handler.PyTreeCheckpointHandler",
        "{}",
    ));
    files.extend(one(
        "array_metadatas/process_0",
        r#"{"array_metadatas": [{"array_metadata": {"param_name": "params.kernel", "write_shape": [2], "chunk_shape": [2], "ext_metadata": null}}]}"#,
    ));
    files.extend(one(
        "_sharding",
        r#"{"cGFyYW1zLmtlcm5lbA==":"{\"sharding_type\": \"SingleDeviceSharding\", \"device_str\": \"cpu:0\"}"}"#,
    ));
    files
}

/// What a tree holds: one array under this key, written as another.
pub fn tree(written: &str, key: &str) -> Vec<File> {
    let tree = format!(
        r#"{{"tree_metadata": {{"('params', '{written}')": {{"key_metadata": [{{"key": "params", "key_type": 2}}, {{"key": "{key}", "key_type": 2}}], "value_metadata": {{"value_type": "jax.Array", "skip_deserialize": false}}}}}}, "use_ocdbt": true, "use_zarr3": false, "custom_metadata": null}}"#
    );
    one("_METADATA", tree)
}

/// What a checkpoint says of itself: its handler, and what somebody put into it.
pub fn about(handler: &str, custom: &str) -> Vec<File> {
    let about = format!(
        r#"{{"item_handlers": {{"state": "{handler}"}}, "metrics": {{}}, "custom_metadata": {custom}}}"#
    );
    one("_CHECKPOINT_METADATA", about)
}

/// A spec of an array in this store.
pub fn spec(store: &str) -> Vec<File> {
    one("spec.json", format!(r#"{{"driver": "zarr", "kvstore": {store}}}"#))
}

/// Arrays of zarr in both versions.
pub fn zarr() -> Vec<File> {
    let mut files = one("params.kernel/.zarray", ZARRAY);
    files.extend(array3(r#"{"name": "zstd", "configuration": {"level": 3}}"#));
    files
}

/// An array of zarr, changed.
pub fn array(from: &str, to: &str) -> Vec<File> {
    one("params.kernel/.zarray", ZARRAY.replace(from, to))
}

/// An array of zarr 3 with this codec behind that of its bytes.
pub fn array3(codec: &str) -> Vec<File> {
    let array = format!(
        r#"{{"chunk_grid": {{"configuration": {{"chunk_shape": [2]}}, "name": "regular"}}, "chunk_key_encoding": {{"name": "default"}}, "codecs": [{{"configuration": {{"chunk_shape": [2], "codecs": [{{"configuration": {{"endian": "little"}}, "name": "bytes"}}, {codec}], "index_codecs": [{{"name": "crc32c"}}]}}, "name": "sharding_indexed"}}], "data_type": "float32", "fill_value": 0.0, "node_type": "array", "shape": [2], "zarr_format": 3}}"#
    );
    one("params.bias/zarr.json", array)
}

/// A block of the database.
fn block(magic: u32, content: &[u8]) -> Vec<u8> {
    let content = zstd(content);
    let mut block = magic.to_be_bytes().to_vec();
    block.extend((content.len() as u64 + 18).to_le_bytes());
    block.extend([0, 1]);
    block.extend(content);
    let crc = crc32c(&block);
    block.extend(crc.to_le_bytes());
    block
}

fn short(length: usize) -> Vec<u8> {
    let low = u8::try_from(length & 0x7f).unwrap_or_default();
    match length >> 7 {
        0 => vec![low],
        high => vec![low | 0x80, u8::try_from(high).unwrap_or_default()],
    }
}

/// A list of one file.
fn files(path: &str) -> Vec<u8> {
    [&[1][..], &short(path.len()), &[0], path.as_bytes()].concat()
}

/// A manifest that names this file.
pub fn manifest(path: &str) -> Vec<u8> {
    let mut content = vec![7; 16];
    content.extend([0, 0x80, 8, 0x80, 8, 4, 1, 0, 0, 0, 0]);
    content.extend(files(path));
    block(0x0cdb_3a2a, &content)
}

/// A leaf that holds one document of zarr, and one value at the beginning of this file.
pub fn node(path: &str, value: (usize, u8), document: &str) -> Vec<u8> {
    let mut content = vec![0];
    content.extend(files(path));
    content.extend([2, 2, 9, 3]);
    content.extend(b"a/.zarray0.0");
    content.extend(short(document.len()));
    content.extend(short(value.0));
    content.extend([0, 1, 0, value.1]);
    content.extend(document.bytes());
    block(0x0cdb_20de, &content)
}

/// A database of one array.
pub fn database(path: &str, document: &str) -> Vec<File> {
    database_of(path, b"ordinary", (8, 0), document)
}

/// A database whose file of values begins with these bytes, and says that the value is these of them.
pub fn database_of(path: &str, values: &[u8], value: (usize, u8), document: &str) -> Vec<File> {
    const FILE: &str = "d/00000000000000000000000000000000";
    let mut written = one("manifest.ocdbt", manifest(path));
    written.extend(one(FILE, [values, &node(FILE, value, document)].concat()));
    written
}
