//! Builders of Core ML models.

use super::File;
use super::graph::Proto;

/// A model of the kind whose field has this number.
pub fn model(kind: u32, inner: &Proto) -> Vec<u8> {
    Proto::new().number(1, 4).with(2, &Proto::new()).with(kind, inner).build()
}

/// A neural network of these layers.
pub fn network(layers: &[Proto]) -> Vec<u8> {
    model(500, &layers.iter().fold(Proto::new(), |network, layer| network.with(1, layer)))
}

/// A layer of the kind whose field has this number, with weights of these bytes where inner products have them.
pub fn layer(name: &str, kind: u32, weights: &[u8]) -> Proto {
    let weights = Proto::new().bytes(1, weights);
    Proto::new().text(1, name).text(2, "x").text(3, "y").with(kind, &Proto::new().with(20, &weights))
}

/// A layer that is a class of the app.
pub fn custom_layer(class: &str) -> Proto {
    Proto::new().text(1, "custom").with(500, &Proto::new().text(10, class))
}

/// A layer with a network of one layer inside.
pub fn branch(inner: &Proto) -> Proto {
    Proto::new().text(1, "branch").with(605, &Proto::new().with(1, &Proto::new().with(1, inner)))
}

/// A model that does nothing and describes itself.
pub fn described(description: &str) -> Vec<u8> {
    let entry = Proto::new().text(1, "note").text(2, description);
    let description = Proto::new().with(100, &Proto::new().with(100, &entry));
    Proto::new().number(1, 4).with(2, &description).with(900, &Proto::new()).build()
}

/// A model that is looked for in another file along a path.
pub fn linked(file: &str, search: &str) -> Vec<u8> {
    let place = Proto::new().with(1, &Proto::new().text(1, file)).with(2, &Proto::new().text(1, search));
    model(556, &Proto::new().with(1, &place))
}

/// A program of one operation, with a constant of 16 bytes in that file of weights, and the file where it can be.
pub fn program(operation: &str, file: &str) -> Vec<File> {
    let size = |size: u64| Proto::new().with(1, &Proto::new().number(1, size));
    let kind = Proto::new().with(1, &Proto::new().number(1, 11).number(2, 1).with(3, &size(4)));
    let place = Proto::new().text(1, &format!("@model_path/{file}")).number(2, 64);
    let value = Proto::new().with(2, &kind).with(5, &place);
    let attribute = Proto::new().text(1, "val").with(2, &value);
    let output = |name: &str| Proto::new().text(1, name).with(2, &kind);
    let constant = Proto::new().text(1, "const").with(3, &output("w")).with(5, &attribute);
    let used = Proto::new().text(1, operation).with(3, &output("y"));
    let block = Proto::new().text(2, "y").with(3, &constant).with(3, &used);
    let function = Proto::new().text(2, "CoreML5").with(3, &Proto::new().text(1, "CoreML5").with(2, &block));
    let program = Proto::new().number(1, 1).with(2, &Proto::new().text(1, "main").with(2, &function));
    let mut files = vec![("model.mlmodel".to_owned(), model(502, &program))];
    if crate::path::beside("model.mlmodel", file).is_some() {
        files.push((file.to_owned(), weights(&[&[1; 16]])));
    }
    files
}

/// A compiled program of one operation, and of a constant in that file unless it has no name.
pub fn compiled(operation: &str, file: &str) -> Vec<u8> {
    let place = match file {
        "" => "[1]".to_owned(),
        file => format!(
            "BLOBFILE(path = tensor<string, []>(\"@model_path/{file}\"), offset = tensor<uint64, []>(64))"
        ),
    };
    format!(
        "program(1.0)\n[buildInfo = dict<tensor<string, []>, tensor<string, []>>({{{{\"coremlc-version\", \"3400.58.2\"}}}})]\n{{\n    \
         func main<ios16>(tensor<fp32, [1]> x) {{\n            tensor<fp32, [1]> w = const()[name = tensor<string, \
         []>(\"w\"), val = tensor<fp32, [1]>({place})];\n            tensor<fp32, [1]> y = {operation}(x = x, y = w)[name = \
         tensor<string, []>(\"y\")];\n        }} -> (y);\n}}"
    )
    .into_bytes()
}

/// A package of a program of one operation; its manifest says that the model is at `item`.
pub fn package(operation: &str, item: &str) -> Vec<File> {
    let manifest = format!(
        r#"{{"fileFormatVersion":"1.0.0","itemInfoEntries":{{"A":{{"author":"com.apple.CoreML","name":"model.mlmodel","path":"{item}"}},"B":{{"name":"weights","path":"com.apple.CoreML/weights"}}}},"rootModelIdentifier":"A"}}"#
    );
    let parts = program(operation, "weights/weight.bin").into_iter();
    let mut files: Vec<File> =
        parts.map(|(path, bytes)| (format!("model.mlpackage/Data/com.apple.CoreML/{path}"), bytes)).collect();
    files.push(("model.mlpackage/Manifest.json".to_owned(), manifest.into_bytes()));
    files
}

/// A file of weights with these values of 32 bits.
pub fn weights(values: &[&[u8]]) -> Vec<u8> {
    let mut file = u32::try_from(values.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    file.extend(2_u32.to_le_bytes());
    file.resize(64, 0);
    for value in values {
        let start = file.len().next_multiple_of(64) + 64;
        file.resize(start - 64, 0);
        file.extend([0xef, 0xbe, 0xad, 0xde, 2, 0, 0, 0]);
        file.extend((value.len() as u64).to_le_bytes());
        file.extend((start as u64).to_le_bytes());
        file.resize(start, 0);
        file.extend(*value);
    }
    file
}
