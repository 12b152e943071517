//! A comparison as one HTML page: nothing is fetched, everything is escaped, and the script only filters.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{MOST, STYLE, escaped, markdown, more, source};
use crate::diff::change::{Change, Detail, Lines, Risk};
use crate::diff::sections::{self, SECTIONS};
use crate::diff::{Diff, FileVersion};
use crate::report::diff::{line, number, percent, place};
use crate::secrets::Masking;
use crate::{docs, text};

const MORE_STYLE: &str = include_str!("diff.css");
const SCRIPT: &str = include_str!("diff.js");

/// Details of one change that are written; the JSON has the rest.
const MOST_DETAILS: usize = 200;

/// Bars of one plot.
const MOST_BARS: usize = 10;

pub(in crate::report) fn write(diff: &Diff, out: impl Write) -> io::Result<()> {
    let style = format!("{STYLE}{MORE_STYLE}");
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}: Weighbridge</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#changes\">To the changes</a>\n",
        source(&style),
        source(SCRIPT),
        escaped(&diff.summary()),
    );
    header(diff, &mut page);
    page.push_str("<main>\n");
    filters(diff, &mut page);
    changes(diff, &mut page);
    missed(diff, &mut page);
    files(diff, &mut page);
    let _ = write!(
        page,
        "</main>\n<footer><p>Ruleset <code>{}</code>. Nothing was loaded. What no section compares and no rule looks for is not \
         in this report.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&diff.tool.ruleset)
    );
    let mut out = Masking::knowing(&diff.known, out);
    out.write_all(page.as_bytes())?;
    out.finish()
}

fn header(diff: &Diff, page: &mut String) {
    let _ = write!(
        page,
        "<header>\n<p class=\"soft\">Weighbridge {}: what changed</p>\n<h1 class=\"summary\">{}</h1>\n\
         <dl class=\"lights\">\n",
        escaped(diff.tool.version),
        escaped(&diff.summary()),
    );
    for (name, side) in [("Old", &diff.old), ("New", &diff.new)] {
        let _ = writeln!(
            page,
            "<div class=\"light {word}\"><dt>{name}: {}, {}</dt><dd>Scan: {word}, {}</dd></div>",
            text::count(side.files, "file"),
            text::bytes(side.bytes),
            text::count(side.findings, "finding"),
            word = side.answer.word(),
        );
    }
    page.push_str("</dl>\n");
    for note in &diff.notes {
        let _ = writeln!(page, "<p class=\"soft\">Note: {}.</p>", escaped(note));
    }
    page.push_str("</header>\n");
}

fn filters(diff: &Diff, page: &mut String) {
    page.push_str(
        "<form class=\"filters\" id=\"filters\" role=\"search\" hidden>\n<label>Risk, at least <select name=\"risk\">\
         <option value=\"\">any</option><option>amber</option><option>red</option></select></label>\n\
         <label>Section <select name=\"section\"><option value=\"\">all</option>",
    );
    for section in SECTIONS {
        if diff.changes.iter().any(|change| change.section == section.id) {
            let _ = write!(page, "<option value=\"{}\">{}</option>", section.id, section.title);
        }
    }
    page.push_str(
        "</select></label>\n<label>Text <input type=\"search\" name=\"text\" placeholder=\"path, key, tensor\"></label>\n\
         <output class=\"soft\" id=\"shown\" aria-live=\"polite\"></output>\n</form>\n",
    );
}

