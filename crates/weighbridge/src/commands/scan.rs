//! `scan`: from arguments to a report and an exit code.

mod demo;
mod exceptions;
mod explain;
mod yara;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weighbridge_domain::SystemClock;
use weighbridge_inspect::report::Terms;
use weighbridge_inspect::secrets::Key;
use weighbridge_inspect::{Limits, Options, scan};

use self::demo::Demo;
use self::exceptions::Exceptions;
use crate::command_line::{Scan, values};
use crate::failure::Failure;
use crate::human::Look;
use crate::output::{Output, are_spared, print_without};
use crate::progress;

/// Scans, reports, and gives the exit code.
pub(crate) fn run(arguments: &Scan) -> Result<u8, Failure> {
    if let Some(rule) = &arguments.learn.explain {
        return explain::run(rule);
    }
    are_there(&arguments.paths)?;
    let outputs = outputs(arguments)?;
    let (rules, ran) = yara::rules(arguments)?.unzip();
    let options = Options {
        limits: Limits::from(&arguments.limits),
        exclude: values::patterns(&arguments.exclude)
            .map_err(|error| Failure::new(format!("`--exclude`: {error}"), "weighbridge scan --help"))?,
        digests: !arguments.no_digests,
        weights: arguments.weights || arguments.learn.demo,
        facts: arguments.report.facts,
        bill: false,
        jobs: arguments.jobs,
        written: outputs.iter().map(|output| output.target().path().to_owned()).collect(),
        secret_key: arguments.secret_key.as_deref().map(secret_key).transpose()?,
        yara: rules,
    };
    let terms = Terms {
        threshold: arguments.judgement.threshold,
        allow_incomplete: arguments.judgement.allow_incomplete,
    };
    let exceptions = Exceptions::read(arguments)?;
    let demo = arguments
        .learn
        .demo
        .then(|| Demo::build(arguments.learn.demo_dir.as_deref(), arguments.report.quiet))
        .transpose()?;
    let paths: Vec<PathBuf> =
        demo.as_ref().map_or_else(|| arguments.paths.clone(), |demo| vec![demo.folder().to_owned()]);

    let mut report = progress::shown(arguments.report.quiet, |progress| scan(&paths, &options, progress));
    report.notes.extend(ran);
    if demo.is_some() {
        report.asked = vec!["the harmless samples of --demo".to_owned()];
    }
    exceptions.apply(&mut report, &SystemClock);

    for output in &outputs {
        output.write(&report, terms)?;
    }
    if !arguments.report.quiet {
        let look = Look::on_standard_output(arguments.report.verbose);
        print_without(&report.known, |out| arguments.report.format.write(&report, terms, look, out))?;
    }
    Ok(terms.exit_code(&report))
}

/// The key for digests of secrets.
fn secret_key(path: &Path) -> Result<Arc<Key>, Failure> {
    let bytes = exceptions::read(path, LONGEST_KEY, "key")?;
    let key = Key::new(bytes.trim_ascii_end()).ok_or_else(|| {
        let cause = format!("`{}` has fewer than 16 bytes", path.display());
        Failure::new(cause, "make one: openssl rand -hex 32 > FILE")
    })?;
    Ok(Arc::new(key))
}

/// Bytes of a file with a key.
const LONGEST_KEY: u64 = 64 << 10;

fn outputs(arguments: &Scan) -> Result<Vec<Output>, Failure> {
    let outputs = arguments.report.output.iter().map(|path| Output::prepare(path));
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    are_spared(outputs.iter().map(Output::target), &arguments.paths, "scan")?;
    Ok(outputs)
}

/// A path that is not there is a mistake of whoever typed it, and not a part that could not be read.
pub(crate) fn are_there(paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        if fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            let text = path.to_string_lossy();
            let hint = if text == "-" || text.contains("://") {
                "files and folders are scanned; save what is to be scanned first"
            } else {
                "look for a slip in the name; `weighbridge scan --help` says what can be scanned"
            };
            return Err(Failure::new(format!("there is no file or folder `{}`", path.display()), hint));
        }
    }
    Ok(())
}
