//! Compose files: the images that services run, and what they may do on the machine below them.

use weighbridge_domain::facts::{What, When};

use super::command::{self, Runner};
use super::image::image;
use super::yaml::tree::{Node, Value};
use super::{Format, Support, yaml};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Compose files.
pub static FORMAT: Format = Format {
    id: "compose",
    title: "Compose file",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["yaml"],
    docs: "YAML with `services`, under a name with `compose` in it. Besides what is read of any YAML: the image, command, \
           entry point and health check of every service, the rights it asks for (`privileged`, capabilities, devices, \
           the namespaces of the host), the folders of the host that it sees, its variables, and the ports it opens. Other \
           files that it includes or extends are not followed.",
    recognise,
    read,
    samples: commands::compositions,
};

/// The longest file that is read.
pub(super) const LONGEST: u64 = 4 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = probe.name.contains("compose") && probe.ends_with(&["yaml", "yml"]);
    Recognition::certain_if(named && probe.is_text() && has_key(&probe.head, "services"))
}

/// A key stands at the beginning of a line.
pub(super) fn has_key(head: &[u8], key: &str) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let quoted =
            |quote: &[u8]| line.strip_prefix(quote)?.strip_prefix(key.as_bytes())?.strip_prefix(quote);
        let behind = quoted(b"").or_else(|| quoted(b"\"")).or_else(|| quoted(b"'"));
        behind.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
    })
}

/// The text of a document of a bounded length.
pub(super) fn text(visit: &mut Visit<'_>) -> Result<String, Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    Ok(command::text_of_bytes(&visit.input.read(0, LONGEST)?))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = text(visit)?;
    for document in yaml::read_trees(visit, &source)? {
        for (name, service) in document.get("services").map(Node::pairs).unwrap_or_default() {
            visit.budget.tick()?;
            let name = text::kept(name.as_bytes(), 128);
            one_service(visit, &name, service);
        }
    }
    Ok(())
}

/// What a service may do; each is a setting of its own.
const RIGHTS: [&str; 15] = [
    "cap_add",
    "cgroup",
    "device_cgroup_rules",
    "devices",
    "ipc",
    "network_mode",
    "pid",
    "ports",
    "privileged",
    "security_opt",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
];

fn one_service(visit: &mut Visit<'_>, name: &str, service: &Node) {
    // What is built here only gets that name.
    if service.get("build").is_none()
        && let Some(node) = service.get("image")
        && let Some(text) = node.text()
    {
        visit.fact(node.at, What::Image(image("image", &defaults(text))));
    }
    for key in RIGHTS {
        let Some(node) = service.get(key) else { continue };
        for (at, value) in leaves(node) {
            visit.fact(at, What::Directive { key: format!("services.{name}.{key}"), value });
        }
    }
    let environment = service.get("environment");
    for (key, value) in environment.map(Node::pairs).unwrap_or_default() {
        variable(visit, value.at, name, key, value.text().unwrap_or_default());
    }
    for item in environment.map(Node::items).unwrap_or_default() {
        let (key, value) = item.text().and_then(|text| text.split_once('=')).unwrap_or_default();
        variable(visit, item.at, name, key, value);
    }
    for key in ["entrypoint", "command"] {
        if let Some(node) = service.get(key) {
            commands_of(visit, "compose", When::Loaded, node);
        }
    }
    if let Some(test) = service.get("healthcheck").and_then(|check| check.get("test")) {
        health(visit, test);
    }
}

fn health(visit: &mut Visit<'_>, test: &Node) {
    let mut words = test.texts();
    let runner = Runner::new("compose", When::Served, test.at).at(test.at);
    match (test.items().is_empty(), words.first().map(String::as_str)) {
        (true, _) => commands_of(visit, "compose", When::Served, test),
        (false, Some("CMD")) => command::emit_words(visit, runner, words.get(1..).unwrap_or_default()),
        (false, Some("CMD-SHELL")) => command::emit(visit, runner, &words.split_off(1).join(" ")),
        (false, _) => {}
    }
}

fn variable(visit: &mut Visit<'_>, at: u64, service: &str, key: &str, value: &str) {
    if !key.is_empty() {
        let (key, value) = (text::kept(key.as_bytes(), 128), text::kept(value.as_bytes(), 1024));
        visit.fact(at, What::Directive { key: format!("services.{service}.environment.{key}"), value });
    }
}

/// A value of a configuration with the defaults of its variables in their places.
fn defaults(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        let (inner, after) = behind.split_once('}').unwrap_or((behind, ""));
        match inner.split_once(":-").or_else(|| inner.split_once('-')) {
            Some((_, default)) => out.push_str(default),
            None => out.extend(["${", inner, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// All texts of a value, bounded, with their places.
pub(super) fn leaves(node: &Node) -> Vec<(u64, String)> {
    match &node.value {
        Value::Text { text, .. } => vec![(node.at, text::kept(text.as_bytes(), 512))],
        Value::List(items) => items.iter().take(256).map(|item| (item.at, one_line(item))).collect(),
        Value::Map(_) => vec![(node.at, one_line(node))],
    }
}

/// A value in one line: `key=value` of a mapping.
fn one_line(node: &Node) -> String {
    let mut out = String::new();
    match &node.value {
        Value::Text { text, .. } => out.push_str(text),
        Value::List(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Node::text).collect();
            out.push_str(&texts.join(","));
        }
        Value::Map(pairs) => {
            for (key, value) in pairs.iter().take(16) {
                if !out.is_empty() {
                    out.push(',');
                }
                out.push_str(&format!("{key}={}", value.text().unwrap_or("…")));
            }
        }
    }
    text::kept(out.as_bytes(), 512)
}

/// The command that a value is: a list of words, or a text in one line.
pub(super) fn commands_of(visit: &mut Visit<'_>, runner: &'static str, when: When, node: &Node) {
    let runner = Runner::new(runner, when, node.at).at(node.at);
    match &node.value {
        Value::Text { text, .. } => command::emit(visit, runner, text),
        Value::List(_) => command::emit_words(visit, runner, &node.texts()),
        Value::Map(_) => {}
    }
}
