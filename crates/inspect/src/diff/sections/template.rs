//! Chat templates: what the model is told beside the words of its user.

use super::{Check, Section, parts};
use crate::diff::change::{Change, Kind, Risk};
use crate::diff::content::Content;
use crate::diff::lines;
use crate::diff::pair::Pair;
use crate::diff::version::Part;

/// Chat templates.
pub static SECTION: Section = Section {
    id: "template",
    title: "Chat templates",
    docs: "Templates line by line, wherever they stand: in files of their own, in `tokenizer_config.json`, in GGUF. Long lines \
           break behind tags. Every change is amber; what a template should not contain is a finding.",
    check: Check::Pair(check),
};

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let text = |part: Option<&Part>| match part.map(|part| &part.content) {
            Some(Content::Template(text)) => Some(text.clone()),
            _ => None,
        };
        let Some(part) = new.or(old).filter(|part| part.format == "chat-template") else { continue };
        let (kind, verb) = match (text(old), text(new)) {
            (Some(old), Some(new)) if old == new => continue,
            (None, None) => continue,
            (Some(_), Some(_)) => (Kind::Changed, "changed"),
            (None, Some(_)) => (Kind::Added, "was added"),
            (Some(_), None) => (Kind::Removed, "was removed"),
        };
        let lines = lines::compare(&text(old).unwrap_or_default(), &text(new).unwrap_or_default());
        let message = format!(
            "the chat template {verb}: {} added, {} removed",
            crate::text::count(lines.added, "line"),
            lines.removed
        );
        let place = (pair.path(), &*part.member);
        out.push(Change::new("template", Risk::Amber, kind, place, message).lines(lines));
    }
}
