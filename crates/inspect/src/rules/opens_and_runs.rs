//! Commands that run because a folder is opened.

use weighbridge_domain::facts::{Command, When};
use weighbridge_domain::{Confidence, Severity};

use super::command::shown;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{File, one};

/// Commands that run because a folder is opened.
pub static RULE: Rule = Rule {
    id: "opens-and-runs",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command runs as soon as somebody opens the folder in an editor or enters it",
    why: "Whoever only wants to look at the files runs it, once they have told the editor or shell to trust the folder. Medium \
          for tasks of an editor that run on opening; low for what a development container runs on the machine itself and for \
          `.envrc`; inside the container it is only worth knowing.",
    advice: "Open the folder without trusting it, and read the command first.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "task", files: || task("folderOpen"), fires: ID },
        Example { name: "task-twin", files: || task("default"), fires: &[] },
        Example {
            name: "container-host",
            files: || container("initializeCommand", r#""echo weighbridge-demo""#),
            fires: ID,
        },
        Example {
            name: "container",
            files: || container("postCreateCommand", r#"["echo", "weighbridge-demo"]"#),
            fires: ID,
        },
        Example {
            name: "container-several",
            files: || container("postStartCommand", r#"{"a": "echo weighbridge-demo"}"#),
            fires: ID,
        },
        Example { name: "container-twin", files: || container("shutdownAction", r#""none""#), fires: &[] },
        Example { name: "folder", files: || one(".envrc", "echo weighbridge-demo > demo\n"), fires: ID },
        Example {
            name: "folder-twin",
            files: || one(".envrc", "export DEMO=1\nlayout python\ndotenv_if_exists\n"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["opens-and-runs"];

fn task(run_on: &str) -> Vec<File> {
    let task = format!(
        r#"{{"version":"2.0.0","tasks":[{{"label":"demo","type":"shell","command":"echo","args":["weighbridge-demo"],"runOptions":{{"runOn":"{run_on}"}}}}]}}"#
    );
    one(".vscode/tasks.json", task)
}

fn container(key: &str, value: &str) -> Vec<File> {
    one(".devcontainer/devcontainer.json", format!(r#"{{"name": "demo", "{key}": {value}}}"#))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands().filter(|(_, command)| command.when == When::Loaded) {
        let (what, severity) = match command.runner {
            "editor" => ("opened in an editor", Severity::Medium),
            "devcontainer-host" => ("opened in a development container", Severity::Low),
            "devcontainer" => ("opened, inside its development container", Severity::Info),
            "direnv" if acts(command) => ("entered", Severity::Low),
            _ => continue,
        };
        findings.add(place, format!("`{}` runs when the folder is {what}", shown(command))).severity =
            severity;
    }
}

/// It does more than set variables and paths.
fn acts(command: &Command) -> bool {
    const SETS: [&str; 22] = [
        ".",
        "PATH_add",
        "PATH_rm",
        "[",
        "dotenv",
        "dotenv_if_exists",
        "env_vars_required",
        "export",
        "has",
        "layout",
        "log_error",
        "log_status",
        "path_add",
        "pwd",
        "set",
        "source",
        "source_env",
        "source_env_if_exists",
        "source_up",
        "test",
        "unset",
        "use",
    ];
    command.programs.iter().any(|program| !SETS.contains(&program.name()) && !program.name().is_empty())
}
