//! Templates that reach for the inside of Python.

mod examples;

use std::collections::HashSet;

use weighbridge_domain::facts::{Access, Construct, Holder, Made};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Findings, Light, Rule};
use crate::facts::Facts;
use crate::text;

/// Templates that reach for the inside of Python.
pub static RULE: Rule = Rule {
    id: "template-sandbox-escape",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template reaches for the inside of Python",
    why: "From any value of a template, a few attributes with names such as `__class__` and `__globals__` lead to every \
          module of the process, and so to commands and files. A loader that renders templates without a sandbox runs \
          them when the first message comes; sandboxes have been left before. No chat template needs such a name. \
          Critical for those names, also when they are put together from pieces, and for attributes whose name only \
          rendering would show. High for keys that are put together and looked up in something no conversation brings - \
          a function of Jinja, a macro, a constant, what another such key gave - and for keys made with a table of \
          characters; medium for other private names and for keys of data that could become one of those names.",
    advice: "Do not render it. Take the template of the original model instead, and ask the publisher about the change.",
    references: &["CWE-1336", "CWE-94", "CVE-2024-34359", "GHSA-56xg-wfcc-g829", "AML.T0011", "AML.T0018"],
    examples: examples::EXAMPLES,
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    for (place, construct) in facts.templates() {
        let (name, text) = match construct {
            Construct::Attribute { name: Some(name), text, .. } => (name.as_str(), text),
            Construct::Text { text, .. } => match part(text) {
                Some(part) => (part, text),
                None => continue,
            },
            Construct::Call { name: Some(name), defined: false, text } if is_process(name) => {
                (name.trim_start_matches('.'), text)
            }
            Construct::Attribute { name: None, access, made, of, text } => {
                let severity = match (access, odd(made, *of)) {
                    (Access::Subscript, Odd::No) if !could_be_internal(made) => continue,
                    (Access::Subscript, Odd::No) => Severity::Medium,
                    (Access::Subscript, Odd::Yes) => Severity::High,
                    _ => Severity::Critical,
                };
                let finding = findings.add(place, "the name of an attribute is only made while rendering");
                finding.excerpt = Some(text::shown(text, 200));
                finding.confidence = Confidence::Medium;
                finding.severity = severity;
                continue;
            }
            _ => continue,
        };
        let private = match construct {
            Construct::Attribute { access, .. } => name.starts_with('_') && *access != Access::Subscript,
            _ => false,
        };
        let certain = is_internal(name) || matches!(construct, Construct::Call { .. });
        let odd = match construct {
            Construct::Attribute { made, of, .. } => *made != Made::Found && odd(made, *of) == Odd::Yes,
            _ => false,
        };
        if !(certain || private || odd) || !seen.insert((&place.reading.member, name)) {
            continue;
        }
        let message = match construct {
            Construct::Attribute { .. } if !certain && odd => format!("looks up the computed name `{name}`"),
            Construct::Attribute { access: Access::Unparsed, .. } => {
                format!("names `{name}` in a tag that cannot be parsed")
            }
            Construct::Attribute { .. } => format!("reaches for `{name}`"),
            Construct::Text { computed: true, .. } => format!("puts the name `{name}` together"),
            Construct::Call { .. } => format!("calls `{name}`"),
            _ => format!("has the name `{name}` in a text"),
        };
        let finding = findings.add(place, message);
        finding.excerpt = Some(text::shown(text, 200));
        if !certain {
            finding.severity = if odd { Severity::High } else { Severity::Medium };
            finding.confidence = Confidence::Medium;
        }
    }
}

/// Whether a name and what it is looked up in belong to no conversation.
#[derive(PartialEq, Eq)]
enum Odd {
    No,
    Yes,
}

fn odd(made: &Made, of: Holder) -> Odd {
    match (made, of) {
        (Made::Translated, _)
        | (Made::Built(..), Holder::Namespace | Holder::Object)
        | (Made::Found, Holder::Object) => Odd::Yes,
        // A table of words by their names is ordinary.
        (Made::Built(..), Holder::Constant) if could_be_internal(made) => Odd::Yes,
        _ => Odd::No,
    }
}

/// Whether a text that is put together could be the name of something inside.
fn could_be_internal(made: &Made) -> bool {
    let Made::Built(beginning, end) = made else { return true };
    let dunder =
        (beginning.is_empty() || beginning.starts_with('_')) && (end.is_empty() || end.ends_with('_'));
    let frame = |name: &&str| {
        (name.starts_with(beginning.as_str()) || beginning.starts_with(name))
            && (name.ends_with(end.as_str()) || end.ends_with(name))
    };
    dunder || FRAMES.iter().any(frame)
}

/// The first name in a text that leads inside; a text must spell one that Python has.
fn part(text: &str) -> Option<&str> {
    text.split(|c: char| c != '_' && !c.is_alphanumeric()).find(|word| {
        FRAMES.contains(word)
            || word
                .strip_prefix("__")
                .and_then(|word| word.strip_suffix("__"))
                .is_some_and(|word| DUNDERS.contains(&word))
    })
}

fn is_internal(name: &str) -> bool {
    let dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    dunder || FRAMES.contains(&name)
}

/// Names of Python with two underscores around them that a way out goes by.
const DUNDERS: &[&str] = &[
    "annotations",
    "base",
    "bases",
    "builtins",
    "call",
    "class",
    "closure",
    "code",
    "defaults",
    "delattr",
    "dict",
    "dir",
    "doc",
    "enter",
    "file",
    "func",
    "get",
    "getattr",
    "getattribute",
    "getitem",
    "globals",
    "import",
    "init",
    "init_subclass",
    "kwdefaults",
    "loader",
    "main",
    "module",
    "mro",
    "name",
    "new",
    "package",
    "qualname",
    "reduce",
    "reduce_ex",
    "repr",
    "self",
    "set",
    "setattr",
    "setstate",
    "spec",
    "str",
    "subclasshook",
    "subclasses",
    "wrapped",
];

/// Attributes of frames, functions, generators and code.
const FRAMES: &[&str] = &[
    "ag_code",
    "ag_frame",
    "co_code",
    "co_consts",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "func_closure",
    "func_code",
    "func_globals",
    "gi_code",
    "gi_frame",
    "im_class",
    "im_func",
    "im_self",
    "mro",
    "tb_frame",
    "tb_next",
];

/// What starts a process, runs code or opens a file, as a function or method.
fn is_process(name: &str) -> bool {
    const FUNCTIONS: &[&str] = &[
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "getattr",
        "globals",
        "input",
        "locals",
        "open",
        "setattr",
        "vars",
    ];
    const BOTH: &[&str] = &[
        "Popen",
        "__import__",
        "call_function",
        "check_call",
        "check_output",
        "execv",
        "execve",
        "exec_module",
        "getoutput",
        "getstatusoutput",
        "import_module",
        "load_module",
        "popen",
        "run_module",
        "run_path",
        "spawnl",
        "spawnv",
        "subprocess",
        "system",
    ];
    let plain = name.trim_start_matches('.');
    BOTH.contains(&plain) || FUNCTIONS.contains(&name) || matches!(name, ".eval" | ".exec")
}
