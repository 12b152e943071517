//! Places for packages that anybody on the way can answer for.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::{is_local, is_plain};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, packages};

/// Places for packages that anybody on the way can answer for.
pub static RULE: Rule = Rule {
    id: "package-unchecked-index",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Packages are taken from a place whose identity is not checked",
    why: "Without encryption, or without a look at the certificate, anybody on the way decides what is installed, and what is \
          installed runs. Low for the machine itself, and where every package has a digest.",
    advice: "Take packages over HTTPS, and give the certificate of an own index to the installer instead of switching the check off.",
    references: &["CWE-295", "CWE-319", "CWE-494", "AML.T0010"],
    examples: &[
        Example {
            name: "pip-trusted-host",
            files: || pip("--trusted-host packages.example.org\n"),
            fires: UNCHECKED,
        },
        Example {
            name: "pip-index",
            files: || pip("-i http://packages.example.org/simple\n"),
            fires: UNCHECKED,
        },
        Example {
            name: "pip-index-twin",
            files: || pip("-i https://packages.example.org/simple\n"),
            fires: &[],
        },
        Example {
            name: "pip-find-links",
            files: || pip("--find-links=http://packages.example.org/\n"),
            fires: &["package-extra-index", "package-unchecked-index"],
        },
        Example {
            name: "pip-local",
            files: || pip("--index-url http://localhost:3141/demo/pypi\n"),
            fires: UNCHECKED,
        },
        Example {
            name: "pip-conf",
            files: || one("pip.conf", "[global]\ntrusted-host = packages.example.org\n"),
            fires: UNCHECKED,
        },
        Example { name: "pip-conf-twin", files: || one("pip.conf", packages::PIP_CONF), fires: &[] },
        Example {
            name: "pipfile",
            files: || {
                one(
                    "Pipfile",
                    "[[source]]\nname = \"demo\"\nurl = \"https://packages.example.org\"\nverify_ssl = false\n",
                )
            },
            fires: UNCHECKED,
        },
        Example {
            name: "pipfile-twin",
            files: || {
                one(
                    "Pipfile",
                    "[[source]]\nname = \"demo\"\nurl = \"https://packages.example.org\"\nverify_ssl = true\n",
                )
            },
            fires: &[],
        },
        Example {
            name: "poetry",
            files: || {
                one(
                    "pyproject.toml",
                    "[[tool.poetry.source]]\nname = \"demo\"\nurl = \"http://packages.example.org\"\npriority = \"explicit\"\n",
                )
            },
            fires: UNCHECKED,
        },
        Example {
            name: "uv",
            files: || one("pyproject.toml", "[tool.uv]\nallow-insecure-host = [\"packages.example.org\"]\n"),
            fires: UNCHECKED,
        },
        Example {
            name: "uv-index",
            files: || one("uv.toml", "index-url = \"http://packages.example.org/simple\"\n"),
            fires: UNCHECKED,
        },
        Example {
            name: "conda-channel",
            files: || {
                one("environment.yml", "channels:\n- http://packages.example.org/main\ndependencies: []\n")
            },
            fires: UNCHECKED,
        },
        Example { name: "npm", files: || one(".npmrc", "strict-ssl=false\n"), fires: UNCHECKED },
        Example {
            name: "npm-registry",
            files: || one(".npmrc", "registry=http://packages.example.org/\n"),
            fires: UNCHECKED,
        },
        Example { name: "npm-twin", files: || one(".npmrc", "strict-ssl=true\n"), fires: &[] },
        Example {
            name: "npm-lock",
            files: || {
                let fields = r#", "resolved": "http://packages.example.org/demo/-/demo-1.0.0.tgz""#;
                one("package-lock.json", packages::npm_lock("demo", fields))
            },
            fires: &["package-unchecked-index", "package-unhashed"],
        },
    ],
    check: Check::File(check),
};

const UNCHECKED: &[&str] = &["package-unchecked-index"];

fn pip(options: &str) -> Vec<crate::samples::File> {
    one("requirements.txt", format!("{options}{}", packages::REQUIREMENTS.replace("--require-hashes\n", "")))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = BTreeSet::new();
    for (place, index) in facts.package_indexes() {
        let message = if index.unchecked && index.index.starts_with("strict-ssl") {
            format!("`{}` switches off the check of certificates", index.index)
        } else if index.unchecked {
            format!("the certificate of `{}` is not checked", index.index)
        } else if is_plain(&index.index) {
            format!("packages are looked for at `{}`, which is not encrypted", index.index)
        } else {
            continue;
        };
        if told.insert((index.index.as_str(), index.unchecked)) {
            let finding = findings.add(place, message);
            if is_local(&index.index) {
                finding.severity = Severity::Low;
            }
        }
    }
    for (place, package) in facts.packages() {
        let Origin::NamedIndex { index } = &package.origin else { continue };
        if is_plain(index) && told.insert((index, false)) {
            let finding = findings
                .add(place, format!("`{}` comes from `{index}`, which is not encrypted", package.name));
            if !package.hashes.is_empty() || is_local(index) {
                finding.severity = Severity::Low;
            }
        }
    }
}
