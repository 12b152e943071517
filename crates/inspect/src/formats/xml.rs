//! XML, as little of it as model files need: elements, attributes, text. There are no entities but the five of the
//! specification, and nothing outside the file is read. A document type is told and passed over.
//! Specification: XML 1.0, fifth edition.

use std::borrow::Cow;

use weighbridge_domain::facts::problem::Kind;

use super::layout::Notes;
use crate::detect::Probe;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// The longest document that is read.
const LONGEST: u64 = 64 << 20;

/// How deeply elements may be nested.
const DEEPEST: usize = 256;

/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 1000;

/// What a document consists of.
#[derive(Debug)]
pub(super) enum Event<'s> {
    /// An element begins.
    Open(Element<'s>),
    /// The innermost element ends.
    Close,
    /// Text between elements; never only white space.
    Text(Cow<'s, str>),
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Element<'s> {
    /// Where it stands in the text.
    pub(super) at: u64,
    /// Its name without the prefix of its name space.
    pub(super) name: &'s str,
    /// Its attributes as written, prefixes and all.
    pub(super) attributes: Vec<(&'s str, Cow<'s, str>)>,
}

impl Element<'_> {
    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }

    /// The value of an attribute, as a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }
}

/// Whether bytes begin as documents do.
pub(super) fn begins(probe: &Probe<'_>) -> bool {
    probe.first_character() == Some(b'<') || is_wide(&probe.head)
}

/// The name of the first element of a document, and its attributes, as far as the beginning of a file shows them.
pub(super) fn root(probe: &Probe<'_>) -> Option<(String, Vec<(String, String)>)> {
    if !begins(probe) {
        return None;
    }
    root_in(&probe.head).or_else(|| if probe.is_whole() { None } else { root_in(probe.more()) })
}

fn root_in(bytes: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let decoded = decode(bytes)?;
    let mut document = Document::new(&decoded);
    while let Some(event) = document.next().ok()? {
        if let Event::Open(element) = event {
            let own = |(key, value): &(&str, Cow<'_, str>)| ((*key).to_owned(), value.to_string());
            return Some((element.name.to_owned(), element.attributes.iter().map(own).collect()));
        }
    }
    None
}

/// Reads a document; `handle` gets its parts in their order.
pub(super) fn read(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    mut handle: impl FnMut(&mut Visit<'_>, &mut Notes, Event<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let size = visit.input.len();
    if size > LONGEST {
        return Err(Fault::Unsupported(format!("XML of more than {LONGEST} bytes")));
    }
    notes.remember(visit, size.saturating_mul(2))?;
    let bytes = visit.input.read(0, size)?;
    let Some(source) = decode(&bytes) else {
        return Err(Fault::Unsupported("its encoding is not supported".to_owned()));
    };
    let mut document = Document::new(&source);
    let mut count = 0_u32;
    loop {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            visit.budget.tick()?;
        }
        let event = document.next();
        for (at, kind, detail) in document.problems.drain(..) {
            notes.problem(visit, at, kind, detail);
        }
        match event {
            Ok(Some(event)) => handle(visit, notes, event)?,
            Ok(None) => return Ok(()),
            Err(why) => return Err(Fault::Unparsable(format!("{why} at byte {}", document.at))),
        }
    }
}

fn is_wide(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..])
}

