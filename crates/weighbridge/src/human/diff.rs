//! A comparison for people: the counts first, then every change, the riskiest first.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use weighbridge_inspect::diff::change::{Change, Detail, Lines, Risk};
use weighbridge_inspect::diff::{Diff, Terms, sections};
use weighbridge_inspect::report::diff::{line, number, percent, place};
use weighbridge_inspect::{docs, text};

use super::lines::wrapped;
use super::{BOLD, DIM, Look, color, heading};

/// Changes of one risk that are shown; of the rest, only how many.
const MOST_CHANGES: usize = 40;

/// Details shown of one change.
const MOST_DETAILS: usize = 10;

/// Lines shown of one line diff.
const MOST_LINES: usize = 60;

/// Parts shown that were not compared.
const MOST_MISSED: usize = 6;

fn style_of(risk: Risk) -> Style {
    match risk {
        Risk::Red => color(AnsiColor::Red).bold(),
        Risk::Amber => color(AnsiColor::Yellow),
        Risk::Note => color(AnsiColor::Cyan),
    }
}

/// Writes the comparison.
pub(crate) fn write(diff: &Diff, terms: Terms, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let worst = diff.changes.iter().map(|change| change.risk).max();
    let style = worst.map_or(BOLD, style_of).bold();
    writeln!(out, "{style}{}{style:#}", diff.summary())?;
    for (name, side) in [("old", &diff.old), ("new", &diff.new)] {
        let (files, bytes) = (text::count(side.files, "file"), text::bytes(side.bytes));
        let findings = text::count(side.findings, "finding");
        writeln!(out, "  {name}  {files} ({bytes}), scan: {}, {findings}", side.answer.word())?;
    }
    for risk in Risk::ALL {
        let changes: Vec<&Change> = diff.changes.iter().filter(|change| change.risk == risk).collect();
        let most = if look.verbose { usize::MAX } else { MOST_CHANGES };
        if !changes.is_empty() {
            heading(["Notes", "Amber", "Red"].get(risk as usize).copied().unwrap_or_default(), out)?;
        }
        for (index, one) in changes.iter().take(most).enumerate() {
            if index > 0 && (has_more(one) || changes.get(index - 1).is_some_and(|before| has_more(before))) {
                writeln!(out)?;
            }
            change(one, look, out)?;
        }
        if changes.len() > most {
            let more = text::count((changes.len() - most) as u64, "more change");
            writeln!(out, "  {DIM}and {more}; --verbose shows all{DIM:#}")?;
        }
    }
    missed(diff, look, out)?;
    closing(diff, terms, look, out)
}

/// It takes more than a few lines.
fn has_more(change: &Change) -> bool {
    change.lines.is_some() || !change.details.is_empty()
}

fn change(change: &Change, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let (risk, style) = (change.risk, style_of(change.risk));
    let message = text::shown(&docs::sentence(&change.message), 2000);
    wrapped(&message, &format!("  {style}{risk:5}{style:#}  "), "         ", look.width, out)?;
    let section = sections::find(change.section).map_or(change.section, |section| section.title);
    writeln!(out, "         {}{DIM}, {}{DIM:#}", place(change), section.to_lowercase())?;
    let limit = if look.verbose { 2000 } else { 300 };
    for (sign, value, style) in
        [('-', &change.old, color(AnsiColor::Red)), ('+', &change.new, color(AnsiColor::Green))]
    {
        if let Some(value) = value {
            writeln!(out, "         {style}{sign} {}{style:#}", text::shown(value, limit))?;
        }
    }
    if let Some(lines) = &change.lines {
        hunks(lines, look, out)?;
    }
    details(change, look, out)
}

