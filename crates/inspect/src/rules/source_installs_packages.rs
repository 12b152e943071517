//! Python sources that install software when they run.

use std::collections::HashSet;

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::samples::source::{forward, function, module};
use crate::text;

/// Python sources that install software when they run.
pub static RULE: Rule = Rule {
    id: "source-installs-packages",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Python source installs software when it runs",
    why: "What is installed is decided on the day of loading, by an index that answers then, and runs code of its own on the \
          way. High when it happens as soon as the file is imported, medium while the model is loaded or answers, low in a \
          function that somebody has to call, and in notebooks, where it is usual and to be seen.",
    advice: "Install what is needed beforehand, from a list with versions and hashes.",
    references: &["CWE-494", "CWE-829", "AML.T0010"],
    examples: &[
        Example { name: "pip", files: || module("import os\nos.system('pip install demo')"), fires: FIRES },
        Example {
            name: "pip-twin",
            files: || module("import os\nos.system('pip list')"),
            fires: &["source-starts-process"],
        },
        Example {
            name: "module-of-python",
            files: || {
                forward(
                    "import subprocess, sys",
                    "subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'demo'])",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "module-of-python-twin",
            files: || {
                forward(
                    "import subprocess, sys",
                    "subprocess.check_call([sys.executable, '-m', 'demo', 'install'])",
                )
            },
            fires: &["source-starts-process"],
        },
        Example {
            name: "shell",
            files: || {
                function("import subprocess", "subprocess.run(['bash', '-c', 'conda install -y demo'])")
            },
            fires: FIRES,
        },
        Example {
            name: "function",
            files: || function("import pip", "pip.main(['install', 'demo'])"),
            fires: FIRES,
        },
        Example {
            name: "function-twin",
            files: || function("import pip", "pip.main(['list'])"),
            fires: &["source-starts-process"],
        },
        Example {
            name: "and-more",
            files: || module("import os\nos.system('pip install demo; echo weighbridge-demo')"),
            fires: &["source-installs-packages", "source-starts-process"],
        },
        Example { name: "comment-twin", files: || module("HINT = 'run pip install demo'"), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-installs-packages"];

const SCALE: Scale = [Severity::Low, Severity::Medium, Severity::High];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        let program = command.programs.iter().find(|program| installs(&program.words));
        let Some(program) = program.filter(|_| place.is_of_python()) else { continue };
        let severity = match (command.runner, command.when) {
            ("notebook", _) => Severity::Low,
            (_, When::Installed) => Severity::Medium,
            (_, when) => source::at(SCALE, when),
        };
        let line = text::shown(&program.words.join(" "), 120);
        let when =
            if command.runner == "notebook" { "when the cell is run" } else { source::words(command.when) };
        let finding = findings.add(place, format!("`{line}` installs software {when}"));
        finding.severity = severity;
        finding.excerpt = Some(text::shown(&command.text, 300));
    }
}

/// Where a source starts programs that do nothing but install: that is told by this rule alone.
pub(super) fn only(facts: &Facts) -> HashSet<(usize, Option<u64>)> {
    let mut only = HashSet::new();
    let mut more = HashSet::new();
    for (place, command) in facts.commands().filter(|(place, _)| place.is_of_python()) {
        // A shell that is given a text is there beside the programs of that text.
        let mut programs = command.programs.iter().filter(|one| !hands_on(&one.words)).peekable();
        let all = programs.peek().is_some() && programs.all(|one| installs(&one.words));
        if all { &mut only } else { &mut more }.insert(spot(place));
    }
    only.retain(|place| !more.contains(place));
    only
}

fn hands_on(words: &[String]) -> bool {
    let shell = |word: &String| {
        matches!(word.rsplit('/').next(), Some("ash" | "bash" | "dash" | "ksh" | "sh" | "zsh"))
    };
    words.first().is_some_and(shell) && words.iter().any(|word| word.starts_with('-') && word.ends_with('c'))
}

/// A place that can be compared.
pub(super) fn spot(place: Place<'_>) -> (usize, Option<u64>) {
    (std::ptr::from_ref(place.reading).addr(), place.at)
}

fn installs(words: &[String]) -> bool {
    let tool = |word: &String| {
        let program = word.rsplit('/').next().unwrap_or(word);
        matches!(
            program,
            "apt"
                | "apt-get"
                | "brew"
                | "conda"
                | "easy_install"
                | "gem"
                | "mamba"
                | "npm"
                | "pip"
                | "pip3"
                | "pip3.exe"
                | "pip.exe"
                | "pnpm"
                | "uv"
                | "yarn"
                | "yum"
        )
    };
    words.iter().position(tool).is_some_and(|at| {
        words
            .iter()
            .skip(at.saturating_add(1))
            .take(6)
            .any(|word| matches!(word.as_str(), "add" | "i" | "install"))
    })
}
