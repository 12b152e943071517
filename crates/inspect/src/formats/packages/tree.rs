//! JSON, YAML and TOML as trees of one kind, in which every value knows where it stands.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::{MapAccess, SeqAccess};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use weighbridge_domain::facts::problem::Kind;

use crate::formats::json::walk::{Array, Handle, Object, Value as JsonValue, Walk};
use crate::formats::layout::Notes;
use crate::formats::{json, yaml};
use crate::limits::Fault;
use crate::walk::Visit;

/// A value and where it stands.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) at: u64,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Default)]
pub(super) enum Value {
    /// Text, and numbers as they are written.
    Text(String),
    Truth(bool),
    List(Vec<Node>),
    /// Keys in the order in which they are written.
    Map(Vec<Entry>),
    #[default]
    Other,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: u64,
    pub(super) key: String,
    pub(super) node: Node,
}

/// Bytes that a value takes beside its text.
const NODE: u64 = 112;

impl Node {
    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of an object; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// The value under a key; the last when it stands twice, as readers take it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The values by their keys, for those who look up many.
    pub(super) fn by_key(&self) -> HashMap<&str, &Self> {
        self.entries().iter().map(|entry| (entry.key.as_str(), &entry.node)).collect()
    }

    /// The value at the end of several keys.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries at the end of several keys.
    pub(super) fn entries_of(&self, path: &[&str]) -> &[Entry] {
        self.find(path).map_or(&[], Self::entries)
    }

    /// The items at the end of several keys.
    pub(super) fn items_of(&self, path: &[&str]) -> &[Self] {
        self.find(path).map_or(&[], Self::items)
    }

    /// The text under a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The value under a key says yes.
    pub(super) fn is_true(&self, key: &str) -> bool {
        match self.get(key).map(|node| &node.value) {
            Some(Value::Truth(truth)) => *truth,
            Some(Value::Text(text)) => matches!(text.as_str(), "true" | "True"),
            _ => false,
        }
    }

    /// The value under a key says no.
    pub(super) fn is_false(&self, key: &str) -> bool {
        match self.get(key).map(|node| &node.value) {
            Some(Value::Truth(truth)) => !*truth,
            Some(Value::Text(text)) => matches!(text.as_str(), "false" | "False"),
            _ => false,
        }
    }
}

/// A JSON document.
pub(super) fn json(visit: &mut Visit<'_>) -> Result<Node, Fault> {
    json::read_with(visit, &mut Notes::default(), Tree)
}

struct Tree;

impl<'de> Handle<'de> for Tree {
    type Out = Node;

    fn value(self, walk: &mut Walk<'_, '_>, value: JsonValue<'de>) -> Node {
        let at = match &value {
            JsonValue::Text(text) => walk.position(text),
            _ => 0,
        };
        let value = match value {
            JsonValue::Text(text) => Value::Text(text.into_owned()),
            JsonValue::Number(number) => Value::Text(number.to_string()),
            JsonValue::Truth(truth) => Value::Truth(truth),
            JsonValue::Other(_) => Value::Other,
        };
        Node { at, value }
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = object.key(walk)? {
            let at = walk.position(&key);
            let mut node = object.value(walk, Self)?;
            if !matches!(node.value, Value::Text(_)) {
                node.at = at;
            }
            let room =
                NODE.saturating_add(key.len() as u64).saturating_add(node.text().map_or(0, str::len) as u64);
            let room = walk.notes.remember(walk.visit, room);
            walk.check(room)?;
            entries.push(Entry { at, key: key.into_owned(), node });
        }
        let at = entries.first().map_or(0, |entry| entry.at);
        Ok(Node { at, value: Value::Map(entries) })
    }

    fn array<A: SeqAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        array: &mut Array<A>,
    ) -> Result<Node, A::Error> {
        let mut items: Vec<Node> = Vec::new();
        while let Some(node) = array.item(walk, Self)? {
            let room = NODE.saturating_add(node.text().map_or(0, str::len) as u64);
            let room = walk.notes.remember(walk.visit, room);
            walk.check(room)?;
            items.push(node);
        }
        let at = items.first().map_or(0, |item| item.at);
        Ok(Node { at, value: Value::List(items) })
    }
}

/// How deeply YAML may be nested.
const DEEPEST: usize = 100;

/// Texts kept for aliases.
const MOST_ANCHORS: usize = 10_000;

/// The documents of a YAML text; tags that ask for objects are noted as in any other.
pub(super) fn yaml(visit: &mut Visit<'_>) -> Result<Vec<Node>, Fault> {
    let mut reader = YamlTree::default();
    events(visit, &mut reader, &mut |_, _| Ok(()))?;
    while !reader.open.is_empty() {
        reader.close();
    }
    Ok(reader.documents)
}

