//! Builders of `PaddlePaddle` programs and weights.

use super::graph::Proto;
use super::pickle::Program;

/// A program of one block of these operators.
pub fn program(operators: &[Proto]) -> Vec<u8> {
    let variable = Proto::new().text(1, "x").with(2, &Proto::new().number(1, 7));
    let block = Proto::new().number(1, 0).number(2, u64::MAX).with(3, &variable);
    let block = operators.iter().fold(block, |block, operator| block.with(4, operator));
    Proto::new().with(1, &block).with(4, &Proto::new().number(1, 3_000_000)).build()
}

/// An operator with attributes of text.
pub fn operator(name: &str, attributes: &[(&str, &str)]) -> Proto {
    let operator = Proto::new().text(3, name);
    attributes.iter().fold(operator, |operator, (key, value)| {
        operator.with(4, &Proto::new().text(1, key).number(2, 2).text(5, value))
    })
}

/// A program of one operator with the path of what it loads or saves.
pub fn saved(name: &str, path: &str) -> Vec<u8> {
    program(&[operator(name, &[("file_path", path)])])
}

/// A tensor of the type with this number.
pub fn tensor(kind: u64, shape: &[u64], bytes: &[u8]) -> Vec<u8> {
    let description = shape.iter().fold(Proto::new().number(1, kind), |proto, size| proto.number(2, *size));
    let description = description.build();
    let mut tensor = vec![0; 16];
    tensor.extend(u32::try_from(description.len()).unwrap_or(u32::MAX).to_le_bytes());
    tensor.extend(description);
    tensor.extend(bytes);
    tensor
}

/// A program as JSON with one operator, behind the number of its dialect, that has an attribute of
/// text.
pub fn pir(operator: &str, attribute: &str, text: &str) -> Vec<u8> {
    format!(
        r##"{{"base_code":{{"magic":"pir","trainable":true,"version":4}},"program":{{"regions":[{{"#":"region_0","blocks":[{{"#":"block_0","args":[],"ops":[{{"#":"1.data","A":[{{"AT":{{"#":"0.a_str","D":"x"}},"N":"name"}}],"I":[],"O":[{{"%":1,"TT":{{"#":"0.t_dtensor","D":[{{"#":"0.t_f32"}},[2],"NCHW",[],0]}}}}]}},{{"#":"{operator}","A":[{{"AT":{{"#":"0.a_str","D":"{text}"}},"N":"{attribute}"}}],"I":[{{"%":1}}],"O":[]}}]}}]}}]}}}}"##
    )
    .into_bytes()
}

/// The pickle of the parameters of a model: names with arrays, each with the name that the program knows it by.
pub fn parameters() -> Vec<u8> {
    let dtype = Program::new(4).dict().mark().text("fc.weight").global("builtins", "tuple");
    dtype.text("fc_0.w_0").none().tuple(2).tuple(1).reduce().raw(b"u").stop()
}
