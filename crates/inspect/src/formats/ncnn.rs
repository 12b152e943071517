//! ncnn: a graph as lines of text or as numbers. Its weights, in a `.bin` beside it, have no form of their own.

use weighbridge_domain::facts::problem::Kind;

use super::graph::Operators;
use super::layout::{Notes, name};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{engine, one};
use crate::text;
use crate::walk::Visit;

/// Graphs of ncnn.
pub static FORMAT: Format = Format {
    id: "ncnn",
    title: "ncnn graph",
    extensions: &["ncnn.param", "param", "param.bin"],
    support: Support::Recognised,
    carries_code: false,
    refines: &["text"],
    docs: "Every layer of a graph in text with its operator, and its number of layers; of a graph in numbers the layers that are \
           not ncnn's own.",
    recognise: |probe: &Probe<'_>| {
        let text = probe.starts(b"7767517\n") || probe.starts(b"7767517\r\n");
        Recognition::certain_if(text || probe.starts(&MAGIC) && probe.ends_with(&["param.bin"]))
    },
    read,
    samples: || one("model.ncnn.param", engine::ncnn("ReLU", 2)),
};

const MAGIC: [u8; 4] = 7_767_517_u32.to_le_bytes();

/// The longest line.
const LINE: usize = 1 << 20;

/// What says in the number of a layer that it is not one of ncnn's.
const CUSTOM: u32 = 256;

/// What ends the parameters of a layer, and what lists of them begin at.
const END: i32 = -233;
const LISTS: i32 = -23300;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut reader = Reader { notes: Notes::default(), operators: Operators::default() };
    let mut cursor = Cursor::new(&visit.input);
    let numbers = cursor.peek(4)? == MAGIC;
    let result = if numbers { reader.numbers(visit, &mut cursor) } else { reader.text(visit, &mut cursor) };
    reader.operators.tell(visit, "ncnn", |_, _| false);
    result
}

struct Reader {
    notes: Notes,
    operators: Operators,
}

impl Reader {
    fn text(&mut self, visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
        line(cursor)?;
        let (at, counts) = line(cursor)?.unwrap_or_default();
        let stated: Option<u64> = counts.split_ascii_whitespace().next().and_then(|count| count.parse().ok());
        let mut layers = 0_u64;
        while let Some((at, line)) = line(cursor)? {
            visit.budget.tick()?;
            let mut words = line.split_ascii_whitespace();
            let Some(operator) = words.next() else { continue };
            layers = layers.saturating_add(1);
            let node = words.next().unwrap_or_default().to_owned();
            self.operators.add(visit, &mut self.notes, at, ["", &name(operator)], || node)?;
            let mut counts = words.by_ref().take(2).map(str::parse::<u32>);
            if !matches!((counts.next(), counts.next()), (Some(Ok(_)), Some(Ok(_)))) {
                let detail = format!("the layer `{}` does not say how many inputs it has", name(&line));
                self.notes.problem(visit, at, Kind::BadValue, detail);
            }
        }
        if stated != Some(layers) {
            let detail = format!("it says `{}`, but has {layers} layers", name(&counts));
            self.notes.problem(visit, at, Kind::BadValue, detail);
        }
        self.notes.metadata(visit, at, "layers", &layers.to_string())
    }

    fn numbers(&mut self, visit: &mut Visit<'_>, cursor: &mut Cursor) -> Result<(), Fault> {
        cursor.skip(4)?;
        let (layers, _) = (cursor.u32()?, cursor.u32()?);
        if u64::from(layers).saturating_mul(16) > cursor.remaining() {
            let detail = format!("{layers} layers in {} bytes", cursor.remaining());
            self.notes.problem(visit, 4, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
        for _ in 0..layers {
            visit.budget.tick()?;
            let at = cursor.position();
            let kind = cursor.u32()?;
            if kind >= CUSTOM {
                let custom = format!("custom {}", kind.saturating_sub(CUSTOM));
                self.operators.add(visit, &mut self.notes, at, ["", &custom], String::new)?;
            }
            let (inputs, outputs) = (cursor.u32()?, cursor.u32()?);
            cursor.skip(u64::from(inputs).saturating_add(outputs.into()).saturating_mul(4))?;
            loop {
                let parameter = i32::from_le_bytes(cursor.array()?);
                if parameter == END {
                    break;
                }
                let length = if parameter <= LISTS { cursor.u32()?.into() } else { 1_u64 };
                cursor.skip(length.saturating_mul(4))?;
            }
        }
        self.notes.metadata(visit, 4, "layers", &layers.to_string())
    }
}

/// A line, and where it begins; nothing at the end.
fn line(cursor: &mut Cursor) -> Result<Option<(u64, String)>, Fault> {
    let at = cursor.position();
    let left = usize::try_from(cursor.remaining()).unwrap_or(usize::MAX);
    if left == 0 {
        return Ok(None);
    }
    let line = match cursor.line(LINE) {
        Ok(line) => text::kept(line, LINE),
        // The last line may have no end.
        Err(Fault::Truncated { .. }) if left < LINE => text::kept(cursor.take(left)?, LINE),
        Err(fault) => return Err(fault),
    };
    Ok(Some((at, line)))
}
