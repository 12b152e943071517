//! Commands that install whatever a place has today.

use weighbridge_domain::facts::{Command, Program};
use weighbridge_domain::{Confidence, Severity};

use super::command::shown;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, script};
use crate::samples::{File, one};

/// Commands that install whatever a place has today.
pub static RULE: Rule = Rule {
    id: "command-installs-floating",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command installs a package without saying which version, or from an address",
    why: "Tomorrow the same command installs something else, and whoever takes over the name or the address decides what. \
          Medium over a connection that anybody on the way can change; low from an address or a repository without a fixed \
          revision, and for servers of assistants, which fetch anew at every start; otherwise it is only worth knowing.",
    advice: "Name the version, or install from a file of locked versions with digests.",
    references: &["CWE-829", "CWE-1357", "AML.T0010"],
    examples: &[
        Example { name: "no-version", files: || dockerfile("RUN pip install demo"), fires: ID },
        Example { name: "no-version-twin", files: || dockerfile("RUN pip install demo==1.2"), fires: &[] },
        Example {
            name: "locked-twin",
            files: || {
                dockerfile("RUN pip install --require-hashes -r requirements.txt && pip install -U pip")
            },
            fires: &[],
        },
        Example { name: "address", files: || script("pip install https://example.org/demo.whl"), fires: ID },
        Example {
            name: "address-plain",
            files: || script("python3 -m pip install http://example.org/demo.whl"),
            fires: ID,
        },
        Example {
            name: "repository",
            files: || script("pip install git+https://example.org/demo.git@main"),
            fires: ID,
        },
        Example {
            name: "repository-twin",
            files: || {
                script(
                    "pip install git+https://example.org/demo.git@0123456789abcdef0123456789abcdef01234567",
                )
            },
            fires: &[],
        },
        Example { name: "server", files: || server("npx", r#""-y", "@example/demo""#), fires: ID },
        Example { name: "server-newest", files: || server("npx", r#""demo@latest""#), fires: ID },
        Example {
            name: "server-twin",
            files: || server("npx", r#""-y", "@example/demo@1.2.3""#),
            fires: &[],
        },
        Example { name: "server-python", files: || server("uvx", r#""demo""#), fires: ID },
        Example { name: "server-python-twin", files: || server("uvx", r#""demo==1.2.3""#), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-installs-floating"];

fn server(command: &str, arguments: &str) -> Vec<File> {
    one("mcp.json", format!(r#"{{"mcpServers":{{"demo":{{"command":"{command}","args":[{arguments}]}}}}}}"#))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        let found = command.programs.iter().flat_map(|program| floating(command, program));
        if let Some((package, severity)) = found.max_by_key(|(_, severity)| *severity) {
            let package = crate::text::shown(&package, 120);
            findings
                .add(place, format!("`{}` installs `{package}`, whatever that is by then", shown(command)))
                .severity = severity;
        }
    }
}

/// Packages that a program installs without saying which.
fn floating(command: &Command, program: &Program) -> Vec<(String, Severity)> {
    let words = &program.words;
    let at = |word: &str| words.iter().position(|one| one == word);
    let name = program.name();
    let pip = name.starts_with("pip") && name != "pipx"
        || name == "uv"
        || name.starts_with("python") && words.iter().any(|word| word == "pip");
    let server = command.runner == "mcp";
    let packages = match name {
        "npx" | "bunx" | "pnpx" => {
            let first = program.arguments().iter().find(|word| !word.starts_with('-'));
            let first = first.filter(|word| !word.starts_with(['.', '/', '$']) && server);
            return first
                .filter(|word| !has_version(word))
                .map(|word| (word.clone(), Severity::Low))
                .into_iter()
                .collect();
        }
        "uvx" | "pipx" => {
            let rest = program.arguments().iter().filter(|word| *word != "run");
            let from = at("--from").and_then(|at| words.get(at.saturating_add(1)));
            from.or_else(|| rest.clone().find(|word| !word.starts_with('-')))
                .filter(|_| server)
                .cloned()
                .into_iter()
                .collect()
        }
        _ if pip => match at("install") {
            Some(at) => named(words.get(at.saturating_add(1)..).unwrap_or_default()),
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    let contained = matches!(
        command.runner,
        "compose" | "devcontainer" | "devcontainer-host" | "dockerfile" | "manifest"
    );
    packages
        .into_iter()
        .filter_map(|package| {
            let severity = address(&package).or_else(|| {
                let pinned = package.contains("==") || package.contains('@') || package.contains("===");
                match (pinned, server) {
                    (true, _) => None,
                    (false, true) => Some(Severity::Low),
                    (false, false) => contained.then_some(Severity::Info),
                }
            })?;
            Some((package, severity))
        })
        .collect()
}

/// The packages among the arguments of `pip install`.
fn named(words: &[String]) -> Vec<String> {
    const VALUED: [&str; 14] = [
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-f",
        "--find-links",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-r",
        "--requirement",
        "-t",
        "--target",
        "--trusted-host",
    ];
    const TOOLS: [&str; 6] = ["build", "pip", "setuptools", "uv", "virtualenv", "wheel"];
    if words.iter().any(|word| word == "--require-hashes") {
        return Vec::new();
    }
    let mut packages = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if VALUED.contains(&word.as_str())
            || matches!(word.as_str(), "--python" | "--prefix" | "--root" | "--platform" | "--timeout")
        {
            let value = rest.next();
            // An editable package can be a repository.
            packages.extend(value.filter(|value| word.starts_with("-e") && value.contains("://")).cloned());
        } else if !word.starts_with(['-', '.', '/', '$', '~'])
            && !TOOLS.contains(&word.as_str())
            && word.rsplit('.').next() != Some("whl")
            || word.contains("://") && !word.starts_with('-')
        {
            packages.push(word.clone());
        }
    }
    packages.retain(|package| !package.is_empty() && !package.contains('$'));
    packages
}

/// What is wrong with an address.
fn address(package: &str) -> Option<Severity> {
    let (_, rest) = package.split_once("://")?;
    let revision = rest.split('#').next().unwrap_or_default().rsplit_once('@').map(|(_, revision)| revision);
    let fixed = revision
        .is_some_and(|revision| revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit()));
    let digest = rest.contains("#sha256=") || rest.contains("&sha256=");
    if package.contains("http://") {
        Some(Severity::Medium)
    } else {
        (!fixed && !digest).then_some(Severity::Low)
    }
}

/// A package of npm with a version; the name itself may begin with `@`.
fn has_version(package: &str) -> bool {
    let behind = package.get(1..).unwrap_or_default();
    behind.rsplit_once('@').is_some_and(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
}
