//! From paths on disk to a report: finds the files, inspects them side by side, puts what was found together.

pub(crate) mod find;
pub(crate) mod side;

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use globset::GlobSet;
use rayon::prelude::*;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Coverage, Reading, Weights, What};
use weighbridge_domain::{Digest, Finding};

use self::find::{Asked, Found, kind_of, named};
use crate::bill::Sheet;
use crate::digest::digest;
use crate::facts::Facts;
use crate::formats::oci::promised_digest;
use crate::input::Input;
use crate::limits::{Budget, Fault, Limits};
use crate::report::{FileReport, NotInspected, Report};
use crate::rules;
use crate::rules::image_blob_mismatch::DIGEST;
use crate::secrets::Known;
use crate::walk::{walk, walk_keeping};
use crate::weights::Weighing;

/// How to scan.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Options {
    /// Bounds on the work.
    pub limits: Limits,
    /// Paths that are left out, matched against the path as reported.
    pub exclude: GlobSet,
    /// Compute digests, and check the checksums in archives.
    pub digests: bool,
    /// Read the numbers in tensors.
    pub weights: bool,
    /// Keep every fact in the report.
    pub facts: bool,
    /// Keep what a bill of material is made from.
    pub bill: bool,
    /// Files inspected at once; 0 for one a core.
    pub jobs: usize,
    /// Files that this scan itself will write, as canonical paths; they are left out.
    pub written: Vec<PathBuf>,
    /// The key under which digests of secrets are told; without one there are none.
    pub secret_key: Option<std::sync::Arc<crate::secrets::Key>>,
    /// Rules of YARA that are run over every file and what is in it.
    pub yara: Option<std::sync::Arc<crate::yara::Rules>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            exclude: GlobSet::empty(),
            digests: true,
            weights: false,
            facts: false,
            bill: false,
            jobs: 0,
            written: Vec::new(),
            secret_key: None,
            yara: None,
        }
    }
}

/// How far a scan is; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files found so far.
    pub files: AtomicU64,
    /// Bytes in them.
    pub bytes: AtomicU64,
    /// Files done.
    pub files_done: AtomicU64,
    /// Bytes read.
    pub bytes_done: AtomicU64,
}

/// Scans files and folders.
pub fn scan(paths: &[PathBuf], options: &Options, progress: &Progress) -> Report {
    let deadline = options.limits.time.and_then(|time| Instant::now().checked_add(time));
    let mut found = Found::new(options, deadline, progress);
    for (path, name) in named(paths) {
        found.add(&path, &name);
    }
    found.settle();
    let inspect_one = |asked: &Asked| {
        // Readers do not panic. Should one, or a library below it, then only its file goes unread, and the report says so.
        let guarded = AssertUnwindSafe(|| inspect_file(asked, options, deadline, progress));
        let outcome = catch_unwind(guarded).unwrap_or_else(|_| Outcome::unread(asked));
        progress.files_done.fetch_add(1, Ordering::Relaxed);
        outcome
    };
    let alone = options.jobs == 1 || found.files.len() < 2;
    let pool =
        if alone { None } else { rayon::ThreadPoolBuilder::new().num_threads(threads(options)).build().ok() };
    let mut outcomes: Vec<Outcome> = match pool {
        Some(pool) => pool.install(|| found.files.par_iter().with_max_len(1).map(inspect_one).collect()),
        None => found.files.iter().map(inspect_one).collect(),
    };
    side::inspect(&mut outcomes, &found.files, options, deadline);
    let weighed = Weighed::of_all(&outcomes);
    let mut report = conclude(outcomes, found, options);
    report.notes.extend(weighed.note(options));
    report.asked = paths.iter().map(|path| crate::text::shown(&find::shown(path), 300)).collect();
    report
}

/// Files inspected at once for each core, at most: whatever is asked for, there is no use in more.
const MOST_JOBS: usize = 4;

fn threads(options: &Options) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    options.jobs.min(cores.saturating_mul(MOST_JOBS))
}

/// What came of one file.
pub(crate) struct Outcome {
    pub(crate) report: FileReport,
    findings: Vec<Finding>,
    not_inspected: Vec<NotInspected>,
    parts: u64,
    /// Facts that rules over whole folders need.
    pub(crate) facts: Facts,
    weighed: Weighed,
    /// What changes when the file changes.
    mark: Option<Mark>,
}

