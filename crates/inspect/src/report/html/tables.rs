//! The tables of the page: what was not inspected, what was set aside, and every file.

use std::collections::HashMap;
use std::fmt::Write as _;

use weighbridge_domain::Severity;

use super::{MOST, badge, escaped, markdown, more, words};
use crate::report::{FileReport, Report};
use crate::{docs, text};

/// The number of every file, by its path: the page's script finds with it what belongs to which file.
pub(super) fn numbers(report: &Report) -> HashMap<&str, usize> {
    report.files.iter().enumerate().map(|(number, file)| (file.path.as_str(), number)).collect()
}

/// The attribute with a file's number.
pub(super) fn number(numbers: &HashMap<&str, usize>, path: &str) -> String {
    numbers.get(path).map_or_else(String::new, |number| format!(" data-file=\"{number}\""))
}

/// A section with a table of these columns.
fn open(id: &str, title: &str, about: &str, columns: &[&str], page: &mut String) {
    let _ = write!(
        page,
        "<section aria-labelledby=\"{id}\" class=\"rows\">\n<h2 id=\"{id}\">{title}</h2>\n{about}\
         <div class=\"table\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{id}\"><table>\n<thead><tr>"
    );
    for column in columns {
        let _ = write!(page, "<th scope=\"col\">{column}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
}

fn close(count: usize, noun: &str, page: &mut String) {
    page.push_str("</tbody></table></div>\n");
    more(count, noun, page);
    page.push_str("</section>\n");
}

pub(super) fn not_inspected(report: &Report, numbers: &HashMap<&str, usize>, page: &mut String) {
    if report.not_inspected.is_empty() {
        return;
    }
    let about = "<p>Nothing can be said about these parts: they may hold anything. Do not load them on trust. Leave out what the \
                 model does not need; of the rest, ask the publisher what it is and for a form that can be inspected (weights \
                 as <a href=\"#word-safetensors\">safetensors</a>, archives without a password), then scan again. Where the \
                 reason is a limit, the reason names the option that raises it.</p>\n";
    open("missed", "Not inspected", about, &["Part", "Recognised as", "Why"], page);
    for part in report.not_inspected.iter().take(MOST) {
        let _ = writeln!(
            page,
            "<tr data-kind=\"part\"{}><td class=\"path\"><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            number(numbers, &part.path),
            escaped(&part.place().to_string()),
            escaped(part.format.unwrap_or("nothing known")),
            escaped(&part.why)
        );
    }
    close(report.not_inspected.len(), "part", page);
}

pub(super) fn set_aside(report: &Report, numbers: &HashMap<&str, usize>, page: &mut String) {
    if report.set_aside.is_empty() {
        return;
    }
    let about = "<p>These findings were made and do not count, because somebody said so: an entry of the ignore file \
                 (<em>ignored</em>), or an earlier report that was given as what is known (<em>baseline</em>).</p>\n";
    open("aside", "Set aside", about, &["Severity", "Rule", "Finding", "By"], page);
    for aside in report.set_aside.iter().take(MOST) {
        let finding = &aside.finding;
        let _ = writeln!(
            page,
            "<tr data-kind=\"aside\" data-severity=\"{}\"{}><td>{}</td><td class=\"short\"><code>{}</code></td><td class=\"path\">{}<br>\
             <code>{}</code></td><td>{}: {}</td></tr>",
            finding.severity,
            number(numbers, &finding.location.path),
            badge(finding.severity),
            escaped(&finding.rule),
            markdown::inline(&docs::sentence(&finding.message)),
            escaped(&finding.location.to_string()),
            aside.by,
            escaped(&aside.reason)
        );
    }
    close(report.set_aside.len(), "finding", page);
}

/// The worst severity of some findings, and how many they are.
type Worst = Option<(Severity, u64)>;

fn count_in(worst: &mut Worst, severity: Severity) {
    let (before, count) = worst.unwrap_or((severity, 0));
    *worst = Some((before.max(severity), count.saturating_add(1)));
}

pub(super) fn files(report: &Report, page: &mut String) {
    // What counts, and what was set aside.
    let mut found: HashMap<&str, (Worst, Worst)> = HashMap::new();
    for finding in &report.findings {
        count_in(&mut found.entry(&finding.location.path).or_default().0, finding.severity);
    }
    for aside in &report.set_aside {
        count_in(&mut found.entry(&aside.finding.location.path).or_default().1, aside.finding.severity);
    }
    let mut files: Vec<(usize, (Worst, Worst), &FileReport)> = report
        .files
        .iter()
        .enumerate()
        .map(|(number, file)| (number, found.get(file.path.as_str()).copied().unwrap_or_default(), file))
        .collect();
    let worst = |worst: Worst| std::cmp::Reverse(worst.map(|(severity, _)| severity));
    files.sort_by_key(|(_, (counts, aside), file)| {
        (worst(*counts), file.coverage != FileReport::NOT_INSPECTED, worst(*aside))
    });
    let (coverage, digest) = (words::link("coverage", "Coverage"), words::link("digest", "SHA-256"));
    open("files", "Files", "", &["Path", "Findings", &coverage, "Format", "Size", &digest], page);
    for (number, (counts, aside), file) in files.into_iter().take(MOST) {
        let severity = counts.map_or("none", |(severity, _)| severity.word());
        let mut told = counts.map_or_else(
            || "none".to_owned(),
            |(severity, count)| format!("{}&nbsp;{count}", badge(severity)),
        );
        if let Some((severity, count)) = aside {
            let _ = write!(told, "<br><a href=\"#aside\">{count} set aside</a>, {severity}");
        }
        let _ = writeln!(
            page,
            "<tr data-kind=\"file\" data-severity=\"{severity}\" data-file=\"{number}\"><td class=\"path\"><code>{}</code></td>\
             <td class=\"short\">{told}</td><td class=\"short\">{}</td><td>{}</td><td class=\"number\">{}</td>\
             <td class=\"digest mono\">{}</td></tr>",
            escaped(&file.path),
            file.coverage.replace('-', " "),
            escaped(&file.formats.join(", ")),
            text::bytes(file.size),
            file.sha256.map_or_else(|| "not known".to_owned(), |digest| digest.to_string()),
        );
    }
    close(report.files.len(), "file", page);
}
