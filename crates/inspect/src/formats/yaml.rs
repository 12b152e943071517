//! YAML documents: the keys of configuration files that can matter, and tags that ask for objects. Read as events, nothing
//! is built. Specification: YAML 1.2, and the tags of `PyYAML` and `HyperPyYAML`.

mod settings;
pub(super) mod tree;

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use self::settings::Settings;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::yaml;
use crate::text;
use crate::walk::Visit;

/// YAML.
pub static FORMAT: Format = Format {
    id: "yaml",
    title: "YAML document",
    extensions: &["yaml", "yml"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json", "text"],
    docs: "Recognised by its name, since any text is YAML. Keys that name code, classes, places or repositories are noted \
           wherever they stand, and tags that ask for Python objects, also by other handles and through aliases of texts. \
           What stands behind a place that is not YAML is still searched for such tags. The first 16 MiB are read.",
    recognise,
    read,
    samples: yaml::ordinary,
};

/// The longest document that is read whole.
const LONGEST: u64 = 16 << 20;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = probe.ends_with(FORMAT.extensions) || probe.name == "mlmodel";
    let wide = probe.starts(b"\xff\xfe") || probe.starts(b"\xfe\xff");
    Recognition::guess_if(named && (probe.is_text() || wide))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = document(visit)?;
    read_text(visit, &source, 0, &[])
}

/// The text of a document, as far as it is read.
pub(super) fn document(visit: &mut Visit<'_>) -> Result<String, Fault> {
    let length = visit.input.len();
    if length > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes of the document were read"));
    }
    let bytes = visit.input.read(0, LONGEST)?;
    let decoded = utf_16(&bytes);
    if decoded.is_some() {
        visit.problem(0, Kind::BadText, "the document is UTF-16, not UTF-8");
    }
    Ok(decoded.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// A document of a format of its own: its settings and tags as of any other, and the trees it consists of.
pub(super) fn read_trees(visit: &mut Visit<'_>, source: &str) -> Result<Vec<tree::Node>, Fault> {
    read_text(visit, source, 0, &[])?;
    tree::documents(visit, source)
}

/// Text in UTF-16 with a byte order mark.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_first_chunk::<2>()?;
    let decode: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let units = rest.as_chunks::<2>().0.iter().map(|pair| decode(*pair));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Reads a text that begins at `base` of the reading's bytes; besides the keys of every document, `keys` matter.
pub(super) fn read_text(
    visit: &mut Visit<'_>,
    source: &str,
    base: u64,
    keys: &'static [&'static str],
) -> Result<(), Fault> {
    let mut document = Document {
        settings: Settings::new(keys),
        frames: Vec::new(),
        anchors: HashMap::new(),
        kept: 0,
        expanded: 0,
        place: Place { source, base, chars: 0, bytes: 0 },
        tags: HashSet::new(),
    };
    if let Err(fault) = visit.budget.memory(look_ahead(source)) {
        visit.incomplete(fault.to_string());
        document.note_all_tags(visit);
        return Ok(());
    }
    // Line breaks of YAML 1.1, which Python's loader follows; as many characters, so that places stay.
    let breaks = source.replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let mut count = 0_u32;
    for event in Parser::new_from_str(&breaks) {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick()?;
        }
        match event {
            Ok((event, span)) => {
                let at = document.place.at(span.start.index());
                if let Event::Scalar(..) = event {
                    let behind = document.place.at(span.end.index());
                    document.check_markers(visit, at, behind);
                }
                document.event(visit, at, event)?;
                if document.frames.len() > DEEPEST {
                    document.give_up(visit, at, "its values are nested too deeply");
                    break;
                }
            }
            Err(error) => {
                let at = document.place.at(error.marker().index());
                document.give_up(visit, at, error.info());
                break;
            }
        }
    }
    if document.expanded > MOST_EXPANDED {
        let detail = format!("its aliases stand for more than {MOST_EXPANDED} values");
        visit.problem(base, Kind::Expansion, detail);
    }
    Ok(())
}

/// How deeply values may be nested. The parsers of YAML themselves end at 1000 or earlier.
const DEEPEST: usize = 1000;
/// The same for values that are kept as a tree.
const DEEPEST_TREE: usize = 100;
/// Bytes that the parser takes for a token.
const TOKEN: u64 = 160;

/// Memory that the parser takes at most to look ahead: from a bracket on, as far as it is open, for that may be a key.
pub(super) fn look_ahead(source: &str) -> u64 {
    let open = source.find(['[', '{']).and_then(|from| source.get(from..)).unwrap_or_default();
    let tokens = open.bytes().filter(|byte| b",[]{}:?\"'*&!".contains(byte)).count() as u64;
    tokens.saturating_mul(TOKEN)
}

