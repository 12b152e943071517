//! numpy arrays: a header that is a Python dictionary, then the elements, or a pickle when they are Python objects.
//! Specification: NEP 1 and the documentation of `numpy.lib.format`.

mod dtype;
mod literal;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layout::{Notes, name};
use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::Recognition;
use crate::limits::Fault;
use crate::samples::{self, tensor};
use crate::walk::Visit;
pub(super) use dtype::{Dtype, by_name};
use literal::{Literal, Refusal};

/// numpy arrays.
pub static FORMAT: Format = Format {
    id: "npy",
    title: "numpy array",
    extensions: &["npy"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Versions 1 to 3, also several arrays one behind the other. The header is read as numpy reads it: type with \
           all its fields, order, shape; the size of the data is compared with it. When the type is or contains Python \
           objects, or is not known, the data is inspected as a pickle.",
    recognise: |probe| Recognition::certain_if(probe.starts(MAGIC)),
    read,
    samples: || samples::one("array.npy", tensor::npy("'<f4'", "(2, 3)", &[0; 24])),
};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that numpy reads when it is not told otherwise.
const ORDINARY_HEADER: u64 = 10_000;

/// Longest header that is read here.
const MOST_HEADER: u64 = 1 << 20;

/// Arrays in one file that are read; the rest of the file is then inspected as a file of its own.
const MOST_ARRAYS: usize = 1000;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut at = 0;
    for _ in 0..MOST_ARRAYS {
        visit.budget.tick()?;
        let Some(end) = array(visit, &mut notes, at)? else { return Ok(()) };
        at = end;
        let next = visit.input.read(at, MAGIC.len() as u64)?;
        if next != MAGIC {
            break;
        }
    }
    let end = visit.input.len();
    notes.behind(visit, at..end, 1)
}

/// Reads the array that begins at `at`. Returns where it ends, unless that is where the file ends.
fn array(visit: &mut Visit<'_>, notes: &mut Notes, at: u64) -> Result<Option<u64>, Fault> {
    let mut cursor = Cursor::at(&visit.input, at);
    cursor.skip(MAGIC.len() as u64)?;
    let version = (cursor.u8()?, cursor.u8()?);
    let length = match version {
        (1, 0) => u64::from(cursor.u16()?),
        (2 | 3, 0) => u64::from(cursor.u32()?),
        (major, minor) => {
            return Err(Fault::Unsupported(format!("version {major}.{minor} of the format is not known")));
        }
    };
    let start = cursor.position();
    if length > cursor.remaining() {
        let detail = format!("a header of {length} bytes in a file of {} bytes", visit.input.len());
        notes.problem(visit, at, Kind::BadCount, detail);
        return Err(Fault::Unsupported("its header could not be read".to_owned()));
    }
    if length > ORDINARY_HEADER {
        notes.problem(visit, at, Kind::TooLong, format!("a header of {length} bytes"));
    }
    if length > MOST_HEADER {
        return Err(Fault::Unsupported(format!("its header is longer than {MOST_HEADER} bytes")));
    }
    let bytes = visit.input.read(start, length)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) if text.is_ascii() || version == (3, 0) => text,
        Err(_) if version == (3, 0) => {
            notes.problem(visit, start, Kind::BadText, "the header is not UTF-8");
            return Err(Fault::Unsupported("its header is not UTF-8".to_owned()));
        }
        Ok(text) => text.bytes().map(char::from).collect(),
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    let header = match literal::parse(&text) {
        Ok(Literal::Dict(header)) => header,
        Err(Refusal::TooDeep) => {
            notes.problem(visit, start, Kind::TooDeep, "the header is nested more deeply than numpy's own");
            return Err(Fault::Unsupported("its header is nested too deeply".to_owned()));
        }
        _ => return Err(Fault::Unparsable("the header is not a Python dictionary".to_owned())),
    };
    let data = start.saturating_add(length);
    let alignment = if version == (1, 0) { 16 } else { 64 };
    if !data.saturating_sub(at).is_multiple_of(alignment) {
        let detail = format!("the data does not begin at a multiple of {alignment}");
        notes.problem(visit, data, Kind::Misaligned, detail);
    }
    let header = keys(visit, notes, at, header);
    elements(visit, notes, &header, at, data)
}

