//! What the instructions of a Dockerfile say.

use weighbridge_domain::facts::{What, When};

use super::reader::Instruction;
use crate::formats::command::{self, Runner};
use crate::formats::image::image;
use crate::input::Input;
use crate::known::programs::{self, Asked};
use crate::text;
use crate::walk::Visit;

/// Bytes kept of a value.
const VALUE_KEPT: usize = 1024;
/// Variables and stages that are remembered.
const MOST: usize = 256;

/// What is known of a build while it is read.
#[derive(Debug, Default)]
pub(super) struct Build {
    /// Arguments that stand before the first stage.
    outer: Vec<(String, String)>,
    /// Variables of the stage.
    variables: Vec<(String, String)>,
    /// Names of the stages, and the user that each ends with.
    stages: Vec<(String, Option<String>)>,
    /// The shell that runs commands, when it is none of Unix.
    foreign_shell: Option<Vec<String>>,
    last_from: u64,
    /// Files that the build writes and whose names do not say what they are.
    written: Vec<Written>,
}

/// A text that the build writes into a file.
#[derive(Debug)]
struct Written {
    path: String,
    from: u64,
    text: String,
}

/// An option of an instruction, and where its text begins behind the options.
struct Options {
    given: Vec<(String, String)>,
    rest: usize,
}

impl Build {
    pub(super) fn syntax(visit: &mut Visit<'_>, at: u64, value: &str) {
        visit.fact(at, What::Image(image("# syntax", value)));
    }

    pub(super) fn take(&mut self, visit: &mut Visit<'_>, one: &mut Instruction) {
        let at = one.at as u64;
        let text = one.text.clone();
        let text = text.as_str();
        let options = options(text);
        let rest = text.get(options.rest..).unwrap_or_default();
        match one.name.as_str() {
            "FROM" => self.from(visit, at, rest),
            "RUN" => {
                for (name, value) in &options.given {
                    self.run_option(visit, at, name, value);
                }
                self.command(visit, "dockerfile", When::Installed, one, options.rest);
            }
            "CMD" | "ENTRYPOINT" => self.command(visit, "dockerfile", When::Loaded, one, options.rest),
            "HEALTHCHECK" => {
                let trimmed = rest.trim_start();
                let inner = trimmed.get(..3).filter(|word| word.eq_ignore_ascii_case("cmd"));
                if inner.is_some() {
                    let skipped = text.len().saturating_sub(trimmed.len()).saturating_add(3);
                    self.command(visit, "dockerfile", When::Served, one, skipped);
                }
            }
            "COPY" | "ADD" => {
                self.copy(visit, at, &one.name, &options, rest);
                self.write(visit, one, rest);
            }
            "ARG" | "ENV" => self.set(visit, at, &one.name, rest),
            "USER" => {
                let user = self.expand(rest.trim());
                if let Some((_, last)) = self.stages.last_mut() {
                    *last = Some(user);
                }
            }
            "SHELL" => {
                let words = json_words(rest).unwrap_or_default();
                let mut whole: Vec<&str> = words.iter().map(String::as_str).collect();
                whole.push("true");
                // A shell that gets the command and nothing else.
                let plain = whole.first().is_some_and(|name| programs::is_shell(base(name)))
                    && programs::asked(&whole) == Some(Asked::Code(words.len()));
                self.foreign_shell = (!plain && !words.is_empty()).then_some(words);
            }
            "ONBUILD" => {
                let trimmed = rest.trim_start();
                let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
                let name = trimmed.get(..length).unwrap_or_default().to_uppercase();
                let behind = trimmed.get(length..).unwrap_or_default();
                let skipped = text.len().saturating_sub(behind.len());
                if !matches!(name.as_str(), "FROM" | "ONBUILD" | "USER" | "SHELL") {
                    let (from, text) = (one.from.saturating_add(skipped), behind.to_owned());
                    self.take(
                        visit,
                        &mut Instruction {
                            at: one.at,
                            name,
                            text,
                            from,
                            documents: std::mem::take(&mut one.documents),
                            behind: std::mem::take(&mut one.behind),
                        },
                    );
                }
            }
            "EXPOSE" | "LABEL" | "MAINTAINER" | "STOPSIGNAL" | "VOLUME" | "WORKDIR" => {}
            other => visit.incomplete(format!("the instruction `{}` is not known", text::shown(other, 40))),
        }
    }

