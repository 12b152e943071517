//! Tokens of the Python-like text that `TorchScript` writes.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A name or keyword.
    Name(&'s str),
    /// A text, without its quotes; escapes are resolved as far as they hide ASCII.
    Text(String),
    /// A number.
    Number,
    /// Any other character.
    Mark(char),
    /// The end of a line outside of brackets, and the indent of the next.
    Line(usize),
}

/// Bytes kept of a text.
const TEXT_KEPT: usize = 4096;

/// Cuts text into tokens.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    brackets: usize,
    started: bool,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0, brackets: 0, started: false }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, while_true: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let length = rest.find(|c| !while_true(c)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
        rest.get(..length).unwrap_or_default()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at = self.at.saturating_add(c.len_utf8());
        Some(c)
    }

    fn text(&mut self, quote: char) -> String {
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let is_triple = self.rest().starts_with(&triple);
        self.at = self.at.saturating_add(if is_triple { 3 } else { 1 });
        let mut out = String::new();
        loop {
            if is_triple && self.rest().starts_with(&triple) {
                self.at = self.at.saturating_add(3);
                return out;
            }
            let Some(c) = self.bump() else { return out };
            match c {
                _ if c == quote && !is_triple => return out,
                '\n' if !is_triple => return out,
                '\\' => self.escape(&mut out),
                _ if out.len() < TEXT_KEPT => out.push(c),
                _ => {}
            }
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(c) = self.bump() else { return };
        let digits = match c {
            'x' => Some((2, 16)),
            'u' => Some((4, 16)),
            'U' => Some((8, 16)),
            _ => None,
        };
        let number = if let Some((length, radix)) = digits {
            let digits = self.rest().get(..length).unwrap_or_default();
            let number = u32::from_str_radix(digits, radix).ok();
            self.at = self.at.saturating_add(if number.is_some() { length } else { 0 });
            number
        } else if c.is_digit(8) {
            // TorchScript writes three octal digits.
            let more = self.rest().chars().take(2).take_while(|c| c.is_digit(8)).count();
            let digits = self.source.get(self.at.saturating_sub(1)..self.at.saturating_add(more));
            self.at = self.at.saturating_add(more);
            digits.and_then(|digits| u32::from_str_radix(digits, 8).ok())
        } else {
            Some(u32::from(match c {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }))
        };
        if out.len() < TEXT_KEPT {
            out.push(number.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

/// Tokens with their offsets.
impl<'s> Iterator for Lexer<'s> {
    type Item = (usize, Token<'s>);

    fn next(&mut self) -> Option<Self::Item> {
        if !self.started {
            self.started = true;
            let indent = self.eat(|c| c == ' ').len();
            return Some((0, Token::Line(indent)));
        }
        loop {
            self.eat(|c| matches!(c, ' ' | '\t' | '\r' | '\x0c'));
            let at = self.at;
            let c = self.rest().chars().next()?;
            let token = match c {
                '#' => {
                    self.eat(|c| c != '\n');
                    continue;
                }
                '\n' => {
                    self.bump();
                    let indent = self.eat(|c| c == ' ').len();
                    if self.brackets > 0 || self.rest().starts_with(['\n', '#']) {
                        continue;
                    }
                    Token::Line(indent)
                }
                '"' | '\'' => Token::Text(self.text(c)),
                _ if c.is_alphabetic() || c == '_' => {
                    Token::Name(self.eat(|c| c.is_alphanumeric() || c == '_'))
                }
                _ if c.is_ascii_digit() => {
                    self.eat(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
                    Token::Number
                }
                _ => {
                    self.bump();
                    match c {
                        '(' | '[' | '{' => self.brackets = self.brackets.saturating_add(1),
                        ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                        _ => {}
                    }
                    Token::Mark(c)
                }
            };
            return Some((at, token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_what_torchscript_writes() {
        let source = "def f(x: int,\n  y: str):\n  # note\n  return ops.a.b(x, \"q\\164\\x41\\n\", 1.5e3)\n";
        let tokens: Vec<_> = Lexer::new(source).map(|(_, token)| token).collect();
        let name = Token::Name;
        let mark = Token::Mark;
        assert_eq!(
            tokens,
            [
                Token::Line(0),
                name("def"),
                name("f"),
                mark('('),
                name("x"),
                mark(':'),
                name("int"),
                mark(','),
                name("y"),
                mark(':'),
                name("str"),
                mark(')'),
                mark(':'),
                Token::Line(2),
                name("return"),
                name("ops"),
                mark('.'),
                name("a"),
                mark('.'),
                name("b"),
                mark('('),
                name("x"),
                mark(','),
                Token::Text("qtA\n".to_owned()),
                mark(','),
                Token::Number,
                mark(')'),
                Token::Line(0),
            ]
        );
    }
}