/// Values that aliases may stand for, all together.
const MOST_EXPANDED: u64 = 1_000_000;
/// Bytes of text kept for aliases.
const MOST_KEPT: usize = 8 << 20;

/// Turns places counted in characters into offsets.
struct Place<'s> {
    source: &'s str,
    base: u64,
    chars: usize,
    bytes: usize,
}

impl Place<'_> {
    fn at(&mut self, chars: usize) -> u64 {
        self.bytes = if let Some(back) = self.chars.checked_sub(chars).and_then(|back| back.checked_sub(1)) {
            let lead = self.source.get(..self.bytes).unwrap_or_default();
            lead.char_indices().rev().nth(back).map_or(0, |(at, _)| at)
        } else {
            let rest = self.source.get(self.bytes..).unwrap_or_default();
            let ahead = chars.saturating_sub(self.chars);
            let length = rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at);
            self.bytes.saturating_add(length)
        };
        self.chars = chars;
        self.base.saturating_add(self.bytes as u64)
    }
}

/// A mapping or sequence that is open.
struct Frame {
    list: bool,
    /// In a mapping: the next node is a key.
    key: bool,
    anchor: usize,
    /// Values in it, with those that aliases stand for.
    size: u64,
}

/// What is known of an anchor.
#[derive(Default)]
struct Anchor {
    text: Option<String>,
    size: u64,
}

struct Document<'s> {
    settings: Settings,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    /// Bytes of the texts that are kept for aliases.
    kept: usize,
    expanded: u64,
    place: Place<'s>,
    tags: HashSet<String>,
}

