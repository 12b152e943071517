//! The keys of a YAML document, read as events; nothing is built, and aliases stay what they are.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::content::{Keys, Settings};

/// A mapping or list that is open.
struct Frame {
    path: String,
    /// Next item of a list.
    index: Option<usize>,
    /// In a mapping: the key that waits for its value.
    key: Option<String>,
}

/// Keys and values of all documents of a text.
pub(crate) fn settings(text: &str) -> Result<Settings, String> {
    let mut keys = Keys::default();
    let mut frames: Vec<Frame> = Vec::new();
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| format!("not YAML: {}", error.info()))?;
        if keys.are_full() {
            break;
        }
        match event {
            Event::DocumentStart(_) => documents += 1,
            Event::Scalar(text, style, _, tag) => {
                let value = if style == ScalarStyle::Plain { text.to_string() } else { format!("{text:?}") };
                node(&mut frames, &mut keys, documents, &text, format!("{}{value}", shown(tag.as_deref())));
            }
            Event::Alias(anchor) => {
                let alias = format!("*{anchor}");
                node(&mut frames, &mut keys, documents, &alias, alias.clone());
            }
            Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) if frames.len() >= 200 => {
                return Err(format!("nested too deeply {}", shown(tag.as_deref())));
            }
            Event::SequenceStart(_, tag) => open(&mut frames, &mut keys, documents, tag.as_deref(), Some(0)),
            Event::MappingStart(_, tag) => open(&mut frames, &mut keys, documents, tag.as_deref(), None),
            Event::SequenceEnd | Event::MappingEnd => {
                frames.pop();
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    keys.finish()
}

fn shown(tag: Option<&Tag>) -> String {
    tag.map_or_else(String::new, |tag| format!("{}{} ", tag.handle, tag.suffix))
}

/// The path of the node that begins here, or nothing when it is a key.
fn path(frames: &mut [Frame], documents: usize, text: &str) -> Option<String> {
    let Some(frame) = frames.last_mut() else {
        return Some(if documents > 1 { format!("document {documents}") } else { String::new() });
    };
    let key = match (&mut frame.index, frame.key.take()) {
        (Some(index), _) => {
            *index += 1;
            (*index - 1).to_string()
        }
        (None, Some(key)) => key,
        (None, None) => {
            frame.key = Some(text.chars().take(256).collect());
            return None;
        }
    };
    Some(if frame.path.is_empty() { key } else { format!("{}.{key}", frame.path) })
}

fn node(frames: &mut [Frame], keys: &mut Keys, documents: usize, text: &str, value: String) {
    if let Some(path) = path(frames, documents, text) {
        keys.insert(path, value);
    }
}

fn open(frames: &mut Vec<Frame>, keys: &mut Keys, documents: usize, tag: Option<&Tag>, index: Option<usize>) {
    let path = path(frames, documents, "?").unwrap_or_else(|| "?".to_owned());
    if let Some(tag) = tag {
        keys.insert(path.clone(), shown(Some(tag)).trim_end().to_owned());
    }
    frames.push(Frame { path, index, key: None });
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_have_the_path_to_them() {
        let text = "a: 1\nb:\n  - x\n  - c: !!python/name:os.system ''\nd: &k \"q\"\ne: *k\n---\nf: 2\n";
        let keys = super::settings(text).unwrap();
        let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            keys,
            [
                "a=1",
                "b.0=x",
                "b.1.c=tag:yaml.org,2002:python/name:os.system \"\"",
                "d=\"q\"",
                "document 2.f=2",
                "e=*1"
            ]
        );
        assert!(super::settings("a: [").is_err());
    }
}
