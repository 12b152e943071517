//! Files of nothing but the bytes of tensors, which a model beside them describes.

use std::collections::BTreeSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layout::Notes;
use super::{Format, Support};
use crate::detect::Recognition;
use crate::limits::Fault;
use crate::samples::graph::{self, Onnx};
use crate::samples::one;
use crate::walk::Visit;

/// Bytes of tensors beside their model.
pub static FORMAT: Format = Format {
    id: "tensor-data",
    title: "Tensor data of a model beside it",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "A file that no format recognises, and that a model among the scanned files names as the place of its tensors. \
           Which bytes belong to which tensor is read from the model. Tensors, and bytes that belong to none, that are a \
           program, an archive or a pickle are inspected as files of their own. Otherwise the values are not looked at.",
    recognise: |_| Recognition::No,
    read,
    samples: || {
        let weight = graph::external("w", &[4], 1, &[("location", "weights.bin"), ("length", "16")]);
        let mut files = one("model.onnx", Onnx::new().node("", "Add").initializer(&weight).build());
        files.push(("weights.bin".to_owned(), vec![1; 16]));
        files
    },
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut tensors: Vec<Tensor> = Vec::new();
    // Several tensors may be the same bytes, and several models may name the same file.
    let mut seen = BTreeSet::new();
    let end = visit.input.len();
    for tensor in visit.described() {
        notes.remember_tensor(visit, tensor)?;
        visit.fact(tensor.start, What::Tensor(tensor.clone()));
        if tensor.start < end && seen.insert((tensor.start, tensor.length)) {
            let length = tensor.length.min(end.saturating_sub(tensor.start));
            tensors.push(Tensor { length, ..tensor.clone() });
        }
    }
    tensors.sort_by_key(|tensor| (tensor.start, tensor.length));
    let mut covered = 0_u64;
    let mut last: Option<&Tensor> = None;
    for tensor in &tensors {
        visit.budget.tick()?;
        if let Some(before) = last.filter(|_| tensor.start < covered && tensor.length > 0) {
            let shared = covered.saturating_sub(tensor.start).min(tensor.length);
            let shared = crate::text::count(shared, "byte");
            let detail = format!("`{}` and `{}` share {shared}", before.name, tensor.name);
            notes.problem(visit, tensor.start, Kind::Overlap, detail);
        } else {
            notes.beside(visit, covered..tensor.start)?;
        }
        let stop = tensor.start.saturating_add(tensor.length);
        if stop > covered {
            covered = stop;
            last = Some(tensor);
        }
    }
    notes.beside(visit, covered..end)?;
    notes.disguised(visit, tensors.iter().map(|tensor| (tensor.start, tensor.length)))
}
