//! Simple commands: words, the variables that are set before them, and redirections.

use super::shell::{Element, MOST_WORDS, Redirected, Shell, append};
use super::word::Word;

/// Other names that are remembered, and how long what they stand for may be.
const MOST_ALIASES: usize = 1000;
const LONGEST_ALIAS: usize = 400;

/// A variable whose value shells or their tools run.
fn is_run(name: &str) -> bool {
    matches!(name, "GIT_SSH_COMMAND" | "LESSOPEN" | "PROMPT_COMMAND")
}

impl<'s> Shell<'s, '_> {
    /// A command with its words and redirections.
    pub(super) fn simple(&mut self) -> Element {
        let place = self.place();
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut values: Vec<Word> = Vec::new();
        // Text that a shell runs by itself.
        let mut hooks: Vec<String> = Vec::new();
        loop {
            self.blanks();
            if self.redirect(&mut redirects) {
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '|' | ')' | '&') => break,
                Some('(')
                    if words.len() == 1
                        && self.rest().get(1..).is_some_and(|rest| rest.trim_start().starts_with(')')) =>
                {
                    self.brackets();
                    self.blank_lines();
                    let name = words.first().map(|word| word.text.clone()).unwrap_or_default();
                    return self.function(&name);
                }
                Some('(') => {
                    self.unread("a bracket among words");
                    self.skip(1);
                }
                Some(_) => {
                    if words.is_empty()
                        && let Some(name) = self.assigned()
                    {
                        let value = self.value();
                        if is_run(name) && value.constant {
                            hooks.push(value.text.clone());
                        }
                        values.push(value.clone());
                        self.state.set(name, value);
                        continue;
                    }
                    let declares = words.first().is_some_and(|word| {
                        matches!(word.text.as_str(), "declare" | "export" | "local" | "readonly" | "typeset")
                    });
                    if declares && let Some(name) = self.assigned() {
                        let value = self.value();
                        if is_run(name) && value.constant {
                            hooks.push(value.text.clone());
                        }
                        let mut word = value.clone();
                        word.text = format!("{name}={}", value.text);
                        self.state.set(name, value);
                        self.push(&mut words, word);
                        continue;
                    }
                    let start = self.at;
                    let word = self.word();
                    if self.at == start {
                        self.skip(self.peek().map_or(0, char::len_utf8));
                        continue;
                    }
                    if words.is_empty() && self.alias(&word, &mut words) {
                        continue;
                    }
                    self.push(&mut words, word);
                }
            }
        }
        self.takes_note(&words, &redirects);
        let mut settled = self.settle(words, &redirects, values, place);
        for hook in hooks {
            let more = self.programs_of(&hook, place);
            append(&mut settled.programs, more);
        }
        Element::Programs(settled)
    }

    /// Puts the words of another name in its place.
    fn alias(&mut self, word: &Word, words: &mut Vec<Word>) -> bool {
        let known = self.state.aliases.get(&word.text).filter(|_| word.plain).cloned();
        let Some(known) = known else { return false };
        for piece in known.split_whitespace() {
            self.push(words, Word::of(piece));
        }
        true
    }

    /// Remembers other names of commands, and what is read into variables.
    fn takes_note(&mut self, words: &[Word], redirects: &[Redirected]) {
        match words.first().map(|word| word.text.as_str()) {
            Some("alias") => {
                for word in words.iter().skip(1) {
                    if let Some((name, value)) = word.text.split_once('=')
                        && self.state.aliases.len() < MOST_ALIASES
                        && value.len() <= LONGEST_ALIAS
                        // A name that begins with itself is that command.
                        && value.split_whitespace().next() != Some(name)
                    {
                        self.state.aliases.insert(name.to_owned(), value.to_owned());
                    }
                }
            }
            Some("mapfile" | "read" | "readarray") => {
                let given = redirects.iter().find(|one| matches!(one.sign, "<" | "<<<"));
                let Some(given) = given.filter(|one| one.sign == "<<<" || !one.word.substitutions.is_empty())
                else {
                    return;
                };
                let mut value = given.word.clone();
                for one in &mut value.substitutions {
                    one.file = false;
                }
                let is_name = |text: &str| {
                    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                };
                for word in words.iter().skip(1).filter(|word| is_name(&word.text)) {
                    self.state.set(&word.text, value.clone());
                }
            }
            _ => {}
        }
    }

    /// The name of a variable that is set here; the sign behind it is passed over.
    fn assigned(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        let name =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').and_then(|end| rest.get(..end))?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut behind = rest.get(name.len()..)?;
        if behind.starts_with('[') {
            behind = behind.get(behind.find([']', '\n'])?.saturating_add(1)..)?;
        }
        let behind = behind.strip_prefix('+').unwrap_or(behind).strip_prefix('=')?;
        self.skip(rest.len().saturating_sub(behind.len()));
        Some(name)
    }

    /// The value that a variable is set to; of a list, all of it as one.
    fn value(&mut self) -> Word {
        if self.peek() != Some('(') {
            return self.word();
        }
        self.skip(1);
        let mut all = Word::quote("");
        loop {
            self.blank_lines();
            let start = self.at;
            let mut word = self.word();
            if self.at == start {
                match self.bump() {
                    Some(')') => return all,
                    None => break,
                    Some(_) => continue,
                }
            }
            if all.text.len() < MOST_WORDS {
                all.text.push(' ');
                all.text.push_str(&word.text);
                all.constant &= word.constant;
                all.substitutions.append(&mut word.substitutions);
            }
        }
        self.unread("a list that does not end");
        all
    }
}
