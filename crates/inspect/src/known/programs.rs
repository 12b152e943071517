//! What is known of programs by their names: which run text that they are given, and where it stands among their arguments.

/// A language whose interpreter runs text that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `sh` and its relatives, `eval` and `source`.
    Shell,
    /// Python.
    Python,
    /// PowerShell.
    PowerShell,
    /// Perl, Ruby, Node and others.
    Other,
}

/// The language that the program of this name runs.
pub fn language(name: &str) -> Option<Language> {
    let lower = name.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match stem {
        "ash" | "bash" | "busybox" | "csh" | "dash" | "fish" | "ksh" | "mksh" | "rbash" | "sh" | "tcsh"
        | "zsh" | "$shell" | "${shell}" | "$bash" => Language::Shell,
        "python" | "pythonw" | "pypy" | "ipython" => Language::Python,
        "powershell" | "pwsh" => Language::PowerShell,
        "bun" | "deno" | "julia" | "lua" | "luajit" | "node" | "nodejs" | "osascript" | "perl" | "php"
        | "ruby" | "rscript" | "tclsh" => Language::Other,
        _ => return None,
    })
}

/// It is a shell for which this program is written.
pub fn is_shell(name: &str) -> bool {
    language(name) == Some(Language::Shell)
}

/// Options behind which a value follows as a word of its own, of an interpreter of this language.
fn takes_value(language: Language, option: &str) -> bool {
    match language {
        Language::Shell => matches!(option, "-o" | "+o" | "-O" | "+O" | "--rcfile" | "--init-file"),
        Language::Python => matches!(option, "-W" | "-X" | "--check-hash-based-pycs"),
        Language::PowerShell => {
            matches!(
                option.to_lowercase().as_str(),
                "-executionpolicy" | "-ep" | "-version" | "-w" | "-windowstyle"
            )
        }
        Language::Other => matches!(option, "-I" | "-r" | "--require" | "-M"),
    }
}

/// An option that says that code follows.
fn introduces_code(language: Language, name: &str, option: &str) -> bool {
    let cluster = |letters: &[char]| {
        let short = option.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        short.is_some_and(|rest| {
            rest.len() <= 8 && rest.ends_with(letters) && rest.chars().all(|c| c.is_ascii_alphabetic())
        })
    };
    match language {
        Language::Shell => {
            cluster(&['c']) || option.len() <= 6 && option.starts_with("-c") && cluster(&['l', 'e', 'x', 'i'])
        }
        Language::Python => cluster(&['c']),
        Language::PowerShell => {
            let option = option.to_lowercase();
            matches!(option.as_str(), "-c" | "-command" | "-e" | "-ec" | "-enc" | "-encodedcommand")
        }
        Language::Other if name == "php" => option == "-r",
        Language::Other => cluster(&['e', 'E']) || matches!(option, "--eval" | "-p" | "--print" | "-pe"),
    }
}

/// What an interpreter is asked to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The text in the word of this number.
    Code(usize),
    /// The file or module in the word of this number.
    File(usize),
    /// What comes on its standard input.
    Input,
}

/// What a program is asked to run, when it is an interpreter.
pub fn asked(words: &[&str]) -> Option<Asked> {
    let (program, arguments) = words.split_first()?;
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    match name {
        "eval" | "iex" | "Invoke-Expression" => return (!arguments.is_empty()).then_some(Asked::Code(1)),
        // They run what they read, line by line or as rules with commands.
        "at" if !arguments.iter().any(|word| matches!(*word, "-f" | "-l" | "-r" | "-d" | "-c")) => {
            return Some(Asked::Input);
        }
        "parallel" if arguments.iter().all(|word| word.starts_with('-')) => return Some(Asked::Input),
        "gmake" | "make"
            if arguments.contains(&"-f-") || arguments.windows(2).any(|pair| pair == ["-f", "-"]) =>
        {
            return Some(Asked::Input);
        }
        "." | "source" => return Some(file(1, arguments.first()?)),
        "su" | "runuser" | "script" => {
            let at = arguments.iter().position(|word| matches!(*word, "-c" | "--command"))?;
            return arguments.get(at.saturating_add(1)).map(|_| Asked::Code(at.saturating_add(2)));
        }
        "trap" => return (arguments.len() > 1 && *arguments.first()? != "-").then_some(Asked::Code(1)),
        _ => {}
    }
    let language = language(name)?;
    let mut at = 1_usize;
    while let Some(word) = words.get(at) {
        let next = at.saturating_add(1);
        if introduces_code(language, name, word) {
            return words.get(next).map(|_| Asked::Code(next));
        }
        if *word == "-m" && language == Language::Python {
            return Some(Asked::File(next));
        }
        if *word == "--" {
            return Some(words.get(next).map_or(Asked::Input, |word| file(next, word)));
        }
        let option =
            word.starts_with('-') && *word != "-" || language == Language::Shell && word.starts_with('+');
        if !option {
            return Some(file(at, word));
        }
        let cluster = !word.starts_with("--") && word.ends_with('s');
        if language == Language::Shell && cluster {
            return Some(Asked::Input);
        }
        at = if takes_value(language, word) { next.saturating_add(1) } else { next };
    }
    // Alone, they answer what they are asked.
    Some(Asked::Input)
}

fn file(at: usize, word: &str) -> Asked {
    if matches!(word, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
        Asked::Input
    } else {
        Asked::File(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_an_interpreter_is_asked_to_run() {
        for (line, expected) in [
            ("sh", Some(Asked::Input)),
            ("bash -s -- --yes", Some(Asked::Input)),
            ("/bin/bash -", Some(Asked::Input)),
            ("bash /dev/stdin x", Some(Asked::Input)),
            ("bash -x run.sh", Some(Asked::File(2))),
            ("bash -o pipefail -lc ls", Some(Asked::Code(4))),
            ("bash -cx ls", Some(Asked::Code(2))),
            ("sh -e", Some(Asked::Input)),
            ("python3.11 -u -c pass", Some(Asked::Code(3))),
            ("python3 -", Some(Asked::Input)),
            ("python -m json.tool", Some(Asked::File(2))),
            ("python -W ignore run.py", Some(Asked::File(3))),
            ("perl -ne print", Some(Asked::Code(2))),
            ("node -e 1", Some(Asked::Code(2))),
            ("php -r 1", Some(Asked::Code(2))),
            ("source ./env.sh", Some(Asked::File(1))),
            ("eval ls", Some(Asked::Code(1))),
            ("su user -c ls", Some(Asked::Code(3))),
            ("powershell -ExecutionPolicy Bypass -Command ls", Some(Asked::Code(4))),
            ("cat", None),
            ("grep -c x", None),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(asked(&words), expected, "{line}");
        }
    }
}
