//! The wire of protocol buffers: messages as ranges of bytes whose fields are told one by one. No schema, nothing large in
//! memory: a field of a gibibyte is a range that was stepped over.
//!
//! ```text
//! let mut wire = Wire::new(&visit.input);
//! let mut model = wire.whole();                        // a Message is a range and a depth; it is Copy
//! while let Some(field) = wire.next(&mut model)? {     // moves the beginning of `model` behind the field
//!     visit.budget.tick()?;
//!     match (field.number, field.value) {
//!         (1, Value::Number(version)) => …,            // int32, int64, uint64, bool, enum
//!         (2, Value::Bytes(name)) => wire.text(name, 1024)?,
//!         (7, Value::Bytes(graph)) => read_graph(visit, &mut wire, graph)?,
//!         _ => {}                                      // as every reader does: other fields are stepped over
//!     }
//! }
//! ```
//!
//! A field of another wire type than the schema wants is, for readers, a field that they do not know; matching number and
//! value together does the same. Numbers in `packed` fields are told by [`Wire::numbers`].

use crate::cursor::Cursor;
use crate::input::Input;
use crate::limits::Fault;
use crate::text;

/// How deeply messages and groups may be nested; readers stop at 100.
const DEPTH: u8 = 128;

/// The highest number of a field.
const HIGHEST: u64 = (1 << 29) - 1;

/// A message, or the rest of one: a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Offset of the next field.
    pub start: u64,
    /// Offset behind the last field.
    pub end: u64,
    depth: u8,
}

impl Message {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// No bytes are left.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// The bytes, as a part of what they are read from.
    pub fn of(&self, input: &Input) -> Input {
        input.slice(self.start, self.len())
    }
}

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Offset of its tag.
    pub at: u64,
    /// Its number in the schema.
    pub number: u32,
    /// What it holds.
    pub value: Value,
}

impl Field {
    /// What a field of bytes, text or a message holds.
    pub fn message(&self) -> Option<Message> {
        match self.value {
            Value::Bytes(message) => Some(message),
            _ => None,
        }
    }

    /// What a field of a number, a truth or a choice holds.
    pub fn number(&self) -> Option<u64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// What a field holds, as far as the wire tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A number, a truth or a choice. Negative ones are their two's complement of 64 bits.
    Number(u64),
    /// Eight bytes: a number of fixed size.
    Eight(u64),
    /// Four bytes: a number of fixed size.
    Four(u32),
    /// Bytes, text, a message, or packed numbers.
    Bytes(Message),
    /// Fields between the marks of a group, which nobody writes any more.
    Group(Message),
}

/// Reads fields of messages. One serves all messages of an input, and is fastest from front to back.
#[derive(Debug)]
pub struct Wire {
    cursor: Cursor,
}

impl Wire {
    /// A reader of these bytes.
    pub fn new(input: &Input) -> Self {
        Self { cursor: Cursor::new(input) }
    }

    /// All of the input as one message.
    pub fn whole(&self) -> Message {
        Message { start: 0, end: self.cursor.input().len(), depth: 0 }
    }

    /// The next field, or nothing at the end of the message, whose beginning moves behind the field.
    pub fn next(&mut self, message: &mut Message) -> Result<Option<Field>, Fault> {
        if message.is_empty() {
            return Ok(None);
        }
        let at = message.start;
        let (number, kind) = self.tag(message)?;
        let value = self.value(message, number, kind)?;
        Ok(Some(Field { at, number, value }))
    }

    /// The next of the packed numbers that a field holds.
    pub fn numbers(&mut self, packed: &mut Message) -> Result<Option<u64>, Fault> {
        if packed.is_empty() { Ok(None) } else { self.varint(packed).map(Some) }
    }

    /// The bytes of a field, cut at `limit`.
    pub fn bytes(&self, message: Message, limit: u64) -> Result<Vec<u8>, Fault> {
        Ok(self.cursor.input().read(message.start, message.len().min(limit))?)
    }

    /// The text of a field, cut at `limit` bytes; what is not UTF-8 is replaced.
    pub fn text(&self, message: Message, limit: usize) -> Result<String, Fault> {
        Ok(text::kept(&self.bytes(message, limit as u64)?, limit))
    }

