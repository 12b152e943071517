//! Bytes that are valid in several formats.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Sort};
use crate::samples::flat::tflite::TfLite;
use crate::samples::{self, program};

/// Bytes that are valid in several formats.
pub static RULE: Rule = Rule {
    id: "polyglot-file",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The same bytes are valid in several formats",
    why: "One loader sees one content, another loader a different one: what was checked is not what is loaded. Each of the \
          readings was inspected, and its findings stand beside this one.",
    advice: "Do not use the file. No tool that saves models writes such files by accident.",
    references: &["CWE-434", "CWE-436", "AML.T0010"],
    examples: &[
        Example {
            name: "table-and-model",
            files: || {
                let mut bytes = b"PAR1TFL3".to_vec();
                bytes.extend(b"PAR1");
                samples::one("data", bytes)
            },
            fires: &["polyglot-file", "tensor-out-of-bounds"],
        },
        Example {
            name: "one-reading",
            files: || samples::one("model.tflite", TfLite::new().build()),
            fires: &[],
        },
        Example {
            name: "program",
            files: || samples::one("module.wasm", program::wasm()),
            fires: &["embedded-program"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, what) in facts.of(Sort::Polyglot) {
        if let What::Polyglot { formats } = what {
            findings.add(place, format!("the same bytes can be read as {}", formats.join(" and as ")));
        }
    }
}
