//! Programs that run when packages are installed.

use std::collections::BTreeSet;

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::package::{is_installed, told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::samples::{one, packages};
use crate::text;

/// Programs that run when packages are installed.
pub static RULE: Rule = Rule {
    id: "package-install-script",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A program runs when a package is installed",
    why: "Whoever installs it, on a laptop or in a build, runs that program with all rights they have, before anything was \
          imported. Most of the worms of registries lived in such scripts. Low for the usual build tools and where it was installed already; what locks say of \
          packages elsewhere is only worth knowing.",
    advice: "Read what it runs. Install with `--ignore-scripts` (npm) or `--only-binary :all:` (pip) where that works.",
    references: &["CWE-506", "CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "npm-preinstall", files: || npm("preinstall", "node demo.js"), fires: SCRIPT },
        Example { name: "npm-install", files: || npm("install", "node demo.js"), fires: SCRIPT },
        Example { name: "npm-postinstall", files: || npm("postinstall", "node demo.js"), fires: SCRIPT },
        Example { name: "npm-usual", files: || npm("install", "node-gyp rebuild"), fires: SCRIPT },
        Example { name: "npm-twin", files: || npm("start", "node demo.js"), fires: &[] },
        Example { name: "npm-prepare-twin", files: || npm("prepare", "husky"), fires: &[] },
        Example {
            name: "npm-lock",
            files: || {
                let fields = r#", "resolved": "{node}demo/-/demo-1.0.0.tgz", "integrity": "sha512-AAAA", "hasInstallScript": true"#;
                one("package-lock.json", packages::npm_lock("demo", fields))
            },
            fires: SCRIPT,
        },
        Example {
            name: "npm-lock-twin",
            files: || one("package-lock.json", packages::PACKAGE_LOCK.as_str()),
            fires: &[],
        },
        Example {
            name: "pnpm-lock",
            files: || {
                let package = "packages:\n  /demo@1.0.0:\n    resolution: {integrity: sha512-AAAA}\n    requiresBuild: true\n";
                one("pnpm-lock.yaml", format!("lockfileVersion: '6.0'\n{package}"))
            },
            fires: SCRIPT,
        },
        Example {
            name: "uv-lock-source",
            files: || {
                let rest = "source = { registry = \"{python}simple\" }\nsdist = { hash = \"sha256:00\" }";
                one("uv.lock", packages::uv_lock("demo", "1.0", rest))
            },
            fires: SCRIPT,
        },
        Example { name: "uv-lock-twin", files: || one("uv.lock", packages::UV_LOCK.as_str()), fires: &[] },
    ],
    check: Check::File(check),
};

const SCRIPT: &[&str] = &["package-install-script"];

fn npm(script: &str, command: &str) -> Vec<crate::samples::File> {
    one("package.json", format!("{{\"name\": \"demo\", \"scripts\": {{\"{script}\": \"{command}\"}}}}\n"))
}

/// What usual build tools are called by, and arguments that are theirs.
const USUAL: [&str; 16] = [
    "husky",
    "is-ci",
    "lefthook",
    "lerna",
    "nan",
    "node-gyp",
    "node-gyp-build",
    "node-pre-gyp",
    "npx",
    "only-allow",
    "opencollective",
    "opencollective-postinstall",
    "patch-package",
    "prebuild-install",
    "prisma",
    "simple-git-hooks",
];

/// A script calls nothing but usual build tools.
fn is_usual(script: &str) -> bool {
    let parts = script.split(['&', '|', ';']).map(str::trim).filter(|part| !part.is_empty());
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_&|;=:@.".contains(c);
    script.chars().all(plain)
        && parts.into_iter().all(|part| {
            let program = part.split_whitespace().find(|word| *word != "npx").unwrap_or_default();
            USUAL.contains(&program) || matches!(part, "exit 0" | "true" | "npm run build" | "tsc")
        })
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    // There it has run already.
    let installed = is_installed(findings.path());
    for (place, command) in facts.commands() {
        if command.runner != "npm" || command.when != When::Installed {
            continue;
        }
        let script = text::shown(&command.text, 200);
        let finding = findings.add(place, format!("`{script}` runs when it is installed"));
        if is_usual(&command.text) || installed {
            finding.severity = Severity::Low;
        }
    }
    for builds in [false, true] {
        let mut first: Option<Place<'_>> = None;
        let mut names = BTreeSet::new();
        for (place, script) in facts.package_scripts().filter(|(_, script)| script.builds == builds) {
            first.get_or_insert(place);
            names.insert(script.name.as_str());
        }
        let Some(place) = first else { continue };
        let how = if builds { "built from source text" } else { "installed by a script of their own" };
        let names: Vec<&str> = names.into_iter().collect();
        let message = format!("{} {how}: {}", text::count(names.len() as u64, "package"), told(&names));
        findings.add(place, message).severity = Severity::Info;
    }
}
