//! The words of the page for a reader who is no programmer, and where the numbers of public lists lead.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{escaped, markdown};
use crate::formats;
use crate::report::Report;

/// Words by the anchor they have on the page, and what they mean.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "answer",
        "Stop, review, incomplete, unremarkable",
        "The answer in one word. **Stop**: something high or critical was found. **Review**: something medium was found and a person \
         has to look. **Incomplete**: not everything was looked at, and in the rest nothing above low was found. \
         **Unremarkable**: everything was looked at and nothing above low was found. No answer says that a model is harmless.",
    ),
    (
        "severity",
        "Severity",
        "How bad it would be. **Critical**: a program runs when the file is opened, or something dangerous is reached. **High**: a \
         strong sign of an attack, or a reader would be misled. **Medium**: a person has to look. **Low**: untidy. **Info**: worth \
         knowing.",
    ),
    (
        "confidence",
        "Confidence",
        "How sure the rule is that it saw what it says. **High**: read from the file's own structure. **Medium**: ordinary files \
         rarely look like this. **Low**: it may well be something ordinary. It does not change the severity.",
    ),
    (
        "lights",
        "Origin, format, content",
        "The answer in three lights. **Origin**: where the files come from; a scan does not ask that. **Format**: whether the files \
         are well formed and of the kind that their names say. **Content**: whether something inside them would act when \
         they are opened.",
    ),
    (
        "load",
        "Load",
        "To open a model with the program or library that it is made for. Weighbridge never does: it only reads the bytes.",
    ),
    (
        "part",
        "Part",
        "A file, or something inside a file that is read on its own, such as a member of an archive (a file that holds other \
         files).",
    ),
    (
        "place",
        "Place: `model.pt!data.pkl@69`",
        "Where something was found. `!` leads into a file: here to the part `data.pkl` inside `model.pt`. `@69` says how many bytes \
         from the beginning of that part, here 69; in a text, `:3:7` says the line and the character in it.",
    ),
    (
        "coverage",
        "Coverage",
        "How far a file was looked at. **Inspected**: every part that could carry a program was read. **Inert**: of a kind that \
         carries none (text, pictures), and left at that. **Not inspected**: at least one part was not, or not wholly, looked \
         at, and nothing can be said about it.",
    ),
    (
        "rule",
        "Rule, ruleset",
        "A rule looks for one thing; its name stands beside each finding (`weighbridge scan --explain NAME` tells more). The \
         ruleset is all rules together; its name changes when a rule is added or changes its severity.",
    ),
    (
        "threshold",
        "Threshold, exit code",
        "Findings at the threshold or above make the scan not pass. The exit code tells the same to other programs: 0 passes, 1 \
         has findings, 2 could not look at everything.",
    ),
    (
        "aside",
        "Set aside",
        "A finding that somebody has looked at and that does not count: named in an ignore file with a reason and a last day, or \
         known from an earlier report (the baseline).",
    ),
    (
        "digest",
        "SHA-256",
        "A number computed from all bytes of a file. Two files with the same number are the same; an ignore file names it.",
    ),
    (
        "pickle",
        "Pickle",
        "Python's own way to store objects, used in many `.pt`, `.pth`, `.bin`, `.pkl` and `.joblib` files. It is a list of instructions that \
         Python follows on opening, and they may start any program.",
    ),
    (
        "safetensors",
        "Safetensors",
        "A format for weights that holds numbers and their names only; opening it runs nothing. Many publishers offer it beside \
         a pickle.",
    ),
    (
        "lists",
        "CWE, AML, CVE, GHSA",
        "Numbers in public lists: of weaknesses (CWE), of attacks on machine learning (AML, in MITRE ATLAS), and of published \
         faults in software (CVE, GHSA). The links lead to their pages; nothing is fetched before they are followed.",
    ),
];

/// What each light asks.
pub(super) fn light(name: &str) -> &'static str {
    match name {
        "origin" => "Where does it come from? A scan of files does not ask.",
        "format" => "Are the files well formed, and what their names say?",
        _ => "Is there something inside that would act?",
    }
}

/// A link to the meaning of a word.
pub(super) fn link(word: &str, text: &str) -> String {
    debug_assert!(WORDS.iter().any(|(id, ..)| *id == word), "{word}");
    format!("<a class=\"word\" href=\"#word-{word}\">{text}</a>")
}

/// A number of a public list, as a link to its page.
pub(super) fn reference(id: &str) -> String {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let page = match id.split_once(['-', '.']) {
        _ if !plain => None,
        Some(("CWE", number)) => Some(format!("https://cwe.mitre.org/data/definitions/{number}.html")),
        Some(("AML", _)) => Some(format!("https://atlas.mitre.org/techniques/{id}")),
        Some(("CVE", _)) => Some(format!("https://www.cve.org/CVERecord?id={id}")),
        Some(("GHSA", _)) => Some(format!("https://github.com/advisories/{id}")),
        _ => None,
    };
    match page {
        Some(page) => format!("<a href=\"{page}\" rel=\"noreferrer\">{id}</a>"),
        None => escaped(id),
    }
}

/// Writes what the words mean, and the kinds of files in this report.
pub(super) fn write(report: &Report, page: &mut String) {
    page.push_str("<section aria-labelledby=\"words\">\n<h2 id=\"words\">Words on this page</h2>\n<dl class=\"words\">\n");
    for (id, word, meaning) in WORDS {
        let _ = writeln!(
            page,
            "<div id=\"word-{id}\"><dt>{}</dt><dd>{}</dd></div>",
            markdown::inline(word),
            markdown::inline(meaning)
        );
    }
    let found: BTreeSet<&str> = report
        .files
        .iter()
        .flat_map(|file| file.formats.iter().copied())
        .chain(report.not_inspected.iter().filter_map(|part| part.format))
        .collect();
    let known: Vec<String> = found
        .into_iter()
        .filter_map(formats::find)
        .map(|format| format!("<code>{}</code>&nbsp;{}", escaped(format.id), escaped(format.title)))
        .collect();
    if !known.is_empty() {
        let _ = writeln!(
            page,
            "<div id=\"word-format\"><dt>Formats in this report</dt><dd>{}</dd></div>",
            known.join("; ")
        );
    }
    page.push_str("</dl>\n</section>\n");
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_of_public_lists_lead_to_their_pages() {
        for (id, page) in [
            ("CWE-502", "https://cwe.mitre.org/data/definitions/502.html"),
            ("AML.T0011", "https://atlas.mitre.org/techniques/AML.T0011"),
            ("CVE-2025-1716", "https://www.cve.org/CVERecord?id=CVE-2025-1716"),
            ("GHSA-9gvj-pp9x-gcfr", "https://github.com/advisories/GHSA-9gvj-pp9x-gcfr"),
        ] {
            assert_eq!(super::reference(id), format!("<a href=\"{page}\" rel=\"noreferrer\">{id}</a>"));
        }
        assert_eq!(super::reference("CWE-<1>"), "CWE-&lt;1&gt;");
        assert_eq!(super::reference("another"), "another");
    }
}
