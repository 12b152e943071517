//! What changed between two revisions of a model: over facts and not bytes, ordered by how much it matters to somebody who
//! approved the old one and is asked about the new one.
//!
//! ```
//! use weighbridge_inspect::diff::{self, Request};
//! use weighbridge_inspect::{Options, Progress};
//!
//! let folder = tempfile::tempdir()?;
//! let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
//! write("old.json", r#"{"hidden_size": 8}"#)?;
//! write("new.json", r#"{"hidden_size": 8, "trust_remote_code": true}"#)?;
//! let request = Request::new(folder.path().join("old.json"), folder.path().join("new.json"));
//! let diff = diff::diff(&request, &Options::default(), &Progress::default())?;
//! assert_eq!(diff.summary(), "1 red, 1 note, 0 unchanged");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod change;
pub(crate) mod content;
mod gguf;
mod lines;
mod matching;
mod norms;
mod pair;
pub mod sections;
mod stream;
mod version;
mod vocabulary;
mod yaml;

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use weighbridge_domain::{Digest, Finding};

use self::change::{Change, Risk};
use self::matching::{asked_for, findings, renames};
use self::pair::{Pair, Read};
use self::sections::{Check, SECTIONS};
use self::version::Version;
use crate::input::Input;
use crate::limits::Budget;
use crate::report::{Answer, Report, Tool, ruleset};
use crate::scan::find::{Asked, Found, named};
use crate::scan::{Opened, Options, Outcome, Progress, conclude, side};
use crate::text;

/// Version of the JSON form of [`Diff`]; its first number changes when a field goes or changes its meaning.
pub const SCHEMA: &str = "weighbridge.diff/1.0";

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct Request {
    /// The revision that is known.
    pub old: PathBuf,
    /// The revision that is asked about.
    pub new: PathBuf,
    /// Give the digest of every tensor that is told.
    pub all_digests: bool,
}

impl Request {
    /// These two, without digests of very many tensors.
    pub fn new(old: impl Into<PathBuf>, new: impl Into<PathBuf>) -> Self {
        Self { old: old.into(), new: new.into(), all_digests: false }
    }
}

/// Why two paths cannot be compared at all.
#[derive(Debug, thiserror::Error)]
pub enum NotComparable {
    /// One of them cannot be read.
    #[error("`{}` could not be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// One is a file and the other a folder.
    #[error("`{}` is a file and `{}` a folder; only two files or two folders can be compared", file.display(), folder.display())]
    FileAndFolder {
        /// The file.
        file: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
}

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
    /// What could not be compared, and why.
    pub not_compared: Vec<Missed>,
    /// Remarks on the comparison itself.
    pub notes: Vec<String>,
    /// Every file of either revision, by path.
    pub files: Vec<FileDiff>,
    /// The report of a scan of the new revision, made from the same reading.
    #[serde(skip)]
    pub new_report: Report,
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

/// Either of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revision {
    Old,
    New,
}

/// Everything, as sections over the whole see it.
pub(crate) struct Whole<'a> {
    relation: Relation,
    pub(crate) pairs: &'a [Pair],
    pub(crate) new_findings: &'a [Finding],
    pub(crate) gone_findings: &'a [Finding],
    pub(crate) all_digests: bool,
    /// New paths of files by their old ones, and the other way round.
    renamed: &'a (HashMap<String, String>, HashMap<String, String>),
    old_files: HashMap<&'a str, &'a Asked>,
    new_files: HashMap<&'a str, &'a Asked>,
    options: &'a Options,
    deadline: Option<Instant>,
    unchanged_tensors: AtomicU64,
    pub(crate) missed: Mutex<Vec<Missed>>,
}

