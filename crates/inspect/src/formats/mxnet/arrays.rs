//! Lists of arrays, each behind a header of its own, with their names at the end.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::formats::layout::{Notes, name};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{mxnet, one};
use crate::text;
use crate::walk::Visit;

/// Lists of arrays.
pub static FORMAT: Format = Format {
    id: "mxnet-params",
    title: "MXNet parameters",
    extensions: &["params"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "Every array of every version of the format, sparse ones with their indexes, and the names at the end. Arrays that are \
           a program, an archive or a pickle are inspected as files of their own.",
    recognise: |probe: &Probe<'_>| {
        Recognition::certain_if(probe.starts(b"\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0"))
    },
    read,
    samples: || one("net-0001.params", mxnet::params(&[("arg:weight", mxnet::array(0, &[2], &[1; 8]))])),
};

/// What an array begins with: versions 1 to 3. Before, it was the number of dimensions.
const FIRST: u32 = 0xf993_fac8;
const SECOND: u32 = 0xf993_fac9;
const THIRD: u32 = 0xf993_faca;

/// More dimensions no array has.
const DIMENSIONS: u32 = 64;

/// The types by their numbers, with the bytes of an element.
const TYPES: [(&str, u64); 13] = [
    ("float32", 4),
    ("float64", 8),
    ("float16", 2),
    ("uint8", 1),
    ("int32", 4),
    ("int8", 1),
    ("int64", 8),
    ("bool", 1),
    ("int16", 2),
    ("uint16", 2),
    ("uint32", 4),
    ("uint64", 8),
    ("bfloat16", 2),
];

/// Bytes kept of a name.
const NAME_KEPT: u64 = 4096;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut reader =
        Reader { cursor: Cursor::new(&visit.input), notes: Notes::default(), tensors: Vec::new() };
    let result = reader.run(visit);
    let Reader { cursor, mut notes, tensors } = reader;
    let end = cursor.position();
    notes.disguised(visit, tensors.iter().map(|tensor| (tensor.start, tensor.length)))?;
    for tensor in tensors {
        visit.fact(tensor.start, What::Tensor(tensor));
    }
    result?;
    notes.behind(visit, end..visit.input.len(), 1)
}

struct Reader {
    cursor: Cursor,
    notes: Notes,
    tensors: Vec<Tensor>,
}

impl Reader {
    fn run(&mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.cursor.skip(16)?;
        let count = self.count(visit, "arrays", 4)?;
        // Where the tensors of each array begin.
        let mut arrays = Vec::new();
        for place in 0..count {
            visit.budget.tick()?;
            self.notes.remember(visit, 8)?;
            arrays.push(self.tensors.len());
            self.array(visit, place)?;
        }
        let at = self.cursor.position();
        let names = self.count(visit, "names", 8)?;
        if names != 0 && names != count {
            let detail = format!("there are {count} arrays and {names} names");
            self.notes.problem(visit, at, Kind::BadValue, detail);
        }
        let mut seen = std::collections::HashSet::new();
        for place in 0..names {
            visit.budget.tick()?;
            let at = self.cursor.position();
            let length = self.count(visit, "bytes of a name", 1)?;
            let end = self.cursor.position().saturating_add(length);
            let kept = usize::try_from(length.min(NAME_KEPT)).unwrap_or_default();
            let called = name(&text::kept(self.cursor.take(kept)?, kept));
            self.cursor.seek(end);
            self.notes.remember(visit, 64_u64.saturating_add((called.len() as u64).saturating_mul(2)))?;
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            let first = arrays.get(place).copied().unwrap_or(usize::MAX);
            let next = arrays.get(place.saturating_add(1)).copied().unwrap_or(self.tensors.len());
            for (part, tensor) in self.tensors.get_mut(first..next).unwrap_or_default().iter_mut().enumerate()
            {
                tensor.name = if part == 0 {
                    called.clone()
                } else {
                    format!("{called}/index{}", part.saturating_sub(1))
                };
            }
            if !seen.insert(called) {
                let detail = "the name of an array stands twice".to_owned();
                self.notes.problem(visit, at, Kind::Duplicate, detail);
            }
        }
        Ok(())
    }

