//! Where a cloud tells a machine its credentials.

use weighbridge_domain::facts::secret::{AddressClass, AddressContext};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-cloud-metadata",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text or a setting names the address where a cloud tells a machine its credentials",
    why: "Machines in clouds ask that address for the keys they act with, and it answers any program on them. A model has no business there; whoever can make a server fetch from it has its keys. In program text it has the severity high, in settings and descriptions medium.",
    advice: "Remove it, and let no code of a model run where that address can be reached.",
    references: &["CWE-918", "AML.T0055"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || one("handler.py", "get('http://169.254.169.254/latest/meta-data/')\n"),
        fires: &["address-cloud-metadata"],
    },
    Example {
        name: "program-twin",
        files: || one("handler.py", "get('http://127.0.0.1/latest/meta-data/')\n"),
        fires: &[],
    },
    Example {
        name: "one-number",
        files: || one("handler.py", "get('http://2852039166/latest/')\n"),
        fires: &["address-cloud-metadata"],
    },
    Example {
        name: "hexadecimal",
        files: || one("handler.py", "get('http://0xa9fea9fe/latest/')\n"),
        fires: &["address-cloud-metadata"],
    },
    Example {
        name: "name",
        files: || one("start.sh", "curl metadata.google.internal/computeMetadata/v1/\n"),
        fires: &["address-cloud-metadata"],
    },
    Example {
        name: "settings",
        files: || one("settings.yaml", "image: http://169.254.169.254/x.png\n"),
        fires: &["address-cloud-metadata"],
    },
    Example { name: "remark", files: || one("handler.py", "# never ask 169.254.169.254\n"), fires: &[] },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::CloudMetadata]) {
        let message =
            format!("{}, where a cloud tells a machine its credentials", address::told(place, address));
        let finding = findings.add(place, message);
        if address.context != AddressContext::Code {
            finding.severity = Severity::Medium;
        }
    }
}
