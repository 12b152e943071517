//! Pages: the scripts that a browser would run.

use super::{Format, Support, javascript};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::script;
use crate::walk::Visit;

/// HTML.
pub static FORMAT: Format = Format {
    id: "html",
    title: "HTML page",
    extensions: ENDINGS,
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Recognised by its name. Scripts between `<script>` and `</script>`, and those of attributes such as `onload`, are read as \
           JavaScript is. What a page loads from elsewhere is not followed, and neither are frames and style sheets.",
    recognise: |probe: &Probe<'_>| Recognition::guess_if(probe.ends_with(ENDINGS) && probe.is_text()),
    read,
    samples: script::pages,
};

const ENDINGS: &[&str] = &["hta", "htm", "html", "xhtml"];

/// Scripts of one page that are read.
const MOST: usize = 10_000;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let source = javascript::source(visit)?;
    let mut rest = Page { source: &source, at: 0 };
    let mut scripts = 0_usize;
    while let Some(tag) = rest.tag() {
        visit.budget.tick()?;
        let mut is_script = tag.name.eq_ignore_ascii_case("script");
        for (name, from, value) in tag.attributes {
            let kind = value.to_ascii_lowercase();
            if name.eq_ignore_ascii_case("type") {
                is_script &= kind.is_empty()
                    || kind == "module"
                    || ["babel", "ecmascript", "javascript"].iter().any(|word| kind.contains(word));
            }
            let script = if name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case("on")) {
                Some((from, value))
            } else {
                let code = value.get(..11).filter(|scheme| scheme.eq_ignore_ascii_case("javascript:"));
                code.and_then(|_| value.get(11..)).map(|code| (from.saturating_add(11), code))
            };
            if let Some((from, code)) = script
                && count(visit, &mut scripts)
            {
                javascript::tell(visit, code, from as u64)?;
            }
        }
        if tag.name.eq_ignore_ascii_case("script") {
            let from = rest.at;
            let code = rest.until_end("script");
            if is_script && !code.trim().is_empty() && count(visit, &mut scripts) {
                javascript::tell(visit, code, from as u64)?;
            }
        } else if tag.name.eq_ignore_ascii_case("style") {
            rest.until_end("style");
        }
    }
    Ok(())
}

fn count(visit: &mut Visit<'_>, scripts: &mut usize) -> bool {
    *scripts = scripts.saturating_add(1);
    if *scripts > MOST {
        visit.incomplete(format!("only its first {MOST} scripts were read"));
    }
    *scripts <= MOST
}

/// What is left of a page.
struct Page<'a> {
    source: &'a str,
    at: usize,
}

/// The begin of an element.
struct Tag<'a> {
    name: &'a str,
    /// Names, and values with where they begin.
    attributes: Vec<(&'a str, usize, &'a str)>,
}

/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 1000;

impl<'a> Page<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.source.len());
    }

    /// Passes over what fits, and gives it.
    fn take(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.skip(end);
        rest.get(..end).unwrap_or_default()
    }

    /// The next element that begins, without comments.
    fn tag(&mut self) -> Option<Tag<'a>> {
        loop {
            let next = memchr::memchr(b'<', self.rest().as_bytes())?;
            self.skip(next.saturating_add(1));
            if self.rest().starts_with("!--") {
                let end = memchr::memmem::find(self.rest().as_bytes(), b"-->");
                self.skip(end.map_or(usize::MAX, |end| end.saturating_add(3)));
            } else if self.rest().starts_with(|c: char| c.is_ascii_alphabetic()) {
                break;
            }
        }
        let name = self.take(|c| !c.is_ascii_whitespace() && !matches!(c, '>' | '/'));
        let mut attributes = Vec::new();
        loop {
            self.take(|c| c.is_ascii_whitespace() || c == '/');
            if self.rest().is_empty() {
                break;
            }
            if self.rest().starts_with('>') {
                self.skip(1);
                break;
            }
            let name = self.take(|c| !c.is_ascii_whitespace() && !matches!(c, '=' | '>' | '/'));
            self.take(|c| c.is_ascii_whitespace());
            let (from, value) = if self.rest().starts_with('=') {
                self.skip(1);
                self.take(|c| c.is_ascii_whitespace());
                self.value()
            } else {
                (self.at, "")
            };
            if attributes.len() < MOST_ATTRIBUTES {
                attributes.push((name, from, value));
            }
        }
        Some(Tag { name, attributes })
    }

    fn value(&mut self) -> (usize, &'a str) {
        let quote = self.rest().chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            let from = self.at;
            return (from, self.take(|c| !c.is_ascii_whitespace() && c != '>'));
        };
        self.skip(1);
        let from = self.at;
        let value = self.take(|c| c != quote);
        self.skip(1);
        (from, value)
    }

    /// What stands in front of the end of an element, which is passed over.
    fn until_end(&mut self, name: &str) -> &'a str {
        let rest = self.rest();
        for at in memchr::memmem::find_iter(rest.as_bytes(), b"</") {
            let start = at.saturating_add(2);
            let found = rest.get(start..start.saturating_add(name.len()));
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.skip(start);
                return rest.get(..at).unwrap_or_default();
            }
        }
        self.skip(usize::MAX);
        rest
    }
}