    fn tag(&mut self, message: &mut Message) -> Result<(u32, u8), Fault> {
        let at = message.start;
        let tag = self.varint(message)?;
        let number = tag >> 3;
        match u32::try_from(number) {
            Ok(number) if (1..=HIGHEST).contains(&u64::from(number)) => Ok((number, low_bits(tag))),
            _ => Err(broken(at, "a field has an impossible number")),
        }
    }

    fn value(&mut self, message: &mut Message, number: u32, kind: u8) -> Result<Value, Fault> {
        let at = message.start;
        Ok(match kind {
            0 => Value::Number(self.varint(message)?),
            1 => Value::Eight(u64::from_le_bytes(self.array(message)?)),
            2 => {
                let length = self.varint(message)?;
                let inner = self.inside(message, length)?;
                message.start = inner.end;
                Value::Bytes(inner)
            }
            3 => {
                let inner = self.group(message, number)?;
                Value::Group(inner)
            }
            5 => Value::Four(u32::from_le_bytes(self.array(message)?)),
            4 => return Err(broken(at, "a group ends that did not begin")),
            _ => return Err(broken(at, "a field has an impossible type")),
        })
    }

    /// The fields up to the end of the group with this number.
    fn group(&mut self, message: &mut Message, number: u32) -> Result<Message, Fault> {
        let mut inner = self.inside(message, 0)?;
        let mut open = vec![number];
        while let Some(group) = open.last().copied() {
            if open.len() > usize::from(DEPTH) {
                return Err(too_deep(message.start));
            }
            inner.end = message.start;
            if message.is_empty() {
                return Err(self.ends(message, message.start));
            }
            let at = message.start;
            match self.tag(message)? {
                (number, 3) => open.push(number),
                (number, 4) if number == group => {
                    open.pop();
                }
                (_, 4) => return Err(broken(at, "a group ends that did not begin")),
                (number, kind) => {
                    self.value(message, number, kind)?;
                }
            }
        }
        Ok(inner)
    }

    /// The next `length` bytes of a message.
    fn inside(&self, message: &Message, length: u64) -> Result<Message, Fault> {
        let depth = message.depth.saturating_add(1);
        let end = message.start.checked_add(length).filter(|end| *end <= message.end);
        let end = end.ok_or_else(|| self.ends(message, message.start))?;
        if depth > DEPTH {
            return Err(too_deep(message.start));
        }
        Ok(Message { start: message.start, end, depth })
    }

    /// Something at `at` reaches behind the end of the message.
    fn ends(&self, message: &Message, at: u64) -> Fault {
        if message.end >= self.cursor.input().len() {
            return Fault::Truncated { at: message.end };
        }
        broken(at, "a field is longer than the message that it is in")
    }

    fn array<const N: usize>(&mut self, message: &mut Message) -> Result<[u8; N], Fault> {
        let end = self.inside(message, N as u64)?.end;
        self.cursor.seek(message.start);
        message.start = end;
        self.cursor.array()
    }

    fn varint(&mut self, message: &mut Message) -> Result<u64, Fault> {
        const LONGEST: usize = 10;
        let room = usize::try_from(message.len()).unwrap_or(LONGEST).min(LONGEST);
        self.cursor.seek(message.start);
        let bytes = self.cursor.peek(room)?;
        let mut number = 0_u64;
        let mut shift = 0_u32;
        for (byte, length) in bytes.iter().zip(1_u64..) {
            // Readers cut what does not fit into 64 bits.
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            shift = shift.saturating_add(7);
            if byte & 0x80 == 0 {
                message.start = message.start.saturating_add(length);
                return Ok(number);
            }
        }
        if room < LONGEST {
            return Err(self.ends(message, message.start));
        }
        Err(broken(message.start, "a number has more than ten bytes"))
    }
}

fn low_bits(tag: u64) -> u8 {
    u8::try_from(tag & 7).unwrap_or_default()
}

fn broken(at: u64, what: &str) -> Fault {
    Fault::Unparsable(format!("{what}, at byte {at}"))
}