    /// A count of things that take so many bytes at least.
    fn count(&mut self, visit: &mut Visit<'_>, what: &str, each: u64) -> Result<u64, Fault> {
        let at = self.cursor.position();
        let (count, left) = (self.cursor.u64()?, self.cursor.remaining());
        if count.saturating_mul(each) > left {
            let detail = format!("{count} {what}, with {left} bytes left in the file");
            self.notes.problem(visit, at, Kind::BadCount, detail);
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
        Ok(count)
    }

    /// Dimensions behind their number; nothing where the shape is not known.
    fn shape(&mut self, visit: &mut Visit<'_>) -> Result<Option<Vec<u64>>, Fault> {
        let at = self.cursor.position();
        let count = self.cursor.u32()?;
        if count == u32::MAX {
            return Ok(None);
        }
        self.dimensions(visit, at, count, true)
    }

    fn dimensions(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        count: u32,
        long: bool,
    ) -> Result<Option<Vec<u64>>, Fault> {
        if count > DIMENSIONS {
            self.notes.problem(visit, at, Kind::BadCount, format!("an array of {count} dimensions"));
            return Err(Fault::Unsupported("nothing behind the impossible count could be read".to_owned()));
        }
        let mut shape = Vec::new();
        let mut known = true;
        for _ in 0..count {
            let dimension = if long { self.cursor.u64()? } else { u64::from(self.cursor.u32()?) };
            known &= i64::try_from(dimension).is_ok();
            shape.push(dimension);
        }
        Ok(known.then_some(shape))
    }

    fn array(&mut self, visit: &mut Visit<'_>, place: u64) -> Result<(), Fault> {
        let at = self.cursor.position();
        let magic = self.cursor.u32()?;
        let indexes = match magic {
            SECOND | THIRD => match self.cursor.u32()? {
                0 => 0,
                1 => 1,
                2 => 2,
                other => {
                    let detail = format!("an array is stored in the way {other}, which is not known");
                    self.notes.problem(visit, at, Kind::BadValue, detail);
                    return Err(Fault::Unsupported(
                        "an array is stored in a way that is not known".to_owned(),
                    ));
                }
            },
            _ => 0,
        };
        let stored = if indexes > 0 { self.shape(visit)? } else { None };
        let shape = match magic {
            FIRST | SECOND | THIRD => self.shape(visit)?,
            count => self.dimensions(visit, at, count, false)?,
        };
        let nothing = |shape: &Vec<u64>| shape.is_empty() && magic != THIRD;
        let Some(shape) = shape.filter(|shape| !nothing(shape)) else { return Ok(()) };
        // The device it was on.
        self.cursor.skip(8)?;
        let kind = self.cursor.u32()?;
        let mut parts = vec![(kind, shape.clone(), stored.unwrap_or(shape))];
        for _ in 0..indexes {
            let kind = self.cursor.u32()?;
            let shape = self.shape(visit)?.unwrap_or_default();
            parts.push((kind, shape.clone(), shape));
        }
        for (kind, shape, stored) in parts {
            self.data(visit, at, place, kind, shape, &stored)?;
        }
        Ok(())
    }

    fn data(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        place: u64,
        kind: u32,
        shape: Vec<u64>,
        stored: &[u64],
    ) -> Result<(), Fault> {
        let Some((dtype, size)) = usize::try_from(kind).ok().and_then(|kind| TYPES.get(kind)) else {
            self.notes.unknown_type(
                visit,
                at,
                &kind.to_string(),
                format!("the array {place} is of the type {kind}"),
            );
            return Err(Fault::Unsupported("an array is of a type that is not known".to_owned()));
        };
        let length = stored.iter().try_fold(*size, |all, dimension| all.checked_mul(*dimension));
        let (start, left) = (self.cursor.position(), self.cursor.remaining());
        let Some(length) = length.filter(|length| *length <= left) else {
            let detail = format!(
                "the array {place} of type `{dtype}` and shape {} needs more than the {left} bytes that follow",
                crate::formats::safetensors::Shape(stored)
            );
            self.notes.problem(visit, start, Kind::OutOfBounds, detail);
            return Err(Fault::Unsupported("an array is longer than the file".to_owned()));
        };
        self.cursor.skip(length)?;
        let tensor = Tensor { name: place.to_string(), dtype: (*dtype).to_owned(), shape, start, length };
        self.notes.remember_tensor(visit, &tensor)?;
        self.tensors.push(tensor);
        Ok(())
    }
}
