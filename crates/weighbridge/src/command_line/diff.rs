//! What can be typed behind `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LimitArguments;

const EXIT_CODES: &str = "\
Exit codes:
  0  everything was compared, and nothing changed at the threshold
  1  changes at the threshold or above; also when, besides, something was not compared
  2  the comparison could not be done, or something was not compared (not with --allow-incomplete)";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Diff {
    /// The revision that is known: a file or a folder
    pub(crate) old: PathBuf,

    /// The revision that is asked about
    pub(crate) new: PathBuf,

    /// Leave out what matches this pattern, in both; may be given again
    ///
    /// As for `scan`: a pattern without `/` matches names in every folder, one with `/` matches whole paths.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Threads; 0 for one a core
    #[arg(long, short, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) jobs: usize,

    /// Give the digest of every tensor that changed, however large; they are read a second time
    #[arg(long)]
    pub(crate) tensor_digests: bool,

    #[command(flatten)]
    pub(crate) report: ReportArguments,

    /// End with exit code 1 at changes of this risk or above
    #[arg(long, value_name = "RISK", value_enum, default_value_t = Threshold::Amber, help_heading = "Judgement")]
    pub(crate) threshold: Threshold,

    /// Do not end with exit code 2 because something was not compared
    #[arg(long, help_heading = "Judgement")]
    pub(crate) allow_incomplete: bool,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// What is told, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArguments {
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    /// Write a report to this file as well; may be given again
    ///
    /// The ending says which: .json, .html or .txt.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,

    /// Write the report of a scan of NEW, made from the same reading; may be given again
    ///
    /// The ending says which, as for `scan`.
    #[arg(long, value_name = "FILE")]
    pub(crate) scan_output: Vec<PathBuf>,

    /// Show all changes with all their details
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with_all = ["verbose", "format"])]
    pub(crate) quiet: bool,
}

/// Forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// Everything, in the form that docs/diff.md describes
    Json,
    /// One page for reviewers, without network
    Html,
}

/// Risks that can be a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Threshold {
    /// Something may run that did not run before
    Red,
    /// The model may behave differently
    Amber,
    /// Anything at all
    Note,
}
