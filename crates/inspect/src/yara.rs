//! Rules of YARA that whoever scans brings along. Only builds with the feature `yara` can run them; others say so.

#[cfg(not(feature = "yara"))]
#[path = "yara/absent.rs"]
mod engine;
#[cfg(feature = "yara")]
mod engine;

use std::fmt;

pub use self::engine::Rules;

/// Whether this build can run rules.
pub const AVAILABLE: bool = cfg!(feature = "yara");

/// A file of rules.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path, as messages show it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: String,
    /// Line and column, from 1.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Mistake {}
