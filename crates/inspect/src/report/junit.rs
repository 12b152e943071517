//! The report as JUnit XML: one test case a file. It fails with findings at the threshold, and is an error where
//! something was not inspected.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use weighbridge_domain::Finding;

use super::{NotInspected, Report, Terms};
use crate::secrets::Masking;
use crate::{docs, text};

/// What there is to say about one file.
#[derive(Default)]
struct Case<'a> {
    failures: Vec<&'a Finding>,
    others: Vec<&'a Finding>,
    missed: Vec<&'a NotInspected>,
}

/// Writes the report as one test suite.
pub fn write(report: &Report, terms: Terms, out: impl Write) -> io::Result<()> {
    let mut out = Masking::knowing(&report.known, out);
    let mut cases: BTreeMap<&str, Case<'_>> =
        report.files.iter().map(|file| (file.path.as_str(), Case::default())).collect();
    for finding in &report.findings {
        let case = cases.entry(&finding.location.path).or_default();
        if finding.severity >= terms.threshold { &mut case.failures } else { &mut case.others }.push(finding);
    }
    for part in &report.not_inspected {
        cases.entry(&part.path).or_default().missed.push(part);
    }
    let failures = cases.values().filter(|case| !case.failures.is_empty()).count();
    let missed = cases.values().filter(|case| case.failures.is_empty() && !case.missed.is_empty()).count();
    let (errors, skipped) = if terms.allow_incomplete { (0, missed) } else { (missed, 0) };
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"",
        cases.len()
    );
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"weighbridge\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"weighbridge scan\" {counts}>")?;
    writeln!(out, "    <properties>")?;
    for (name, value) in [
        ("version", report.tool.version),
        ("ruleset", &report.tool.ruleset),
        ("answer", report.answer.word()),
        ("threshold", terms.threshold.word()),
    ] {
        writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escaped(value))?;
    }
    writeln!(out, "    </properties>")?;
    for (path, case) in &cases {
        write_case(path, case, terms, &mut out)?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")?;
    out.finish()
}

fn write_case(path: &str, case: &Case<'_>, terms: Terms, out: &mut impl Write) -> io::Result<()> {
    write!(out, "    <testcase name=\"{}\" classname=\"weighbridge.scan\"", escaped(path))?;
    if case.failures.is_empty() && case.others.is_empty() && case.missed.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    // Readers commonly expect at most one of `failure`, `error` and `skipped`; the rest is output of the test.
    let mut output = String::new();
    if let Some(first) = case.failures.first() {
        let body = case.failures.iter().fold(String::new(), |body, finding| body + &told(finding));
        element(out, "failure", &format!("{}: {}", first.rule, first.message), Some(&first.rule), &body)?;
    }
    for part in &case.missed {
        let member = if part.member.is_empty() { String::new() } else { format!("{}: ", part.member) };
        let _ = writeln!(output, "not inspected: {member}{}", part.why);
    }
    if let (Some(first), true) = (case.missed.first(), case.failures.is_empty()) {
        let name = if terms.allow_incomplete { "skipped" } else { "error" };
        let body = std::mem::take(&mut output);
        let kind = (!terms.allow_incomplete).then_some("not-inspected");
        element(out, name, &format!("not inspected: {}", first.why), kind, &body)?;
    }
    for finding in &case.others {
        output.push_str(&told(finding));
    }
    if !output.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", escaped(&output))?;
    }
    writeln!(out, "    </testcase>")
}

fn element(
    out: &mut impl Write,
    name: &str,
    message: &str,
    kind: Option<&str>,
    body: &str,
) -> io::Result<()> {
    write!(out, "      <{name} message=\"{}\"", escaped(message))?;
    if let Some(kind) = kind {
        write!(out, " type=\"{}\"", escaped(kind))?;
    }
    writeln!(out, ">{}</{name}>", escaped(body))
}

/// A finding in a few lines.
fn told(finding: &Finding) -> String {
    let mut told =
        format!("{} {}: {}\n  at {}\n", finding.severity, finding.rule, finding.message, finding.location);
    if let (Some(call), _) = super::details(finding) {
        let _ = writeln!(told, "  call {call}");
    }
    if let Some(rule) = crate::rules::find(&finding.rule) {
        let _ = writeln!(told, "  what to do: {}.", docs::sentence(rule.advice));
    }
    told
}

/// Text for XML 1.0: characters that it cannot have at all are written as in our other outputs.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push('\n'),
            c if text::is_invisible(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_has_no_character_that_xml_forbids() {
        assert_eq!(
            super::escaped("<a href=\"'&\u{0}\u{b}\u{ffff}\u{202e}\r\n"),
            "&lt;a href=&quot;&apos;&amp;\\u{0}\\u{b}\\u{ffff}\\u{202e}\\u{d}\n"
        );
    }
}
