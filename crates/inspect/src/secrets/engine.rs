//! Finds secrets in a block of text: one search for all anchors, then at each anchor the pattern of its kind, then
//! the checks and the filters.

use std::ops::Range;
use std::sync::LazyLock;

use weighbridge_domain::facts::secret::Encoding;

use super::address::{self, Anchor};
use super::anchors::Anchors;
use super::checks::{self, Candidate};
use super::filters;
use super::kinds::{Kind, TABLE, kinds};
use super::named;
use super::runs;

/// What text is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Only what nothing ordinary looks like: for vocabularies, very long files, and strings without a context.
    Strict,
}

/// A secret in a block of text.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) kind: &'static Kind,
    /// Where it is written.
    pub(crate) range: Range<usize>,
    /// The secret, when it is written in another way.
    decoded: Option<Vec<u8>>,
    pub(crate) encoding: Encoding,
    /// It may be one: it is not told, and not shown either.
    pub(crate) silent: bool,
    /// Whether its checksum fits, when it has one.
    pub(crate) checksum: Option<bool>,
}

impl Hit {
    /// The secret itself.
    pub(crate) fn value<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        match &self.decoded {
            Some(decoded) => decoded,
            None => text.get(self.range.clone()).unwrap_or_default(),
        }
    }

    /// The text says it in another way.
    pub(super) fn is_encoded(&self) -> bool {
        self.decoded.is_some()
    }

    /// What may be shown of it.
    pub(crate) fn masked(&self, text: &[u8]) -> String {
        masked(self.kind, self.value(text))
    }
}

/// The beginning that all secrets of a kind share, the last two characters, and the length.
pub(super) fn masked(kind: &Kind, value: &[u8]) -> String {
    let beginning = value.get(..kind.shown.min(value.len() / 2)).unwrap_or_default();
    let one_line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let beginning = String::from_utf8_lossy(one_line);
    let tail = match value {
        [.., a, b] if value.len() >= 24 && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() => {
            format!("{}{}", char::from(*a), char::from(*b))
        }
        _ => String::new(),
    };
    format!("{beginning}…{tail}({})", value.len())
}

/// What is looked at where an anchor stands.
enum At {
    Kinds(Vec<usize>),
    Address(Anchor),
    Escapes,
}

struct Search {
    anchors: Anchors,
    at: Vec<At>,
}

/// What characters begin with that are written as escapes though they need not be.
fn escapes() -> Vec<String> {
    let digits = "0123456789abcdef";
    let percent = "4567".chars().flat_map(|high| digits.chars().map(move |low| format!("%{high}{low}")));
    let named = [r"\x4", r"\x5", r"\x6", r"\x7", r"\u004", r"\u005", r"\u006", r"\u007"];
    named.map(str::to_owned).into_iter().chain(percent).collect()
}

impl Search {
    fn new(scope: Scope) -> Self {
        let mut anchors: Vec<(String, At)> = Vec::new();
        let of_kinds: Vec<(String, usize)> = kinds()
            .iter()
            .enumerate()
            .filter(|(_, kind)| scope == Scope::All || !kind.loose)
            .flat_map(|(index, kind)| kind.anchors.iter().map(move |text| (text.to_ascii_lowercase(), index)))
            .collect();
        for (anchor, _) in &of_kinds {
            if anchors.iter().any(|(known, _)| known == anchor) {
                continue;
            }
            // The longest text wins, and then stands for those that it begins with.
            let mut all: Vec<&(String, usize)> =
                of_kinds.iter().filter(|(text, _)| anchor.starts_with(text.as_str())).collect();
            all.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
            let mut indexes = Vec::new();
            for (_, index) in all {
                if !indexes.contains(index) {
                    indexes.push(*index);
                }
            }
            anchors.push((anchor.clone(), At::Kinds(indexes)));
        }
        if scope == Scope::All {
            anchors.extend(escapes().into_iter().map(|text| (text, At::Escapes)));
            for (text, anchor) in address::anchors() {
                if !anchors.iter().any(|(known, _)| *known == text) {
                    anchors.push((text, At::Address(anchor)));
                }
            }
        }
        let (texts, at): (Vec<_>, Vec<_>) = anchors.into_iter().unzip();
        Self { anchors: Anchors::new(&texts), at }
    }
}

