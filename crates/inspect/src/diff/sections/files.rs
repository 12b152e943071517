//! Files as a whole: what came, went or got another form, and what changed in a way that nothing else explains.

use std::collections::HashSet;

use super::{Check, Section, code, parts};
use crate::diff::Whole;
use crate::diff::change::{Change, Kind, Risk};
use crate::diff::content::Content;
use crate::diff::pair::Pair;
use crate::diff::version::{Part, Version};
use crate::formats::{self, Support};
use crate::text;

/// Formats.
pub static FORMATS: Section = Section {
    id: "format",
    title: "Formats",
    docs: "Files and members of archives whose bytes are of another format than before, and new ones of a format that can run \
           code when it is loaded. Where code can run now and could not before, it is red; otherwise amber.",
    check: Check::Pair(formats),
};

/// Files.
pub static SECTION: Section = Section {
    id: "file",
    title: "Files",
    docs: "Files that were added, removed or renamed (the same bytes under another name), and files that changed in a way that \
           no other section explains. Pictures, prose and other files that nothing loads are notes, the rest amber.",
    check: Check::Whole(files),
};

/// Loading a file of this format can run code that it brings. Program text is told by its own section.
fn runs_code(format: &str) -> bool {
    let named = matches!(format, "chat-template" | "npy" | "yaml") || code::is_code(format);
    !named && formats::find(format).is_some_and(|format| format.carries_code)
}

fn title(format: &str) -> &str {
    formats::find(format).map_or("a file of no known format", |format| format.title)
}

fn titles(formats: &[&str]) -> String {
    match formats {
        [] => title("").to_owned(),
        formats => formats.iter().map(|format| title(format)).collect::<Vec<_>>().join(" and "),
    }
}

fn formats(pair: &Pair, out: &mut Vec<Change>) {
    let Some(new) = &pair.new else { return };
    let place = (pair.path(), "");
    match &pair.old {
        Some(old) if old.formats != new.formats => {
            let gained = new
                .formats
                .iter()
                .any(|format| (runs_code(format) || code::is_code(format)) && !old.formats.contains(format));
            let message =
                if gained { "its format changed to one that can run code" } else { "its format changed" };
            let risk = if gained { Risk::Red } else { Risk::Amber };
            let change = Change::new("format", risk, Kind::Changed, place, message);
            out.push(change.values(Some(&titles(&old.formats)), Some(&titles(&new.formats))));
        }
        Some(_) => {}
        None => {
            if let Some(format) = new.formats.iter().find(|format| runs_code(format)) {
                let message =
                    format!("a file that can run code when it is loaded was added: {}", title(format));
                out.push(Change::new("format", Risk::Red, Kind::Added, place, message));
            }
        }
    }
    if pair.old.is_none() {
        return;
    }
    for (old, part) in parts(pair) {
        let Some(part) = part.filter(|part| !part.member.is_empty() && runs_code(part.format)) else {
            continue;
        };
        if old.is_none() {
            let message =
                format!("a member that can run code when it is loaded was added: {}", title(part.format));
            out.push(Change::new("format", Risk::Red, Kind::Added, (pair.path(), &part.member), message));
        }
    }
    unexplained(pair, out);
}

/// Parts with other bytes about which nothing was said. What sections over the whole model say is not known yet, so that
/// parts with tensors are left to `files`.
fn unexplained(pair: &Pair, out: &mut Vec<Change>) {
    let mut silent = Vec::new();
    for (old, new) in parts(pair) {
        let Some(part) = new.or(old).filter(|part| !part.member.is_empty()) else { continue };
        if let (Some(old), Some(new)) = (old, new)
            && (old.sha256 == new.sha256 && (old.sha256.is_some() || old.size == new.size))
        {
            continue;
        }
        let told = |part: &Part| {
            let told_later = matches!(part.content, Content::Code(_) | Content::Template(_));
            told_later
                || matches!(part.content, Content::Settings(_) | Content::Vocabulary(_))
                || code::is_code(part.format)
        };
        if told(part) || old.is_none() && runs_code(part.format) {
            continue;
        }
        silent.push((old, new, part));
    }
    for (old, new, part) in silent {
        let (kind, verb) = match (old, new) {
            (None, _) => (Kind::Added, "was added"),
            (_, None) => (Kind::Removed, "was removed"),
            _ => (Kind::Changed, "changed"),
        };
        let inert = formats::find(part.format).is_some_and(|format| format.support == Support::Inert);
        let risk = if inert { Risk::Note } else { Risk::Amber };
        let message = format!("a member ({}) {verb}", title(part.format));
        let change = Change::new("format", risk, kind, (pair.path(), &part.member), message);
        out.push(change.values(old.map(size).as_deref(), new.map(size).as_deref()));
    }
}

fn size(part: &Part) -> String {
    text::bytes(part.size)
}

/// Nothing loads it: prose, pictures.
fn is_inert(version: &Version) -> bool {
    !version.formats.is_empty()
        && version.formats.iter().all(|format| {
            formats::find(format).is_some_and(|format| format.support == Support::Inert)
                || *format == "model-card"
        })
}

fn files(whole: &Whole<'_>, out: &mut Vec<Change>) {
    if whole.is_adapter() {
        return;
    }
    let told: HashSet<(String, bool)> =
        out.iter().map(|change| (change.path.clone(), change.kind == Kind::Changed)).collect();
    let is_told =
        |path: &str| told.contains(&(path.to_owned(), true)) || told.contains(&(path.to_owned(), false));
    let shown = |version: &Version| format!("{}, {}", titles(&version.formats), text::bytes(version.size));
    let mut push = |version: &Version, kind, message: String, old: Option<String>, new: Option<String>| {
        let inert = is_inert(version) || kind == Kind::Renamed;
        let risk = if inert { Risk::Note } else { Risk::Amber };
        let change = Change::new("file", risk, kind, (&version.path, ""), message);
        out.push(change.values(old.as_deref(), new.as_deref()));
    };
    for pair in whole.pairs {
        match (&pair.old, &pair.new) {
            (Some(old), Some(new)) => {
                let compared = old.sha256.is_some() && new.sha256.is_some();
                if compared && !pair.is_same() && !is_told(&new.path) && !whole.explains(new) {
                    let inert = is_inert(new);
                    let message = if inert { "it changed" } else { "it changed in a way that is not read" };
                    push(new, Kind::Changed, message.to_owned(), Some(shown(old)), Some(shown(new)));
                }
            }
            (None, Some(new)) => {
                if let Some(old) = whole.renamed_from(&new.path) {
                    if !is_told(&new.path) {
                        let message = "it has the bytes of a file that had another name".to_owned();
                        push(new, Kind::Renamed, message, Some(old.to_owned()), Some(new.path.clone()));
                    }
                } else if !is_told(&new.path) || whole.explains(new) {
                    push(new, Kind::Added, "the file was added".to_owned(), None, Some(shown(new)));
                }
            }
            (Some(old), None) => {
                if !whole.is_renamed(&old.path) && !is_told(&old.path) {
                    push(old, Kind::Removed, "the file was removed".to_owned(), Some(shown(old)), None);
                }
            }
            (None, None) => {}
        }
    }
}
