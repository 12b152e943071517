//! Jinja source to tokens, as Jinja2's own lexer cuts it: data between tags, and what stands in `{{ }}` and `{% %}`.

use std::borrow::Cow;

use super::escapes::unescape;

/// A piece of the source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    /// Text outside of tags, and the inside of `raw` blocks.
    Data(&'s str),
    BlockStart,
    BlockEnd,
    VariableStart,
    VariableEnd,
    Name(&'s str),
    /// A string; `false` when an escape in it could not be followed.
    Text(Cow<'s, str>, bool),
    /// A whole number, when it is not too large.
    Integer(Option<i64>),
    Float,
    Sign(Sign),
    /// Not Jinja.
    Bad(&'static str),
    /// The end of the source.
    End,
}

/// An operator or bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
    Times,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Tilde,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Assign,
    Dot,
    Comma,
    Colon,
    Semicolon,
    Pipe,
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    BraceOpen,
    BraceClose,
}

const SIGNS: &[(&str, Sign)] = &[
    ("//", Sign::FloorDivide),
    ("**", Sign::Power),
    ("==", Sign::Equal),
    ("!=", Sign::NotEqual),
    (">=", Sign::GreaterEqual),
    ("<=", Sign::LessEqual),
    ("+", Sign::Plus),
    ("-", Sign::Minus),
    ("*", Sign::Times),
    ("/", Sign::Divide),
    ("%", Sign::Modulo),
    ("~", Sign::Tilde),
    (">", Sign::Greater),
    ("<", Sign::Less),
    ("=", Sign::Assign),
    (".", Sign::Dot),
    (",", Sign::Comma),
    (":", Sign::Colon),
    (";", Sign::Semicolon),
    ("|", Sign::Pipe),
    ("(", Sign::ParenOpen),
    (")", Sign::ParenClose),
    ("[", Sign::BracketOpen),
    ("]", Sign::BracketClose),
    ("{", Sign::BraceOpen),
    ("}", Sign::BraceClose),
];

/// A token with the bytes it was made of.
#[derive(Debug, Clone)]
pub(super) struct Spanned<'s> {
    pub(super) token: Token<'s>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Data,
    /// Behind this data stands the inside of a `raw` block that ends at `until`; the source goes on at `next`.
    Raw {
        until: usize,
        next: usize,
    },
    Block,
    Variable,
}

/// Cuts a source into tokens, one at a time.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    state: State,
    /// Brackets that are open in this tag, by what closes them.
    open: Vec<Sign>,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0, state: State::Data, open: Vec::new() }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    /// Leaves the tag that could not be read: goes on behind its end.
    pub(super) fn recover(&mut self) {
        let end = match self.state {
            State::Block => "%}",
            State::Variable => "}}",
            State::Data | State::Raw { .. } => return,
        };
        let rest = self.rest();
        self.advance(rest.find(end).map_or(rest.len(), |at| at.saturating_add(end.len())));
        self.state = State::Data;
        self.open.clear();
    }

    /// The source from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'s str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    /// The next token; [`Token::End`] for ever at the end.
    pub(super) fn next(&mut self) -> Spanned<'s> {
        if matches!(self.state, State::Block | State::Variable) {
            let rest = self.rest();
            self.advance(rest.len().saturating_sub(rest.trim_start().len()));
        }
        let start = self.at;
        let token = match self.state {
            State::Data => self.data(),
            State::Raw { until, next } => {
                let inside = self.source.get(self.at..until).unwrap_or_default();
                self.at = next;
                self.state = State::Data;
                Token::Data(inside)
            }
            State::Block | State::Variable => self.in_tag(),
        };
        Spanned { token, start, end: self.at }
    }

    /// Data up to the next tag, or the tag's start.
    fn data(&mut self) -> Token<'s> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Token::End;
            }
            let tag = find_tag(rest).unwrap_or(rest.len());
            if tag > 0 {
                self.advance(tag);
                return Token::Data(rest.get(..tag).unwrap_or_default());
            }
            if let Some(comment) = rest.strip_prefix("{#") {
                match comment.find("#}") {
                    Some(end) => self.advance(end.saturating_add(4)),
                    None => {
                        self.advance(rest.len());
                        // Jinja2 does not mind when nothing stands behind the opening.
                        return if matches!(comment, "" | "-" | "+") {
                            Token::End
                        } else {
                            Token::Bad("a comment that does not end")
                        };
                    }
                }
            } else if rest.starts_with("{{") {
                self.advance(if rest.starts_with("{{-") || rest.starts_with("{{+") { 3 } else { 2 });
                self.state = State::Variable;
                return Token::VariableStart;
            } else if let Some(begin) = simple_tag(rest, "raw") {
                let body = rest.get(begin..).unwrap_or_default();
                let Some((inside, end)) = find_endraw(body) else {
                    self.advance(rest.len());
                    return if body.is_empty() {
                        Token::End
                    } else {
                        Token::Bad("a raw block that does not end")
                    };
                };
                let from = self.at.saturating_add(begin);
                let (until, next) = (from.saturating_add(inside), from.saturating_add(end));
                self.at = from;
                self.state = State::Raw { until, next };
                return self.next().token;
            } else {
                self.advance(if rest.starts_with("{%-") || rest.starts_with("{%+") { 3 } else { 2 });
                self.state = State::Block;
                return Token::BlockStart;
            }
        }
    }

    fn in_tag(&mut self) -> Token<'s> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Token::End };
        if self.open.is_empty() {
            let (ends, token): (&[&str], _) = if self.state == State::Block {
                (&["%}", "-%}", "+%}"], Token::BlockEnd)
            } else {
                (&["}}", "-}}"], Token::VariableEnd)
            };
            if let Some(end) = ends.iter().find(|end| rest.starts_with(**end)) {
                self.advance(end.len());
                self.state = State::Data;
                return token;
            }
        }
        if first.is_ascii_digit() {
            return self.number(rest);
        }
        if first == '_' || first.is_alphabetic() {
            let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
            self.advance(length);
            return Token::Name(rest.get(..length).unwrap_or_default());
        }
        if first == '\'' || first == '"' {
            return self.text(rest, first);
        }
        let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) else {
            return Token::Bad("a character that Jinja does not know");
        };
        self.advance(sign.len());
        let closed_by = match token {
            Sign::ParenOpen => Some(Sign::ParenClose),
            Sign::BracketOpen => Some(Sign::BracketClose),
            Sign::BraceOpen => Some(Sign::BraceClose),
            _ => None,
        };
        if let Some(close) = closed_by {
            self.open.push(close);
        } else if matches!(token, Sign::ParenClose | Sign::BracketClose | Sign::BraceClose)
            && self.open.pop() != Some(*token)
        {
            return Token::Bad("a bracket that was not opened");
        }
        Token::Sign(*token)
    }

    fn number(&mut self, rest: &str) -> Token<'s> {
        let digits = |text: &str, radix: u32| {
            text.find(|c: char| c != '_' && !c.is_digit(radix)).unwrap_or(text.len())
        };
        let radix = match rest.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0b") => 2,
            Some("0o") => 8,
            Some("0x") => 16,
            _ => 10,
        };
        let body = rest.get(2..).unwrap_or_default();
        if radix != 10 && body.trim_start_matches('_').starts_with(|c: char| c.is_digit(radix)) {
            let length = digits(body, radix);
            self.advance(length.saturating_add(2));
            return Token::Integer(parse(body.get(..length).unwrap_or_default(), radix));
        }
        let whole = digits(rest, 10);
        let after_dot = self.source.get(..self.at).is_some_and(|before| before.ends_with('.'));
        let mut length = whole;
        let tail = |from: usize| rest.get(from..).unwrap_or_default();
        if !after_dot {
            if let Some(fraction) = tail(length).strip_prefix('.') {
                let count = digits(fraction, 10);
                if count > 0 && !fraction.starts_with('_') {
                    length = length.saturating_add(1).saturating_add(count);
                }
            }
            if let Some(exponent) = tail(length).strip_prefix(['e', 'E']) {
                let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                let count = digits(unsigned, 10);
                if count > 0 {
                    let sign = exponent.len().saturating_sub(unsigned.len());
                    length = length.saturating_add(1).saturating_add(sign).saturating_add(count);
                }
            }
        }
        self.advance(length);
        if length > whole {
            Token::Float
        } else {
            Token::Integer(parse(tail(0).get(..whole).unwrap_or_default(), 10))
        }
    }

    fn text(&mut self, rest: &'s str, quote: char) -> Token<'s> {
        let mut escaped = false;
        let mut escapes = false;
        for (at, c) in rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
                escapes = true;
            } else if c == quote {
                self.advance(at.saturating_add(1));
                let inside = rest.get(1..at).unwrap_or_default();
                if !escapes {
                    return Token::Text(Cow::Borrowed(inside), true);
                }
                let (text, known) = unescape(inside);
                return Token::Text(Cow::Owned(text), known);
            }
        }
        self.advance(rest.len());
        Token::Bad("a string that does not end")
    }
}

