//! An address that takes messages from whoever knows it.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, secret};
use crate::facts::Facts;
use crate::samples::secret::file;
use crate::secrets::Class;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-webhook",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A file holds the address of a channel that takes messages from whoever knows it",
    why: "Whoever knows the address can write into the channel, in the name of its owner. In program text it may also be where a program sends what it finds.",
    advice: "Remove the webhook in the settings of the channel and make a new one; see why the file names it.",
    references: &["CWE-312", "CWE-522", "CWE-798", "AML.T0055"],
    examples: EXAMPLES,
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    secret::report(facts, Class::Webhook, findings);
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "chat",
        files: || file("notes.txt", "https://hooks.slack.com/services/T{H:9}/B{H:9}/{a:24}\n"),
        fires: &["secret-webhook"],
    },
    Example {
        name: "chat-twin",
        files: || {
            file(
                "notes.txt",
                "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX\n",
            )
        },
        fires: &[],
    },
    Example {
        name: "other-chat",
        files: || file("notes.txt", "https://discord.com/api/webhooks/{d:18}/{a:68}\n"),
        fires: &["secret-webhook"],
    },
];
