//! The opcodes of protocols 0 to 5, followed one by one over what is in memory.
//! Reference: `pickletools.py` and `_pickle.c` of CPython; where the two read differently, both readings are kept.

use weighbridge_domain::facts::CallKind;
use weighbridge_domain::facts::problem::Kind as Problem;

use super::containers::Kind;
use super::context::Context;
use super::leaf::{LONGEST_LINE, Source};
use super::machine::{Flow, Followed, Machine, Mode, is_path};
use super::names::Lookup;
use super::payload;
use super::value::{Value, View};
use crate::cursor::Cursor;
use crate::limits::Fault;

/// Text and bytes up to this length are waited for; what is longer is passed over without being in memory at once.
const WHOLE: u64 = 64 << 10;
/// The longest line.
const MOST_LINE: u64 = 256 << 20;

/// How far a step came.
#[derive(Debug)]
pub(super) enum Step {
    /// More can be read.
    More,
    /// Raw bytes of an array are next.
    Array,
    /// The program ended.
    End(End),
}

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    Stop,
    /// No loader could go on at this offset.
    Broken(u64, Problem, String),
    /// A name was looked up, in a program that is only tried.
    Reached,
}

enum Line<'a> {
    Here(&'a [u8], &'a [u8]),
    /// Too long to be in memory; the next opcode is there.
    Far(u64),
}

impl Machine {
    /// Follows the opcodes in the cursor's window.
    pub(super) fn step(&mut self, context: &mut Context<'_>, cursor: &mut Cursor) -> Result<Step, Fault> {
        let input = cursor.input().clone();
        let base = cursor.position();
        let need = std::mem::replace(&mut self.need, 1);
        let window = cursor.window(need)?;
        let source = Source { window, base, input: &input };
        let at_end = base.saturating_add(window.len() as u64) >= input.len();
        // An opcode that is not whole inside its frame is looked at again without the frame.
        let framed =
            self.frame_end.map(|end| usize::try_from(end.saturating_sub(base)).unwrap_or(usize::MAX));
        let whole = framed.and_then(|end| window.get(..end)).unwrap_or(window);
        let cut_by_frame = whole.len() < window.len();
        let mut bytes = whole;
        let mut opcodes = 0_u64;
        let flow = loop {
            let Some((&opcode, rest)) = bytes.split_first() else { break Flow::Short(1) };
            let at = base.wrapping_add(whole.len().wrapping_sub(bytes.len()) as u64);
            match self.follow(context, &source, opcode, rest, at) {
                Ok(rest) => {
                    bytes = rest;
                    opcodes = opcodes.wrapping_add(1);
                }
                Err(flow) => break flow,
            }
        };
        let left = bytes.len();
        let at = base.saturating_add(whole.len().saturating_sub(left) as u64);
        self.opcodes = self.opcodes.saturating_add(opcodes);
        let next = at.saturating_add(1);
        Ok(match flow {
            Flow::Short(_) if self.frame_end == Some(at) || (cut_by_frame && left == 0) => {
                self.frame_end = None;
                cursor.seek(at);
                if at < input.len() { Step::More } else { Step::End(truncated(&input)) }
            }
            Flow::Short(needed) if cut_by_frame => {
                self.straddle(context, at)?;
                self.need = needed;
                cursor.seek(at);
                Step::More
            }
            Flow::Short(_) if at_end => {
                cursor.seek(at);
                Step::End(truncated(&input))
            }
            Flow::Short(needed) => {
                self.need = needed;
                cursor.seek(at);
                Step::More
            }
            Flow::Jump(to) => {
                self.opcodes = self.opcodes.saturating_add(1);
                if self.frame_end.is_some_and(|end| to > end) {
                    self.straddle(context, at)?;
                }
                cursor.seek(to);
                Step::More
            }
            Flow::Array => {
                self.opcodes = self.opcodes.saturating_add(1);
                cursor.seek(next);
                Step::Array
            }
            Flow::Stop => {
                self.opcodes = self.opcodes.saturating_add(1);
                cursor.seek(next);
                Step::End(End::Stop)
            }
            Flow::Broken(kind, detail) => {
                cursor.seek(at);
                Step::End(End::Broken(at, kind, detail))
            }
            Flow::Reached => Step::End(End::Reached),
            Flow::Fault(fault) => return Err(*fault),
        })
    }

