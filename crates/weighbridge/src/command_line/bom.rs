//! What can be typed behind `bom`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use weighbridge_domain::purl::is_purl;

use super::{LimitArguments, values};

const EXIT_CODES: &str = "\
Exit codes:
  0  written, and everything was inspected
  2  nothing could be written, or something was not inspected (not with --allow-incomplete): the document says what";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Bom {
    /// A model: a file or a folder
    pub(crate) path: PathBuf,

    /// Leave out what matches this pattern; may be given again
    ///
    /// As for `scan`: a pattern without `/` matches names in every folder, one with `/` matches whole paths.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Files read at once [default: one a core]
    #[arg(long, short, value_name = "N", default_value = "0", hide_default_value = true, value_parser = values::jobs)]
    pub(crate) jobs: usize,

    #[command(flatten)]
    pub(crate) document: DocumentArguments,

    #[command(flatten)]
    pub(crate) given: GivenArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// What is written, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Document")]
pub(crate) struct DocumentArguments {
    /// In which form
    #[arg(long, short, value_enum, default_value_t = Form::Cyclonedx)]
    pub(crate) format: Form,

    /// Write to this file, and not to standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Say which of the G7's minimum elements of a bill for AI are there, on standard error
    #[arg(long)]
    pub(crate) coverage: bool,

    /// Do not end with exit code 2 because something was not inspected
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// Say nothing but errors on standard error
    #[arg(long, short, conflicts_with = "coverage")]
    pub(crate) quiet: bool,
}

/// What files do not say.
#[derive(Debug, Args)]
#[command(next_help_heading = "What you know of the model")]
pub(crate) struct GivenArguments {
    /// What it is called
    #[arg(long, value_name = "NAME", value_parser = values::words)]
    pub(crate) name: Option<String>,

    /// Which version of it this is, such as the revision it was fetched at
    #[arg(long, value_name = "VERSION", value_parser = values::words)]
    pub(crate) model_version: Option<String>,

    /// Its package address, such as pkg:huggingface/OWNER/NAME@REVISION; none is made up
    #[arg(long, value_name = "PURL", value_parser = purl)]
    pub(crate) purl: Option<String>,

    /// The date of the document, such as 2026-01-31, 2026-01-31T12:00:00Z or seconds since 1970
    ///
    /// Without it, CycloneDX gets none and SPDX, which must have one, the beginning of 1970. The clock is never asked: the
    /// same files give the same bytes.
    #[arg(long, value_name = "DATE", env = "SOURCE_DATE_EPOCH", value_parser = values::date)]
    pub(crate) date: Option<jiff::Timestamp>,
}

/// Forms of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// CycloneDX 1.6, JSON
    Cyclonedx,
    /// SPDX 3.0.1 with the AI profile, JSON-LD
    Spdx,
}

fn purl(text: &str) -> Result<String, String> {
    let wanted = "a package address is wanted, such as pkg:huggingface/example/demo@0123abc";
    if is_purl(text) { Ok(text.to_owned()) } else { Err(wanted.to_owned()) }
}
