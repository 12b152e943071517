//! Flax checkpoints.

use super::{File, one};

/// A text.
pub fn text(text: &str) -> Vec<u8> {
    [&length(0xd9, text.len())[..], text.as_bytes()].concat()
}

/// Bytes.
pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&length(0xc4, bytes.len()), bytes].concat()
}

/// A marker with a length of one, two or four bytes.
fn length(marker: u8, length: usize) -> Vec<u8> {
    let long = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    match long {
        [0, 0, 0, short] => vec![marker, short],
        [0, 0, a, b] => vec![marker + 1, a, b],
        [a, b, c, d] => vec![marker + 2, a, b, c, d],
    }
}

/// A map of fewer than 16 pairs.
pub fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut map = vec![0x80 | u8::try_from(pairs.len()).unwrap_or(15)];
    for (key, value) in pairs {
        map.extend(text(key));
        map.extend(value);
    }
    map
}

/// A value of an extension type.
pub fn extension(code: u8, content: &[u8]) -> Vec<u8> {
    let mut value = length(0xc7, content.len());
    value.push(code);
    value.extend(content);
    value
}

/// An array of this type and shape, whose numbers are below 128.
pub fn array(dtype: &str, shape: &[u8], data: &[u8]) -> Vec<u8> {
    extension(1, &inside(dtype, shape, data))
}

fn inside(dtype: &str, shape: &[u8], data: &[u8]) -> Vec<u8> {
    let dimensions = 0x90 | u8::try_from(shape.len()).unwrap_or(15);
    [&[0x93, dimensions], shape, &text(dtype), &bytes(data)].concat()
}

/// An array in two pieces of bytes, put together to this shape.
pub fn chunked(shape: &[u8], pieces: [&str; 2]) -> Vec<u8> {
    let dimensions: Vec<_> =
        shape.iter().enumerate().map(|(place, size)| (place.to_string(), vec![*size])).collect();
    let dimensions: Vec<_> = dimensions.iter().map(|(place, size)| (place.as_str(), size.clone())).collect();
    map(&[
        ("__msgpack_chunked_array__", vec![0xc3]),
        ("shape", map(&dimensions)),
        ("chunks", map(&pieces.map(|piece| (piece, array("uint8", &[3], &[7; 3]))))),
    ])
}

/// What a small model is saved as.
pub fn model() -> Vec<u8> {
    let layer =
        map(&[("bias", array("bfloat16", &[2], &[1; 4])), ("kernel", array("float32", &[2, 3], &[1; 24]))]);
    map(&[
        ("params", map(&[("Dense_0", layer)])),
        ("step", extension(3, &inside("int32", &[], &[1, 0, 0, 0]))),
        ("phase", extension(2, &[&[0x92, 0xcb][..], &[0; 8], &[0xcb], &[0; 8]].concat())),
        ("large", chunked(&[3, 2], ["0", "1"])),
        ("name", text("ordinary")),
    ])
}

/// A model with one more value.
pub fn with(value: Vec<u8>) -> Vec<File> {
    with_key("value", value)
}

/// A model with one more value under this key.
pub fn with_key(key: &str, value: Vec<u8>) -> Vec<File> {
    one("flax_model.msgpack", map(&[("params", array("uint8", &[2], &[1; 2])), (key, value)]))
}

/// Lists in each other, as deep as this.
pub fn nested(depth: usize) -> Vec<u8> {
    let mut value = vec![0x91; depth - 1];
    value.push(0x90);
    value
}
