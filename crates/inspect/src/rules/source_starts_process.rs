//! Sources that start processes.

mod examples;

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, ACTS, Told};
use super::{Check, Findings, Light, Rule, source_installs_packages};
use crate::facts::Facts;
use crate::known::effects::Effect;

/// Sources that start processes.
pub static RULE: Rule = Rule {
    id: "source-starts-process",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source starts a process",
    why: "What a process does is out of sight of whoever reads the model, and it has all rights of the loader. High when it \
          happens as soon as the file is imported, medium when it happens while the model is loaded or answers, low in a \
          function that somebody has to call, or where the name is only handed on. Programs that are only asked for a version, a \
          revision or a device are low, and medium on import if they are not asked for a version or a revision. Scripts and classes that no loader of models runs by itself (JavaScript, Java) \
          are a step milder, and low where they call the tools of a build.",
    advice: "Read the line. A model needs no process to answer; a build or a check belongs outside its repository.",
    references: &["CWE-78", "AML.T0010", "AML.T0011"],
    examples: examples::EXAMPLES,
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-starts-process"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    let installs = source_installs_packages::only(facts);
    for (place, one) in source::uses(facts, Effect::StartsProcess) {
        // What encoded text or other hosts give, what installs, and what an installation does, have rules of their own.
        let elsewhere =
            one.when == When::Installed || installs.contains(&source_installs_packages::spot(place));
        if elsewhere || source::brought(one).is_some() {
            continue;
        }
        let severity = match one.arguments {
            // Handed on where the file is imported, it is there to be called.
            None if one.when >= When::Loaded && source::is_python(one) => Severity::Medium,
            None => Severity::Low,
            Some(_) if !source::is_python(one) && builds(one) => Severity::Low,
            Some(_) => match asks(one) {
                Some(Question::Version) => Severity::Low,
                Some(Question::State) if one.when < When::Loaded => Severity::Low,
                Some(Question::State) => source::at_for(ACTS, one).min(Severity::Medium),
                None => source::at_for(ACTS, one),
            },
        };
        told.add(findings, place, one, severity, "starts a process");
    }
}

/// What scripts that build something start.
#[rustfmt::skip]
const BUILDERS: [&str; 20] = [
    "bun", "cargo", "cmake", "deno", "emcc", "esbuild", "git", "jest", "make", "node", "npm", "npx", "open", "pnpm", "rollup", "tsc",
    "vite", "webpack", "xdg-open", "yarn",
];

/// The command is a constant, and one of those that scripts use which build something.
fn builds(one: &weighbridge_domain::facts::Use) -> bool {
    let arguments = one.arguments.iter().flatten();
    let words: Vec<&str> = arguments
        .flat_map(|argument| source::texts(&argument.value))
        .flat_map(str::split_whitespace)
        .collect();
    let plain = words.iter().all(|word| {
        !word.contains([';', '|', '&', '`', '$', '>', '<', '\n'])
            && !matches!(*word, "-e" | "--eval" | "-p" | "--print")
    });
    plain && words.first().is_some_and(|program| BUILDERS.contains(program))
}

/// What a usual program is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Question {
    /// Its version, or the revision of the folder.
    Version,
    /// Something else about the machine or the folder.
    State,
}

/// The command is a constant, and asks a usual program about the machine or the folder.
fn asks(one: &weighbridge_domain::facts::Use) -> Option<Question> {
    let mut named = one.arguments.iter().flatten().filter_map(|argument| argument.name.as_deref());
    // They decide what runs.
    if named.any(|name| matches!(name, "executable" | "preexec_fn")) {
        return None;
    }
    let first = source::argument(one, "args", 0)?;
    let words: Vec<&str> = source::texts(first).into_iter().flat_map(str::split_whitespace).collect();
    let plain = words.iter().all(|word| !word.contains([';', '|', '&', '`', '$', '>', '<', '\n']));
    let asked = match words.as_slice() {
        ["git", "-C", _, asked, ..] | ["git", asked, ..] if is_of_revision(asked) => {
            // These write to a file, or start programs of their own.
            let acts = |word: &&str| {
                ["--ext-diff", "--exec", "--open-files-in-pager", "--output", "--textconv"]
                    .iter()
                    .any(|option| word.starts_with(option))
            };
            (!words.iter().any(acts)).then_some(Question::Version)
        }
        // A setting may name a program.
        ["git", "-c", setting, ..] if !setting.starts_with("safe.directory") => None,
        ["git", first, ..] if ["--config-env", "--exec-path"].iter().any(|one| first.starts_with(one)) => {
            None
        }
        ["sysctl", "-w", ..] => None,
        ["git", rest @ ..]
            if rest.iter().any(|word| matches!(*word, "status" | "describe" | "log" | "rev-parse")) =>
        {
            Some(Question::State)
        }
        [program, "--version" | "-version" | "-V"] if !program.contains(['/', '\\']) => {
            Some(Question::Version)
        }
        ["lscpu" | "nvidia-smi" | "sysctl" | "system_profiler" | "uname" | "which", ..]
        | ["xcrun", "--find", _]
        | [_, "--version" | "-version" | "-V" | "-print-multiarch"] => Some(Question::State),
        _ => None,
    };
    asked.filter(|_| plain)
}

fn is_of_revision(word: &str) -> bool {
    matches!(word, "describe" | "log" | "rev-parse")
}
