//! What is set aside: the ignore file and the baseline. Neither is ever taken from what is scanned.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use weighbridge_domain::Clock;
use weighbridge_inspect::Report;
use weighbridge_inspect::baseline::Baseline;
use weighbridge_inspect::ignore::Ignores;
use weighbridge_inspect::input::Input;

use crate::command_line::Scan;
use crate::failure::Failure;
use crate::output::contains;

/// The longest ignore file.
const IGNORE_LIMIT: u64 = 16 << 20;

/// The longest earlier report.
const BASELINE_LIMIT: u64 = 1 << 30;

/// What sets findings aside.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    ignores: Option<Ignores>,
    baseline: Option<Baseline>,
    notes: Vec<String>,
}

impl Exceptions {
    /// Reads the files that were named.
    pub(crate) fn read(arguments: &Scan) -> Result<Self, Failure> {
        let mut exceptions = Self::default();
        if let Some(path) = &arguments.judgement.ignore {
            is_outside(path, "ignore file", &arguments.paths)?;
            exceptions.read_ignores(path)?;
        }
        if let Some(path) = &arguments.judgement.baseline {
            is_outside(path, "baseline", &arguments.paths)?;
            is_made(path)?;
            let text = read(path, BASELINE_LIMIT, "baseline")?;
            let baseline = Baseline::parse(&text).map_err(|error| {
                Failure::new(
                    format!("the baseline `{}` cannot be used: {error}", path.display()),
                    "make one with: weighbridge scan --output baseline.json PATH",
                )
            })?;
            exceptions.baseline = Some(baseline);
        }
        Ok(exceptions)
    }

    fn read_ignores(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display();
        let malformed = |error: &dyn std::fmt::Display| {
            Failure::new(
                format!("the ignore file `{shown}` cannot be used: {error}"),
                "docs/report.md describes its form; `weighbridge rules` lists the rules",
            )
        };
        let text = read(path, IGNORE_LIMIT, "ignore file")?;
        let text = String::from_utf8(text).map_err(|error| malformed(&error))?;
        let ignores = Ignores::parse(&text).map_err(|error| malformed(&error))?;
        self.notes.push(format!("`{shown}` is used as ignore file"));
        self.ignores = Some(ignores);
        Ok(())
    }

    /// Sets aside what is named, and says which files were used.
    pub(crate) fn apply(self, report: &mut Report, clock: &impl Clock) {
        report.notes.extend(self.notes);
        if let Some(ignores) = self.ignores {
            ignores.apply(report, clock.today());
        }
        if let Some(baseline) = self.baseline {
            baseline.apply(report);
        }
    }
}

/// On the first run there is no baseline yet.
fn is_made(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let path = path.display();
        return Err(Failure::new(
            format!("there is no baseline `{path}` yet"),
            format!("look through the findings, then write it once: weighbridge scan --output {path} PATH"),
        ));
    }
    Ok(())
}

/// What is scanned does not bring its own exceptions.
fn is_outside(file: &Path, what: &str, paths: &[PathBuf]) -> Result<(), Failure> {
    if paths.iter().any(|path| contains(path, file)) {
        return Err(Failure::new(
            format!("the {what} `{}` lies inside what is scanned, and would excuse itself", file.display()),
            "keep it outside, where only those who decide can change it",
        ));
    }
    Ok(())
}

pub(super) fn read(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>, Failure> {
    let read = || {
        if !std::fs::metadata(path)?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let input = Input::file(File::open(path)?)?;
        if input.len() > limit {
            return Err(std::io::Error::other(format!("it is longer than {limit} bytes")));
        }
        input.read(0, limit)
    };
    read().map_err(|error| {
        Failure::new(
            format!("the {what} `{}` cannot be read: {error}", path.display()),
            "weighbridge scan --help",
        )
    })
}
