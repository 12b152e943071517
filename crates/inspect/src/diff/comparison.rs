//! What a comparison gives: the changes, what is unchanged, what could not be compared, and on what terms that passes.

use serde::Serialize;
use weighbridge_domain::{Digest, Finding};

use super::change::{Change, Risk};
use super::version::Version;
use crate::report::{Answer, Report, Tool};
use crate::secrets::Known;
use crate::text;

/// What changed.
#[derive(Debug, Serialize)]
pub struct Diff {
    /// Version of this form.
    pub schema: &'static str,
    /// What made it.
    pub tool: Tool,
    /// `revision`, or `adapter` when the new one is an adapter and the old one is not: then it is held against it as its base.
    pub relation: Relation,
    /// Counts over everything.
    pub totals: Totals,
    /// Every change, the riskiest first, then by section and path.
    pub changes: Vec<Change>,
    /// What a scan says of the old revision.
    pub old: Side,
    /// What a scan says of the new revision.
    pub new: Side,
    /// Findings of the new revision that the old one does not have.
    pub new_findings: Vec<Finding>,
    /// Findings of the old revision that the new one does not have.
    pub gone_findings: Vec<Finding>,
    /// Findings of both revisions that say other numbers now.
    pub changed_findings: Vec<ChangedFinding>,
    /// What could not be compared, and why.
    pub not_compared: Vec<Missed>,
    /// Remarks on the comparison itself.
    pub notes: Vec<String>,
    /// Every file of either revision, by path.
    pub files: Vec<FileDiff>,
    /// The report of a scan of the new revision, made from the same reading.
    #[serde(skip)]
    pub new_report: Report,
    /// The secrets of both: whoever writes anything of this takes them out.
    #[serde(skip)]
    pub known: Known,
}

/// How the two are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Two revisions of one thing.
    Revision,
    /// A model and an adapter for it.
    Adapter,
}

/// Counts over everything.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Totals {
    /// Red changes.
    pub red: u64,
    /// Amber changes.
    pub amber: u64,
    /// Notes.
    pub note: u64,
    /// Files and tensors that are the same.
    pub unchanged: u64,
    /// Files that are the same, also under another name.
    pub unchanged_files: u64,
    /// Tensors that are the same.
    pub unchanged_tensors: u64,
    /// What could not be compared.
    pub not_compared: u64,
}

/// What a scan says of one revision, in short.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// The answer in one word.
    pub answer: Answer,
    /// Files seen.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Findings of any severity.
    pub findings: u64,
    /// Parts that were not, or not wholly, inspected.
    pub not_inspected: u64,
}

/// A finding that was there before, and says other numbers now.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedFinding {
    /// As it was.
    pub old: Finding,
    /// As it is.
    pub new: Finding,
}

/// Something that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missed {
    /// The file.
    pub path: String,
    /// The part of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// Why.
    pub why: String,
}

/// One file in both revisions, or in one.
#[derive(Debug, Clone, Serialize)]
pub struct FileDiff {
    /// Its path in the new revision, or in the old one when it is only there.
    pub path: String,
    /// `added`, `removed`, `renamed`, `changed`, `unchanged` or `not-compared`.
    pub status: &'static str,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<FileVersion>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<FileVersion>,
}

/// A file in one revision.
#[derive(Debug, Clone, Serialize)]
pub struct FileVersion {
    /// Its path.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest; absent when it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Ids of the formats that its bytes are.
    pub formats: Vec<&'static str>,
}

impl From<&Version> for FileVersion {
    fn from(version: &Version) -> Self {
        Self {
            path: version.path.clone(),
            size: version.size,
            sha256: version.sha256,
            formats: version.formats.clone(),
        }
    }
}

/// On what terms a comparison passes.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Changes of this risk and above do not pass.
    pub threshold: Risk,
    /// What could not be compared passes.
    pub allow_incomplete: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { threshold: Risk::Amber, allow_incomplete: false }
    }
}

impl Terms {
    /// 0: everything was compared and nothing is at the threshold. 1: something is. 2: something was not compared.
    pub fn exit_code(self, diff: &Diff) -> u8 {
        if diff.changes.iter().any(|change| change.risk >= self.threshold) {
            1
        } else if self.allow_incomplete || diff.not_compared.is_empty() {
            0
        } else {
            2
        }
    }
}

impl Diff {
    /// `3 red, 4 amber, 210 unchanged`.
    pub fn summary(&self) -> String {
        let totals = &self.totals;
        let mut parts = Vec::new();
        for (count, word) in [(totals.red, "red"), (totals.amber, "amber")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        if totals.note > 0 {
            parts.push(text::count(totals.note, "note"));
        }
        if parts.is_empty() {
            parts.push("nothing changed".to_owned());
        }
        parts.push(format!("{} unchanged", totals.unchanged));
        if totals.not_compared > 0 {
            parts.push(format!("{} not compared", totals.not_compared));
        }
        parts.join(", ")
    }
}

impl Side {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            answer: report.answer,
            files: report.totals.files,
            bytes: report.totals.bytes,
            findings: report.findings.len() as u64,
            not_inspected: report.totals.not_inspected,
        }
    }
}

impl Totals {
    pub(super) fn of(
        changes: &[Change],
        files: &[FileDiff],
        unchanged_tensors: u64,
        not_compared: u64,
    ) -> Self {
        let count = |risk| changes.iter().filter(|change| change.risk == risk).count() as u64;
        let unchanged = files.iter().filter(|file| matches!(file.status, "unchanged" | "renamed"));
        let unchanged_files = unchanged.count() as u64;
        Self {
            red: count(Risk::Red),
            amber: count(Risk::Amber),
            note: count(Risk::Note),
            unchanged: unchanged_files.saturating_add(unchanged_tensors),
            unchanged_files,
            unchanged_tensors,
            not_compared,
        }
    }
}
