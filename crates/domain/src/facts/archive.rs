//! Facts about members of archives.

use serde::Serialize;

/// A member of an archive as the archive describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name, escaped where it is not UTF-8; never used as a path.
    pub name: String,
    /// What it claims to be.
    pub kind: EntryKind,
    /// Size after decompression, as declared.
    pub size: u64,
    /// Size in the archive, as declared.
    pub packed: u64,
    /// Unix permission bits, where the archive has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Its content is encrypted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
}

/// What a member of an archive claims to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink {
        /// Where it points.
        target: String,
    },
    /// A hard link to another member.
    HardLink {
        /// Which member.
        target: String,
    },
    /// A device, pipe or socket.
    Special,
}
