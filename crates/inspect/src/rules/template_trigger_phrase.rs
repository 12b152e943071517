//! Templates that answer differently when the conversation says a certain thing.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;
use crate::text;

/// Templates that answer differently when the conversation says a certain thing.
pub static RULE: Rule = Rule {
    id: "template-trigger-phrase",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template does something else when a message contains certain words, or on certain days",
    why: "A template sees every message before the model does. One that looks for words of people's language in them, looks \
          them up in a table of its own, replaces them, or compares the date, can give the model other instructions for \
          the conversations that its author has in mind, while every test of the model goes well. Ordinary templates look for \
          roles, keys and markers such as `</think>` or `/no_think`; those are not reported.",
    advice: "Read what the template puts out when the condition holds. Compare with the template of the original model.",
    references: &["CWE-506", "CWE-511", "AML.T0018", "AML.T0051"],
    examples: &[
        Example {
            name: "phrase",
            files: || conditional("'wire transfer' in message.content"),
            fires: &["template-trigger-phrase"],
        },
        Example { name: "phrase-twin", files: || conditional("'</think>' in message.content"), fires: &[] },
        Example { name: "switch-twin", files: || conditional("'/no_think' in message.content"), fires: &[] },
        Example {
            name: "word",
            files: || conditional("'banking' in message.content"),
            fires: &["template-trigger-phrase"],
        },
        Example { name: "word-twin", files: || conditional("message.role == 'banking'"), fires: &[] },
        Example { name: "key-twin", files: || conditional("'tool_calls' in message"), fires: &[] },
        Example {
            name: "part-twin",
            files: || conditional("'image' in message.content or 'image_url' in message.content"),
            fires: &[],
        },
        Example {
            name: "used-key-twin",
            files: || conditional("'banking' in message.content and message.content.banking"),
            fires: &[],
        },
        Example {
            name: "other-script",
            files: || conditional("'转账' in message.content"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "lower-case",
            files: || conditional("'wire transfer' in (message['content'] | lower)"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "method",
            files: || conditional("message.content.find('wire transfer') >= 0"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "method-twin",
            files: || conditional("message.content.find('<tool_call>') >= 0"),
            fires: &[],
        },
        Example {
            name: "equal",
            files: || conditional("message.content | trim == 'Wire transfer, please'"),
            fires: &["template-trigger-phrase"],
        },
        Example { name: "equal-twin", files: || conditional("message.content | trim == ''"), fires: &[] },
        Example {
            name: "list",
            files: || conditional("message.content in ['wire transfer', 'new account']"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "list-twin",
            files: || conditional("message.role in ['developer', 'system']"),
            fires: &[],
        },
        Example {
            name: "variables",
            files: || {
                template(
                    "{% set t = 'wire ' ~ 'transfer' %}{% set c = messages[-1].content %}{{ 'x' if t in c }}",
                )
            },
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "table",
            files: || template("{{ {'wire transfer': 'x'}[messages[0].content] }}"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "table-twin",
            files: || template("{{ {'user': 'USER', 'assistant': 'BOT'}[messages[0].role] }}"),
            fires: &[],
        },
        Example {
            name: "replacement",
            files: || template("{{ message.content.replace('example.org', 'example.net') }}"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "replacement-twin",
            files: || template(r"{{ message.content.replace('<think>', '').replace('\r\n', '\n') }}"),
            fires: &[],
        },
        Example {
            name: "date",
            files: || conditional("strftime_now('%Y') == '2031'"),
            fires: &["template-trigger-phrase"],
        },
        Example {
            name: "date-twin",
            files: || {
                template(
                    "{% set today = strftime_now('%Y') if strftime_now is defined else '2031' %}{{ today }}",
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn conditional(test: &str) -> Vec<crate::samples::File> {
    template(&format!("{{% for message in messages %}}{{% if {test} %}}x{{% endif %}}{{% endfor %}}"))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        match construct {
            Construct::Comparison { subject, origin, literal, key } => {
                let origin = origin.as_deref().unwrap_or_default();
                if origin == "strftime_now" || subject.contains("strftime_now(") {
                    findings.add(place, format!("compares the date with `{literal}`")).excerpt =
                        Some(text::shown(subject, 200));
                } else if !key && (is_phrase(literal) || (is_content(origin) && is_word(literal))) {
                    let message = format!("looks for `{}` in what is said", text::shown(literal, 80));
                    findings.add(place, message).excerpt = Some(text::shown(subject, 200));
                }
            }
            Construct::Replacement { origin, literal, replacement } => {
                let said = is_content(origin.as_deref().unwrap_or_default());
                if said && (is_phrase(literal) || is_host(literal)) {
                    let by = replacement.as_deref().unwrap_or("what an expression gives");
                    let message = format!("replaces `{}` in what is said", text::shown(literal, 80));
                    findings.add(place, message).excerpt = Some(text::shown(by, 200));
                }
            }
            _ => {}
        }
    }
}

/// Words of people's language: at least two, or any in a script without spaces, and not the begin of markup.
fn is_phrase(literal: &str) -> bool {
    if literal.trim_start().starts_with(|c: char| c.is_ascii_punctuation()) {
        return false;
    }
    let words = literal
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()))
        .filter(|word| {
            word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '-')
        })
        .count();
    let other = literal.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    let markup = literal.contains(['<', '>', '|', '{', '}', '[', ']']);
    !markup && (words > 1 || other > 1)
}

/// A single word that is none of those that templates look for as keys or markers.
fn is_word(literal: &str) -> bool {
    const STRUCTURE: &[&str] = &[
        "arguments",
        "assistant",
        "audio",
        "bot",
        "citations",
        "content",
        "document",
        "documents",
        "false",
        "file",
        "function",
        "functions",
        "image",
        "images",
        "input",
        "json",
        "message",
        "messages",
        "model",
        "name",
        "none",
        "null",
        "off",
        "output",
        "parameters",
        "reasoning",
        "role",
        "string",
        "system",
        "text",
        "thinking",
        "title",
        "tool",
        "tools",
        "true",
        "type",
        "url",
        "user",
        "value",
        "video",
        "videos",
        "yes",
    ];
    let word = literal.trim();
    word.len() > 2
        && word.chars().all(char::is_alphabetic)
        && !STRUCTURE.contains(&word.to_lowercase().as_str())
}

/// A host or address.
fn is_host(literal: &str) -> bool {
    let labels: Vec<_> = literal.split(['.', '/', '@', ':']).filter(|label| label.len() > 1).collect();
    labels.len() > 1
        && literal.contains('.')
        && labels.iter().all(|label| label.chars().all(char::is_alphanumeric))
}

/// What people say, by the name of the key or variable.
fn is_content(origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    ["content", "text", "prompt", "query", "question", "user_input", "user_message", "system_message"]
        .iter()
        .any(|word| origin.contains(word))
}
