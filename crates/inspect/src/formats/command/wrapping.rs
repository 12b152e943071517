//! Programs that run others: what wraps a command is taken off, and text that a program runs is read in its turn.

use weighbridge_domain::facts::{Feed, FeedAs, Program, Redirect};

use super::shell::{Inline, Redirected, Shell, append};
use super::word::Word;
use super::{inline, output};
use crate::known::programs::{self, Asked, Language};
use crate::text;

/// Bytes kept of a word.
const WORD_KEPT: usize = 4096;

/// A redirection as it is kept.
pub(super) fn kept(sign: &'static str, target: &str) -> Redirect {
    Redirect { sign, target: text::kept(target.as_bytes(), WORD_KEPT) }
}

/// A command with everything it runs.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) programs: Vec<Program>,
    /// The number of the program that gets what is piped into the command, and as what.
    pub(super) entry: Option<(usize, FeedAs)>,
}

impl Shell<'_, '_> {
    /// The programs of a command, those that are substituted into it first.
    pub(super) fn settle(
        &mut self,
        mut words: Vec<Word>,
        redirects: &[Redirected],
        values: Vec<Word>,
        place: usize,
    ) -> Settled {
        let mut all: Vec<Program> = Vec::new();
        for one in values.into_iter().flat_map(|value| value.substitutions) {
            append(&mut all, one.programs);
        }
        let wrapped = wrapped(&words);
        words.drain(..wrapped.skip.min(words.len()));
        if wrapped.input_is_words {
            wrapped.put_in(&mut words);
        }
        if words.is_empty() && redirects.is_empty() {
            return Settled { programs: all, entry: None };
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let asked = programs::asked(&texts);
        let name = texts.first().copied().unwrap_or_default().to_owned();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let code = match asked {
            Some(Asked::Code(at)) => Some(at),
            _ => None,
        };
        let language = programs::language(name);
        let feeds = feeds_of(&mut all, &mut words, code, name, redirects);
        let me = all.len();
        let mut reader = None;
        let decoded: Vec<String> = feeds
            .iter()
            .filter(|(_, as_what)| {
                *as_what == FeedAs::Code && language == Some(Language::Shell) || name == "eval"
            })
            .filter_map(|(number, _)| output::of(&all, *number))
            .collect();
        for (number, as_what) in feeds {
            if let Some(program) = all.get_mut(number)
                && program.feeds.is_none()
            {
                program.feeds = Some(Feed { to: me, as_what });
            }
        }
        let kept_words = words.iter().map(|word| text::kept(word.text.as_bytes(), WORD_KEPT)).collect();
        let kept_redirects = redirects.iter().map(|one| kept(one.sign, &one.word.text)).collect();
        all.push(Program { words: kept_words, redirects: kept_redirects, feeds: None });
        match (code.and_then(|at| words.get(at)), language) {
            (Some(word), Some(Language::Python)) => self.python(word, place),
            (None, _) | (Some(_), Some(Language::PowerShell)) => {}
            (Some(word), Some(Language::Other)) => {
                let code = word.text.clone();
                self.started(&mut all, name, &code, place);
            }
            (Some(word), _) => {
                let text = match name {
                    // It joins its arguments.
                    "eval" => {
                        let texts: Vec<&str> = words.iter().skip(1).map(|word| word.text.as_str()).collect();
                        texts.join(" ")
                    }
                    _ => word.text.clone(),
                };
                if !is_substitution(&text) {
                    let known = words.iter().all(|word| word.constant);
                    let more = self.text_run(&text, known, place);
                    // A shell that runs another one leaves its input to it.
                    let reads = |one: &Program| {
                        let words: Vec<&str> = one.words.iter().map(String::as_str).collect();
                        programs::asked(&words) == Some(Asked::Input)
                    };
                    let fed: Vec<usize> = more.iter().filter_map(|one| Some(one.feeds?.to)).collect();
                    let inner =
                        more.iter().enumerate().position(|(at, one)| reads(one) && !fed.contains(&at));
                    reader = inner.map(|at| at.saturating_add(all.len()));
                    append(&mut all, more);
                }
            }
        }
        for text in decoded {
            let more = self.text_run(&text, false, place);
            append(&mut all, more);
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        if let Some(text) = inline::code_of(&texts).and_then(|at| texts.get(at)) {
            let text = (*text).to_owned();
            self.started(&mut all, name, &text, place);
        }
        if asked == Some(Asked::Input) {
            for redirect in redirects.iter().filter(|one| matches!(one.sign, "<<" | "<<<")) {
                self.input(&mut all, language, &redirect.word, place);
            }
        }
        for inner in executed(&words) {
            let more = self.nested(|shell| shell.settle(inner, &[], Vec::new(), place));
            append(&mut all, more.programs);
        }
        let piped_as = if wrapped.input_is_words { FeedAs::Words } else { FeedAs::Input };
        Settled {
            programs: all,
            entry: Some((reader.filter(|_| !wrapped.input_is_words).unwrap_or(me), piped_as)),
        }
    }

    /// Adds the commands that a program in one line starts.
    fn started(&mut self, all: &mut Vec<Program>, name: &str, code: &str, place: usize) {
        for command in inline::commands(name, code) {
            let more = self.text_run(&command, false, place);
            append(all, more);
        }
    }

    /// The programs of a text that a shell runs in its turn. When it is not wholly known, it need not be understood.
    fn text_run(&mut self, text: &str, known: bool, place: usize) -> Vec<Program> {
        let told = self.state.unread.len();
        let programs = self.programs_of(text, place);
        if !known {
            self.state.unread.truncate(told);
        }
        programs
    }

    /// Text that comes on the standard input of an interpreter.
    fn input(&mut self, all: &mut Vec<Program>, language: Option<Language>, word: &Word, place: usize) {
        match language {
            Some(Language::Shell) if !is_substitution(word.text.trim()) => {
                let more = self.text_run(&word.text, word.constant, place);
                append(all, more);
            }
            Some(Language::Python) => self.python(word, place),
            _ => {}
        }
    }

    fn python(&mut self, word: &Word, at: usize) {
        if !word.constant {
            self.unread("Python with something put into it by the shell");
        } else if self.state.python.len() < MOST_PYTHON {
            self.state.python.push(Inline { at, source: word.text.clone() });
        }
    }

    /// Lets the programs at the end of a part of a pipeline feed the beginning of the next.
    pub(super) fn connect(
        &mut self,
        programs: &mut Vec<Program>,
        from: Vec<usize>,
        feeds: Feed,
        place: usize,
    ) {
        let to = feeds.to;
        let Some(next) = programs.get(to) else { return };
        let words: Vec<&str> = next.words.iter().map(String::as_str).collect();
        let reads = programs::asked(&words) == Some(Asked::Input) && feeds.as_what == FeedAs::Input;
        let language = programs::language(next.name());
        let told: Vec<String> = from.iter().filter_map(|at| output::of(programs, *at)).collect();
        for at in from {
            if let Some(program) = programs.get_mut(at) {
                program.feeds = Some(feeds);
            }
        }
        if reads {
            for told in told {
                let word = Word::of(&told);
                self.input(programs, language, &word, place);
            }
        }
    }
}

/// Adds the programs that are substituted into words and redirections: their numbers, and as what they are used.
fn feeds_of(
    all: &mut Vec<Program>,
    words: &mut [Word],
    code: Option<usize>,
    name: &str,
    redirects: &[Redirected],
) -> Vec<(usize, FeedAs)> {
    let mut feeds = Vec::new();
    let in_words = words.iter_mut().enumerate().flat_map(|(at, word)| {
        let runs = at == 0 || code == Some(at) || code.is_some() && name == "eval";
        std::mem::take(&mut word.substitutions).into_iter().map(move |one| {
            let as_what = match (one.file, runs) {
                (true, _) => FeedAs::File,
                (false, true) => FeedAs::Code,
                (false, false) => FeedAs::Words,
            };
            (one, as_what)
        })
    });
    let in_redirects = redirects.iter().flat_map(|redirect| {
        let input = redirect.sign.starts_with('<');
        let as_what = if input { FeedAs::Input } else { FeedAs::Words };
        redirect.word.substitutions.iter().cloned().map(move |one| (one, as_what))
    });
    for (one, as_what) in in_words.chain(in_redirects) {
        let from = all.len();
        append(all, one.programs);
        let open = (from..all.len()).filter(|at| all.get(*at).is_some_and(|one| one.feeds.is_none()));
        feeds.extend(open.map(|at| (at, as_what)));
    }
    feeds
}

/// Python texts that are looked at in one script.
const MOST_PYTHON: usize = 64;

/// It is nothing but something that is substituted.
fn is_substitution(text: &str) -> bool {
    text.starts_with("$(") && text.ends_with(')') || text.starts_with('`') && text.ends_with('`')
}

/// What wraps a command.
#[derive(Debug, Default)]
struct Wrapped {
    /// Words to leave out.
    skip: usize,
    /// The words of the command come from what is piped into it.
    input_is_words: bool,
    /// What stands for them.
    token: Option<String>,
}

impl Wrapped {
    /// Lets `{}` stand in the words where those of the input will stand.
    fn put_in(&self, words: &mut Vec<Word>) {
        if let Some(token) = self.token.as_deref().filter(|token| !token.is_empty() && *token != "{}") {
            for word in words.iter_mut() {
                word.text = word.text.replace(token, "{}");
            }
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let code = matches!(texts.last(), Some(&("-c" | "-ce" | "-e" | "-ec" | "-ic" | "-lc" | "-xc")));
        if code && programs::language(texts.first().copied().unwrap_or_default()).is_some() {
            words.push(Word::of("{}"));
        }
    }
}

/// Options behind which a value stands, of programs that run others, and how many words stand before the command.
const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("builtin", &[], 0),
    ("busybox", &[], 0),
    ("chroot", &[], 1),
    ("chrt", &["-T", "-P", "-D"], 1),
    ("command", &[], 0),
    ("doas", &["-u", "-C"], 0),
    ("dumb-init", &[], 0),
    ("env", &["-u", "-C", "--unset", "--chdir"], 0),
    ("eatmydata", &[], 0),
    ("exec", &["-a"], 0),
    ("fakeroot", &[], 0),
    ("flock", &["-w", "-E", "--timeout"], 1),
    ("gosu", &[], 1),
    ("ionice", &["-c", "-n", "-p"], 0),
    ("nice", &["-n", "--adjustment"], 0),
    ("nohup", &[], 0),
    ("nsenter", &["-t", "-S", "-G", "--target"], 0),
    ("numactl", &["-N", "-m", "-C"], 0),
    ("parallel", &["-j", "--jobs", "-a", "-n"], 0),
    ("pkexec", &["--user"], 0),
    ("proxychains", &["-f"], 0),
    ("proxychains4", &["-f"], 0),
    ("setarch", &[], 1),
    ("setsid", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("strace", &["-o", "-e", "-p", "-s"], 0),
    ("su-exec", &[], 1),
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group"], 0),
    ("systemd-run", &["-u", "-p", "-E", "--unit"], 0),
    ("taskset", &[], 1),
    ("time", &["-f", "-o"], 0),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"], 1),
    ("tini", &["-p"], 0),
    ("torify", &[], 0),
    ("torsocks", &[], 0),
    ("toybox", &[], 0),
    ("unbuffer", &[], 0),
    ("unshare", &["-S", "-G", "-R", "-w", "--root", "--wd"], 0),
    ("watch", &["-n", "--interval"], 0),
    (
        "xargs",
        &["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s", "--max-args", "--max-procs", "--delimiter"],
        0,
    ),
];

/// Two words that together run what follows.
const RUNNERS: [(&str, &str); 6] = [
    ("conda", "run"),
    ("mamba", "run"),
    ("micromamba", "run"),
    ("pipenv", "run"),
    ("poetry", "run"),
    ("uv", "run"),
];

/// How many words only wrap the command behind them.
fn wrapped(words: &[Word]) -> Wrapped {
    let mut found = Wrapped::default();
    let text = |at: usize| words.get(at).map(|word| word.text.as_str());
    while let Some(word) = text(found.skip) {
        let name = word.rsplit('/').next().unwrap_or(word);
        let mut at = found.skip.saturating_add(1);
        let wrapper = WRAPPERS.iter().find(|(wrapper, ..)| *wrapper == name);
        let runner = RUNNERS.iter().any(|pair| text(at).is_some_and(|next| *pair == (name, next)));
        let (valued, mut positions) = match wrapper {
            Some((_, valued, positions)) => (*valued, *positions),
            None if runner => {
                at = at.saturating_add(1);
                (["-n", "-p", "--name", "--prefix", "--with", "--python", "--extra"].as_slice(), 0)
            }
            None => break,
        };
        while let Some(word) = text(at) {
            let asks = matches!((name, word), ("command", "-v" | "-V") | ("sudo", "-l" | "-v" | "-i" | "-s"));
            if asks {
                return found;
            }
            if word == "--" {
                at = at.saturating_add(1);
                break;
            }
            let sets = matches!(name, "env" | "sudo" | "doas")
                && word.contains('=')
                && !word.starts_with(['-', '/']);
            if name == "xargs" && word.starts_with("-I") {
                let attached = word.get(2..).filter(|token| !token.is_empty());
                let token = attached.or_else(|| text(at.saturating_add(1)));
                found.token = token.map(str::to_owned);
            }
            if word.starts_with('-') && word.len() > 1 {
                at = at.saturating_add(if valued.contains(&word) { 2 } else { 1 });
            } else if sets {
                at = at.saturating_add(1);
            } else if positions > 0 {
                positions = positions.saturating_sub(1);
                at = at.saturating_add(1);
            } else {
                break;
            }
        }
        if text(at).is_none() {
            return found;
        }
        found.skip = at;
        found.input_is_words |= matches!(name, "parallel" | "xargs");
    }
    found
}

/// Commands that stand among the arguments of `find`.
fn executed(words: &[Word]) -> Vec<Vec<Word>> {
    if !words.first().is_some_and(|word| word.text.ends_with("find")) {
        return Vec::new();
    }
    let mut commands = Vec::new();
    let mut rest = words;
    while let Some(at) =
        rest.iter().position(|word| matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok"))
    {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let end = rest.iter().position(|word| matches!(word.text.as_str(), ";" | "+")).unwrap_or(rest.len());
        commands.push(rest.get(..end).unwrap_or_default().to_vec());
        if commands.len() >= 16 {
            break;
        }
    }
    commands
}