    /// An opcode is partly behind the end of its frame: the reader written in C goes on, the one written in Python stops.
    fn straddle(&mut self, context: &mut Context<'_>, at: u64) -> Result<(), Fault> {
        self.frame_end = None;
        if self.mode == Mode::Walk {
            context.problem(
                at,
                Problem::Framing,
                "an opcode crosses the end of its frame; readers differ in what they do",
            );
        }
        Ok(())
    }

    #[inline]
    fn follow<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        opcode: u8,
        rest: &'w [u8],
        at: u64,
    ) -> Followed<&'w [u8]> {
        match opcode {
            // Memo.
            0x94 => {
                let value = self.top()?;
                self.memo.memoize(value);
                Ok(rest)
            }
            b'h' => {
                let ([number], rest) = chunk(rest)?;
                self.recall(context, u64::from(number), at)?;
                Ok(rest)
            }
            b'q' => {
                let ([number], rest) = chunk(rest)?;
                self.store(context, source, u64::from(number), at)?;
                Ok(rest)
            }
            b'j' => {
                let (number, rest) = chunk(rest)?;
                self.recall(context, u64::from(u32::from_le_bytes(number)), at)?;
                Ok(rest)
            }
            b'r' => {
                let (number, rest) = chunk(rest)?;
                self.store(context, source, u64::from(u32::from_le_bytes(number)), at)?;
                Ok(rest)
            }
            // Numbers and constants.
            b'K' => {
                let ([value], rest) = chunk(rest)?;
                self.push(Value::small(i32::from(value)));
                Ok(rest)
            }
            b'M' => {
                let (value, rest) = chunk(rest)?;
                self.push(Value::small(i32::from(u16::from_le_bytes(value))));
                Ok(rest)
            }
            b'J' => {
                let (value, rest) = chunk(rest)?;
                self.push(Value::small(i32::from_le_bytes(value)));
                Ok(rest)
            }
            b'G' => {
                let (_, rest) = chunk::<8>(rest)?;
                self.push(Value::number(at));
                Ok(rest)
            }
            b'N' => self.constant(Value::NONE, rest),
            0x88 => self.constant(Value::TRUE, rest),
            0x89 => self.constant(Value::FALSE, rest),
            // Text and bytes.
            0x8c => {
                let ([length], rest) = chunk(rest)?;
                self.text(context, source, at, 2, u64::from(length), rest)
            }
            b'X' => {
                let (length, rest) = chunk(rest)?;
                self.text(context, source, at, 5, u64::from(u32::from_le_bytes(length)), rest)
            }
            b'U' => {
                let ([length], rest) = chunk(rest)?;
                self.text(context, source, at, 2, u64::from(length), rest)
            }
            b'C' => {
                let ([length], rest) = chunk(rest)?;
                self.bytes(context, source, Value::bytes(at), at, 2, u64::from(length), rest)
            }
            b'B' => {
                let (length, rest) = chunk(rest)?;
                self.bytes(
                    context,
                    source,
                    Value::bytes(at),
                    at,
                    5,
                    u64::from(u32::from_le_bytes(length)),
                    rest,
                )
            }
            // Containers.
            b'(' => {
                self.mark();
                Ok(rest)
            }
            0x85 => self.collect(Kind::Tuple, 1).map(|()| rest),
            0x86 => self.collect(Kind::Tuple, 2).map(|()| rest),
            0x87 => self.collect(Kind::Tuple, 3).map(|()| rest),
            b't' => self.collect_to_mark(Kind::Tuple).map(|()| rest),
            b')' => self.constant(Value::EMPTY_TUPLE, rest),
            b']' => {
                self.empty(Kind::List);
                Ok(rest)
            }
            b'}' => {
                self.empty(Kind::Dict);
                Ok(rest)
            }
            b'a' => self.fill(context, source, Kind::List, 1, at).map(|()| rest),
            b's' => self.fill(context, source, Kind::Dict, 2, at).map(|()| rest),
            b'e' => self.fill_to_mark(context, source, Kind::List, at).map(|()| rest),
            b'u' => self.fill_to_mark(context, source, Kind::Dict, at).map(|()| rest),
            // Calls.
            b'R' => self.call(context, source, CallKind::Call, None, at).map(|()| rest),
            0x81 => self.call(context, source, CallKind::New, None, at).map(|()| rest),
            b'b' => match self.set_state(context, source, at)? {
                false => Ok(rest),
                true => Err(Flow::Array),
            },
            0x93 => self.look_up_values(context, source, at).map(|()| rest),
            b'.' => {
                self.top()?;
                Err(Flow::Stop)
            }
            _ => self.follow_rare(context, source, opcode, rest, at),
        }
    }

    /// Opcodes that files of today hold few of, and those of the text protocol.
    #[inline(never)]
    fn follow_rare<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        opcode: u8,
        rest: &'w [u8],
        at: u64,
    ) -> Followed<&'w [u8]> {
        match opcode {
            0x80 => {
                let ([version], rest) = chunk(rest)?;
                self.declare(context, version, at);
                Ok(rest)
            }
            0x95 => {
                let (length, _) = chunk(rest)?;
                self.frame(context, source, u64::from_le_bytes(length), at);
                Err(Flow::Jump(at.saturating_add(9)))
            }
            0x8f => {
                self.empty(Kind::Set);
                Ok(rest)
            }
            0x90 => self.fill_to_mark(context, source, Kind::Set, at).map(|()| rest),
            0x91 => self.collect_to_mark(Kind::FrozenSet).map(|()| rest),
            b'l' => self.collect_to_mark(Kind::List).map(|()| rest),
            b'd' => self.collect_to_mark(Kind::Dict).map(|()| rest),
            b'0' => self.drop_top().map(|()| rest),
            b'1' => self.drop_to_mark().map(|()| rest),
            b'2' => {
                let value = self.top()?;
                self.push(value);
                Ok(rest)
            }
            0x8a => {
                let ([length], rest) = chunk(rest)?;
                self.leaf(Value::number(at), source, at, 2, u64::from(length), rest)
            }
            0x8b => {
                let (length, rest) = chunk(rest)?;
                let length = signed(i32::from_le_bytes(length))?;
                self.leaf(Value::number(at), source, at, 5, length, rest)
            }
            0x8d => {
                let (length, rest) = chunk(rest)?;
                self.text(context, source, at, 9, u64::from_le_bytes(length), rest)
            }
            b'T' => {
                let (length, rest) = chunk(rest)?;
                let length = signed(i32::from_le_bytes(length))?;
                self.text(context, source, at, 5, length, rest)
            }
            0x8e => {
                let (length, rest) = chunk(rest)?;
                self.bytes(context, source, Value::bytes(at), at, 9, u64::from_le_bytes(length), rest)
            }
            0x96 => {
                let (length, rest) = chunk(rest)?;
                self.bytes(context, source, Value::byte_array(at), at, 9, u64::from_le_bytes(length), rest)
            }
            0x97 => self.constant(Value::BUFFER, rest),
            0x98 => self.top().map(|_| rest),
            0x92 => {
                let keywords = self.pop()?;
                self.call(context, source, CallKind::New, Some(keywords), at)?;
                Ok(rest)
            }
            b'o' => self.instantiate(context, source, None, at).map(|()| rest),
            b'Q' => {
                let id = self.pop()?;
                self.persistent(context, source, id, at)?;
                Ok(rest)
            }
            0x82 => {
                let ([code], rest) = chunk(rest)?;
                self.extension(context, u64::from(code), at).map(|()| rest)
            }
            0x83 => {
                let (code, rest) = chunk(rest)?;
                self.extension(context, u64::from(u16::from_le_bytes(code)), at).map(|()| rest)
            }
            0x84 => {
                let (code, rest) = chunk(rest)?;
                let code = signed(i32::from_le_bytes(code))?;
                self.extension(context, code, at).map(|()| rest)
            }
            b'c' | b'i' | b'I' | b'L' | b'F' | b'S' | b'V' | b'P' | b'g' | b'p' => {
                self.follow_text(context, source, opcode, rest, at)
            }
            _ => Err(Flow::Broken(Problem::UnknownCode, format!("there is no opcode 0x{opcode:02x}"))),
        }
    }

    /// Opcodes whose argument is one line of text, or two.
    fn follow_text<'w>(
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
                if !matches!(text, [b'\'', .., b'\''] | [b'"', .., b'"']) {
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

    #[inline]
    fn constant<'w>(&mut self, value: Value, rest: &'w [u8]) -> Followed<&'w [u8]> {
        self.push(value);
        Ok(rest)
    }

    /// Pushes a value whose `length` bytes follow.
    #[inline]
    fn leaf<'w>(
        &mut self,
        value: Value,
        source: &Source<'_>,
        at: u64,
        header: u64,
        length: u64,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        match usize::try_from(length).ok().and_then(|length| rest.get(length..)) {
            Some(rest) => {
                self.push(value);
                Ok(rest)
            }
            None => self.far_leaf(value, source, at, header, length),
        }
    }

    #[cold]
    fn far_leaf<'w>(
        &mut self,
        value: Value,
        source: &Source<'_>,
        at: u64,
        header: u64,
        length: u64,
    ) -> Followed<&'w [u8]> {
        let start = at.saturating_add(header);
        if length > source.input.len().saturating_sub(start) {
            let detail = format!(
                "announces {length} bytes, but {} are left",
                source.input.len().saturating_sub(start)
            );
            return Err(Flow::Broken(Problem::Truncated, detail));
        }
        if length <= WHOLE {
            return Err(Flow::Short(usize::try_from(header.saturating_add(length)).unwrap_or(usize::MAX)));
        }
        self.push(value);
        Err(Flow::Jump(start.saturating_add(length)))
    }

    #[inline]
    fn text<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        at: u64,
        header: u64,
        length: u64,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        let followed = self.leaf(Value::text(at), source, at, header, length, rest);
        if length >= payload::SHORTEST && !matches!(followed, Err(Flow::Short(_) | Flow::Broken(..))) {
            payload::look_at_text(context, at, at.wrapping_add(header), rest, length);
        }
        followed
    }

    #[inline]
    fn bytes<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        value: Value,
        at: u64,
        header: u64,
        length: u64,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        let followed = self.leaf(value, source, at, header, length, rest);
        if length >= payload::SHORTEST && !matches!(followed, Err(Flow::Short(_) | Flow::Broken(..))) {
            payload::look_at_bytes(context, at, at.wrapping_add(header), rest, length);
        }
        followed
    }

    /// `PROTO`.
    fn declare(&mut self, context: &mut Context<'_>, version: u8, at: u64) {
        if self.mode == Mode::Walk {
            if self.declared {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version} after protocol {}", self.protocol),
                );
            } else if at != self.start {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version} only after other opcodes"),
                );
            }
            if version > 5 {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version}, which no reader knows"),
                );
            }
        }
        self.declared = true;
        self.protocol = version;
    }

    /// `FRAME`.
    fn frame(&mut self, context: &mut Context<'_>, source: &Source<'_>, length: u64, at: u64) {
        let start = at.saturating_add(9);
        let end = start.saturating_add(length);
        let walks = self.mode == Mode::Walk;
        if self.frame_end.is_some_and(|end| end > start) && walks {
            context.problem(
                at,
                Problem::Framing,
                "a frame begins inside another; readers differ in what they do",
            );
        }
        self.frame_end = Some(end);
        if end > source.input.len() {
            self.frame_end = None;
            if walks {
                let left = source.input.len().saturating_sub(start);
                let detail = format!(
                    "a frame of {length} bytes begins where {left} are left; readers differ in what they do"
                );
                context.problem(at, Problem::Framing, detail);
            }
        }
    }

    fn extension(&mut self, context: &mut Context<'_>, code: u64, at: u64) -> Followed<()> {
        let value = self.look_up(context, Lookup::Extension(code), at, None)?;
        debug_assert!(matches!(value.view(), View::Global(_) | View::Unknown));
        self.push(value);
        Ok(())
    }
}

#[cold]
fn truncated(input: &crate::input::Input) -> End {
    End::Broken(input.len(), Problem::Truncated, "ends without a STOP opcode".to_owned())
}

/// The next `N` bytes.
#[inline]
fn chunk<const N: usize>(rest: &[u8]) -> Followed<([u8; N], &[u8])> {
    match rest.split_first_chunk::<N>() {
        Some((bytes, rest)) => Ok((*bytes, rest)),
        None => Err(Flow::Short(N.wrapping_add(1))),
    }
}

/// A length that must not be negative.
fn signed(length: i32) -> Followed<u64> {
    u64::try_from(length).map_err(|_| Flow::Broken(Problem::BadValue, format!("announces {length} bytes")))
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
        let block = source.input.read(at, WHOLE)?;
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