fn too_deep(at: u64) -> Fault {
    Fault::Unparsable(format!("messages are nested more than {DEPTH} deep, at byte {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Value)>, String> {
        let mut wire = Wire::new(&Input::bytes(bytes.to_vec()));
        let mut message = wire.whole();
        let mut fields = Vec::new();
        while let Some(field) = wire.next(&mut message).map_err(|fault| fault.to_string())? {
            fields.push((field.number, field.value));
        }
        Ok(fields)
    }

    fn message(start: u64, end: u64, depth: u8) -> Message {
        Message { start, end, depth }
    }

    #[test]
    fn tells_fields_of_every_kind() {
        let bytes = [
            &b"\x08\x96\x01"[..],
            b"\x11\x01\0\0\0\0\0\0\x80",
            b"\x1a\x02hi",
            b"\x25\x02\0\0\0",
            b"\x2b\x08\x01\x33\x34\x2c",
            b"\xf8\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ]
        .concat();
        let fields = all(&bytes).unwrap();
        assert_eq!(
            fields,
            [
                (1, Value::Number(150)),
                (2, Value::Eight(0x8000_0000_0000_0001)),
                (3, Value::Bytes(message(14, 16, 1))),
                (4, Value::Four(2)),
                (5, Value::Group(message(22, 26, 1))),
                (536_870_911, Value::Number(u64::MAX)),
            ]
        );
    }

    #[test]
    fn refuses_what_no_reader_takes() {
        for (bytes, wanted) in [
            (&b"\x08"[..], "ends early, at byte 1"),
            (b"\x08\x80", "ends early"),
            (b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "more than ten bytes"),
            (b"\x0d\0\0", "ends early"),
            (b"\x0a\x05abc", "ends early, at byte 5"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "ends early"),
            (b"\x00\x01", "impossible number"),
            (b"\x0e", "impossible type"),
            (b"\x0f", "impossible type"),
            (b"\x0c", "a group ends that did not begin"),
            (b"\x0b\x14", "a group ends that did not begin"),
            (b"\x0b\x08\x01", "ends early"),
        ] {
            let error = all(bytes).unwrap_err();
            assert!(error.contains(wanted), "{bytes:?}: {error}");
        }
        let mut wire = Wire::new(&Input::bytes(b"\x0a\x03\x0a\x02a".to_vec()));
        let mut outer = message(0, 4, 0);
        assert!(wire.next(&mut outer).unwrap_err().to_string().contains("longer than the message"));
        assert!(all(&[0x0b; 200]).unwrap_err().contains("nested more than 128 deep"));
    }

    #[test]
    fn steps_over_what_is_large_and_follows_what_is_nested() {
        let mut bytes = vec![];
        for _ in 0..200 {
            let mut outer = vec![0x0a];
            let mut length = bytes.len();
            while length > 0x7f {
                outer.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
                length >>= 7;
            }
            outer.push(u8::try_from(length).unwrap());
            outer.extend(&bytes);
            bytes = outer;
        }
        let mut wire = Wire::new(&Input::bytes(bytes));
        let mut inner = wire.whole();
        let mut depth = 0;
        let error = loop {
            match wire.next(&mut inner) {
                Ok(Some(field)) => inner = field.message().unwrap(),
                Ok(None) => panic!("the innermost message was reached"),
                Err(fault) => break fault.to_string(),
            }
            depth += 1;
        };
        assert!(error.contains("nested more than 128 deep"), "{error}");
        assert_eq!(depth, 128);
    }

    #[test]
    fn tells_packed_numbers_and_text() {
        let mut wire = Wire::new(&Input::bytes(b"\x0a\x03\x01\xac\x02\x12\x03a\xffb".to_vec()));
        let mut whole = wire.whole();
        let mut packed = wire.next(&mut whole).unwrap().unwrap().message().unwrap();
        let mut numbers = Vec::new();
        while let Some(number) = wire.numbers(&mut packed).unwrap() {
            numbers.push(number);
        }
        assert_eq!(numbers, [1, 300]);
        let text = wire.next(&mut whole).unwrap().unwrap().message().unwrap();
        assert_eq!(wire.text(text, 10).unwrap(), "a\u{fffd}b");
        assert_eq!(wire.text(text, 1).unwrap(), "a");
    }
}
