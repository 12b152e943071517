//! Lists of requirements and constraints as pip reads them: a requirement or an option a line.
//! Specification: the requirements file format of pip.

use weighbridge_domain::facts::Origin;

use super::requirement::{self, Requirement};
use super::{Book, CONSTRAINT, Entry, hash, is_usual, is_wide, lines, origin, source};
use crate::detect::{Probe, Recognition};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::text;
use crate::walk::Visit;

/// Requirements and constraints.
pub static FORMAT: Format = Format {
    id: "requirements",
    title: "List of Python requirements",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`requirements*.txt`, `constraints*.txt`, their `.in` twins, and other text in which every line is a requirement or an \
           option of pip. Every requirement with its constraint, its digests, where it comes from, and the indexes and further \
           lists that options name; lines that go on, remarks, and UTF-16 as pip takes them. Variables stay as they are \
           written.",
    recognise,
    read,
    samples: || one("requirements.txt", packages::REQUIREMENTS),
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let name = probe.name.as_str();
    let wide = probe.starts(b"\xff\xfe") || probe.starts(b"\xfe\xff");
    let ending = probe.ends_with(&["txt", "in", "pip"]);
    if !ending || !(probe.is_text() || wide) || probe.input.is_empty() {
        return Recognition::No;
    }
    let told = name.contains("requirements") || name.starts_with("constraints") || name.starts_with("reqs");
    if told && !name.starts_with("manifest") {
        return Recognition::Certain;
    }
    Recognition::guess_if(!wide && looks_like_a_list(&probe.head, probe.is_whole()))
}

/// Every line is a requirement or an option, and one of them could be nothing else.
fn looks_like_a_list(head: &[u8], whole: bool) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut lines: Vec<&str> = text.lines().collect();
    if !whole {
        lines.pop();
    }
    let mut sure = false;
    for line in lines {
        let line = without_remark(line).trim().trim_end_matches('\\').trim_end();
        if line.is_empty() {
            continue;
        }
        let option = line.split(['=', ' ']).next().and_then(long_option);
        match Requirement::parse(without_options(line).0) {
            Some(found) => sure |= found.constraint.contains("==") || found.constraint.contains(">="),
            None if option.is_some() => sure |= option != Some("--hash"),
            None => return false,
        }
    }
    sure
}

/// What reading a line needs to know of the file.
struct List {
    book: Book,
    group: &'static str,
    replaced: bool,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = source(visit)?;
    let wide = is_wide(visit);
    let group = if visit.name.starts_with("constraints") { CONSTRAINT } else { "" };
    let mut list = List { book: Book::manifest("pypi"), group, replaced: source.contains("--no-index") };
    for (at, line) in joined(&source, wide) {
        list.book.step(visit)?;
        let line = line.trim_start_matches('\u{feff}');
        let line = without_remark(line).trim();
        if !line.is_empty() {
            list.line(visit, at, line)?;
        }
    }
    Ok(())
}

/// Lines that go on behind a `\` as one, as pip joins them.
fn joined(source: &str, wide: bool) -> Vec<(u64, String)> {
    let mut out: Vec<(u64, String)> = Vec::new();
    let mut open: Option<(u64, String)> = None;
    for (at, line) in lines(source, wide) {
        let remark = line.trim_start().starts_with('#');
        let goes_on = line.ends_with('\\') && !remark;
        let (_, whole) = open.get_or_insert_with(|| (at, String::new()));
        if remark {
            whole.push(' ');
        }
        whole.push_str(if goes_on { line.trim_matches('\\') } else { line });
        if !goes_on {
            out.extend(open.take());
        }
    }
    out.extend(open);
    out
}

/// A line without the remark that begins at a `#` behind space.
fn without_remark(line: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| {
        *at == 0 || line.get(..*at).is_some_and(|lead| lead.ends_with(char::is_whitespace))
    };
    let end = line.match_indices('#').find(begins).map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or_default()
}

/// What stands in front of the first word that begins with `-`, and the rest.
fn without_options(line: &str) -> (&str, &str) {
    if line.starts_with('-') {
        return ("", line);
    }
    let at = line.find(" -").map_or(line.len(), |at| at.saturating_add(1));
    line.split_at_checked(at).unwrap_or((line, ""))
}

/// The longest line that is read; a package with a digest for every platform there is takes a tenth of it.
const LONGEST_LINE: usize = 256 << 10;

/// Words as a shell splits them.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, c) if c.is_whitespace() => out.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out
}

