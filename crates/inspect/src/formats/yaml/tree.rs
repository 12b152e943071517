//! A YAML document as a tree, for formats that know its keys.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{DEEPEST_TREE, Place, look_ahead};
use crate::limits::Fault;
use crate::walk::Visit;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(in crate::formats) struct Node {
    pub(in crate::formats) at: u64,
    pub(in crate::formats) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(in crate::formats) enum Value {
    Text {
        text: String,
        /// Where each line of it stands, when its lines stand in the file as they are.
        lines: Vec<(usize, u64)>,
    },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Values of one file that are kept.
const MOST_NODES: usize = 200_000;

impl Node {
    /// The text, when it is one.
    pub(in crate::formats) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Keys and values.
    pub(in crate::formats) fn pairs(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            Value::Text { .. } | Value::List(_) => &[],
        }
    }

    /// Items of a list.
    pub(in crate::formats) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Text { .. } | Value::Map(_) => &[],
        }
    }

    /// The value of a key, also of one that is merged in.
    pub(in crate::formats) fn get(&self, key: &str) -> Option<&Self> {
        let pairs = self.pairs();
        let own = pairs.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node);
        own.or_else(|| {
            let merged = pairs.iter().filter(|(name, _)| name == "<<").map(|(_, node)| node);
            merged.flat_map(|node| std::iter::once(node).chain(node.items())).find_map(|node| node.get(key))
        })
    }

    /// The texts of a list, or the one text that stands in its place.
    pub(in crate::formats) fn texts(&self) -> Vec<String> {
        let one = self.text().map(str::to_owned);
        one.into_iter().chain(self.items().iter().filter_map(Self::text).map(str::to_owned)).collect()
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::Text { .. } => 1,
            Value::List(items) => items.iter().fold(1, |sum, item| sum.saturating_add(item.size())),
            Value::Map(pairs) => pairs.iter().fold(1, |sum, (_, node)| sum.saturating_add(node.size())),
        }
    }
}

/// A mapping or list that is open.
struct Open {
    node: Node,
    key: Option<String>,
    anchor: usize,
}

/// The documents of a text, as far as they can be parsed. That they cannot be parsed further is for the reader of
/// settings to say.
pub(in crate::formats) fn documents(visit: &mut Visit<'_>, source: &str) -> Result<Vec<Node>, Fault> {
    visit.budget.memory(look_ahead(source))?;
    let mut place = Place { source, base: 0, chars: 0, bytes: 0 };
    let breaks = source.replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, Node> = HashMap::new();
    let mut count = 0_usize;
    for event in Parser::new_from_str(&breaks) {
        let Ok((event, span)) = event else { break };
        count = count.saturating_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick()?;
        }
        if count > MOST_NODES || open.len() > DEEPEST_TREE {
            visit.incomplete("the document has more, or more deeply nested, values than are looked at");
            break;
        }
        let at = place.at(span.start.index());
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let lines = if style == ScalarStyle::Literal { lines(source, at, &text) } else { Vec::new() };
                (Node { at, value: Value::Text { text: text.into_owned(), lines } }, anchor)
            }
            Event::Alias(anchor) => {
                let Some(node) = anchors.get(&anchor) else { continue };
                count = count.saturating_add(node.size());
                if count > MOST_NODES {
                    continue;
                }
                (node.clone(), 0)
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open { node: Node { at, value: Value::List(Vec::new()) }, key: None, anchor });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { node: Node { at, value: Value::Map(Vec::new()) }, key: None, anchor });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { node, anchor, .. }) = open.pop() else { continue };
                (node, anchor)
            }
            _ => continue,
        };
        if anchor > 0 && anchors.len() < MOST_ANCHORS {
            count = count.saturating_add(node.size());
            anchors.insert(anchor, node.clone());
        }
        match open.last_mut() {
            Some(outer) => outer.take(node),
            None => documents.push(node),
        }
    }
    // What was open when the text broke off.
    while let Some(Open { node, .. }) = open.pop() {
        match open.last_mut() {
            Some(outer) => outer.take(node),
            None => documents.push(node),
        }
    }
    Ok(documents)
}

/// Anchors of one file that are followed.
const MOST_ANCHORS: usize = 1000;

impl Open {
    fn take(&mut self, inner: Node) {
        match &mut self.node.value {
            Value::List(items) => items.push(inner),
            Value::Map(pairs) => match self.key.take() {
                Some(key) => pairs.push((key, inner)),
                None => self.key = Some(inner.text().unwrap_or("?").to_owned()),
            },
            Value::Text { .. } => {}
        }
    }
}

/// Where the lines of a literal text stand, which begins at this offset with its sign.
fn lines(source: &str, at: u64, text: &str) -> Vec<(usize, u64)> {
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    let rest = source.get(start..).unwrap_or_default();
    let mut from = match rest.find('\n') {
        Some(end) if rest.starts_with('|') => start.saturating_add(end).saturating_add(1),
        _ => source.get(..start).and_then(|lead| lead.rfind('\n')).map_or(0, |end| end.saturating_add(1)),
    };
    let mut pieces = Vec::new();
    let mut of_text = 0_usize;
    let mut found = source.get(from..).unwrap_or_default().split_inclusive('\n');
    for line in text.split_inclusive('\n') {
        let Some(in_source) = found.next() else { break };
        let plain = in_source.trim_end_matches(['\n', '\r']);
        let indent = plain.len().saturating_sub(line.trim_end_matches('\n').len());
        pieces.push((of_text, from.saturating_add(indent) as u64));
        of_text = of_text.saturating_add(line.len());
        from = from.saturating_add(in_source.len());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_literal_texts_have_places() {
        let source = "a:\n  b: |\n    one\n    two\n\n      three\n  c: 1\n";
        let at = source.find('|').unwrap_or_default();
        let pieces = lines(source, at as u64, "one\ntwo\n\n  three\n");
        let begins: Vec<&str> =
            pieces.iter().map(|(_, from)| source.get(usize::try_from(*from).unwrap()..).unwrap()).collect();
        assert!(
            begins[0].starts_with("one\n")
                && begins[1].starts_with("two\n")
                && begins[3].starts_with("  three")
        );
        assert_eq!(pieces.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 4, 8, 9]);
    }
}
