//! Containers that reach the machine below them.

use weighbridge_domain::facts::Program;
use weighbridge_domain::{Confidence, Severity};

use super::command::shown;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, pod, script, service};
use crate::samples::one;
use crate::text;

/// Containers that reach the machine below them.
pub static RULE: Rule = Rule {
    id: "image-privileged",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A container has rights on the machine below it",
    why: "With all rights, the socket of the container engine, the processes of the machine or its whole file system, whoever \
          controls the program controls the machine. Low for its network alone, in commands that somebody types, and in \
          development containers.",
    advice: "Give only the capability, device or folder that the program needs.",
    references: &["CWE-250", "CWE-269"],
    examples: &[
        Example { name: "composed", files: || service("    privileged: true"), fires: ID },
        Example { name: "composed-twin", files: || service("    privileged: false"), fires: &[] },
        Example {
            name: "socket",
            files: || service("    volumes:\n    - /var/run/docker.sock:/var/run/docker.sock"),
            fires: ID,
        },
        Example {
            name: "socket-long",
            files: || service("    volumes:\n    - {type: bind, source: /var/run/docker.sock, target: /a}"),
            fires: ID,
        },
        Example {
            name: "folder-twin",
            files: || service("    volumes:\n    - ./models:/models"),
            fires: &[],
        },
        Example { name: "whole-disk", files: || service("    volumes:\n    - /:/host"), fires: ID },
        Example { name: "capability", files: || service("    cap_add: [ALL]"), fires: ID },
        Example { name: "capability-twin", files: || service("    cap_add: [NET_BIND_SERVICE]"), fires: &[] },
        Example { name: "processes", files: || service("    pid: host"), fires: ID },
        Example { name: "network", files: || service("    network_mode: host"), fires: ID },
        Example {
            name: "unconfined",
            files: || service("    security_opt: ['seccomp:unconfined']"),
            fires: ID,
        },
        Example { name: "pod", files: || pod("    securityContext:\n      privileged: true"), fires: ID },
        Example {
            name: "pod-twin",
            files: || pod("    securityContext:\n      privileged: false"),
            fires: &[],
        },
        Example { name: "pod-processes", files: || pod("  hostPID: true"), fires: ID },
        Example {
            name: "pod-capability",
            files: || pod("    securityContext:\n      capabilities:\n        add: [SYS_ADMIN]"),
            fires: ID,
        },
        Example {
            name: "pod-folder",
            files: || pod("  volumes:\n  - name: a\n    hostPath:\n      path: /var/run/docker.sock"),
            fires: ID,
        },
        Example {
            name: "pod-folder-twin",
            files: || pod("  volumes:\n  - name: a\n    hostPath:\n      path: /mnt/models"),
            fires: &[],
        },
        Example { name: "command", files: || script("docker run --privileged demo@sha256:00"), fires: ID },
        Example {
            name: "command-twin",
            files: || script("docker run --gpus all demo@sha256:00"),
            fires: &[],
        },
        Example {
            name: "build",
            files: || dockerfile("RUN --security=insecure echo weighbridge-demo"),
            fires: ID,
        },
        Example {
            name: "development",
            files: || one(".devcontainer/devcontainer.json", r#"{"runArgs": ["--cap-add=ALL"]}"#),
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-privileged"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.directives() {
        let last = key.rsplit('.').next().unwrap_or_default();
        let found = match place.format() {
            "compose" => of_service(last, value),
            "manifest" => of_pod(key, last, value),
            "dockerfile" if key == "RUN.security" && value == "insecure" => Some(Severity::Low),
            "devcontainer" if last == "runArgs" => of_option(value),
            "devcontainer" if last == "privileged" && value == "true" => Some(Severity::Low),
            "devcontainer" if last == "mounts" || last == "capAdd" => {
                of_service("volumes", value).or_else(|| capability(value))
            }
            _ => None,
        };
        if let Some(severity) = found {
            let message = format!("`{}` is `{}`", text::shown(last, 40), text::shown(value, 120));
            let contained = place.format() == "devcontainer";
            findings.add(place, message).severity = if contained { Severity::Low } else { severity };
        }
    }
    for (place, command) in facts.commands() {
        let starts = |program: &&Program| {
            matches!(program.name(), "docker" | "nerdctl" | "podman")
                && program.words.iter().any(|word| word == "run" || word == "create")
        };
        let mut programs = command.programs.iter().filter(starts);
        if programs.any(|program| options(program).any(|option| of_option(&option).is_some())) {
            findings
                .add(place, format!("`{}` gives a container rights on the machine", shown(command)))
                .severity = Severity::Low;
        }
    }
}

/// Options with their values as one word.
fn options(program: &Program) -> impl Iterator<Item = String> {
    let pairs = program.words.iter().zip(program.words.iter().skip(1).map(Some).chain([None]));
    pairs.filter(|(word, _)| word.starts_with('-')).map(|(word, next)| match next {
        Some(next) if !word.contains('=') && !next.starts_with('-') => format!("{word}={next}"),
        _ => word.clone(),
    })
}

fn of_option(option: &str) -> Option<Severity> {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    match name {
        "--privileged" => (value != "false").then_some(Severity::Low),
        "--cap-add" => capability(value),
        "-v" | "--volume" | "--mount" => of_service("volumes", value),
        "--pid" | "--ipc" | "--userns" | "--uts" => of_service(name.trim_start_matches('-'), value),
        "--security-opt" => of_service("security_opt", value),
        _ => None,
    }
}

fn capability(value: &str) -> Option<Severity> {
    let name = value.trim_start_matches("CAP_");
    let strong = ["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"];
    strong.contains(&name).then_some(Severity::Medium)
}

fn of_service(key: &str, value: &str) -> Option<Severity> {
    let host = value == "host";
    let source =
        value.split(',').find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")));
    let source = source.unwrap_or_else(|| value.split(':').next().unwrap_or_default());
    let found = match key {
        "privileged" => value == "true",
        "cap_add" => return capability(value),
        "pid" | "userns_mode" | "userns" | "uts" => host,
        "volumes" => of_machine(source),
        "security_opt" => {
            value.ends_with("unconfined") || value == "label:disable" || value == "label=disable"
        }
        "network_mode" | "ipc" => return (host && key == "network_mode").then_some(Severity::Low),
        _ => false,
    };
    found.then_some(Severity::Medium)
}

fn of_pod(key: &str, last: &str, value: &str) -> Option<Severity> {
    let on = value == "true";
    match last {
        "privileged" | "hostPID" | "hostIPC" if on => Some(Severity::Medium),
        "hostNetwork" | "allowPrivilegeEscalation" if on => Some(Severity::Low),
        "add" if key.ends_with("capabilities.add") => capability(value),
        "procMount" if value == "Unmasked" => Some(Severity::Medium),
        "hostPath" => of_machine(value).then_some(Severity::Medium),
        _ => None,
    }
}

/// A place of the machine from which all of it can be reached.
fn of_machine(path: &str) -> bool {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let socket = ["/docker.sock", "/containerd.sock", "/crio.sock", "/podman.sock"]
        .iter()
        .any(|end| path.ends_with(end));
    socket
        || matches!(
            path,
            "/" | "/boot"
                | "/dev"
                | "/etc"
                | "/proc"
                | "/root"
                | "/sys"
                | "/var/lib/docker"
                | "/var/lib/kubelet"
        )
}
