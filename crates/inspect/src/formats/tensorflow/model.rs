//! `SavedModel` and `MetaGraphDef`: graphs with what is said about them.

use weighbridge_domain::facts::problem::Kind;

use super::graph::{Graph, Graphs};
use crate::formats::layout::{Notes, name};
use crate::formats::protobuf::{Message, Value, Wire};
use crate::limits::Fault;
use crate::walk::Visit;

/// Bytes kept of a name.
const KEPT: usize = 4096;

/// Reads a `SavedModel`.
pub(super) fn saved_model(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut graphs = Graphs::default();
    let mut wire = Wire::new(&visit.input);
    let mut model = wire.whole();
    let result = loop {
        let field = match wire.next(&mut model) {
            Ok(Some(field)) => field,
            Ok(None) => break Ok(()),
            Err(fault) => break Err(fault),
        };
        let read = match (field.number, field.value) {
            (1, Value::Number(version)) => {
                notes.metadata(visit, field.at, "saved_model_schema_version", &version.to_string())
            }
            (2, Value::Bytes(graph)) => meta_graph(visit, &mut notes, &mut wire, &mut graphs, graph),
            (_, Value::Bytes(bytes)) => notes.disguised(visit, [(bytes.start, bytes.len())]),
            _ => Ok(()),
        };
        if let Err(fault) = read {
            break Err(fault);
        }
    };
    graphs.tell(visit);
    result
}

/// Reads a `MetaGraphDef` that is a file of its own.
pub(super) fn meta_graph_file(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut graphs = Graphs::default();
    let mut wire = Wire::new(&visit.input);
    let whole = wire.whole();
    let result = meta_graph(visit, &mut Notes::default(), &mut wire, &mut graphs, whole);
    graphs.tell(visit);
    result
}

/// Reads a `GraphDef` that is a file of its own.
pub(super) fn graph_file(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let (mut notes, mut graphs, mut graph) = (Notes::default(), Graphs::default(), Graph::default());
    let mut wire = Wire::new(&visit.input);
    let whole = wire.whole();
    let result = graph.read(visit, &mut notes, &mut wire, &mut graphs, whole);
    let result = graph.finish(visit, &mut notes, &mut graphs).and(result);
    graphs.tell(visit);
    result
}

fn meta_graph(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    graphs: &mut Graphs,
    message: Message,
) -> Result<(), Fault> {
    let mut graph = Graph::default();
    let result = fields(visit, notes, wire, graphs, &mut graph, message);
    graph.finish(visit, notes, graphs).and(result)
}

fn fields(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    graphs: &mut Graphs,
    graph: &mut Graph,
    mut message: Message,
) -> Result<(), Fault> {
    while let Some(field) = wire.next(&mut message)? {
        let Value::Bytes(inner) = field.value else { continue };
        match field.number {
            1 => about(visit, notes, wire, inner)?,
            2 => graph.read(visit, notes, wire, graphs, inner)?,
            3 => saver(wire, graph, inner)?,
            4 => collection(visit, notes, wire, graphs, graph, inner)?,
            5 => {}
            6 => asset(visit, notes, wire, graphs, graph, inner)?,
            7 => objects(visit, wire, inner)?,
            _ => notes.disguised(visit, [(inner.start, inner.len())])?,
        }
    }
    Ok(())
}

/// `MetaInfoDef`.
fn about(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    mut message: Message,
) -> Result<(), Fault> {
    let mut tags = Vec::new();
    let at = message.start;
    while let Some(field) = wire.next(&mut message)? {
        let Value::Bytes(text) = field.value else { continue };
        let key = match field.number {
            1 => "meta_graph_version",
            4 => {
                if tags.len() < 64 {
                    tags.push(name(&wire.text(text, KEPT)?));
                }
                continue;
            }
            5 => "tensorflow_version",
            6 => "tensorflow_git_version",
            _ => continue,
        };
        notes.metadata(visit, field.at, key, &wire.text(text, KEPT)?)?;
    }
    if tags.is_empty() { Ok(()) } else { notes.metadata(visit, at, "tags", &tags.join(", ")) }
}