    fn from(&mut self, visit: &mut Visit<'_>, at: u64, rest: &str) {
        let mut words = rest.split_whitespace().filter(|word| *word != "\\");
        let name = expand(words.next().unwrap_or_default(), &self.outer);
        let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let stage = words.next().filter(|_| named).unwrap_or_default().to_lowercase();
        self.variables.clear();
        self.foreign_shell = None;
        self.last_from = at;
        let earlier =
            self.stages.iter().rev().find(|(known, _)| !known.is_empty() && *known == name.to_lowercase());
        let user = earlier.and_then(|(_, user)| user.clone());
        if earlier.is_none() && name != "scratch" {
            visit.fact(at, What::Image(image("FROM", &name)));
        }
        if self.stages.len() < MOST {
            self.stages.push((stage, user));
        }
    }

    fn run_option(&self, visit: &mut Visit<'_>, at: u64, name: &str, value: &str) {
        if name == "security" || name == "network" {
            directive(visit, at, &format!("RUN.{name}"), value);
        }
        if name == "mount"
            && let Some(from) = value.split(',').find_map(|part| part.strip_prefix("from="))
        {
            self.copied_from(visit, at, "RUN --mount", from);
        }
    }

    fn copied_from(&self, visit: &mut Visit<'_>, at: u64, asked_by: &str, from: &str) {
        let from = self.expand(from);
        let stage = self.stages.iter().any(|(name, _)| *name == from.to_lowercase());
        if !stage && !from.bytes().all(|byte| byte.is_ascii_digit()) {
            visit.fact(at, What::Image(image(asked_by, &from)));
        }
    }

    fn copy(&self, visit: &mut Visit<'_>, at: u64, name: &str, options: &Options, rest: &str) {
        let option =
            |wanted: &str| options.given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        if let Some(from) = option("from") {
            self.copied_from(visit, at, "COPY --from", from);
        }
        let mut words = json_words(rest).unwrap_or_else(|| {
            rest.split_whitespace().filter(|word| *word != "\\").map(str::to_owned).collect()
        });
        words.pop();
        for source in words
            .iter()
            .map(|word| self.expand(word))
            .filter(|word| word.contains("://") || word.starts_with("git@"))
        {
            let key = if option("checksum").is_some() { "checked" } else { "unchecked" };
            directive(visit, at, &format!("{name}.{key}"), &source);
        }
        if let Some(mode) = option("chmod") {
            directive(visit, at, &format!("{name}.chmod"), mode);
        }
    }

    /// Documents that are copied into files of the image.
    fn write(&mut self, visit: &mut Visit<'_>, one: &mut Instruction, rest: &str) {
        let target = rest.split_whitespace().last().map(|word| self.expand(word)).unwrap_or_default();
        for document in std::mem::take(&mut one.documents) {
            let path =
                if target.ends_with('/') { format!("{target}{}", document.name) } else { target.clone() };
            let name = base(&path);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let told =
                document.text.starts_with("#!") || matches!(ending, "bash" | "ksh" | "py" | "sh" | "zsh");
            if told {
                let input = Input::bytes(document.text.into_bytes());
                if let Err(fault) = visit.embed(&text::shown(name, 120), input) {
                    visit.incomplete(fault.to_string());
                }
            } else if self.written.len() < MOST && !name.is_empty() {
                let from = document.from as u64;
                self.written.push(Written { path, from, text: document.text });
            }
        }
    }

    /// Reads what was written into a file and is run now.
    fn run_written(&mut self, visit: &mut Visit<'_>, when: When, text: &str) {
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || "\"',[]".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let starts = |word: &&str| {
            word.starts_with('-')
                || matches!(*word, "&&" | "||" | "." | "source")
                || word.ends_with(';')
                || programs::is_shell(base(word))
        };
        let is_run = |one: &Written| {
            let at = words.iter().position(|word| word.trim_end_matches(';') == one.path);
            at.is_some_and(|at| at.checked_sub(1).and_then(|before| words.get(before)).is_none_or(starts))
        };
        let (run, rest) = std::mem::take(&mut self.written).into_iter().partition(is_run);
        self.written = rest;
        let run: Vec<Written> = run;
        for one in run {
            self.document(visit, when, one.from, &one.text);
        }
    }

