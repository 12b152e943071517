//! What holds other commands: loops, choices, conditions, brackets.

use super::shell::{Element, Shell};

/// Bytes of a sum in brackets.
const LONGEST_SUM: usize = 1024;

impl Shell<'_, '_> {
    /// `x in a b c` of a loop.
    pub(super) fn loop_head(&mut self) {
        self.blanks();
        if self.rest().starts_with("((") {
            return self.brackets();
        }
        let name = self.name();
        self.blank_lines();
        if self.reserved() != "in" {
            return;
        }
        self.skip(2);
        let words = self.words();
        // One value stands for all; the last, as it is after the loop.
        if let Some(last) = words.into_iter().max_by_key(|word| word.substitutions.len()) {
            self.state.set(&name, last);
        }
    }

    /// `case x in a) …;; esac`.
    pub(super) fn case(&mut self) -> Element {
        self.skip(4);
        self.blanks();
        self.word();
        self.blank_lines();
        if self.reserved() == "in" {
            self.skip(2);
        }
        let mut lines = Vec::new();
        loop {
            self.blank_lines();
            if self.peek().is_none() {
                self.unread("a `case` that does not end");
                break;
            }
            if self.reserved() == "esac" {
                self.skip(4);
                break;
            }
            if self.peek() == Some('(') {
                self.skip(1);
            }
            loop {
                self.words();
                match self.bump() {
                    Some('|') => {}
                    Some(')') | None => break,
                    Some(_) => self.unread("a pattern of `case`"),
                }
            }
            if self.list(&[";;", "esac"], &mut lines) != Some(";;") {
                break;
            }
        }
        self.group(lines)
    }

    /// `[[ … ]]`, in which signs have other meanings.
    pub(super) fn condition(&mut self) {
        self.skip(2);
        loop {
            self.blanks();
            if self.reserved() == "]]" {
                return self.skip(2);
            }
            let start = self.at;
            match self.peek() {
                None => return self.unread("a condition that does not end"),
                Some('\n') => self.line_break(),
                Some('<' | '>' | '(' | ')' | '|' | '&' | ';') => self.skip(1),
                Some(_) => {
                    self.word();
                }
            }
            if self.at == start {
                self.skip(1);
            }
        }
    }

    /// Two brackets are arithmetic when two close them; otherwise one command in brackets begins with another.
    pub(super) fn is_arithmetic(&self) -> bool {
        let mut open = 0_usize;
        let mut last = ' ';
        for (at, c) in self.rest().char_indices() {
            match c {
                '(' => open = open.saturating_add(1),
                ')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return last == ')';
                    }
                }
                _ => {}
            }
            if at > LONGEST_SUM {
                return false;
            }
            last = c;
        }
        false
    }

    /// Passes over brackets with everything in them.
    pub(super) fn brackets(&mut self) {
        let mut open = 0_usize;
        while let Some(c) = self.bump() {
            match c {
                '(' => open = open.saturating_add(1),
                ')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return;
                    }
                }
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
        self.unread("brackets that do not end");
    }
}