impl Document<'_> {
    fn event(&mut self, visit: &mut Visit<'_>, at: u64, event: Event<'_>) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if anchor > 0 {
                    self.keep(visit, anchor, &text);
                }
                self.tag(visit, at, tag.as_deref());
                let null =
                    style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                self.scalar(visit, at, &text, null)?;
            }
            Event::Alias(anchor) => {
                let (text, size) = match self.anchors.get(&anchor) {
                    Some(known) => (known.text.clone(), known.size),
                    None => (None, 1),
                };
                self.grow(size);
                match text {
                    Some(text) => self.scalar(visit, at, &text, false)?,
                    None => self.scalar(visit, at, "", true)?,
                }
            }
            Event::SequenceStart(anchor, tag) => self.open(visit, at, anchor, tag.as_deref(), true),
            Event::MappingStart(anchor, tag) => self.open(visit, at, anchor, tag.as_deref(), false),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentStart(_) => self.settings.restart(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// The document cannot be read further.
    fn give_up(&mut self, visit: &mut Visit<'_>, at: u64, why: &str) {
        visit.problem(at, Kind::Unparsable, format!("not YAML: {why}"));
        visit.incomplete("the document cannot be read to its end");
        self.note_all_tags(visit);
    }

    /// A line that begins a document ends every text before it, but not in every parser.
    fn check_markers(&mut self, visit: &mut Visit<'_>, from: u64, to: u64) {
        let offset = |at: u64| usize::try_from(at.saturating_sub(self.place.base)).unwrap_or(usize::MAX);
        let text = self.place.source.get(offset(from)..offset(to)).unwrap_or_default();
        let marker = |line: &str| {
            let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        };
        let lead = self.place.source.get(..offset(from)).unwrap_or_default();
        let own_line = lead.is_empty() || lead.ends_with('\n');
        if text.contains("---") || text.contains("...") {
            let mut lines = text.split('\n').skip(usize::from(!own_line));
            if lines.any(marker) {
                self.give_up(visit, from, "a text has the mark of a new document in it");
            }
        }
    }

    fn keep(&mut self, visit: &mut Visit<'_>, anchor: usize, text: &str) {
        self.kept = self.kept.saturating_add(text.len()).saturating_add(64);
        if self.kept < MOST_KEPT {
            self.anchors.insert(anchor, Anchor { text: Some(text.to_owned()), size: 1 });
        } else {
            visit.incomplete("the document has more anchors than are followed");
        }
    }

    fn grow(&mut self, size: u64) {
        if let Some(frame) = self.frames.last_mut() {
            frame.size = frame.size.saturating_add(size);
        }
        self.expanded = self.expanded.saturating_add(size.saturating_sub(1));
    }

    fn scalar(&mut self, visit: &mut Visit<'_>, at: u64, text: &str, null: bool) -> Result<(), Fault> {
        match self.frames.last_mut() {
            Some(frame) if frame.key => {
                frame.key = false;
                self.settings.set_key(text);
                return Ok(());
            }
            Some(frame) => {
                frame.key = !frame.list;
                frame.size = frame.size.saturating_add(1);
            }
            None => {}
        }
        if null {
            self.settings.behind_value();
            return Ok(());
        }
        self.settings.value(visit, at, text)
    }

    fn open(&mut self, visit: &mut Visit<'_>, at: u64, anchor: usize, tag: Option<&Tag>, list: bool) {
        if let Some(frame) = self.frames.last_mut() {
            if frame.key {
                // What it is the key of has no name.
                self.settings.set_key("?");
            }
            frame.key = !frame.list && !frame.key;
        }
        self.tag(visit, at, tag);
        self.settings.open(list);
        self.frames.push(Frame { list, key: !list, anchor, size: 1 });
    }

    fn close(&mut self) {
        self.settings.close();
        let Some(frame) = self.frames.pop() else { return };
        if frame.anchor > 0 && self.anchors.len() < 100_000 {
            self.anchors.insert(frame.anchor, Anchor { text: None, size: frame.size });
        }
        if let Some(outer) = self.frames.last_mut() {
            outer.size = outer.size.saturating_add(frame.size);
        }
    }

    fn tag(&mut self, visit: &mut Visit<'_>, at: u64, tag: Option<&Tag>) {
        if let Some(tag) = tag {
            let key = self.settings.path();
            self.note_tag(visit, at, key, &format!("{}{}", tag.handle, tag.suffix));
        }
    }

    fn note_tag(&mut self, visit: &mut Visit<'_>, at: u64, key: String, tag: &str) {
        let tag = text::kept(decoded(tag).as_bytes(), 1024);
        if is_plain(&tag) {
            return;
        }
        if self.tags.len() < MOST_TAGS {
            self.tags.insert(tag.clone());
        } else if !self.tags.contains(&tag) {
            return visit.incomplete(format!("only the first {MOST_TAGS} kinds of tags were noted"));
        }
        visit.fact(at, What::Tagged { key, tag });
    }

    /// Looks for tags anywhere in a document that cannot be parsed: other parsers may get further.
    fn note_all_tags(&mut self, visit: &mut Visit<'_>) {
        let (source, base) = (self.place.source, self.place.base);
        let handles: Vec<(&str, &str)> = source
            .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
            .filter_map(|line| line.strip_prefix("%TAG")?.trim().split_once(char::is_whitespace))
            .take(64)
            .collect();
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | '>' | '"' | '\'');
        for (at, _) in source.match_indices('!').take(100_000) {
            let before = source.get(..at).and_then(|lead| lead.chars().next_back());
            if before.is_some_and(|c| !c.is_whitespace() && !matches!(c, '[' | '{' | ',' | ':' | '-' | '?')) {
                continue;
            }
            let word = source.get(at..).unwrap_or_default();
            let word = word.get(..word.floor_char_boundary(LONGEST_TAG)).unwrap_or_default();
            let word = word.strip_prefix("!<").unwrap_or(word).split(ends).next().unwrap_or_default();
            let mut tags: Vec<String> = handles
                .iter()
                .filter_map(|(handle, prefix)| {
                    Some(format!("{}{}", prefix.trim(), word.strip_prefix(handle)?))
                })
                .collect();
            tags.push(
                word.strip_prefix("!!")
                    .map_or_else(|| word.to_owned(), |rest| format!("tag:yaml.org,2002:{rest}")),
            );
            for tag in tags {
                if tag.len() > 1 && !self.tags.contains(&decoded(&tag)) {
                    let at = base.saturating_add(at as u64);
                    self.note_tag(visit, at, String::new(), &tag);
                }
            }
        }
    }
}

/// Bytes looked at of a tag in a document that cannot be parsed.
const LONGEST_TAG: usize = 2048;
/// Kinds of tags noted for one document.
const MOST_TAGS: usize = 10_000;

/// Tags of texts, numbers, lists and the like.
fn is_plain(tag: &str) -> bool {
    const PLAIN: &[&str] = &[
        "binary",
        "bool",
        "float",
        "int",
        "map",
        "merge",
        "null",
        "omap",
        "pairs",
        "seq",
        "set",
        "str",
        "timestamp",
        "value",
    ];
    tag == "!" || tag.strip_prefix("tag:yaml.org,2002:").is_some_and(|name| PLAIN.contains(&name))
}

/// A tag without percent encoding.
fn decoded(tag: &str) -> String {
    let mut out = Vec::with_capacity(tag.len());
    let mut rest = tag;
    while let Some((before, behind)) = rest.split_once('%') {
        out.extend_from_slice(before.as_bytes());
        match behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                out.push(b'%');
                rest = behind;
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}
