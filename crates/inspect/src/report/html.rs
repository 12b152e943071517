//! The report as one HTML page that a reviewer reads: nothing is fetched, everything is escaped, and the page works
//! without its script, which only filters. The content security policy allows this style and this script by their digests.

pub(super) mod diff;
mod markdown;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::{Call, CallKind, Term};
use weighbridge_domain::{Finding, Severity};

use super::{Reason, Report, State};
use crate::{docs, rules, text};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/filter.js");

/// Rows of one list that are written; the JSON report has the rest.
const MOST: usize = 5_000;

/// Writes the report as a page.
pub fn write(report: &Report, mut out: impl Write) -> io::Result<()> {
    let mut page = String::new();
    head(report, &mut page);
    header(report, &mut page);
    page.push_str("<main>\n");
    reasons(report, &mut page);
    page.push_str(FILTERS);
    findings(report, &mut page);
    not_inspected(report, &mut page);
    set_aside(report, &mut page);
    files(report, &mut page);
    page.push_str("</main>\n");
    let _ = write!(
        page,
        "<footer><p>Ruleset <code>{}</code>. What no rule looks for is not found: this report says what was found, not that \
         nothing else is there.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&report.tool.ruleset)
    );
    out.write_all(page.as_bytes())
}

const FILTERS: &str = "<form class=\"filters\" id=\"filters\" role=\"search\" hidden>\n\
    <label>Severity, at least <select name=\"severity\"><option value=\"\">any</option><option>low</option>\
    <option>medium</option><option>high</option><option>critical</option></select></label>\n\
    <label>Text <input type=\"search\" name=\"text\" placeholder=\"path, rule, call\"></label>\n\
    <output class=\"soft\" id=\"shown\" aria-live=\"polite\"></output>\n</form>\n";

fn head(report: &Report, page: &mut String) {
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}: Weighbridge</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">To the findings</a>\n",
        source(STYLE),
        source(SCRIPT),
        docs::sentence(report.answer.word()),
    );
}

fn header(report: &Report, page: &mut String) {
    let totals = &report.totals;
    let word = report.answer.word();
    let _ = write!(
        page,
        "<header>\n<p class=\"soft\">{} {} looked at {} ({}), {} in all</p>\n\
         <h1 class=\"answer {word}\">{}</h1>\n<p>{}</p>\n<dl class=\"lights\">\n",
        docs::sentence(report.tool.name),
        escaped(report.tool.version),
        text::count(totals.files, "file"),
        text::bytes(totals.bytes),
        text::count(totals.parts, "part"),
        docs::sentence(word),
        escaped(&report.answer.sentence(&report.tool.ruleset)),
    );
    for (name, state) in report.lights.iter() {
        let class = match state {
            State::Stop => "stop",
            State::Review => "review",
            State::Incomplete => "incomplete",
            State::NotAsked | State::NothingFound => "",
        };
        let _ = writeln!(
            page,
            "<div class=\"light {class}\"><dt>{}</dt><dd>{}</dd></div>",
            docs::sentence(name),
            state.word()
        );
    }
    page.push_str("</dl>\n");
    for note in &report.notes {
        let _ = writeln!(page, "<p class=\"soft\">Note: {}.</p>", escaped(note));
    }
    page.push_str("</header>\n");
}

fn reasons(report: &Report, page: &mut String) {
    if report.reasons.is_empty() {
        return;
    }
    page.push_str("<section aria-labelledby=\"why\">\n<h2 id=\"why\">Why</h2>\n<ol class=\"reasons\">\n");
    for reason in report.reasons.iter().take(super::MOST_REASONS) {
        let _ = writeln!(
            page,
            "<li>{} <a href=\"#rule-{}\">{}</a> <span class=\"soft\">{}, first in</span> <code class=\"first\">{}</code></li>",
            badge(reason.severity),
            escaped(&reason.rule),
            markdown::inline(&docs::sentence(&reason.summary)),
            text::count(reason.count, "finding"),
            escaped(&reason.first),
        );
    }
    page.push_str("</ol>\n");
    let more = report.reasons.len().saturating_sub(super::MOST_REASONS) as u64;
    if more > 0 {
        let _ = writeln!(page, "<p>And {} below.</p>", text::count(more, "more rule"));
    }
    page.push_str("</section>\n");
}

fn findings(report: &Report, page: &mut String) {
    page.push_str("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    if report.findings.is_empty() {
        let _ = writeln!(page, "<p>Nothing found by ruleset {}.</p>", escaped(&report.tool.ruleset));
    }
    let mut by_rule: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in report.findings.iter().take(MOST) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    for (rank, reason) in report.reasons.iter().enumerate() {
        if let Some(findings) = by_rule.get(reason.rule.as_str()) {
            let open = if rank < super::MOST_REASONS { " open" } else { "" };
            rule(reason, findings, open, page);
        }
    }
    more(report.findings.len(), "finding", page);
    page.push_str("</section>\n");
}

