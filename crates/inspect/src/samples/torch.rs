//! PyTorch's files.

use super::archive::{Tar, Zip};
use super::pickle::Program;

/// Eight bytes of numbers: two floats.
const NUMBERS: &[u8] = &[0, 0, 128, 63, 0, 0, 0, 64];

/// `torch._utils._rebuild_tensor_v2` of two numbers from a storage.
fn tensor(program: Program, class: &str, key: &str, elements: i32, views: bool) -> Program {
    let program = program.global("torch._utils", "_rebuild_tensor_v2").mark().mark().text("storage");
    let program = program.global("torch", class).text(key).text("cpu").int(elements);
    let program = if views { program.none() } else { program };
    let program = program.tuple_to_mark().persistent().int(0).int(2).tuple(1).int(1).tuple(1).raw([0x89]);
    program.global("collections", "OrderedDict").tuple(0).reduce().tuple_to_mark().reduce()
}

/// The program of a state dictionary with one tensor.
pub fn state_dict(class: &str, key: &str, elements: i32) -> Program {
    let program = Program::new(2).global("collections", "OrderedDict").tuple(0).reduce().text("weight");
    tensor(program, class, key, elements, false).setitem()
}

/// A zip around this `data.pkl` and one storage `0`.
pub fn zip_of(data: &[u8], storage: &[u8]) -> Zip {
    Zip::new()
        .stored("model/data.pkl", data)
        .stored("model/byteorder", b"little")
        .stored("model/data/0", storage)
        .stored("model/version", b"3\n")
}

/// A state dictionary as PyTorch writes it.
pub fn zip() -> Vec<u8> {
    zip_of(&state_dict("FloatStorage", "0", 2).stop(), NUMBERS).build()
}

/// The stream of pickles that PyTorch wrote before 1.6, around this object and these storages.
pub fn stream_of(header: &[u8], object: Vec<u8>, keys: &[&str], elements: u64) -> Vec<u8> {
    let mut bytes = Program::new(2).raw(b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").stop();
    bytes.extend(Program::new(2).raw(b"M\xe9\x03").stop());
    bytes.extend(header);
    bytes.extend(object);
    let names = keys.iter().fold(Program::new(2).list(), |program, key| program.text(key).append());
    bytes.extend(names.stop());
    for _ in keys {
        bytes.extend(elements.to_le_bytes());
        bytes.extend(NUMBERS);
    }
    bytes
}

/// The third pickle of the stream: sizes of the machine's types.
pub fn machine() -> Vec<u8> {
    Program::new(2).dict().text("little_endian").raw([0x88]).setitem().stop()
}

/// The fourth pickle of the stream: one tensor in storage `7`.
pub fn object() -> Vec<u8> {
    tensor(Program::new(2), "FloatStorage", "7", 2, true).stop()
}

/// A tensor as PyTorch wrote it before 1.6.
pub fn stream() -> Vec<u8> {
    stream_of(&machine(), object(), &["7"], 2)
}

/// A tensor as the first releases of PyTorch wrote it.
pub fn tar() -> Vec<u8> {
    let described =
        |program: Program| program.int(7).text("cpu").global("torch", "FloatStorage").tuple(3).stop();
    let mut storages = Program::new(2).int(1).stop();
    storages.extend(described(Program::new(2)));
    storages.extend(2_u64.to_le_bytes());
    storages.extend(NUMBERS);
    storages.extend(Program::new(2).list().stop());
    let mut tensors = Program::new(2).int(1).stop();
    tensors.extend(described(Program::new(2)));
    for number in [1_u64, 2, 1, 0] {
        tensors.extend(number.to_le_bytes());
    }
    Tar::new()
        .file("sys_info", &machine())
        .file("pickle", &Program::new(2).text("7").persistent().stop())
        .file("storages", &storages)
        .file("tensors", &tensors)
        .build()
}
