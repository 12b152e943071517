//! Packages that are not held to one version.

use std::collections::BTreeSet;

use weighbridge_domain::{Confidence, Severity};

use super::package::{add_for_all, by_part, is_from_index, is_installed};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::packages::{BUILD, CONSTRAINT, PEER};
use crate::samples::{File, one, packages};

/// Packages that are not held to one version.
pub static RULE: Rule = Rule {
    id: "package-unpinned",
    severity: Severity::Info,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Packages are asked for without being held to one version, and no lock is beside the list",
    why: "The next installation takes whatever version is there then, with what was put into it since.",
    advice: "Keep a lock beside the list, and install from it.",
    references: &["CWE-1357", "CWE-829", "AML.T0010"],
    examples: &[
        Example { name: "pip", files: || one("requirements.txt", "torch\nnumpy>=2\n"), fires: UNPINNED },
        Example { name: "pip-twin", files: || one("requirements.txt", packages::REQUIREMENTS), fires: &[] },
        Example {
            name: "pip-constraints-twin",
            files: || {
                let mut files = one("requirements.txt", "-c constraints.txt\nnumpy\n");
                files.extend(one("constraints.txt", "numpy==2.1.3 --hash=sha256:00\n"));
                files
            },
            fires: &[],
        },
        Example { name: "pyproject", files: || project(None), fires: UNPINNED },
        Example {
            name: "pyproject-twin",
            files: || project(Some(("uv.lock", packages::UV_LOCK.as_str()))),
            fires: &[],
        },
        Example {
            name: "pyproject-poetry-twin",
            files: || project(Some(("poetry.lock", packages::POETRY_LOCK))),
            fires: &[],
        },
        Example {
            name: "pyproject-build-twin",
            files: || one("pyproject.toml", "[build-system]\nrequires = [\"setuptools>=61\"]\n"),
            fires: &[],
        },
        Example { name: "pipfile", files: || one("Pipfile", "[packages]\nnumpy = \"*\"\n"), fires: UNPINNED },
        Example {
            name: "pipfile-twin",
            files: || {
                let mut files = one("Pipfile", "[packages]\nnumpy = \"*\"\n");
                files.extend(one("Pipfile.lock", packages::PIPFILE_LOCK.as_str()));
                files
            },
            fires: &[],
        },
        Example {
            name: "conda",
            files: || one("environment.yml", "dependencies:\n- numpy=2.1\n- pip:\n  - torch\n"),
            fires: UNPINNED,
        },
        Example { name: "conda-twin", files: || one("environment.yml", packages::ENVIRONMENT), fires: &[] },
        Example {
            name: "setup-cfg",
            files: || one("setup.cfg", "[options]\ninstall_requires =\n  numpy\n"),
            fires: UNPINNED,
        },
        Example {
            name: "npm",
            files: || one("package.json", r#"{"dependencies": {"semver": "^7.0.0"}}"#),
            fires: UNPINNED,
        },
        Example {
            name: "npm-twin",
            files: || {
                let mut files = one("package.json", r#"{"dependencies": {"semver": "^7.0.0"}}"#);
                files.extend(one("package-lock.json", packages::PACKAGE_LOCK.as_str()));
                files
            },
            fires: &[],
        },
        Example {
            name: "npm-installed-twin",
            files: || one("node_modules/demo/package.json", r#"{"dependencies": {"semver": "^7.0.0"}}"#),
            fires: &[],
        },
    ],
    check: Check::Folder(check),
};

const UNPINNED: &[&str] = &["package-unpinned"];

fn project(lock: Option<(&str, &str)>) -> Vec<File> {
    let mut files = one("pyproject.toml", "[project]\ndependencies = [\"numpy>=2\"]\n");
    files.extend(lock.into_iter().flat_map(|(path, text)| one(path, text)));
    files
}

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    let mut locked = BTreeSet::new();
    let mut held = BTreeSet::new();
    for (_, facts) in files {
        for (place, package) in facts.packages().filter(|(place, _)| place.format() != "bill-of-materials") {
            if package.locked {
                locked.insert(package.ecosystem);
            }
            if package.group == CONSTRAINT || place.format() == "requirements" {
                held.extend(package.pin.is_some().then(|| super::package::key(package)));
            }
        }
    }
    // What is installed says which versions it would do with.
    for (path, facts) in files.iter().filter(|(path, _)| !is_installed(path)) {
        let lists = by_part(facts, |_, package| {
            !package.locked
                && package.pin.is_none()
                && !locked.contains(package.ecosystem)
                && !matches!(package.group.as_str(), BUILD | CONSTRAINT | PEER)
                && is_from_index(package)
                && !held.contains(&super::package::key(package))
        });
        for list in lists {
            add_for_all(findings, path, &list, "is not held to one version", "are not held to one version");
        }
    }
}
