//! A key of a service.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, secret};
use crate::facts::Facts;
use crate::samples::secret::file;
use crate::secrets::Class;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-service-key",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A file holds a key of a model service, of another service, or the password of a database",
    why: "Whoever has the file can use the service in the name and at the cost of its owner, and read what is kept there. Some kinds are told by the word beside them, and may be something else. In files of tests, examples and documentation they are told with the severity low.",
    advice: "Revoke it where it was issued, and read such values from the environment of the machine that needs them. See docs/secrets.md.",
    references: &["CWE-312", "CWE-522", "CWE-798", "AML.T0055"],
    examples: EXAMPLES,
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    secret::report(facts, Class::Service, findings);
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || file("run.py", "key = \"sk-ant-api03-{u:93}AA\"\n"),
        fires: &["secret-service-key"],
    },
    Example { name: "program-twin", files: || file("run.py", "key = \"sk-ant-...\"\n"), fires: &[] },
    Example {
        name: "environment",
        files: || file("start.sh", "export OPENAI_API_KEY=sk-proj-{a:58}T3BlbkFJ{a:58}\n"),
        fires: &["secret-service-key"],
    },
    Example {
        name: "environment-twin",
        files: || file("start.sh", "export OPENAI_API_KEY=$KEY\n"),
        fires: &[],
    },
    Example {
        name: "beside-its-name",
        files: || file("run.py", "wandb.login(key=\"{h:40}\")\n"),
        fires: &["secret-service-key"],
    },
    Example {
        name: "beside-its-name-twin",
        files: || file("run.py", "wandb_commit = \"{h:40}\"\n"),
        fires: &[],
    },
    Example {
        name: "database",
        files: || file("settings.yaml", "url: postgres://app:{a:14}@db.demo.internal/x\n"),
        fires: &["secret-service-key"],
    },
    Example {
        name: "database-twin",
        files: || file("settings.yaml", "url: postgres://app:password@localhost/x\n"),
        fires: &[],
    },
    Example {
        name: "web-token",
        files: || file("notes.txt", "Bearer {jwt}\n"),
        fires: &["secret-service-key"],
    },
    Example {
        name: "web-token-twin",
        files: || file("notes.txt", "Bearer eyJ{a:20}.eyJ{a:20}.{a:40}\n"),
        fires: &[],
    },
];
