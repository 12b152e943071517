//! Words of a shell: quotes, escapes, and what is put in the place of something else.

use super::shell::Shell;
use weighbridge_domain::facts::Program;

/// A word without its quotes.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// Nothing in it is quoted, escaped or substituted.
    pub(super) plain: bool,
    /// It stands for nothing that is not known.
    pub(super) constant: bool,
    pub(super) substitutions: Vec<Substitution>,
    /// It has braces that are not quoted.
    braced: bool,
    /// How often something in it is quoted or escaped.
    quotes: usize,
    /// Where white space that came out of a variable splits it.
    breaks: Vec<usize>,
}

/// Commands whose output stands in a word.
#[derive(Debug, Clone)]
pub(super) struct Substitution {
    pub(super) programs: Vec<Program>,
    /// The word is the name of a file that has the output.
    pub(super) file: bool,
}

/// Braces of one word that are undone, and what one of them may stand for.
const MOST_BRACES: usize = 32;
/// Bytes of a value that is put in the place of its variable.
const LONGEST_VALUE: usize = 2048;
/// Bytes that are remembered of a variable with the programs of its substitutions.
const MOST_REMEMBERED: usize = 8192;
/// Bytes that a word may have before nothing is put into it.
const LONGEST_WORD: usize = 64 << 10;

impl Word {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), plain: true, constant: true, ..Self::default() }
    }

    /// Text that was in quotes.
    pub(super) fn quote(text: &str) -> Self {
        Self { plain: false, ..Self::of(text) }
    }

    /// The words that it is after splitting.
    pub(super) fn split(mut self) -> Vec<Self> {
        if self.breaks.is_empty() {
            if self.braced && self.quotes == 0 && self.text.contains(',') {
                return self.spread();
            }
            return vec![self];
        }
        let mut words = Vec::new();
        let mut from = 0;
        self.breaks.push(self.text.len());
        for end in std::mem::take(&mut self.breaks) {
            let piece = self.text.get(from..end).unwrap_or_default();
            if !piece.is_empty() {
                let constant = self.constant;
                words.push(Self { text: piece.to_owned(), constant, ..Self::default() });
            }
            let space = self.text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            from = end.saturating_add(space);
        }
        if let Some(first) = words.first_mut() {
            first.substitutions = self.substitutions;
        }
        words
    }

    /// The words that its braces stand for: `a{b,c}` is `ab ac`.
    fn spread(mut self) -> Vec<Self> {
        let mut texts = vec![std::mem::take(&mut self.text)];
        for _ in 0..MOST_BRACES {
            let Some(at) = texts.iter().position(|text| alternatives(text).is_some()) else { break };
            let more = texts.get(at).and_then(|text| alternatives(text)).unwrap_or_default();
            texts.splice(at..=at, more);
        }
        let words = texts.into_iter().enumerate().map(|(at, text)| {
            let substitutions = if at == 0 { std::mem::take(&mut self.substitutions) } else { Vec::new() };
            Self { text, plain: self.plain, constant: self.constant, substitutions, ..Self::default() }
        });
        words.collect()
    }

    /// It is small enough to be remembered as a value.
    pub(super) fn is_short(&self) -> bool {
        self.text.len() <= LONGEST_VALUE && self.cost() <= MOST_REMEMBERED
    }

    /// What it costs to put it somewhere, in bytes.
    pub(super) fn cost(&self) -> usize {
        let programs = self.substitutions.iter().flat_map(|one| &one.programs);
        let words = programs.flat_map(|program| &program.words);
        words.fold(self.text.len().saturating_add(64), |sum, word| {
            sum.saturating_add(word.len()).saturating_add(64)
        })
    }

    fn unknown(&mut self, source: &str) {
        self.text.push_str(source);
        self.constant = false;
    }

    /// Puts a value in the place of its variable.
    fn put(&mut self, value: &Self, quoted: bool) {
        if self.text.len() > LONGEST_WORD {
            self.constant = false;
            return;
        }
        for c in value.text.chars() {
            if !quoted && c.is_whitespace() {
                self.breaks.push(self.text.len());
            }
            self.text.push(c);
        }
        self.constant &= value.constant;
        self.substitutions.extend(value.substitutions.iter().cloned());
    }
}

