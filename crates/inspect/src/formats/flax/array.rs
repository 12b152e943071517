//! What stands in the extension types of Flax: arrays, numpy's scalars, complex numbers.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::Reader;
use super::token::{Token, token};
use crate::cursor::Cursor;
use crate::formats::layout::name;
use crate::formats::npy;
use crate::limits::Fault;
use crate::text;

/// As many as numpy's arrays can have.
pub(super) const DIMENSIONS: usize = 64;

/// Bytes that the name of a type may have.
const TYPE_NAME: u64 = 256;

impl Reader<'_, '_> {
    /// A value in an extension type.
    pub(super) fn extension(&mut self, code: i8, at: u64, length: u64) -> Result<(), Fault> {
        let path = name(&self.path);
        match code {
            1 | 3 => {
                if let Err(fault) = self.array(at, length) {
                    let detail = match fault {
                        Fault::Limit { .. } | Fault::Io(_) => return Err(fault),
                        Fault::Unsupported(why) => format!("the array `{path}` {why}"),
                        _ => format!("the array `{path}` is not a shape, a type and bytes"),
                    };
                    self.notes.problem(self.visit, at, Kind::BadValue, detail);
                }
            }
            2 => {
                let bytes = self.visit.input.read(at, length.min(32))?;
                let is_number = |bytes: &[u8]| {
                    matches!(
                        (bytes.first(), bytes.len()),
                        (Some(0xcb), 9) | (Some(0xca), 5) | (Some(0..=0x7f), 1)
                    )
                };
                let parts = bytes.strip_prefix(b"\x92").unwrap_or_default();
                let (real, imaginary) = parts.split_at(parts.len() / 2);
                if !(is_number(real) && is_number(imaginary)) {
                    let detail = format!("the complex number `{path}` is not two numbers");
                    self.notes.problem(self.visit, at, Kind::BadValue, detail);
                }
            }
            // MessagePack's own: a time.
            -1 if matches!(length, 4 | 8 | 12) => {}
            other => {
                let detail = format!("`{path}` is of the extension type {other}, which Flax does not have");
                self.notes.problem(self.visit, at, Kind::BadValue, detail);
                self.notes.remember(self.visit, 16)?;
                self.blobs.push((at, length));
            }
        }
        Ok(())
    }

    /// Shape, type and bytes of an array.
    fn array(&mut self, at: u64, length: u64) -> Result<(), Fault> {
        let end = at.saturating_add(length);
        let mut cursor = Cursor::at(&self.visit.input.slice(0, end), at);
        let strange = || Fault::Unparsable(String::new());
        if token(&mut cursor)? != Token::Array(3) {
            return Err(strange());
        }
        let Token::Array(dimensions) = token(&mut cursor)? else { return Err(strange()) };
        if dimensions > DIMENSIONS as u64 {
            return Err(Fault::Unsupported(format!("has {dimensions} dimensions")));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            match token(&mut cursor)? {
                Token::Number(Some(dimension)) => shape.push(dimension),
                Token::Number(None) => {
                    return Err(Fault::Unsupported("has a dimension below zero".to_owned()));
                }
                _ => return Err(strange()),
            }
        }
        let (Token::Text { length, .. } | Token::Bytes { length, .. }) = token(&mut cursor)? else {
            return Err(strange());
        };
        if length > TYPE_NAME {
            return Err(Fault::Unsupported(format!("has a type with a name of {}", text::bytes(length))));
        }
        let dtype = text::kept(cursor.take(usize::try_from(length).unwrap_or_default())?, 1024);
        let (Token::Text { at: start, length } | Token::Bytes { at: start, length }) = token(&mut cursor)?
        else {
            return Err(strange());
        };
        cursor.skip(length)?;
        let behind = cursor.remaining();
        if behind > 0 {
            let detail = format!("{behind} bytes behind the array `{}` belong to nothing", name(&self.path));
            self.notes.problem(self.visit, cursor.position(), Kind::BadValue, detail);
            self.notes.remember(self.visit, 16)?;
            self.blobs.push((cursor.position(), behind));
        }
        let tensor = Tensor { name: name(&self.path), dtype, shape, start, length };
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.check(&tensor);
        self.tensors.push(tensor);
        Ok(())
    }

    fn check(&mut self, tensor: &Tensor) {
        let Tensor { name, dtype, shape, start, length } = tensor;
        match npy::by_name(dtype) {
            Some(npy::Dtype { objects: true, .. }) => {
                let value = dtype.clone();
                self.visit.fact(*start, What::Metadata { key: npy::PICKLED.to_owned(), value });
            }
            Some(npy::Dtype { size, .. }) => {
                let wanted = shape.iter().try_fold(size, |all, dimension| all.checked_mul(*dimension));
                if wanted != Some(*length) {
                    let detail = format!(
                        "`{name}` has {length} bytes, but type `{dtype}` and shape {} want others",
                        crate::formats::safetensors::Shape(shape)
                    );
                    self.notes.problem(self.visit, *start, Kind::SizeMismatch, detail);
                }
            }
            None => {
                let detail = format!("`{name}` is of the type `{dtype}`");
                self.notes.unknown_type(self.visit, *start, dtype, detail);
            }
        }
    }
}
