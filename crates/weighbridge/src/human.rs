//! The report for people: the answer first, then why, then the rest. Understandable without colour, at 80 columns.

pub(crate) mod bom;
pub(crate) mod diff;
mod lines;

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use weighbridge_domain::{Finding, Severity};
use weighbridge_inspect::report::{
    Answer, MOST_REASONS, Missed, Reason, Report, State, Terms, grouped, missed,
};
use weighbridge_inspect::{docs, report, rules, text};

pub(crate) use lines::markdown;
use lines::{folded, wrapped};

/// Rules whose findings are shown; of the rest of a long report, only how many.
const MOST_RULES: usize = 12;

/// Places shown for one rule, and for one reason of not inspecting.
const MOST_PLACES: usize = 3;

/// Reasons of not inspecting that are shown.
const MOST_WHYS: usize = 6;

/// Findings that were set aside and are named.
const MOST_ASIDE: usize = 8;

/// As many files are listed with their digests.
const MOST_FILES: usize = 8;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How much room there is, and how much is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    width: usize,
    verbose: bool,
}

impl Look {
    /// As wide as the terminal, where there is one.
    pub(crate) fn on_standard_output(verbose: bool) -> Self {
        let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        Self { width: width.unwrap_or(80).clamp(40, 100), verbose }
    }

    /// Everything, at 80 columns.
    pub(crate) const fn in_a_file() -> Self {
        Self { width: 80, verbose: true }
    }
}

/// How a severity looks.
pub(crate) fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Critical => color(AnsiColor::Red).bold(),
        Severity::High => color(AnsiColor::Red),
        Severity::Medium => color(AnsiColor::Yellow),
        Severity::Low => color(AnsiColor::Cyan),
        Severity::Info => DIM,
    }
}

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// Writes the report.
pub(crate) fn write(report: &Report, terms: Terms, look: Look, out: &mut dyn Write) -> io::Result<()> {
    answer(report, look, out)?;
    reasons(report, look, out)?;
    findings(report, look, out)?;
    not_inspected(report, look, out)?;
    set_aside(report, look, out)?;
    files(report, look, out)?;
    closing(report, terms, look, out)
}

fn answer(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let style = match report.answer {
        Answer::Stop => color(AnsiColor::Red).bold(),
        Answer::Review | Answer::Incomplete => color(AnsiColor::Yellow).bold(),
        Answer::Unremarkable => BOLD,
    };
    let word = report.answer.word();
    writeln!(out, "{style}{word}{style:#}")?;
    wrapped(&report.sentence(), "", "", look.width, out)?;
    writeln!(out)?;
    for (name, state) in report.lights.iter() {
        let style = match state {
            State::Stop => color(AnsiColor::Red),
            State::Review | State::Incomplete => color(AnsiColor::Yellow),
            State::NothingFound => Style::new(),
            State::NotAsked => DIM,
        };
        writeln!(out, "  {name:8} {style}{}{style:#}", state.word())?;
    }
    Ok(())
}

fn heading(title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")
}

fn reasons(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if report.answer == Answer::Incomplete {
        return unread(report, look, out);
    }
    if report.reasons.is_empty() {
        return Ok(());
    }
    heading("Why", out)?;
    for reason in report.reasons.iter().take(MOST_REASONS) {
        let (severity, style) = (reason.severity, style_of(reason.severity));
        let more = match reason.count {
            1 => String::new(),
            count => format!(" ({})", text::count(count, "finding")),
        };
        let line = format!("{}{more}", docs::sentence(&reason.summary));
        let first = format!("  {style}{severity:8}{style:#}  ");
        wrapped(&line, &first, "            ", look.width, out)?;
    }
    let more = report.reasons.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        writeln!(out, "            and {}", text::count(more as u64, "more rule"))?;
    }
    Ok(())
}

