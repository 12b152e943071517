//! Commands inside programs in one line: `awk` with `system`, `sed` with `e`, and what Perl, Ruby, PHP and Node start.

/// Commands of one text that are looked at.
const MOST: usize = 16;
/// Calls that start a command, which stands behind them in quotes.
const CALLS: [&str; 9] =
    ["exec", "execSync", "passthru", "popen", "popen2", "proc_open", "shell_exec", "spawnSync", "system"];

/// Whether the arguments of this program are a program themselves, and which of its words it is.
pub(super) fn code_of(words: &[&str]) -> Option<usize> {
    let name = words.first()?.rsplit('/').next()?;
    let mut at = 1_usize;
    match name {
        "awk" | "gawk" | "gsed" | "mawk" | "nawk" | "original-awk" | "sed" => {}
        _ => return None,
    }
    while let Some(word) = words.get(at) {
        let next = at.saturating_add(1);
        match *word {
            "-e" | "--expression" => return Some(next),
            "-F" | "-v" | "-f" => at = next.saturating_add(1),
            word if word.starts_with('-') && word.len() > 1 => at = next,
            _ => return Some(at),
        }
    }
    None
}

/// The commands that a program in one line starts.
pub(super) fn commands(name: &str, code: &str) -> Vec<String> {
    match name {
        "gsed" | "sed" => of_sed(code),
        "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => {
            let mut found = called(code);
            found.extend(piped(code));
            found
        }
        _ => {
            let mut found = called(code);
            if matches!(name, "perl" | "php" | "ruby") {
                found.extend(code.split('`').skip(1).step_by(2).take(MOST).map(str::to_owned));
            }
            found
        }
    }
}

fn called(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(|c: char| c.is_ascii_alphabetic()) {
        let starts_word =
            !code.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if !starts_word || found.len() >= MOST {
            continue;
        }
        let rest = code.get(at..).unwrap_or_default();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let behind = rest.get(length..).unwrap_or_default().trim_start_matches([' ', '(']);
        if CALLS.contains(&word) {
            found.extend(quoted(behind));
        } else if word == "qx" {
            let close = match rest.get(length..).and_then(|rest| rest.chars().next()) {
                Some('{') => '}',
                Some('/') => '/',
                _ => ')',
            };
            let inner = rest.get(length.saturating_add(1)..).unwrap_or_default();
            found.extend(inner.split(close).next().map(str::to_owned));
        }
    }
    found
}

/// `"command" | getline` and `print | "command"`
fn piped(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('|').take(MOST) {
        let (before, behind) = code.split_at_checked(at).unwrap_or((code, ""));
        if before.ends_with('|') || behind.starts_with("||") {
            continue;
        }
        let behind = behind.get(1..).unwrap_or_default().trim_start_matches([' ', '&']);
        found.extend(quoted(behind));
        if behind.starts_with("getline")
            && let Some(start) = before.trim_end().strip_suffix('"').and_then(|inner| inner.rfind('"'))
        {
            found.extend(quoted(before.get(start..).unwrap_or_default()));
        }
    }
    found
}

/// The text in the quotes that begin here.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let mut out = String::new();
    let mut letters = text.chars().skip(1);
    while let Some(c) = letters.next() {
        match c {
            '\\' => out.extend(letters.next()),
            c if c == quote => return Some(out),
            c => out.push(c),
        }
    }
    None
}

/// `e command`, and `s/…/command/e`.
fn of_sed(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code.split(['\n', ';']).take(MOST) {
        let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || "$,! ".contains(c));
        if let Some(command) = line.strip_prefix("e ") {
            found.push(command.to_owned());
        }
    }
    if let Some(rest) = code.trim_start().strip_prefix('s')
        && let Some(sign) = rest.chars().next().filter(char::is_ascii_punctuation)
    {
        let mut parts = rest.split(sign).skip(2);
        let command = parts.next().unwrap_or_default();
        let flags = parts.next().unwrap_or_default();
        if flags.contains('e') && flags.chars().all(|c| c.is_ascii_alphanumeric()) {
            found.push(command.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn finds_the_commands_of_programs_in_one_line() {
        for (name, code, expected) in [
            ("awk", "BEGIN { system(\"a | b\") }", &["a | b"][..]),
            ("awk", "{ \"a b\" | getline x; print | \"c\" }", &["a b", "c"]),
            ("awk", "{ print $1 || \"x\" }", &[]),
            ("sed", "1e a b", &["a b"]),
            ("sed", "s/.*/a b/e", &["a b"]),
            ("sed", "s/e /x/g", &[]),
            ("perl", "print `a`; system('b \\' c')", &["b ' c", "a"]),
            ("php", "shell_exec (\"a\");", &["a"]),
            ("node", "require('child_process').execSync('a')", &["a"]),
            ("ruby", "puts 1", &[]),
        ] {
            assert_eq!(commands(name, code), expected, "{code}");
        }
    }
}
