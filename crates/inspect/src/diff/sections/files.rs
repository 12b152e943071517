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

/// Parts with other bytes about which nothing else is said. Those with tensors are left to `files`, which knows what was
/// said of these.
fn unexplained(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let Some(part) = new.or(old).filter(|part| !part.member.is_empty()) else { continue };
        let is_same = old.zip(new).is_some_and(|(old, new)| {
            old.sha256 == new.sha256 && (old.sha256.is_some() || old.size == new.size)
        });
        let is_told = match (old, new) {
            (Some(_), Some(new)) if new.holds_tensors => true,
            (None, Some(new)) if runs_code(new.format) => true,
            _ => !matches!(part.content, Content::Other | Content::Unread(_)) || code::is_code(part.format),
        };
        if is_same || is_told {
            continue;
        }
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

/// Every byte of it is read: keys and tensors, and what is between them is a finding.
fn is_wholly_read(version: &Version) -> bool {
    matches!(version.formats.as_slice(), ["gguf" | "npy" | "safetensors"])
}

fn files(whole: &Whole<'_>, out: &mut Vec<Change>) {
    if whole.is_adapter() {
        return;
    }
    // That a name or a finding is gone is not all that is different in a file.
    let explains =
        |change: &&Change| change.risk > Risk::Note || matches!(change.section, "packages" | "settings");
    let told: HashSet<String> = out.iter().filter(explains).map(|change| change.path.clone()).collect();
    for pair in whole.pairs {
        match (&pair.old, &pair.new) {
            (Some(old), Some(new)) => {
                let is_known = told.contains(&new.path) || whole.is_explained(&new.path);
                if pair.is_read() && !pair.is_same() && !is_known {
                    out.push(changed(old, new));
                }
            }
            (None, Some(new)) => {
                if let Some(old) = whole.renamed_from(&new.path) {
                    if !told.contains(&new.path) {
                        let message = "it has the bytes of a file that had another name";
                        let change = Change::new("file", Risk::Note, Kind::Renamed, (&new.path, ""), message);
                        out.push(change.values(Some(old), Some(&new.path)));
                    }
                } else if !told.contains(&new.path) || !new.tensors.is_empty() {
                    let place = (new.path.as_str(), "");
                    let change = Change::new("file", risk(new), Kind::Added, place, "the file was added");
                    out.push(change.values(None, Some(&shown(new))));
                }
            }
            (Some(old), None) => {
                if !whole.is_renamed(&old.path) && !told.contains(&old.path) {
                    let place = (old.path.as_str(), "");
                    let change = Change::new("file", risk(old), Kind::Removed, place, "the file was removed");
                    out.push(change.values(Some(&shown(old)), None));
                }
            }
            (None, None) => {}
        }
    }
}

/// Both are there, and nothing else says what is different.
fn changed(old: &Version, new: &Version) -> Change {
    let (risk, message) = if is_wholly_read(old) && is_wholly_read(new) {
        (Risk::Note, "its bytes are arranged in another way, with the same keys and tensors")
    } else if is_inert(new) {
        (Risk::Note, "it changed")
    } else {
        (Risk::Amber, "it changed in a way that is not read")
    };
    let change = Change::new("file", risk, Kind::Changed, (&new.path, ""), message);
    let (old, new) = (shown(old), shown(new));
    if old == new { change } else { change.values(Some(&old), Some(&new)) }
}

fn risk(version: &Version) -> Risk {
    if is_inert(version) { Risk::Note } else { Risk::Amber }
}

fn shown(version: &Version) -> String {
    format!("{}, {}", titles(&version.formats), text::bytes(version.size))
}
