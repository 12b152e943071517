//! The words of JavaScript: comments passed over, texts, templates and regular expressions told from operators.

use crate::limits::{Budget, Fault};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A text in quotation marks.
    Text,
    /// A piece of a template, with what opens and closes it.
    Template,
    /// A number.
    Number,
    /// A regular expression.
    Regex,
    /// An operator or bracket; `=>`, `?.`, `...`, `++` and `--` are one each, others are told byte by byte.
    Mark,
}

/// A token, as offsets in the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) at: u32,
    pub(super) end: u32,
    /// Number of the token that closes or opens the same bracket; its own when there is none.
    pub(super) pair: u32,
    pub(super) kind: Kind,
}

/// The tokens of a source.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) all: Vec<Token>,
    /// Where the first text is that does not end.
    pub(super) broken: Option<usize>,
    /// Where brackets are nested more deeply than anybody writes them; nothing behind it is there.
    pub(super) too_deep: Option<usize>,
}

/// Brackets in brackets.
const DEEPEST: usize = 20_000;

/// Memory that a byte of source may take as tokens.
pub(super) const MEMORY: u64 = size_of::<Token>() as u64;

/// Words behind which a value begins, so that `/` begins a regular expression.
#[rustfmt::skip]
const BEFORE_VALUE: [&str; 15] = [
    "await", "case", "delete", "do", "else", "extends", "in", "instanceof", "new", "of", "return", "throw", "typeof", "void", "yield",
];

/// A bracket that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    token: u32,
    sign: u8,
    /// Behind its end, a value begins.
    before_value: bool,
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    tokens: Tokens,
    open: Vec<Open>,
    /// What follows the last token may be a value and not an operator.
    value_next: bool,
    /// Bytes that were taken for regular expressions and are none.
    failed: usize,
}

/// Bytes that may be taken for regular expressions in vain.
const MOST_FAILED: usize = 16 << 20;

