//! Notebooks with markup that a page would run.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::notebook::{code, of, shown, with, words};
use crate::text;

/// Notebooks with markup that a page would run.
pub static RULE: Rule = Rule {
    id: "notebook-active-output",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "An output, a cell of words or a widget of a notebook has markup that a page would run",
    why: "It runs when a page shows a notebook that it trusts, with the rights of whoever looks: it can ask the kernel to run \
          code. Low where it looks like what libraries of figures and tables write.",
    advice: "Clear the outputs (`jupyter nbconvert --clear-output`) before you open it.",
    references: &["CWE-79", "CVE-2021-32797", "AML.T0011"],
    examples: &[
        Example {
            name: "script",
            files: || of(&[shown("text/html", "<script>Jupyter.notebook.kernel.execute('1')</script>")]),
            fires: FIRES,
        },
        Example { name: "script-twin", files: || of(&[shown("text/html", "<p>a script</p>")]), fires: &[] },
        Example {
            name: "javascript",
            files: || of(&[shown("application/javascript", "void 0")]),
            fires: FIRES,
        },
        Example { name: "javascript-twin", files: || of(&[shown("application/json", "{}")]), fires: &[] },
        Example {
            name: "picture",
            files: || of(&[shown("image/svg+xml", "<svg onload=\"void 0\"/>")]),
            fires: FIRES,
        },
        Example {
            name: "picture-twin",
            files: || of(&[shown("image/svg+xml", "<svg><g/></svg>")]),
            fires: &[],
        },
        Example { name: "words", files: || of(&[words("<img src=x onerror=\"void 0\">")]), fires: FIRES },
        Example { name: "words-twin", files: || of(&[words("The `onerror=` attribute")]), fires: &[] },
        Example {
            name: "widget",
            files: || {
                let state = serde_json::json!({"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"state":
                    {"value": "<iframe src='https://demo.invalid'></iframe>"}}}}}});
                with(&[code("1")], &state)
            },
            fires: FIRES,
        },
        Example {
            name: "widget-twin",
            files: || {
                let state = serde_json::json!({"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"state":
                    {"value": "<b>demo</b>"}}}}}});
                with(&[code("1")], &state)
            },
            fires: &[],
        },
        Example {
            name: "magic",
            files: || of(&[code("%%javascript\nfetch('https://demo.invalid')")]),
            fires: FIRES,
        },
        Example { name: "magic-twin", files: || of(&[code("%%latex\n$a$")]), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["notebook-active-output"];

/// What scripts of libraries that draw figures and tables have in them.
#[rustfmt::skip]
const USUAL: [&str; 16] = [
    "altair", "bokeh", "convertToInteractive", "cdn.plot.ly", "cdnjs.cloudflare.com", "cdn.jsdelivr.net", "google.colab",
    "holoviews", "mathjax", "plotly", "requirejs", "tensorboard", "unpkg.com", "vega", "widgetsnbextension", "youtube.com/embed",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        if !matches!(place.format(), "notebook" | "notebook-cell") || key == "kernelspec.argv" {
            continue;
        }
        let usual = USUAL.iter().any(|word| value.to_ascii_lowercase().contains(&word.to_ascii_lowercase()));
        let finding = findings.add(place, format!("`{key}` has markup or a script that a page would run"));
        finding.severity = if usual { Severity::Low } else { Severity::Medium };
        finding.excerpt = Some(text::shown(value, 300));
    }
}
