//! Units of systemd and entries of desktops: the commands that they start.

use weighbridge_domain::facts::When;

use super::command::{self, Runner};
use super::compose;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::walk::Visit;

/// Units and desktop entries.
pub static FORMAT: Format = Format {
    id: "unit",
    title: "Unit of systemd or entry of a desktop",
    extensions: ENDINGS,
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "The commands of `Exec` and `ExecStart` and their relatives, in files of systemd and of desktops.",
    recognise: |probe: &Probe<'_>| Recognition::guess_if(probe.ends_with(ENDINGS) && probe.is_text()),
    read,
    samples: commands::units,
};

const ENDINGS: &[&str] = &["desktop", "service", "socket", "timer"];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = compose::text(visit)?;
    let mut at = 0_usize;
    for line in source.split_inclusive('\n') {
        visit.budget.tick()?;
        let start = at;
        at = at.saturating_add(line.len());
        let Some((key, value)) = line.trim_end_matches(['\n', '\r']).split_once('=') else { continue };
        if key.trim() == "Exec" || key.trim().starts_with("Exec") && !key.contains("Condition") {
            let plain = value.trim_start().trim_start_matches(['-', '@', '+', '!', ':']);
            let from = start
                .saturating_add(key.len())
                .saturating_add(1)
                .saturating_add(value.len().saturating_sub(plain.len()));
            command::emit(visit, Runner::new("unit", When::Loaded, from as u64), plain);
        }
    }
    Ok(())
}
