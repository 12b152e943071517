//! A folder that another machine shares.

use weighbridge_domain::facts::secret::{AddressClass, AddressKind};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-network-share",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text or a description names a folder that another machine shares",
    why: "Windows opens such a path like a file, and on the way proves who its user is to the other machine: the hash of a password leaves with the first look.",
    advice: "Copy what is meant next to the program, and name it there.",
    references: &["CWE-73", "CWE-522"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || one("handler.py", "open(r'\\\\files.demo.internal\\models')\n"),
        fires: &["address-network-share"],
    },
    Example {
        name: "program-twin",
        files: || one("handler.py", "open(r'C:\\\\files.demo.internal\\models')\n"),
        fires: &[],
    },
    Example {
        name: "scheme",
        files: || one("handler.py", "open('smb://files.demo.internal/models')\n"),
        fires: &["address-network-share"],
    },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::File]) {
        if address.kind == AddressKind::Unc {
            findings.add(place, format!("{}, which another machine shares", address::told(place, address)));
        }
    }
}