/// Calls this for every entry of the mapping under this key of a YAML text, one after the other; nothing else of the text
/// is kept.
pub(super) fn yaml_entries(
    visit: &mut Visit<'_>,
    key: &'static str,
    mut call: impl FnMut(&mut Visit<'_>, &Entry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut reader = YamlTree { only: Some(key), ..YamlTree::default() };
    events(visit, &mut reader, &mut call)
}

fn events(
    visit: &mut Visit<'_>,
    reader: &mut YamlTree,
    call: &mut dyn FnMut(&mut Visit<'_>, &Entry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let source = yaml::document(visit)?;
    yaml::read_text(visit, &source, 0, &[])?;
    visit.budget.memory(yaml::look_ahead(&source).saturating_add(source.len() as u64))?;
    let (mut chars, mut bytes, mut count) = (0_usize, 0_usize, 0_u32);
    for event in Parser::new_from_str(&source) {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick()?;
            visit.budget.memory(reader.memory)?;
        }
        // That it is no YAML was noted before; what stands in front of that place counts.
        let Ok((event, span)) = event else { break };
        let ahead = span.start.index().saturating_sub(chars);
        let rest = source.get(bytes..).unwrap_or_default();
        bytes = bytes.saturating_add(rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at));
        chars = chars.max(span.start.index());
        if reader.open.len() > DEEPEST {
            visit.incomplete(format!("nested more than {DEEPEST} levels deep"));
            break;
        }
        reader.event(visit, bytes as u64, event);
        if let Some(entry) = reader.ready.take() {
            call(visit, &entry)?;
        }
    }
    Ok(())
}

/// A mapping or list that is open, with the key that waits for its value.
struct Open {
    node: Node,
    key: Option<(u64, String)>,
}

#[derive(Default)]
struct YamlTree {
    /// Only entries under this key of a document are wanted.
    only: Option<&'static str>,
    /// One of them.
    ready: Option<Entry>,
    open: Vec<Open>,
    anchors: HashMap<usize, String>,
    documents: Vec<Node>,
    memory: u64,
}

impl YamlTree {
    fn event(&mut self, visit: &mut Visit<'_>, at: u64, event: Event<'_>) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                if anchor > 0 && self.anchors.len() < MOST_ANCHORS {
                    self.anchors.insert(anchor, text.to_string());
                }
                let null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                self.put(Node {
                    at,
                    value: if null { Value::Other } else { Value::Text(text.into_owned()) },
                });
            }
            Event::Alias(anchor) => {
                let value = match self.anchors.get(&anchor) {
                    Some(text) => Value::Text(text.clone()),
                    None => {
                        visit.incomplete("aliases of lists and mappings are not followed");
                        Value::Other
                    }
                };
                self.put(Node { at, value });
            }
            Event::SequenceStart(..) => {
                self.open.push(Open { node: Node { at, value: Value::List(Vec::new()) }, key: None });
            }
            Event::MappingStart(..) => {
                self.open.push(Open { node: Node { at, value: Value::Map(Vec::new()) }, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn close(&mut self) {
        if let Some(Open { node, .. }) = self.open.pop() {
            self.put(node);
        }
    }

    fn put(&mut self, node: Node) {
        let Some(node) = self.handed_over(node) else { return };
        self.memory = self.memory.saturating_add(NODE).saturating_add(node.text().map_or(0, str::len) as u64);
        let Some(Open { node: outer, key }) = self.open.last_mut() else {
            if self.only.is_none() {
                self.documents.push(node);
            }
            return;
        };
        match (&mut outer.value, key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((at, key))) => entries.push(Entry { at, key, node }),
            (_, _) => {
                let text = if let Value::Text(text) = node.value { text } else { "?".to_owned() };
                *key = Some((node.at, text));
            }
        }
    }
}

impl YamlTree {
    /// Where only entries of one mapping are wanted: takes one, or what is none, and gives back what is a key or inside of one.
    fn handed_over(&mut self, node: Node) -> Option<Node> {
        let Some(wanted) = self.only else { return Some(node) };
        let [outer, inner @ ..] = self.open.as_mut_slice() else { return Some(node) };
        let under = outer.key.as_ref().map(|(_, key)| key.as_str());
        match inner {
            // A value of the document.
            [] if under.is_some() => outer.key = None,
            [Open { node: Node { value: Value::Map(_), .. }, key }] => {
                let Some((at, key)) = key.take() else { return Some(node) };
                self.ready = (under == Some(wanted)).then_some(Entry { at, key, node });
            }
            [_] => {}
            _ => return Some(node),
        }
        self.memory = 0;
        None
    }
}

/// Levels of brackets and dotted keys that are read of TOML.
const LEVELS: usize = 200;

/// A TOML document; what is wrong with it is noted, and what can be made of the rest counts.
pub(super) fn toml(visit: &mut Visit<'_>) -> Result<Node, Fault> {
    let source = super::source(visit)?;
    let text = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let mark = source.len().saturating_sub(text.len()) as u64;
    visit.budget.memory(toml_memory(text))?;
    if levels(text) > LEVELS {
        return Err(Fault::Unsupported(format!("nested more than {LEVELS} levels deep")));
    }
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start as u64).saturating_add(mark);
            let detail = format!("not TOML: {}", error.message());
            visit.problem(at, Kind::Unparsable, detail.as_str());
            visit.incomplete(detail);
            // Every further error takes memory, too.
            if text.len() > LONGEST_BROKEN {
                return Ok(Node::default());
            }
            DeTable::parse_recoverable(text).0
        }
    };
    let at = table.span().start as u64;
    Ok(Node { at: at.saturating_add(mark), value: table_of(table.into_inner(), mark) })
}

