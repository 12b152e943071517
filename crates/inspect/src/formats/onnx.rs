//! ONNX: a graph of operators with its weights, as a message of protocol buffers.
//! Specification: `onnx.proto` and `IR.md` of the ONNX project.

mod model;
mod tensor;

use super::protobuf::{Value, Wire};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples::graph::{self, Onnx};
use crate::samples::one;

/// ONNX.
pub static FORMAT: Format = Format {
    id: "onnx",
    title: "ONNX",
    extensions: &["onnx"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Read whole, wherever things stand: graphs and the graphs inside their nodes, functions, training. Every operator \
           with its set (a set that is not known needs the code of a library), every tensor with its type, dimensions and \
           place, in the file or outside it, every file that is named, and the metadata. Tensors, texts and compiled parts \
           that are a program, an archive or a pickle are inspected as files of their own. Protocol buffers have no magic: \
           recognised by its fields under any name. Otherwise the values of tensors are not looked at.",
    recognise,
    read: model::read,
    samples: || {
        let weight = graph::tensor("w", &[2, 2], 1, &[1; 16]);
        let model = Onnx::new().node("", "MatMul").node("", "Relu").initializer(&weight);
        let outside = graph::external("w", &[4], 1, &[("location", "model.onnx_data"), ("length", "16")]);
        let large = Onnx::new().node("", "Add").initializer(&outside);
        let mut files = one("model.onnx", model.build());
        files.push(("large/model.onnx".to_owned(), large.build()));
        files.push(("large/model.onnx_data".to_owned(), vec![1; 16]));
        files
    },
};

/// Fields of a model that are looked at to recognise it.
const MOST_FIELDS: usize = 1 << 16;

/// Fields of its graph that have to be as the schema says.
const GRAPH_FIELDS: usize = 64;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if !probe.may_be_message() {
        return Recognition::No;
    }
    if is_model(probe).unwrap_or_default() {
        return Recognition::Certain;
    }
    Recognition::guess_if(probe.ends_with(FORMAT.extensions))
}

/// It has a version and a graph, and every field of theirs is as the schema says; those that the schema does not have
/// are passed over, as readers do.
fn is_model(probe: &Probe<'_>) -> Option<bool> {
    let mut wire = Wire::new(probe.input);
    let mut model = wire.whole();
    let (mut version, mut graph) = (false, None);
    for _ in 0..MOST_FIELDS {
        let Some(field) = wire.next(&mut model).ok()? else { break };
        match (field.number, field.value) {
            (1, Value::Number(number)) => version = (1..=1000).contains(&number),
            (7, Value::Bytes(inner)) => graph = Some(inner),
            (number, Value::Bytes(_)) if model::TEXTS.contains(&number) => {}
            (5, Value::Number(_)) => {}
            (number, _) if !model::is_known(number) => {}
            _ => return None,
        }
    }
    let mut graph = graph.filter(|_| version && model.is_empty())?;
    let mut fields = 0_usize;
    for _ in 0..MOST_FIELDS {
        if fields >= GRAPH_FIELDS {
            break;
        }
        let Some(field) = wire.next(&mut graph).ok()? else { break };
        if !model::GRAPH.contains(&field.number) {
            continue;
        }
        field.message()?;
        fields = fields.saturating_add(1);
    }
    Some(fields > 0)
}
