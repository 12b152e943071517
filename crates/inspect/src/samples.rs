//! Files built from a few calls: samples of ordinary files, and examples of hostile ones, for the tests, the fuzz target
//! and the demo. Nothing here can harm: payloads name a callable and never carry working code.

pub mod tensor;

use std::io::Write as _;

/// A file of a sample: its path and its bytes.
pub type File = (String, Vec<u8>);

/// A folder with one file.
pub fn one(path: &str, bytes: impl Into<Vec<u8>>) -> Vec<File> {
    vec![(path.to_owned(), bytes.into())]
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
