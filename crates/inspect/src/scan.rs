//! From paths on disk to a report: finds the files, inspects them side by side, puts what was found together.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use globset::GlobSet;
use rayon::prelude::*;
use weighbridge_domain::Finding;
use weighbridge_domain::facts::{Coverage, What};

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
    let mut found = Found::default();
    for path in paths {
        found.add(path, &options.exclude, progress);
    }
    let deadline = options.limits.time.map(|time| Instant::now() + time);
    let inspect_one = |asked: &Asked| {
        let outcome = inspect_file(asked, options, deadline, progress);
        progress.files_done.fetch_add(1, Ordering::Relaxed);
        outcome
    };
    let outcomes: Vec<Outcome> = match rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build() {
        Ok(pool) => pool.install(|| found.files.par_iter().with_max_len(1).map(inspect_one).collect()),
        Err(_) => found.files.iter().map(inspect_one).collect(),
    };
    conclude(outcomes, found.odd, options)
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

fn conclude(outcomes: Vec<Outcome>, odd_ones: Vec<Odd>, options: &Options) -> Report {
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
    for odd in odd_ones {
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
            let mut input = Input::new(std::sync::Arc::new(file), size);
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
    let report = FileReport {
        path: asked.shown.clone(),
        size,
        sha256,
        formats: facts.readings.iter().filter(|r| r.member.is_empty()).filter_map(|r| r.format).collect(),
        coverage: FileReport::coverage_of(&facts.readings),
        parts: facts.readings.iter().filter(|r| !r.member.is_empty()).take(MOST_PARTS).cloned().collect(),
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
            outer && matches!(fact.what, What::Tensor(_) | What::Shard { .. } | What::Split { .. })
        });
        self.facts.shrink_to_fit();
    }

    fn note_link(&mut self, link: Option<&(String, bool)>) {
        if let Some((target, escapes)) = link {
            if self.readings.is_empty() {
                self.readings.push(weighbridge_domain::facts::Reading {
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

#[derive(Default)]
struct Found {
    files: Vec<Asked>,
    odd: Vec<Odd>,
    seen: HashSet<PathBuf>,
}

impl Found {
    /// Adds a path that was asked for: a file, or all files below a folder.
    fn add(&mut self, root: &Path, exclude: &GlobSet, progress: &Progress) {
        match fs::metadata(root) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(root, exclude, progress),
            Ok(metadata) => {
                let shown = root.file_name().map_or_else(|| shown(root), |name| shown(Path::new(name)));
                self.add_file(root.to_owned(), shown, &metadata, None, progress);
            }
            Err(error) => {
                self.odd.push(Odd {
                    shown: shown(root),
                    why: format!("could not be read: {error}"),
                    link: None,
                });
            }
        }
    }

    fn add_file(
        &mut self,
        path: PathBuf,
        shown: String,
        metadata: &Metadata,
        link: Option<(String, bool)>,
        progress: &Progress,
    ) {
        if !metadata.is_file() {
            self.odd.push(Odd { shown, why: kind_of(metadata).to_owned(), link });
            return;
        }
        progress.files.fetch_add(1, Ordering::Relaxed);
        progress.bytes.fetch_add(metadata.len(), Ordering::Relaxed);
        self.files.push(Asked { path, shown, link });
    }

    /// All files below a folder. Links to files are followed and noted; links to folders are not followed.
    fn add_folder(&mut self, root: &Path, exclude: &GlobSet, progress: &Progress) {
        let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        if !self.seen.insert(real_root.clone()) {
            return;
        }
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    let shown = below(&folder, root);
                    self.odd.push(Odd { shown, why: format!("could not be listed: {error}"), link: None });
                    continue;
                }
            };
            for entry in entries {
                let path = match entry {
                    Ok(entry) => entry.path(),
                    Err(error) => {
                        let shown = below(&folder, root);
                        self.odd.push(Odd {
                            shown,
                            why: format!("could not be listed: {error}"),
                            link: None,
                        });
                        continue;
                    }
                };
                let shown = below(&path, root);
                if exclude.is_match(&shown) {
                    continue;
                }
                match fs::symlink_metadata(&path) {
                    Ok(metadata) if metadata.is_dir() => folders.push(path),
                    Ok(metadata) if metadata.is_symlink() => {
                        self.add_link(&path, shown, &real_root, progress);
                    }
                    Ok(metadata) => self.add_file(path, shown, &metadata, None, progress),
                    Err(error) => {
                        self.odd.push(Odd { shown, why: format!("could not be read: {error}"), link: None });
                    }
                }
            }
        }
    }

    fn add_link(&mut self, path: &Path, shown_path: String, root: &Path, progress: &Progress) {
        let target = fs::read_link(path).map(|target| shown(&target)).unwrap_or_default();
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                let why = format!("a link that leads nowhere: {error}");
                self.odd.push(Odd { shown: shown_path, why, link: Some((target, false)) });
                return;
            }
        };
        let escapes = !real.starts_with(root) && !is_hub_cache(root, &real);
        match fs::metadata(&real) {
            Ok(metadata) if metadata.is_dir() && real.starts_with(root) => {
                // Its files are seen where they are.
            }
            Ok(metadata) if metadata.is_dir() => {
                let why = "a link to a folder elsewhere; links to folders are not followed".to_owned();
                self.odd.push(Odd { shown: shown_path, why, link: Some((target, escapes)) });
            }
            Ok(metadata) => self.add_file(real, shown_path, &metadata, Some((target, escapes)), progress),
            Err(error) => {
                let why = format!("could not be read: {error}");
                self.odd.push(Odd { shown: shown_path, why, link: Some((target, escapes)) });
            }
        }
    }
}

/// The layout of the hub's cache: `…/snapshots/<revision>/file` links to `…/blobs/<digest>` of the same repository.
fn is_hub_cache(root: &Path, target: &Path) -> bool {
    let repository = root.ancestors().find(|folder| folder.ends_with("snapshots")).and_then(Path::parent);
    repository
        .is_some_and(|repository| target.parent().is_some_and(|parent| parent == repository.join("blobs")))
}

fn below(path: &Path, root: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    if below.as_os_str().is_empty() { ".".to_owned() } else { shown(below) }
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
