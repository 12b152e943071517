//! The document as UBJSON, draft 12: `{` and `[` with values behind, lengths in front of texts, everything big-endian.

use weighbridge_domain::facts::problem::Kind;

use super::document::{DEEPEST, Gather, Value, list};
use crate::cursor::Cursor;
use crate::formats::layout::name;
use crate::limits::Fault;
use crate::text;

/// Bytes kept of a text.
const TEXT_KEPT: usize = 1 << 20;

/// `{`, the length of a key, and a key that XGBoost writes at the root.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"{") else { return false };
    let key = match rest {
        [b'L', 0, 0, 0, 0, 0, 0, 0, length, rest @ ..]
        | [b'l', 0, 0, 0, length, rest @ ..]
        | [b'I', 0, length, rest @ ..]
        | [b'i' | b'U', length, rest @ ..] => rest.get(..usize::from(*length)),
        _ => None,
    };
    matches!(key, Some(b"Config" | b"Model" | b"learner" | b"version"))
}

pub(super) fn read(gather: &mut Gather<'_, '_>) -> Result<Value, Fault> {
    let mut cursor = Cursor::new(&gather.visit.input);
    let marker = cursor.u8()?;
    let root = Reader { cursor: &mut cursor }.value(gather, marker, 0, "")?;
    let (end, size) = (cursor.position(), gather.visit.input.len());
    if end < size {
        let detail = format!(
            "{} behind the end of the document",
            crate::text::count(size.saturating_sub(end), "byte")
        );
        gather.problem(end, Kind::TrailingBytes, detail);
        gather.visit.embed(crate::formats::layout::TRAILING, gather.visit.input.from(end))?;
    }
    Ok(root)
}

struct Reader<'c> {
    cursor: &'c mut Cursor,
}

/// What stands behind the bracket of a container.
#[derive(Debug, Clone, Copy, Default)]
struct Opening {
    kind: Option<u8>,
    count: Option<u64>,
}

