//! The text form of protocol buffers: words, texts and marks, and from them the binary form of the messages whose fields
//! are known.

pub(super) mod schema;

use crate::limits::Fault;
use crate::walk::Visit;
use schema::{Kind, Message};

/// How deeply messages may be nested; readers stop at 100.
const DEPTH: usize = 100;

/// The longest text that is read.
pub(super) const LIMIT: u64 = 64 << 20;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a number or a choice.
    Word(&'a str),
    /// A text between quotes, without its escapes.
    Text(Vec<u8>),
    /// Anything else.
    Mark(u8),
}

/// Cuts a text into pieces.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, rest: text }
    }

    /// Offset of what follows.
    pub(super) fn position(&self) -> u64 {
        self.text.len().saturating_sub(self.rest.len()) as u64
    }

    /// The next piece, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Fault> {
        self.pass_space();
        let Some((first, rest)) = self.rest.split_first() else { return Ok(None) };
        if matches!(first, b'"' | b'\'') {
            self.rest = rest;
            return self.text(*first).map(|text| Some(Token::Text(text)));
        }
        let length = self.rest.iter().take_while(|byte| is_of_word(**byte)).count();
        if let Some((word, rest)) = self.rest.split_at_checked(length).filter(|_| length > 0) {
            self.rest = rest;
            // Only ASCII is in it.
            return Ok(Some(Token::Word(std::str::from_utf8(word).unwrap_or_default())));
        }
        self.rest = rest;
        Ok(Some(Token::Mark(*first)))
    }

    /// The next piece, without moving.
    pub(super) fn peek(&self) -> Result<Option<Token<'a>>, Fault> {
        self.clone().next()
    }

    fn pass_space(&mut self) {
        loop {
            self.rest = self.rest.trim_ascii_start();
            match self.rest.split_first() {
                Some((b'#', rest)) => {
                    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    self.rest = rest.get(end..).unwrap_or_default();
                }
                _ => return,
            }
        }
    }

    /// The text up to its closing quote, and those that follow with only white space between.
    fn text(&mut self, quote: u8) -> Result<Vec<u8>, Fault> {
        let mut text = Vec::new();
        let mut quote = quote;
        loop {
            let Some(byte) = self.take() else { return Err(Fault::Truncated { at: self.position() }) };
            match byte {
                b'\\' => self.escape(&mut text)?,
                b'\n' => return Err(self.broken("a text is not closed on its line")),
                byte if byte == quote => {
                    self.pass_space();
                    match self.rest.split_first() {
                        Some((next @ (b'"' | b'\''), rest)) => {
                            quote = *next;
                            self.rest = rest;
                        }
                        _ => return Ok(text),
                    }
                }
                byte => text.push(byte),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(byte) = self.take() else { return Err(Fault::Truncated { at: self.position() }) };
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'a' => text.push(7),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'v' => text.push(11),
            b'\\' | b'\'' | b'"' | b'?' => text.push(byte),
            b'0'..=b'7' => {
                let more = self.digits(8, 2);
                let [low, ..] = number(&[&[byte], more].concat(), 8).to_le_bytes();
                text.push(low);
            }
            b'x' | b'X' => {
                let [low, ..] = number(self.digits(16, 2), 16).to_le_bytes();
                text.push(low);
            }
            b'u' | b'U' => {
                let code = number(self.digits(16, if byte == b'u' { 4 } else { 8 }), 16);
                let c =
                    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend(c.encode_utf8(&mut [0; 4]).bytes());
            }
            _ => return Err(self.broken("a text has an unknown escape")),
        }
        Ok(())
    }

    fn take(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn digits(&mut self, radix: u32, most: usize) -> &'a [u8] {
        let length =
            self.rest.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
        let (digits, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        digits
    }

    fn broken(&self, what: &str) -> Fault {
        Fault::Unparsable(format!("{what}, at byte {}", self.position()))
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+')
}

fn number(digits: &[u8], radix: u32) -> u64 {
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| u64::from_str_radix(digits, radix).ok())
        .unwrap_or_default()
}

/// The binary form of a message.
pub(super) fn to_binary(visit: &Visit<'_>, text: &[u8], schema: &'static Message) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer { visit, lexer: Lexer::new(text) };
    let mut out = Vec::new();
    writer.fields(Some(schema), None, 0, &mut out)?;
    Ok(out)
}

