//! A host that is named by its number.

use weighbridge_domain::facts::secret::AddressClass;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-raw",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text, a setting or a description names a host by its number",
    why: "Programs name hosts; numbers are left over from a test, or avoid that a name can be looked up and blocked. Numbers of private networks and of the machine itself are not told.",
    advice: "Ask what answers there.",
    references: &["CWE-829", "AML.T0072"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || one("handler.py", "post('http://203.0.113.5:4444/x')\n"),
        fires: &["address-raw"],
    },
    Example {
        name: "program-twin",
        files: || one("handler.py", "post('http://192.168.0.5:4444/x')\n"),
        fires: &[],
    },
    Example {
        name: "socket",
        files: || one("handler.py", "s.connect(('203.0.113.5', 4444))\n"),
        fires: &["address-raw"],
    },
    Example {
        name: "socket-twin",
        files: || one("handler.py", "s.connect(('127.0.0.1', 4444))\n"),
        fires: &[],
    },
    Example {
        name: "shell",
        files: || one("start.sh", "cat < /dev/tcp/203.0.113.5/4444\n"),
        fires: &["address-raw"],
    },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::Raw]) {
        findings.add(place, format!("{}, a number instead of a name", address::told(place, address)));
    }
}
