//! What can be typed. Help, completions, manual pages and `docs/commands.md` are derived from it.

pub(crate) mod bom;
pub(crate) mod diff;
pub(crate) mod licence;
pub(crate) mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use weighbridge_domain::Severity;
use weighbridge_inspect::Limits;

pub(crate) use self::bom::Bom;
pub(crate) use self::diff::Diff;
pub(crate) use self::licence::Licence;
use crate::output::Format;

/// The checkpoint between a downloaded model and the machine that runs it
#[derive(Debug, Parser)]
#[command(name = "weighbridge", version, max_term_width = 100, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, propagate_version = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Inspect model files without loading them
    ///
    /// Says what in them could run code, is malformed on purpose, or is not what it claims to be. Nothing is loaded,
    /// imported or executed.
    Scan(Box<Scan>),
    /// Compare two revisions of a model
    ///
    /// Says what changed from OLD to NEW, the riskiest first: code, formats, settings, chat templates, tokenizers, tensors,
    /// findings. Two files or two folders; where NEW is an adapter and OLD is not, OLD is its base. Nothing is loaded,
    /// imported or executed.
    Diff(Box<Diff>),
    /// Write the bill of material of a model
    ///
    /// Its files with their digests, what is stated about it, the data sets, models and packages it is made from, its terms,
    /// and what was found in it; as CycloneDX 1.6 or SPDX 3.0.1. Nothing is loaded, imported or executed.
    Bom(Box<Bom>),
    /// Say what the terms of a model allow
    ///
    /// Reads every statement of terms in its files, or takes one licence by its id, and answers for the intended use: allow
    /// with duties, refuse, or needs counsel. Facts, not legal advice.
    Licence(Box<Licence>),
    /// List what is looked for
    Rules,
    /// List the file formats and how far each is read
    Formats,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print a manual page
    ///
    /// Without a command: the page about weighbridge itself. Read it with `weighbridge man scan | man -l -`.
    Man {
        /// A command
        command: Option<String>,
    },
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything was inspected, and nothing is at the threshold
  1  findings at the threshold or above; also when, besides, something was not inspected
  2  the scan could not be done, or something was not inspected (not with --allow-incomplete)";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Scan {
    /// Files and folders
    #[arg(required_unless_present_any = ["explain", "demo"], value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Leave out what matches this pattern; may be given again
    ///
    /// `*`, `?`, `[…]` and `{a,b}` as in a shell, `**` for any number of folders. A pattern without `/` matches names in
    /// every folder, one with `/` matches whole paths as the report shows them. What was left out is counted in the report.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Files inspected at once [default: one a core]
    #[arg(long, short, value_name = "N", default_value = "0", hide_default_value = true, value_parser = values::jobs)]
    pub(crate) jobs: usize,

    /// Do not read whole files: no digests, and checksums in archives stay unchecked
    #[arg(long, conflicts_with_all = ["baseline", "ignore"])]
    pub(crate) no_digests: bool,

    /// Tell digests of the secrets found, made under the key in this file
    ///
    /// At least 16 bytes that nobody can guess, the same for all scans that are to be compared. The same secret then has the
    /// same digest in every report. Without a key there are no digests: they could be guessed back.
    #[arg(long, value_name = "FILE", env = "WEIGHBRIDGE_SECRET_KEY")]
    pub(crate) secret_key: Option<PathBuf>,

    /// Read the numbers in tensors too, for what is hidden in them or wrong with them
    ///
    /// Numbers that are none, matrices of zeros, tensors that are the same, neurons that stand out, files and text in low bits.
    /// Findings are never above low. Read are plain types that lie as they are or come out of a decoder; the report says how
    /// many tensors were not read.
    #[arg(long, conflicts_with = "no_digests")]
    pub(crate) weights: bool,

    /// Run the rules of YARA in this file or folder over every file and what is in it; may be given again
    ///
    /// Of a folder, the files that end in .yar or .yara. Only in builds with the feature `yara`; others end with exit code 2.
    /// Described in docs/yara.md.
    #[arg(long, value_name = "FILE")]
    pub(crate) yara: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) report: ReportArguments,

    #[command(flatten)]
    pub(crate) judgement: JudgementArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    #[command(flatten)]
    pub(crate) learn: LearnArguments,
}

/// What is reported, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArguments {
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    /// Write a report to this file as well; may be given again
    ///
    /// The ending says which: .json, .sarif, .html, .xml (JUnit) or .txt.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,

    /// Keep everything that was observed in the JSON report
    #[arg(long)]
    pub(crate) facts: bool,

    /// Show all findings and all files
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with_all = ["verbose", "format"])]
    pub(crate) quiet: bool,
}

/// What the exit code says, and what does not count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judgement")]
pub(crate) struct JudgementArguments {
    /// End with exit code 1 at findings of this severity or above
    #[arg(long, value_name = "SEVERITY", default_value = "medium", value_parser = values::severities())]
    pub(crate) threshold: Severity,

    /// Do not end with exit code 2 because something was not inspected
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// Set aside the findings that this file names, by rule and digest
    ///
    /// It must not lie inside what is scanned: a model does not bring its own exceptions. The form is described in
    /// docs/report.md.
    #[arg(long, value_name = "FILE")]
    pub(crate) ignore: Option<PathBuf>,

    /// Set aside the findings that an earlier JSON report has about the same bytes
    ///
    /// For the first run there is none: write it with --output baseline.json. It must not lie inside what is scanned
    /// either.
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<PathBuf>,
}

/// Ways to learn what there is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Learn")]
pub(crate) struct LearnArguments {
    /// Say what a rule finds, why it matters and what to do
    #[arg(long, value_name = "RULE", exclusive = true)]
    pub(crate) explain: Option<String>,

    /// Scan harmless samples of every kind of finding and of ordinary files
    #[arg(long, conflicts_with = "paths")]
    pub(crate) demo: bool,

    /// Write the samples to this folder, which must be new or empty, and keep them
    #[arg(long, value_name = "DIR", requires = "demo")]
    pub(crate) demo_dir: Option<PathBuf>,
}

/// Limits for one file, where nothing else is said; what is beyond them is reported as not inspected.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits for one file")]
pub(crate) struct LimitArguments {
    /// How deeply containers may be nested
    #[arg(long, value_name = "N", default_value_t = 8)]
    max_depth: usize,

    /// How much may come out of decompression
    #[arg(long, value_name = "SIZE", default_value = "10GiB", value_parser = values::size)]
    max_expanded: u64,

    /// How many members of archives
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_members: u64,

    /// How much to remember
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = values::size)]
    max_memory: u64,

    /// Time for everything together, such as 30s or 5m [default: no limit]
    #[arg(long, help_heading = "Limits for the whole scan", value_name = "DURATION", value_parser = values::duration)]
    time: Option<Duration>,
}

impl From<&LimitArguments> for Limits {
    fn from(arguments: &LimitArguments) -> Self {
        Self {
            depth: arguments.max_depth,
            expanded: arguments.max_expanded,
            members: arguments.max_members,
            memory: arguments.max_memory,
            time: arguments.time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <CommandLine as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_limits_it_states_are_those_of_the_library() {
        let CommandLine { command: Command::Scan(scan) } =
            CommandLine::try_parse_from(["weighbridge", "scan", "."]).unwrap()
        else {
            panic!("it is `scan`");
        };
        assert_eq!(format!("{:?}", Limits::from(&scan.limits)), format!("{:?}", Limits::default()));
    }
}