/// Where the next tag begins.
fn find_tag(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut from = 0_usize;
    loop {
        let found = bytes.get(from..)?.iter().position(|byte| *byte == b'{')?;
        let at = from.saturating_add(found);
        if matches!(bytes.get(at.saturating_add(1)), Some(b'{' | b'%' | b'#')) {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}

/// The length of a tag that consists of one word, when the text begins with it.
fn simple_tag(text: &str, word: &str) -> Option<usize> {
    let inside = text.strip_prefix("{%")?;
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_start();
    let behind = inside.strip_prefix(word)?.trim_start();
    let behind = behind.strip_prefix(['-', '+']).unwrap_or(behind).strip_prefix("%}")?;
    Some(text.len().saturating_sub(behind.len()))
}

/// Where the inside of a raw block ends, and where its end tag does.
fn find_endraw(rest: &str) -> Option<(usize, usize)> {
    let mut from = 0_usize;
    loop {
        let at = from.saturating_add(rest.get(from..)?.find("{%")?);
        if let Some(length) = simple_tag(rest.get(at..)?, "endraw") {
            return Some((at, at.saturating_add(length)));
        }
        from = at.saturating_add(2);
    }
}

fn parse(digits: &str, radix: u32) -> Option<i64> {
    i64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(source);
        std::iter::from_fn(|| Some(lexer.next().token).filter(|token| *token != Token::End)).collect()
    }

    #[test]
    fn cuts_tags_data_comments_and_raw_blocks() {
        assert_eq!(
            tokens("a{# {{ x }} #}b{%- raw -%}{{ c }}{% endraw %}{{- {'k': {}} -}}"),
            [
                Token::Data("a"),
                Token::Data("b"),
                Token::Data("{{ c }}"),
                Token::VariableStart,
                Token::Sign(Sign::BraceOpen),
                Token::Text("k".into(), true),
                Token::Sign(Sign::Colon),
                Token::Sign(Sign::BraceOpen),
                Token::Sign(Sign::BraceClose),
                Token::Sign(Sign::BraceClose),
                Token::VariableEnd,
            ]
        );
    }

    #[test]
    fn follows_every_escape_that_python_follows() {
        let source = r#"{{ "\x5f\137\u005f\U0000005f\N{LOW LINE}\n\q" }}"#;
        assert_eq!(tokens(source)[1], Token::Text("_____\n\\q".into(), true));
        assert_eq!(tokens(r"{{ '\N{SNOWMAN}' }}")[1], Token::Text("\u{fffd}".into(), false));
    }

    #[test]
    fn tells_numbers_from_attributes() {
        let numbers = tokens("{{ 1_000 0x1f 1.5 2e3 a.0.1 }}");
        assert_eq!(
            numbers[1..5],
            [Token::Integer(Some(1000)), Token::Integer(Some(31)), Token::Float, Token::Float]
        );
        assert_eq!(numbers[7], Token::Integer(Some(0)));
        assert_eq!(numbers[9], Token::Integer(Some(1)));
    }

    #[test]
    fn goes_on_behind_a_tag_that_is_not_jinja() {
        let mut lexer = Lexer::new("{{ ? }}tail");
        lexer.next();
        assert!(matches!(lexer.next().token, Token::Bad(_)));
        lexer.recover();
        assert_eq!(lexer.since(3), "? }}");
        assert_eq!(lexer.next().token, Token::Data("tail"));
    }
}