struct Writer<'a, 'v> {
    visit: &'a Visit<'v>,
    lexer: Lexer<'a>,
}

impl Writer<'_, '_> {
    /// The fields up to a closing mark, or to the end.
    fn fields(
        &mut self,
        schema: Option<&'static Message>,
        close: Option<u8>,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if depth > DEPTH {
            return Err(Fault::Unparsable(format!("messages are nested more than {DEPTH} deep")));
        }
        loop {
            self.visit.budget.tick()?;
            let field = match self.lexer.next()? {
                None if close.is_none() => return Ok(()),
                None => return Err(Fault::Truncated { at: self.lexer.position() }),
                Some(Token::Mark(mark)) if Some(mark) == close => return Ok(()),
                Some(Token::Mark(b',' | b';')) => continue,
                Some(Token::Word(name)) => schema.and_then(|schema| schema.find(name)),
                // The name of a message that is written out, or of an extension.
                Some(Token::Mark(b'[')) => {
                    while !matches!(self.lexer.next()?, None | Some(Token::Mark(b']'))) {}
                    schema.and_then(|schema| schema.find(schema::EXPANDED))
                }
                Some(_) => return Err(self.lexer.broken("a field has no name")),
            };
            if self.lexer.peek()? == Some(Token::Mark(b':')) {
                self.lexer.next()?;
            }
            self.value(field, depth, out)?;
        }
    }

    fn value(&mut self, field: Option<(u32, Kind)>, depth: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self.lexer.next()? {
            Some(Token::Mark(open @ (b'{' | b'<'))) => {
                let schema = match field {
                    Some((_, Kind::Message(schema))) => Some(schema),
                    _ => None,
                };
                let close = if open == b'{' { b'}' } else { b'>' };
                let mut inner = Vec::new();
                self.fields(schema, Some(close), depth.saturating_add(1), &mut inner)?;
                if let (Some((number, _)), Some(_)) = (field, schema) {
                    put_bytes(out, number, &inner);
                }
            }
            Some(Token::Mark(b'[')) => loop {
                match self.lexer.peek()? {
                    Some(Token::Mark(b']')) => {
                        self.lexer.next()?;
                        return Ok(());
                    }
                    Some(Token::Mark(b',')) => {
                        self.lexer.next()?;
                    }
                    // A list in a list is in no message.
                    Some(Token::Mark(b'[')) | None => return Err(self.lexer.broken("a list is not closed")),
                    Some(_) => self.value(field, depth, out)?,
                }
            },
            Some(Token::Text(text)) => {
                if let Some((number, Kind::Bytes)) = field {
                    put_bytes(out, number, &text);
                }
            }
            Some(Token::Word(word)) => match field {
                Some((number, Kind::Number)) => {
                    put_varint(out, u64::from(number) << 3);
                    put_varint(out, schema::number(word));
                }
                Some((number, Kind::Float)) => {
                    put_varint(out, (u64::from(number) << 3) | 5);
                    out.extend(schema::float::<f32>(word).to_le_bytes());
                }
                Some((number, Kind::Double)) => {
                    put_varint(out, (u64::from(number) << 3) | 1);
                    out.extend(schema::float::<f64>(word).to_le_bytes());
                }
                _ => {}
            },
            _ => return Err(self.lexer.broken("a field has no value")),
        }
        Ok(())
    }
}

fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(out, (u64::from(number) << 3) | 2);
    put_varint(out, bytes.len() as u64);
    out.extend(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}
