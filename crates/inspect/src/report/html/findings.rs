//! The findings on the page: by rule, and what says the same about many places in one card.

use std::collections::HashMap;
use std::fmt::Write as _;

use weighbridge_domain::Finding;
use weighbridge_domain::facts::{Call, CallKind, Term};

use super::{MOST, badge, escaped, markdown, more, words};
use crate::report::{Group, MOST_REASONS, Reason, Report, details, grouped};
use crate::{docs, rules, text};

/// Places of one card that are shown at first sight.
const MOST_PLACES: usize = 12;

/// Writes the findings; `numbers` are those of the files.
pub(super) fn write(report: &Report, numbers: &HashMap<&str, usize>, page: &mut String) {
    page.push_str("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    if report.findings.is_empty() {
        let _ = writeln!(page, "<p>Nothing found by ruleset {}.</p>", escaped(&report.tool.ruleset));
    } else {
        let _ = writeln!(
            page,
            "<p class=\"soft\">A place is written <code>file!part@offset</code>, or <code>file!part:line:column</code> in a text: {}.</p>",
            words::link("place", "how to read it")
        );
    }
    let mut by_rule: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in report.findings.iter().take(MOST) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    for (rank, reason) in report.reasons.iter().enumerate() {
        if let Some(findings) = by_rule.get(reason.rule.as_str()) {
            rule(reason, findings, rank < MOST_REASONS, numbers, page);
        }
    }
    more(report.findings.len(), "finding", page);
    page.push_str("</section>\n");
}

/// All findings of a rule: first in a sentence why it matters and what to do, the rest behind a summary.
fn rule(
    reason: &Reason,
    findings: &[&Finding],
    open: bool,
    numbers: &HashMap<&str, usize>,
    page: &mut String,
) {
    let id = escaped(&reason.rule);
    let _ = writeln!(
        page,
        "<section class=\"rule\" id=\"rule-{id}\" aria-labelledby=\"heading-{id}\">\n\
         <h3 id=\"heading-{id}\">{} {} <code class=\"soft\">{id}</code></h3>",
        badge(reason.severity),
        markdown::inline(&docs::sentence(&reason.summary)),
    );
    if let Some(rule) = rules::find(&reason.rule) {
        let (first, rest) = markdown::first_sentence(rule.why);
        let _ = writeln!(page, "<p>{}</p>", markdown::inline(first));
        let (advice, more) = markdown::first_paragraph(rule.advice);
        if open {
            let _ = writeln!(page, "<p><strong>What to do:</strong> {}</p>", markdown::inline(&advice));
        }
        let summary = if open { "More about it" } else { "What to do, and more about it" };
        let _ = writeln!(page, "<details><summary>{summary}</summary>");
        if !open {
            let _ = writeln!(page, "<p><strong>What to do:</strong> {}</p>", markdown::inline(&advice));
        }
        for text in [more, rest] {
            if !text.is_empty() {
                page.push_str(&markdown::blocks(text));
            }
        }
        let references: Vec<String> = rule.references.iter().map(|id| words::reference(id)).collect();
        let _ = writeln!(page, "<p class=\"soft\">In public lists: {}</p></details>", references.join(", "));
    }
    let differ = findings.iter().any(|finding| finding.severity != reason.severity);
    for group in grouped(findings.iter().copied()) {
        article(&group, differ, numbers, page);
    }
    page.push_str("</section>\n");
}

/// One card; where the severities under a rule differ, each has its own badge.
fn article(group: &Group<'_>, differ: bool, numbers: &HashMap<&str, usize>, page: &mut String) {
    let finding = group.first;
    let shared = group.severity();
    let (mark, severity) = match shared {
        Some(severity) if differ => (badge(severity) + " ", String::new()),
        Some(severity) => (String::new(), format!("{severity}, ")),
        None => (String::new(), String::new()),
    };
    let count = group.findings.len();
    let places = if count > 1 { format!(", {}", text::count(count as u64, "place")) } else { String::new() };
    let _ = write!(
        page,
        "<article class=\"finding {}\">\n<div class=\"told\"><p>{mark}<strong>{}</strong> \
         <span class=\"soft\">{severity}{} {}{places}</span></p>\n",
        finding.severity,
        markdown::inline(&docs::sentence(&finding.message)),
        words::link("confidence", "confidence"),
        finding.confidence,
    );
    let (call, excerpt) = details(finding);
    for (label, text) in [("Would call", call), ("As written:", excerpt)] {
        if let Some(text) = text {
            let _ = writeln!(page, "<p class=\"soft\">{label} <code>{}</code></p>", escaped(&text));
        }
    }
    page.push_str("</div>\n<ul class=\"places\">\n");
    for (index, finding) in group.findings.iter().enumerate() {
        if index == MOST_PLACES {
            let more = text::count((count - MOST_PLACES) as u64, "more place");
            let _ = writeln!(page, "</ul>\n<details><summary>And {more}</summary><ul class=\"places\">");
        }
        let mark = if shared.is_none() { badge(finding.severity) + " " } else { String::new() };
        let _ = writeln!(
            page,
            "<li data-severity=\"{}\"{}>{mark}<code>{}</code></li>",
            finding.severity,
            super::tables::number(numbers, &finding.location.path),
            escaped(&finding.location.to_string()),
        );
    }
    page.push_str(if count > MOST_PLACES { "</ul></details>\n" } else { "</ul>\n" });
    if let Some(call) =
        finding.call.as_ref().filter(|call| has_calls(&call.callee) || call.arguments.iter().any(has_calls))
    {
        page.push_str("<details><summary>The call as a tree</summary>\n<ul class=\"tree\">");
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