/// The text of a document.
fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if is_wide(bytes) {
        let big = matches!(bytes, [0xfe, 0xff, ..] | [0, ..]);
        let pairs = bytes.as_chunks::<2>().0.iter();
        let units = pairs.map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        return Some(Cow::Owned(text.filter(|c| *c != '\u{feff}').collect()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.get(..200).unwrap_or(bytes);
    let declared = String::from_utf8_lossy(first).to_ascii_lowercase();
    let declared = declared.split_once("?>").map_or("", |(declaration, _)| declaration);
    let named = declared.split_once("encoding=").map_or("", |(_, rest)| rest).get(1..).unwrap_or_default();
    let named = named.split(['"', '\'']).next().unwrap_or_default();
    match named {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(String::from_utf8_lossy(bytes)),
        "iso-8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" | "iso-8859-15" => {
            Some(Cow::Owned(bytes.iter().copied().map(char::from).collect()))
        }
        _ => None,
    }
}

struct Document<'s> {
    source: &'s str,
    at: usize,
    open: Vec<&'s str>,
    /// The element that was opened last ended at once.
    empty: bool,
    /// An element was there.
    begun: bool,
    problems: Vec<(u64, Kind, String)>,
}

type Failure = &'static str;

impl<'s> Document<'s> {
    fn new(source: &'s str) -> Self {
        Self { source, at: 0, open: Vec::new(), empty: false, begun: false, problems: Vec::new() }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.at = self.at.saturating_add(text.len());
        }
        there
    }

    /// What stands before `end`; moves behind it.
    fn until(&mut self, end: &str) -> Result<&'s str, Failure> {
        let (before, _) = self.rest().split_once(end).ok_or("something begins and does not end")?;
        self.at = self.at.saturating_add(before.len()).saturating_add(end.len());
        Ok(before)
    }

    fn name(&mut self) -> Result<&'s str, Failure> {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || "/>=<\"'&".contains(c);
        let name = rest.get(..rest.find(ends).unwrap_or(rest.len())).filter(|name| !name.is_empty());
        let name = name.ok_or("a name is missing")?;
        self.at = self.at.saturating_add(name.len());
        Ok(name)
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at = self.at.saturating_add(rest.len().saturating_sub(rest.trim_start().len()));
    }

    fn next(&mut self) -> Result<Option<Event<'s>>, Failure> {
        if std::mem::take(&mut self.empty) {
            self.open.pop();
            return Ok(Some(Event::Close));
        }
        loop {
            let start = self.at as u64;
            if !self.rest().starts_with('<') {
                let rest = self.rest();
                let text = rest.get(..rest.find('<').unwrap_or(rest.len())).unwrap_or_default();
                if text.is_empty() {
                    let whole = self.open.is_empty() && self.begun;
                    return if whole { Ok(None) } else { Err("it ends early") };
                }
                self.at = self.at.saturating_add(text.len());
                if text.trim().is_empty() {
                    continue;
                }
                if self.open.is_empty() {
                    return Err("text stands outside of the document");
                }
                return Ok(Some(Event::Text(self.expand(start, text))));
            }
            if self.eat("<!--") {
                self.until("-->")?;
            } else if self.eat("<![CDATA[") {
                return Ok(Some(Event::Text(Cow::Borrowed(self.until("]]>")?))));
            } else if self.eat("<!DOCTYPE") {
                self.document_type(start)?;
            } else if self.eat("<?") {
                let instruction = self.until("?>")?;
                if instruction.starts_with("xml-stylesheet") {
                    let detail = format!("an instruction to programs: `{}`", text::shown(instruction, 120));
                    self.problems.push((start, Kind::UnknownCode, detail));
                }
            } else if self.eat("</") {
                let name = self.name()?;
                self.space();
                if self.open.pop() != Some(name) || !self.eat(">") {
                    return Err("an element ends that is not open");
                }
                return Ok(Some(Event::Close));
            } else {
                self.at = self.at.saturating_add(1);
                return self.element(start).map(|element| Some(Event::Open(element)));
            }
        }
    }

    /// An element behind its `<`.
    fn element(&mut self, at: u64) -> Result<Element<'s>, Failure> {
        if self.open.is_empty() && std::mem::replace(&mut self.begun, true) {
            return Err("there are two documents");
        }
        if self.open.len() >= DEEPEST {
            return Err("elements are nested more than 256 levels deep");
        }
        let name = self.name()?;
        let mut attributes: Vec<(&'s str, Cow<'s, str>)> = Vec::new();
        loop {
            self.space();
            if self.eat("/>") {
                self.empty = true;
                break;
            }
            if self.eat(">") {
                break;
            }
            if attributes.len() >= MOST_ATTRIBUTES {
                return Err("an element has more than 1000 attributes");
            }
            let start = self.at as u64;
            let key = self.name()?;
            self.space();
            if !self.eat("=") {
                return Err("an attribute has no value");
            }
            self.space();
            let value = if self.eat("\"") {
                self.until("\"")?
            } else if self.eat("'") {
                self.until("'")?
            } else {
                return Err("an attribute has no value");
            };
            if attributes.iter().any(|(other, _)| *other == key) {
                let detail = format!("the attribute `{}` stands twice", text::shown(key, 80));
                self.problems.push((start, Kind::Duplicate, detail));
            }
            let value = self.expand(start, value);
            attributes.push((key, value));
        }
        self.open.push(name);
        let name = name.rsplit(':').next().unwrap_or(name);
        Ok(Element { at, name, attributes })
    }

    /// A document type, with what is declared in it, behind its first word.
    fn document_type(&mut self, at: u64) -> Result<(), Failure> {
        let begin = self.at;
        let mut depth = 0_usize;
        loop {
            let c = self.rest().chars().next().ok_or("a document type does not end")?;
            if self.eat("<!--") {
                self.until("-->")?;
                continue;
            }
            self.at = self.at.saturating_add(c.len_utf8());
            match c {
                '"' => {
                    self.until("\"")?;
                }
                '\'' => {
                    self.until("'")?;
                }
                '<' | '[' => depth = depth.saturating_add(1),
                '>' if depth == 0 => break,
                ']' | '>' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let declared = self.source.get(begin..self.at.saturating_sub(1)).unwrap_or_default();
        let entities = declared.matches("<!ENTITY").count();
        let outside = ["SYSTEM", "PUBLIC"].iter().any(|word| declared.contains(word));
        let mut detail = format!("the document has a document type: `{}`", text::shown(declared.trim(), 120));
        if entities > 0 {
            detail.push_str(&format!("; it declares {}", text::count(entities as u64, "entity")));
        }
        if outside {
            detail.push_str("; it names something outside of the file");
        }
        self.problems.push((at, Kind::UnknownCode, detail));
        Ok(())
    }

    /// Text with its references replaced.
    fn expand(&mut self, at: u64, raw: &'s str) -> Cow<'s, str> {
        if !raw.contains('&') {
            return Cow::Borrowed(raw);
        }
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((before, behind)) = rest.split_once('&') {
            out.push_str(before);
            let name = behind.split_once(';').map(|(name, _)| name).filter(|name| name.len() < 64);
            match name.and_then(character) {
                Some(c) => {
                    out.push(c);
                    rest = behind.split_once(';').map_or("", |(_, rest)| rest);
                }
                None => {
                    out.push('&');
                    rest = behind;
                    let what = name.map_or("`&` stands alone".to_owned(), |name| {
                        format!("`&{};` is not one of the five entities of XML", text::shown(name, 64))
                    });
                    if self.problems.len() < 16 {
                        self.problems.push((at, Kind::UnknownCode, what));
                    }
                }
            }
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

/// The character that a reference stands for.
fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            number.ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a document as one line, and what is wrong with it.
    fn parts(source: &str) -> Result<String, Failure> {
        let mut document = Document::new(source);
        let mut out = String::new();
        while let Some(event) = document.next()? {
            match event {
                Event::Open(element) => {
                    out.push_str(&format!("({}", element.name));
                    for (key, value) in element.attributes {
                        out.push_str(&format!(" {key}={value:?}"));
                    }
                }
                Event::Close => out.push(')'),
                Event::Text(text) => out.push_str(&format!("{text:?}")),
            }
        }
        for (at, _, detail) in document.problems {
            out.push_str(&format!(" !{at} {detail}"));
        }
        Ok(out)
    }

    #[test]
    fn reads_elements_attributes_and_text() {
        let source = "<?xml version=\"1.0\"?><!-- <no> --><n:a x='1' y = \"&lt;&#x41;&gt;\">t&amp;u<b/><![CDATA[<c>]]></n:a>\n";
        assert_eq!(parts(source).unwrap(), r#"(a x="1" y="<A>""t&u"(b)"<c>")"#);
    }

    #[test]
    fn tells_what_other_readers_would_follow() {
        let source = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///x>\"><!-- ]> -->]><a x='&e;' x='2'>&f;</a>";
        let parts = parts(source).unwrap();
        assert!(parts.contains("!0 the document has a document type"), "{parts}");
        assert!(parts.contains("1 entity; it names something outside"), "{parts}");
        assert!(parts.contains("`x` stands twice"), "{parts}");
        assert!(parts.contains("`&f;` is not one"), "{parts}");
    }

    #[test]
    fn refuses_what_is_no_document() {
        let deep = "<a>".repeat(300);
        for source in ["", "<a>", "<a></b>", "<a/><b/>", "<a x></a>", "<a x='1>", "a<b/>", "<!DOCTYPE", &deep]
        {
            assert!(parts(source).is_err(), "{source}");
        }
    }

    #[test]
    fn decodes_what_files_are_written_in() {
        let wide: Vec<u8> = "\u{feff}<a>ü</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).unwrap(), "<a>ü</a>");
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>";
        assert!(decode(latin).unwrap().ends_with("<a>ü</a>"));
        assert!(decode(b"<?xml version='1.0' encoding='EBCDIC'?>").is_none());
    }
}