impl Outcome {
    /// What follows from the facts about a file of this size, digest and mark.
    pub(crate) fn of(
        asked: &Asked,
        mut facts: Facts,
        (size, sha256, mark): (u64, Option<Digest>, Option<Mark>),
        options: &Options,
    ) -> Self {
        let mut findings = Vec::new();
        facts.known.remember(asked.shown.as_bytes());
        rules::judge_file(&asked.shown, &mut facts, &mut findings);
        let not_inspected = facts
            .readings
            .iter()
            .filter_map(|reading| match &reading.coverage {
                Coverage::NotInspected { why } => Some(NotInspected {
                    path: asked.shown.clone(),
                    member: crate::text::shown(&reading.member, 1024),
                    format: reading.format,
                    why: crate::text::shown(why, 400),
                }),
                _ => None,
            })
            .collect();
        // Facts name their reading by its number, so then all are listed.
        let listed = |reading: &Reading| options.facts || !reading.member.is_empty();
        let report = FileReport {
            path: asked.shown.clone(),
            size,
            sha256,
            formats: facts.readings.iter().filter(|r| r.member.is_empty()).filter_map(|r| r.format).collect(),
            coverage: FileReport::coverage_of(&facts.readings),
            parts: facts.readings.iter().filter(|r| listed(r)).take(MOST_PARTS).cloned().collect(),
            facts: if options.facts { facts.facts.clone() } else { Vec::new() },
            sheet: options.bill.then(|| Box::new(Sheet::of(&asked.shown, &facts))),
        };
        let parts = facts.readings.len() as u64;
        let weighed = Weighed::of(&facts);
        facts.thin();
        Self { report, findings, not_inspected, parts, facts, weighed, mark }
    }

    /// Nothing is known about this file.
    pub(crate) fn unread(asked: &Asked) -> Self {
        let path = asked.shown.clone();
        let why = "its reader failed: a defect of Weighbridge, please report it".to_owned();
        let missed = NotInspected { path: path.clone(), member: String::new(), format: None, why };
        let (sha256, formats, parts, facts) = (None, Vec::new(), Vec::new(), Vec::new());
        let coverage = FileReport::NOT_INSPECTED;
        Self {
            report: FileReport { path, size: 0, sha256, formats, coverage, parts, facts, sheet: None },
            findings: Vec::new(),
            not_inspected: vec![missed],
            parts: 1,
            facts: Facts::default(),
            weighed: Weighed::default(),
            mark: None,
        }
    }
}

pub(crate) fn conclude(outcomes: Vec<Outcome>, found: Found<'_>, options: &Options) -> Report {
    let (mut files, mut findings, mut not_inspected) = (Vec::new(), Vec::new(), Vec::new());
    let mut parts = 0_u64;
    let mut folders: BTreeMap<String, Vec<(String, Facts)>> = BTreeMap::new();
    for outcome in outcomes {
        parts = parts.saturating_add(outcome.parts);
        findings.extend(outcome.findings);
        not_inspected.extend(outcome.not_inspected);
        let path = outcome.report.path.clone();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        folders.entry(folder).or_default().push((path, outcome.facts));
        files.push(outcome.report);
    }
    for odd in found.odd {
        let mut facts = Facts::default();
        facts.note_link(odd.link.as_ref());
        rules::judge_file(&odd.shown, &mut facts, &mut findings);
        not_inspected.push(NotInspected {
            path: odd.shown,
            member: String::new(),
            format: None,
            why: odd.why,
        });
    }
    let all: BTreeMap<&str, &Facts> =
        folders.values().flatten().map(|(path, facts)| (path.as_str(), facts)).collect();
    rules::judge_scan(&all, &mut findings);
    let known = Known::of_all(all.values().map(|facts| &facts.known));
    for files in folders.values() {
        let files: Vec<(&str, &Facts)> = files.iter().map(|(path, facts)| (path.as_str(), facts)).collect();
        rules::judge_folder(&files, &mut findings);
    }
    if let Some(late) = all.values().find(|facts| facts.clock.is_stopped())
        && (not_inspected.is_empty() || files.len() > 1)
    {
        let why = format!("the files were not wholly compared with each other: {}", late.clock.fault());
        not_inspected.push(NotInspected { path: ".".to_owned(), member: String::new(), format: None, why });
    }
    let mut notes = Vec::new();
    if !options.digests {
        notes.push("digests were switched off: checksums in archives were not checked".to_owned());
    }
    if found.excluded > 0 {
        notes.push(format!(
            "{} left out, as asked for by --exclude",
            crate::text::count(found.excluded, "path")
        ));
    }
    for unused in (0..options.exclude.len()).filter(|number| !found.used.contains(number)) {
        let number = unused.saturating_add(1);
        notes.push(format!(
            "pattern {number} of --exclude matched nothing; patterns are compared with paths as they stand in this report"
        ));
    }
    if files.is_empty() && not_inspected.is_empty() {
        let why = "no file was found there".to_owned();
        not_inspected.push(NotInspected { path: ".".to_owned(), member: String::new(), format: None, why });
    }
    Report { excluded: found.excluded, known, ..Report::new(files, findings, not_inspected, notes, parts) }
}

