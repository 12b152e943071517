//! TensorFlow Lite: subgraphs of operators over tensors whose bytes are in buffers. Schema: `schema.fbs`, version 3.

mod names;
mod read;

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples::flat::tflite::TfLite;
use crate::samples::one;

/// TensorFlow Lite.
pub static FORMAT: Format = Format {
    id: "tflite",
    title: "TensorFlow Lite",
    extensions: &["tflite"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["zip"],
    docs: "Every subgraph: its operators (own ones by the name of their kernel, those that begin with `Flex` as operators of \
           TensorFlow), the tensors that they take and give, every tensor with its type, dimensions and bytes, also where \
           they lie behind the tables; signatures and metadata. Files that metadata bring along in a zip at the end, and \
           options, buffers and bytes behind the tables that are a program, an archive or a pickle, are inspected as files of \
           their own. Otherwise the values of tensors and the options of operators are not looked at.",
    recognise: |probe: &Probe<'_>| Recognition::certain_if(probe.has_at(4, b"TFL3")),
    read: read::read,
    samples: || {
        let described = TfLite::new().metadata("demo").build();
        let zip =
            crate::samples::archive::Zip::new().raw(&described).stored("labels.txt", b"cat\ndog\n").build();
        [one("model.tflite", TfLite::new().build()), one("described.tflite", zip)].concat()
    },
};