/// The keys of a header that have a value of the right type.
#[derive(Default)]
struct Header {
    descr: Option<Literal>,
    fortran: Option<bool>,
    shape: Option<Vec<u64>>,
}

fn keys(visit: &mut Visit<'_>, notes: &mut Notes, at: u64, pairs: Vec<(Literal, Literal)>) -> Header {
    let mut header = Header::default();
    let mut seen: Vec<Literal> = Vec::new();
    for (key, value) in pairs {
        if seen.contains(&key) {
            let detail = format!("the key {} stands twice", name(&key.to_string()));
            notes.problem(visit, at, Kind::Duplicate, detail);
        }
        let good = match &key {
            Literal::Text(text) if text == "descr" => {
                header.descr = Some(value.clone());
                true
            }
            Literal::Text(text) if text == "fortran_order" => {
                header.fortran = if let Literal::Bool(value) = value { Some(value) } else { None };
                header.fortran.is_some()
            }
            Literal::Text(text) if text == "shape" => {
                header.shape = dimensions(&value);
                header.shape.is_some()
            }
            other => {
                let detail = format!("the header has the unknown key {}", name(&other.to_string()));
                notes.problem(visit, at, Kind::BadValue, detail);
                true
            }
        };
        if !good {
            let detail = format!("{key} is {}", name(&value.to_string()));
            notes.problem(visit, at, Kind::BadValue, detail);
        }
        // More keys than the three are noted above; comparing all of many with all would take long.
        if seen.len() < 64 {
            seen.push(key);
        }
    }
    for key in ["descr", "fortran_order", "shape"] {
        if !seen.contains(&Literal::Text(key.to_owned())) {
            notes.problem(visit, at, Kind::BadValue, format!("the header has no `{key}`"));
        }
    }
    header
}

fn dimensions(shape: &Literal) -> Option<Vec<u64>> {
    let Literal::Tuple(dimensions) = shape else { return None };
    let number =
        |dimension: &Literal| if let Literal::Number(number) = dimension { Some(*number) } else { None };
    dimensions.iter().map(number).collect()
}

/// The elements behind a header. Returns where they end, unless that is where the file ends.
fn elements(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    header: &Header,
    at: u64,
    data: u64,
) -> Result<Option<u64>, Fault> {
    let rest = visit.input.from(data);
    let dtype = header.descr.as_ref().and_then(dtype::of);
    let descr = match &header.descr {
        Some(Literal::Text(descr)) => name(descr),
        Some(descr) => name(&descr.to_string()),
        None => String::new(),
    };
    let (Some(shape), true) = (&header.shape, header.fortran.is_some()) else {
        visit.incomplete("where its elements end is not known");
        visit.embed("array.pkl", rest)?;
        return Ok(None);
    };
    let mut tensor =
        Tensor { name: String::new(), dtype: descr, shape: shape.clone(), start: data, length: rest.len() };
    notes.remember_tensor(visit, &tensor)?;
    let Some(dtype) = dtype else {
        let detail = format!("elements of the type `{}`", tensor.dtype);
        notes.problem(visit, at, Kind::UnknownType, detail);
        visit.incomplete("the size of elements of an unknown type could not be checked");
        visit.fact(data, What::Tensor(tensor));
        visit.embed("array.pkl", rest)?;
        return Ok(None);
    };
    if dtype.objects {
        visit.fact(at, What::Metadata { key: PICKLED.to_owned(), value: tensor.dtype.clone() });
        visit.fact(data, What::Tensor(tensor));
        visit.embed("array.pkl", rest)?;
        return Ok(None);
    }
    let length = shape.iter().try_fold(dtype.size, |length, dimension| length.checked_mul(*dimension));
    let end = length.and_then(|length| data.checked_add(length)).filter(|end| *end <= visit.input.len());
    let Some(end) = end else {
        let detail = format!(
            "type `{}` and shape {} need more than the {} bytes that follow",
            tensor.dtype,
            super::safetensors::Shape(shape),
            rest.len()
        );
        notes.problem(visit, data, Kind::OutOfBounds, detail);
        visit.fact(data, What::Tensor(tensor));
        return Ok(None);
    };
    tensor.length = end.saturating_sub(data);
    visit.fact(data, What::Tensor(tensor));
    Ok((end < visit.input.len()).then_some(end))
}

/// Key of the fact that the elements are a pickle; its value is their type.
pub const PICKLED: &str = "allow_pickle";
