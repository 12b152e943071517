//! `scan --demo`: a folder of harmless samples, one folder a rule and one a format, from the same examples that the
//! tests run on.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use weighbridge_inspect::formats::FORMATS;
use weighbridge_inspect::rules::RULES;
use weighbridge_inspect::samples;
use weighbridge_inspect::secrets::masked;

use crate::failure::Failure;

/// The folder of samples.
pub(crate) enum Demo {
    /// Goes away with the scan.
    Temporary(TempDir),
    /// Stays where it was asked for.
    Kept(PathBuf),
}

impl Demo {
    /// Writes all samples.
    pub(crate) fn build(folder: Option<&Path>, quiet: bool) -> Result<Self, Failure> {
        let demo = Self::folder_for(folder).and_then(|demo| {
            let files = demo.fill()?;
            Ok((demo, files))
        });
        let (demo, files) = demo.map_err(|error| {
            let shown = folder.unwrap_or(Path::new("a temporary folder")).display();
            Failure::new(
                format!("the samples cannot be written to `{shown}`: {error}"),
                "name a new folder: weighbridge scan --demo --demo-dir samples",
            )
        })?;
        if !quiet {
            let fate = match demo {
                Self::Temporary(_) => {
                    "and removed when the scan ends, unless it is killed; --demo-dir DIR keeps them"
                }
                Self::Kept(_) => "and kept",
            };
            let _ = writeln!(
                io::stderr(),
                "{files} harmless samples are written to {}, {fate}",
                masked(&demo.folder().display().to_string())
            );
        }
        Ok(demo)
    }

    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }

    fn folder_for(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self::Temporary(tempfile::Builder::new().prefix("weighbridge-demo-").tempdir()?));
        };
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            return Err(io::Error::other("it is not empty"));
        }
        Ok(Self::Kept(folder.to_owned()))
    }

    fn fill(&self) -> io::Result<usize> {
        let mut count = 0;
        for rule in RULES {
            for example in rule.examples {
                let files = (example.files)();
                count += files.len();
                samples::write(&self.folder().join("rules").join(rule.id).join(example.name), &files)?;
            }
        }
        for format in FORMATS {
            let files = (format.samples)();
            count += files.len();
            samples::write(&self.folder().join("formats").join(format.id), &files)?;
        }
        Ok(count)
    }
}
