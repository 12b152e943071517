//! The opcodes of protocols 0 to 5, followed one by one over what is in memory.
//! Reference: `pickletools.py` and `_pickle.c` of `CPython`; where the two read differently, both readings are kept.

use weighbridge_domain::facts::CallKind;
use weighbridge_domain::facts::problem::Kind as Problem;

use super::containers::Kind;
use super::context::Context;
use super::leaf::Source;
use super::machine::{Flow, Followed, Machine};
use super::names::Lookup;
use super::payload;
use super::value::{Value, View};
use crate::cursor::Cursor;
use crate::limits::Fault;

/// Text and bytes up to this length are waited for; what is longer is passed over without being in memory at once.
const WHOLE: u64 = 64 << 10;

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

/// Text, bytes or a number behind an opcode.
#[derive(Clone, Copy)]
struct Piece {
    /// Offset of the opcode.
    at: u64,
    /// Bytes of the opcode and the length behind it.
    header: u64,
    length: u64,
}

impl Piece {
    #[inline]
    fn start(self) -> u64 {
        self.at.saturating_add(self.header)
    }
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
                self.straddle(context, at);
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
                    self.straddle(context, at);
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
                self.memoize()?;
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
            b'N' => {
                self.push(Value::NONE);
                Ok(rest)
            }
            0x88 => {
                self.push(Value::TRUE);
                Ok(rest)
            }
            0x89 => {
                self.push(Value::FALSE);
                Ok(rest)
            }
            // Text and bytes.
            0x8c | b'U' => {
                let ([length], rest) = chunk(rest)?;
                self.text(context, source, Piece { at, header: 2, length: u64::from(length) }, rest)
            }
            b'X' => {
                let (length, rest) = chunk(rest)?;
                self.text(
                    context,
                    source,
                    Piece { at, header: 5, length: u64::from(u32::from_le_bytes(length)) },
                    rest,
                )
            }
            b'C' => {
                let ([length], rest) = chunk(rest)?;
                self.bytes(
                    context,
                    source,
                    Value::bytes(at),
                    Piece { at, header: 2, length: u64::from(length) },
                    rest,
                )
            }
            b'B' => {
                let (length, rest) = chunk(rest)?;
                self.bytes(
                    context,
                    source,
                    Value::bytes(at),
                    Piece { at, header: 5, length: u64::from(u32::from_le_bytes(length)) },
                    rest,
                )
            }
            // Containers.
            b'(' => {
                self.mark();
                Ok(rest)
            }
            0x85 => self.collect(source, Kind::Tuple, 1).map(|()| rest),
            0x86 => self.collect(source, Kind::Tuple, 2).map(|()| rest),
            0x87 => self.collect(source, Kind::Tuple, 3).map(|()| rest),
            b't' => self.collect_to_mark(source, Kind::Tuple).map(|()| rest),
            b')' => {
                self.push(Value::EMPTY_TUPLE);
                Ok(rest)
            }
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
            b'b' => {
                if self.set_state(context, source, at)? {
                    return Err(Flow::Array);
                }
                Ok(rest)
            }
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
            0x91 => self.collect_to_mark(source, Kind::FrozenSet).map(|()| rest),
            b'l' => self.collect_to_mark(source, Kind::List).map(|()| rest),
            b'd' => self.collect_to_mark(source, Kind::Dict).map(|()| rest),
            b'0' => self.drop_top().map(|()| rest),
            b'1' => self.drop_to_mark().map(|()| rest),
            b'2' => {
                let value = self.top()?;
                self.push(value);
                Ok(rest)
            }
            0x8a => {
                let ([length], rest) = chunk(rest)?;
                self.leaf(Value::number(at), source, Piece { at, header: 2, length: u64::from(length) }, rest)
            }
            0x8b => {
                let (length, rest) = chunk(rest)?;
                let length = signed(i32::from_le_bytes(length))?;
                self.leaf(Value::number(at), source, Piece { at, header: 5, length }, rest)
            }
            0x8d => {
                let (length, rest) = chunk(rest)?;
                self.text(context, source, Piece { at, header: 9, length: u64::from_le_bytes(length) }, rest)
            }
            b'T' => {
                let (length, rest) = chunk(rest)?;
                let length = signed(i32::from_le_bytes(length))?;
                self.text(context, source, Piece { at, header: 5, length }, rest)
            }
            0x8e => {
                let (length, rest) = chunk(rest)?;
                self.bytes(
                    context,
                    source,
                    Value::bytes(at),
                    Piece { at, header: 9, length: u64::from_le_bytes(length) },
                    rest,
                )
            }
            0x96 => {
                let (length, rest) = chunk(rest)?;
                self.bytes(
                    context,
                    source,
                    Value::byte_array(at),
                    Piece { at, header: 9, length: u64::from_le_bytes(length) },
                    rest,
                )
            }
            0x97 => {
                self.push(Value::BUFFER);
                Ok(rest)
            }
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

    /// Pushes a value whose bytes follow.
    #[inline]
    fn leaf<'w>(
        &mut self,
        value: Value,
        source: &Source<'_>,
        piece: Piece,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        match usize::try_from(piece.length).ok().and_then(|length| rest.get(length..)) {
            Some(rest) => {
                self.push(value);
                Ok(rest)
            }
            None => Err(self.far_leaf(value, source, piece)),
        }
    }

    /// Pushes a value whose bytes are not all in memory.
    #[cold]
    fn far_leaf(&mut self, value: Value, source: &Source<'_>, piece: Piece) -> Flow {
        let Piece { header, length, .. } = piece;
        let start = piece.start();
        let left = source.input.len().saturating_sub(start);
        if length > left {
            return Flow::Broken(
                Problem::Truncated,
                format!("announces {length} bytes, but {left} are left"),
            );
        }
        if length <= WHOLE {
            return Flow::Short(usize::try_from(header.saturating_add(length)).unwrap_or(usize::MAX));
        }
        self.push(value);
        Flow::Jump(start.saturating_add(length))
    }

    #[inline]
    fn text<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        piece: Piece,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        let followed = self.leaf(Value::text(piece.at), source, piece, rest);
        if piece.length >= payload::SHORTEST && !matches!(followed, Err(Flow::Short(_) | Flow::Broken(..))) {
            payload::look_at_text(context, piece.at, piece.start(), rest, piece.length);
        }
        followed
    }

    #[inline]
    fn bytes<'w>(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        value: Value,
        piece: Piece,
        rest: &'w [u8],
    ) -> Followed<&'w [u8]> {
        let followed = self.leaf(value, source, piece, rest);
        if piece.length >= payload::SHORTEST && !matches!(followed, Err(Flow::Short(_) | Flow::Broken(..))) {
            payload::look_at_bytes(context, piece.at, piece.start(), rest, piece.length);
        }
        followed
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
