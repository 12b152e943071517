//! Sources with much that is encoded.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::source;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Sort};
use crate::samples::script::script;
use crate::samples::source::{encoded, module};
use crate::text;

/// Sources with much that is encoded.
pub static RULE: Rule = Rule {
    id: "source-encoded-text",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source holds a long literal that is encoded",
    why: "More than 512 characters of Base64, hexadecimal digits or bytes cannot be read by a reviewer, and may be anything: a \
          picture, a table, a program. Where it is decoded and run, that is reported by itself.",
    advice: "Decode it elsewhere and see what it is.",
    references: &["CWE-506"],
    examples: &[
        Example { name: "javascript", files: || script(&format!("x = `{}`", encoded(1024))), fires: FIRES },
        Example { name: "javascript-twin", files: || script(&format!("x = '{}'", encoded(400))), fires: &[] },
        Example { name: "base64", files: || module(&format!("x = '{}'", encoded(1024))), fires: FIRES },
        Example { name: "base64-twin", files: || module(&format!("x = '{}'", encoded(400))), fires: &[] },
        Example {
            name: "words-twin",
            files: || module(&format!("x = '{}'", "ordinary words ".repeat(100))),
            fires: &[],
        },
        Example {
            name: "hexadecimal",
            files: || module(&format!("x = '{}'", "0123456789abcdef4f1e".repeat(50))),
            fires: FIRES,
        },
        Example {
            name: "digits-twin",
            files: || module(&format!("x = '{}'", "0101".repeat(300))),
            fires: &[],
        },
        Example {
            name: "bytes",
            files: || {
                let bytes: String = (0..1024_u32)
                    .map(|at| format!("\\x{:02x}", at.wrapping_mul(2_654_435_761) >> 24))
                    .collect();
                module(&format!("x = b'{bytes}'"))
            },
            fires: FIRES,
        },
        Example {
            name: "bytes-twin",
            files: || module(&format!("x = b'{}'", "\\x00\\xff".repeat(400))),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-encoded-text"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, what) in facts.of(Sort::Encoded) {
        if let What::Encoded(literal) = what
            && (place.is_of_python() || place.is_of_javascript())
        {
            let length = text::count(literal.length, "character");
            let when = source::words(literal.when);
            findings.add(
                place,
                format!("a literal of {length} looks like {}; it is there {when}", literal.alphabet),
            );
        }
    }
}
