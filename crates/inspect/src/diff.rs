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
//! assert_eq!(diff.summary(), "1 red, 1 amber, 0 unchanged");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cells;
pub mod change;
mod comparison;
pub(crate) mod content;
mod gguf;
mod lines;
mod matching;
mod norms;
mod pair;
pub mod sections;
mod stream;
pub(crate) mod version;
mod vocabulary;
mod weight;
mod yaml;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use rayon::prelude::*;

pub use self::comparison::{
    ChangedFinding, Diff, FileDiff, FileVersion, Missed, Relation, Side, Terms, Totals,
};

use self::change::Change;
use self::matching::{Matched, asked_for, findings, renames};
use self::pair::{Pair, Read};
use self::sections::{Check, SECTIONS};
use self::version::{Held, Version};
use crate::formats::tensor_data;
use crate::input::Input;
use crate::limits::Budget;
use crate::report::{Report, Tool, ruleset};
use crate::scan::find::{Asked, Found, named};
use crate::scan::{Opened, Options, Outcome, Progress, conclude, side};
use crate::secrets::Known;

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
    findings: &'a Matched,
    pub(crate) all_digests: bool,
    /// New paths of files by their old ones, and the other way round.
    renamed: &'a (HashMap<String, String>, HashMap<String, String>),
    files: [HashMap<&'a str, &'a Asked>; 2],
    /// The files that were read last.
    opened: RefCell<[Option<(String, Opened)>; 2]>,
    options: &'a Options,
    deadline: Option<Instant>,
    unchanged_tensors: Cell<u64>,
    missed: RefCell<Vec<Missed>>,
    explained: RefCell<HashSet<String>>,
}

impl Whole<'_> {
    pub(crate) fn is_adapter(&self) -> bool {
        self.relation == Relation::Adapter
    }

    pub(crate) fn renamed_from(&self, path: &str) -> Option<&str> {
        self.renamed.1.get(path).map(String::as_str)
    }

    pub(crate) fn is_renamed(&self, path: &str) -> bool {
        self.renamed.0.contains_key(path)
    }

    pub(crate) fn count_unchanged_tensor(&self) {
        self.unchanged_tensors.update(|count| count.saturating_add(1));
    }

    pub(crate) fn miss(&self, missed: Missed) {
        self.missed.borrow_mut().push(missed);
    }

    /// What is different in this file is told.
    pub(crate) fn explain(&self, path: &str) {
        self.explained.borrow_mut().insert(path.to_owned());
    }

    pub(crate) fn is_explained(&self, path: &str) -> bool {
        self.explained.borrow().contains(path)
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget::new(&self.options.limits, self.deadline)
    }

    /// A range of a file, read again; nothing when the file is another by now.
    pub(crate) fn bytes(&self, revision: Revision, version: &Version, range: &Range<u64>) -> Option<Input> {
        let side = usize::from(revision == Revision::New);
        let asked = self.files.get(side)?.get(version.path.as_str())?;
        let mut all = self.opened.borrow_mut();
        let kept = all.get_mut(side)?;
        if kept.as_ref().is_none_or(|(path, _)| *path != version.path) {
            *kept = Some((version.path.clone(), Opened::new(&asked.path).ok()?));
        }
        let (_, opened) = kept.as_ref()?;
        if Some(opened.mark) != version.mark || opened.changed(&asked.path).is_some() {
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
    let work = Work { request, relation, options, deadline };
    let finish = || work.concluded(pairs, old.settled(old_found, &work), new.settled(new_found, &work));
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

    fn settled(mut self, found: Found<'_>, work: &Work<'_>) -> Settled {
        side::inspect(&mut self.outcomes, &self.files, work.options, work.deadline);
        let described = self.outcomes.iter().filter_map(described).collect();
        let report = conclude(self.outcomes, found, work.options);
        Settled { report, files: self.files, described }
    }
}

/// What models say of the tensors in a file that has no format of its own, once all models are read.
fn described(outcome: &Outcome) -> Option<(String, Vec<Held>)> {
    let format = tensor_data::FORMAT.id;
    if outcome.facts.readings.first()?.format != Some(format) {
        return None;
    }
    let whole = Input::bytes(Vec::new());
    let tensors = outcome
        .facts
        .tensors()
        .filter(|(place, tensor)| place.reading.member.is_empty() && !tensor.name.is_empty());
    let held = tensors.map(|(place, tensor)| {
        let end = tensor.start.saturating_add(tensor.length);
        let mut held = Held::new(place.reading.member.clone(), format, tensor.clone(), &whole, &whole);
        held.range = (end <= outcome.report.size).then_some(tensor.start..end);
        held
    });
    Some((outcome.report.path.clone(), held.collect()))
}

/// One revision, when all of it is read.
struct Settled {
    report: Report,
    files: Vec<Asked>,
    described: HashMap<String, Vec<Held>>,
}

impl Settled {
    fn files(&self) -> HashMap<&str, &Asked> {
        self.files.iter().map(|asked| (asked.shown.as_str(), asked)).collect()
    }

    /// Gives a version the tensors that are in it.
    fn describe(&mut self, version: Option<&mut Version>) -> bool {
        let Some(version) = version else { return true };
        let Some(tensors) = self.described.remove(&version.path) else { return false };
        version.tensors = tensors;
        version.formats = vec![tensor_data::FORMAT.id];
        true
    }
}

/// What is asked for, and within what bounds.
struct Work<'a> {
    request: &'a Request,
    relation: Relation,
    options: &'a Options,
    deadline: Option<Instant>,
}

