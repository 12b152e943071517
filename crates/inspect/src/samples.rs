//! Files built from a few calls: samples of ordinary files, and examples of hostile ones, for the tests, the fuzz target
//! and the demo. Nothing here can harm: payloads name a callable and never carry working code.

pub mod adapter;
pub mod archive;
pub mod boosting;
pub mod cntk;
pub mod commands;
pub mod config;
pub mod coreml;
pub mod engine;
pub mod flat;
pub mod flax;
pub mod graph;
pub mod hdf5;
pub mod keras;
pub mod licence;
pub mod llamafile;
pub mod mxnet;
pub mod notebook;
pub mod oci;
pub mod openvino;
pub mod orbax;
pub mod packages;
pub mod paddle;
pub mod pickle;
pub mod pmml;
pub mod program;
pub mod r;
pub mod rar;
pub mod script;
pub mod secret;
pub mod skops;
pub mod source;
pub mod template;
pub mod tensor;
pub mod tensorflow;
pub mod torch;
pub mod torch7;
pub mod torchscript;
pub mod torchserve;
pub mod weights;
pub mod yaml;
pub mod yara;

use std::io::Write as _;

/// A file of a sample: its path and its bytes.
pub type File = (String, Vec<u8>);

/// A folder with one file.
pub fn one(path: &str, bytes: impl Into<Vec<u8>>) -> Vec<File> {
    vec![(path.to_owned(), bytes.into())]
}

/// The smallest picture: no pixels, only an end.
pub fn picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\0".to_vec();
    bytes.extend(b"IEND\xae\x42\x60\x82");
    bytes
}

/// What stands for a link to `target` in a [`File`].
pub fn link_to(target: &str) -> Vec<u8> {
    [LINK, target.as_bytes()].concat()
}

const LINK: &[u8] = b"\0link to ";

/// Writes files below a folder; the names are ours.
pub fn write(folder: &std::path::Path, files: &[File]) -> std::io::Result<()> {
    for (path, bytes) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        match bytes.strip_prefix(LINK) {
            #[cfg(unix)]
            Some(target) => std::os::unix::fs::symlink(String::from_utf8_lossy(target).as_ref(), path)?,
            _ => std::fs::File::create(path)?.write_all(bytes)?,
        }
    }
    Ok(())
}
