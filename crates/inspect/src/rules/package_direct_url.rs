//! Packages that come from an address instead of an index.

use std::collections::BTreeSet;

use weighbridge_domain::facts::Origin;
use weighbridge_domain::{Confidence, Severity};

use super::package::{is_idle, is_local, is_plain};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::formats::packages::LIST;
use crate::known::package_indexes;
use crate::samples::{one, packages};

/// Packages that come from an address instead of an index.
pub static RULE: Rule = Rule {
    id: "package-direct-url",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A package or a list of packages is fetched from an address instead of an index",
    why: "No index has looked at what lies there, no advisory names it, and it may be another file tomorrow. High where the address \
          is not encrypted: then anybody on the way decides what is installed. Low with a digest, for files of a release, and \
          where the makers of packages put them.",
    advice: "Ask for a release from an index. If there is none, keep a copy of the file you have looked at, and write its digest \
             beside it.",
    references: &["CWE-494", "CWE-319", "AML.T0010"],
    examples: &[
        Example {
            name: "pip",
            files: || listed("demo @ https://example.org/demo-1.0-py3-none-any.whl\n"),
            fires: URL,
        },
        Example { name: "pip-bare", files: || listed("https://example.org/demo-1.0.tar.gz\n"), fires: URL },
        Example {
            name: "pip-plain",
            files: || listed("demo @ http://example.org/demo-1.0.tar.gz\n"),
            fires: URL,
        },
        Example {
            name: "pip-list",
            files: || listed("-r https://example.org/requirements.txt\n"),
            fires: URL,
        },
        Example {
            name: "pip-hash",
            files: || listed("demo @ https://example.org/demo-1.0.tar.gz#sha256=00\n"),
            fires: URL,
        },
        Example { name: "pip-twin", files: || listed(packages::REQUIREMENTS), fires: &[] },
        Example {
            name: "pip-git-unencrypted",
            files: || listed("git+http://example.org/demo@0123456789012345678901234567890123456789\n"),
            fires: URL,
        },
        Example {
            name: "pip-git-twin",
            files: || listed("git+https://example.org/demo@0123456789012345678901234567890123456789\n"),
            fires: &[],
        },
        Example {
            name: "pyproject",
            files: || {
                one("pyproject.toml", "[project]\ndependencies = [\"demo @ https://example.org/demo.whl\"]\n")
            },
            fires: URL,
        },
        Example {
            name: "pyproject-twin",
            files: || one("pyproject.toml", "[project]\ndependencies = [\"numpy==2.1.3\"]\n"),
            fires: &[],
        },
        Example {
            name: "uv",
            files: || {
                let text = "[project]\ndependencies = [\"demo==1\"]\n[tool.uv.sources]\ndemo = {url = \"https://example.org/demo.whl\"}\n";
                one("pyproject.toml", text)
            },
            fires: URL,
        },
        Example {
            name: "uv-lock",
            files: || {
                let rest = "source = { url = \"https://example.org/demo.whl\" }\nwheels = [{ hash = \"sha256:00\" }]";
                one("uv.lock", packages::uv_lock("demo", "1.0", rest))
            },
            fires: URL,
        },
        Example { name: "uv-lock-twin", files: || one("uv.lock", packages::UV_LOCK.as_str()), fires: &[] },
        Example {
            name: "poetry",
            files: || {
                one(
                    "pyproject.toml",
                    "[tool.poetry.dependencies]\ndemo = { url = \"https://example.org/demo.whl\" }\n",
                )
            },
            fires: URL,
        },
        Example {
            name: "pipfile",
            files: || one("Pipfile", "[packages]\ndemo = {file = \"https://example.org/demo.zip\"}\n"),
            fires: URL,
        },
        Example {
            name: "conda-pip",
            files: || {
                one("environment.yml", "dependencies:\n- pip:\n  - https://example.org/demo-1.0.tar.gz\n")
            },
            fires: URL,
        },
        Example {
            name: "npm",
            files: || one("package.json", r#"{"dependencies": {"demo": "https://example.org/demo.tgz"}}"#),
            fires: URL,
        },
        Example {
            name: "npm-twin",
            files: || one("package.json", r#"{"dependencies": {"demo": "1.0.0"}}"#),
            fires: &[],
        },
        Example {
            name: "npm-lock",
            files: || {
                let fields = r#", "resolved": "https://example.org/demo.tgz", "integrity": "sha512-AAAA""#;
                one("package-lock.json", packages::npm_lock("demo", fields))
            },
            fires: URL,
        },
        Example {
            name: "yarn-lock",
            files: || {
                one(
                    "yarn.lock",
                    "demo@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://example.org/demo.tgz\"\n  integrity sha512-AAAA\n",
                )
            },
            fires: URL,
        },
        Example {
            name: "yarn-lock-twin",
            files: || one("yarn.lock", packages::YARN_LOCK.as_str()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const URL: &[&str] = &["package-direct-url"];

fn listed(text: &str) -> Vec<crate::samples::File> {
    one("requirements.txt", text)
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let path = findings.path().to_owned();
    let mut seen = BTreeSet::new();
    for (place, package) in facts.packages().filter(|(_, package)| !is_idle(&path, package)) {
        let (url, fetched) = match &package.origin {
            Origin::Url { url } => (url, true),
            Origin::Repository { url, .. } => (url, false),
            _ => continue,
        };
        let plain = is_plain(url) && !is_local(url);
        if !fetched && !plain || !seen.insert((&place.reading.member, url)) {
            continue;
        }
        let how = if plain { ", which is not encrypted" } else { "" };
        let name = if package.name.is_empty() { "a package" } else { &format!("`{}`", package.name) };
        let told = !package.hashes.is_empty() || package_indexes::is_address(url) || is_local(url);
        let finding = findings.add(place, format!("{name} is fetched from `{url}`{how}"));
        finding.severity = match (plain, told) {
            (true, false) => Severity::High,
            (true, true) | (false, false) => Severity::Medium,
            (false, true) => Severity::Low,
        };
    }
    for (place, list) in
        facts.references().filter(|(_, list)| list.role == LIST && list.target.contains("://"))
    {
        if list.target.starts_with("file:") {
            continue;
        }
        let plain = is_plain(&list.target) && !is_local(&list.target);
        let finding = findings.add(place, format!("a list of packages is fetched from `{}`", list.target));
        finding.severity = if plain { Severity::High } else { Severity::Medium };
    }
}