fn changes(diff: &Diff, page: &mut String) {
    page.push_str("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">Changes</h2>\n");
    if diff.changes.is_empty() {
        page.push_str("<p>No change was found in what was compared.</p>\n");
    }
    for risk in Risk::ALL {
        let changes: Vec<&Change> =
            diff.changes.iter().take(MOST).filter(|change| change.risk == risk).collect();
        if changes.is_empty() {
            continue;
        }
        let title = match risk {
            Risk::Red => "Red: something may run that did not run before",
            Risk::Amber => "Amber: the model may behave differently",
            Risk::Note => "Notes",
        };
        let _ = writeln!(
            page,
            "<section class=\"rule\" aria-labelledby=\"risk-{risk}\"><h3 id=\"risk-{risk}\">{title}</h3>"
        );
        for change in changes {
            article(change, page);
        }
        page.push_str("</section>\n");
    }
    more(diff.changes.len(), "change", page);
    page.push_str("</section>\n");
}

fn article(change: &Change, page: &mut String) {
    let risk = change.risk;
    let section = sections::find(change.section).map_or(change.section, |section| section.title);
    let _ = write!(
        page,
        "<article class=\"finding {risk}\" data-risk=\"{risk}\" data-section=\"{}\">\n\
         <p><span class=\"badge {risk}\">{risk}</span> <strong>{}</strong> <span class=\"soft\">{section}</span></p>\n\
         <p><code>{}</code></p>\n",
        escaped(change.section),
        markdown::inline(&docs::sentence(&change.message)),
        escaped(&place(change)),
    );
    for (class, sign, value) in [("old minus", '-', &change.old), ("new plus", '+', &change.new)] {
        if let Some(value) = value {
            let _ = writeln!(page, "<code class=\"{class}\">{sign} {}</code>", escaped(value));
        }
    }
    if let Some(lines) = &change.lines {
        hunks(lines, page);
    }
    bars(&change.details, page);
    details(change, page);
    page.push_str("</article>\n");
}

fn hunks(lines: &Lines, page: &mut String) {
    if lines.hunks.is_empty() {
        return;
    }
    page.push_str(
        "<div class=\"lines mono\" tabindex=\"0\" role=\"region\" aria-label=\"Lines that differ\">",
    );
    for hunk in &lines.hunks {
        let _ = write!(
            page,
            "<span class=\"at\">@@ -{},{} +{},{} @@</span>",
            hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count
        );
        for text in &hunk.lines {
            let class = match text.chars().next() {
                Some('-') => " class=\"minus\"",
                Some('+') => " class=\"plus\"",
                _ => "",
            };
            let _ = write!(page, "<span{class}>{}</span>", escaped(&line(text, 1100)));
        }
    }
    page.push_str("</div>\n");
    if lines.omitted > 0 {
        let _ = writeln!(page, "<p class=\"soft\">And {}.</p>", text::count(lines.omitted, "more line"));
    }
}

/// How far the values of the first tensors moved, as a picture.
fn bars(details: &[Detail], page: &mut String) {
    let far: Vec<(&str, f64)> = details
        .iter()
        .filter_map(|detail| Some((detail.name.as_str(), detail.norms?.relative)))
        .filter(|(_, relative)| relative.is_finite() && *relative > 0.0)
        .take(MOST_BARS)
        .collect();
    let Some(most) = far.iter().map(|(_, relative)| *relative).max_by(f64::total_cmp) else { return };
    if far.len() < 2 {
        return;
    }
    let height = far.len() * 30 + 6;
    let _ = write!(
        page,
        "<svg class=\"bars\" viewBox=\"0 0 640 {height}\" role=\"img\" aria-label=\"The largest changes: norm of the \
         difference in parts of the norm before\">"
    );
    for (index, (name, relative)) in far.iter().enumerate() {
        let y = index * 30;
        let width = 520.0 * relative / most;
        let _ = write!(
            page,
            "<text x=\"0\" y=\"{}\">{}</text><rect x=\"0\" y=\"{}\" width=\"{width:.1}\" height=\"10\" rx=\"2\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{}\">{}</text>",
            y + 12,
            escaped(&text::shown(name, 90)),
            y + 16,
            width + 6.0,
            y + 25,
            percent(*relative),
        );
    }
    page.push_str("</svg>\n");
}

fn details(change: &Change, page: &mut String) {
    if change.details.is_empty() {
        return;
    }
    let measured = change.details.iter().any(|detail| detail.norms.is_some());
    let hashed = change.details.iter().any(|detail| detail.old_sha256.or(detail.new_sha256).is_some());
    let open = if change.details.len() <= 12 { " open" } else { "" };
    let _ = write!(
        page,
        "<details{open}><summary>{}</summary>\n<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n<thead><tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">Old</th><th scope=\"col\">New</th>",
        text::count(change.details.len() as u64 + change.omitted, "entry").replace("entrys", "entries")
    );
    if measured {
        page.push_str("<th scope=\"col\">Norm before</th><th scope=\"col\">now</th><th scope=\"col\">of the difference</th><th scope=\"col\">relative</th>");
    }
    if hashed {
        page.push_str("<th scope=\"col\">SHA-256 old, new</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for detail in change.details.iter().take(MOST_DETAILS) {
        let value = |value: &Option<String>| value.as_deref().map_or_else(String::new, escaped);
        let _ = write!(
            page,
            "<tr><td class=\"path\"><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td>",
            escaped(&detail.name),
            value(&detail.old),
            value(&detail.new)
        );
        if measured {
            let norms = detail
                .norms
                .map(|n| [number(n.old), number(n.new), number(n.difference), percent(n.relative)]);
            for cell in norms.unwrap_or_else(|| ["not read"; 4].map(str::to_owned)) {
                let _ = write!(page, "<td class=\"number\">{cell}</td>");
            }
        }
        if hashed {
            let digests = [detail.old_sha256, detail.new_sha256].into_iter().flatten();
            let digests: Vec<String> = digests.map(|digest| digest.to_string()).collect();
            let _ = write!(page, "<td class=\"digest mono\">{}</td>", digests.join("<br>"));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
    let more = change.omitted + change.details.len().saturating_sub(MOST_DETAILS) as u64;
    if more > 0 {
        let _ = writeln!(page, "<p class=\"soft\">And {more} more: see the JSON report.</p>");
    }
    page.push_str("</details>\n");
}

fn missed(diff: &Diff, page: &mut String) {
    if diff.not_compared.is_empty() {
        return;
    }
    page.push_str(
        "<section aria-labelledby=\"missed\">\n<h2 id=\"missed\">Not compared</h2>\n<p>Nothing can be said about these \
         parts.</p>\n<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n<thead><tr><th scope=\"col\">Part</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n",
    );
    for part in diff.not_compared.iter().take(MOST) {
        let member = if part.member.is_empty() { String::new() } else { format!("!{}", part.member) };
        let _ = writeln!(
            page,
            "<tr><td class=\"path\"><code>{}{}</code></td><td>{}</td></tr>",
            escaped(&part.path),
            escaped(&member),
            escaped(&part.why)
        );
    }
    page.push_str("</tbody></table></div>\n");
    more(diff.not_compared.len(), "part", page);
    page.push_str("</section>\n");
}

fn files(diff: &Diff, page: &mut String) {
    page.push_str(
        "<section aria-labelledby=\"files\">\n<h2 id=\"files\">Files</h2>\n<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n<thead><tr>\
         <th scope=\"col\">Path</th><th scope=\"col\">Status</th><th scope=\"col\">Format</th><th scope=\"col\">Size</th>\
         <th scope=\"col\">SHA-256 old, new</th></tr></thead>\n<tbody>\n",
    );
    for file in diff.files.iter().take(MOST) {
        let versions: Vec<&FileVersion> = file.old.iter().chain(&file.new).collect();
        let both = |show: &dyn Fn(&FileVersion) -> String| {
            let mut cells: Vec<String> = versions.iter().map(|version| show(version)).collect();
            cells.dedup();
            cells.join("<br>")
        };
        let _ = writeln!(
            page,
            "<tr><td class=\"path\"><code>{}</code></td><td class=\"short\">{}</td><td>{}</td><td class=\"number\">{}</td>\
             <td class=\"digest mono\">{}</td></tr>",
            both(&|version| escaped(&version.path)),
            file.status.replace('-', " "),
            both(&|version| escaped(&version.formats.join(", "))),
            both(&|version| text::bytes(version.size)),
            both(&|version| version
                .sha256
                .map_or_else(|| "not known".to_owned(), |digest| digest.to_string())),
        );
    }
    page.push_str("</tbody></table></div>\n");
    more(diff.files.len(), "file", page);
    page.push_str("</section>\n");
}
