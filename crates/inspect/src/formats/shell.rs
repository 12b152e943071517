//! Shell scripts: the commands they run.

use weighbridge_domain::facts::When;

use super::command::{self, Runner};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::known::programs;
use crate::limits::Fault;
use crate::samples::commands;
use crate::walk::Visit;

/// Shell scripts.
pub static FORMAT: Format = Format {
    id: "shell",
    title: "Shell script",
    extensions: ENDINGS,
    support: Support::Inspected,
    carries_code: true,
    refines: &["script"],
    docs: "Scripts for `sh`, `bash`, `zsh` and their relatives, recognised by the interpreter they name or by their own name: \
           startup files, the hooks of Git, `.envrc`. Every command is read with its words, pipes, redirections, documents \
           and substitutions; texts that shells run in their turn are read too (`sh -c`, `eval`), and variables that the \
           script sets to constants are put in their places. Nothing is run: what depends on conditions, loops, files \
           or the environment is not followed. The first 4 MiB are read.",
    recognise,
    read,
    samples: commands::scripts,
};

const ENDINGS: &[&str] = &["bash", "command", "ksh", "sh", "zsh"];

/// Names without an ending that shells look for. The hooks of Git are run by a shell when they do not name another
/// interpreter.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    ".bash_aliases", ".bash_login", ".bash_logout", ".bash_profile", ".bashrc", ".envrc", ".profile", ".zlogin", ".zprofile",
    ".zshenv", ".zshrc",
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit", "post-merge",
    "post-receive", "post-rewrite", "post-update", "pre-applypatch", "pre-auto-gc", "pre-commit", "pre-merge-commit",
    "pre-push", "pre-rebase", "pre-receive", "prepare-commit-msg", "proc-receive", "push-to-checkout",
    "reference-transaction", "sendemail-validate", "update",
];

/// The longest script that is read whole.
const LONGEST: u64 = 4 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let shebang = probe.head.strip_prefix(b"#!");
    if let Some(line) = shebang.and_then(|rest| rest.split(|byte| *byte == b'\n').next()) {
        let line = String::from_utf8_lossy(line);
        return Recognition::certain_if(
            interpreter(&line).is_some_and(programs::is_shell) && begins_as_text(probe),
        );
    }
    let named = probe.ends_with(ENDINGS) || NAMES.contains(&probe.name.as_str());
    Recognition::guess_if(named && probe.is_text())
}

/// Scripts that unpack themselves end in bytes that are no text.
fn begins_as_text(probe: &Probe<'_>) -> bool {
    let line = probe.head.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    probe.is_text() || std::str::from_utf8(line).is_ok()
}

/// The name of the program that the first line of a script asks for.
fn interpreter(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let program = words.next()?.rsplit('/').next()?;
    let program = match program {
        "env" => words.find(|word| !word.starts_with('-') && !word.contains('='))?,
        other => other,
    };
    program.rsplit('/').next()
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes of the script were read"));
    }
    let text = command::text_of_bytes(&visit.input.read(0, LONGEST)?);
    let name = if visit.name == ".envrc" { "direnv" } else { "sh" };
    command::emit(visit, Runner::new(name, When::Loaded, 0), &text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::interpreter;

    #[test]
    fn finds_the_interpreter_of_a_script() {
        for (line, expected) in [
            ("/bin/sh", Some("sh")),
            (" /usr/bin/env bash", Some("bash")),
            ("/usr/bin/env -S A=b zsh -e", Some("zsh")),
            ("/usr/bin/python3 -u", Some("python3")),
            ("", None),
        ] {
            assert_eq!(interpreter(line), expected, "{line}");
        }
    }
}
