//! From paths on disk to a report: finds the files, inspects them side by side, puts what was found together.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use globset::GlobSet;
use rayon::prelude::*;
use weighbridge_domain::Finding;
use weighbridge_domain::facts::{Coverage, Reading, What};

use crate::digest::digest;
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::{Budget, Limits};
use crate::report::{FileReport, NotInspected, Report};
use crate::rules;
use crate::walk::walk;

/// How to scan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bounds on the work.
    pub limits: Limits,
    /// Paths that are left out, matched against the path as reported.
    pub exclude: GlobSet,
    /// Compute digests, and check the checksums in archives.
    pub digests: bool,
    /// Keep every fact in the report.
    pub facts: bool,
    /// Files inspected at once; 0 for one a core.
    pub jobs: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { limits: Limits::default(), exclude: GlobSet::empty(), digests: true, facts: false, jobs: 0 }
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

/// A file that was asked for, directly or by its folder.
struct Asked {
    path: PathBuf,
    /// As reported: below what was asked for.
    shown: String,
    /// A link was followed to it.
    link: Option<(String, bool)>,
}

/// Something below a folder that cannot be opened as a file.
struct Odd {
    shown: String,
    why: String,
    link: Option<(String, bool)>,
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
        if alone { None } else { rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build().ok() };
    let outcomes: Vec<Outcome> = match pool {
        Some(pool) => pool.install(|| found.files.par_iter().with_max_len(1).map(inspect_one).collect()),
        None => found.files.iter().map(inspect_one).collect(),
    };
    conclude(outcomes, found, options)
}

/// What came of one file.
struct Outcome {
    report: FileReport,
    findings: Vec<Finding>,
    not_inspected: Vec<NotInspected>,
    parts: u64,
    /// Facts that rules over whole folders need.
    facts: Facts,
}

impl Outcome {
    /// Nothing is known about this file.
    fn unread(asked: &Asked) -> Self {
        let path = asked.shown.clone();
        let why = "its reader failed: a defect of Weighbridge, please report it".to_owned();
        let missed = NotInspected { path: path.clone(), member: String::new(), format: None, why };
        let (sha256, formats, parts, facts) = (None, Vec::new(), Vec::new(), Vec::new());
        let coverage = FileReport::NOT_INSPECTED;
        Self {
            report: FileReport { path, size: 0, sha256, formats, coverage, parts, facts },
            findings: Vec::new(),
            not_inspected: vec![missed],
            parts: 1,
            facts: Facts::default(),
        }
    }
}

fn conclude(outcomes: Vec<Outcome>, found: Found<'_>, options: &Options) -> Report {
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
        rules::judge_file(&odd.shown, &facts, &mut findings);
        not_inspected.push(NotInspected {
            path: odd.shown,
            member: String::new(),
            format: None,
            why: odd.why,
        });
    }
    for files in folders.values() {
        let files: Vec<(&str, &Facts)> = files.iter().map(|(path, facts)| (path.as_str(), facts)).collect();
        rules::judge_folder(&files, &mut findings);
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
    if files.is_empty() && not_inspected.is_empty() {
        let why = "no file was found there".to_owned();
        not_inspected.push(NotInspected { path: ".".to_owned(), member: String::new(), format: None, why });
    }
    Report::new(files, findings, not_inspected, notes, parts)
}

/// Files up to this size are read once into memory, hashed and inspected from there.
const SMALL: u64 = 1 << 20;

