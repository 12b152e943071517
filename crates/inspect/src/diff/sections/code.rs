//! Code: programs and the text of programs. Any that is new or changed may run.

use super::{Check, Section, parts};
use crate::diff::change::{Change, Kind, Risk};
use crate::diff::content::{Content, is_program_text};
use crate::diff::lines;
use crate::diff::pair::Pair;
use crate::diff::version::Part;

/// Code.
pub static SECTION: Section = Section {
    id: "code",
    title: "Code",
    docs: "Python and other program text line by line, and programs by their bytes. What is new or changed is red: it runs \
           when a loader trusts the repository, when its name is in `auto_map`, or when somebody starts it. Text that only \
           steers builds or is shown, such as TOML and HTML, is amber.",
    check: Check::Pair(check),
};

/// Whether changes of parts of this format are told here.
pub(super) fn is_code(format: &str) -> bool {
    is_program_text(format) || matches!(format, "dex" | "elf" | "java-class" | "mach-o" | "pe" | "wasm")
}

fn check(pair: &Pair, out: &mut Vec<Change>) {
    for (old, new) in parts(pair) {
        let Some(part) = new.or(old).filter(|part| is_code(part.format)) else { continue };
        let same = |old: &Part, new: &Part| old.sha256.is_some() && old.sha256 == new.sha256;
        if old.zip(new).is_some_and(|(old, new)| same(old, new)) {
            continue;
        }
        let what = crate::formats::find(part.format).map_or("program", |format| format.title);
        let (kind, verb) = match (old, new) {
            (Some(_), Some(_)) => (Kind::Changed, "changed"),
            (None, _) => (Kind::Added, "was added"),
            _ => (Kind::Removed, "was removed"),
        };
        let steers = !is_run(if part.member.is_empty() { pair.path() } else { &part.member });
        let risk = if kind == Kind::Removed || steers { Risk::Amber } else { Risk::Red };
        let text = |part: Option<&Part>| match part.map(|part| &part.content) {
            None => Some(String::new()),
            Some(Content::Code(text)) => Some(text.clone()),
            Some(_) => None,
        };
        let place = (pair.path(), &*part.member);
        let mut change = Change::new("code", risk, kind, place, format!("{what} {verb}"));
        if let (Some(old), Some(new)) = (text(old), text(new)) {
            let lines = lines::compare(&old, &new);
            change.message = format!(
                "{what} {verb}: {} added, {} removed",
                crate::text::count(lines.added, "line"),
                lines.removed
            );
            change = change.lines(lines);
        } else if is_program_text(part.format) {
            change.message.push_str("; it is too long to be compared line by line");
        }
        out.push(change);
    }
}

/// The name does not say that it is only shown or read.
fn is_run(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    !matches!(ending.as_str(), "toml" | "ini" | "cfg" | "xml" | "svg" | "htm" | "html")
}
