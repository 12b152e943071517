//! `bom`: from a path to a bill of material, and an exit code.

use std::io::{self, BufWriter, Write};

use weighbridge_attest::{cyclonedx, spdx};
use weighbridge_domain::bill::Bill;
use weighbridge_inspect::bill::{Given, bill};
use weighbridge_inspect::{Limits, Options, scan};

use crate::command_line::bom::Form;
use crate::command_line::{Bom, values};
use crate::commands::scan::are_there;
use crate::failure::Failure;
use crate::human;
use crate::output::{Target, are_spared, print_without, remark};
use crate::progress;

/// Reads, writes, and gives the exit code.
pub(crate) fn run(arguments: &Bom) -> Result<u8, Failure> {
    let paths = [arguments.path.clone()];
    are_there(&paths)?;
    let target = arguments.document.output.as_ref().map(|path| Target::prepare(path)).transpose()?;
    are_spared(target.iter(), &paths, "bom")?;
    let options = Options {
        limits: Limits::from(&arguments.limits),
        exclude: values::patterns(&arguments.exclude)
            .map_err(|error| Failure::new(format!("`--exclude`: {error}"), "weighbridge bom --help"))?,
        bill: true,
        jobs: arguments.jobs,
        written: target.iter().map(|target| target.path().to_owned()).collect(),
        ..Options::default()
    };
    let quiet = arguments.document.quiet;
    let report = progress::shown(quiet, |progress| scan(&paths, &options, progress));
    if report.files.is_empty() {
        let cause = format!("there is no file in `{}` to make a bill of", arguments.path.display());
        return Err(Failure::new(cause, "weighbridge scan PATH says what is there instead"));
    }
    let (name, version) = arguments.given.purl.as_deref().map_or((None, None), named);
    let given = Given {
        name: arguments.given.name.clone().or(name),
        version: arguments.given.model_version.clone().or(version),
        purl: arguments.given.purl.clone(),
        date: arguments.given.date,
    };
    let bill = bill(&report, &given);
    let write = |out: &mut dyn Write| document(&bill, arguments.document.format, out);
    match &target {
        Some(target) => target.write(false, &report.known, write)?,
        None => print_without(&report.known, write)?,
    }
    if !quiet {
        remark(&report.known, |out| human::bom::write(&bill, arguments.document.coverage, out));
    }
    let is_whole = bill.missed.is_empty() && bill.unread().next().is_none();
    Ok(if is_whole || arguments.document.allow_incomplete { 0 } else { 2 })
}

/// The name and version that a package URL states, when nothing in them is encoded.
fn named(purl: &str) -> (Option<String>, Option<String>) {
    let plain = |part: &str| (!part.is_empty() && !part.contains('%')).then(|| part.to_owned());
    let path = purl.split(['?', '#']).next().unwrap_or_default();
    let (path, version) =
        path.rsplit_once('@').map_or((path, None), |(path, version)| (path, plain(version)));
    (path.rsplit('/').next().and_then(plain), version)
}

fn document(bill: &Bill, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match form {
        Form::Cyclonedx => cyclonedx::write(bill, &mut out)?,
        Form::Spdx => spdx::write(bill, &mut out)?,
    }
    out.flush()
}
