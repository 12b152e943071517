//! Templates that call what chat templates do not call.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;
use crate::text;

/// Templates that call what chat templates do not call.
pub static RULE: Rule = Rule {
    id: "template-unknown-call",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template calls something that is not among the functions of chat templates",
    why: "Loaders give a template `raise_exception`, `strftime_now` and what Jinja has, and the methods of texts, lists and \
          dictionaries. Anything else is either there by mistake, or counts on a renderer that gives it more.",
    advice: "Read what is called and with what. Compare with the template of the original model.",
    references: &["CWE-1336", "AML.T0018"],
    examples: &[
        Example {
            name: "function",
            files: || template("{{ fetch(messages[0].content) }}"),
            fires: &["template-unknown-call"],
        },
        Example {
            name: "function-twin",
            files: || template("{% macro fetch(x) %}{{ x }}{% endmacro %}{{ fetch(messages[0].content) }}"),
            fires: &[],
        },
        Example {
            name: "method",
            files: || template("{{ tokenizer.save_pretrained('weighbridge-demo') }}"),
            fires: &["template-unknown-call"],
        },
        Example {
            name: "method-twin",
            files: || template("{{ content.removeprefix('weighbridge-demo') }}"),
            fires: &[],
        },
        Example {
            name: "loop-twin",
            files: || template("{% for message in messages %}{{ loop.cycle('odd', 'even') }}{% endfor %}"),
            fires: &[],
        },
        Example {
            name: "renamed",
            files: || template("{% set f = tokenizer.save_pretrained %}{{ f('weighbridge-demo') }}"),
            fires: &["template-unknown-call"],
        },
        Example {
            name: "renamed-twin",
            files: || template("{% set f = raise_exception %}{{ f('weighbridge-demo') }}"),
            fires: &[],
        },
        Example {
            name: "item",
            files: || template("{{ tools[0]('weighbridge-demo') }}"),
            fires: &["template-unknown-call"],
        },
        Example {
            name: "item-twin",
            files: || {
                template(
                    "{% macro m() %}{% endmacro %}{% set parts = [m] %}{{ parts[0]() }}{{ tools[0]['split']() }}",
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        let Construct::Call { name, defined: false, text } = construct else { continue };
        let message = match name {
            Some(name) if is_known(name) => continue,
            Some(name) => format!("calls `{}`", name.trim_start_matches('.')),
            None => "calls what an expression gives".to_owned(),
        };
        findings.add(place, message).excerpt = Some(text::shown(text, 200));
    }
}

/// Functions of loaders and of Jinja, and methods of values; what is dangerous is not for this rule to say.
fn is_known(name: &str) -> bool {
    const FUNCTIONS: &[&str] = &[
        "_",
        "caller",
        "cycler",
        "dict",
        "gettext",
        "joiner",
        "lipsum",
        "loop",
        "namespace",
        "ngettext",
        "raise_exception",
        "range",
        "strftime_now",
        "super",
    ];
    const METHODS: &[&str] = &[
        "add",
        "append",
        "capitalize",
        "casefold",
        "center",
        "changed",
        "clear",
        "copy",
        "count",
        "current",
        "cycle",
        "decode",
        "difference",
        "discard",
        "encode",
        "endswith",
        "expandtabs",
        "extend",
        "find",
        "format",
        "format_map",
        "fromkeys",
        "get",
        "index",
        "insert",
        "intersection",
        "isalnum",
        "isalpha",
        "isascii",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isoformat",
        "isprintable",
        "isspace",
        "istitle",
        "isupper",
        "items",
        "join",
        "keys",
        "ljust",
        "lower",
        "lstrip",
        "next",
        "partition",
        "pop",
        "popitem",
        "remove",
        "removeprefix",
        "removesuffix",
        "replace",
        "reset",
        "reverse",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "setdefault",
        "sort",
        "split",
        "splitlines",
        "startswith",
        "strftime",
        "strip",
        "swapcase",
        "title",
        "translate",
        "union",
        "update",
        "upper",
        "values",
        "zfill",
    ];
    // What rules about the inside of Python report, they report alone.
    const ELSEWHERE: &[&str] = &[
        "Popen",
        "breakpoint",
        "check_call",
        "check_output",
        "compile",
        "delattr",
        "eval",
        "exec",
        "exec_module",
        "execv",
        "execve",
        "getattr",
        "getoutput",
        "getstatusoutput",
        "globals",
        "import_module",
        "input",
        "load_module",
        "locals",
        "open",
        "popen",
        "run_module",
        "run_path",
        "setattr",
        "spawnl",
        "spawnv",
        "subprocess",
        "system",
        "vars",
    ];
    let plain = name.trim_start_matches('.');
    FUNCTIONS.contains(&plain)
        || METHODS.contains(&plain)
        || ELSEWHERE.contains(&plain)
        || plain.starts_with('_')
}
