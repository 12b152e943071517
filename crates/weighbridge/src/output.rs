//! Where reports go: standard output, and files that are never half written.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tempfile::NamedTempFile;
use weighbridge_inspect::Report;
use weighbridge_inspect::report::{self, Terms};
use weighbridge_inspect::secrets::{Known, Masking};

use crate::failure::Failure;
use crate::human;

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// Everything, in the form that docs/report.md describes
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
    /// One page for reviewers, without network
    Html,
    /// JUnit XML, for build servers
    Junit,
}

impl Format {
    /// The format that a file name asks for by its ending.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Human),
            "json"
                if path
                    .file_stem()
                    .is_some_and(|stem| Path::new(stem).extension().is_some_and(|e| e == "sarif")) =>
            {
                Some(Self::Sarif)
            }
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "html" | "htm" => Some(Self::Html),
            "xml" => Some(Self::Junit),
            _ => None,
        }
    }

    /// Writes a report; `look` only matters for people.
    pub(crate) fn write(
        self,
        report: &Report,
        terms: Terms,
        look: human::Look,
        out: impl Write,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        match self {
            Self::Human => human::write(report, terms, look, &mut out)?,
            Self::Json => report::json::write(report, &mut out)?,
            Self::Sarif => report::sarif::write(report, terms, &mut out)?,
            Self::Html => report::html::write(report, terms, &mut out)?,
            Self::Junit => report::junit::write(report, terms, &mut out)?,
        }
        out.flush()
    }
}

/// A file that a report of a scan is written to.
#[derive(Debug)]
pub(crate) struct Output {
    target: Target,
    format: Format,
}

impl Output {
    /// Checks that the ending names a format and that the file can be written, so that no scan is done in vain.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Failure> {
        let format = Format::of(path)
            .ok_or_else(|| no_report(path, "name it something.json, .sarif, .html, .xml (JUnit) or .txt"))?;
        Ok(Self { target: Target::prepare(path)?, format })
    }

    /// Writes the report.
    pub(crate) fn write(&self, report: &Report, terms: Terms) -> Result<(), Failure> {
        let look = human::Look::in_a_file();
        self.target.write(self.format == Format::Human, &report.known, |out| {
            self.format.write(report, terms, look, out)
        })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}

/// The ending of a file does not say which report it gets.
pub(crate) fn no_report(path: &Path, hint: &str) -> Failure {
    Failure::new(format!("`{}` does not end like a report", path.display()), hint)
}

/// None of these files is another of them, or one that is to be looked at.
pub(crate) fn are_spared<'a>(
    targets: impl Iterator<Item = &'a Target>,
    asked: &[PathBuf],
    command: &str,
) -> Result<(), Failure> {
    let mut seen: Vec<&Target> = Vec::new();
    for target in targets {
        if seen.iter().any(|other| other.path == target.path) {
            let cause = format!("`{}` is named twice by --output", target.path.display());
            return Err(Failure::new(cause, format!("weighbridge {command} --help")));
        }
        if let Some(link) = target.link_inside(asked) {
            return Err(Failure::new(
                format!(
                    "`{}` leads through the link `{}` of what is scanned",
                    target.given.display(),
                    link.display()
                ),
                "write the report elsewhere; the link may lead anywhere",
            ));
        }
        let path = &target.path;
        if path.exists() && asked.iter().any(|asked| contains(asked, path)) && !is_report(path) {
            return Err(Failure::new(
                format!("`{}` lies inside what is scanned, and is no earlier report", path.display()),
                "write the report elsewhere; it would have replaced this file",
            ));
        }
        seen.push(target);
    }
    Ok(())
}

/// The file is the path, or inside the folder that the path is.
pub(crate) fn contains(path: &Path, file: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(file)) {
        (Ok(path), Ok(file)) => file.starts_with(path),
        _ => false,
    }
}

/// The file begins as the reports of this program do: all but those for people name it there.
fn is_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    read.is_ok() && head.to_ascii_lowercase().windows(11).any(|word| word == b"weighbridge")
}

/// A file that is written whole or not at all.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    /// As it was asked for.
    given: PathBuf,
}

impl Target {
    /// Where it is, without links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the file can be written. A link is not followed: a downloaded folder may hold one that leads anywhere.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            let target = Self { path: in_its_folder(path), given: path.to_owned() };
            return Err(target.unwritable(&io::Error::other("it is a link")));
        }
        let given = path.to_owned();
        let path = fs::canonicalize(path).unwrap_or_else(|_| in_its_folder(path));
        let target = Self { path, given };
        if target.path.exists() && !target.path.is_file() {
            return Err(target.unwritable(&ErrorKind::AlreadyExists.into()));
        }
        target.temporary().map_err(|error| target.unwritable(&error))?;
        Ok(target)
    }

    /// A link to a folder on the way to it, inside what was asked for.
    fn link_inside(&self, asked: &[PathBuf]) -> Option<&Path> {
        let is_link = |folder: &Path| fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink());
        let inside = |link: &Path| {
            let holder =
                link.parent().filter(|holder| !holder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            asked.iter().any(|asked| contains(asked, holder))
        };
        self.given.ancestors().skip(1).find(|folder| is_link(folder) && inside(folder))
    }

    /// Writes without secrets under another name, and gives the file its own name when it is whole. What is for people loses its colours.
    pub(crate) fn write(
        &self,
        for_people: bool,
        known: &Known,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let whole = || {
            let mut file = self.temporary()?;
            if for_people {
                let plain = anstream::StripStream::new(file.as_file_mut() as &mut dyn Write);
                let mut out = Masking::knowing(known, plain);
                write(&mut out)?;
                out.finish()?;
            } else {
                let mut out = Masking::knowing(known, file.as_file_mut());
                write(&mut out)?;
                out.finish()?;
            }
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        whole().map_err(|error| self.unwritable(&error))
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".weighbridge-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(self.path.parent().unwrap_or(Path::new("/")))
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let cause = match error.kind() {
            ErrorKind::AlreadyExists => "it is there and is not a file".to_owned(),
            ErrorKind::NotFound => "its folder is not there".to_owned(),
            ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        let path = self.path.display();
        Failure::new(
            format!("`{path}` cannot be written: {cause}"),
            "name a file in a folder that you may write to",
        )
    }
}

/// A path that need not exist, below the real path of its folder: one file has one name.
fn in_its_folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Writes to standard output what nothing was read for.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    print_without(&Known::default(), write)
}

/// Writes to standard output, without secrets and without any piece of those that are known. A reader that went away is no error; colours are for terminals.
pub(crate) fn print_without(
    known: &Known,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = Masking::knowing(known, BufWriter::new(anstream::stdout().lock()));
    match write(&mut out).and_then(|()| out.finish()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            format!("standard output cannot be written: {error}"),
            "write to a file: weighbridge scan --output report.json PATH",
        )),
        _ => Ok(()),
    }
}

/// Says something beside what standard output gets. There is nobody to tell when standard error is closed.
pub(crate) fn remark(known: &Known, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut out = Masking::knowing(known, BufWriter::new(anstream::stderr().lock()));
    let _ = write(&mut out).and_then(|()| out.finish());
}
