//! A pickle that looks a name up by number.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::pickle::{Program, file};

/// A pickle that looks a name up by number.
pub static RULE: Rule = Rule {
    id: "pickle-extension-code",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The pickle looks names up by number in a table outside the file",
    why: "`EXT1`, `EXT2` and `EXT4` name an object by its number in the `copyreg` table of the program that loads the file. No model library registers numbers; what one stands for cannot be known from the file.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "AML.T0011"],
    examples: &[
        Example {
            name: "one",
            files: || file(Program::new(2).raw([0x82, 7]).stop()),
            fires: &["pickle-extension-code"],
        },
        Example {
            name: "two",
            files: || file(Program::new(2).raw([0x83, 7, 7]).tuple(0).reduce().stop()),
            fires: &["pickle-extension-code"],
        },
        Example {
            name: "four",
            files: || file(Program::new(2).raw([0x84, 7, 7, 7, 0]).stop()),
            fires: &["pickle-extension-code"],
        },
        Example { name: "twin", files: || file(Program::new(2).raw([b'K', 7]).stop()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, import) in facts.imports() {
        if let Some(code) = import.extension {
            findings.add(place, format!("looks up number {code} of the table of extensions"));
        }
    }
}
