//! Command lines that a file starts, word by word.

use std::rc::Rc;

use super::value::{Given, Value};

/// Words of a command that are kept.
const MOST_WORDS: usize = 200;
/// Of a word, what is kept.
const LONGEST_WORD: usize = 500;

/// The words of the command that a call starts; empty when nothing is known of it.
pub(super) fn of_call(name: &str, arguments: &[Given]) -> Vec<String> {
    let own = |name: &Option<Rc<str>>| name.as_deref() == Some("self");
    let mut given = arguments.iter().filter(|(name, _)| !own(name));
    let first = given
        .clone()
        .find(|(name, _)| name.as_deref().is_none_or(|name| matches!(name, "args" | "cmd" | "command")));
    let Some((_, first)) = first else { return Vec::new() };
    let last = name.rsplit('.').next().unwrap_or_default();
    if let ("main", Value::Items(_, items)) = (last, first) {
        // What pip is given is what stands behind its name.
        let program = name.split('.').next().unwrap_or_default().to_owned();
        return std::iter::once(program).chain(items.iter().map(word)).take(MOST_WORDS).collect();
    }
    if last.starts_with("exec") || last.starts_with("spawn") || last == "create_subprocess_exec" {
        // The program, and then its words with its name among them.
        let program = given.find_map(|(_, value)| value.as_pieces());
        let mut all = Vec::new();
        for (_, value) in arguments {
            match value {
                Value::Items(_, items) => all.extend(items.iter().skip(1).map(word)),
                other => {
                    all.extend(other.as_pieces().filter(|text| Some(*text) != program).map(str::to_owned));
                }
            }
        }
        return program.map(str::to_owned).into_iter().chain(all).take(MOST_WORDS).collect();
    }
    match first {
        Value::Items(_, items) => {
            let known = items.iter().any(|item| item.as_pieces().is_some());
            // What a shell is given is a command, too.
            let mut found: Vec<String> = Vec::new();
            for item in items.iter().take(MOST_WORDS) {
                let after_shell = matches!(found.as_slice(), [.., shell, flag] if is_shell(shell) && flag.starts_with('-') && flag.ends_with('c'));
                if after_shell {
                    found.extend(words(item.as_pieces().unwrap_or("{}")));
                } else {
                    found.push(word(item));
                }
            }
            if known { found } else { Vec::new() }
        }
        other => other.as_pieces().map_or_else(Vec::new, words),
    }
}

fn is_shell(program: &str) -> bool {
    let program = program.rsplit('/').next().unwrap_or(program);
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh")
}

fn word(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Name(name) => format!("{{{name}}}"),
        other => cut(other.as_pieces().unwrap_or("{}")),
    }
}

fn cut(word: &str) -> String {
    word.get(..word.floor_char_boundary(LONGEST_WORD)).unwrap_or_default().to_owned()
}

/// The words of a line for a shell; pipes and other signs between commands are words of their own.
pub(in crate::formats) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = None;
    let mut letters = line.chars().peekable();
    let mut open = false;
    while let Some(c) = letters.next() {
        if words.len() >= MOST_WORDS {
            break;
        }
        match (quoted, c) {
            (Some(quote), c) if c == quote => quoted = None,
            (Some('\''), c) => word.push(c),
            (Some(_) | None, '\\') => {
                if let Some(next) = letters.next().filter(|next| *next != '\n') {
                    word.push(next);
                }
            }
            (None, '"' | '\'') => {
                quoted = Some(c);
                open = true;
            }
            (None, c) if c.is_whitespace() => finish(&mut words, &mut word, &mut open),
            (None, '|' | '&' | ';' | '>' | '<') => {
                finish(&mut words, &mut word, &mut open);
                let mut sign = String::from(c);
                while let Some(next) = letters.next_if(|next| *next == c) {
                    sign.push(next);
                }
                words.push(sign);
            }
            (_, c) => word.push(c),
        }
    }
    finish(&mut words, &mut word, &mut open);
    words
}

fn finish(words: &mut Vec<String>, word: &mut String, open: &mut bool) {
    if !word.is_empty() || *open {
        words.push(cut(word));
    }
    word.clear();
    *open = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(words("a 'b c' \"d $e\" f\\ g"), ["a", "b c", "d $e", "f g"]);
        assert_eq!(words("curl -s x|sh && ls>>y"), ["curl", "-s", "x", "|", "sh", "&&", "ls", ">>", "y"]);
        assert_eq!(words("''"), [""]);
        assert!(words("  ").is_empty());
    }
}
