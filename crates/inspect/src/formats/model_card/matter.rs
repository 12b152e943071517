//! The YAML in front of a card as a list of values with the path to each.

use saphyr_parser::{Event, Parser};

use crate::formats::yaml::look_ahead;
use crate::limits::Budget;

/// A value with the way to it.
#[derive(Debug)]
pub(super) struct Value {
    /// Keys and numbers from the root, joined by `.`.
    pub(super) path: String,
    pub(super) text: String,
    /// Characters in front of it.
    pub(super) chars: usize,
}

/// The longest front matter that is listed, and the most values of it.
const LONGEST: usize = 1 << 20;
const MOST: usize = 20_000;
/// How deeply values are listed.
const DEEPEST: usize = 12;
/// Bytes kept of a value.
const KEPT: usize = 1024;

/// A mapping or list that is open: the key or number that comes next.
enum Frame {
    Map { key: Option<String> },
    List { index: usize },
}

/// All values as far as the document can be read; aliases stand for nothing.
pub(super) fn values(source: &str, budget: &Budget) -> Vec<Value> {
    let mut values = Vec::new();
    if source.len() > LONGEST || budget.memory(look_ahead(source)).is_err() {
        return values;
    }
    let mut frames: Vec<Frame> = Vec::new();
    for (count, event) in Parser::new_from_str(source).enumerate() {
        let late = count.is_multiple_of(1024) && budget.tick().is_err();
        let Ok((event, span)) = event else { break };
        if late || values.len() >= MOST || frames.len() > DEEPEST {
            break;
        }
        match event {
            Event::Scalar(text, ..) => match frames.last_mut() {
                Some(Frame::Map { key: key @ None }) => *key = Some(text.into_owned()),
                Some(_) => {
                    let text = crate::text::kept(text.as_bytes(), KEPT);
                    values.push(Value { path: path(&frames), text, chars: span.start.index() });
                    behind(&mut frames);
                }
                None => {}
            },
            Event::Alias(_) => match frames.last_mut() {
                Some(Frame::Map { key: key @ None }) => *key = Some("*".to_owned()),
                _ => behind(&mut frames),
            },
            Event::MappingStart(..) => frames.push(Frame::Map { key: None }),
            Event::SequenceStart(..) => frames.push(Frame::List { index: 0 }),
            Event::MappingEnd | Event::SequenceEnd => {
                frames.pop();
                behind(&mut frames);
            }
            _ => {}
        }
    }
    values
}

/// A value ended.
fn behind(frames: &mut [Frame]) {
    match frames.last_mut() {
        Some(Frame::Map { key: key @ None }) => *key = Some("?".to_owned()),
        Some(Frame::Map { key }) => *key = None,
        Some(Frame::List { index }) => *index = index.saturating_add(1),
        None => {}
    }
}

fn path(frames: &[Frame]) -> String {
    let mut path = String::new();
    for frame in frames {
        if !path.is_empty() {
            path.push('.');
        }
        match frame {
            Frame::Map { key } => path.push_str(key.as_deref().unwrap_or("?")),
            Frame::List { index } => path.push_str(&index.to_string()),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn lists_values_with_the_way_to_each() {
        let source = "license: mit\nbase_model:\n- a/b\n- c/d\nmodel-index:\n- results:\n  - metrics: [{type: acc, value: 1}]\n";
        let budget = Budget::new(&Limits::default(), None);
        let listed: Vec<String> =
            values(source, &budget).into_iter().map(|v| format!("{}={}", v.path, v.text)).collect();
        let expected = [
            "license=mit",
            "base_model.0=a/b",
            "base_model.1=c/d",
            "model-index.0.results.0.metrics.0.type=acc",
            "model-index.0.results.0.metrics.0.value=1",
        ];
        assert_eq!(listed, expected);
    }
}
