//! Rules of YARA that are brought along with `--yara`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weighbridge_inspect::samples;
use weighbridge_inspect::yara::{AVAILABLE, Rules, Source};

use super::exceptions;
use crate::command_line::Scan;
use crate::failure::Failure;

/// Bytes of one file of rules.
const LONGEST: u64 = 64 << 20;
/// Files of rules.
const MOST: usize = 20_000;
/// Folders in folders of rules.
const DEEPEST: usize = 16;

/// The rules that are asked for, ready to run, and what is said of them in the report.
pub(crate) fn rules(arguments: &Scan) -> Result<Option<(Arc<Rules>, String)>, Failure> {
    if arguments.yara.is_empty() {
        return Ok(if arguments.learn.demo && AVAILABLE { Some(of_demo()?) } else { None });
    }
    if !AVAILABLE {
        return Err(Failure::new(
            "this build cannot run rules of YARA, and nothing was scanned",
            "build one that can: cargo build --release --features yara",
        ));
    }
    let mut paths = Vec::new();
    for path in &arguments.yara {
        find(path, path, DEEPEST, &mut paths)?;
    }
    let mut sources = Vec::new();
    for path in &paths {
        let bytes = exceptions::read(path, LONGEST, "file of rules")?;
        let shown = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| unusable(&format!("{shown}: {error}")))?;
        sources.push(Source { path: shown, text });
    }
    let rules = Rules::compile(&sources).map_err(|mistake| unusable(&mistake.to_string()))?;
    let files = match sources.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    Ok(Some((
        Arc::new(rules),
        format!("rules of YARA in {files} were run over every file and what is in it"),
    )))
}

fn of_demo() -> Result<(Arc<Rules>, String), Failure> {
    let rules = Rules::compile(&samples::yara::rules()).map_err(|mistake| unusable(&mistake.to_string()))?;
    Ok((Arc::new(rules), "a sample rule of YARA was run over every file and what is in it".to_owned()))
}

fn unusable(why: &str) -> Failure {
    Failure::new(
        format!("the rules of YARA cannot be used: {why}"),
        "docs/yara.md says which rules can be run",
    )
}

/// A file, or the files of rules in a folder, in order of their names.
fn find(asked: &Path, path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unread = |error: io::Error| unusable(&format!("{}: {error}", path.display()));
    let kind = fs::metadata(path).map_err(unread)?;
    if !kind.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let before = found.len();
    let entries = fs::read_dir(path).map_err(unread)?;
    let mut inside = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unread)?;
    inside.sort();
    for inner in inside {
        let kind = fs::symlink_metadata(&inner).map_err(unread)?;
        let is_rules = inner.extension().is_some_and(|ending| ending == "yar" || ending == "yara");
        if kind.is_dir() && depth > 0 {
            find(asked, &inner, depth - 1, found)?;
        } else if is_rules && !kind.is_dir() {
            found.push(inner);
        }
        if found.len() > MOST {
            return Err(unusable(&format!("{} holds more than {MOST} files of rules", asked.display())));
        }
    }
    if path == asked && found.len() == before {
        return Err(unusable(&format!("{} holds no file that ends in .yar or .yara", asked.display())));
    }
    Ok(())
}