static ALL: LazyLock<Search> = LazyLock::new(|| Search::new(Scope::All));
static STRICT: LazyLock<Search> = LazyLock::new(|| Search::new(Scope::Strict));

/// What is told about a block of text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) secrets: Vec<Hit>,
    pub(crate) addresses: Vec<address::Hit>,
}

/// Bytes that a pattern may look at behind its anchor.
const WINDOW: usize = 2 << 10;

/// Bits a character that a value may lack and still be taken for a secret that is not shown.
const NEARLY: f64 = 0.6;

/// Bytes around a secret in which its companions are looked for.
const NEARBY: usize = 500;

/// Lines around a secret in which its companions are looked for.
const LINES: usize = 5;

/// Looks at everything whose anchor is in `region`.
pub(crate) fn look(text: &[u8], region: Range<usize>, scope: Scope, seen: &mut Seen) {
    look_for(text, region.clone(), scope, seen);
    if scope == Scope::All {
        look_into_runs(text, region, seen);
    }
}

fn look_for(text: &[u8], region: Range<usize>, scope: Scope, seen: &mut Seen) {
    let Search { anchors, at } = match scope {
        Scope::All => &*ALL,
        Scope::Strict => &*STRICT,
    };
    let mut escaped_until = 0;
    anchors.each(text, region, |word, start, end| match at.get(word) {
        Some(At::Kinds(indexes)) => {
            let mut kinds = indexes.iter().filter_map(|index| TABLE.kind.get(*index));
            if let Some(hit) = kinds.find_map(|kind| hit(kind, text, start)) {
                companions(&hit, text, seen);
                add(seen, hit);
            }
        }
        Some(At::Address(anchor)) => address::look(*anchor, text, start..end, seen),
        Some(At::Escapes) if start >= escaped_until => {
            let rest = text.get(start..).unwrap_or_default();
            if let Some((decoded, length)) = runs::unescaped(rest) {
                escaped_until = start + length;
                inner(&decoded, start..escaped_until, Encoding::Escapes, Scope::Strict, seen);
            }
        }
        _ => {}
    });
}

/// Of two kinds that fit the same text, the one that says more counts.
fn add(seen: &mut Seen, hit: Hit) {
    let rank = |hit: &Hit| (hit.silent, hit.kind.class as u8, hit.kind.loose);
    let covers = |other: &&mut Hit| other.range.start < hit.range.end && hit.range.start < other.range.end;
    let Some(other) = seen.secrets.iter_mut().rev().take(4).find(covers) else {
        return seen.secrets.push(hit);
    };
    let lesser = if rank(&hit) < rank(other) { std::mem::replace(other, hit) } else { hit };
    // What sticks out of the other is not shown all the same.
    if lesser.range.end > other.range.end || lesser.range.start < other.range.start || lesser.is_encoded() {
        seen.secrets.push(Hit { silent: true, ..lesser });
    }
}

fn look_into_runs(text: &[u8], region: Range<usize>, seen: &mut Seen) {
    for run in runs::base64_runs(text, region) {
        if let Some(decoded) = text.get(run.clone()).and_then(runs::decoded_text) {
            inner(&decoded, run, Encoding::Base64, Scope::All, seen);
        }
    }
}

/// What is in text that was written in another way.
fn inner(decoded: &[u8], range: Range<usize>, encoding: Encoding, scope: Scope, seen: &mut Seen) {
    let mut inside = Seen::default();
    look_for(decoded, 0..decoded.len(), scope, &mut inside);
    for hit in inside.secrets {
        let value = hit.value(decoded).to_vec();
        add(seen, Hit { range: range.clone(), decoded: Some(value), encoding, ..hit });
    }
}

