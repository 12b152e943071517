//! A word to people about a bill that was written: what it leaves open, and which minimum elements it has.

use std::io::{self, Write};

use weighbridge_attest::coverage::{CLUSTERS, Presence};
use weighbridge_domain::bill::{Bill, Field};
use weighbridge_inspect::text;

use super::lines::wrapped;
use super::{BOLD, DIM};

/// Files named that could not be read.
const MOST: usize = 5;

/// Says what the bill is about and what is not in it.
pub(crate) fn write(bill: &Bill, coverage: bool, out: &mut dyn Write) -> io::Result<()> {
    let files = text::count(bill.manifest.files.len() as u64, "file");
    let findings: usize = bill.weaknesses.iter().map(|weakness| weakness.findings.len()).sum();
    let missed = text::count(bill.missed.len() as u64, "part");
    let findings = text::count(findings as u64, "finding");
    writeln!(
        out,
        "{files}, {findings} above info, {missed} not inspected; manifest sha256:{}",
        bill.manifest.digest
    )?;
    let unread: Vec<&str> = bill.unread().collect();
    for path in unread.iter().take(MOST) {
        writeln!(out, "not read to its end: {path}")?;
    }
    if unread.len() > MOST {
        writeln!(out, "and {} more", unread.len() - MOST)?;
    }
    if bill.first(Field::Name).is_none() {
        writeln!(out, "the files do not say what the model is called; --name does")?;
    }
    if !coverage {
        return Ok(());
    }
    writeln!(out, "\nMinimum elements of a bill of material for AI (G7, 2026-05-12)")?;
    for cluster in &CLUSTERS {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", cluster.title)?;
        for presence in [Presence::Present, Presence::Absent, Presence::Unknowable] {
            let names = cluster.look(bill).filter(|(_, found)| *found == presence).map(|(name, _)| name);
            let names: Vec<&str> = names.collect();
            if !names.is_empty() {
                let label = format!("  {DIM}{:15}{DIM:#}  ", presence.word());
                wrapped(&names.join(", "), &label, "                   ", 80, out)?;
            }
        }
    }
    Ok(())
}
