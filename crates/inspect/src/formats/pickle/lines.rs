//! The opcodes of protocol 0, whose arguments are lines of text.

use weighbridge_domain::facts::problem::Kind as Problem;

use super::context::Context;
use super::leaf::{LONGEST_LINE, Source};
use super::machine::{Flow, Followed, Machine, Mode};
use super::names::Lookup;
use super::numbers::{self, Integer};
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
            b'I' | b'L' | b'F' => {
                let number = match (&next, opcode) {
                    // Too long to be looked through; a loader may take it.
                    (Err(_), _) => Some(Value::number(at)),
                    (_, b'F') => numbers::is_float(text).then_some(Value::number(at)),
                    (_, b'I') if text == b"00" => Some(Value::FALSE),
                    (_, b'I') if text == b"01" => Some(Value::TRUE),
                    (_, b'I') => numbers::integer(text).map(|number| integer(number, at)),
                    _ => numbers::integer(text.strip_suffix(b"L").unwrap_or(text))
                        .map(|number| integer(number, at)),
                };
                if number.is_none() {
                    self.fault(context, at, "holds a number that is none")?;
                }
                self.push(number.unwrap_or(Value::UNKNOWN));
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
                let place = if next.is_ok() { numbers::place(text) } else { Some(Integer::Big) };
                let number = match place {
                    Some(Integer::Small(number)) => u64::try_from(number).ok(),
                    // The unpickler written in Python has such places too; what is there, is not known.
                    Some(Integer::Big) => None,
                    None => {
                        self.fault(context, at, "memo number is not a number")?;
                        None
                    }
                };
                match (opcode, number) {
                    (b'g', Some(number)) => self.recall(context, number, at)?,
                    (b'g', None) => self.push(Value::UNKNOWN),
                    (_, Some(number)) => self.store(context, source, number, at)?,
                    (_, None) => {
                        self.top()?;
                    }
                }
            }
            _ => {}
        }
        next
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
                match last_line(source, after, behind)
                    .map_or_else(|| line(source, after, behind, module.len()), Ok)?
                {
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
            && !(is_name(module) && is_name(name))
            && !self.declared
            && self.mode != Mode::Walk
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

/// An integer; big ones stay where they are.
fn integer(number: Integer, at: u64) -> Value {
    match number {
        Integer::Small(value) => Value::int(value).unwrap_or(Value::number(at)),
        Integer::Big => Value::number(at),
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

/// What loaders take for a line where the input ends without a line feed: all but the last byte.
fn last_line<'w>(source: &Source<'_>, rest: &'w [u8], start: u64) -> Option<Line<'w>> {
    let at_end = start.saturating_add(rest.len() as u64) == source.input.len();
    let (_, line) = rest.split_last()?;
    (at_end && !line.is_empty() && !rest.contains(&b'\n')).then_some(Line::Here(line, &[]))
}

/// What could be a name: modules are files, and those have more names than Python's grammar has.
fn is_name(name: &[u8]) -> bool {
    let ordinary = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | 0x80..);
    std::str::from_utf8(name).is_ok() && !name.is_empty() && name.iter().all(ordinary)
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
