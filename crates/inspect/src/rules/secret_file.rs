//! A file whose name says that it holds secrets.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::archive::Zip;
use crate::samples::one;
use crate::samples::secret::file;
use crate::secrets;
use crate::text;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-file",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A file is named as programs name those that they keep logins in",
    why: "Such a file belongs to a person or to a machine, and came along by mistake: a whole folder was uploaded. What is in it may not look like a secret. Some names are ordinary when nothing in the file looks like one (`.env`, `.npmrc`); those are told only then.",
    advice: "Look into it; if it was in use, revoke what it holds, and leave it out of what is published.",
    references: &["CWE-312", "CWE-538"],
    examples: &[
        Example {
            name: "logins",
            files: || one(".netrc", "machine git.demo.internal login demo password demo\n"),
            fires: &["secret-file"],
        },
        Example {
            name: "logins-twin",
            files: || one("netrc.txt", "machine git.demo.internal login demo\n"),
            fires: &[],
        },
        Example {
            name: "environment",
            files: || file(".env", "NAME=demo\nPASSWORD=\"{a:16}\"\n"),
            fires: &["secret-file", "secret-password"],
        },
        Example { name: "environment-twin", files: || one(".env", "NAME=demo\n"), fires: &[] },
        Example {
            name: "archived",
            files: || one("home.zip", Zip::new().stored("home/.aws/credentials", b"[default]\n").build()),
            fires: &["secret-file"],
        },
        Example {
            name: "archived-twin",
            files: || one("home.zip", Zip::new().stored("home/credentials.md", b"# Credentials\n").build()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut before = None;
    for place in facts.parts() {
        let member = &place.reading.member;
        if before.replace(member) == Some(member) {
            continue;
        }
        let path = if member.is_empty() { findings.path().to_owned() } else { member.to_string() };
        let Some(file) = secrets::file(&path) else { continue };
        let holds = || facts.secrets().any(|(secret, _)| secret.reading.member == *member);
        if !file.with_secret || holds() {
            let name = path.rsplit(['/', '!']).next().unwrap_or_default();
            findings.add(place, format!("`{}` is a name for {}", text::shown(name, 100), file.title));
        }
    }
}
