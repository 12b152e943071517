//! The paths that were asked for as a list of files, each with the name it has in the report.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Options, Progress};
use crate::limits::Budget;
use crate::text;

/// A file that was asked for, directly or by its folder.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: PathBuf,
    /// As reported: below what was asked for.
    pub(crate) shown: String,
    /// A link was followed to it.
    pub(crate) link: Option<(String, bool)>,
}

/// Something below a folder that cannot be opened as a file.
pub(crate) struct Odd {
    pub(crate) shown: String,
    pub(crate) why: String,
    pub(crate) link: Option<(String, bool)>,
}

/// What every path that was asked for is called in the report: one path by its last part, several by what they do not
/// have in common.
pub(crate) fn named(paths: &[PathBuf]) -> Vec<(PathBuf, String)> {
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
pub(crate) struct Found<'a> {
    pub(crate) files: Vec<Asked>,
    pub(crate) odd: Vec<Odd>,
    pub(crate) excluded: u64,
    /// Numbers of the patterns that matched.
    pub(crate) used: BTreeSet<usize>,
    seen: HashSet<PathBuf>,
    options: &'a Options,
    deadline: Option<Instant>,
    progress: &'a Progress,
}

impl<'a> Found<'a> {
    pub(crate) fn new(options: &'a Options, deadline: Option<Instant>, progress: &'a Progress) -> Self {
        let (files, odd, seen) = (Vec::new(), Vec::new(), HashSet::new());
        Self { files, odd, excluded: 0, used: BTreeSet::new(), seen, options, deadline, progress }
    }

    /// Adds a path that was asked for: a file, or all files below a folder.
    pub(crate) fn add(&mut self, root: &Path, name: &str) {
        match fs::metadata(root) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(root, name),
            Ok(_) if self.leaves_out(name) => {}
            Ok(metadata) => {
                let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
                self.add_file(real, name.to_owned(), &metadata, None);
            }
            Err(error) => self.add_odd(shown(root), format!("could not be read: {error}"), None),
        }
    }

    /// Puts what was found in order; what was asked for twice is there once.
    pub(crate) fn settle(&mut self) {
        self.files.sort_by(|a, b| a.shown.cmp(&b.shown));
        self.files.dedup_by(|a, b| a.shown == b.shown);
        self.odd.sort_by(|a, b| a.shown.cmp(&b.shown));
        self.odd.dedup_by(|a, b| a.shown == b.shown);
    }

    fn leaves_out(&mut self, shown: &str) -> bool {
        let patterns = self.options.exclude.matches(shown);
        self.excluded = self.excluded.saturating_add(u64::from(!patterns.is_empty()));
        self.used.extend(&patterns);
        !patterns.is_empty()
    }

    fn add_odd(&mut self, shown: String, why: String, link: Option<(String, bool)>) {
        self.odd.push(Odd { shown, why, link });
    }

    fn add_file(&mut self, path: PathBuf, shown: String, metadata: &Metadata, link: Option<(String, bool)>) {
        if !metadata.is_file() {
            return self.add_odd(shown, kind_of(metadata).to_owned(), link);
        }
        let is_written = |written: &PathBuf| {
            written.file_name() == path.file_name() && path.canonicalize().is_ok_and(|path| path == *written)
        };
        if self.options.written.iter().any(is_written) {
            return;
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

/// A path as reported: `/` between its parts, bytes that are not UTF-8 as `\xNN`, nothing that steers a terminal. No two
/// paths are shown as one.
pub(super) fn shown(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        // A backslash would look like the beginning of an escape.
        let parts = chunk.valid().split(if cfg!(windows) { '\0' } else { '\\' });
        let parts: Vec<String> = parts.map(|part| text::shown(part, 4096)).collect();
        out.push_str(&parts.join("\\u{5c}"));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if std::path::MAIN_SEPARATOR == '\\' { out.replace('\\', "/") } else { out }
}

pub(crate) fn kind_of(metadata: &Metadata) -> &'static str {
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