fn hunks(lines: &Lines, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let most = if look.verbose { usize::MAX } else { MOST_LINES };
    let limit = if look.verbose { 1100 } else { 200 };
    let mut left = most;
    let (cyan, red, green) = (color(AnsiColor::Cyan), color(AnsiColor::Red), color(AnsiColor::Green));
    for hunk in &lines.hunks {
        if left == 0 {
            break;
        }
        let (a, b, c, d) = (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count);
        writeln!(out, "         {cyan}@@ -{a},{b} +{c},{d} @@{cyan:#}")?;
        for text in hunk.lines.iter().take(left) {
            let style = match text.chars().next() {
                Some('-') => red,
                Some('+') => green,
                _ => Style::new(),
            };
            writeln!(out, "         {style}{}{style:#}", line(text, limit))?;
        }
        left = left.saturating_sub(hunk.lines.len());
    }
    let all: usize = lines.hunks.iter().map(|hunk| hunk.lines.len()).sum();
    let more = (all.saturating_sub(most) as u64).saturating_add(lines.omitted);
    if more > 0 {
        let hint = if look.verbose { "" } else { "; --verbose shows more" };
        writeln!(out, "         {DIM}and {}{hint}{DIM:#}", text::count(more, "more line"))?;
    }
    Ok(())
}

fn details(change: &Change, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let most = if look.verbose { usize::MAX } else { MOST_DETAILS };
    for detail in change.details.iter().take(most) {
        writeln!(out, "         {DIM}·{DIM:#} {}", text::shown(&detail.name, 200))?;
        let values = values(detail);
        if !values.is_empty() {
            writeln!(out, "           {DIM}{values}{DIM:#}")?;
        }
    }
    let more = (change.details.len().saturating_sub(most) as u64).saturating_add(change.omitted);
    if more > 0 {
        let hint = if look.verbose { "; the JSON report has more" } else { "; --verbose shows more" };
        writeln!(out, "         {DIM}and {more} more{hint}{DIM:#}")?;
    }
    Ok(())
}

/// How far the values of a tensor moved, or what was there and is there now.
fn values(detail: &Detail) -> String {
    if let Some(norms) = detail.norms {
        return format!(
            "moved by {} (norm {}, before {}, now {})",
            percent(norms.relative),
            number(norms.difference),
            number(norms.old),
            number(norms.new)
        );
    }
    match (&detail.old, &detail.new) {
        (Some(old), Some(new)) if old != new => {
            format!("{} → {}", text::shown(old, 200), text::shown(new, 200))
        }
        (_, Some(value)) | (Some(value), None) => text::shown(value, 200),
        (None, None) => String::new(),
    }
}

fn missed(diff: &Diff, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if diff.not_compared.is_empty() {
        return Ok(());
    }
    heading("Not compared", out)?;
    let most = if look.verbose { usize::MAX } else { MOST_MISSED };
    for part in diff.not_compared.iter().take(most) {
        let member = if part.member.is_empty() { String::new() } else { format!("!{}", part.member) };
        writeln!(out, "  {}", text::shown(&format!("{}{member}", part.path), 1000))?;
        wrapped(&text::shown(&part.why, 400), "    ", "    ", look.width, out)?;
    }
    if diff.not_compared.len() > most {
        writeln!(out, "  {DIM}and {} more; --verbose shows all{DIM:#}", diff.not_compared.len() - most)?;
    }
    Ok(())
}

fn closing(diff: &Diff, terms: Terms, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for note in &diff.notes {
        wrapped(note, "note: ", "      ", look.width, out)?;
    }
    let totals = &diff.totals;
    let same = [(totals.unchanged_files, "file"), (totals.unchanged_tensors, "tensor")];
    let same: Vec<String> = same
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| text::count(count, noun))
        .collect();
    let same = if same.is_empty() { "nothing".to_owned() } else { same.join(" and ") };
    wrapped(&format!("unchanged: {same}"), "", "  ", look.width, out)?;
    let code = match terms.exit_code(diff) {
        0 => "0".to_owned(),
        1 => format!("1: changes at {} or above", terms.threshold),
        _ => "2: something was not compared".to_owned(),
    };
    writeln!(out, "{DIM}ruleset {}, exit code {code}{DIM:#}", diff.tool.ruleset)
}
