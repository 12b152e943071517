//! Plain text: inert until a more particular format claims it.

use super::{Format, Support};
use crate::detect::Recognition;
use crate::samples;

/// Plain text.
pub static FORMAT: Format = Format {
    id: "text",
    title: "Plain text",
    extensions: &["csv", "gitattributes", "gitignore", "log", "markdown", "md", "rst", "tsv", "txt"],
    support: Support::Inert,
    carries_code: false,
    refines: &[],
    docs: "UTF-8 text without control characters. Nothing loads it, so nothing in it is read.",
    recognise: |probe| Recognition::guess_if(probe.is_text() && !probe.input.is_empty()),
    read: |_| Ok(()),
    samples: || samples::one("notes.txt", "Ordinary words.\n"),
};
