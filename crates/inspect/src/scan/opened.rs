//! Files while they are read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use super::find::kind_of;
use crate::input::Input;

/// Files up to this size are read once into memory, hashed and inspected from there.
const SMALL: u64 = 1 << 20;

/// A file that is open, and how it was when it was opened.
pub(crate) struct Opened {
    pub(crate) input: Input,
    behind: Input,
    pub(crate) size: u64,
    pub(crate) mark: Mark,
}

impl Opened {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let (file, before) = open(path)?;
        let size = before.len();
        let behind = Input::new(std::sync::Arc::new(file), size.saturating_add(1));
        let mut input = behind.slice(0, size);
        if size <= SMALL
            && let Ok(bytes) = input.read(0, size)
        {
            input = Input::bytes(bytes);
        }
        Ok(Self { input, behind, size, mark: mark(&before) })
    }

    /// Why what was read is not what the file holds, when it is so.
    pub(crate) fn changed(&self, path: &Path) -> Option<String> {
        if fs::symlink_metadata(path).map(|after| mark(&after)).ok() != Some(self.mark) {
            Some("it changed while it was read; scan it again".to_owned())
        } else if self.behind.read(self.size, 1).is_ok_and(|bytes| !bytes.is_empty()) {
            Some(format!("it has more than the {} bytes that it says it has", self.size))
        } else {
            None
        }
    }
}

/// Opens a regular file without waiting for a writer. A link that was put there meanwhile shows as a change.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        const O_NONBLOCK: i32 = 0o4000;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, O_NONBLOCK);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, kind_of(&metadata)));
    }
    Ok((file, metadata))
}

/// Length, time and number of a file.
pub(crate) type Mark = (u64, Option<std::time::SystemTime>, u64);

/// What changes when a file changes.
pub(super) fn mark(metadata: &Metadata) -> Mark {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    (metadata.len(), metadata.modified().ok(), inode)
}
