//! Simple commands: words, the variables that are set before them, and redirections.

use super::shell::{Element, MOST_WORDS, Shell};
use super::word::Word;

impl<'s> Shell<'s, '_> {
    /// A command with its words and redirections.
    pub(super) fn simple(&mut self) -> Element {
        let place = self.place();
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut values: Vec<Word> = Vec::new();
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
                    return self.nested(|shell| Some(shell.element())).unwrap_or(Element::Nothing);
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
                        values.push(value.clone());
                        self.state.set(name, value);
                        continue;
                    }
                    let declares = words.first().is_some_and(|word| {
                        matches!(word.text.as_str(), "declare" | "export" | "local" | "readonly" | "typeset")
                    });
                    if declares && let Some(name) = self.assigned() {
                        let value = self.value();
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
                    self.push(&mut words, word);
                }
            }
        }
        Element::Programs(self.settle(words, &redirects, values, place))
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
                all.substitutions.append(&mut word.substitutions);
            }
        }
        self.unread("a list that does not end");
        all
    }
}
