//! Programs with weights in them.

use super::archive::Zip;
use super::tensor::Gguf;

/// A llamafile with these arguments; in place of the program stand a few words.
pub fn program(arguments: &str) -> Vec<u8> {
    let stub = b"MZqFpD='\nnothing that runs\n'\n#'\"\nexit 0\n";
    Zip::new().prefix(stub).stored("model.gguf", &weights()).stored(".args", arguments.as_bytes()).build()
}

/// The weights in it.
pub fn weights() -> Vec<u8> {
    Gguf::new().text("general.architecture", "llama").build()
}
