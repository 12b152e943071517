//! Core ML: a model of one of many kinds, as a message of protocol buffers.
//! Specification: the `.proto` files of coremltools.

pub mod blob;
pub mod compiled;
mod layers;
mod model;
pub mod package;
mod program;

use super::protobuf::{Value, Wire};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples::coreml::{self, program};
use crate::samples::one;

/// Core ML.
pub static FORMAT: Format = Format {
    id: "coreml",
    title: "Core ML model",
    extensions: &["mlmodel"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Models of every kind, and the models in pipelines: what they are, every layer of neural networks and every \
           operation of ML programs, their weights in the file or outside it, the files of linked models, and the metadata. \
           Classes of the app that a model asks for are told by name. Protocol buffers have no magic: recognised by its fields \
           under any name. Parameters of trees, vector machines and the like are not looked at, but what is a program, an \
           archive or a pickle among them is inspected as a file of its own.",
    recognise,
    read: model::read,
    samples: || {
        let mut files = one("net.mlmodel", coreml::network(&[coreml::layer("dense", 140, &[1; 16])]));
        files.extend(program("conv", "weights/weight.bin"));
        files
    },
};

/// Fields that are looked at to recognise a model.
const MOST_FIELDS: usize = 64;

fn recognise(probe: &Probe<'_>) -> Recognition {
    if probe.head.first() != Some(&8) || probe.is_text() {
        return Recognition::No;
    }
    if is_model(probe).unwrap_or_default() {
        return Recognition::Certain;
    }
    Recognition::guess_if(probe.ends_with(FORMAT.extensions))
}

/// It has a version, a description and a kind, and nothing else.
fn is_model(probe: &Probe<'_>) -> Option<bool> {
    let mut wire = Wire::new(probe.input);
    let mut model = wire.whole();
    let (mut version, mut description, mut kind) = (false, false, false);
    for _ in 0..MOST_FIELDS {
        let Some(field) = wire.next(&mut model).ok()? else { break };
        match (field.number, field.value) {
            (1, Value::Number(number)) => version = (1..=100).contains(&number),
            (2, Value::Bytes(_)) => description = true,
            (10, Value::Number(_)) => {}
            (number, Value::Bytes(_)) if model::kind(number).is_some() => kind = true,
            _ => return None,
        }
    }
    Some(version && description && kind && model.is_empty())
}