impl Work<'_> {
    fn concluded(&self, mut pairs: Vec<Pair>, mut old: Settled, mut new: Settled) -> Diff {
        pairs.sort_by(|a, b| a.path().cmp(b.path()));
        for pair in &mut pairs {
            let known = (old.describe(pair.old.as_mut()), new.describe(pair.new.as_mut()));
            if known == (true, true) {
                pair.described();
            }
        }
        let is_adapter = self.relation == Relation::Adapter;
        let renamed = if is_adapter { Default::default() } else { renames(&pairs) };
        let mut matched = findings(&old.report, &new.report, &pairs, &renamed.0);
        if is_adapter {
            matched.gone.clear();
        }
        let mut changes: Vec<Change> =
            pairs.iter_mut().flat_map(|pair| std::mem::take(&mut pair.changes)).collect();
        let whole = Whole {
            relation: self.relation,
            pairs: &pairs,
            findings: &matched,
            all_digests: self.request.all_digests,
            renamed: &renamed,
            files: [old.files(), new.files()],
            opened: RefCell::default(),
            options: self.options,
            deadline: self.deadline,
            unchanged_tensors: Cell::default(),
            missed: RefCell::default(),
            explained: RefCell::default(),
        };
        for section in SECTIONS {
            if let Check::Whole(check) = section.check {
                check(&whole, &mut changes);
            }
        }
        let known = Known::of_all([&old.report.known, &new.report.known].into_iter());
        for change in &mut changes {
            change.mask(&known);
        }
        in_order(&mut changes);
        let unchanged_tensors = whole.unchanged_tensors.get();
        let mut not_compared = whole.missed.into_inner();
        not_compared.extend(matching::missed(&pairs, &old.report, &new.report));
        not_compared.sort();
        not_compared.dedup();
        let files: Vec<FileDiff> =
            pairs.iter().filter_map(|pair| matching::file(pair, &renamed, self.relation)).collect();
        let mut notes = new.report.notes.clone();
        notes.extend(old.report.notes.iter().filter(|note| !new.report.notes.contains(note)).cloned());
        if is_adapter {
            notes.push("the new one is an adapter: it is held against the old one as its base".to_owned());
        }
        Diff {
            schema: SCHEMA,
            tool: Tool { name: "weighbridge", version: env!("CARGO_PKG_VERSION"), ruleset: ruleset() },
            relation: self.relation,
            totals: Totals::of(&changes, &files, unchanged_tensors, not_compared.len() as u64),
            changes,
            old: Side::of(&old.report),
            new: Side::of(&new.report),
            new_findings: matched.added,
            gone_findings: matched.gone,
            changed_findings: matched.changed,
            not_compared,
            notes,
            files,
            new_report: new.report,
            known,
        }
    }
}

/// The riskiest first, then by section and place.
fn in_order(changes: &mut [Change]) {
    let rank = |id: &str| SECTIONS.iter().position(|section| section.id == id);
    changes.sort_by(|a, b| {
        let key = |change: &Change| (std::cmp::Reverse(change.risk), rank(change.section));
        key(a).cmp(&key(b)).then_with(|| (&a.path, &a.member, a.kind).cmp(&(&b.path, &b.member, b.kind)))
    });
}