    fn set(&mut self, visit: &mut Visit<'_>, at: u64, name: &str, rest: &str) {
        let rest = rest.trim();
        let old = name == "ENV" && !rest.split_whitespace().next().is_some_and(|word| word.contains('='));
        let pairs: Vec<(String, Option<String>)> = if old {
            let (key, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            vec![(key.to_owned(), Some(value.trim().to_owned()))]
        } else {
            let pair = |word: String| match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            split(rest).into_iter().map(pair).collect()
        };
        for (key, value) in pairs.into_iter().take(MOST) {
            let value = match value {
                Some(value) => self.expand(&value),
                // An argument that stands before the stages is asked for anew.
                None => match self.outer.iter().find(|(known, _)| *known == key) {
                    Some((_, value)) => value.clone(),
                    None => continue,
                },
            };
            directive(visit, at, &format!("{name}.{}", text::kept(key.as_bytes(), 128)), &value);
            let place = if self.stages.is_empty() { &mut self.outer } else { &mut self.variables };
            if place.len() < MOST && value.len() <= VALUE_KEPT {
                place.retain(|(known, _)| *known != key);
                place.push((key, value));
            }
        }
    }

    fn expand(&self, text: &str) -> String {
        expand(text, if self.stages.is_empty() { &self.outer } else { &self.variables })
    }

    /// A command in one of its two forms.
    fn command(
        &mut self,
        visit: &mut Visit<'_>,
        name: &'static str,
        when: When,
        one: &Instruction,
        skipped: usize,
    ) {
        let text = one.text.get(skipped..).unwrap_or_default();
        let from = one.from.saturating_add(skipped) as u64;
        self.run_written(visit, when, text);
        let runner = Runner::new(name, when, from).knowing(&self.variables);
        if let Some(words) = json_words(text) {
            return command::emit_words(visit, runner.at(one.at as u64), &words);
        }
        if let Some(shell) = &self.foreign_shell {
            let mut words = shell.clone();
            words.push(text.to_owned());
            return command::emit_words(visit, runner.at(one.at as u64), &words);
        }
        let trimmed = text.trim();
        if !one.documents.is_empty() && trimmed.starts_with("<<") {
            for document in &one.documents {
                self.document(visit, when, document.from as u64, &document.text);
            }
            return;
        }
        if one.documents.is_empty() {
            command::emit(visit, runner, text.trim_end());
        } else {
            command::emit(visit, runner, &format!("{text}{}", one.behind));
        }
    }

    fn document(&self, visit: &mut Visit<'_>, when: When, from: u64, text: &str) {
        let shebang = text.strip_prefix("#!").and_then(|rest| rest.lines().next());
        let runner = Runner::new("dockerfile", when, from).knowing(&self.variables);
        match shebang {
            Some(line) if !line.contains("sh") => {
                let program = line.rsplit(['/', ' ']).next().unwrap_or_default().to_owned();
                command::emit_words(visit, runner.at(from), &[program, "-c".to_owned(), text.to_owned()]);
            }
            _ => command::emit(visit, runner, text),
        }
    }

    pub(super) fn finish(self, visit: &mut Visit<'_>) {
        if let Some((_, user)) = self.stages.last() {
            directive(visit, self.last_from, "USER", user.as_deref().unwrap_or_default());
        } else {
            visit.incomplete("no instruction `FROM` was found in it");
        }
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn directive(visit: &mut Visit<'_>, at: u64, key: &str, value: &str) {
    let value = text::kept(value.as_bytes(), VALUE_KEPT);
    visit.fact(at, What::Directive { key: key.to_owned(), value });
}

/// `--name=value` in front of what an instruction is about.
fn options(text: &str) -> Options {
    let mut given = Vec::new();
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        let Some(option) = trimmed.strip_prefix("--") else { return Options { given, rest: at } };
        let word = option.split(char::is_whitespace).next().unwrap_or_default();
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        given.push((name.to_lowercase(), value.trim_matches(['"', '\'']).to_owned()));
        let length = rest.len().saturating_sub(trimmed.len()).saturating_add(2).saturating_add(word.len());
        at = at.saturating_add(length);
        if given.len() > 64 {
            return Options { given, rest: at };
        }
    }
}

/// The words of a list in JSON, which stands for a program that is started without a shell.
fn json_words(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    serde_json::from_str(&text.replace("\\\n", "")).ok()
}

/// Words in quotes or between blanks.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut any = false;
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => match letters.next() {
                Some('\n') | None => {}
                Some(next) => word.push(next),
            },
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                any = true;
            }
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() || any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() || any {
        words.push(word);
    }
    words
}

/// A text with the variables that are known in it.
fn expand(text: &str, variables: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text.trim_matches(['"', '\'']);
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let (inner, after) = match behind.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(pair) => pair,
            None => {
                let length =
                    behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
                (behind.get(..length).unwrap_or_default(), behind.get(length..).unwrap_or_default())
            }
        };
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, change) =
            (inner.get(..length).unwrap_or_default(), inner.get(length..).unwrap_or_default());
        let known = variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let default = change.strip_prefix(":-").or_else(|| change.strip_prefix('-'));
        match known.or(default) {
            Some(value) if change.is_empty() || default.is_some() => out.push_str(value),
            _ => {
                let written = behind.len().saturating_sub(after.len());
                out.push('$');
                out.push_str(behind.get(..written).unwrap_or_default());
            }
        }
        rest = after;
        if out.len() > VALUE_KEPT {
            break;
        }
    }
    out.push_str(rest);
    out
}
