//! `scan --explain RULE`: what a rule finds, why it matters, what to do.

use weighbridge_inspect::{docs, rules};

use crate::failure::Failure;
use crate::human;
use crate::output::print;

/// Prints a rule's documentation.
pub(crate) fn run(id: &str) -> Result<u8, Failure> {
    let rule = rules::find(id).ok_or_else(|| Failure::new(rules::no_such_rule(id), "weighbridge rules"))?;
    print(|out| {
        let style = human::style_of(rule.severity);
        writeln!(out, "{style}{}{style:#}\n", rule.id)?;
        human::markdown(&docs::rule(rule), "", "", human::Look::on_standard_output(false), out)
    })?;
    Ok(0)
}
