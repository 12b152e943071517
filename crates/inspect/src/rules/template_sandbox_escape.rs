//! Templates that reach for the inside of Python.

use std::collections::HashSet;

use weighbridge_domain::facts::{Access, Construct};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::{embedded, template};
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
          rendering would show; medium for other private names and for computed keys.",
    advice: "Do not render it. Take the template of the original model instead, and ask the publisher about the change.",
    references: &["CWE-1336", "CWE-94", "CVE-2024-34359", "GHSA-56xg-wfcc-g829", "AML.T0011", "AML.T0018"],
    examples: &[
        Example {
            name: "attribute",
            files: || template("{{ messages.__class__ }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "attribute-twin", files: || template("{{ messages.class }}"), fires: &[] },
        Example {
            name: "globals",
            files: || template("{{ cycler.__init__.__globals__ }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "subscript",
            files: || template("{{ messages['__class__'] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "subscript-twin", files: || template("{{ messages['class'] }}"), fires: &[] },
        Example {
            name: "filter",
            files: || template("{{ messages|attr('__class__') }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "filter-twin", files: || template("{{ messages|attr('content') }}"), fires: &[] },
        Example {
            name: "filter-of-unknown",
            files: || template("{{ messages|attr(messages[0].content) }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "filter-map",
            files: || template("{{ messages|map(attribute='content.__class__')|list }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "filter-map-attr",
            files: || template("{{ messages|map('attr', '__class__')|list }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "filter-map-twin",
            files: || template("{{ messages|map(attribute='content')|join }}"),
            fires: &[],
        },
        Example {
            name: "concatenation",
            files: || template("{{ messages['__cla' ~ 'ss' + '__'] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "concatenation-twin",
            files: || template("{{ messages['con' ~ 'te' + 'nt'] }}"),
            fires: &[],
        },
        Example {
            name: "adjacent-strings",
            files: || template("{{ messages['__cla' 'ss__'] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "escapes",
            files: || template(r"{{ messages['\x5f\137class\u005f\N{LOW LINE}'] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "escapes-twin", files: || template(r"{{ messages['\x63ontent'] }}"), fires: &[] },
        Example {
            name: "join",
            files: || template("{{ messages[['_', '_', 'class', '_', '_']|join] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "join-method",
            files: || template("{{ messages[''.join(['__', 'class', '__'])] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "join-of-keys",
            files: || template("{{ messages[dict(__class__=1)|join] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "join-twin", files: || template("{{ messages[['con', 'tent']|join] }}"), fires: &[] },
        Example {
            name: "format",
            files: || template("{{ messages['%s%s%s'|format('__', 'class', '__')] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "format-percent",
            files: || template("{{ messages['%c%cclass%c%c' % (95, 95, 95, 95)] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "format-method",
            files: || template("{{ messages['{0}{0}class{0}{0}'.format('_')] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "format-twin",
            files: || template("{{ messages['%s%s'|format('con', 'tent')] }}"),
            fires: &[],
        },
        Example {
            name: "format-field",
            files: || template("{{ '{0.__class__}'.format(messages) }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "format-field-twin",
            files: || template("{{ '{0.content}'.format(messages) }}"),
            fires: &[],
        },
        Example {
            name: "replace",
            files: || template("{{ messages['++class++'.replace('+', '_')] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "reverse",
            files: || template("{{ messages['__ssalc__'|reverse] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "slice",
            files: || template("{{ messages['__ssalc__'[::-1]] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "slice-twin", files: || template("{{ messages['tnetnoc'[::-1]] }}"), fires: &[] },
        Example {
            name: "case",
            files: || template("{{ messages['__CLASS__'|lower] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "variables",
            files: || template("{% set a = '__cla' %}{% set b = 'ss__' %}{{ messages[a ~ b] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "variables-twin",
            files: || template("{% set a = 'con' %}{% set b = 'tent' %}{{ messages[a ~ b] }}"),
            fires: &[],
        },
        Example {
            name: "namespace",
            files: || {
                template("{% set n = namespace(a='__cla') %}{% set n.b = 'ss__' %}{{ messages[n.a ~ n.b] }}")
            },
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "captured",
            files: || template("{% set a %}__cla{% endset %}{{ messages[a ~ 'ss__'] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "macro",
            files: || {
                template("{% macro m(a, b) %}{{ messages[a ~ b] }}{% endmacro %}{{ m('__cla', 'ss__') }}")
            },
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "loop",
            files: || template("{% for a in ['__cla'] %}{{ messages[a ~ 'ss__'] }}{% endfor %}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "built-key",
            files: || template("{{ messages['_' ~ (messages|string)[0]] }}"),
            fires: &["template-sandbox-escape"],
        },
        Example {
            name: "built-key-twin",
            files: || template("{{ messages[loop.index0 + 1] }}{{ messages[i - 1] }}"),
            fires: &[],
        },
        Example {
            name: "frame",
            files: || template("{{ messages.gi_frame }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "frame-twin", files: || template("{{ messages.frame }}"), fires: &[] },
        Example {
            name: "private",
            files: || template("{{ self._context }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "private-twin", files: || template("{% set _x = 1 %}{{ _x }}"), fires: &[] },
        Example {
            name: "process",
            files: || template("{{ messages.popen('echo weighbridge-demo') }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "process-twin", files: || template("{{ messages.pop('demo') }}"), fires: &[] },
        Example {
            name: "behind-a-broken-tag",
            files: || template("{{ ? }}{{ messages.__class__ }}"),
            fires: &["template-sandbox-escape", "template-unparsed"],
        },
        Example {
            name: "in-a-broken-tag",
            files: || template("{{ messages.__class__ ? }}"),
            fires: &["template-sandbox-escape", "template-unparsed"],
        },
        Example {
            name: "in-a-configuration",
            files: || embedded("{{ messages.__class__ }}"),
            fires: &["template-sandbox-escape"],
        },
        Example { name: "in-a-configuration-twin", files: || embedded("{{ messages.class }}"), fires: &[] },
    ],
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
            Construct::Attribute { name: None, access, text } => {
                let finding = findings.add(place, "the name of an attribute is only made while rendering");
                finding.excerpt = Some(text::shown(text, 200));
                finding.confidence = Confidence::Medium;
                if *access == Access::Subscript {
                    finding.severity = Severity::Medium;
                }
                continue;
            }
            _ => continue,
        };
        let private = match construct {
            Construct::Attribute { access, .. } => name.starts_with('_') && *access != Access::Subscript,
            _ => false,
        };
        let certain = is_internal(name) || matches!(construct, Construct::Call { .. });
        if !(certain || private) || !seen.insert((&place.reading.member, name)) {
            continue;
        }
        let message = match construct {
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
            finding.severity = Severity::Medium;
            finding.confidence = Confidence::Medium;
        }
    }
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
