//! `setup.cfg`: what a Python package of the older kind asks for. Specification: declarative configuration of setuptools.

use super::{BUILD, Book, lines, named, requirements, source};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `setup.cfg`.
pub static FORMAT: Format = Format {
    id: "setup-cfg",
    title: "Settings of setuptools",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["source"],
    docs: "`install_requires`, `setup_requires`, `tests_require` and the extras of `setup.cfg`, and the lists that `file:` names \
           in them. Other settings are left at that.",
    recognise: |probe| named(probe, &["setup.cfg"]),
    read,
    samples: || one("setup.cfg", packages::SETUP_CFG),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    let mut book = Book::manifest("pypi");
    let mut section = String::new();
    let mut group: Option<String> = None;
    for (at, line) in lines(&source, false) {
        book.step(visit)?;
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start().len()) as u64;
        if indent > 0 {
            if let Some(group) = &group {
                items(visit, &mut book, at.saturating_add(indent), bare, group)?;
            }
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|name| name.split_once(']')) {
            name.0.trim().clone_into(&mut section);
            group = None;
            continue;
        }
        let (key, value) = bare.split_once(['=', ':']).unwrap_or((bare, ""));
        let key = key.trim().to_ascii_lowercase().replace('-', "_");
        group = match (section.as_str(), key.as_str()) {
            ("options" | "metadata", "install_requires") => Some(String::new()),
            ("options" | "metadata", "setup_requires") => Some(BUILD.to_owned()),
            ("options" | "metadata", "tests_require") => Some("tests".to_owned()),
            ("options.extras_require", extra) => Some(extra.to_owned()),
            _ => None,
        };
        if let Some(group) = &group {
            items(visit, &mut book, at, value.trim(), group)?;
        }
    }
    Ok(())
}

/// The requirements on a line, or the lists that it names.
fn items(visit: &mut Visit<'_>, book: &mut Book, at: u64, value: &str, group: &str) -> Result<(), Fault> {
    if let Some(files) = value.strip_prefix("file:") {
        for file in files.split(',').map(str::trim).filter(|file| !file.is_empty()) {
            book.list(visit, at, file)?;
        }
    } else if value.starts_with("attr:") {
        book.computed(visit, at, "its packages are the value of a name in a program".to_owned());
    } else if !value.is_empty() {
        let value = value.split_once(" #").map_or(value, |(value, _)| value);
        requirements::add(visit, book, at, value.trim(), group, Vec::new())?;
    }
    Ok(())
}