impl Whole<'_> {
    pub(crate) fn is_adapter(&self) -> bool {
        self.relation == Relation::Adapter
    }

    /// The tensors section tells what is different in it, or that nothing is.
    pub(crate) fn explains(&self, version: &Version) -> bool {
        !version.tensors.is_empty()
    }

    pub(crate) fn renamed_from(&self, path: &str) -> Option<&str> {
        self.renamed.1.get(path).map(String::as_str)
    }

    pub(crate) fn is_renamed(&self, path: &str) -> bool {
        self.renamed.0.contains_key(path)
    }

    pub(crate) fn count_unchanged_tensor(&self) {
        self.unchanged_tensors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget::new(&self.options.limits, self.deadline)
    }

    /// A range of a file, read again; nothing when the file is another by now.
    pub(crate) fn bytes(&self, revision: Revision, path: &str, range: &Range<u64>) -> Option<Input> {
        let files = if revision == Revision::Old { &self.old_files } else { &self.new_files };
        let asked = files.get(path)?;
        let opened = Opened::new(&asked.path).ok()?;
        if opened.changed(&asked.path).is_some() {
            return None;
        }
        let bytes = opened.input.slice(range.start, range.end.saturating_sub(range.start));
        (bytes.len() == range.end.saturating_sub(range.start)).then_some(bytes)
    }
}

/// Compares two files or two folders.
pub fn diff(request: &Request, options: &Options, progress: &Progress) -> Result<Diff, NotComparable> {
    check_kinds(&request.old, &request.new)?;
    let deadline = options.limits.time.and_then(|time| Instant::now().checked_add(time));
    let find = |path: &Path| {
        let mut found = Found::new(options, deadline, progress);
        for (path, name) in named(&[path.to_owned()]) {
            found.add(&path, &name);
        }
        found.settle();
        found
    };
    let (old_found, new_found) = (find(&request.old), find(&request.new));
    let is_file = request.new.is_file();
    let (relation, asked) = asked_for(&old_found.files, &new_found.files, is_file);
    let read_one = |asking: &pair::Asking<'_>| {
        // Readers do not panic. Should one, then only its file goes unread, and the report says so.
        let guarded = AssertUnwindSafe(|| pair::read(asking, relation, options, deadline, progress));
        let read = catch_unwind(guarded).unwrap_or_else(|_| pair::unread(asking));
        progress.files_done.fetch_add(asking.count(), Ordering::Relaxed);
        read
    };
    let work = || -> Vec<Read> { asked.par_iter().with_max_len(1).map(read_one).collect() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build();
    let reads = match &pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    let (mut old, mut new) = (Outcomes::default(), Outcomes::default());
    let mut pairs = Vec::new();
    for (read, asking) in reads.into_iter().zip(&asked) {
        old.take(read.old, asking.old);
        new.take(read.new, asking.new);
        pairs.push(read.pair);
    }
    drop(asked);
    let old_report = old.report(old_found, options, deadline);
    let new_report = new.report(new_found, options, deadline);
    let sides = (&old.files, &new.files);
    let finish = || concluded(request, relation, pairs, (old_report, new_report), sides, options, deadline);
    Ok(match &pool {
        Ok(pool) => pool.install(finish),
        Err(_) => finish(),
    })
}

fn check_kinds(old: &Path, new: &Path) -> Result<(), NotComparable> {
    let kind = |path: &Path| {
        let metadata = fs::metadata(path);
        metadata.map_err(|error| NotComparable::Unreadable { path: path.to_owned(), error })
    };
    match (kind(old)?.is_dir(), kind(new)?.is_dir()) {
        (true, false) => Err(NotComparable::FileAndFolder { file: new.to_owned(), folder: old.to_owned() }),
        (false, true) => Err(NotComparable::FileAndFolder { file: old.to_owned(), folder: new.to_owned() }),
        _ => Ok(()),
    }
}

/// What came of the files of one revision, as a scan of it collects it.
#[derive(Default)]
struct Outcomes {
    outcomes: Vec<Outcome>,
    files: Vec<Asked>,
}

impl Outcomes {
    fn take(&mut self, outcome: Option<Outcome>, asked: Option<&Asked>) {
        if let (Some(outcome), Some(asked)) = (outcome, asked) {
            self.outcomes.push(outcome);
            self.files.push(asked.clone());
        }
    }