/// Files up to this size are read once into memory, hashed and inspected from there.
const SMALL: u64 = 1 << 20;

/// A file that is open, and how it was when it was opened.
pub(crate) struct Opened {
    pub(crate) input: Input,
    behind: Input,
    pub(crate) size: u64,
    pub(crate) mark: Mark,
}

impl Opened {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let (file, before) = open(path)?;
        let size = before.len();
        let behind = Input::new(std::sync::Arc::new(file), size.saturating_add(1));
        let mut input = behind.slice(0, size);
        if size <= SMALL
            && let Ok(bytes) = input.read(0, size)
        {
            input = Input::bytes(bytes);
        }
        Ok(Self { input, behind, size, mark: mark(&before) })
    }

    /// Why what was read is not what the file holds, when it is so.
    pub(crate) fn changed(&self, path: &Path) -> Option<String> {
        if fs::symlink_metadata(path).map(|after| mark(&after)).ok() != Some(self.mark) {
            Some("it changed while it was read; scan it again".to_owned())
        } else if self.behind.read(self.size, 1).is_ok_and(|bytes| !bytes.is_empty()) {
            Some(format!("it has more than the {} bytes that it says it has", self.size))
        } else {
            None
        }
    }
}

fn inspect_file(asked: &Asked, options: &Options, deadline: Option<Instant>, progress: &Progress) -> Outcome {
    let opened = match Opened::new(&asked.path) {
        Ok(opened) => opened,
        Err(error) => return Outcome::unreadable(asked, &error, options),
    };
    let mut budget = Budget::new(&options.limits, deadline).with_key(options.secret_key.as_ref());
    let (mut facts, mut weighing) = if options.weights || options.yara.is_some() {
        let (mut facts, inputs) = walk_keeping(&opened.input, &asked.shown, &mut budget);
        if let Some(rules) = &options.yara {
            rules.run(&mut facts, &inputs, &mut budget);
        }
        let weighing = options.weights.then(|| Weighing::new(&facts, &inputs, &opened.input));
        (facts, weighing)
    } else {
        (walk(&opened.input, &asked.shown, &mut budget), None)
    };
    let digest = options
        .digests
        .then(|| digest(&opened.input, &mut facts, &budget, &progress.bytes_done, weighing.as_mut()));
    if let Some(weighing) = weighing {
        facts.weigh(weighing, &budget);
    }
    if digest.is_none() {
        progress.bytes_done.fetch_add(opened.size, Ordering::Relaxed);
    }
    let sha256 = facts.settle(asked, &opened, digest);
    facts.note_link(asked.link.as_ref());
    Outcome::of(asked, facts, (opened.size, sha256, Some(opened.mark)), options)
}

impl Outcome {
    /// The file could not be opened.
    pub(crate) fn unreadable(asked: &Asked, error: &io::Error, options: &Options) -> Self {
        let mut facts = walk(&Input::bytes(Vec::new()), "", &mut Budget::new(&options.limits, None));
        facts.not_inspected_in(0, format!("could not be read: {error}"));
        facts.note_link(asked.link.as_ref());
        Self::of(asked, facts, (0, None, None), options)
    }
}

/// Parts listed for one file.
const MOST_PARTS: usize = 10_000;

/// Settings that rules over whole folders look at are those of adapters, models and pipelines.
fn is_of_folders(reading: Option<&Reading>) -> bool {
    reading.is_some_and(|reading| {
        matches!(reading.format, Some("adapter-config" | "model-config" | "pipeline-index"))
    })
}

/// What was done about the numbers in tensors.
#[derive(Debug, Clone, Copy, Default)]
struct Weighed {
    /// Tensors that there are.
    tensors: u64,
    read: u64,
    bytes: u64,
    others: u64,
}

impl Weighed {
    fn of(facts: &Facts) -> Self {
        let mut weighed = Self::default();
        for fact in &facts.facts {
            match &fact.what {
                What::Tensor(_) => weighed.tensors += 1,
                What::Weights(Weights::Read { tensors, bytes, others, .. }) => {
                    weighed.read += tensors;
                    weighed.bytes += bytes;
                    weighed.others += others;
                }
                _ => {}
            }
        }
        weighed
    }