/// The tokens of a source.
pub(super) fn tokens(source: &str, budget: &Budget) -> Result<Tokens, Fault> {
    let mut lexer = Lexer {
        source: source.as_bytes(),
        at: 0,
        tokens: Tokens::default(),
        open: Vec::new(),
        value_next: true,
        failed: 0,
    };
    if source.starts_with("#!") {
        lexer.line();
    }
    while lexer.step() {
        if lexer.open.len() > DEEPEST {
            lexer.tokens.too_deep = Some(lexer.at);
            break;
        }
        if lexer.tokens.all.len().is_multiple_of(1 << 16) {
            budget.tick()?;
        }
    }
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.source.get(self.at.saturating_add(ahead)).copied().unwrap_or_default()
    }

    fn rest(&self) -> &[u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.source.len());
    }

    /// Goes to the end of the line.
    fn line(&mut self) {
        let length = memchr::memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
        self.skip(length);
    }

    fn add(&mut self, kind: Kind, start: usize) {
        let own = u32::try_from(self.tokens.all.len()).unwrap_or(u32::MAX);
        let (at, end) =
            (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(self.at).unwrap_or(u32::MAX));
        self.tokens.all.push(Token { at, end, pair: own, kind });
    }

    fn word_of(&self, token: Option<&Token>) -> &str {
        let range = token.map(|token| token.at as usize..token.end as usize);
        let bytes = range.and_then(|range| self.source.get(range)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn last_word(&self) -> &str {
        self.word_of(self.tokens.all.last())
    }

    /// One token, or what stands between two; false at the end.
    fn step(&mut self) -> bool {
        let start = self.at;
        if start >= self.source.len() {
            return false;
        }
        match self.byte(0) {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.skip(1),
            b'/' if self.byte(1) == b'/' => self.line(),
            b'/' if self.byte(1) == b'*' => {
                let end = memchr::memmem::find(self.rest().get(2..).unwrap_or_default(), b"*/");
                self.skip(end.map_or(usize::MAX, |end| end.saturating_add(4)));
            }
            b'/' if self.value_next && self.regex() => {
                self.add(Kind::Regex, start);
                self.value_next = false;
            }
            quote @ (b'"' | b'\'') => self.text(quote),
            b'`' => {
                self.skip(1);
                self.template(start);
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'#' | b'@' | b'\\' | 0x80.. => self.word(),
            _ => self.mark(),
        }
        true
    }

    fn word(&mut self) {
        let start = self.at;
        let part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'\\') || *byte >= 0x80;
        let length = self.rest().iter().skip(1).take_while(|byte| part(byte)).count();
        self.skip(length.saturating_add(1));
        // `\u{61}` is a letter of a name.
        while self.source.get(self.at.saturating_sub(2)..self.at) == Some(b"\\u") && self.byte(0) == b'{' {
            let length = self.rest().iter().take(10).position(|byte| *byte == b'}').unwrap_or_default();
            self.skip(length.saturating_add(1));
            let length = self.rest().iter().take_while(|byte| part(byte)).count();
            self.skip(length);
        }
        self.add(Kind::Word, start);
        let behind_dot =
            self.tokens.all.iter().rev().nth(1).is_some_and(|token| self.word_of(Some(token)).ends_with('.'));
        self.value_next = !behind_dot && BEFORE_VALUE.contains(&self.last_word());
    }

    fn number(&mut self) {
        let start = self.at;
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        let length = self.rest().iter().take_while(|byte| part(byte)).count();
        self.skip(length);
        // `1e+5`
        let last = self.source.get(self.at.saturating_sub(1)).copied().unwrap_or_default();
        if matches!(last, b'e' | b'E') && matches!(self.byte(0), b'+' | b'-') && self.byte(1).is_ascii_digit()
        {
            self.skip(1);
            let length = self.rest().iter().take_while(|byte| part(byte)).count();
            self.skip(length);
        }
        self.add(Kind::Number, start);
        self.value_next = false;
    }

    fn text(&mut self, quote: u8) {
        let start = self.at;
        self.skip(1);
        loop {
            let Some(found) = memchr::memchr3(quote, b'\\', b'\n', self.rest()) else {
                self.tokens.broken.get_or_insert(start);
                self.skip(usize::MAX);
                break;
            };
            self.skip(found);
            match self.byte(0) {
                b'\\' if self.byte(1) == b'\r' && self.byte(2) == b'\n' => self.skip(3),
                b'\\' => self.skip(2),
                b'\n' => {
                    self.tokens.broken.get_or_insert(start);
                    break;
                }
                _ => {
                    self.skip(1);
                    break;
                }
            }
        }
        self.add(Kind::Text, start);
        self.value_next = false;
    }

    /// A piece of a template, up to its end or to a value in it.
    fn template(&mut self, start: usize) {
        loop {
            let Some(found) = memchr::memchr3(b'`', b'\\', b'$', self.rest()) else {
                self.tokens.broken.get_or_insert(start);
                self.skip(usize::MAX);
                break;
            };
            self.skip(found);
            match (self.byte(0), self.byte(1)) {
                (b'\\', _) => self.skip(2),
                (b'$', b'{') => {
                    self.skip(2);
                    self.add(Kind::Template, start);
                    let token = u32::try_from(self.tokens.all.len().saturating_sub(1)).unwrap_or(u32::MAX);
                    self.open.push(Open { token, sign: b'`', before_value: false });
                    self.value_next = true;
                    return;
                }
                (b'$', _) => self.skip(1),
                _ => {
                    self.skip(1);
                    break;
                }
            }
        }
        self.add(Kind::Template, start);
        self.value_next = false;
    }

    /// Passes over a regular expression; false when none ends on this line.
    fn regex(&mut self) -> bool {
        if self.failed > MOST_FAILED {
            return false;
        }
        let mut in_class = false;
        let mut bytes = self.rest().iter().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\n' | b'\r' => {
                    self.failed = self.failed.saturating_add(at);
                    return false;
                }
                b'\\' => {
                    bytes.next();
                }
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.skip(at.saturating_add(1));
                    let flags = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                    self.skip(flags);
                    return true;
                }
                _ => {}
            }
        }
        self.failed = self.failed.saturating_add(self.rest().len());
        false
    }

    fn mark(&mut self) {
        let start = self.at;
        let sign = self.byte(0);
        match sign {
            b'(' | b'[' | b'{' => {
                let before_value = match sign {
                    b'(' => matches!(self.last_word(), "if" | "while" | "for" | "with"),
                    b'{' => self.begins_block(),
                    _ => false,
                };
                self.skip(1);
                self.add(Kind::Mark, start);
                let token = u32::try_from(self.tokens.all.len().saturating_sub(1)).unwrap_or(u32::MAX);
                self.open.push(Open { token, sign, before_value });
                self.value_next = true;
            }
            b')' | b']' | b'}' => self.close(sign),
            _ => {
                let length = match (sign, self.byte(1), self.byte(2)) {
                    (b'.', b'.', b'.') => 3,
                    (b'=', b'>', _) | (b'+', b'+', _) | (b'-', b'-', _) => 2,
                    (b'?', b'.', digit) if !digit.is_ascii_digit() => 2,
                    _ => 1,
                };
                self.skip(length);
                self.add(Kind::Mark, start);
                // Behind `x++` there is no value; behind `++` in front of one, there is no regular expression.
                self.value_next = !matches!((sign, length), (b'+' | b'-', 2));
            }
        }
    }

    fn close(&mut self, sign: u8) {
        let start = self.at;
        let wanted: &[u8] = match sign {
            b')' => b"(",
            b']' => b"[",
            _ => b"{`",
        };
        let matching = self.open.last().copied().filter(|open| wanted.contains(&open.sign));
        self.skip(1);
        if let Some(Open { token, sign: b'`', .. }) = matching {
            self.open.pop();
            let own = u32::try_from(self.tokens.all.len()).unwrap_or(u32::MAX);
            self.template(start);
            self.pair(token, own);
            return;
        }
        self.add(Kind::Mark, start);
        self.value_next = sign == b'}';
        // What does not match is passed over.
        if let Some(open) = matching {
            self.open.pop();
            let own = u32::try_from(self.tokens.all.len().saturating_sub(1)).unwrap_or(u32::MAX);
            self.pair(open.token, own);
            self.value_next = open.before_value;
        }
    }

    fn pair(&mut self, one: u32, other: u32) {
        if let Some(token) = self.tokens.all.get_mut(one as usize) {
            token.pair = other;
        }
        // A piece in the middle of a template is the end of one value and the begin of the next.
        if let Some(token) = self.tokens.all.get_mut(other as usize)
            && token.kind == Kind::Mark
        {
            token.pair = one;
        }
    }

    /// A brace here begins a block of statements, not an object.
    fn begins_block(&self) -> bool {
        let Some(last) = self.tokens.all.last() else { return true };
        match last.kind {
            Kind::Mark => matches!(self.last_word(), ")" | ";" | "{" | "}" | "=>"),
            Kind::Word => !matches!(
                self.last_word(),
                "return" | "typeof" | "in" | "of" | "case" | "new" | "throw" | "await" | "yield" | "default"
            ),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn words(source: &str) -> Vec<&str> {
        let tokens = tokens(source, &Budget::new(&Limits::default(), None)).unwrap();
        tokens.all.iter().filter_map(|token| source.get(token.at as usize..token.end as usize)).collect()
    }

    #[test]
    fn tells_regular_expressions_and_comments_from_operators() {
        for (source, expected) in [
            ("a / b / c", &["a", "/", "b", "/", "c"][..]),
            ("x = /a'[/]b/g; y", &["x", "=", "/a'[/]b/g", ";", "y"]),
            ("if (a) /b'/.test(c)", &["if", "(", "a", ")", "/b'/", ".", "test", "(", "c", ")"]),
            ("(a) / b / c", &["(", "a", ")", "/", "b", "/", "c"]),
            ("{}\n/'/.test(a)", &["{", "}", "/'/", ".", "test", "(", "a", ")"]),
            ("a = {} / 2", &["a", "=", "{", "}", "/", "2"]),
            ("a++ / b / c", &["a", "++", "/", "b", "/", "c"]),
            ("x.return / 2 / y", &["x", ".", "return", "/", "2", "/", "y"]),
            ("a // eval('b')\nc", &["a", "c"]),
            ("a /* 'b */ + c", &["a", "+", "c"]),
            ("a = b / c\nd", &["a", "=", "b", "/", "c", "d"]),
            ("#!/usr/bin/env node\na", &["a"]),
            ("return /a/", &["return", "/a/"]),
            ("1e+5-.5", &["1e+5", "-", ".5"]),
        ] {
            assert_eq!(words(source), expected, "{source}");
        }
    }

    #[test]
    fn templates_hold_values_that_hold_templates() {
        assert_eq!(words("`a${b + `c${d}e`}f` + g"), ["`a${", "b", "+", "`c${", "d", "}e`", "}f`", "+", "g"]);
        assert_eq!(words("`${{a: 1}}` / 2"), ["`${", "{", "a", ":", "1", "}", "}`", "/", "2"]);
        assert_eq!(words(r"'a\'b' `c\`d`"), [r"'a\'b'", r"`c\`d`"]);
    }

    #[test]
    fn what_does_not_end_is_told_and_ends_at_the_line() {
        let source = "a = 'b\nc = 1";
        let tokens = tokens(source, &Budget::new(&Limits::default(), None)).unwrap();
        assert_eq!(tokens.broken, Some(4));
        assert_eq!(words(source), ["a", "=", "'b", "c", "=", "1"]);
    }
}