fn inspect_file(asked: &Asked, options: &Options, deadline: Option<Instant>, progress: &Progress) -> Outcome {
    let mut facts;
    let mut sha256 = None;
    let mut size = 0;
    match open(&asked.path) {
        Ok((file, before)) => {
            size = before.len();
            let mut budget = Budget::new(&options.limits, deadline);
            let behind = Input::new(std::sync::Arc::new(file), size.saturating_add(1));
            let mut input = behind.slice(0, size);
            if size <= SMALL
                && let Ok(bytes) = input.read(0, size)
            {
                input = Input::bytes(bytes);
            }
            facts = walk(&input, &asked.shown, &mut budget);
            if options.digests {
                match digest(&input, &mut facts, &budget, &progress.bytes_done) {
                    Ok(digest) => sha256 = Some(digest),
                    Err(fault) => facts.not_inspected_in(0, fault.to_string()),
                }
            } else {
                progress.bytes_done.fetch_add(size, Ordering::Relaxed);
            }
            if fs::metadata(&asked.path).map(|after| mark(&after)).ok() != Some(mark(&before)) {
                facts.not_inspected_in(0, "it changed while it was read; scan it again".to_owned());
                sha256 = None;
            } else if behind.read(size, 1).is_ok_and(|bytes| !bytes.is_empty()) {
                facts.not_inspected_in(0, format!("it has more than the {size} bytes that it says it has"));
                sha256 = None;
            }
        }
        Err(error) => {
            facts = walk(&Input::bytes(Vec::new()), "", &mut Budget::new(&options.limits, None));
            facts.not_inspected_in(0, format!("could not be read: {error}"));
        }
    }
    facts.note_link(asked.link.as_ref());

    let mut findings = Vec::new();
    rules::judge_file(&asked.shown, &facts, &mut findings);
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
    };
    let parts = facts.readings.len() as u64;
    facts.thin();
    Outcome { report, findings, not_inspected, parts, facts }
}

/// Parts listed for one file.
const MOST_PARTS: usize = 10_000;

impl Facts {
    /// Keeps only what rules over whole folders look at.
    fn thin(&mut self) {
        self.facts.retain(|fact| {
            let outer = self.readings.get(fact.reading).is_some_and(|reading| reading.member.is_empty());
            let total = matches!(&fact.what, What::Metadata { key, .. } if key == "total_size");
            outer && (total || matches!(fact.what, What::Tensor(_) | What::Shard { .. } | What::Split { .. }))
        });
        self.facts.shrink_to_fit();
    }

    fn note_link(&mut self, link: Option<&(String, bool)>) {
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

/// Opens a regular file without waiting for a writer and without following a link that was put there meanwhile.
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

/// What changes when a file changes.
fn mark(metadata: &Metadata) -> (u64, Option<std::time::SystemTime>, u64) {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    (metadata.len(), metadata.modified().ok(), inode)
}

fn kind_of(metadata: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "it is a pipe, not a file";
        }
        if kind.is_socket() {
            return "it is a socket, not a file";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "it is a device, not a file";
        }
    }
    if metadata.is_dir() { "it is a folder, not a file" } else { "it is not a regular file" }
}

/// What every path that was asked for is called in the report: one path by its last part, several by what they do not
/// have in common.
fn named(paths: &[PathBuf]) -> Vec<(PathBuf, String)> {
    if let [path] = paths {
        let name = fs::metadata(path).ok().filter(|found| !found.is_dir()).and_then(|_| path.file_name());
        return vec![(path.clone(), name.map_or_else(String::new, |name| shown(Path::new(name))))];
    }
    let whole: Vec<PathBuf> = paths.iter().map(|path| straightened(path)).collect();
    let mut common = whole.first().and_then(|path| path.parent()).map(Path::to_owned).unwrap_or_default();
    for path in &whole {
        while !path.parent().is_some_and(|parent| parent.starts_with(&common)) && common.pop() {}
    }
    let name = |path: &PathBuf| shown(path.strip_prefix(&common).unwrap_or(path));
    paths.iter().cloned().zip(whole.iter().map(name)).collect()
}

/// The path from the root, without `.` and `..`.
fn straightened(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}

/// The files that are to be inspected, and what else was found.
struct Found<'a> {
    files: Vec<Asked>,
    odd: Vec<Odd>,
    excluded: u64,
    seen: HashSet<PathBuf>,
    options: &'a Options,
    deadline: Option<Instant>,
    progress: &'a Progress,
}

impl<'a> Found<'a> {
    fn new(options: &'a Options, deadline: Option<Instant>, progress: &'a Progress) -> Self {
        let (files, odd, seen) = (Vec::new(), Vec::new(), HashSet::new());
        Self { files, odd, excluded: 0, seen, options, deadline, progress }
    }