    fn of_all(outcomes: &[Outcome]) -> Self {
        outcomes.iter().fold(Self::default(), |sum, Outcome { weighed, .. }| Self {
            tensors: sum.tensors + weighed.tensors,
            read: sum.read + weighed.read,
            bytes: sum.bytes.saturating_add(weighed.bytes),
            others: sum.others + weighed.others,
        })
    }

    fn note(self, options: &Options) -> Option<String> {
        let Self { tensors, read, bytes, others } = self;
        let count = |count| crate::text::count(count, "tensor");
        if tensors == 0 {
            return None;
        } else if !options.weights {
            return Some("the numbers in tensors were not read; --weights reads them".to_owned());
        }
        let mut note = format!("the numbers of {} ({}) were read", count(read), crate::text::bytes(bytes));
        if others > 0 {
            let why = "quantised, of another type, or not lying there as they are";
            note.push_str(&format!("; those of {} were not: {why}", count(others)));
        }
        Some(note)
    }
}

impl Facts {
    /// Notes what the numbers in tensors show.
    pub(crate) fn weigh(&mut self, weighing: Weighing, budget: &Budget) {
        if let Err(fault) = weighing.finish(self, budget) {
            self.not_inspected_in(0, format!("not all numbers in its tensors were read: {fault}"));
        }
    }

    /// Keeps only what rules over whole folders look at.
    fn thin(&mut self) {
        self.facts.retain(|fact| {
            let outer = self.readings.get(fact.reading).is_some_and(|reading| reading.member.is_empty());
            let total = matches!(&fact.what, What::Metadata { key, .. } if key == "total_size" || key.ends_with(".block_count"));
            let named = matches!(
                fact.what,
                What::ExternalTensor(_)
                    | What::Package(_)
                    | What::Card(_)
                    | What::Licence(_)
                    | What::Vocabulary { .. }
                    | What::Reference(_)
                    | What::Setting { .. }
                    | What::Tensor(_)
                    | What::Shard { .. }
                    | What::Split { .. }
            );
            let setting = matches!(fact.what, What::Setting { .. });
            let disagrees = matches!(&fact.what, What::Problem(problem) if problem.kind == Kind::Disagreement);
            outer && (total || disagrees || named && (!setting || is_of_folders(self.readings.get(fact.reading))))
        });
        self.facts.shrink_to_fit();
    }

    /// Notes what reading all bytes of a file showed. Its digest, when the file still holds what was read.
    pub(crate) fn settle(
        &mut self,
        asked: &Asked,
        opened: &Opened,
        digest: Option<Result<Digest, Fault>>,
    ) -> Option<Digest> {
        let mut sha256 = None;
        match digest {
            Some(Ok(digest)) => {
                self.note_promise(&asked.shown, &digest.to_string());
                sha256 = Some(digest);
            }
            Some(Err(fault)) => self.not_inspected_in(0, fault.to_string()),
            None => {}
        }
        if let Some(why) = opened.changed(&asked.path) {
            self.not_inspected_in(0, why);
            sha256 = None;
        }
        sha256
    }

    /// In an image layout, the name of a file is its digest.
    fn note_promise(&mut self, path: &str, digest: &str) {
        if promised_digest(path).is_some_and(|promised| promised != digest) {
            let (key, value) = (DIGEST.to_owned(), digest.to_owned());
            self.push_to(0, None, What::Metadata { key, value });
        }
    }

    pub(crate) fn note_link(&mut self, link: Option<&(String, bool)>) {
        if let Some((target, escapes)) = link {
            if self.readings.is_empty() {
                self.readings.push(Reading {
                    member: std::sync::Arc::from(""),
                    format: None,
                    size: 0,
                    coverage: Coverage::Inert,
                });
            }
            self.push_to(0, None, What::Link { target: target.clone(), escapes: *escapes });
        }
    }
}

/// Opens a regular file without waiting for a writer. A link that was put there meanwhile shows as a change.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        const O_NONBLOCK: i32 = 0o4000;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, O_NONBLOCK);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, kind_of(&metadata)));
    }
    Ok((file, metadata))
}

/// Length, time and number of a file.
pub(crate) type Mark = (u64, Option<std::time::SystemTime>, u64);

/// What changes when a file changes.
fn mark(metadata: &Metadata) -> Mark {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    (metadata.len(), metadata.modified().ok(), inode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_threads_are_started_than_are_of_use() {
        let threads = |jobs| threads(&Options { jobs, ..Options::default() });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!((threads(0), threads(1), threads(9999)), (0, 1, cores * MOST_JOBS));
    }
}