/// `SaverDef`: the tensor that is asked for to save, and the node that is run to restore.
fn saver(wire: &mut Wire, graph: &mut Graph, mut message: Message) -> Result<(), Fault> {
    while let Some(field) = wire.next(&mut message)? {
        if let (2 | 3, Value::Bytes(tensor)) = (field.number, field.value) {
            graph.saver(&wire.text(tensor, KEPT)?);
        }
    }
    Ok(())
}

/// An entry of the map of collections: texts, numbers, or messages of any kind.
fn collection(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    graphs: &mut Graphs,
    graph: &mut Graph,
    mut entry: Message,
) -> Result<(), Fault> {
    let mut key = String::new();
    let mut values = Vec::new();
    while let Some(field) = wire.next(&mut entry)? {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => key = name(&wire.text(text, KEPT)?),
            (2, Value::Bytes(value)) => values.push(value),
            _ => {}
        }
    }
    let shown = format!("collections.{key}");
    for mut value in values {
        while let Some(list) = wire.next(&mut value)? {
            let (1 | 2 | 5, Value::Bytes(mut items)) = (list.number, list.value) else { continue };
            while let Some(item) = wire.next(&mut items)? {
                visit.budget.tick()?;
                let (1, Value::Bytes(bytes)) = (item.number, item.value) else { continue };
                match (list.number, key.as_str()) {
                    (5, ASSETS) => any_asset(visit, notes, wire, graphs, graph, bytes)?,
                    (2, "savers") => saver(wire, graph, bytes).or_else(ignore)?,
                    _ => {
                        let value = wire.text(bytes, 64 << 10)?;
                        notes.metadata(visit, item.at, &shown, &value)?;
                    }
                }
                notes.disguised(visit, [(bytes.start, bytes.len())])?;
            }
        }
    }
    Ok(())
}

/// Bytes of a collection that are not of the message they should be are only bytes.
fn ignore(fault: Fault) -> Result<(), Fault> {
    match fault {
        Fault::Unparsable(_) | Fault::Truncated { .. } => Ok(()),
        other => Err(other),
    }
}

/// The collection in which version 1 keeps assets.
const ASSETS: &str = "saved_model_assets";

/// `Any` with an `AssetFileDef` in it.
fn any_asset(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    graphs: &mut Graphs,
    graph: &mut Graph,
    mut any: Message,
) -> Result<(), Fault> {
    while let Some(field) = wire.next(&mut any)? {
        if let (2, Value::Bytes(message)) = (field.number, field.value) {
            asset(visit, notes, wire, graphs, graph, message)?;
        }
    }
    Ok(())
}

/// `AssetFileDef`: a tensor that holds a path, and the name of the file below `assets`.
fn asset(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    graphs: &mut Graphs,
    graph: &mut Graph,
    mut message: Message,
) -> Result<(), Fault> {
    let at = message.start;
    let mut file = String::new();
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(mut tensor)) => {
                while let Some(field) = wire.next(&mut tensor)? {
                    if let (1, Value::Bytes(name)) = (field.number, field.value) {
                        graph.asset(&wire.text(name, KEPT)?);
                    }
                }
            }
            (2, Value::Bytes(name)) => file = wire.text(name, KEPT)?,
            _ => {}
        }
    }
    if file.is_empty() {
        notes.problem(visit, at, Kind::Missing, "an asset has no file name");
        return Ok(());
    }
    // Only a plain name is one below the folder of the assets.
    let plain = crate::path::beside("", &file).is_some();
    let target = if plain { format!("assets/{file}") } else { file };
    graphs.reference(visit, notes, at, "asset", &target)
}

/// `SavedObjectGraph`: the Python objects behind the graph. Before version 2.5 Keras kept its settings here.
fn objects(visit: &mut Visit<'_>, wire: &mut Wire, mut message: Message) -> Result<(), Fault> {
    while let Some(field) = wire.next(&mut message)? {
        let (1, Value::Bytes(mut object)) = (field.number, field.value) else { continue };
        visit.budget.tick()?;
        while let Some(field) = wire.next(&mut object)? {
            let (4, Value::Bytes(mut user)) = (field.number, field.value) else { continue };
            while let Some(field) = wire.next(&mut user)? {
                if let (3, Value::Bytes(metadata)) = (field.number, field.value) {
                    super::keras(visit, metadata, &format!("object-at-{}", metadata.start))?;
                }
            }
        }
    }
    Ok(())
}
