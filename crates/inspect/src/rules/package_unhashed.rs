//! Packages held to a version without a digest.

use weighbridge_domain::{Confidence, Severity};

use super::package::{add_for_all, by_part, is_from_index};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, packages};

/// Packages held to a version without a digest.
pub static RULE: Rule = Rule {
    id: "package-unhashed",
    severity: Severity::Info,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Packages are held to a version, but not to a digest",
    why: "A version is a name. Another index, or whoever took over this one, can answer with other files under it; a digest says \
          which files were meant.",
    advice: "Write digests into the list: `uv pip compile --generate-hashes`, `pip-compile --generate-hashes`, or a lock.",
    references: &["CWE-494", "CWE-353", "AML.T0010"],
    examples: &[
        Example { name: "pip", files: || one("requirements.txt", "numpy==2.1.3\n"), fires: UNHASHED },
        Example { name: "pip-twin", files: || one("requirements.txt", packages::REQUIREMENTS), fires: &[] },
        Example {
            name: "uv-lock",
            files: || {
                let rest = "source = { registry = \"{python}simple\" }\nwheels = [{ url = \"{python-files}demo.whl\" }]";
                one("uv.lock", packages::uv_lock("demo", "1.0", rest))
            },
            fires: UNHASHED,
        },
        Example { name: "uv-lock-twin", files: || one("uv.lock", packages::UV_LOCK.as_str()), fires: &[] },
        Example {
            name: "npm-lock",
            files: || one("package-lock.json", packages::npm_lock("demo", "")),
            fires: UNHASHED,
        },
        Example {
            name: "npm-lock-twin",
            files: || one("package-lock.json", packages::PACKAGE_LOCK.as_str()),
            fires: &[],
        },
        Example {
            name: "conda-explicit",
            files: || {
                let (text, _) = packages::EXPLICIT.rsplit_once('#').unwrap_or_default();
                one("explicit.txt", text)
            },
            fires: UNHASHED,
        },
        Example {
            name: "conda-explicit-twin",
            files: || one("explicit.txt", packages::EXPLICIT),
            fires: &[],
        },
        Example {
            name: "pipfile-lock",
            files: || one("Pipfile.lock", r#"{"_meta": {}, "default": {"numpy": {"version": "==2.1.3"}}}"#),
            fires: UNHASHED,
        },
        Example {
            name: "pipfile-lock-twin",
            files: || one("Pipfile.lock", packages::PIPFILE_LOCK.as_str()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const UNHASHED: &[&str] = &["package-unhashed"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let path = findings.path().to_owned();
    let lists = by_part(facts, |place, package| {
        // Elsewhere there is no room for digests.
        let has_room =
            package.locked && place.format() != "bill-of-materials" || place.format() == "requirements";
        has_room && package.pin.is_some() && package.hashes.is_empty() && is_from_index(package)
    });
    for list in lists {
        add_for_all(
            findings,
            &path,
            &list,
            "is held to a version without a digest",
            "are held to a version without a digest",
        );
    }
}