/// The longest text of which something is made where it is broken.
const LONGEST_BROKEN: usize = 256 << 10;

/// Memory that the parser takes at most: for every token, for every event made of it, for every value.
fn toml_memory(text: &str) -> u64 {
    let tokens = text.bytes().filter(|byte| b"[]{}=,.# \n\t\"'".contains(byte)).count() as u64;
    tokens.saturating_mul(200).saturating_add((text.len() as u64).saturating_mul(2))
}

/// How deeply values are nested at most, with the dots of keys; too many rather than too few.
fn levels(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut most, mut total) = (0_usize, 0_usize, 0_usize);
    let mut open: Vec<usize> = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at = behind_string(bytes, at),
            b'#' => {
                let rest = bytes.get(at..).unwrap_or_default();
                at = at.saturating_add(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()));
                continue;
            }
            b'{' | b'[' => {
                open.push(total);
                total = total.saturating_add(1);
            }
            b'}' | b']' => total = open.pop().unwrap_or(0),
            b'.' => total = total.saturating_add(1),
            b',' => total = open.last().map_or(0, |before| before.saturating_add(1)),
            b'\n' if open.is_empty() => total = 0,
            _ => {}
        }
        most = most.max(total);
        at = at.saturating_add(1);
    }
    most
}

/// Where the string that begins here ends: its last byte.
fn behind_string(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let quote = rest.first().copied().unwrap_or_default();
    let long = rest.starts_with(&[quote; 3]);
    let mut at = if long { 3 } else { 1 };
    while let Some(byte) = rest.get(at) {
        if *byte == b'\\' && quote == b'"' {
            at = at.saturating_add(1);
        } else if long && rest.get(at..).is_some_and(|rest| rest.starts_with(&[quote; 3])) {
            return start.saturating_add(at).saturating_add(2);
        } else if !long && (*byte == quote || *byte == b'\n') {
            return start.saturating_add(at);
        }
        at = at.saturating_add(1);
    }
    start.saturating_add(at)
}

fn table_of(table: DeTable<'_>, mark: u64) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, node)| Entry {
            at: (key.span().start as u64).saturating_add(mark),
            key: key.into_inner().into_owned(),
            node: node_of(node, mark),
        })
        .collect();
    entries.sort_by_key(|entry| entry.at);
    Value::Map(entries)
}

fn node_of(node: Spanned<DeValue<'_>>, mark: u64) -> Node {
    let at = (node.span().start as u64).saturating_add(mark);
    let value = match node.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Value::Truth(truth),
        DeValue::Datetime(_) => Value::Other,
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node_of(item, mark)).collect()),
        DeValue::Table(table) => table_of(table, mark),
    };
    Node { at, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_count_brackets_and_dots_but_not_those_in_strings() {
        for (text, expected) in [
            ("a = 1\nb.c = 2\n", 1),
            ("a = {b.c = [1, [2]]}\n", 4),
            ("[a.b.c]\nd = 'x.y.z.[[['\n", 3),
            ("a = \"\"\"[[[\n.\"]]]\"\"\"\nb = \"\\\"[[\"\n# [[[[[\n", 0),
        ] {
            assert_eq!(levels(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_of_the_deepest_that_is_read_overflows_a_small_stack() {
        let deep = |levels: usize| format!("a{} = 1\n", ".b".repeat(levels));
        let nested = |levels: usize| {
            let keys = ".b".repeat(60);
            format!("a = {}1{}\n", format!("{{a{keys} = ").repeat(levels), "}".repeat(levels))
        };
        assert!(levels(&nested(4)) > LEVELS);
        for text in [deep(199), deep(79), nested(3), format!("a = {}{}", "[".repeat(190), "]".repeat(190))] {
            assert!(levels(&text) <= LEVELS);
            let small = std::thread::Builder::new().stack_size(1 << 20);
            let read = small.spawn(move || {
                let (table, errors) = DeTable::parse_recoverable(&text);
                let value = table_of(table.into_inner(), 0);
                drop(value);
                errors.len()
            });
            read.unwrap().join().unwrap();
        }
    }
}
