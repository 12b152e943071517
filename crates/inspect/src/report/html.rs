//! The report as one HTML page that a reviewer reads: nothing is fetched, everything is escaped, and the page works
//! without its script, which only filters. The content security policy allows this style and this script by their digests.

pub(super) mod diff;
mod findings;
mod markdown;
mod tables;
mod words;

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};
use weighbridge_domain::Severity;

use super::{Answer, Report, State, Terms, missed};
use crate::secrets::Masking;
use crate::{docs, text};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/filter.js");

/// Rows of one list that are written; the JSON report has the rest.
const MOST: usize = 5_000;

/// Paths named at the top.
const MOST_PATHS: usize = 5;

/// Writes the report as a page.
pub fn write(report: &Report, terms: Terms, out: impl Write) -> io::Result<()> {
    let mut page = String::new();
    head(report, &mut page);
    header(report, terms, &mut page);
    page.push_str("<main>\n");
    reasons(report, &mut page);
    page.push_str(FILTERS);
    let numbers = tables::numbers(report);
    findings::write(report, &numbers, &mut page);
    tables::not_inspected(report, &numbers, &mut page);
    tables::set_aside(report, &numbers, &mut page);
    tables::files(report, &mut page);
    words::write(report, &mut page);
    page.push_str("</main>\n");
    let _ = write!(
        page,
        "<footer><p>Ruleset <code>{}</code>. What no rule looks for is not found: this report says what was found, not that \
         nothing else is there.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&report.tool.ruleset)
    );
    let mut out = Masking::knowing(&report.known, out);
    out.write_all(page.as_bytes())?;
    out.finish()
}

const FILTERS: &str = "<form class=\"filters\" id=\"filters\" role=\"search\" hidden>\n\
    <label>Severity, at least <select name=\"severity\"><option value=\"\">any</option><option>info</option>\
    <option>low</option><option>medium</option><option>high</option><option>critical</option></select></label>\n\
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
         <title>{}: {} (Weighbridge)</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">To the findings</a>\n",
        source(STYLE),
        source(SCRIPT),
        docs::sentence(report.answer.word()),
        escaped(&subject(report)),
    );
}

/// What the page is about, in a few words.
fn subject(report: &Report) -> String {
    let first = report.asked.first().map_or("", String::as_str);
    match report.asked.len().saturating_sub(1) {
        0 => text::shown(first, 80),
        more => format!("{} and {more} more", text::shown(first, 80)),
    }
}

fn header(report: &Report, terms: Terms, page: &mut String) {
    let totals = &report.totals;
    let word = report.answer.word();
    let _ = write!(
        page,
        "<header>\n<p class=\"soft\">{} {}: what a scan of model files found</p>\n\
         <h1 class=\"answer {word}\">{}</h1>\n<p class=\"lead\">{}</p>\n<dl class=\"terms\">\n",
        docs::sentence(report.tool.name),
        escaped(report.tool.version),
        docs::sentence(word),
        escaped(&report.sentence()),
    );
    let asked = report.asked.iter().take(MOST_PATHS).map(|path| format!("<code>{}</code>", escaped(path)));
    let mut asked: Vec<String> = asked.collect();
    if report.asked.len() > MOST_PATHS {
        asked.push(format!("{} more", report.asked.len() - MOST_PATHS));
    }
    let found = Some(totals.found()).filter(|found| !found.is_empty());
    let (code, threshold) = (terms.exit_code(report), terms.threshold);
    let passes = if code == 0 { "passes" } else { "does not pass" };
    for (name, told) in [
        ("Scanned", asked.join(", ")),
        (
            "Looked at",
            format!(
                "{} ({}), {} in all",
                text::count(totals.files, "file"),
                text::bytes(totals.bytes),
                words::link("part", &text::count(totals.parts, "part")),
            ),
        ),
        ("Found", found.unwrap_or_else(|| "nothing".to_owned())),
        ("Threshold", format!("{threshold}: a finding at {threshold} or above does not pass")),
        ("Result", format!("{passes} (exit code {code}: {})", terms.meaning(report))),
    ] {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{told}</dd></div>");
    }
    page.push_str("</dl>\n<dl class=\"lights\">\n");
    for (name, state) in report.lights.iter() {
        let class = match state {
            State::Stop => "stop",
            State::Review => "review",
            State::Incomplete => "incomplete",
            State::NotAsked | State::NothingFound => "",
        };
        let _ = writeln!(
            page,
            "<div class=\"light {class}\"><dt>{}</dt><dd>{}</dd><dd class=\"asks\">{}</dd></div>",
            docs::sentence(name),
            state.word(),
            words::light(name),
        );
    }
    page.push_str("</dl>\n");
    for note in &report.notes {
        let _ = writeln!(page, "<p class=\"soft\">Note: {}.</p>", markdown::inline(note));
    }
    page.push_str(
        "<p class=\"soft\">Pickle, part, coverage: <a href=\"#words\">what the words on this page mean</a>.</p>\n</header>\n",
    );
}

fn reasons(report: &Report, page: &mut String) {
    let incomplete = report.answer == Answer::Incomplete;
    if report.reasons.is_empty() && !incomplete {
        return;
    }
    page.push_str("<section aria-labelledby=\"why\">\n<h2 id=\"why\">Why</h2>\n<ol class=\"reasons\">\n");
    if incomplete {
        unread(report, page);
    } else {
        found(report, page);
    }
    page.push_str("</section>\n");
}

fn found(report: &Report, page: &mut String) {
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
    if let Some(next) = report.reasons.get(super::MOST_REASONS) {
        let more = (report.reasons.len() - super::MOST_REASONS) as u64;
        let (rule, more) = (escaped(&next.rule), text::count(more, "more rule"));
        let _ = writeln!(page, "<p><a href=\"#rule-{rule}\">And {more} below</a>.</p>");
    }
    if !report.not_inspected.is_empty() {
        let parts = text::count(report.not_inspected.len() as u64, "part");
        let _ = writeln!(page, "<p>Not inspected: <a href=\"#missed\">{parts}</a>.</p>");
    }
}

/// Why the answer is no other: what was not looked at.
fn unread(report: &Report, page: &mut String) {
    let reasons = missed(report);
    for reason in reasons.iter().take(super::MOST_REASONS) {
        let _ = writeln!(
            page,
            "<li><span class=\"badge\">not inspected</span> <a href=\"#missed\">{}</a> \
             <span class=\"soft\">{}, first in</span> <code class=\"first\">{}</code></li>",
            escaped(&docs::sentence(&reason.why)),
            text::count(reason.places.len() as u64, "part"),
            escaped(reason.places.first().map_or("", String::as_str)),
        );
    }
    page.push_str("</ol>\n");
    let more = reasons.len().saturating_sub(super::MOST_REASONS) as u64;
    if more > 0 {
        let more = text::count(more, "more reason");
        let _ = writeln!(page, "<p><a href=\"#missed\">And {more} below</a>.</p>");
    }
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
