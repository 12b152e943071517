//! Keras models of a few layers.

use super::archive::Zip;
use super::hdf5::Hdf5;
use super::{File, one};

/// A layer as Keras 3 writes it.
pub fn layer(module: &str, class: &str, config: &str) -> String {
    format!(
        r#"{{"module": "{module}", "class_name": "{class}", "config": {config}, "registered_name": null}}"#
    )
}

/// The same object with more in it.
pub fn and(object: &str, more: &str) -> String {
    format!("{}, {more}}}", object.strip_suffix('}').unwrap_or(object))
}

/// A model with these layers.
pub fn model(layers: &[String]) -> String {
    let layers = layers.join(", ");
    let config = format!(r#"{{"name": "demo", "trainable": true, "layers": [{layers}]}}"#);
    layer("keras", "Sequential", &config)
}

/// A dense layer with what stands in it.
pub fn dense() -> String {
    let initializer = layer("keras.initializers", "GlorotUniform", r#"{"seed": null}"#);
    let config = format!(
        r#"{{"name": "dense", "units": 4, "activation": "relu", "kernel_initializer": {initializer}}}"#
    );
    layer("keras.layers", "Dense", &config)
}

/// An archive with this configuration, and weights.
pub fn zip(config: &str) -> Zip {
    let weights = Hdf5::new().dataset("kernel", &[1, 2], &[1; 8]).build();
    let zip = Zip::new()
        .stored("metadata.json", br#"{"keras_version": "3.8.0", "date_saved": "2025-02-01@10:00:00"}"#);
    zip.stored("config.json", config.as_bytes()).stored("model.weights.h5", &weights)
}

/// A file with this configuration.
pub fn archive(config: &str) -> Vec<File> {
    one("model.keras", zip(config).build())
}

/// An archive of a model with this layer behind a dense one.
pub fn with(layer: &str) -> Vec<File> {
    archive(&model(&[dense(), layer.to_owned()]))
}

/// A file as older versions write it, with this configuration.
pub fn older(config: &str) -> Vec<File> {
    let file = Hdf5::new().attribute("keras_version", "2.12.0").attribute("backend", "tensorflow");
    one("model.h5", file.attribute("model_config", config).dataset("kernel", &[1, 2], &[1; 8]).build())
}

/// A function written as code.
pub fn lambda(code: &str) -> String {
    format!(
        r#"{{"class_name": "__lambda__", "config": {{"code": "{code}", "defaults": null, "closure": null}}}}"#
    )
}

/// A `Lambda` layer around a function.
pub fn lambda_layer(function: &str) -> String {
    layer(
        "keras.layers",
        "Lambda",
        &format!(r#"{{"name": "lambda", "function": {function}, "arguments": {{}}}}"#),
    )
}

/// A function by its name.
pub fn function(module: &str, name: &str) -> String {
    format!(
        r#"{{"module": "{module}", "class_name": "function", "config": "{name}", "registered_name": "{name}"}}"#
    )
}

/// Base64.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = group
            .iter()
            .chain([&0; 2])
            .take(3)
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for place in 0..=group.len() {
            out.push(char::from(DIGITS[number >> (18 - 6 * place) & 63]));
        }
    }
    out.push_str(&"=".repeat((3 - bytes.len() % 3) % 3));
    out
}

/// Ordinary files.
pub fn ordinary() -> Vec<File> {
    let config = r#"{"class_name": "Sequential", "config": {"name": "demo", "layers": [{"class_name": "Dense", "config": {"units": 4, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}}}}]}}"#;
    [archive(&model(&[dense()])), older(config)].concat()
}
