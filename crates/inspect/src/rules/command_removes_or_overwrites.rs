//! Commands that remove or overwrite what is not theirs.

use weighbridge_domain::facts::{Command, Program};
use weighbridge_domain::{Confidence, Severity};

use super::command::shown;
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, script};

/// Commands that remove or overwrite what is not theirs.
pub static RULE: Rule = Rule {
    id: "command-removes-or-overwrites",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command removes a whole system or home folder, overwrites a disk, or exhausts the machine",
    why: "What was there is lost, or nobody can work any more. Paths that are only known when it runs are not judged.",
    advice: "Do not run it.",
    references: &["CWE-506", "AML.T0011", "AML.T0029"],
    examples: &[
        Example { name: "everything", files: || script("rm -rf / --no-preserve-root"), fires: ID },
        Example {
            name: "everything-twin",
            files: || script("rm -rf ./build /tmp/demo /var/lib/apt/lists/*"),
            fires: &[],
        },
        Example { name: "everything-inside", files: || script("sudo rm -fr /*"), fires: ID },
        Example { name: "home", files: || script("rm -rf \"$HOME\"/"), fires: ID },
        Example { name: "home-twin", files: || script("rm -rf \"$HOME\"/.cache/demo"), fires: &[] },
        Example { name: "found", files: || script("find / -type f -delete"), fires: ID },
        Example { name: "found-twin", files: || script("find . -type f -delete"), fires: &[] },
        Example { name: "disk", files: || script("dd if=/dev/zero of=/dev/sda bs=1M"), fires: ID },
        Example {
            name: "disk-twin",
            files: || script("dd if=/dev/zero of=demo.img bs=1M count=1"),
            fires: &[],
        },
        Example { name: "disk-redirected", files: || script("cat demo.img > /dev/nvme0n1"), fires: ID },
        Example { name: "file-system", files: || script("mkfs.ext4 /dev/sdb1"), fires: ID },
        Example { name: "rights", files: || script("chmod -R 777 /"), fires: ID },
        Example { name: "rights-twin", files: || script("chmod -R 777 ./out"), fires: &[] },
        Example { name: "copies", files: || script(":(){ :|:& };:"), fires: ID },
        Example { name: "image", files: || dockerfile("ONBUILD RUN rm -rf /*"), fires: ID },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-removes-or-overwrites"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        if let Some(what) = command.programs.iter().find_map(destroys).or_else(|| multiplies(command)) {
            findings.add(place, format!("`{}` {what}", shown(command)));
        }
    }
}

fn destroys(program: &Program) -> Option<&'static str> {
    let words = program.arguments();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let flag = |letters: &[char]| {
        words.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
    };
    let folder = "removes or changes a whole system or home folder";
    let disk = "overwrites a disk";
    if program.redirects.iter().any(|one| one.sign.starts_with('>') && is_disk(&one.target)) {
        return Some(disk);
    }
    match program.name() {
        "rm" => {
            let deep = flag(&['r', 'R']) || has(&["--recursive"]);
            (deep && words.iter().any(|word| is_root(word))).then_some(folder)
        }
        "chmod" | "chown" => {
            (flag(&['R']) && words.iter().any(|word| word == "/" || word == "/*")).then_some(folder)
        }
        "find" => (words.first().is_some_and(|word| is_root(word))
            && has(&["-delete"])
            && !has(&["-name", "-iname", "-path", "-user"]))
        .then_some(folder),
        "dd" => words.iter().any(|word| word.strip_prefix("of=").is_some_and(is_disk)).then_some(disk),
        "shred" | "wipefs" => words.iter().any(|word| is_disk(word)).then_some(disk),
        name if name.starts_with("mkfs") => words.iter().any(|word| is_disk(word)).then_some(disk),
        _ => None,
    }
}

fn is_root(path: &str) -> bool {
    let short = path.strip_suffix("/*").unwrap_or(path).trim_end_matches('/');
    path.starts_with('/') && short.is_empty()
        || matches!(
            short,
            "~" | "$HOME"
                | "${HOME}"
                | "/bin"
                | "/boot"
                | "/etc"
                | "/home"
                | "/lib"
                | "/root"
                | "/usr"
                | "/var"
        )
}

fn is_disk(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    let disk =
        |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.len() <= 4 && !rest.is_empty());
    disk("sd")
        || disk("hd")
        || disk("vd")
        || name.starts_with("nvme")
        || name.starts_with("mmcblk")
        || name.starts_with("disk/")
}

/// A function that starts itself twice.
fn multiplies(command: &Command) -> Option<&'static str> {
    let names: Vec<&str> = command.programs.iter().map(Program::name).collect();
    let twice = command.text.contains('|')
        && names.len() == 2
        && names.first() == names.last()
        && names.first() == Some(&":");
    twice.then_some("starts itself until nothing else can run")
}
