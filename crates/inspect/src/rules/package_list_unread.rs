//! Lists of packages that are not known without running something.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, packages};

/// Lists of packages that are not known without running something.
pub static RULE: Rule = Rule {
    id: "package-list-unread",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A part of a list of packages cannot be read as an installer would read it",
    why: "What is installed is then not what is told here: a program works the names out when the package is built, or a line \
          means something to one installer and nothing to another.",
    advice: "Write the packages down, or look at the lock that belongs to the list.",
    references: &["CWE-1104"],
    examples: &[
        Example {
            name: "pip-line",
            files: || one("requirements.txt", "numpy==2.1.3 what is this\n"),
            fires: UNREAD,
        },
        Example { name: "pip-option", files: || one("requirements.txt", "--run demo\n"), fires: UNREAD },
        Example { name: "pip-twin", files: || one("requirements.txt", packages::REQUIREMENTS), fires: &[] },
        Example {
            name: "pyproject-dynamic",
            files: || one("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"dependencies\"]\n"),
            fires: UNREAD,
        },
        Example {
            name: "pyproject-dynamic-twin",
            files: || one("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n"),
            fires: &[],
        },
        Example {
            name: "pyproject-dynamic-file-twin",
            files: || {
                let dynamic = "[tool.setuptools.dynamic]\ndependencies = {file = [\"requirements.txt\"]}\n";
                let mut files =
                    one("pyproject.toml", format!("[project]\ndynamic = [\"dependencies\"]\n{dynamic}"));
                files.extend(one("requirements.txt", packages::REQUIREMENTS));
                files
            },
            fires: &[],
        },
        Example {
            name: "pyproject-broken",
            files: || one("pyproject.toml", "[project\nname = 1\n"),
            fires: UNREAD,
        },
        Example { name: "pyproject-twin", files: || one("pyproject.toml", packages::PYPROJECT), fires: &[] },
        Example {
            name: "uv-lock-broken",
            files: || one("uv.lock", "[[package]]\nversion = \"1\"\n"),
            fires: UNREAD,
        },
        Example { name: "uv-lock-twin", files: || one("uv.lock", packages::UV_LOCK.as_str()), fires: &[] },
        Example {
            name: "setup-cfg",
            files: || one("setup.cfg", "[options]\ninstall_requires = attr: demo.REQUIRED\n"),
            fires: UNREAD,
        },
        Example { name: "setup-cfg-twin", files: || one("setup.cfg", packages::SETUP_CFG), fires: &[] },
        Example { name: "conda", files: || one("environment.yml", "dependencies:\n- ==1\n"), fires: UNREAD },
        Example {
            name: "conda-broken",
            files: || one("environment.yml", "dependencies: [a==1\n"),
            fires: UNREAD,
        },
        Example { name: "conda-twin", files: || one("environment.yml", packages::ENVIRONMENT), fires: &[] },
        Example { name: "yarn", files: || one("yarn.lock", "demo\n"), fires: UNREAD },
        Example { name: "yarn-twin", files: || one("yarn.lock", packages::YARN_LOCK.as_str()), fires: &[] },
    ],
    check: Check::File(check),
};

const UNREAD: &[&str] = &["package-list-unread"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Missing, Kind::Unparsable] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_packages()) {
            // Broken JSON has a rule of its own.
            if place.is_of_settings()
                && kind == Kind::Unparsable
                && problem.detail.starts_with("cannot be parsed")
            {
                continue;
            }
            let finding = findings.add(place, &problem.detail);
            if kind == Kind::Missing {
                finding.severity = Severity::Info;
            }
        }
    }
}