/// Why the answer is no other: what was not looked at.
fn unread(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    heading("Why", out)?;
    let style = color(AnsiColor::Yellow);
    let reasons = missed(report);
    for reason in reasons.iter().take(MOST_REASONS) {
        let first = format!("  {style}not inspected{style:#}  ");
        wrapped(&docs::sentence(&told(reason)), &first, "                 ", look.width, out)?;
    }
    let more = reasons.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        writeln!(out, "                 and for {}", text::count(more as u64, "more reason"))?;
    }
    Ok(())
}

/// A reason of not inspecting, with how many parts it is about.
fn told(reason: &Missed) -> String {
    match reason.places.len() {
        1 => reason.why.clone(),
        count => format!("{} ({})", reason.why, text::count(count as u64, "part")),
    }
}

fn findings(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    heading("Findings", out)?;
    let mut by_rule: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in &report.findings {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let most = if look.verbose { usize::MAX } else { MOST_RULES };
    for (rank, reason) in report.reasons.iter().enumerate().take(most) {
        if let Some(findings) = by_rule.get(reason.rule.as_str()) {
            if rank > 0 {
                writeln!(out)?;
            }
            rule(reason, findings, look.verbose || rank < MOST_REASONS, look, out)?;
        }
    }
    if report.reasons.len() > most {
        let more = text::count((report.reasons.len() - most) as u64, "more rule");
        writeln!(out, "\n  {DIM}and by {more}; --verbose shows all{DIM:#}")?;
    }
    for reason in report.reasons.iter().skip(most) {
        let (severity, style) = (reason.severity, style_of(reason.severity));
        let count = text::count(reason.count, "finding");
        writeln!(out, "  {style}{severity:8}{style:#}  {} {DIM}({count}){DIM:#}", reason.rule)?;
    }
    Ok(())
}

/// All findings of a rule; why and what to do once, and only for the first rules of a long report.
fn rule(
    reason: &Reason,
    findings: &[&Finding],
    explained: bool,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = style_of(reason.severity);
    writeln!(out, "  {style}{}{style:#}  {BOLD}{}{BOLD:#}", reason.severity, reason.rule)?;
    let most = if look.verbose { usize::MAX } else { MOST_PLACES };
    let mut hidden = findings.len();
    for group in grouped(findings.iter().copied()).iter().take(most) {
        let shared = group.severity();
        let severity = match shared {
            Some(severity) if severity != reason.severity => format!(" ({severity})"),
            _ => String::new(),
        };
        let message = docs::sentence(&group.first.message);
        wrapped(&format!("{message}{severity}"), "  - ", "    ", look.width, out)?;
        for finding in group.findings.iter().take(most) {
            let severity = match shared {
                Some(_) => String::new(),
                None => format!(" ({})", finding.severity),
            };
            writeln!(out, "    {DIM}at{DIM:#}    {}{severity}", finding.location)?;
        }
        if group.findings.len() > most {
            let more = text::count((group.findings.len() - most) as u64, "more place");
            writeln!(out, "          {DIM}and {more}{DIM:#}")?;
        }
        hidden -= group.findings.len();
        let (call, excerpt) = report::details(group.first);
        for (label, text) in [("call", call), ("text", excerpt)] {
            if let Some(text) = text {
                folded(&text, &format!("    {DIM}{label}{DIM:#}  "), "          ", look.width, out)?;
            }
        }
    }
    if hidden > 0 {
        let more = text::count(hidden as u64, "more finding");
        writeln!(out, "    {DIM}and {more}; --verbose shows all{DIM:#}")?;
    }
    let Some(rule) = rules::find(&reason.rule) else { return Ok(()) };
    if explained {
        markdown(rule.why, &format!("  {DIM}why{DIM:#}   "), "        ", look, out)?;
        markdown(rule.advice, &format!("  {DIM}do{DIM:#}    "), "        ", look, out)
    } else {
        writeln!(out, "  {DIM}more{DIM:#}  weighbridge scan --explain {}", rule.id)
    }
}

fn not_inspected(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if report.not_inspected.is_empty() {
        return Ok(());
    }
    heading("Not inspected", out)?;
    let reasons = missed(report);
    let most = if look.verbose { usize::MAX } else { MOST_WHYS };
    let more = reasons.len().saturating_sub(most) as u64;
    for reason in reasons.iter().take(most) {
        let places = &reason.places;
        wrapped(&told(reason), "  - ", "    ", look.width, out)?;
        let most = if look.verbose { usize::MAX } else { MOST_PLACES };
        for place in places.iter().take(most) {
            writeln!(out, "    {place}")?;
        }
        if places.len() > most {
            writeln!(out, "    {DIM}and {} more; --verbose shows all{DIM:#}", places.len() - most)?;
        }
    }
    if more > 0 {
        writeln!(out, "  {DIM}and for {}; --verbose shows all{DIM:#}", text::count(more, "more reason"))?;
    }
    Ok(())
}

fn set_aside(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if report.set_aside.is_empty() {
        return Ok(());
    }
    heading("Set aside", out)?;
    let most = if look.verbose { usize::MAX } else { MOST_ASIDE };
    for aside in report.set_aside.iter().take(most) {
        let finding = &aside.finding;
        let (severity, style) = (finding.severity, style_of(finding.severity));
        let why = text::shown(&format!("{}, {}: {}", finding.rule, aside.by, aside.reason), 300);
        wrapped(&why, &format!("  {style}{severity:8}{style:#}  "), "            ", look.width, out)?;
        if look.verbose {
            wrapped(&docs::sentence(&finding.message), "            ", "            ", look.width, out)?;
            writeln!(out, "            {DIM}at{DIM:#} {}", finding.location)?;
        }
    }
    let more = report.set_aside.len().saturating_sub(most);
    if more > 0 {
        writeln!(out, "            {DIM}and {more} more; --verbose shows all{DIM:#}")?;
    }
    Ok(())
}

fn files(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if report.files.is_empty() {
        return Ok(());
    }
    heading("Files", out)?;
    if !look.verbose && report.files.len() > MOST_FILES {
        for coverage in ["inspected", "inert", "not-inspected"] {
            let of_this = report.files.iter().filter(|file| file.coverage == coverage);
            let (count, bytes) =
                of_this.fold((0, 0_u64), |(n, bytes), file| (n + 1, bytes.saturating_add(file.size)));
            if count > 0 {
                writeln!(
                    out,
                    "  {:14} {} ({})",
                    coverage.replace('-', " "),
                    text::count(count, "file"),
                    text::bytes(bytes)
                )?;
            }
        }
        return writeln!(out, "  {DIM}--verbose lists them with their digests{DIM:#}");
    }
    for file in &report.files {
        let formats =
            if file.formats.is_empty() { "nothing known".to_owned() } else { file.formats.join(", ") };
        writeln!(out, "  {}", file.path)?;
        writeln!(out, "    {}, {formats}, {}", text::bytes(file.size), file.coverage.replace('-', " "))?;
        if let Some(digest) = file.sha256 {
            writeln!(out, "    {DIM}sha256:{digest}{DIM:#}")?;
        }
    }
    Ok(())
}

fn closing(report: &Report, terms: Terms, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for note in &report.notes {
        wrapped(note, "note: ", "      ", look.width, out)?;
    }
    let totals = &report.totals;
    let found = Some(totals.found()).filter(|found| !found.is_empty());
    let found = found.unwrap_or_else(|| "nothing found".to_owned());
    let missed = match totals.not_inspected {
        0 => String::new(),
        count => format!("; {} not inspected", text::count(count, "part")),
    };
    let line =
        format!("{} ({}): {found}{missed}", text::count(totals.files, "file"), text::bytes(totals.bytes));
    wrapped(&line, "", "  ", look.width, out)?;
    let (ruleset, code) = (&report.tool.ruleset, terms.exit_code(report));
    let line = format!("ruleset {ruleset}, exit code {code}: {}", terms.meaning(report));
    wrapped(&format!("{DIM}{line}{DIM:#}"), "", "  ", look.width, out)
}
