//! `diff`: from two paths to what changed between them, and an exit code.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use weighbridge_inspect::diff::change::Risk;
use weighbridge_inspect::diff::{self, NotComparable, Request, Terms};
use weighbridge_inspect::report::diff::{html, json};
use weighbridge_inspect::{Limits, Options, report};

use crate::command_line::diff::{Format, Threshold};
use crate::command_line::{Diff, values};
use crate::failure::Failure;
use crate::human::{self, Look};
use crate::output::{Output, Target, are_spared, no_report, print_without};
use crate::progress;

/// Compares, reports, and gives the exit code.
pub(crate) fn run(arguments: &Diff) -> Result<u8, Failure> {
    let threshold = match arguments.threshold {
        Threshold::Red => Risk::Red,
        Threshold::Amber => Risk::Amber,
        Threshold::Note => Risk::Note,
    };
    let terms = Terms { threshold, allow_incomplete: arguments.allow_incomplete };
    let outputs = arguments.report.output.iter().map(|path| prepare(path)).collect::<Result<Vec<_>, _>>()?;
    let scans = arguments
        .report
        .scan_output
        .iter()
        .map(|path| Output::prepare(path))
        .collect::<Result<Vec<_>, _>>()?;
    let targets = outputs.iter().map(|(target, _)| target).chain(scans.iter().map(Output::target));
    let targets: Vec<&Target> = targets.collect();
    are_spared(targets.iter().copied(), &[arguments.old.clone(), arguments.new.clone()], "diff")?;
    let options = Options {
        limits: Limits::from(&arguments.limits),
        exclude: values::patterns(&arguments.exclude)
            .map_err(|error| Failure::new(format!("`--exclude`: {error}"), "weighbridge diff --help"))?,
        digests: true,
        weights: false,
        facts: false,
        bill: false,
        jobs: arguments.jobs,
        written: targets.iter().map(|target| target.path().to_owned()).collect(),
        secret_key: None,
        yara: None,
    };

    let request = Request {
        old: arguments.old.clone(),
        new: arguments.new.clone(),
        all_digests: arguments.tensor_digests,
    };
    let compared =
        progress::shown(arguments.report.quiet, |progress| diff::diff(&request, &options, progress));
    let diff = compared.map_err(|error| refused(&error))?;

    for (target, format) in &outputs {
        target.write(*format == Format::Human, &diff.known, |out| {
            write(&diff, *format, terms, Look::in_a_file(), out)
        })?;
    }
    for scan in &scans {
        scan.write(&diff.new_report, report::Terms::default())?;
    }
    if !arguments.report.quiet {
        let look = Look::on_standard_output(arguments.report.verbose);
        print_without(&diff.known, |out| write(&diff, arguments.report.format, terms, look, out))?;
    }
    Ok(terms.exit_code(&diff))
}

fn refused(error: &NotComparable) -> Failure {
    let hint = match error {
        NotComparable::Unreadable { .. } => "name two files or two folders: weighbridge diff OLD NEW",
        NotComparable::FileAndFolder { .. } => {
            "unpack the file if it is an archive, or name the file inside the folder that it belongs with"
        }
    };
    Failure::new(error, hint)
}

fn write(diff: &diff::Diff, format: Format, terms: Terms, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human::diff::write(diff, terms, look, &mut out)?,
        Format::Json => json(diff, &mut out)?,
        Format::Html => html(diff, &mut out)?,
    }
    out.flush()
}

/// A file for a comparison, of the form that its ending names.
fn prepare(path: &Path) -> Result<(Target, Format), Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format = match ending.to_ascii_lowercase().as_str() {
        "json" => Format::Json,
        "html" | "htm" => Format::Html,
        "txt" => Format::Human,
        _ => return Err(no_report(path, "name it something.json, .html or .txt")),
    };
    Ok((Target::prepare(path)?, format))
}
