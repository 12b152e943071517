//! Names of packages that may be found in more than one place.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::is_from_index;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::package_indexes;
use crate::samples::{one, packages};

/// Names of packages that may be found in more than one place.
pub static RULE: Rule = Rule {
    id: "package-extra-index",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Packages are looked for in several places, and the highest version of any of them wins",
    why: "Whoever puts a package with the name of an internal one on the public index, under a higher version, is installed \
          instead of it (dependency confusion); an extra place can answer for every public name, too. Medium for channels of conda. \
          Low where packages have digests, and for places that makers of packages keep for themselves.",
    advice: "Use one index that passes on what is public, or say for each package which index it is from: `explicit` indexes of \
             uv and Poetry, `index` of Pipenv, strict channel priority of conda, scopes of npm. Digests in a lock help, too.",
    references: &["CWE-427", "CWE-494", "AML.T0010"],
    examples: &[
        Example {
            name: "pip",
            files: || {
                one("requirements.txt", "--extra-index-url https://packages.example.org/simple\ndemo==1.0\n")
            },
            fires: &["package-extra-index", "package-unhashed"],
        },
        Example {
            name: "pip-twin",
            files: || {
                one(
                    "requirements.txt",
                    format!("-i https://packages.example.org/simple\n{}", packages::REQUIREMENTS),
                )
            },
            fires: &[],
        },
        Example {
            name: "pip-known",
            files: || {
                one(
                    "requirements.txt",
                    format!(
                        "--extra-index-url https://download.pytorch.org/whl/cu124\n{}",
                        packages::REQUIREMENTS
                    ),
                )
            },
            fires: EXTRA,
        },
        Example {
            name: "pip-conf",
            files: || {
                one("pip.conf", "[global]\nextra-index-url =\n    https://packages.example.org/simple\n")
            },
            fires: EXTRA,
        },
        Example { name: "pip-conf-twin", files: || one("pip.conf", packages::PIP_CONF), fires: &[] },
        Example { name: "poetry", files: || poetry("supplemental"), fires: EXTRA },
        Example { name: "poetry-twin", files: || poetry("explicit"), fires: &[] },
        Example { name: "uv", files: || uv("unsafe-best-match"), fires: EXTRA },
        Example { name: "uv-twin", files: || uv("first-index"), fires: &[] },
        Example {
            name: "pdm",
            files: || {
                one(
                    "pyproject.toml",
                    "[[tool.pdm.source]]\nname = \"demo\"\nurl = \"https://packages.example.org\"\n",
                )
            },
            fires: EXTRA,
        },
        Example {
            name: "pdm-twin",
            files: || {
                let text = "[[tool.pdm.source]]\nname = \"demo\"\nurl = \"https://packages.example.org\"\ninclude_packages = [\"demo-*\"]\n";
                one("pyproject.toml", text)
            },
            fires: &[],
        },
        Example { name: "conda", files: || conda("- example\n- conda-forge\n"), fires: EXTRA },
        Example {
            name: "conda-last",
            files: || conda("- conda-forge\n- https://packages.example.org/x\n"),
            fires: EXTRA,
        },
        Example {
            name: "conda-twin",
            files: || conda("- pytorch\n- nvidia\n- conda-forge\n- defaults\n"),
            fires: &[],
        },
        Example { name: "conda-alone-twin", files: || conda("- example\n- nodefaults\n"), fires: &[] },
    ],
    check: Check::File(check),
};

const EXTRA: &[&str] = &["package-extra-index"];

fn poetry(priority: &str) -> Vec<crate::samples::File> {
    let source = "[[tool.poetry.source]]\nname = \"demo\"\nurl = \"https://packages.example.org/simple\"";
    one("pyproject.toml", format!("{source}\npriority = \"{priority}\"\n"))
}

fn uv(strategy: &str) -> Vec<crate::samples::File> {
    let index = "[[tool.uv.index]]\nname = \"demo\"\nurl = \"https://packages.example.org/simple\"";
    one("pyproject.toml", format!("[tool.uv]\nindex-strategy = \"{strategy}\"\n{index}\n"))
}

fn conda(channels: &str) -> Vec<crate::samples::File> {
    one("environment.yml", format!("channels:\n{channels}dependencies:\n- python==3.12.7\n"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut from_index =
        facts.packages().filter(|(_, package)| package.ecosystem == "pypi" && is_from_index(package));
    let mut any = false;
    let hashed = from_index.all(|(_, package)| {
        any = true;
        !package.hashes.is_empty()
    }) && any;
    let mut told = BTreeSet::new();
    for (place, index) in
        facts.package_indexes().filter(|(_, index)| index.ecosystem != "conda" && index.extra)
    {
        // A folder is judged by its path.
        if !index.index.contains("://") || !told.insert(index.index.as_str()) {
            continue;
        }
        let finding = findings.add(place, format!("packages are looked for at `{}`, too", index.index));
        if hashed || package_indexes::is_address(&index.index) {
            finding.severity = Severity::Low;
        }
    }
    channels(facts, findings);
}

/// Channels of conda: a rare one beside others may have any of their packages.
fn channels(facts: &Facts, findings: &mut Findings<'_>) {
    let all: Vec<_> = facts
        .package_indexes()
        .filter(|(place, index)| {
            let makes_up = matches!(place.format(), "conda-environment" | "conda-lock");
            makes_up && index.ecosystem == "conda" && index.index != "nodefaults"
        })
        .collect();
    if all.len() < 2 {
        return;
    }
    let is_locked = facts.packages().any(|(_, package)| package.locked && package.ecosystem == "conda");
    let mapped: BTreeSet<&str> = facts
        .packages()
        .filter_map(|(_, package)| match &package.origin {
            Origin::NamedIndex { index } => Some(index.as_str()),
            _ => None,
        })
        .collect();
    for (number, (place, index)) in all.iter().enumerate() {
        if package_indexes::is_channel(&index.index) {
            continue;
        }
        let order = if number == 0 { "before all others" } else { "beside others" };
        let finding = findings.add(*place, format!("the channel `{}` is searched {order}", index.index));
        finding.severity =
            if is_locked || mapped.contains(index.index.as_str()) { Severity::Low } else { Severity::Medium };
    }
}