/// A text with one pair of braces undone, if it has one that says several things.
fn alternatives(text: &str) -> Option<Vec<String>> {
    if text.len() > LONGEST_VALUE {
        return None;
    }
    let mut from = 0_usize;
    while let Some(open) = text.get(from..)?.find('{').map(|at| from.saturating_add(at)) {
        let mut depth = 0_usize;
        let mut cuts = vec![open];
        let before = text.get(..open)?;
        for (at, c) in text.get(open..)?.char_indices().map(|(at, c)| (open.saturating_add(at), c)) {
            match c {
                '{' => depth = depth.saturating_add(1),
                ',' if depth == 1 => cuts.push(at),
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if c == '}' && depth == 0 {
                cuts.push(at);
                break;
            }
        }
        if depth == 0 && cuts.len() > 2 && !before.ends_with('$') {
            let behind = text.get(cuts.last()?.saturating_add(1)..)?;
            let pieces = cuts.windows(2).take(MOST_BRACES).filter_map(|pair| match pair {
                [from, to] => text.get(from.saturating_add(1)..*to),
                _ => None,
            });
            return Some(pieces.map(|piece| [before, piece, behind].concat()).collect());
        }
        from = open.saturating_add(1);
    }
    None
}

impl<'s> Shell<'s, '_> {
    /// The word that begins here; empty when none does.
    pub(super) fn word(&mut self) -> Word {
        let mut word = Word::of("");
        while let Some(c) = self.peek() {
            match c {
                '<' | '>' if self.rest().get(1..2) == Some("(") => {
                    let start = self.at;
                    self.skip(2);
                    let programs = self.substitution();
                    let source = self.since(start);
                    word.unknown(source);
                    word.plain = false;
                    word.substitutions.push(Substitution { programs, file: true });
                }
                '(' if word.text.ends_with(['@', '?', '*', '+', '!']) && !word.text.ends_with("$?") => {
                    let start = self.at;
                    self.brackets();
                    let source = self.since(start);
                    word.text.push_str(source);
                    word.plain = false;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\0' => self.skip(1),
                '\\' => {
                    self.skip(1);
                    word.quotes = word.quotes.saturating_add(1);
                    word.plain = false;
                    match self.bump() {
                        Some('\n') | None => {}
                        Some('\r') if self.peek() == Some('\n') => self.skip(1),
                        Some(other) => word.text.push(other),
                    }
                }
                '\'' => {
                    self.skip(1);
                    word.quotes = word.quotes.saturating_add(1);
                    word.plain = false;
                    let text = self.until('\'');
                    word.text.push_str(text);
                }
                '"' => {
                    self.skip(1);
                    word.quotes = word.quotes.saturating_add(1);
                    word.plain = false;
                    self.quoted(&mut word, Some('"'));
                }
                '$' => self.dollar(&mut word, false),
                '`' => self.backticks(&mut word),
                other => {
                    word.braced |= other == '{';
                    self.skip(other.len_utf8());
                    word.text.push(other);
                }
            }
        }
        word
    }

    /// Text up to a quote, and over it.
    fn until(&mut self, quote: char) -> &'s str {
        let rest = self.rest();
        match rest.find(quote) {
            Some(length) => {
                self.skip(length.saturating_add(quote.len_utf8()));
                rest.get(..length).unwrap_or_default()
            }
            None => {
                self.unread("a quote that does not end");
                self.skip(rest.len());
                rest
            }
        }
    }

    /// Text in double quotes, or of a document that stands in the script, to its end.
    pub(super) fn quoted(&mut self, word: &mut Word, end: Option<char>) {
        while let Some(c) = self.peek() {
            match c {
                _ if Some(c) == end => {
                    self.skip(1);
                    return;
                }
                '\\' => {
                    self.skip(1);
                    match self.bump() {
                        Some('\n') => {}
                        Some(c @ ('$' | '`' | '"' | '\\')) => word.text.push(c),
                        Some(c) => word.text.extend(['\\', c]),
                        None => word.text.push('\\'),
                    }
                }
                '$' => self.dollar(word, true),
                '`' => self.backticks(word),
                other => {
                    self.skip(other.len_utf8());
                    word.text.push(other);
                }
            }
        }
        if end.is_some() {
            self.unread("a quote that does not end");
        }
    }

    /// What a dollar begins.
    fn dollar(&mut self, word: &mut Word, quoted: bool) {
        word.plain = false;
        let start = self.at;
        self.skip(1);
        match self.peek() {
            Some('(') if self.rest().starts_with("((") && self.is_arithmetic() => {
                self.brackets();
                let source = self.since(start);
                word.unknown(source);
            }
            Some('(') => {
                self.skip(1);
                let programs = self.substitution();
                let source = self.since(start);
                word.unknown(source);
                word.substitutions.push(Substitution { programs, file: false });
            }
            Some('{') => self.braces(word, start, quoted),
            Some('\'') if !quoted => {
                self.skip(1);
                self.escapes(word);
            }
            Some('"') if !quoted => {}
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = self.name();
                self.variable(word, &name, start, quoted);
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => {
                self.skip(1);
                let source = self.since(start);
                word.unknown(source);
            }
            _ => word.text.push('$'),
        }
    }

    /// Letters, digits and `_`, also on lines that continue each other.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        loop {
            let rest = self.rest();
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            name.push_str(rest.get(..length).unwrap_or_default());
            self.skip(length);
            if !self.rest().starts_with("\\\n") {
                return name;
            }
            self.skip(2);
        }
    }

    fn variable(&mut self, word: &mut Word, name: &str, start: usize, quoted: bool) {
        if name == "IFS" && !quoted {
            word.breaks.push(word.text.len());
            word.text.push(' ');
        } else if let Some(value) = self.state.value(name) {
            word.put(value, quoted);
        } else {
            let source = self.since(start);
            word.unknown(source);
        }
    }

    /// A variable in braces, with what is done to it.
    fn braces(&mut self, word: &mut Word, start: usize, quoted: bool) {
        self.skip(1);
        let name = self.name();
        if self.peek() == Some('}') && !name.is_empty() {
            self.skip(1);
            return self.variable(word, &name, start, quoted);
        }
        // All of a list; its words are split where it is used.
        if !name.is_empty() && (self.rest().starts_with("[@]}") || self.rest().starts_with("[*]}")) {
            self.skip(4);
            return self.variable(word, &name, start, false);
        }
        let default = [":-", ":=", "-", "="].into_iter().find(|sign| self.rest().starts_with(sign));
        let mut inner = Word::quote("");
        if let (Some(sign), false) = (default, name.is_empty()) {
            self.skip(sign.len());
            self.quoted_in_braces(&mut inner);
            match self.state.value(&name) {
                Some(value) => word.put(value, quoted),
                None => word.put(&inner, quoted),
            }
            return;
        }
        self.quoted_in_braces(&mut inner);
        let source = self.since(start);
        word.unknown(source);
        word.substitutions.append(&mut inner.substitutions);
    }

    /// Text up to the bracket that ends the braces.
    fn quoted_in_braces(&mut self, word: &mut Word) {
        while let Some(c) = self.peek() {
            match c {
                '}' => {
                    self.skip(1);
                    return;
                }
                '\\' => {
                    self.skip(1);
                    word.text.extend(self.bump());
                }
                '\'' => {
                    // In double quotes it is a letter like others.
                    let rest = self.rest();
                    let closes = rest.get(1..).and_then(|rest| rest.find(['\'', '}', '\n']));
                    let paired = closes.is_some_and(|at| {
                        rest.get(at.saturating_add(1)..).is_some_and(|end| end.starts_with('\''))
                    });
                    self.skip(1);
                    if paired {
                        let text = self.until('\'');
                        word.text.push_str(text);
                    }
                }
                '"' => {
                    self.skip(1);
                    self.quoted(word, Some('"'));
                }
                '$' => self.nested(|shell| shell.dollar(word, true)),
                '`' => self.backticks(word),
                other => {
                    self.skip(other.len_utf8());
                    word.text.push(other);
                }
            }
        }
        self.unread("braces that do not end");
    }

    /// Text in `$'…'`.
    fn escapes(&mut self, word: &mut Word) {
        while let Some(c) = self.bump() {
            match c {
                '\'' => return,
                '\\' => {
                    let Some(letter) = self.bump() else { break };
                    let (radix, most) = match letter {
                        'x' => (16, 2),
                        'u' => (16, 4),
                        'U' => (16, 8),
                        '0'..='7' => (8, 2),
                        _ => (0, 0),
                    };
                    let control = match letter {
                        'n' => Some('\n'),
                        't' => Some('\t'),
                        'r' => Some('\r'),
                        'e' | 'E' => Some('\x1b'),
                        _ => None,
                    };
                    if radix == 0 {
                        word.text.push(control.unwrap_or(letter));
                        continue;
                    }
                    let mut digits = String::new();
                    if radix == 8 {
                        digits.push(letter);
                    }
                    let longest = digits.len().saturating_add(most);
                    while let Some(digit) =
                        self.peek().filter(|c| c.is_digit(radix) && digits.len() < longest)
                    {
                        self.skip(1);
                        digits.push(digit);
                    }
                    word.text.extend(u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32));
                }
                other => word.text.push(other),
            }
        }
        self.unread("a quote that does not end");
    }

    /// Commands in backticks.
    fn backticks(&mut self, word: &mut Word) {
        let start = self.at;
        word.plain = false;
        self.skip(1);
        let mut inner = String::new();
        loop {
            match self.bump() {
                Some('`') => break,
                Some('\\') => match self.bump() {
                    Some(c @ ('`' | '\\' | '$')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => inner.push('\\'),
                },
                Some(c) => inner.push(c),
                None => {
                    self.unread("a quote that does not end");
                    break;
                }
            }
        }
        let programs = self.programs_of(&inner, start);
        let source = self.since(start);
        word.unknown(source);
        word.substitutions.push(Substitution { programs, file: false });
    }
}
