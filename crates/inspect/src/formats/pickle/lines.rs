//! The opcodes of protocol 0, whose arguments are lines of text.

use weighbridge_domain::facts::problem::Kind as Problem;

use super::act::is_path;
use super::context::Context;
use super::leaf::{LONGEST_LINE, Source};
use super::machine::{Flow, Followed, Machine};
use super::names::Lookup;
use super::payload;
use super::value::Value;
use crate::limits::Fault;

/// The longest line.
const MOST_LINE: u64 = 256 << 20;
/// Bytes that are looked through at once.
const BLOCK: u64 = 64 << 10;

enum Line<'a> {
    Here(&'a [u8], &'a [u8]),
    /// Too long to be in memory; the next opcode is there.
    Far(u64),
}

impl Machine {
    /// Opcodes whose argument is one line of text, or two.
    pub(super) fn follow_text<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        opcode: u8,
        rest: &'w [u8],
        at: u64,
    ) -> Followed<&'w [u8]> {
        if matches!(opcode, b'c' | b'i') {
            return self.follow_name(context, source, opcode, rest, at);
        }
        let (text, next) = match line(source, rest, at.saturating_add(1), 0)? {
            Line::Here(text, rest) => (text, Ok(rest)),
            Line::Far(next) => (rest.get(..LONGEST_LINE).unwrap_or(rest), Err(Flow::Jump(next))),
        };
        match opcode {
            b'I' => {
                let value = match text {
                    b"00" => Some(Value::FALSE),
                    b"01" => Some(Value::TRUE),
                    _ => integer(text, at),
                };
                self.push_number(value)?;
            }
            b'L' => self.push_number(integer(text.strip_suffix(b"L").unwrap_or(text), at))?,
            b'F' => {
                let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<f64>().ok());
                self.push_number(number.map(|_| Value::number(at)))?;
            }
            b'S' => {
                let text = text.trim_ascii_end();
                let quoted = match text {
                    [b'\'' | b'"', .., last] => next.is_err() || text.first() == Some(last),
                    _ => false,
                };
                if !quoted {
                    self.fault(context, at, "holds a text that is not quoted")?;
                }
                payload::look_at_text(
                    context,
                    at,
                    at.saturating_add(2),
                    text.get(1..).unwrap_or_default(),
                    text.len() as u64,
                );
                self.push(Value::text(at));
            }
            b'V' => {
                payload::look_at_text(context, at, at.saturating_add(1), text, text.len() as u64);
                self.push(Value::text(at));
            }
            b'P' => self.persistent(context, source, Value::text(at), at)?,
            b'g' | b'p' => {
                let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<u64>().ok());
                let Some(number) = number else {
                    return Err(Flow::Broken(Problem::Fault, "memo number is not a number".to_owned()));
                };
                if opcode == b'g' {
                    self.recall(context, number, at)?;
                } else {
                    self.store(context, source, number, at)?;
                }
            }
            _ => {}
        }
        next
    }

    fn push_number(&mut self, value: Option<Value>) -> Followed<()> {
        let value =
            value.ok_or_else(|| Flow::Broken(Problem::Fault, "holds a number that is none".to_owned()))?;
        self.push(value);
        Ok(())
    }

    fn follow_name<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        opcode: u8,
        rest: &'w [u8],
        at: u64,
    ) -> Followed<&'w [u8]> {
        let lookup = if opcode == b'c' { Lookup::Global } else { Lookup::Inst };
        let start = at.saturating_add(1);
        let (name, next) = match line(source, rest, start, 0)? {
            Line::Here(module, after) => {
                let behind = start.saturating_add(module.len() as u64).saturating_add(1);
                match line(source, after, behind, module.len())? {
                    Line::Here(name, rest) => (Some((module, name)), Ok(rest)),
                    Line::Far(next) => (None, Err(Flow::Jump(next))),
                }
            }
            Line::Far(next) => match find_line_end(source, next)? {
                Some(next) => (None, Err(Flow::Jump(next))),
                None => return Err(cut_line()),
            },
        };
        let class = self.look_up(context, lookup, at, name)?;
        if let Some((module, name)) = name
            && !(is_path(module) && is_path(name))
            && !self.declared
        {
            return Err(Flow::Broken(Problem::Fault, "looks up what is no name".to_owned()));
        }
        if lookup == Lookup::Global {
            self.push(class);
        } else {
            self.instantiate(context, source, Some(class), at)?;
        }
        next
    }
}

/// An integer in decimal digits; big ones stay where they are.
fn integer(text: &[u8], at: u64) -> Option<Value> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match text.parse::<i64>() {
        Ok(value) => Some(Value::int(value).unwrap_or(Value::number(at))),
        Err(_) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Value::number(at))
        }
        // The reader written in C takes `0x10` too.
        Err(_) => {
            let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))?;
            hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(Value::number(at))
        }
    }
}

#[cold]
fn cut_line() -> Flow {
    Flow::Broken(Problem::Truncated, "ends in the middle of a line".to_owned())
}

/// The line that begins with `rest`, which is at `start`, behind another one of `before` bytes.
fn line<'w>(source: &Source<'_>, rest: &'w [u8], start: u64, before: usize) -> Followed<Line<'w>> {
    if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, rest) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        return Ok(Line::Here(line, rest.get(1..).unwrap_or_default()));
    }
    if rest.len() <= LONGEST_LINE {
        return Err(Flow::Short(LONGEST_LINE.saturating_mul(4).saturating_add(before)));
    }
    match find_line_end(source, start)? {
        Some(next) => Ok(Line::Far(next)),
        None => Err(cut_line()),
    }
}

/// The offset behind the next line feed.
fn find_line_end(source: &Source<'_>, start: u64) -> Result<Option<u64>, Fault> {
    let mut at = start;
    while at.saturating_sub(start) < MOST_LINE {
        let block = source.input.read(at, BLOCK)?;
        if block.is_empty() {
            return Ok(None);
        }
        if let Some(end) = block.iter().position(|byte| *byte == b'\n') {
            return Ok(Some(at.saturating_add(end as u64).saturating_add(1)));
        }
        at = at.saturating_add(block.len() as u64);
    }
    Err(Fault::Limit {
        what: "length of a line",
        limit: format!("{MOST_LINE} bytes"),
        option: "--max-memory",
    })
}
