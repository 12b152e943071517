//! Commands that decode text and run what comes out.

use weighbridge_domain::facts::Command;
use weighbridge_domain::{Confidence, Severity};

use super::command::{decodes, shown, way_to_interpreter};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, script};

/// Commands that decode text and run what comes out.
pub static RULE: Rule = Rule {
    id: "command-decodes-and-runs",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command decodes text that people cannot read, and runs it",
    why: "The encoding hides what runs from those who read the script and from tools that search it. Medium when what is \
          decoded comes from the environment, as secrets of build machines do.",
    advice: "Decode it without running it, and read it.",
    references: &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "base64",
            files: || script("echo ZWNobyB3ZWlnaGJyaWRnZS1kZW1v | base64 -d | sh"),
            fires: ID,
        },
        Example {
            name: "base64-twin",
            files: || script("echo ZWNobyB3ZWlnaGJyaWRnZS1kZW1v | base64 -d > demo"),
            fires: &[],
        },
        Example {
            name: "evaluated",
            files: || script("eval \"$(echo ZWNobyBk | base64 --decode)\""),
            fires: ID,
        },
        Example { name: "file", files: || script("base64 -d demo | gunzip | bash"), fires: ID },
        Example { name: "openssl", files: || script("openssl enc -base64 -d -in demo | sh"), fires: ID },
        Example { name: "hexadecimal", files: || script("xxd -r -p demo | python3"), fires: ID },
        Example { name: "hexadecimal-twin", files: || script("xxd -p demo | python3 read.py"), fires: &[] },
        Example {
            name: "escapes",
            files: || script("printf '\\x65\\x63\\x68\\x6f\\x20\\x64\\x65\\x6d\\x6f' | sh"),
            fires: ID,
        },
        Example { name: "reversed", files: || script("echo 'omed-egdirbhgiew ohce' | rev | sh"), fires: ID },
        Example { name: "environment", files: || script("echo $SETUP | base64 -d | sh"), fires: ID },
        Example {
            name: "powershell",
            files: || script("powershell -EncodedCommand ZQBjAGgAbwAgAGQAZQBtAG8A"),
            fires: ID,
        },
        Example { name: "powershell-twin", files: || script("powershell -Command 'echo demo'"), fires: &[] },
        Example { name: "image", files: || dockerfile("RUN echo ZWNobyBk | base64 -d | sh"), fires: ID },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-decodes-and-runs"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        let number = (0..command.programs.len()).find(|at| {
            command.programs.get(*at).is_some_and(decodes) && way_to_interpreter(command, *at).is_some()
        });
        if number.is_some() || encoded(command) {
            let finding = findings.add(place, format!("`{}` decodes text and runs it", shown(command)));
            let told = |at: &usize| command.programs.get(*at).and_then(|one| one.words.get(1));
            let before = number.and_then(|at| at.checked_sub(1));
            if before.as_ref().and_then(told).is_some_and(|word| word.starts_with('$')) {
                finding.severity = Severity::Medium;
            }
        }
    }
}

/// PowerShell takes encoded commands as they are.
fn encoded(command: &Command) -> bool {
    command.programs.iter().any(|program| {
        matches!(program.name().to_lowercase().as_str(), "powershell" | "pwsh")
            && program
                .arguments()
                .iter()
                .any(|word| matches!(word.to_lowercase().as_str(), "-e" | "-ec" | "-enc" | "-encodedcommand"))
    })
}
