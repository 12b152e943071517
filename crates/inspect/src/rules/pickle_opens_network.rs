//! A pickle that uses the network when it is loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that uses the network when it is loaded.
pub static RULE: Rule = Rule {
    id: "pickle-opens-network",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle talks to other hosts",
    why: "A request tells somebody that the file was loaded, and where; it can carry what was read on the machine, and fetch what is run next. Critical when it is called, high when it is only imported.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-918", "AML.T0011", "AML.T0025", "GHSA-9726-w42j-3qjr"],
    examples: &[
        Example {
            name: "address",
            files: || file(Program::new(2).call("urllib.request", "urlopen", "http://demo.invalid/").stop()),
            fires: &["pickle-opens-network"],
        },
        Example {
            name: "python-2-name",
            files: || file(Program::new(2).call("urllib2", "urlopen", "http://demo.invalid/").stop()),
            fires: &["pickle-opens-network"],
        },
        Example {
            name: "certificate",
            files: || file(Program::new(2).call("ssl", "get_server_certificate", "demo.invalid").stop()),
            fires: &["pickle-opens-network"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("socket", "create_connection").stop()),
            fires: &["pickle-opens-network"],
        },
        Example {
            name: "twin",
            files: || file(Program::new(2).text("http://demo.invalid/").text(INERT).tuple(2).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::Network);
}