impl Reader<'_> {
    fn value(
        &mut self,
        gather: &mut Gather<'_, '_>,
        marker: u8,
        depth: usize,
        key: &str,
    ) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Unsupported(format!("nested more than {DEEPEST} levels deep")));
        }
        if let Some(number) = self.number(marker)? {
            return Ok(Value::Number(number));
        }
        match marker {
            b'Z' | b'N' => Ok(Value::Nothing),
            b'T' => Ok(Value::Truth(true)),
            b'F' => Ok(Value::Truth(false)),
            b'S' | b'H' => {
                let text = self.text(gather)?;
                gather.take(text.len() as u64)?;
                Ok(Value::Text(text))
            }
            b'C' => Ok(Value::Text(char::from(self.cursor.u8()?).to_string())),
            b'[' => self.array(gather, depth, key),
            b'{' => self.map(gather, depth),
            other => Err(Fault::Unparsable(format!("byte {other:#04x} begins no value"))),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers that large mean nothing here")]
    fn number(&mut self, marker: u8) -> Result<Option<f64>, Fault> {
        let cursor = &mut *self.cursor;
        Ok(Some(match marker {
            b'i' => f64::from(i8::from_be_bytes(cursor.array()?)),
            b'U' => f64::from(cursor.u8()?),
            b'I' => f64::from(i16::from_be_bytes(cursor.array()?)),
            b'l' => f64::from(i32::from_be_bytes(cursor.array()?)),
            b'L' => i64::from_be_bytes(cursor.array()?) as f64,
            b'd' => f64::from(f32::from_be_bytes(cursor.array()?)),
            b'D' => f64::from_be_bytes(cursor.array()?),
            _ => return Ok(None),
        }))
    }

    /// A length: a whole number with its marker.
    fn length(&mut self, gather: &mut Gather<'_, '_>, what: &str, each: u64) -> Result<u64, Fault> {
        let at = self.cursor.position();
        let length = match self.cursor.u8()? {
            b'i' => i64::from(i8::from_be_bytes(self.cursor.array()?)),
            b'U' => i64::from(self.cursor.u8()?),
            b'I' => i64::from(i16::from_be_bytes(self.cursor.array()?)),
            b'l' => i64::from(i32::from_be_bytes(self.cursor.array()?)),
            b'L' => i64::from_be_bytes(self.cursor.array()?),
            other => return Err(Fault::Unparsable(format!("byte {other:#04x} begins no length"))),
        };
        let left = self.cursor.remaining();
        match u64::try_from(length).ok().filter(|length| length.saturating_mul(each.max(1)) <= left) {
            Some(length) => Ok(length),
            None => {
                let detail = format!("{what} says it is {length} long, with {left} bytes left in the file");
                gather.problem(at, Kind::BadCount, detail);
                Err(Fault::Unsupported("nothing behind the impossible length could be read".to_owned()))
            }
        }
    }

    fn text(&mut self, gather: &mut Gather<'_, '_>) -> Result<String, Fault> {
        let length = self.length(gather, "a text", 1)?;
        let end = self.cursor.position().saturating_add(length);
        let kept = usize::try_from(length).unwrap_or(usize::MAX).min(TEXT_KEPT);
        let kept = text::kept(self.cursor.take(kept)?, TEXT_KEPT);
        self.cursor.seek(end);
        Ok(kept)
    }

    fn opening(&mut self, gather: &mut Gather<'_, '_>) -> Result<Opening, Fault> {
        let mut opening = Opening::default();
        if self.next_is(b'$')? {
            opening.kind = Some(self.cursor.u8()?);
            if !self.next_is(b'#')? {
                return Err(Fault::Unparsable("a type without a count".to_owned()));
            }
            opening.count = Some(self.length(gather, "a list", width(opening.kind))?);
        } else if self.next_is(b'#')? {
            opening.count = Some(self.length(gather, "a list", 1)?);
        }
        Ok(opening)
    }

    /// Moves over the next byte when it is this one.
    fn next_is(&mut self, byte: u8) -> Result<bool, Fault> {
        let found = self.cursor.window(1)?.first() == Some(&byte);
        if found {
            self.cursor.u8()?;
        }
        Ok(found)
    }

    fn array(&mut self, gather: &mut Gather<'_, '_>, depth: usize, key: &str) -> Result<Value, Fault> {
        let Opening { kind, count } = self.opening(gather)?;
        if let (Some(kind @ (b'i' | b'U' | b'I' | b'l' | b'L' | b'd' | b'D')), Some(count)) = (kind, count) {
            gather.take(count.saturating_mul(8))?;
            let mut numbers = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
            for place in 0..count {
                if place.is_multiple_of(1 << 16) {
                    gather.visit.budget.tick()?;
                }
                numbers.extend(self.number(kind)?);
            }
            return Ok(Value::Numbers(numbers));
        }
        let trees = key == "trees";
        let mut items = Vec::new();
        let mut passed = 0_u64;
        while count.is_none_or(|count| passed < count) {
            if count.is_none() && self.next_is(b']')? {
                break;
            }
            let (held, at) = (gather.held(), self.cursor.position());
            gather.take(0)?;
            let marker = self.marker(kind)?;
            let item = self.value(gather, marker, depth.saturating_add(1), "")?;
            passed = passed.saturating_add(1);
            if trees {
                gather.tree(at, &item);
                gather.release(held);
            } else {
                items.push(item);
            }
        }
        Ok(if trees { Value::Trees(passed) } else { list(items) })
    }

    fn map(&mut self, gather: &mut Gather<'_, '_>, depth: usize) -> Result<Value, Fault> {
        let Opening { kind, count } = self.opening(gather)?;
        let mut pairs: Vec<(String, Value)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while count.is_none_or(|count| (pairs.len() as u64) < count) {
            if count.is_none() && self.next_is(b'}')? {
                break;
            }
            let at = self.cursor.position();
            let key = self.text(gather)?;
            gather.take((key.len() as u64).saturating_mul(2))?;
            if !seen.insert(key.clone()) {
                gather.problem(at, Kind::Duplicate, format!("the key `{}` stands twice", name(&key)));
            }
            let marker = self.marker(kind)?;
            let value = self.value(gather, marker, depth.saturating_add(1), &key)?;
            pairs.push((key, value));
        }
        Ok(Value::Map(pairs))
    }

    /// The marker of the next value: of all, or its own behind those that say nothing.
    fn marker(&mut self, kind: Option<u8>) -> Result<u8, Fault> {
        match kind {
            Some(kind) => Ok(kind),
            None => self.cursor.u8(),
        }
    }
}

/// Bytes that a value of a kind takes at least; such as take none are counted as one, so that no count is free.
fn width(kind: Option<u8>) -> u64 {
    match kind {
        Some(b'I') => 2,
        Some(b'l' | b'd') => 4,
        Some(b'L' | b'D') => 8,
        _ => 1,
    }
}
