//! From paths on disk to a report: finds the files, inspects them side by side, puts what was found together.

pub(crate) mod find;
mod opened;
mod outcome;
pub(crate) mod side;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use globset::GlobSet;
use rayon::prelude::*;
use weighbridge_domain::Digest;
use weighbridge_domain::facts::{Coverage, Reading, What};

use self::find::{Asked, Found, named};
pub(crate) use self::opened::{Mark, Opened};
pub(crate) use self::outcome::Outcome;
use self::outcome::Weighed;
use crate::digest::digest;
use crate::facts::Facts;
use crate::formats::oci::promised_digest;
use crate::limits::{Budget, Fault, Limits};
use crate::report::{NotInspected, Report};
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

impl Facts {
    /// Notes what the numbers in tensors show.
    pub(crate) fn weigh(&mut self, weighing: Weighing, budget: &Budget) {
        if let Err(fault) = weighing.finish(self, budget) {
            self.not_inspected_in(0, format!("not all numbers in its tensors were read: {fault}"));
        }
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
                self.note_promise(&asked.shown, digest);
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
    fn note_promise(&mut self, path: &str, digest: Digest) {
        if promised_digest(path).is_some_and(|promised| promised.parse() != Ok(digest)) {
            let (key, value) = (DIGEST.to_owned(), digest.to_string());
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