    /// Adds a path that was asked for: a file, or all files below a folder.
    fn add(&mut self, root: &Path, name: &str) {
        match fs::metadata(root) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(root, name),
            Ok(_) if self.leaves_out(name) => {}
            Ok(metadata) => self.add_file(root.to_owned(), name.to_owned(), &metadata, None),
            Err(error) => self.add_odd(shown(root), format!("could not be read: {error}"), None),
        }
    }

    /// Puts what was found in order; what was asked for twice is there once.
    fn settle(&mut self) {
        self.files.sort_by(|a, b| a.shown.cmp(&b.shown));
        self.files.dedup_by(|a, b| a.shown == b.shown);
        self.odd.sort_by(|a, b| a.shown.cmp(&b.shown));
        self.odd.dedup_by(|a, b| a.shown == b.shown);
    }

    fn leaves_out(&mut self, shown: &str) -> bool {
        let leaves_out = self.options.exclude.is_match(shown);
        self.excluded = self.excluded.saturating_add(u64::from(leaves_out));
        leaves_out
    }

    fn add_odd(&mut self, shown: String, why: String, link: Option<(String, bool)>) {
        self.odd.push(Odd { shown, why, link });
    }

    fn add_file(&mut self, path: PathBuf, shown: String, metadata: &Metadata, link: Option<(String, bool)>) {
        if !metadata.is_file() {
            return self.add_odd(shown, kind_of(metadata).to_owned(), link);
        }
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(metadata.len(), Ordering::Relaxed);
        self.files.push(Asked { path, shown, link });
    }

    /// All files below a folder. Links to files are followed and noted; links to folders are not followed.
    fn add_folder(&mut self, root: &Path, name: &str) {
        let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        if !self.seen.insert(real_root.clone()) {
            return;
        }
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let unlisted = |error: io::Error| format!("could not be listed: {error}");
            if let Err(fault) = Budget::new(&self.options.limits, self.deadline).tick() {
                self.add_odd(below(&folder, root, name), format!("not listed: {fault}"), None);
                continue;
            }
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.add_odd(below(&folder, root, name), unlisted(error), None);
                    continue;
                }
            };
            for entry in entries {
                let path = match entry {
                    Ok(entry) => entry.path(),
                    Err(error) => {
                        self.add_odd(below(&folder, root, name), unlisted(error), None);
                        continue;
                    }
                };
                let shown = below(&path, root, name);
                if self.leaves_out(&shown) {
                    continue;
                }
                match fs::symlink_metadata(&path) {
                    Ok(metadata) if metadata.is_dir() => folders.push(path),
                    Ok(metadata) if metadata.is_symlink() => self.add_link(&path, shown, &real_root),
                    Ok(metadata) => self.add_file(path, shown, &metadata, None),
                    Err(error) => self.add_odd(shown, format!("could not be read: {error}"), None),
                }
            }
        }
    }

    fn add_link(&mut self, path: &Path, shown_path: String, root: &Path) {
        let target = fs::read_link(path).map(|target| shown(&target)).unwrap_or_default();
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                let why = format!("a link that leads nowhere: {error}");
                return self.add_odd(shown_path, why, Some((target, false)));
            }
        };
        let escapes = !real.starts_with(root) && !is_hub_cache(root, &real);
        let link = Some((target, escapes));
        match fs::metadata(&real) {
            Ok(metadata) if metadata.is_dir() && real.starts_with(root) => {
                // Its files are seen where they are.
            }
            Ok(metadata) if metadata.is_dir() => {
                let why = "a link to a folder elsewhere; links to folders are not followed".to_owned();
                self.add_odd(shown_path, why, link);
            }
            Ok(metadata) => self.add_file(real, shown_path, &metadata, link),
            Err(error) => self.add_odd(shown_path, format!("could not be read: {error}"), link),
        }
    }
}

/// The layout of the hub's cache: `…/snapshots/<revision>/file` links to `…/blobs/<digest>` of the same repository.
fn is_hub_cache(root: &Path, target: &Path) -> bool {
    let repository = root.ancestors().find(|folder| folder.ends_with("snapshots")).and_then(Path::parent);
    repository
        .is_some_and(|repository| target.parent().is_some_and(|parent| parent == repository.join("blobs")))
}

/// A path below `root` as reported, where `root` itself is called `name`.
fn below(path: &Path, root: &Path, name: &str) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    match (name.is_empty(), below.as_os_str().is_empty()) {
        (true, true) => ".".to_owned(),
        (false, true) => name.to_owned(),
        (true, false) => shown(below),
        (false, false) => format!("{name}/{}", shown(below)),
    }
}

/// A path as reported: `/` between its parts, bytes that are not UTF-8 as `\xNN`, nothing that steers a terminal.
fn shown(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(&crate::text::shown(chunk.valid(), 4096));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if std::path::MAIN_SEPARATOR == '\\' { out.replace('\\', "/") } else { out }
}
