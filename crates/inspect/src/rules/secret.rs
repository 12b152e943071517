//! What the rules about secrets share.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::Secret;
use weighbridge_domain::facts::secret::Encoding;

use super::Findings;
use crate::facts::{Facts, Place};
use crate::secrets::{self, Class, Kind};

/// Secrets with what is known of their kinds.
pub(super) fn secrets_of(facts: &Facts) -> impl Iterator<Item = (Place<'_>, &Secret, &'static Kind)> {
    facts.secrets().filter_map(|(place, secret)| Some((place, secret, secrets::find(secret.kind)?)))
}

/// Adds a finding for each secret of one class.
pub(super) fn report(facts: &Facts, class: Class, findings: &mut Findings<'_>) {
    for (place, secret, kind) in secrets_of(facts).filter(|(_, _, kind)| kind.class == class) {
        let written = match secret.encoding {
            Encoding::Plain => "",
            Encoding::Base64 => ", written in base64",
            Encoding::Escapes => ", written in escapes",
            Encoding::Utf16 => ", written in UTF-16",
        };
        let doubt = if secret.checksum == Some(false) { ", whose checksum does not fit" } else { "" };
        let mild = secret.checksum == Some(false)
            || is_of_tests(findings.path())
            || is_of_tests(&place.reading.member);
        let message = format!("`{}` looks like a {}{written}{doubt}", secret.masked, kind.title);
        let finding = findings
            .add(place, message.replace(" a A", " an A").replace(" a O", " an O").replace(" a a", " an a"));
        finding.excerpt =
            secret.fingerprint.as_ref().map(|fingerprint| format!("keyed digest {fingerprint}"));
        if mild {
            finding.severity = finding.severity.min(Severity::Low);
        }
    }
}

/// Files of tests, of examples and of documentation hold what only looks like secrets.
fn is_of_tests(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.split(['/', '\\', '!', '.', '_', '-']).any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "testing"
                | "testdata"
                | "fixture"
                | "fixtures"
                | "mock"
                | "mocks"
                | "example"
                | "examples"
                | "sample"
                | "samples"
                | "doc"
                | "docs"
                | "spec"
                | "conftest"
                | "snapshots"
                | "demo"
                | "dummy"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_documentation_are_told_by_their_paths() {
        for path in
            ["a/tests/b.py", "test_a.py", "a_test.go", "docs/a.md", "a.zip!fixtures/key.pem", "x/conftest.py"]
        {
            assert!(is_of_tests(path), "{path}");
        }
        for path in ["latest/a.py", "config.json", "contest.py", "README.md"] {
            assert!(!is_of_tests(path), "{path}");
        }
    }
}
