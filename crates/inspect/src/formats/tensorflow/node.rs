//! `NodeDef`: one node of a graph, with what its attributes hold.

use weighbridge_domain::facts::problem::Kind;

use super::{constant, paths, program};
use crate::formats::layout::{Notes, name};
use crate::formats::protobuf::{Message, Value, Wire};
use crate::limits::Fault;
use crate::walk::Visit;

/// Bytes kept of a name or a text.
const KEPT: usize = 4096;

/// Attributes in attributes; readers stop at 100 messages.
const DEPTH: usize = 32;

/// A node as far as it is of interest.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) at: u64,
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) inputs: Vec<String>,
    /// Functions that its attributes name.
    pub(super) functions: Vec<String>,
    /// Attributes that are paths, and the separator of texts that are joined.
    pub(super) texts: Vec<(String, String)>,
    /// What a constant holds, when it is text.
    pub(super) constant: Vec<String>,
    /// Functions outside the graph that a compiled program in it calls.
    pub(super) calls: Vec<String>,
}

/// Reads a node; `scope` is the function that it is in.
pub(super) fn read(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    wire: &mut Wire,
    mut message: Message,
    scope: &str,
) -> Result<Node, Fault> {
    let mut node = Node { at: message.start, ..Node::default() };
    let mut attributes = Vec::new();
    while let Some(field) = wire.next(&mut message)? {
        visit.budget.tick()?;
        let Value::Bytes(value) = field.value else { continue };
        match field.number {
            1 => node.name = wire.text(value, KEPT)?,
            2 => node.operator = wire.text(value, KEPT)?,
            3 => node.inputs.push(wire.text(value, KEPT)?),
            5 => attributes.push(value),
            _ => {}
        }
    }
    let full = if scope.is_empty() { name(&node.name) } else { name(&format!("{scope}/{}", node.name)) };
    let mut reader = Reader { visit, notes, wire, node: &mut node, full };
    for attribute in attributes {
        reader.attribute(attribute, DEPTH)?;
    }
    Ok(node)
}

struct Reader<'a, 'v> {
    visit: &'a mut Visit<'v>,
    notes: &'a mut Notes,
    wire: &'a mut Wire,
    node: &'a mut Node,
    /// The name of the node for people.
    full: String,
}

impl Reader<'_, '_> {
    /// An entry of a map from names to values.
    fn attribute(&mut self, mut entry: Message, depth: usize) -> Result<(), Fault> {
        let Some(depth) = depth.checked_sub(1) else {
            let detail = format!("attributes of `{}` are nested deeply", self.full);
            self.notes.problem(self.visit, entry.start, Kind::TooDeep, detail);
            self.visit.incomplete("attributes are nested too deeply");
            return Ok(());
        };
        let mut key = String::new();
        let mut values = Vec::new();
        while let Some(field) = self.wire.next(&mut entry)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = self.wire.text(text, KEPT)?,
                (2, Value::Bytes(value)) => values.push(value),
                _ => {}
            }
        }
        for mut value in values {
            while let Some(field) = self.wire.next(&mut value)? {
                match (field.number, field.value) {
                    (1, Value::Bytes(mut list)) => {
                        while let Some(field) = self.wire.next(&mut list)? {
                            match (field.number, field.value) {
                                (2, Value::Bytes(text)) => self.text(&key, text)?,
                                (8, Value::Bytes(tensor)) => self.tensor(tensor)?,
                                (9, Value::Bytes(function)) => self.function(function, depth)?,
                                _ => {}
                            }
                        }
                    }
                    (2, Value::Bytes(text)) => self.text(&key, text)?,
                    (8, Value::Bytes(tensor)) => self.tensor(tensor)?,
                    (10, Value::Bytes(function)) => self.function(function, depth)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, key: &str, text: Message) -> Result<(), Fault> {
        let operator = self.node.operator.as_str();
        if program::is_in(operator, key) {
            let bytes = text.of(&self.visit.input);
            self.node.calls.extend(program::calls(self.visit, self.notes, &bytes)?);
        } else if program::names(operator, key) {
            self.node.calls.push(self.wire.text(text, KEPT)?);
        } else if paths::is_attribute(operator, key) || (operator == "StringJoin" && key == "separator") {
            let text = self.wire.text(text, KEPT)?;
            self.node.texts.push((key.to_owned(), text));
        }
        self.notes.disguised(self.visit, [(text.start, text.len())])
    }

    fn tensor(&mut self, tensor: Message) -> Result<(), Fault> {
        let texts = constant::read(self.visit, self.notes, self.wire, tensor, &self.full, 0)?;
        self.node.constant.extend(texts);
        Ok(())
    }

    /// `NameAttrList`: the name of a function, and values for its attributes.
    fn function(&mut self, mut function: Message, depth: usize) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut function)? {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) => self.node.functions.push(self.wire.text(name, KEPT)?),
                (2, Value::Bytes(entry)) => self.attribute(entry, depth)?,
                _ => {}
            }
        }
        Ok(())
    }
}