fn rule(reason: &Reason, findings: &[&Finding], open: &str, page: &mut String) {
    let id = escaped(&reason.rule);
    let _ = writeln!(
        page,
        "<section class=\"rule\" id=\"rule-{id}\" aria-labelledby=\"heading-{id}\">\n\
         <h3 id=\"heading-{id}\">{} {} <code class=\"soft\">{id}</code></h3>",
        badge(reason.severity),
        markdown::inline(&docs::sentence(&reason.summary)),
    );
    if let Some(rule) = rules::find(&reason.rule) {
        let _ = write!(
            page,
            "<details{open}><summary>Why it matters, and what to do</summary>\n{}<p><strong>What to do</strong></p>\n{}",
            markdown::blocks(rule.why),
            markdown::blocks(rule.advice)
        );
        if !rule.references.is_empty() {
            let _ = writeln!(page, "<p class=\"soft\">{}</p>", escaped(&rule.references.join(", ")));
        }
        page.push_str("</details>\n");
    }
    for finding in findings {
        article(finding, page);
    }
    page.push_str("</section>\n");
}

fn article(finding: &Finding, page: &mut String) {
    let severity = finding.severity.word();
    let _ = write!(
        page,
        "<article class=\"finding {severity}\" data-severity=\"{severity}\">\n\
         <p><strong>{}</strong> <span class=\"soft\">{severity}, confidence {}</span></p>\n<p><code>{}</code></p>\n",
        markdown::inline(&docs::sentence(&finding.message)),
        finding.confidence,
        escaped(&finding.location.to_string()),
    );
    let (call, excerpt) = super::details(finding);
    for (label, text) in [("Would call", call), ("As written:", excerpt)] {
        if let Some(text) = text {
            let _ = writeln!(page, "<p class=\"soft\">{label} <code>{}</code></p>", escaped(&text));
        }
    }
    if let Some(call) =
        finding.call.as_ref().filter(|call| has_calls(&call.callee) || call.arguments.iter().any(has_calls))
    {
        page.push_str("<details open><summary>As a tree</summary>\n<ul class=\"tree\">");
        call_tree(call, 0, page);
        page.push_str("</ul></details>\n");
    }
    page.push_str("</article>\n");
}

/// There is a call in it: then a tree says more than a line.
fn has_calls(term: &Term) -> bool {
    match term {
        Term::Call(_) => true,
        Term::Items { items, .. } => items.iter().any(has_calls),
        _ => false,
    }
}

/// Calls inside calls are shown to this depth.
const DEPTH: usize = 12;

fn call_tree(call: &Call, depth: usize, page: &mut String) {
    let how = match call.kind {
        CallKind::Call => "is called with",
        CallKind::New => "is made with",
        CallKind::SetState => "gets the state",
        CallKind::Fill => "is filled with",
        CallKind::Persistent => "the loader is asked for",
    };
    page.push_str("<li>");
    match call.callee.as_ref() {
        Term::Call(_) | Term::Items { .. } if depth < DEPTH => {
            let _ = write!(page, "the result of <ul>");
            term_tree(&call.callee, depth + 1, page);
            let _ = write!(page, "</ul> {how}");
        }
        Term::Unknown if call.kind == CallKind::Persistent => page.push_str(how),
        callee => {
            let _ = write!(page, "<code>{}</code> {how}", escaped(&text::shown(&callee.to_string(), 300)));
        }
    }
    page.push_str(if call.arguments.is_empty() { " nothing" } else { "<ul>" });
    for argument in &call.arguments {
        term_tree(argument, depth + 1, page);
    }
    page.push_str(if call.arguments.is_empty() { "</li>" } else { "</ul></li>" });
}

fn term_tree(term: &Term, depth: usize, page: &mut String) {
    match term {
        Term::Call(call) if depth < DEPTH => call_tree(call, depth, page),
        Term::Items { kind, items, omitted }
            if depth < DEPTH
                && items.iter().any(|item| matches!(item, Term::Call(_) | Term::Items { .. })) =>
        {
            let _ = write!(page, "<li>{}<ul>", escaped(&text::shown(kind, 20)));
            for item in items {
                term_tree(item, depth + 1, page);
            }
            if *omitted > 0 {
                let _ = write!(page, "<li>and {omitted} more</li>");
            }
            page.push_str("</ul></li>");
        }
        term => {
            let _ = write!(page, "<li><code>{}</code></li>", escaped(&text::shown(&term.to_string(), 500)));
        }
    }
}