/// Options that take a value, by their letters and by all of their names.
const OPTIONS: &[(&str, &str)] = &[
    ("-i", "--index-url"),
    ("-i", "--pypi-url"),
    ("", "--extra-index-url"),
    ("-f", "--find-links"),
    ("-r", "--requirement"),
    ("-c", "--constraint"),
    ("-e", "--editable"),
    ("", "--trusted-host"),
    ("", "--no-binary"),
    ("", "--only-binary"),
    ("", "--use-feature"),
    ("", "--hash"),
    ("", "--global-option"),
    ("", "--install-option"),
    ("-C", "--config-settings"),
    ("-C", "--config-setting"),
];

/// Options without a value.
const SWITCHES: &[&str] = &["--no-index", "--pre", "--prefer-binary", "--require-hashes"];

/// The option that a word is the name of, or the beginning of the name of no other.
fn long_option(word: &str) -> Option<&'static str> {
    if let Some((_, long)) =
        OPTIONS.iter().find(|(short, long)| !word.is_empty() && (*short == word || *long == word))
    {
        return Some(long);
    }
    let known = || OPTIONS.iter().map(|(_, long)| *long).chain(SWITCHES.iter().copied());
    if let Some(same) = known().find(|long| *long == word) {
        return Some(same);
    }
    let mut alike = known().filter(|long| word.len() > 2 && long.starts_with(word));
    alike.next().filter(|_| alike.next().is_none())
}

/// The options of a line with their values; a word that is none has an empty name.
fn options(text: &str) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            // A letter and its value in one word.
            _ if word.starts_with('-') && !word.starts_with("--") && word.len() > 2 => {
                match word.split_at_checked(2) {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (word.clone(), None),
                }
            }
            _ => (word.clone(), None),
        };
        match long_option(&name) {
            Some(long) if SWITCHES.contains(&long) => out.push((long, String::new())),
            Some(long) => {
                let value = value.or_else(|| words.next()).unwrap_or_default();
                out.push((long, value));
            }
            None => out.push(("", word)),
        }
    }
    out
}

