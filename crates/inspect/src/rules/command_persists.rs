//! Commands that make something run again later.

use weighbridge_domain::facts::{Command, Program};
use weighbridge_domain::{Confidence, Severity};

use super::command::{is_contained, shown};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, script};

/// Commands that make something run again later.
pub static RULE: Rule = Rule {
    id: "command-persists",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command makes something run again later, or lets somebody in again",
    why: "Keys for logging in, jobs that run by the clock, libraries that every program loads, and startup files outlive the \
          command. High for keys, preloaded libraries and rights of administrators, and medium where that makes an image; \
          medium for jobs; low for services and startup files, which installers change too, and nothing where that makes \
          an image.",
    advice: "Look at what is put there, and whether that belongs to what the script says it does.",
    references: &["CWE-506", "AML.T0011"],
    examples: &[
        Example {
            name: "key",
            files: || script("echo 'ssh-ed25519 AAAA demo' >> ~/.ssh/authorized_keys"),
            fires: ID,
        },
        Example {
            name: "key-twin",
            files: || script("echo 'ssh-ed25519 AAAA demo' >> keys.txt"),
            fires: &[],
        },
        Example {
            name: "key-by-tee",
            files: || script("echo demo | sudo tee -a /home/demo/.ssh/authorized_keys"),
            fires: ID,
        },
        Example {
            name: "key-in-image",
            files: || dockerfile("RUN echo demo >> /home/demo/.ssh/authorized_keys"),
            fires: ID,
        },
        Example {
            name: "jobs",
            files: || script("(crontab -l; echo '* * * * * demo') | crontab -"),
            fires: ID,
        },
        Example { name: "jobs-twin", files: || script("crontab -l | grep demo"), fires: &[] },
        Example {
            name: "job-file",
            files: || script("echo '* * * * * root demo' > /etc/cron.d/demo"),
            fires: ID,
        },
        Example { name: "preload", files: || script("echo /tmp/demo.so > /etc/ld.so.preload"), fires: ID },
        Example {
            name: "rights",
            files: || script("echo 'demo ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers"),
            fires: ID,
        },
        Example { name: "startup", files: || script("echo 'export DEMO=1' >> ~/.bashrc"), fires: ID },
        Example {
            name: "startup-in-image-twin",
            files: || dockerfile("RUN echo 'export DEMO=1' >> ~/.bashrc"),
            fires: &[],
        },
        Example { name: "service", files: || script("systemctl --user enable demo"), fires: ID },
        Example { name: "service-twin", files: || script("systemctl --user status demo"), fires: &[] },
        Example {
            name: "windows",
            files: || script("schtasks /create /tn demo /tr demo.exe /sc onlogon"),
            fires: ID,
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-persists"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        let found = command
            .programs
            .iter()
            .filter_map(|program| persists(command, program))
            .max_by_key(|(_, severity)| *severity);
        if let Some((what, severity)) = found {
            findings.add(place, format!("`{}` {what}", shown(command))).severity = severity;
        }
    }
}

fn persists(command: &Command, program: &Program) -> Option<(&'static str, Severity)> {
    let contained = is_contained(command);
    let has = |words: &[&str]| program.arguments().iter().any(|word| words.contains(&word.as_str()));
    let job = "adds a job that runs by the clock";
    let service = "adds a service that is started by itself";
    match program.name() {
        "crontab" if !program.arguments().is_empty() && !has(&["-l", "-r", "-e"]) => {
            return Some((job, Severity::Medium));
        }
        "schtasks" if has(&["/create", "/Create", "/CREATE"]) => return Some((job, Severity::Medium)),
        "reg"
            if has(&["add"])
                && program.words.iter().any(|word| word.to_lowercase().contains("\\currentversion\\run")) =>
        {
            return Some((service, Severity::Medium));
        }
        "systemctl" if has(&["enable"]) && !contained => return Some((service, Severity::Low)),
        "launchctl" if has(&["load", "bootstrap"]) && !contained => return Some((service, Severity::Low)),
        "chkconfig" | "update-rc.d" if has(&["defaults", "enable", "on"]) && !contained => {
            return Some((service, Severity::Low));
        }
        _ => {}
    }
    let written =
        program.redirects.iter().filter(|one| one.sign.starts_with('>')).map(|one| one.target.as_str());
    let arguments = if matches!(program.name(), "cp" | "install" | "ln" | "mv") {
        program.arguments().last()
    } else {
        None
    };
    let teed = if program.name() == "tee" { program.arguments() } else { &[] };
    let targets = written.chain(arguments.map(String::as_str)).chain(teed.iter().map(String::as_str));
    targets.filter_map(|target| written_to(target, contained)).max_by_key(|(_, severity)| *severity)
}

fn written_to(path: &str, contained: bool) -> Option<(&'static str, Severity)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let worst = if contained { Severity::Medium } else { Severity::High };
    if name == "authorized_keys" {
        return Some(("lets somebody log in", worst));
    }
    if path.ends_with("/etc/ld.so.preload") {
        return Some(("makes every program load a library", worst));
    }
    if path.starts_with("/etc/sudoers") && !contained {
        return Some(("gives somebody the rights of an administrator", Severity::High));
    }
    if path.starts_with("/etc/cron") || path.starts_with("/var/spool/cron") {
        return Some((
            "adds a job that runs by the clock",
            if contained { Severity::Low } else { Severity::Medium },
        ));
    }
    if contained {
        return None;
    }
    let startup = matches!(
        name,
        ".bash_login"
            | ".bash_profile"
            | ".bashrc"
            | ".profile"
            | ".zlogin"
            | ".zprofile"
            | ".zshenv"
            | ".zshrc"
            | "rc.local"
    );
    let folder = ["/etc/profile", "/etc/rc.local", "/etc/init.d/", "/etc/systemd/"]
        .iter()
        .any(|one| path.starts_with(one));
    let own = ["/.config/autostart/", "/.config/systemd/user/", "/LaunchAgents/", "/LaunchDaemons/"]
        .iter()
        .any(|one| path.contains(one));
    (startup || folder || own).then_some(("writes what is run at every start or login", Severity::Low))
}
