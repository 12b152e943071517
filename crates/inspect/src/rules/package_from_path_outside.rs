//! Packages and lists of packages that lie outside of what was scanned.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::way_out;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::packages::LIST;
use crate::samples::one;

/// Packages and lists of packages that lie outside of what was scanned.
pub static RULE: Rule = Rule {
    id: "package-from-path-outside",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A package or a list of packages is taken from a path outside of what was scanned",
    why: "What is built from there runs when it is installed, and nobody has looked at it here. Low where the path only climbs out \
          of what was scanned, which may be a part of something larger.",
    advice: "Scan the whole project, or keep what it needs inside it.",
    references: &["CWE-22", "CWE-829", "AML.T0010"],
    examples: &[
        Example { name: "pip-editable", files: || one("requirements.txt", "-e ../demo\n"), fires: OUTSIDE },
        Example { name: "pip-editable-twin", files: || one("requirements.txt", "-e ./demo\n"), fires: &[] },
        Example {
            name: "pip-absolute",
            files: || one("requirements.txt", "/opt/demo/demo-1.0.whl\n"),
            fires: OUTSIDE,
        },
        Example {
            name: "pip-file",
            files: || one("requirements.txt", "demo @ file:///opt/demo\n"),
            fires: OUTSIDE,
        },
        Example {
            name: "pip-list",
            files: || one("a/requirements.txt", "-r ../../other/requirements.txt\n"),
            fires: OUTSIDE,
        },
        Example {
            name: "pip-list-twin",
            files: || {
                let mut files = one("a/requirements.txt", "-r ../requirements.txt\n");
                files.extend(one("requirements.txt", "# nothing\n"));
                files
            },
            fires: &[],
        },
        Example { name: "pip-home", files: || one("requirements.txt", "-e ~/demo\n"), fires: OUTSIDE },
        Example {
            name: "poetry",
            files: || one("pyproject.toml", "[tool.poetry.dependencies]\ndemo = {path = \"../demo\"}\n"),
            fires: OUTSIDE,
        },
        Example {
            name: "poetry-twin",
            files: || one("part/pyproject.toml", "[tool.poetry.dependencies]\ndemo = {path = \"../demo\"}\n"),
            fires: &[],
        },
        Example {
            name: "uv-lock",
            files: || {
                one(
                    "uv.lock",
                    "[[package]]\nname = \"demo\"\nversion = \"1\"\nsource = { directory = \"/opt/demo\" }\n",
                )
            },
            fires: OUTSIDE,
        },
        Example {
            name: "npm",
            files: || one("package.json", r#"{"dependencies": {"demo": "file:../demo"}}"#),
            fires: OUTSIDE,
        },
        Example {
            name: "npm-twin",
            files: || one("package.json", r#"{"dependencies": {"demo": "file:demo"}}"#),
            fires: &[],
        },
        Example {
            name: "npm-absolute",
            files: || one("package.json", r#"{"dependencies": {"demo": "link:/opt/demo"}}"#),
            fires: OUTSIDE,
        },
    ],
    check: Check::File(check),
};

const OUTSIDE: &[&str] = &["package-from-path-outside"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let file = findings.path().to_owned();
    let mut told = BTreeSet::new();
    let packages = facts.packages().filter_map(|(place, package)| match &package.origin {
        Origin::Path { path } => Some((place, path.as_str(), "a package")),
        _ => None,
    });
    let lists = facts.references().filter(|(_, list)| list.role == LIST);
    let lists = lists.map(|(place, list)| {
        let path = list.target.strip_prefix("file://").unwrap_or(&list.target);
        (place, path, "a list of packages")
    });
    for (place, path, what) in packages.chain(lists).filter(|(_, path, _)| !path.contains("://")) {
        if let Some(how) = way_out(&file, &place.reading.member, path)
            && told.insert(path)
        {
            let finding = findings.add(place, format!("{what} is taken from `{path}`, which {how}"));
            if how.starts_with("climbs") {
                finding.severity = Severity::Low;
            }
        }
    }
}