impl List {
    fn line(&mut self, visit: &mut Visit<'_>, at: u64, line: &str) -> Result<(), Fault> {
        if line.len() > LONGEST_LINE {
            self.book.unread(visit, at, format!("a line is longer than {LONGEST_LINE} bytes"));
            return Ok(());
        }
        let (asked, rest) = without_options(line);
        let options = options(rest);
        for (_, word) in options.iter().filter(|(name, _)| name.is_empty()) {
            let detail = format!("`{}` is no option of pip", text::shown(word, 80));
            self.book.unread(visit, at, detail);
        }
        let hashes: Vec<String> =
            options.iter().filter(|(name, _)| *name == "--hash").map(|(_, value)| value.clone()).collect();
        if !asked.trim().is_empty() {
            return self.asked(visit, at, asked.trim(), hashes);
        }
        for (name, value) in &options {
            match *name {
                "--index-url" | "--pypi-url" if is_usual("pypi", value) => {}
                "--index-url" | "--pypi-url" => self.book.index(visit, at, value, false, false),
                "--extra-index-url" => self.book.index(visit, at, value, !is_usual("pypi", value), false),
                "--find-links" => self.book.index(visit, at, value, !self.replaced, false),
                "--trusted-host" => self.book.index(visit, at, value, false, true),
                "--requirement" | "--constraint" => self.book.list(visit, at, value)?,
                "--editable" => self.asked(visit, at, value, Vec::new())?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A requirement, or the address or path of one.
    fn asked(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        text: &str,
        hashes: Vec<String>,
    ) -> Result<(), Fault> {
        add(visit, &mut self.book, at, text, self.group, hashes)
    }
}

/// A line of a file for pip that stands in another file.
pub(super) fn one_line(visit: &mut Visit<'_>, book: &mut Book, at: u64, line: &str) -> Result<(), Fault> {
    let mut list = List { book: Book::manifest("pypi"), group: "", replaced: false };
    std::mem::swap(&mut list.book, book);
    let outcome = list.line(visit, at, without_remark(line).trim());
    std::mem::swap(&mut list.book, book);
    outcome
}

/// Notes what a text asks for, as pip takes it on a line or as an argument.
pub(super) fn add(
    visit: &mut Visit<'_>,
    book: &mut Book,
    at: u64,
    asked: &str,
    group: &str,
    mut hashes: Vec<String>,
) -> Result<(), Fault> {
    for hash_option in &mut hashes {
        if let Some((algorithm, value)) = hash_option.split_once(':') {
            *hash_option = hash(algorithm, value);
        }
    }
    if let Some(found) = Requirement::parse(asked).filter(|_| !is_place(asked)) {
        let (origin, more) = match found.address {
            Some(address) => {
                let (origin, more) = origin(address);
                (Some(origin), more)
            }
            None => (None, Vec::new()),
        };
        hashes.extend(more);
        let Requirement { name, constraint, .. } = found;
        let pin = requirement::pin(constraint);
        return book.add(visit, at, Entry { name, constraint, pin, hashes, origin, group });
    }
    if !is_place(asked) {
        let detail = format!("`{}` is no requirement", text::shown(asked, 80));
        book.unread(visit, at, detail);
        return Ok(());
    }
    let place = asked.split_once("; ").map_or(asked, |(place, _)| place).trim();
    let (origin, more) = origin(place);
    hashes.extend(more);
    let name = name_in(place).unwrap_or_default();
    book.add(visit, at, Entry { name: &name, hashes, origin: Some(origin), group, ..Entry::default() })
}

/// It is an address or a path, not a name.
fn is_place(text: &str) -> bool {
    let word = text.split([' ', ';', '[']).next().unwrap_or_default();
    // Behind an `@` stands the address of something that has a name.
    let head = word.split('@').next().unwrap_or_default();
    let named = Requirement::parse(text).is_some_and(|found| found.address.is_some());
    let archive = [".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz"].iter().any(|ending| word.ends_with(ending));
    !named
        && (head.contains("://")
            || word.contains(['/', '\\'])
            || word.starts_with('.')
            || archive
            || word.starts_with("file:"))
}

/// The name that an address or a path tells: behind `#egg=`, of a wheel, or the last part.
fn name_in(place: &str) -> Option<String> {
    let (path, fragment) = place.split_once('#').unwrap_or((place, ""));
    if let Some(name) = fragment.split('&').find_map(|part| part.strip_prefix("egg=")) {
        return name.split(['[', '=', '<', '>']).next().map(str::to_owned);
    }
    let last = path.rsplit(['/', '\\']).find(|part| !part.is_empty() && !matches!(*part, "." | ".."))?;
    if let Some(wheel) = last.strip_suffix(".whl") {
        return wheel.split('-').next().map(str::to_owned);
    }
    let last = last.split(['@', '[']).next().unwrap_or(last);
    let last = last.strip_suffix(".git").unwrap_or(last);
    let stem = [".tar.gz", ".tar.bz2", ".zip", ".tgz"].iter().find_map(|ending| last.strip_suffix(ending));
    match stem {
        Some(stem) => {
            stem.rsplit_once('-').map(|(name, _)| name.to_owned()).or_else(|| Some(stem.to_owned()))
        }
        None => Some(last.to_owned()),
    }
}

/// A text of a list in another file: a requirement, or something that cannot be read.
pub(super) fn add_plain(
    visit: &mut Visit<'_>,
    book: &mut Book,
    at: u64,
    asked: &str,
    group: &str,
    from: Option<Origin>,
) -> Result<(), Fault> {
    match (Requirement::parse(asked), from) {
        (Some(Requirement { name, constraint, address: None, .. }), Some(origin)) => {
            let pin = requirement::pin(constraint);
            let origin = Some(origin);
            book.add(visit, at, Entry { name, constraint, pin, origin, group, hashes: Vec::new() })
        }
        _ => add(visit, book, at, asked, group, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_stripped_as_pip_does() {
        let source = "a \\\n  --hash=x \\\n# no\nb #c\n\\\nc#d\n";
        let all: Vec<_> = joined(source, false)
            .iter()
            .map(|(at, line)| (*at, without_remark(line).trim().to_owned()))
            .collect();
        let expected = [(0, "a   --hash=x"), (22, "b"), (27, "c#d")];
        assert_eq!(all, expected.map(|(at, text)| (at, text.to_owned())));
    }

    #[test]
    fn options_have_long_names_letters_and_beginnings() {
        let found = |text| {
            options(text).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(
            found("-rx -c y --constr=z --extra 'a b' --pre --nothing -e. --trusted-host \"h\""),
            [
                "--requirement=x",
                "--constraint=y",
                "--constraint=z",
                "--extra-index-url=a b",
                "--pre=",
                "=--nothing",
                "--editable=.",
                "--trusted-host=h"
            ]
        );
    }

    #[test]
    fn a_list_under_any_name_is_told_from_words() {
        for (text, expected) in [
            ("torch==2.1\nnumpy\n", true),
            ("-r base.txt\nnumpy # remark\n", true),
            ("a==1 \\\n    --hash=sha256:00\n", true),
            ("hello\nworld\n", false),
            ("torch==2.1\nSome words here\n", false),
            ("include *.txt\n", false),
            ("", false),
        ] {
            assert_eq!(looks_like_a_list(text.as_bytes(), true), expected, "{text}");
        }
    }
}
