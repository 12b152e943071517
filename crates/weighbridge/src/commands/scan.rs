//! `scan`: from arguments to a report and an exit code.

mod demo;
mod exceptions;
mod explain;

use std::path::PathBuf;

use weighbridge_domain::SystemClock;
use weighbridge_inspect::report::Terms;
use weighbridge_inspect::{Limits, Options, scan};

use self::demo::Demo;
use self::exceptions::Exceptions;
use crate::command_line::{Scan, values};
use crate::failure::Failure;
use crate::human::Look;
use crate::output::{Output, are_told_apart, print};
use crate::progress;

/// Scans, reports, and gives the exit code.
pub(crate) fn run(arguments: &Scan) -> Result<u8, Failure> {
    if let Some(rule) = &arguments.learn.explain {
        return explain::run(rule);
    }
    let options = Options {
        limits: Limits::from(&arguments.limits),
        exclude: values::patterns(&arguments.exclude)
            .map_err(|error| Failure::new(format!("`--exclude`: {error}"), "weighbridge scan --help"))?,
        digests: !arguments.no_digests,
        facts: arguments.report.facts,
        jobs: arguments.jobs,
    };
    let terms = Terms {
        threshold: arguments.judgement.threshold,
        allow_incomplete: arguments.judgement.allow_incomplete,
    };
    let outputs = outputs(arguments)?;
    let exceptions = Exceptions::read(arguments)?;
    let demo = arguments
        .learn
        .demo
        .then(|| Demo::build(arguments.learn.demo_dir.as_deref(), arguments.report.quiet))
        .transpose()?;
    let paths: Vec<PathBuf> =
        demo.as_ref().map_or_else(|| arguments.paths.clone(), |demo| vec![demo.folder().to_owned()]);

    let mut report = progress::shown(arguments.report.quiet, |progress| scan(&paths, &options, progress));
    exceptions.apply(&mut report, &SystemClock);

    for output in &outputs {
        output.write(&report, terms)?;
    }
    if !arguments.report.quiet {
        let look = Look::on_standard_output(arguments.report.verbose);
        print(|out| arguments.report.format.write(&report, terms, look, out))?;
    }
    Ok(terms.exit_code(&report))
}

fn outputs(arguments: &Scan) -> Result<Vec<Output>, Failure> {
    let outputs = arguments.report.output.iter().map(|path| Output::prepare(path));
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    are_told_apart(outputs.iter().map(Output::target), "scan")?;
    Ok(outputs)
}