fn not_inspected(report: &Report, page: &mut String) {
    if report.not_inspected.is_empty() {
        return;
    }
    page.push_str(
        "<section aria-labelledby=\"missed\">\n<h2 id=\"missed\">Not inspected</h2>\n\
         <p>Nothing can be said about these parts.</p>\n<div class=\"table\"><table>\n\
         <thead><tr><th scope=\"col\">Part</th><th scope=\"col\">Recognised as</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n",
    );
    for part in report.not_inspected.iter().take(MOST) {
        let _ = writeln!(
            page,
            "<tr><td class=\"path\"><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escaped(&part.place()),
            escaped(part.format.unwrap_or("nothing known")),
            escaped(&part.why)
        );
    }
    page.push_str("</tbody></table></div>\n");
    more(report.not_inspected.len(), "part", page);
    page.push_str("</section>\n");
}

fn set_aside(report: &Report, page: &mut String) {
    if report.set_aside.is_empty() {
        return;
    }
    page.push_str(
        "<section aria-labelledby=\"aside\">\n<h2 id=\"aside\">Set aside</h2>\n<p>These findings do not count.</p>\n\
         <div class=\"table\"><table>\n<thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Finding</th>\
         <th scope=\"col\">By</th></tr></thead>\n<tbody>\n",
    );
    for aside in report.set_aside.iter().take(MOST) {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"path\">{}<br><code>{}</code></td><td>{}: {}</td></tr>",
            badge(aside.finding.severity),
            markdown::inline(&docs::sentence(&aside.finding.message)),
            escaped(&aside.finding.location.to_string()),
            aside.by,
            escaped(&aside.reason)
        );
    }
    page.push_str("</tbody></table></div>\n");
    more(report.set_aside.len(), "finding", page);
    page.push_str("</section>\n");
}

fn files(report: &Report, page: &mut String) {
    let mut worst: HashMap<&str, (Severity, u64)> = HashMap::new();
    for finding in &report.findings {
        let entry = worst.entry(&finding.location.path).or_insert((finding.severity, 0));
        *entry = (entry.0.max(finding.severity), entry.1.saturating_add(1));
    }
    let mut files: Vec<_> = report.files.iter().map(|file| (worst.get(file.path.as_str()), file)).collect();
    files.sort_by_key(|(worst, file)| {
        (std::cmp::Reverse(worst.map(|(severity, _)| *severity)), file.coverage != "not-inspected")
    });
    page.push_str(
        "<section aria-labelledby=\"files\">\n<h2 id=\"files\">Files</h2>\n<div class=\"table\"><table>\n\
         <thead><tr><th scope=\"col\">Path</th><th scope=\"col\">Findings</th><th scope=\"col\">Coverage</th>\
         <th scope=\"col\">Format</th><th scope=\"col\">Size</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n",
    );
    for (worst, file) in files.into_iter().take(MOST) {
        let (severity, found) = match worst {
            Some((severity, count)) => (severity.word(), format!("{}&nbsp;{count}", badge(*severity))),
            None => ("none", "none".to_owned()),
        };
        let _ = writeln!(
            page,
            "<tr data-severity=\"{severity}\"><td class=\"path\"><code>{}</code></td><td class=\"short\">{found}</td><td class=\"short\">{}</td><td>{}</td>\
             <td class=\"number\">{}</td><td class=\"digest mono\">{}</td></tr>",
            escaped(&file.path),
            file.coverage.replace('-', " "),
            escaped(&file.formats.join(", ")),
            text::bytes(file.size),
            file.sha256.map_or_else(|| "not known".to_owned(), |digest| digest.to_string()),
        );
    }
    page.push_str("</tbody></table></div>\n");
    more(report.files.len(), "file", page);
    page.push_str("</section>\n");
}

fn more(count: usize, noun: &str, page: &mut String) {
    let more = count.saturating_sub(MOST) as u64;
    if more > 0 {
        let _ =
            writeln!(page, "<p>And {}: see the JSON report.</p>", text::count(more, &format!("more {noun}")));
    }
}

fn badge(severity: Severity) -> String {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

/// Text for HTML, in content and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if text::is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The source expression of a content security policy that allows exactly this text.
fn source(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text);
    let mut out = "sha256-".to_owned();
    for chunk in digest.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |bits, (index, byte)| bits | u32::from(*byte) << (16 - 8 * index));
        for index in 0..4 {
            let symbol = ALPHABET.get((bits >> (18 - 6 * index) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if index <= chunk.len() { char::from(symbol) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_policy_names_a_digest_in_base64() {
        // The well-known digest of the empty text.
        assert_eq!(super::source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(
            super::escaped("</code><script>\"'&\u{202e}"),
            "&lt;/code&gt;&lt;script&gt;&quot;&#39;&amp;\\u{202e}"
        );
    }
}
