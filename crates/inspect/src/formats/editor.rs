//! What editors run when a folder is opened: `devcontainer.json`, `tasks.json`, and the servers of assistants.

mod remarks;

use memchr::memmem;
use serde_json::Value;
use weighbridge_domain::facts::{What, When};

use self::remarks::without_remarks;
use super::command::{self, Runner};
use super::compose;
use super::image::image;
use super::{Format, Support, json};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Development containers.
pub static CONTAINER: Format = Format {
    id: "devcontainer",
    title: "Development container",
    extensions: &[],
    support: Support::Recognised,
    carries_code: true,
    refines: &["json"],
    docs: "`devcontainer.json`, with remarks and commas as editors take them: its image, the commands that run when the folder \
           is opened or the container is made, and the rights that it asks for.",
    recognise: |probe| named(probe, &["devcontainer.json", ".devcontainer.json"]),
    read: read_container,
    samples: commands::development_containers,
};

/// Tasks of an editor.
pub static TASKS: Format = Format {
    id: "editor-tasks",
    title: "Tasks of an editor",
    docs: "`tasks.json` of Visual Studio Code and its relatives: the commands, and which of them run as soon as the folder is \
           opened.",
    recognise: |probe| {
        if probe.name == "tasks.json" && memmem::find(&probe.head, b"\"tasks\"").is_some() {
            named(probe, &["tasks.json"])
        } else {
            Recognition::No
        }
    },
    read: read_tasks,
    samples: commands::tasks,
    ..CONTAINER
};

/// Servers of assistants.
pub static SERVERS: Format = Format {
    id: "mcp-servers",
    title: "Servers of assistants",
    docs: "Settings of clients of the Model Context Protocol (`mcpServers`, or `servers` in `mcp.json`): the command of every \
           server, with the package or image it fetches, and the addresses of those that run elsewhere.",
    recognise: |probe| {
        let holds = |key: &str| memmem::find(&probe.head, key.as_bytes()).is_some();
        let known = || matches!(probe.name.as_str(), ".mcp.json" | "mcp.json") && holds("\"servers\"");
        let json = probe.ends_with(&["json"]) && probe.is_text();
        Recognition::certain_if(json && (known() || holds("\"mcpServers\"")))
    },
    read: read_servers,
    samples: commands::servers,
    ..CONTAINER
};

fn named(probe: &Probe<'_>, names: &[&str]) -> Recognition {
    Recognition::certain_if(names.contains(&probe.name.as_str()) && probe.is_text())
}

/// A document with the places of its texts.
struct Document {
    source: String,
    root: Value,
}

impl Document {
    fn read(visit: &mut Visit<'_>) -> Result<Self, Fault> {
        if visit.input.len() > compose::LONGEST {
            return Err(Fault::Unsupported(format!("settings of more than {} bytes", compose::LONGEST)));
        }
        let length = visit.input.len();
        visit.budget.memory(length.saturating_mul(16))?;
        let source = command::text_of_bytes(&visit.input.read(0, length)?);
        let plain = without_remarks(&source);
        match serde_json::from_str(&plain) {
            Ok(root) => {
                json::read(visit, json::Scope::Any).or_else(|fault| match fault {
                    // Remarks, which that reader does not take.
                    Fault::Unparsable(_) => Ok(()),
                    other => Err(other),
                })?;
                Ok(Self { source, root })
            }
            Err(error) => Err(Fault::Unparsable(error.to_string())),
        }
    }

    /// Where a key stands first behind another place.
    fn find(&self, key: &str) -> u64 {
        let quoted = serde_json::to_string(key).unwrap_or_default();
        self.source.find(&quoted).unwrap_or_default() as u64
    }
}

/// Tasks and servers that are looked at.
const MOST: usize = 256;

/// Texts of a list.
fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Runs by itself: what, and on which machine.
const HOOKS: [(&str, &str); 6] = [
    ("initializeCommand", "devcontainer-host"),
    ("onCreateCommand", "devcontainer"),
    ("updateContentCommand", "devcontainer"),
    ("postCreateCommand", "devcontainer"),
    ("postStartCommand", "devcontainer"),
    ("postAttachCommand", "devcontainer"),
];

fn read_container(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let document = Document::read(visit)?;
    let root = &document.root;
    if let Some(name) = root.get("image").and_then(Value::as_str) {
        visit.fact(document.find("image"), What::Image(image("image", name)));
    }
    for (key, runner) in HOOKS {
        let Some(value) = root.get(key) else { continue };
        let at = document.find(key);
        // Several that run side by side have names.
        let several = value.as_object().map_or_else(|| vec![value], |named| named.values().collect());
        for one in several.into_iter().take(64) {
            let runner = Runner::new(runner, When::Loaded, at).at(at);
            match one.as_str() {
                Some(text) => command::emit(visit, runner, text),
                None => command::emit_words(visit, runner, &texts(one)),
            }
        }
    }
    for key in ["capAdd", "mounts", "privileged", "runArgs", "securityOpt"] {
        let Some(value) = root.get(key) else { continue };
        let at = document.find(key);
        let mut values = texts(value);
        values.extend(value.as_bool().map(|on| on.to_string()));
        for value in values.into_iter().take(256) {
            let value = text::kept(value.as_bytes(), 512);
            visit.fact(at, What::Directive { key: key.to_owned(), value });
        }
    }
    Ok(())
}

fn read_tasks(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let document = Document::read(visit)?;
    let tasks = document.root.get("tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if tasks.len() > MOST {
        visit.incomplete(format!("only the first {MOST} tasks were looked at"));
    }
    for task in tasks.iter().take(MOST) {
        visit.budget.tick()?;
        let on_open = task.pointer("/runOptions/runOn").and_then(Value::as_str) == Some("folderOpen");
        let (name, when) = if on_open { ("editor", When::Loaded) } else { ("task", When::Called) };
        for place in ["", "/linux", "/osx", "/windows"] {
            let Some(program) = task.pointer(&format!("{place}/command")).and_then(Value::as_str) else {
                continue;
            };
            let at = document.find(program);
            let runner = Runner::new(name, when, at).at(at);
            let arguments = task.pointer(&format!("{place}/args")).map(texts).unwrap_or_default();
            if task.get("type").and_then(Value::as_str) == Some("process") {
                command::emit_words(visit, runner, &[vec![program.to_owned()], arguments].concat());
            } else {
                command::emit(visit, runner, &[vec![program.to_owned()], arguments].concat().join(" "));
            }
        }
    }
    Ok(())
}

fn read_servers(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let document = Document::read(visit)?;
    let root = &document.root;
    let below = ["/mcpServers", "/mcp/servers", "/servers", "/mcp/mcpServers"];
    let servers = below.iter().find_map(|pointer| root.pointer(pointer)?.as_object());
    if servers.is_some_and(|servers| servers.len() > MOST) {
        visit.incomplete(format!("only the first {MOST} servers were looked at"));
    }
    for (name, server) in servers.into_iter().flatten().take(MOST) {
        visit.budget.tick()?;
        let at = document.find(name);
        if let Some(program) = server.get("command").and_then(Value::as_str) {
            let arguments = server.get("args").map(texts).unwrap_or_default();
            let runner = Runner::new("mcp", When::Loaded, at).at(at);
            command::emit_words(visit, runner, &[vec![program.to_owned()], arguments].concat());
        }
        if let Some(address) = server.get("url").and_then(Value::as_str) {
            let key = format!("mcpServers.{}.url", text::kept(name.as_bytes(), 128));
            visit.fact(at, What::Directive { key, value: text::kept(address.as_bytes(), 512) });
        }
    }
    Ok(())
}
