//! The generated pages under `docs/` say what the code says. `WEIGHBRIDGE_BLESS=1` writes them anew.

use std::path::{Path, PathBuf};

use weighbridge_inspect::docs;
use weighbridge_inspect::input::Input;

use crate::run::run;

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

pub(crate) fn read(path: &Path) -> String {
    let file = std::fs::File::open(path).and_then(Input::file);
    let bytes = file.and_then(|input| input.read(0, 16 << 20)).unwrap_or_default();
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn is_up_to_date(name: &str, text: &str) {
    let path = page(name);
    if std::env::var_os("WEIGHBRIDGE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    assert!(
        read(&path) == text,
        "docs/{name} is stale; WEIGHBRIDGE_BLESS=1 cargo test -p weighbridge writes it anew"
    );
}

#[test]
fn the_page_about_rules_is_up_to_date() {
    is_up_to_date("rules.md", &docs::rules_page());
}

#[test]
fn the_page_about_formats_is_up_to_date() {
    is_up_to_date("formats.md", &docs::formats_page());
}

#[test]
fn the_page_about_licences_is_up_to_date() {
    is_up_to_date("licences.md", &weighbridge_inspect::licence::licences_page());
}

#[test]
fn the_page_about_commands_is_up_to_date() {
    let mut text = docs::page("Commands", "What `--help` says.");
    let here = Path::new(".");
    text.push_str(&format!("```text\n{}```\n", run(here, &["--help"]).stdout));
    for command in ["scan", "diff", "bom", "licence", "rules", "formats", "completions", "man"] {
        let help = run(here, &[command, "--help"]).stdout;
        text.push_str(&format!("\n## {command}\n\n```text\n{help}```\n"));
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    is_up_to_date("commands.md", &(lines.join("\n") + "\n"));
}
