//! Whether bytes are a graph. Protocol buffers have no magic: what has to fit is the shape of several nodes.

use super::graph::is_known;
use crate::detect::{Probe, Recognition};
use crate::formats::protobuf::{Message, Value, Wire};

/// Fields of a message that are looked at.
const MOST_FIELDS: usize = 1 << 16;

/// Nodes that have to be as nodes are; fewer are enough when there are no more, and their operators are TensorFlow's.
const ENOUGH: usize = 4;

/// `SavedModel`: by its content, or by the name under which loaders find it.
pub(super) fn saved_model(probe: &Probe<'_>) -> Recognition {
    if !probe.may_be_message() {
        return Recognition::No;
    }
    let mut wire = Wire::new(probe.input);
    let mut model = wire.whole();
    for _ in 0..MOST_FIELDS {
        match wire.next(&mut model) {
            Ok(Some(field)) => {
                if let (2, Value::Bytes(inner)) = (field.number, field.value)
                    && is_meta_graph(&mut wire, inner) == Some(true)
                {
                    return Recognition::Certain;
                }
            }
            _ => break,
        }
    }
    Recognition::guess_if(probe.name == "saved_model.pb")
}

/// `MetaGraphDef`.
pub(super) fn meta_graph(probe: &Probe<'_>) -> Recognition {
    let found = probe.may_be_message() && {
        let mut wire = Wire::new(probe.input);
        let whole = wire.whole();
        is_meta_graph(&mut wire, whole) == Some(true)
    };
    Recognition::certain_if(found)
}

/// `GraphDef`.
pub(super) fn graph(probe: &Probe<'_>) -> Recognition {
    let found = probe.may_be_message() && {
        let mut wire = Wire::new(probe.input);
        let whole = wire.whole();
        is_graph(&mut wire, whole) == Some(true)
    };
    Recognition::certain_if(found)
}

/// `FingerprintDef`: numbers, a version and an id.
pub(super) fn fingerprint(probe: &Probe<'_>) -> Recognition {
    let is = |probe: &Probe<'_>| {
        let mut wire = Wire::new(probe.input);
        let mut message = wire.whole();
        let mut numbers = 0_u64;
        while let Some(field) = wire.next(&mut message).ok()? {
            match (field.number, field.value) {
                (1..=5, Value::Number(_)) => numbers = numbers.saturating_add(1),
                (6 | 7, Value::Bytes(_)) => {}
                _ => return None,
            }
        }
        Some(numbers >= 3)
    };
    let named = probe.name == "fingerprint.pb" && probe.input.len() < 4096;
    Recognition::certain_if(named && is(probe) == Some(true))
}

/// `ModuleDef`: one choice, the version of the format.
pub(super) fn hub_module(probe: &Probe<'_>) -> Recognition {
    let version = matches!(probe.head.as_slice(), [0x08, 1..=0x7f]);
    Recognition::certain_if(probe.name == "tfhub_module.pb" && version)
}

/// `SavedMetadata`: objects, each with a path and an identifier.
pub(super) fn keras_metadata(probe: &Probe<'_>) -> Recognition {
    let is = |probe: &Probe<'_>| {
        let mut wire = Wire::new(probe.input);
        let mut message = wire.whole();
        for _ in 0..MOST_FIELDS {
            let Some(field) = wire.next(&mut message).ok()? else { break };
            let (1, Value::Bytes(mut object)) = (field.number, field.value) else { return None };
            let mut path = false;
            while let Some(field) = wire.next(&mut object).ok()? {
                match (field.number, field.value) {
                    (2, Value::Number(_)) | (4..=6, Value::Bytes(_)) => {}
                    (3, Value::Bytes(text)) => path = wire.text(text, 4).ok()?.starts_with("root"),
                    _ => return None,
                }
            }
            if !path {
                return None;
            }
        }
        Some(true)
    };
    let found = probe.may_be_message() && probe.head.first() == Some(&0x0a) && is(probe) == Some(true);
    if found { Recognition::Certain } else { Recognition::guess_if(probe.name == "keras_metadata.pb") }
}

/// Something that is not as in the message is no answer.
fn is_meta_graph(wire: &mut Wire, mut message: Message) -> Option<bool> {
    for _ in 0..MOST_FIELDS {
        let Some(field) = wire.next(&mut message).ok()? else { break };
        match (field.number, field.value) {
            (2, Value::Bytes(graph)) => return is_graph(wire, graph),
            (1..=7, Value::Bytes(_)) | (8.., _) => {}
            _ => return None,
        }
    }
    Some(false)
}

fn is_graph(wire: &mut Wire, mut message: Message) -> Option<bool> {
    let (mut nodes, mut known) = (0_usize, 0_usize);
    for _ in 0..MOST_FIELDS {
        if nodes >= ENOUGH {
            return Some(true);
        }
        let Some(field) = wire.next(&mut message).ok()? else { break };
        match (field.number, field.value) {
            (1, Value::Bytes(node)) => {
                known = known.saturating_add(usize::from(is_node(wire, node)?));
                nodes = nodes.saturating_add(1);
            }
            (2, Value::Bytes(mut library)) => {
                while let Some(field) = wire.next(&mut library).ok()? {
                    let (1, Value::Bytes(mut function)) = (field.number, field.value) else { continue };
                    while let Some(field) = wire.next(&mut function).ok()? {
                        let (3, Value::Bytes(node)) = (field.number, field.value) else { continue };
                        known = known.saturating_add(usize::from(is_node(wire, node)?));
                        nodes = nodes.saturating_add(1);
                        if nodes >= ENOUGH {
                            return Some(true);
                        }
                    }
                }
            }
            (3, Value::Number(_)) | (4 | 5, Value::Bytes(_)) | (6.., _) => {}
            _ => return None,
        }
    }
    Some(known > 0)
}

/// Whether the operator of a node is TensorFlow's; no answer when it is no node at all.
fn is_node(wire: &mut Wire, mut message: Message) -> Option<bool> {
    let (mut name, mut operator) = (String::new(), String::new());
    while let Some(field) = wire.next(&mut message).ok()? {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => name = wire.text(text, 1024).ok()?,
            (2, Value::Bytes(text)) => operator = wire.text(text, 1024).ok()?,
            (3..=7, Value::Bytes(_)) | (8.., _) => {}
            _ => return None,
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/>\\".contains(c);
    let first = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let named = |text: &str| text.starts_with(first) && text.chars().all(plain);
    (named(&name) && named(&operator)).then(|| is_known(&operator))
}