    fn report(&mut self, found: Found<'_>, options: &Options, deadline: Option<Instant>) -> Report {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        side::inspect(&mut outcomes, &self.files, options, deadline);
        conclude(outcomes, found, options)
    }
}

fn concluded(
    request: &Request,
    relation: Relation,
    mut pairs: Vec<Pair>,
    (old, new): (Report, Report),
    files: (&Vec<Asked>, &Vec<Asked>),
    options: &Options,
    deadline: Option<Instant>,
) -> Diff {
    pairs.sort_by(|a, b| a.path().cmp(b.path()));
    let renamed = if relation == Relation::Adapter { Default::default() } else { renames(&pairs) };
    let (new_findings, gone_findings) = findings(&old, &new, &pairs, &renamed.0);
    let gone_findings = if relation == Relation::Adapter { Vec::new() } else { gone_findings };
    let mut changes: Vec<Change> =
        pairs.iter_mut().flat_map(|pair| std::mem::take(&mut pair.changes)).collect();
    let whole = Whole {
        relation,
        pairs: &pairs,
        new_findings: &new_findings,
        gone_findings: &gone_findings,
        all_digests: request.all_digests,
        renamed: &renamed,
        old_files: files.0.iter().map(|asked| (asked.shown.as_str(), asked)).collect(),
        new_files: files.1.iter().map(|asked| (asked.shown.as_str(), asked)).collect(),
        options,
        deadline,
        unchanged_tensors: AtomicU64::new(0),
        missed: Mutex::new(Vec::new()),
    };
    for section in SECTIONS {
        if let Check::Whole(check) = section.check {
            check(&whole, &mut changes);
        }
    }
    let rank = |id: &str| SECTIONS.iter().position(|section| section.id == id);
    changes.sort_by(|a, b| {
        let key = |change: &Change| (std::cmp::Reverse(change.risk), rank(change.section));
        key(a).cmp(&key(b)).then_with(|| (&a.path, &a.member, a.kind).cmp(&(&b.path, &b.member, b.kind)))
    });
    let unchanged_tensors = whole.unchanged_tensors.load(Ordering::Relaxed);
    let mut missed = whole.missed.lock().map_or_else(PoisonError::into_inner, |lock| lock).clone();
    let files: Vec<FileDiff> =
        pairs.iter().filter_map(|pair| matching::file(pair, &renamed, relation)).collect();
    missed.extend(matching::missed(&pairs, &old, &new));
    missed.sort();
    missed.dedup();
    let count = |risk| changes.iter().filter(|change| change.risk == risk).count() as u64;
    let unchanged_files =
        files.iter().filter(|file| matches!(file.status, "unchanged" | "renamed")).count() as u64;
    let totals = Totals {
        red: count(Risk::Red),
        amber: count(Risk::Amber),
        note: count(Risk::Note),
        unchanged: unchanged_files.saturating_add(unchanged_tensors),
        unchanged_files,
        unchanged_tensors,
        not_compared: missed.len() as u64,
    };
    let mut notes = new.notes.clone();
    notes.extend(old.notes.iter().filter(|note| !new.notes.contains(note)).cloned());
    if relation == Relation::Adapter {
        notes.push("the new one is an adapter: it is held against the old one as its base".to_owned());
    }
    Diff {
        schema: SCHEMA,
        tool: Tool { name: "weighbridge", version: env!("CARGO_PKG_VERSION"), ruleset: ruleset() },
        relation,
        totals,
        changes,
        old: Side::of(&old),
        new: Side::of(&new),
        new_findings,
        gone_findings,
        not_compared: missed,
        notes,
        files,
        new_report: new,
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            answer: report.answer,
            files: report.totals.files,
            bytes: report.totals.bytes,
            findings: report.findings.len() as u64,
            not_inspected: report.totals.not_inspected,
        }
    }
}
