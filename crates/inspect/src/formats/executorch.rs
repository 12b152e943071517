//! ExecuTorch programs. Schema: `schema/program.fbs`; behind the tables lie segments, which an extended header places.

mod read;

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples::flat::executorch::Program;
use crate::samples::one;

/// ExecuTorch.
pub static FORMAT: Format = Format {
    id: "executorch",
    title: "ExecuTorch program",
    extensions: &["pte"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "The extended header, every segment against the end of the file, and of every method its operators (with how often \
           they are called), the backends that parts of it are handed to, and its constant tensors with type, dimensions and \
           place. What is handed to a backend, segments, and bytes behind the last of them that are a program, an archive or \
           a pickle are inspected as files of their own; otherwise that and the values of tensors are not looked at. \
           `.ptl` is a zip of TorchScript.",
    recognise: |probe: &Probe<'_>| {
        let digits = probe.head.get(6..8).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
        Recognition::certain_if(probe.has_at(4, b"ET") && digits)
    },
    read: read::read,
    samples: || one("model.pte", Program::new().build()),
};
