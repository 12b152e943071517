//! Files built from a few calls: samples of ordinary files, and examples of hostile ones, for the tests, the fuzz target
//! and the demo. Nothing here can harm: payloads name a callable and never carry working code.

pub mod pickle;

use std::io::Write as _;

/// A file of a sample: its path and its bytes.
pub type File = (String, Vec<u8>);

/// A folder with one file.
pub fn one(path: &str, bytes: impl Into<Vec<u8>>) -> Vec<File> {
    vec![(path.to_owned(), bytes.into())]
}

/// A safetensors file with this header text and this many bytes of data.
pub fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.extend((0..data).map(|i| u8::try_from(i % 251).unwrap_or_default()));
    bytes
}

/// Writes files below a folder; the names are ours.
pub fn write(folder: &std::path::Path, files: &[File]) -> std::io::Result<()> {
    for (path, bytes) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::File::create(path)?.write_all(bytes)?;
    }
    Ok(())
}
