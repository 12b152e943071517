//! Facts about software packages that a model's files ask for.

use serde::Serialize;

/// A package that a file asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Whose package: `pypi`, `npm`, `conda`, `deb`.
    pub ecosystem: &'static str,
    /// Its name as written.
    pub name: String,
    /// What is asked of its version, as written; empty when nothing is.
    pub constraint: String,
    /// The one version it is held to, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Digests it must have, as `algorithm:hex` or as the file writes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
    /// Where it comes from when that is not the usual index.
    #[serde(skip_serializing_if = "Origin::is_index")]
    pub origin: Origin,
    /// The group, extra or section it is in; empty for the ordinary one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The file is a lock: it says what is installed, not what would do.
    pub locked: bool,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Origin {
    /// From the index in use.
    Index,
    /// From an index named for it.
    NamedIndex {
        /// Its address or name.
        index: String,
    },
    /// From an address.
    Url {
        /// The address.
        url: String,
    },
    /// From a repository of source text.
    Repository {
        /// Its address.
        url: String,
        /// The revision asked for.
        revision: Option<String>,
    },
    /// From a folder or file.
    Path {
        /// The path.
        path: String,
    },
}

impl Origin {
    const fn is_index(&self) -> bool {
        matches!(self, Self::Index)
    }
}

/// A place that packages are looked for in, or how far it is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageIndex {
    /// Whose packages.
    pub ecosystem: &'static str,
    /// Its address or name as written.
    pub index: String,
    /// It is asked besides another, so that a name may be found in either.
    pub extra: bool,
    /// Its certificate is not checked.
    pub unchecked: bool,
}

/// A package that runs a program of its own when it is installed, as a lock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageScript {
    /// Whose package.
    pub ecosystem: &'static str,
    /// Its name.
    pub name: String,
    /// It is there only as source text, which is built; otherwise it has a script for the purpose.
    pub builds: bool,
}
