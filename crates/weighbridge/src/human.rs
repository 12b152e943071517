//! The report for people: the answer first, then why, then the rest. Understandable without colour, at 80 columns.

pub(crate) mod diff;
mod lines;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use weighbridge_domain::{Finding, Severity};
use weighbridge_inspect::report::{Answer, MOST_REASONS, Reason, Report, State, Terms};
use weighbridge_inspect::{docs, formats, report, rules, text};

pub(crate) use lines::markdown;
use lines::wrapped;

/// Rules whose findings are shown; of the rest of a long report, only how many.
const MOST_RULES: usize = 12;

/// Places shown for one rule, and for one reason of not inspecting.
const MOST_PLACES: usize = 3;

/// Reasons of not inspecting that are shown.
const MOST_WHYS: usize = 6;

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
    wrapped(&report.answer.sentence(&report.tool.ruleset), "", "", look.width, out)?;
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
    for finding in findings.iter().take(most) {
        let severity = if finding.severity == reason.severity {
            String::new()
        } else {
            format!(" ({})", finding.severity)
        };
        wrapped(&format!("{}{severity}", docs::sentence(&finding.message)), "  - ", "    ", look.width, out)?;
        writeln!(out, "    {DIM}at{DIM:#}    {}", finding.location)?;
        let (call, excerpt) = report::details(finding);
        for (label, text) in [("call", call), ("text", excerpt)] {
            if let Some(text) = text {
                writeln!(out, "    {DIM}{label}{DIM:#}  {text}")?;
            }
        }
    }
    if findings.len() > most {
        let more = text::count((findings.len() - most) as u64, "more place");
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
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in &report.not_inspected {
        let title = part.format.and_then(formats::find).map(|format| format.title);
        let why = match title {
            Some(title) if !part.why.starts_with(title) => format!("{title}: {}", part.why),
            _ => part.why.clone(),
        };
        reasons.entry(why).or_default().push(part.place());
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    let most = if look.verbose { usize::MAX } else { MOST_WHYS };
    let more = reasons.len().saturating_sub(most) as u64;
    for (why, places) in reasons.iter().take(most) {
        let count = match places.len() {
            1 => String::new(),
            count => format!(" ({})", text::count(count as u64, "part")),
        };
        wrapped(&format!("{why}{count}"), "  - ", "    ", look.width, out)?;
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
    if look.verbose {
        for aside in &report.set_aside {
            let finding = &aside.finding;
            wrapped(&docs::sentence(&finding.message), "  - ", "    ", look.width, out)?;
            writeln!(out, "    {DIM}at{DIM:#}    {}", finding.location)?;
            writeln!(out, "    {DIM}by{DIM:#}    {}: {}", aside.by, aside.reason)?;
        }
        return Ok(());
    }
    for by in ["ignored", "baseline"] {
        let count = report.set_aside.iter().filter(|aside| aside.by == by).count() as u64;
        if count > 0 {
            let how = if by == "ignored" { "as the ignore file says" } else { "that the baseline has" };
            writeln!(out, "  {} {how}", text::count(count, "finding"))?;
        }
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
    let found: Vec<String> = [
        (totals.critical, "critical"),
        (totals.high, "high"),
        (totals.medium, "medium"),
        (totals.low, "low"),
        (totals.info, "info"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let missed = match totals.not_inspected {
        0 => String::new(),
        count => format!("; {} not inspected", text::count(count, "part")),
    };
    let line =
        format!("{} ({}): {found}{missed}", text::count(totals.files, "file"), text::bytes(totals.bytes));
    wrapped(&line, "", "  ", look.width, out)?;
    let code = match terms.exit_code(report) {
        0 => "0".to_owned(),
        1 => format!("1: findings at {} or above", terms.threshold),
        _ => "2: something was not inspected".to_owned(),
    };
    writeln!(out, "{DIM}ruleset {}, exit code {code}{DIM:#}", report.tool.ruleset)
}
