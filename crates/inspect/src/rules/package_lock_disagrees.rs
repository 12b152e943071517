//! Lists of packages and the locks beside them that contradict each other.

mod version;

use std::collections::BTreeMap;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Origin, Package};
use weighbridge_domain::{Confidence, Severity};

use self::version::allows;
use super::package::{is_from_index, key};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::formats::packages::{BUILD, CONSTRAINT, PEER};
use crate::samples::{File, one, packages};

/// Lists of packages and the locks beside them that contradict each other.
pub static RULE: Rule = Rule {
    id: "package-lock-disagrees",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A lock contradicts the list it belongs to, or itself",
    why: "Who reads the list sees other packages than those that are installed from the lock. High where a lock gives the archive of one \
          package under the name of another; medium where it holds another version than the list allows, or takes a package from another \
          place; low where something is not in the lock, which is then mostly only older.",
    advice: "Make the lock again from the list, and look at what changes.",
    references: &["CWE-345", "CWE-494", "AML.T0010"],
    examples: &[
        Example { name: "uv-version", files: || project("numpy==1.26.4"), fires: DISAGREES },
        Example { name: "uv-range", files: || project("numpy>=1,<2"), fires: DISAGREES },
        Example { name: "uv-twin", files: || project("numpy>=2,<3"), fires: &[] },
        Example { name: "uv-missing", files: || project("scipy>=1"), fires: DISAGREES },
        Example {
            name: "uv-place",
            files: || {
                let rest = "source = { git = \"https://example.org/numpy#0123456789012345678901234567890123456789\" }";
                let mut files = one("pyproject.toml", "[project]\ndependencies = [\"numpy>=2\"]\n");
                files.extend(one("uv.lock", packages::uv_lock("numpy", "2.1.3", rest)));
                files
            },
            fires: DISAGREES,
        },
        Example {
            name: "poetry",
            files: || {
                let mut files = one("pyproject.toml", "[tool.poetry.dependencies]\nnumpy = \"^1.26\"\n");
                files.extend(one("poetry.lock", packages::POETRY_LOCK));
                files
            },
            fires: DISAGREES,
        },
        Example {
            name: "poetry-twin",
            files: || {
                let mut files = one("pyproject.toml", "[tool.poetry.dependencies]\nnumpy = \"^2.0\"\n");
                files.extend(one("poetry.lock", packages::POETRY_LOCK));
                files
            },
            fires: &[],
        },
        Example { name: "npm-version", files: || npm("^6.0.0"), fires: DISAGREES },
        Example { name: "npm-twin", files: || npm("^7.5.0"), fires: &[] },
        Example {
            name: "npm-archive",
            files: || {
                let text =
                    packages::PACKAGE_LOCK.replace("/semver/-/semver-7.6.3.tgz", "/demo/-/demo-7.6.3.tgz");
                one("package-lock.json", text)
            },
            fires: DISAGREES,
        },
        Example {
            name: "npm-alias-twin",
            files: || {
                let text =
                    packages::PACKAGE_LOCK.replace("/semver/-/semver-7.6.3.tgz", "/demo/-/demo-7.6.3.tgz");
                one(
                    "package-lock.json",
                    text.replace("\"version\": \"7.6.3\"", "\"name\": \"demo\", \"version\": \"7.6.3\""),
                )
            },
            fires: &[],
        },
        Example {
            name: "yarn-archive",
            files: || one("yarn.lock", packages::YARN_LOCK.replace("/semver/-/", "/demo/-/")),
            fires: DISAGREES,
        },
    ],
    check: Check::Folder(check),
};

const DISAGREES: &[&str] = &["package-lock-disagrees"];

fn project(asked: &str) -> Vec<File> {
    let mut files = one("pyproject.toml", format!("[project]\ndependencies = [\"{asked}\"]\n"));
    files.extend(one("uv.lock", packages::UV_LOCK.as_str()));
    files
}

fn npm(range: &str) -> Vec<File> {
    let mut files = one("package.json", format!("{{\"dependencies\": {{\"semver\": \"{range}\"}}}}\n"));
    files.extend(one("package-lock.json", packages::PACKAGE_LOCK.as_str()));
    files
}

/// A list and the locks that its tools make beside it.
const BESIDE: [(&str, &[&str]); 3] = [
    ("pyproject", &["uv-lock", "poetry-lock", "pdm-lock"]),
    ("pipfile", &["pipfile-lock"]),
    ("npm-manifest", &["npm-lock", "pnpm-lock", "yarn-lock"]),
];

fn check(files: &[(&str, &Facts)], findings: &mut Findings<'_>) {
    for (path, facts) in files {
        for (place, problem) in facts.problems(Kind::Disagreement).filter(|(place, _)| place.is_of_packages())
        {
            findings.add_in((*path).to_owned(), place, &problem.detail);
        }
    }
    for (list, locks) in BESIDE {
        for lock in locks {
            let mut locked: BTreeMap<(&str, String), Vec<&Package>> = BTreeMap::new();
            for (_, package) in of_format(files, lock) {
                locked.entry(key(package.1)).or_default().push(package.1);
            }
            if locked.is_empty() {
                continue;
            }
            for (path, (place, package)) in of_format(files, list) {
                if !matches!(package.group.as_str(), BUILD | CONSTRAINT | PEER) && is_from_index(package) {
                    compare(findings, path, place, package, locked.get(&key(package)).map(Vec::as_slice));
                }
            }
        }
    }
}

fn of_format<'f>(
    files: &'f [(&'f str, &'f Facts)],
    format: &'f str,
) -> impl Iterator<Item = (&'f str, (Place<'f>, &'f Package))> {
    files.iter().flat_map(move |(path, facts)| {
        let of = facts
            .packages()
            .filter(move |(place, _)| place.format() == format && place.reading.member.is_empty());
        of.map(move |found| (*path, found))
    })
}

fn compare(
    findings: &mut Findings<'_>,
    path: &str,
    place: Place<'_>,
    package: &Package,
    locked: Option<&[&Package]>,
) {
    let name = &package.name;
    let Some(locked) = locked else {
        // Locks leave out extras and groups that nobody asked for, and parts of the project itself.
        if package.group.is_empty() && !package.constraint.starts_with("workspace:") {
            findings.add_in(path.to_owned(), place, format!("`{name}` is not in the lock")).severity =
                Severity::Low;
        }
        return;
    };
    if locked.iter().all(|one| matches!(one.origin, Origin::Repository { .. } | Origin::Url { .. })) {
        let message = format!("`{name}` comes from an index here, and from elsewhere in the lock");
        findings.add_in(path.to_owned(), place, message).severity = Severity::Medium;
        return;
    }
    let verdicts: Vec<Option<bool>> = locked
        .iter()
        .map(|one| allows(package.ecosystem, &package.constraint, one.pin.as_deref()?))
        .collect();
    if verdicts.iter().all(|verdict| *verdict == Some(false)) {
        let pin = locked.first().and_then(|one| one.pin.as_deref()).unwrap_or_default();
        let message = format!("`{name}` is to be `{}`, and the lock holds it at `{pin}`", package.constraint);
        findings.add_in(path.to_owned(), place, message).severity = Severity::Medium;
    }
}
