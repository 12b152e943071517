//! TensorFlow: saved models, graphs, and the small files beside them.
//! Specification: the `.proto` files of the TensorFlow project.

mod constant;
pub(super) mod dtype;
mod graph;
mod model;
mod node;
mod paths;
mod program;
mod recognise;

pub(super) use constant::read_shape;

use super::layout::{Notes, name};
use super::pbtxt::{self, Lexer, Token, schema};
use super::protobuf::{Message, Value, Wire};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{self, tensorflow as sample};
use crate::walk::Visit;

/// Whose operators they are.
const DIALECT: &str = "tensorflow";

/// The set of operators that stand where a saver put them.
const SAVER: &str = "saver";

/// The set of functions that compiled programs call by name.
const CUSTOM_CALL: &str = "custom-call";

/// Saved models.
pub static SAVED_MODEL: Format = Format {
    id: "tensorflow-saved-model",
    title: "TensorFlow saved model",
    extensions: &["pb"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Every graph with its library of functions: which operators are used and how often, and constants with type, shape \
           and size. Texts that reach operators of files are followed from the constant to the operator, through joins and \
           into functions; assets, collections, savers and the settings of Keras objects are read, and the functions that \
           compiled programs call by name, and graphs that are texts in a graph. Recognised by the shape of its nodes.",
    recognise: recognise::saved_model,
    read: model::saved_model,
    samples: || samples::one("saved_model.pb", sample::ordinary().saved_model()),
};

/// Graphs without anything around them: frozen ones, and parts of training.
pub static GRAPH: Format = Format {
    id: "tensorflow-graph",
    title: "TensorFlow graph",
    extensions: &["pb"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "As the graph of a saved model.",
    recognise: recognise::graph,
    read: model::graph_file,
    samples: || samples::one("frozen_graph.pb", sample::ordinary().graph()),
};

/// Graphs with what is needed to go on with training.
pub static META_GRAPH: Format = Format {
    id: "tensorflow-meta-graph",
    title: "TensorFlow meta graph",
    extensions: &["meta"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "As the graph of a saved model.",
    recognise: recognise::meta_graph,
    read: model::meta_graph_file,
    samples: || samples::one("model.ckpt-1.meta", sample::ordinary().meta_graph()),
};

/// The same in the text form of protocol buffers.
pub static TEXT: Format = Format {
    id: "tensorflow-text",
    title: "TensorFlow graph as text",
    extensions: &["pbtxt"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Saved models, graphs and meta graphs of up to 64 MiB in the text form of protocol buffers. They are put into the \
           binary form and inspected as a part of that; offsets count there.",
    recognise: recognise_text,
    read: read_text,
    samples: || samples::one("graph.pbtxt", sample::TEXT),
};

/// Digests of a saved model.
pub static FINGERPRINT: Format = Format {
    id: "tensorflow-fingerprint",
    title: "Fingerprint of a TensorFlow saved model",
    extensions: &["pb"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "All its numbers and its id. They are not compared with the model.",
    recognise: recognise::fingerprint,
    read: read_fingerprint,
    samples: || samples::one("fingerprint.pb", sample::fingerprint()),
};

/// What marks a folder as a module of TensorFlow Hub.
pub static HUB_MODULE: Format = Format {
    id: "tensorflow-hub-module",
    title: "Mark of a TensorFlow Hub module",
    extensions: &["pb"],
    support: Support::Inspected,
    carries_code: false,
    refines: &[],
    docs: "Two bytes with the version; the module is the saved model beside it.",
    recognise: recognise::hub_module,
    read: |_| Ok(()),
    samples: || samples::one("tfhub_module.pb", b"\x08\x03"),
};

/// The settings of the Keras objects of a saved model.
pub static KERAS_METADATA: Format = Format {
    id: "keras-metadata",
    title: "Keras objects of a TensorFlow saved model",
    extensions: &["pb"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "The settings of every object are inspected as JSON.",
    recognise: recognise::keras_metadata,
    read: read_keras_metadata,
    samples: || samples::one("keras_metadata.pb", sample::keras_metadata(sample::LAYER)),
};

fn recognise_text(probe: &Probe<'_>) -> Recognition {
    if !probe.is_text() || !probe.ends_with(&["pbtxt", "meta", "pb", "txt", "textproto"]) {
        return Recognition::No;
    }
    let own = probe.ends_with(&["pbtxt", "textproto"]);
    let remarks = || matches!(Lexer::new(&probe.head).next(), Ok(None));
    if text_kind(&probe.head).is_some() || (own || remarks()) && text_kind(probe.more()).is_some() {
        return Recognition::Certain;
    }
    let unseen = own && probe.more().len() as u64 != probe.input.len();
    Recognition::guess_if(probe.name == "saved_model.pbtxt" || unseen)
}

/// What a text is of, and under which name its binary form is inspected.
fn text_kind(text: &[u8]) -> Option<(&'static schema::Message, &'static str)> {
    let mut lexer = Lexer::new(text);
    let mut depth = 0_usize;
    let mut first_node = false;
    // It may be cut in the middle of a text.
    while let Ok(Some(token)) = lexer.next() {
        match (depth, token) {
            (0, Token::Word("saved_model_schema_version" | "meta_graphs")) => {
                return Some((&schema::SAVED_MODEL, "saved_model.pb"));
            }
            (0, Token::Word("meta_info_def" | "graph_def" | "saver_def" | "collection_def")) => {
                return Some((&schema::META_GRAPH, "graph.meta"));
            }
            (0, Token::Word(word)) => first_node = matches!(word, "node" | "library"),
            (1, Token::Word("op" | "function")) if first_node => return Some((&schema::GRAPH, "graph.pb")),
            (_, Token::Mark(b'{' | b'<')) => depth = depth.saturating_add(1),
            (_, Token::Mark(b'}' | b'>')) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn read_text(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let size = visit.input.len();
    if size > pbtxt::LIMIT {
        return Err(Fault::Unsupported(format!("text of more than {} bytes", pbtxt::LIMIT)));
    }
    visit.budget.memory(size.saturating_mul(3))?;
    let text = visit.input.read(0, size)?;
    let (schema, name) = text_kind(&text).unwrap_or((&schema::SAVED_MODEL, "saved_model.pb"));
    let binary = pbtxt::to_binary(visit, &text, schema)?;
    if binary.is_empty() {
        return Err(Fault::Unparsable("it has no field of a graph".to_owned()));
    }
    visit.embed(name, Input::bytes(binary))
}

fn read_fingerprint(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut wire = Wire::new(&visit.input);
    let mut message = wire.whole();
    while let Some(field) = wire.next(&mut message)? {
        let key = match field.number {
            1 => "saved_model_checksum",
            2 => "graph_def_program_hash",
            3 => "signature_def_hash",
            4 => "saved_object_graph_hash",
            5 => "checkpoint_hash",
            7 => "uuid",
            _ => continue,
        };
        let value = match field.value {
            Value::Number(number) => number.to_string(),
            Value::Bytes(text) => wire.text(text, 256)?,
            _ => continue,
        };
        notes.metadata(visit, field.at, key, &value)?;
    }
    Ok(())
}

fn read_keras_metadata(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut wire = Wire::new(&visit.input);
    let mut message = wire.whole();
    while let Some(field) = wire.next(&mut message)? {
        let (1, Value::Bytes(mut object)) = (field.number, field.value) else { continue };
        let mut path = String::new();
        let mut metadata = Vec::new();
        while let Some(field) = wire.next(&mut object)? {
            match (field.number, field.value) {
                (3, Value::Bytes(text)) => path = name(&wire.text(text, 1024)?),
                (5, Value::Bytes(text)) => metadata.push(text),
                _ => {}
            }
        }
        for metadata in metadata {
            keras(visit, metadata, &path)?;
        }
    }
    Ok(())
}

/// What the name of a part with the settings of a Keras object ends with.
pub(crate) const KERAS_OBJECT: &str = ".keras-object.json";

/// Queues the settings of a Keras object for inspection.
fn keras(visit: &mut Visit<'_>, metadata: Message, path: &str) -> Result<(), Fault> {
    if metadata.is_empty() {
        return Ok(());
    }
    let json = metadata.of(&visit.input);
    visit.embed(&format!("{path}{KERAS_OBJECT}"), json)
}
