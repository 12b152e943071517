//! Modelfiles of Ollama: which weights, adapter, template and parameters make a model.

use weighbridge_domain::facts::{ModelReference, Reference, What};

use super::{Format, Support, command};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Modelfiles.
pub static FORMAT: Format = Format {
    id: "modelfile",
    title: "Modelfile of Ollama",
    extensions: &["modelfile"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "`Modelfile`: the model it is made `FROM`, as a reference or as a file, its adapters, and the texts of its template, \
           system message and parameters. Templates in the language of Go are kept as text and not parsed.",
    recognise,
    read,
    samples: commands::modelfiles,
};

/// The longest file that is read whole.
const LONGEST: u64 = 4 << 20;
/// Bytes kept of a value.
const VALUE_KEPT: usize = 4096;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = probe.name.split('.').next() == Some("modelfile") || probe.ends_with(FORMAT.extensions);
    Recognition::guess_if(named && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    let source = command::text_of_bytes(&visit.input.read(0, LONGEST)?);
    let mut at = 0_usize;
    while let Some(line) = source.get(at..).and_then(|rest| rest.split_inclusive('\n').next()) {
        visit.budget.tick()?;
        let start = at;
        at = at.saturating_add(line.len());
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (name, value) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        let mut value = value.trim();
        let key = name.to_uppercase();
        // A parameter and a message have a name of their own before the text.
        let opening = value.find("\"\"\"").filter(|_| !trimmed.starts_with('"'));
        if let Some(opening) = opening {
            let from = start.saturating_add(line.find("\"\"\"").unwrap_or_default()).saturating_add(3);
            let rest = source.get(from..).unwrap_or_default();
            let length = rest.find("\"\"\"").unwrap_or_else(|| {
                visit.incomplete("a text does not end");
                rest.len()
            });
            let text = rest.get(..length).unwrap_or_default();
            let name = value.get(..opening).unwrap_or_default().trim();
            instruction(visit, start as u64, &key, if name.is_empty() { text } else { name });
            let end = from.saturating_add(length).saturating_add(3);
            let behind =
                source.get(end..).and_then(|rest| rest.split_inclusive('\n').next()).unwrap_or_default();
            at = end.saturating_add(behind.len());
            continue;
        }
        value = value.trim_matches('"');
        instruction(visit, start as u64, &key, value);
    }
    Ok(())
}

fn instruction(visit: &mut Visit<'_>, at: u64, key: &str, value: &str) {
    match key {
        "FROM" | "ADAPTER" if is_file(value) => {
            let role = if key == "FROM" { "weights" } else { "adapter" };
            let target = text::kept(value.as_bytes(), 1024);
            visit.fact(at, What::Reference(Reference { role, target, range: None }));
        }
        "FROM" | "ADAPTER" => {
            let (name, tag) = match value.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
                Some((name, tag)) => (name, Some(text::kept(tag.as_bytes(), 256))),
                None => (value, None),
            };
            visit.fact(
                at,
                What::ModelReference(ModelReference {
                    asked_by: key.to_owned(),
                    name: text::kept(name.as_bytes(), 256),
                    revision: tag,
                    trusts_remote_code: false,
                    text: text::kept(format!("{key} {value}").as_bytes(), 512),
                }),
            );
        }
        "LICENSE" | "MESSAGE" | "PARAMETER" | "PARSER" | "RENDERER" | "REQUIRES" | "SYSTEM" | "TEMPLATE" => {
            visit.fact(
                at,
                What::Metadata { key: key.to_lowercase(), value: text::kept(value.as_bytes(), VALUE_KEPT) },
            );
        }
        other => visit.incomplete(format!("the instruction `{}` is not known", text::shown(other, 40))),
    }
}

/// A file or folder, not a model that is fetched.
fn is_file(value: &str) -> bool {
    let lower = value.to_lowercase();
    value.starts_with(['/', '.', '~', '\\'])
        || value.contains('\\')
        || lower.get(1..3) == Some(":/")
        || [".gguf", ".bin", ".safetensors", ".ggml", ".pt", ".pth"]
            .iter()
            .any(|ending| lower.ends_with(ending))
            && !lower.contains("://")
}
