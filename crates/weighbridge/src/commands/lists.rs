//! `rules` and `formats`: what there is, a line each.

use anstyle::Style;
use weighbridge_inspect::docs;
use weighbridge_inspect::formats::FORMATS;
use weighbridge_inspect::rules::RULES;

use crate::failure::Failure;
use crate::human;
use crate::output::print;

/// Lists the rules.
pub(crate) fn rules() -> Result<u8, Failure> {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let dim = Style::new().dimmed();
    print(|out| {
        writeln!(out, "{dim}{:8}  {:width$}  finds{dim:#}", "at worst", "rule")?;
        for rule in RULES {
            let style = human::style_of(rule.severity);
            writeln!(
                out,
                "{style}{:8}{style:#}  {:width$}  {}",
                rule.severity,
                rule.id,
                docs::sentence(rule.summary)
            )?;
        }
        Ok(())
    })?;
    Ok(0)
}

/// Lists the formats.
pub(crate) fn formats() -> Result<u8, Failure> {
    let width = FORMATS.iter().map(|format| format.id.len()).max().unwrap_or_default();
    let dim = Style::new().dimmed();
    print(|out| {
        for format in FORMATS {
            let endings: Vec<String> = format.extensions.iter().map(|ending| format!(".{ending}")).collect();
            let (id, support) = (format.id, docs::support(format.support));
            writeln!(out, "{support:10}  {id:width$}  {}  {dim}{}{dim:#}", format.title, endings.join(" "))?;
        }
        Ok(())
    })?;
    Ok(0)
}
