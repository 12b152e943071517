//! Packages that are built from whatever a repository holds.

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::is_idle;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::package_indexes;
use crate::samples::{one, packages};

/// Packages that are built from whatever a repository holds.
pub static RULE: Rule = Rule {
    id: "package-repository-floating",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A package is built from a repository without a commit being named",
    why: "Whoever can write to the repository, or gets hold of its name, decides what the next installation runs. A branch moves \
          with every commit; a tag is moved more rarely and is low, and so are repositories of makers whose packages many use.",
    advice: "Name the commit in full: 40 hexadecimal digits behind `@`, or `rev` in a table.",
    references: &["CWE-829", "CWE-494", "AML.T0010"],
    examples: &[
        Example {
            name: "pip",
            files: || one("requirements.txt", "git+https://example.org/demo.git\n"),
            fires: FLOATING,
        },
        Example {
            name: "pip-branch",
            files: || one("requirements.txt", "demo @ git+https://example.org/demo@main\n"),
            fires: FLOATING,
        },
        Example {
            name: "pip-tag",
            files: || one("requirements.txt", "-e git+ssh://git@example.org/demo.git@v1.0#egg=demo\n"),
            fires: FLOATING,
        },
        Example {
            name: "pip-twin",
            files: || {
                let commit = "0123456789012345678901234567890123456789";
                one("requirements.txt", format!("demo @ git+https://example.org/demo@{commit}\n"))
            },
            fires: &[],
        },
        Example {
            name: "poetry",
            files: || {
                one(
                    "pyproject.toml",
                    "[tool.poetry.dependencies]\ndemo = {git = \"https://example.org/demo.git\", branch = \"main\"}\n",
                )
            },
            fires: FLOATING,
        },
        Example {
            name: "poetry-twin",
            files: || {
                one(
                    "pyproject.toml",
                    "[tool.poetry.dependencies]\ndemo = {git = \"https://example.org/demo.git\", rev = \"0123456789012345678901234567890123456789\"}\n",
                )
            },
            fires: &[],
        },
        Example {
            name: "uv",
            files: || {
                one(
                    "pyproject.toml",
                    "[project]\ndependencies = [\"demo==1.0\"]\n[tool.uv.sources]\ndemo = {git = \"https://example.org/demo.git\"}\n",
                )
            },
            fires: FLOATING,
        },
        Example {
            name: "npm",
            files: || one("package.json", r#"{"dependencies": {"demo": "github:example/demo"}}"#),
            fires: FLOATING,
        },
        Example {
            name: "npm-short",
            files: || one("package.json", r#"{"dependencies": {"demo": "example/demo#main"}}"#),
            fires: FLOATING,
        },
        Example {
            name: "npm-twin",
            files: || {
                one(
                    "package.json",
                    r#"{"dependencies": {"demo": "example/demo#0123456789012345678901234567890123456789"}}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "uv-lock-twin",
            files: || {
                let source = "https://example.org/demo?rev=main#0123456789012345678901234567890123456789";
                one(
                    "uv.lock",
                    packages::uv_lock("demo", "1.0", &format!("source = {{ git = \"{source}\" }}")),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FLOATING: &[&str] = &["package-repository-floating"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let path = findings.path().to_owned();
    for (place, package) in facts.packages() {
        if place.format() == "bill-of-materials" || is_idle(&path, package) {
            continue;
        }
        let Origin::Repository { url, revision } = &package.origin else { continue };
        let is_hex = |revision: &str| revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (what, severity) = match revision.as_deref() {
            Some(revision) if matches!(revision.len(), 40 | 64) && is_hex(revision) => continue,
            Some(revision) if revision.len() >= 7 && is_hex(revision) => {
                (format!("at `{revision}`, which is not the whole of a commit"), Severity::Low)
            }
            Some(revision) if is_tag(revision) => {
                (format!("at `{revision}`, which is no commit"), Severity::Low)
            }
            Some(revision) => (format!("at `{revision}`, which is no commit"), Severity::Medium),
            None => ("at whatever it holds".to_owned(), Severity::Medium),
        };
        let name = if package.name.is_empty() { "a package" } else { &format!("`{}`", package.name) };
        let known = package_indexes::is_repository(url);
        let finding = findings.add(place, format!("{name} is built from `{url}` {what}"));
        finding.severity = if known { Severity::Low } else { severity };
    }
}

/// A version, as releases are marked with.
fn is_tag(revision: &str) -> bool {
    let revision = revision.rsplit('/').next().unwrap_or(revision);
    let number = revision.find(|c: char| c.is_ascii_digit()).and_then(|at| revision.get(at..));
    number
        .is_some_and(|number| number.contains('.') && number.split('.').take(2).all(|part| !part.is_empty()))
}
