//! Dockerfiles: the images they build on, the commands they run, and what they put into the image.
//! Specification: the Dockerfile reference of Docker, with `BuildKit`'s documents and mounts.

mod instructions;
mod reader;

use self::reader::Reader;
use super::{Format, Support, command};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::walk::Visit;

/// Dockerfiles and Containerfiles.
pub static FORMAT: Format = Format {
    id: "dockerfile",
    title: "Dockerfile",
    extensions: &["containerfile", "dockerfile"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "`Dockerfile` and `Containerfile`, also with an ending or as one. Continued lines, the `escape` and `syntax` lines, \
           documents (`<<EOF`), stages, `ONBUILD`, and both forms of commands are read; arguments with a default are put in \
           their places. Images become facts with tag and digest, `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK` commands. \
           What an image that is built on brings along is not known. The first 2 MiB are read.",
    recognise,
    read,
    samples: commands::dockerfiles,
};

/// The longest file that is read whole.
const LONGEST: u64 = 2 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let mut parts = probe.name.split('.');
    let stem = parts.next().unwrap_or_default();
    let whole = stem == "dockerfile" || stem == "containerfile";
    // `Dockerfile.md` tells about one.
    let other =
        ["dockerignore", "j2", "jinja", "jinja2", "json", "md", "py", "rst", "sh", "txt", "yaml", "yml"];
    let named = whole && !parts.next_back().is_some_and(|ending| other.contains(&ending))
        || probe.ends_with(FORMAT.extensions);
    Recognition::guess_if(named && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    let source = command::text_of_bytes(&visit.input.read(0, LONGEST)?);
    Reader::new(&source).read(visit)
}
