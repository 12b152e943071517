//! Code that acts when a package is installed.

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Told, made_by};
use super::source_runs_code::is_constant;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::{Effect, effect};
use crate::samples::one;

/// Code that acts when a package is installed.
pub static RULE: Rule = Rule {
    id: "source-install-code",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A `setup.py` starts processes, runs text, uses the network or loads native code",
    why: "It runs with the rights of whoever installs the package, before anything of the package is used. High for the \
          network; medium for processes and native code, which builds of native code need; low where a file of the package is \
          run to learn its version.",
    advice: "Read the file before you install, or install from a wheel, which runs nothing.",
    references: &["CWE-829", "AML.T0010"],
    examples: &[
        Example {
            name: "process",
            files: || setup("import os\nos.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example { name: "process-twin", files: || setup("import os\nos.getcwd()"), fires: &[] },
        Example {
            name: "command",
            files: || {
                setup(
                    "import subprocess\nfrom setuptools.command.install import install\nclass Demo(install):\n    def run(self):\n        subprocess.call(['echo', 'weighbridge-demo'])",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "command-twin",
            files: || {
                setup(
                    "from setuptools.command.install import install\nclass Demo(install):\n    def run(self):\n        install.run(self)",
                )
            },
            fires: &[],
        },
        Example {
            name: "network",
            files: || setup("from urllib.request import urlopen\nurlopen('https://demo.invalid')"),
            fires: FIRES,
        },
        Example {
            name: "network-twin",
            files: || setup("from urllib.parse import quote\nquote('demo')"),
            fires: &[],
        },
        Example { name: "version", files: || setup("exec(open('demo/version.py').read())"), fires: FIRES },
        Example {
            name: "version-twin",
            files: || setup("version = open('demo/version.txt').read()"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-install-code"];

fn setup(lines: &str) -> Vec<crate::samples::File> {
    one("setup.py", format!("from setuptools import setup\n{lines}\nsetup(name='demo')\n"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in facts.uses() {
        if !place.is_of_python() || one.when != When::Installed || source::brought(one).is_some() {
            continue;
        }
        let opens = |_: &str, effect: Effect| effect == Effect::Reads;
        let Some(arguments) = &one.arguments else { continue };
        let own_file = arguments.iter().any(|argument| made_by(&argument.value, "python", &opens).is_some());
        let (severity, what) = match effect(&one.name) {
            Some(Effect::Network) => (Severity::High, "uses the network"),
            Some(Effect::StartsProcess) => (Severity::Medium, "starts a process"),
            Some(Effect::Native) => (Severity::Medium, "loads native code"),
            Some(Effect::RunsCode) if one.name.ends_with(".compile") || is_constant(one) => continue,
            Some(Effect::RunsCode) if own_file => (Severity::Low, "runs code that is made of values"),
            Some(Effect::RunsCode) => (Severity::Medium, "runs code that is made of values"),
            _ => continue,
        };
        told.add(findings, place, one, severity, what);
    }
}
