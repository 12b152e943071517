//! A host whose owner is hidden, or changes.

use weighbridge_domain::facts::secret::AddressClass;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-hidden-host",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text, a setting or a description names a host of the Tor network or one with a dynamic name",
    why: "Hosts of the Tor network hide where they are, and dynamic names follow a machine from one address to the next. Both are ordinary for private servers, and nothing that a published model should need.",
    advice: "Ask why it is there; load nothing that fetches from it.",
    references: &["CWE-829", "AML.T0072"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "onion",
        files: || one("handler.py", "URL = 'http://abcdefghijklmnop.onion/x'\n"),
        fires: &["address-hidden-host"],
    },
    Example {
        name: "dynamic",
        files: || one("settings.yaml", "server: demo.duckdns.org\n"),
        fires: &["address-hidden-host"],
    },
    Example {
        name: "dynamic-twin",
        files: || one("settings.yaml", "server: demo.duckdns.internal\n"),
        fires: &[],
    },
    Example { name: "card", files: || one("README.md", "Runs on demo.duckdns.org\n"), fires: &[] },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::Onion, AddressClass::Dynamic]) {
        let what =
            if address.class == AddressClass::Onion { "a host of the Tor network" } else { "a dynamic name" };
        findings.add(place, format!("{}, {what}", address::told(place, address)));
    }
}
