//! Chat templates: Jinja source that loaders render with the messages of a conversation.
//! Syntax: the template designer documentation of Jinja; settings: the chat templating pages of transformers.

mod escapes;
mod flow;
mod fold;
mod growth;
mod lexer;
mod parser;
mod read;
mod statements;
mod syntax;
mod text_methods;
mod uses;
mod values;

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::template;
use crate::walk::Visit;

/// Chat template.
pub static FORMAT: Format = Format {
    id: "chat-template",
    title: "Chat template",
    extensions: &["jinja", "jinja2", "j2"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["text"],
    docs: "Jinja source, recognised by its name, or embedded in `tokenizer_config.json`, `processor_config.json`, \
           `chat_template.json` or GGUF metadata. Parsed by the grammar of Jinja2 into a syntax tree, never rendered. \
           Constants are followed through concatenation, formatting, slices, filters, variables, namespaces, loops and \
           macros, so that names that are put together from pieces are seen whole. A tag that cannot be parsed is \
           reported and skipped; the rest is still read. The first 1 MiB is read.",
    recognise,
    read,
    samples: template::ordinary,
};

/// The longest template that is read; ordinary ones have some kilobytes.
const LONGEST: u64 = 1 << 20;
/// Memory that it takes at most to follow one byte of a template.
const MEMORY: u64 = 200;

fn recognise(probe: &Probe<'_>) -> Recognition {
    // Loaders go by the name: whatever such a file contains is rendered.
    let named = probe.ends_with(FORMAT.extensions);
    let bare = probe.name == "chat_template"
        || (probe.name.starts_with("chat_template") && probe.ends_with(&["txt"]));
    if named { Recognition::Certain } else { Recognition::guess_if(bare && probe.is_text()) }
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let length = visit.input.len();
    if length > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes of the template were read"));
    }
    visit.budget.memory(length.min(LONGEST).saturating_mul(MEMORY))?;
    let bytes = visit.input.read(0, LONGEST)?;
    let source = String::from_utf8_lossy(&bytes);
    read::read(visit, &source);
    Ok(())
}
