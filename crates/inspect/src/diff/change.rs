//! What a comparison says: one change, how much it matters, and what shows it. The same form for every section.

use std::borrow::Cow;

use serde::Serialize;
use weighbridge_domain::Digest;

use crate::secrets::{Known, masked_with};

/// How much a change matters to somebody who approved what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Worth knowing; nothing that a loader or a model acts on.
    Note,
    /// The model may behave differently.
    Amber,
    /// Something may run that did not run before.
    Red,
}

impl Risk {
    /// All, worst first.
    pub const ALL: [Self; 3] = [Self::Red, Self::Amber, Self::Note];

    /// The word used in reports and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is only in the new revision.
    Added,
    /// It is in both, and differs.
    Changed,
    /// It is in both under different names.
    Renamed,
    /// It is only in the old revision.
    Removed,
}

/// One change, as a reviewer would count it.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Id of the section that saw it.
    pub section: &'static str,
    /// How much it matters.
    pub risk: Risk,
    /// What happened.
    pub kind: Kind,
    /// The file: its path in the new revision, or in the old one when it is only there. Empty for the model as a whole.
    pub path: String,
    /// The part of the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// What changed inside that: a key, a name; empty for the part itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// It in one sentence.
    pub message: String,
    /// What was there before, bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What is there now, bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Where it is about many things: each of them, the weightiest first; bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// How many more of them there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: u64,
    /// The lines that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Details kept of one change.
pub(crate) const MOST_DETAILS: usize = 1000;

/// Characters kept of a value.
pub(crate) const VALUE_KEPT: usize = 2000;

impl Change {
    pub(crate) fn new(
        section: &'static str,
        risk: Risk,
        kind: Kind,
        place: (&str, &str),
        message: impl Into<String>,
    ) -> Self {
        Self {
            section,
            risk,
            kind,
            path: place.0.to_owned(),
            member: place.1.to_owned(),
            subject: String::new(),
            message: message.into(),
            old: None,
            new: None,
            details: Vec::new(),
            omitted: 0,
            lines: None,
        }
    }

    pub(crate) fn about(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }

    pub(crate) fn values(mut self, old: Option<&str>, new: Option<&str>) -> Self {
        self.old = old.map(kept);
        self.new = new.map(kept);
        self
    }

    pub(crate) fn details(mut self, mut details: Vec<Detail>) -> Self {
        self.omitted = details.len().saturating_sub(MOST_DETAILS) as u64;
        details.truncate(MOST_DETAILS);
        self.details = details;
        self
    }

    pub(crate) fn lines(mut self, lines: Lines) -> Self {
        self.lines = Some(lines);
        self
    }
}

impl Change {
    /// Takes secrets out of everything that is quoted.
    pub(crate) fn mask(&mut self, known: &Known) {
        let mut texts = vec![&mut self.subject, &mut self.message];
        texts.extend(self.old.iter_mut().chain(&mut self.new));
        for Detail { name, old, new, .. } in &mut self.details {
            texts.push(name);
            texts.extend(old.iter_mut().chain(new));
        }
        for text in texts {
            if let Cow::Owned(without) = masked_with(text, known) {
                *text = without;
            }
        }
        for hunk in self.lines.iter_mut().flat_map(|lines| &mut lines.hunks) {
            for line in &mut hunk.lines {
                if let Cow::Owned(without) = masked_with(line, known) {
                    *line = without;
                }
            }
            // A key takes several lines.
            if let Cow::Owned(without) = masked_with(&hunk.lines.join("\n"), known) {
                hunk.lines = without.split('\n').map(str::to_owned).collect();
            }
        }
    }
}

/// A value as it is kept in a report.
pub(crate) fn kept(value: &str) -> String {
    match value.char_indices().nth(VALUE_KEPT) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// One of many things that a change is about.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Detail {
    /// Its name.
    pub name: String,
    /// What was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Digest of the tensor's bytes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_sha256: Option<Digest>,
    /// Digest of the tensor's bytes now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_sha256: Option<Digest>,
    /// How far its values moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norms: Option<Norms>,
}

impl Detail {
    pub(crate) fn new(name: &str, old: Option<&str>, new: Option<&str>) -> Self {
        Self { name: kept(name), old: old.map(kept), new: new.map(kept), ..Self::default() }
    }
}

/// Euclidean norms of a tensor's values. Not a number, written as `null` in JSON, where a value is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Norms {
    /// Of the values before.
    pub old: f64,
    /// Of the values now.
    pub new: f64,
    /// Of the difference.
    pub difference: f64,
    /// Of the difference, in parts of the norm before; infinite, and so `null` in JSON, where that is zero.
    pub relative: f64,
}

/// A line diff in the unified form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Lines that are only in the new text.
    pub added: u64,
    /// Lines that are only in the old text.
    pub removed: u64,
    /// Places where the texts differ, with the lines around them; bounded.
    pub hunks: Vec<Hunk>,
    /// Lines that were left out because there are too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: u64,
}

/// One place where two texts differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// Number of its first line in the old text, from 1.
    pub old_start: u64,
    /// How many lines of the old text it has.
    pub old_count: u64,
    /// Number of its first line in the new text, from 1.
    pub new_start: u64,
    /// How many lines of the new text it has.
    pub new_count: u64,
    /// Each line behind a space, `-` or `+`.
    pub lines: Vec<String>,
}
