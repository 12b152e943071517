//! Settings of pip and npm that say where packages come from: `pip.conf`, `pip.ini`, `uv.toml`, `.npmrc`.

use super::{Book, is_usual, lines, named, pyproject, source, tree};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// `pip.conf`.
pub static FORMAT: Format = Format {
    id: "pip-conf",
    title: "Settings of pip",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["source", "text"],
    docs: "`pip.conf` and `pip.ini`: the indexes, and the hosts whose certificates are not checked.",
    recognise: |probe| named(probe, &["pip.conf", "pip.ini"]),
    read,
    samples: || one("pip.conf", packages::PIP_CONF),
};

/// `uv.toml`.
pub static UV: Format = Format {
    id: "uv-conf",
    title: "Settings of uv",
    docs: "`uv.toml`: the indexes, and the hosts whose certificates are not checked.",
    recognise: |probe| named(probe, &["uv.toml"]),
    read: |visit| {
        let root = tree::toml(visit)?;
        let book = Book::manifest("pypi");
        pyproject::settings(visit, &book, &root);
        if let Some(pip) = root.get("pip") {
            pyproject::settings(visit, &book, pip);
        }
        Ok(())
    },
    samples: || one("uv.toml", "[[index]]\nname = \"demo\"\nurl = \"https://packages.example.org/simple\"\n"),
    ..FORMAT
};

/// `.npmrc`.
pub static NPM: Format = Format {
    id: "npm-conf",
    title: "Settings of npm",
    support: Support::Recognised,
    docs: "`.npmrc`: the registries, and whether their certificates are checked.",
    recognise: |probe| named(probe, &[".npmrc"]),
    read: npm,
    samples: || one(".npmrc", "engine-strict=true\n@demo:registry=https://packages.example.org/npm/\n"),
    ..FORMAT
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    let mut book = Book::manifest("pypi");
    let mut key = String::new();
    for (at, line) in lines(&source, false) {
        book.step(visit)?;
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';', '[']) {
            continue;
        }
        let mut value = bare;
        if !line.starts_with(char::is_whitespace) {
            let (name, rest) = bare.split_once(['=', ':']).unwrap_or((bare, ""));
            key = name.trim().to_ascii_lowercase().replace('_', "-");
            value = rest;
        }
        for word in value.split_whitespace() {
            let usual = is_usual("pypi", word);
            match key.as_str() {
                "index-url" if !usual => book.index(visit, at, word, false, false),
                "extra-index-url" | "find-links" => book.index(visit, at, word, !usual, false),
                "trusted-host" => book.index(visit, at, word, false, true),
                _ => {}
            }
        }
    }
    Ok(())
}

fn npm(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    let mut book = Book::manifest("npm");
    for (at, line) in lines(&source, false) {
        book.step(visit)?;
        let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        let value = value.trim_matches(['"', '\'']);
        if key == "registry" || key.ends_with(":registry") {
            // One of a scope is asked for the packages of that scope alone.
            book.index(visit, at, value, false, false);
        } else if key == "strict-ssl" && value == "false" {
            book.index(visit, at, "strict-ssl=false", false, true);
        }
    }
    Ok(())
}
