//! JSON that readers disagree about or cannot read.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::one;
use weighbridge_domain::facts::problem::Kind;

/// JSON that readers disagree about or cannot read.
pub static RULE: Rule = Rule {
    id: "json-broken",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The file is named as JSON, and is not JSON as loaders read it",
    why: "A file that cannot be parsed was not inspected beyond that point. A byte order mark or UTF-16 is read here, but makes some loaders refuse the file, and nesting beyond what most readers follow makes them fail.",
    advice: "Download the file again and compare its digest with the publisher's; write it as UTF-8 without a byte order mark.",
    references: &["CWE-1286", "CWE-838"],
    examples: &[
        Example {
            name: "cut",
            files: || one("config.json", r#"{"model_type":"demo""#),
            fires: &["json-broken"],
        },
        Example {
            name: "comment",
            files: || one("config.json", r#"{"model_type":"demo"} // a comment"#),
            fires: &["json-broken"],
        },
        Example {
            name: "empty-value",
            files: || one("config.json", r#"{"model_type":}"#),
            fires: &["json-broken"],
        },
        Example { name: "words", files: || one("notes.json", "just words"), fires: &["json-broken"] },
        Example {
            name: "mark",
            files: || one("config.json", b"\xef\xbb\xbf{\"model_type\":\"demo\"}"),
            fires: &["json-broken"],
        },
        Example {
            name: "utf-16",
            files: || one("config.json", utf16(r#"{"model_type":"demo"}"#)),
            fires: &["json-broken"],
        },
        Example {
            name: "latin-1",
            files: || one("config.json", b"{\"model_type\":\"d\xe9mo\"}"),
            fires: &["json-broken"],
        },
        Example {
            name: "deep",
            files: || one("config.json", format!(r#"{{"a":{}{}}}"#, "[".repeat(130), "]".repeat(130))),
            fires: &["json-broken"],
        },
        Example {
            name: "deep-twin",
            files: || one("config.json", format!(r#"{{"a":{}{}}}"#, "[".repeat(100), "]".repeat(100))),
            fires: &[],
        },
        Example { name: "twin", files: || one("config.json", r#"{"model_type":"démo"}"#), fires: &[] },
        Example {
            name: "lines",
            files: || one("log.json", "{\"step\":1}\n{\"step\":2\n{\"step\":3}\n"),
            fires: &["json-broken"],
        },
        Example {
            name: "lines-twin",
            files: || one("log.json", "{\"step\":1}\n{\"step\":2}\n\n{\"step\":3}\n"),
            fires: &[],
        },
        Example { name: "text-twin", files: || one("notes.txt", "[1] just words"), fires: &[] },
        Example {
            name: "template-twin",
            files: || one("template.txt", "{{ just }} {% words %}"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

/// Text as some editors write it.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Truncated, Kind::Unparsable, Kind::BadText, Kind::TooDeep] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_settings()) {
            findings.add(place, &problem.detail);
        }
    }
}