/// A secret of this kind, whose anchor stands here.
fn hit(kind: &'static Kind, text: &[u8], start: usize) -> Option<Hit> {
    if !kind.inside && !kind.loose && !is_boundary(text, start) {
        return None;
    }
    let window = text.get(start..text.len().min(start + WINDOW))?;
    let pattern = kind.regex()?;
    // Nearly always it does not fit, and that is known far sooner than what the groups take.
    if !pattern.is_match(window) {
        return None;
    }
    let groups = pattern.captures(window)?;
    let whole = groups.get(0)?;
    let value = groups.get(1).unwrap_or(whole);
    let mut range = start + value.start()..start + value.end();
    if text.get(range.end).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_')
        && kind.check != "pem"
        && !named::finds_its_end(&kind.check)
    {
        return None;
    }
    if kind.before > 0 {
        range.start = before(kind, text, start)?;
    }
    let host = groups.get(2).map(|host| start + host.start()..start + host.end());
    let candidate = Candidate { text, whole: start..start + whole.end(), value: range, host };
    let checked = checks::check(&kind.check, &candidate)?;
    let value = text.get(checked.range.clone())?;
    let random = value.get(kind.shown.min(value.len())..)?;
    let structured = matches!(kind.check.as_str(), "pem" | "jwt" | "putty" | "login");
    let missing = if structured { 0.0 } else { kind.entropy - filters::entropy(random) };
    if !structured && filters::is_placeholder(random) || missing > NEARLY {
        return None;
    }
    let nearly = missing > 0.0;
    if nearly && !filters::mixes(random) {
        return None;
    }
    // Words of capitals are told from what is drawn of them by their length alone.
    let words = !structured && kind.check != "capitals" && value.len() < 40;
    if words && (filters::is_word(random) || filters::is_of_words(random)) {
        return None;
    }
    Some(Hit {
        kind,
        range: checked.range,
        decoded: None,
        encoding: Encoding::Plain,
        checksum: checked.checksum,
        silent: checked.silent || nearly,
    })
}

/// Where a secret begins that has its anchor in the middle.
fn before(kind: &Kind, text: &[u8], start: usize) -> Option<usize> {
    let (of_digits, least) = if kind.check == "telegram" { (true, 8) } else { (false, kind.before) };
    let fits = |byte: &u8| if of_digits { byte.is_ascii_digit() } else { byte.is_ascii_alphanumeric() };
    let count = text.get(..start)?.iter().rev().take(kind.before + 1).take_while(|byte| fits(byte)).count();
    (least..=kind.before).contains(&count).then(|| start - count)
}

/// No word goes on here. What an escape leaves at its end is no word.
fn is_boundary(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(6)..start).unwrap_or_default();
    match before {
        [.., last] if !last.is_ascii_alphanumeric() && *last != b'_' => true,
        [] | [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        [b'\\', b'u', digits @ ..] => digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

/// What belongs with a secret and cannot be known by itself.
fn companions(hit: &Hit, text: &[u8], seen: &mut Seen) {
    for kind in hit.kind.companions.iter().filter_map(|id| super::kinds::find(id)) {
        let (from, to) = (hit.range.start.saturating_sub(NEARBY), text.len().min(hit.range.end + NEARBY));
        let before = text.get(from..hit.range.start).unwrap_or_default();
        let from = from + memchr::memrchr_iter(b'\n', before).nth(LINES).unwrap_or(0);
        let behind = text.get(hit.range.end..to).unwrap_or_default();
        let to = memchr::memchr_iter(b'\n', behind).nth(LINES).map_or(to, |end| hit.range.end + end);
        let Some((around, pattern)) = text.get(from..to).zip(kind.nearby()) else { continue };
        for found in pattern.find_iter(around) {
            let range = from + found.start()..from + found.end();
            let is_part = |at: Option<usize>| {
                at.and_then(|at| text.get(at))
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/=_".contains(byte))
            };
            let value = found.as_bytes();
            let of_all = value.iter().any(u8::is_ascii_lowercase)
                && value.iter().any(u8::is_ascii_uppercase)
                && value.iter().any(u8::is_ascii_digit);
            let alone = !is_part(range.start.checked_sub(1)) && !is_part(Some(range.end));
            let real = of_all && !filters::is_placeholder(value) && filters::entropy(value) >= kind.entropy;
            let known = seen.secrets.iter().any(|other| other.range == range);
            if alone && real && !known {
                let encoding = Encoding::Plain;
                seen.secrets.push(Hit {
                    kind,
                    range,
                    decoded: None,
                    encoding,
                    checksum: None,
                    silent: false,
                });
            }
        }
    }
}
