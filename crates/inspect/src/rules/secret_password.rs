//! A value that its name or its place calls a password.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, secret};
use crate::facts::Facts;
use crate::samples::secret::file;
use crate::secrets::Class;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-password",
    severity: Severity::Low,
    confidence: Confidence::Low,
    light: Light::Content,
    since: "0.1.0",
    summary: "A file holds a value that its name or its place calls a password or a secret",
    why: "Passwords have no shape of their own: they are told by what stands beside them, and some of what is told will be none.",
    advice: "If it is one, change it where it is used, and keep it out of files that travel.",
    references: &["CWE-312", "CWE-522", "CWE-798", "AML.T0055"],
    examples: EXAMPLES,
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    secret::report(facts, Class::Password, findings);
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "named",
        files: || file("settings.yaml", "password: \"{a:16}\"\n"),
        fires: &["secret-password"],
    },
    Example {
        name: "named-twin",
        files: || file("settings.yaml", "password: \"my-own-password\"\n"),
        fires: &[],
    },
    Example {
        name: "variable",
        files: || file("settings.yaml", "password: \"${DEMO_PASSWORD_1}\"\n"),
        fires: &[],
    },
    Example {
        name: "address",
        files: || file("notes.txt", "git clone https://demo:{a:14}@git.demo.internal/a.git\n"),
        fires: &["secret-password"],
    },
    Example {
        name: "address-twin",
        files: || file("notes.txt", "git clone https://user:password@git.demo.internal/a.git\n"),
        fires: &[],
    },
];
