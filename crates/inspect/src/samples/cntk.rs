//! Builders of CNTK models.

use super::graph::Proto;

/// An entry of a dictionary with a value of the kind with this number.
fn entry(key: &str, kind: u64, value: Proto) -> Proto {
    let value = Proto::new().number(1, 1).number(2, kind).raw(&value.build());
    Proto::new().text(1, key).with(2, &value)
}

fn dictionary(entries: &[Proto]) -> Proto {
    entries.iter().fold(Proto::new().number(1, 1), |dictionary, entry| dictionary.with(2, entry))
}

fn text(key: &str, text: &str) -> Proto {
    entry(key, 6, Proto::new().text(8, text))
}

/// A function of the operator with this number.
pub fn primitive(number: u64) -> Proto {
    let operator = entry("op", 3, Proto::new().number(5, number));
    dictionary(&[text("type", "PrimitiveFunction"), text("uid", "Relu1"), operator])
}

/// A function of the user, which is of a module, or of a library.
pub fn user(module: &str, name: &str, native: bool) -> Proto {
    let key = if native { "deserialize_method" } else { "class" };
    let state = dictionary(&[text("module", module), text(key, name)]);
    let state = entry("user_defined_state", 10, Proto::new().with(12, &state));
    let native = entry("native", 1, Proto::new().number(3, native.into()));
    dictionary(&[text("type", "UserDefinedFunction"), text("uid", "User1"), native, state])
}

/// The beginning of a model of version 1.
pub fn older() -> Vec<u8> {
    let marks = "BCN\0BVersion\0".encode_utf16().flat_map(u16::to_le_bytes);
    marks.chain(3_u64.to_le_bytes()).collect()
}

/// A model of these functions and a weight of two numbers with these bytes.
pub fn model_with(functions: &[Proto], weight: &[u8]) -> Vec<u8> {
    let vector = functions.iter().fold(Proto::new(), |vector, function| {
        vector.with(1, &Proto::new().number(1, 1).number(2, 10).with(12, function))
    });
    let array = Proto::new().number(1, 1).with(3, &Proto::new().packed(1, &[2]));
    let array = array.with(4, &Proto::new().bytes(1, weight));
    let value = entry("value", 11, Proto::new().with(13, &array));
    let variable = dictionary(&[text("type", "Variable"), text("uid", "W"), value]);
    let inputs = Proto::new().with(1, &Proto::new().number(1, 1).number(2, 10).with(12, &variable));
    dictionary(&[
        text("type", "CompositeFunction"),
        entry("primitive_functions", 9, Proto::new().with(11, &vector)),
        entry("inputs", 9, Proto::new().with(11, &inputs)),
    ])
    .build()
}

/// A model of these functions.
pub fn model(functions: &[Proto]) -> Vec<u8> {
    model_with(functions, &[1; 8])
}
